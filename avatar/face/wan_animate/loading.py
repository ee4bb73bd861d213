"""Loading of Wan Animate: its folder is looked through and weighed first, so that what is wrong is told at once."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import torch

from avatar.core.errors import EngineError, MissingEngine, OptionError
from avatar.core.pipeline_folder import check_part, parameters, read_index, read_json
from avatar.core.places import cache_folder
from avatar.core.weights import locate
from avatar.face.wan_animate.options import WanAnimateOptions

__all__ = ["WEIGHTS", "Holding", "face_side", "folder_of", "forget", "load", "quiet", "require_extra"]

WEIGHTS = "wan-2.2-animate-14b"
_PIPELINE = "WanAnimatePipeline"
_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True)
class Holding:
    """How the weights are held on ``device``; see WanAnimateOptions."""

    device: str
    precision: str
    offload: str
    tiling: bool

    @classmethod
    def of(cls, options: WanAnimateOptions, device: str) -> Holding:
        """As ``options`` want it; OptionError for what ``device`` cannot do."""
        gpu = device.startswith("cuda")
        half = options.precision in ("float16", "bfloat16")
        if not gpu and (half or options.offload != "none"):
            wanted = f"precision={options.precision}" if half else f"offload={options.offload}"
            raise OptionError(f"Face option {wanted} needs a CUDA device: this is {device}.")
        usual = "bfloat16" if gpu else "float32"
        precision = usual if options.precision == "auto" else options.precision
        return cls(device, precision, options.offload, options.tiling)


def require_extra() -> None:
    """MissingEngine where the library of the text encoder is not installed."""
    if importlib.util.find_spec("transformers") is None:
        raise MissingEngine("Face engine wan-animate needs transformers: pip install 'govorun[diffusion]'.")


def folder_of(options: WanAnimateOptions) -> Path:
    """The folder of the model, looked through. OptionError for a model of another kind, MissingEngine for a file that
    is missing or damaged."""
    folder = options.weights or locate(WEIGHTS, cache_folder())
    kind = read_index(folder).get("_class_name")
    if kind != _PIPELINE:
        raise OptionError(f"The model in {folder} is a {kind}: face engine wan-animate takes a {_PIPELINE}.")
    for part in _parts(folder):
        check_part(part)
    return folder


def face_side(folder: Path) -> int:
    """Pixels of a side of the square in which the model wants to see the face."""
    config = read_json(folder / "transformer" / "config.json", f"{folder} is incomplete")
    return int(config.get("motion_encoder_size", 512))


@functools.lru_cache(maxsize=1)
def load(folder: Path, holding: Holding) -> Any:
    """The pipeline, kept for the next video of this process. EngineError for weights that memory does not hold, or that
    do not fit together."""
    require_extra()
    _check_memory(folder, holding)
    from diffusers import WanAnimatePipeline
    from safetensors import SafetensorError

    try:
        with quiet():
            pipeline = WanAnimatePipeline.from_pretrained(
                folder, dtype=getattr(torch, holding.precision), use_safetensors=True, local_files_only=True
            )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise EngineError(f"The model in {folder} cannot be loaded ({first[:200]}): download it again.") from error
    if holding.precision != "float32":
        with quiet():
            pipeline.vae.to(dtype=torch.float32)
    if holding.tiling:
        pipeline.vae.enable_tiling()
    pipeline.set_progress_bar_config(disable=True)
    return _placed(pipeline, holding)


def forget() -> None:
    """Let go of the networks that this process keeps for the next video."""
    load.cache_clear()


@contextmanager
def quiet() -> Iterator[None]:
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


def _parts(folder: Path) -> list[Path]:
    return [folder / name for name, value in read_index(folder).items() if isinstance(value, list) and value[0]]


def _placed(pipeline: Any, holding: Holding) -> Any:
    if holding.offload == "none":
        return pipeline.to(holding.device)
    if importlib.util.find_spec("accelerate") is None:
        raise MissingEngine("Offloading needs accelerate: pip install 'govorun[diffusion]'.")
    if holding.offload == "model":
        pipeline.enable_model_cpu_offload(device=holding.device)
    else:
        pipeline.enable_sequential_cpu_offload(device=holding.device)
    return pipeline


def _check_memory(folder: Path, holding: Holding) -> None:
    """EngineError where the weights do not fit into main memory, or not onto the GPU."""
    weights = [parameters(part) * _BYTES[holding.precision] for part in _parts(folder)]
    _require(folder, sum(weights), int(psutil.virtual_memory().available), "main memory", holding)
    if holding.device != "cpu" and holding.offload != "sequential":
        needed = max(weights) if holding.offload == "model" else sum(weights)
        _require(folder, needed, int(torch.cuda.mem_get_info(holding.device)[0]), holding.device, holding)


def _require(folder: Path, needed: int, free: int, where: str, holding: Holding) -> None:
    if needed <= free:
        return
    next_way = {"none": "model", "model": "sequential"}.get(holding.offload)
    on_gpu = where != "main memory" and next_way
    advice = f"try --face-option offload={next_way}" if on_gpu else "choose another engine, or a larger machine"
    raise EngineError(
        f"The model in {folder} has {needed / 1e9:.1f} GB of weights as {holding.precision} and {where} has "
        f"{free / 1e9:.1f} GB free: {advice}."
    )
