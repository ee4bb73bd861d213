"""Loading of large diffusion models: a folder in diffusers' layout, a single file, or the id of a model on the hub.

A folder is looked through before it is loaded, so that an error names the file that is missing or damaged. Weights are
read from safetensors only: the older pickled format can run code.
"""

from __future__ import annotations

import importlib.util
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.core.errors import EngineError, MissingEngine, OptionError
from avatar.core.pipeline_folder import check_part, check_safetensors, read_index
from motion.engines.weighing import check_memory

if TYPE_CHECKING:
    import torch

__all__ = [
    "Loading",
    "load_folder",
    "load_single_file",
    "model_folder",
    "place",
    "quiet_libraries",
    "require_extra",
    "told_as",
]

_LOG = logging.getLogger(__name__)
_ID = re.compile(r"[\w.-]+/[\w.-]+")
_NOT_NEEDED = ("safety_checker", "feature_extractor")  # of Stable Diffusion 1.x; elsewhere the latter is used


@dataclass(frozen=True)
class Loading:
    """How weights are held: ``precision`` float32 or float16, on ``device``. ``offload`` model or sequential keeps them
    in main memory and brings each to the GPU when it is its turn. ``variant`` names other files, such as fp16."""

    device: str = "cpu"
    precision: str = "float32"
    offload: str = "none"
    variant: str | None = None


def require_extra() -> None:
    """MissingEngine where the libraries of the text encoders are not installed."""
    for library in ("diffusers", "transformers"):
        if importlib.util.find_spec(library) is None:
            raise MissingEngine(f"Large backdrop engines need {library}: pip install 'govorun[diffusion]'.")


def model_folder(name: str, variant: str | None = None) -> Path:
    """The folder of model ``name``: a path, or the cached copy of a hub id, which is downloaded where it is not cached.

    OptionError for what is neither; MissingEngine where the download is not possible.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if path.exists():
        raise OptionError(f"Backdrop model {name} is a file: give a folder in diffusers' layout, or a model id.")
    if not _ID.fullmatch(name):
        raise OptionError(f"Backdrop model {name!r} is no folder that exists, and no model id such as OWNER/NAME.")
    cached = _from_hub(name, variant, local_files_only=True)
    return cached if isinstance(cached, Path) else _downloaded(name, variant)


def load_folder(
    folder: Path, classes: Mapping[str, Any], loading: Loading, given: Mapping[str, Any] | None = None
) -> Any:
    """The pipeline of ``folder``, weights in main memory.

    ``classes``: the pipelines that will do, name in ``model_index.json`` → class to load, one of diffusers by its name.
    ``given``: parts that are made already. OptionError for another pipeline; MissingEngine names the file that is
    missing or damaged; EngineError for weights that memory does not hold.
    """
    require_extra()
    index = read_index(folder)
    kind = str(index.get("_class_name"))
    if kind not in classes:
        raise OptionError(f"Backdrop model {folder} is a {kind}: this engine takes {', '.join(sorted(classes))}.")
    given = dict(given or {})
    unused = _NOT_NEEDED if "safety_checker" in index else ()
    parts = [name for name, value in index.items() if isinstance(value, list) and value[0] and name not in unused]
    for part in parts:
        if part not in given:
            check_part(folder / part, loading.variant)
    check_memory(folder, [folder / part for part in parts if part not in given], loading)
    settings = {"use_safetensors": True, "variant": loading.variant, "local_files_only": True}
    settings |= {name: None for name in unused if name in index} | given
    with told_as(f"Backdrop model {folder}"), quiet_libraries():
        return _pipeline_class(classes[kind]).from_pretrained(folder, dtype=_dtype(loading.precision), **settings)


def load_single_file(path: Path, kind: str, layout: str | None, loading: Loading) -> Any:
    """The pipeline ``kind`` of diffusers from one .safetensors checkpoint.

    A checkpoint holds neither tokenizer nor configuration: ``layout`` is a folder or id of a model of the same kind
    that has them; where it is None diffusers asks the hub for the one that fits. MissingEngine for a damaged file.
    """
    require_extra()
    from huggingface_hub.errors import LocalEntryNotFoundError

    check_safetensors(path)
    given = {"config": str(model_folder(layout))} if layout else {}
    try:
        with told_as(f"Backdrop model {path}"), quiet_libraries():
            return _pipeline_class(kind).from_single_file(str(path), torch_dtype=_dtype(loading.precision), **given)
    except EngineError as error:
        if isinstance(error.__cause__, LocalEntryNotFoundError):
            raise MissingEngine(
                f"Backdrop model {path} needs a tokenizer and a configuration, which could not be downloaded: give "
                "--backdrop-option config=FOLDER of a model of its kind in diffusers' layout."
            ) from error
        raise


def place(pipeline: Any, loading: Loading) -> Any:
    """Bring ``pipeline`` to its device, or have it brought there piece by piece; it draws no bars of its own."""
    pipeline.set_progress_bar_config(disable=True)
    if loading.offload == "none":
        return pipeline.to(loading.device)
    if importlib.util.find_spec("accelerate") is None:
        raise MissingEngine("Offloading needs accelerate: pip install 'govorun[diffusion]'.")
    if loading.offload == "model":
        pipeline.enable_model_cpu_offload(device=loading.device)
    else:
        pipeline.enable_sequential_cpu_offload(device=loading.device)
    return pipeline


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """No bars and no advice of diffusers and transformers on standard error for the block."""
    from diffusers.utils import logging as diffusers_log
    from transformers.utils import logging as transformers_log

    logs = (diffusers_log, transformers_log)
    before = [(log.get_verbosity(), log.is_progress_bar_enabled()) for log in logs]
    for log in logs:
        log.set_verbosity_error()
        log.disable_progress_bar()
    try:
        yield
    finally:
        for log, (verbosity, bars) in zip(logs, before, strict=True):
            log.set_verbosity(verbosity)
            if bars:
                log.enable_progress_bar()


def _from_hub(name: str, variant: str | None, local_files_only: bool) -> Path | Exception:
    """The cached folder of the model, or why there is none."""
    require_extra()
    from diffusers import DiffusionPipeline

    try:
        with quiet_libraries():
            found = DiffusionPipeline.download(
                name, local_files_only=local_files_only, use_safetensors=True, variant=variant
            )
    except Exception as error:  # noqa: BLE001 - the hub's HTTP library and its errors change from release to release
        _LOG.info("model %s, local only %s: %s", name, local_files_only, error)
        return error
    return Path(found)


def _downloaded(name: str, variant: str | None) -> Path:
    found = _from_hub(name, variant, local_files_only=False)
    if isinstance(found, Path):
        return found
    raise MissingEngine(
        f"Backdrop model {name} is not on this machine and could not be downloaded: check its name and the network, or "
        "give the folder of a copy."
    ) from found


def _pipeline_class(which: Any) -> Any:
    import diffusers

    return getattr(diffusers, which) if isinstance(which, str) else which


def _dtype(precision: str) -> torch.dtype:
    import torch

    found: torch.dtype = getattr(torch, precision)
    return found


@contextmanager
def told_as(what: str) -> Iterator[None]:
    """Map what loading raises: the files are there, but do not fit together."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        reason = str(error).strip().splitlines()
        first = reason[0] if reason else type(error).__name__
        raise EngineError(f"{what} cannot be loaded ({first[:200]}): download it again, or another one.") from error
