"""A LoRA that `govorun train lora` made, as an option of engines: found by name or folder, checked before anything is
loaded.

Its folder holds ``pytorch_lora_weights.safetensors`` in diffusers' layout (``unet.MODULE.lora.down.weight`` [rank, n],
``unet.MODULE.lora.up.weight`` [m, rank], already scaled by alpha / rank) and ``card.json``.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar.core import weights
from avatar.core.errors import MissingEngine, OptionError
from avatar.core.pipeline_folder import shapes, weight_files
from avatar.core.places import cache_folder
from avatar.core.reasons import Message
from motion.options import BackdropOptions, choice_option, number_option

__all__ = ["CARD", "TUNING", "WEIGHTS", "Tuned", "asked_of", "check_base", "digest_of", "find_tuned", "unet_digest"]

TUNING = ("lora", "lora_scale", "lora_base")
"""The options of engines that take a LoRA."""
WEIGHTS, CARD = "pytorch_lora_weights.safetensors", "card.json"
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Tuned:
    """``name`` as people called it, ``folder``, SHA-256 of the weights as ``digest``; ``kind``: the engine that it is
    for; ``base``: what it was trained on, ``base_digest``: SHA-256 of that model's UNet. ``scale``: how much of it is
    added, 0..2. ``any_base``: whether a model with other weights will do."""

    name: str
    folder: Path
    digest: str
    kind: str
    base: str
    base_digest: str
    scale: float = 1.0
    any_base: bool = False

    @property
    def settings(self) -> dict[str, str | float]:
        """What a plan keeps of it."""
        return {"lora": self.name, "lora_sha256": self.digest, "lora_scale": self.scale}

    @property
    def note(self) -> Message:
        """What the sidecar says of it."""
        return Message("backdrop_lora", name=self.name, scale=f"{self.scale:g}", sha256=self.digest)


def asked_of(options: BackdropOptions, kind: str) -> Tuned | None:
    """The LoRA that is asked for, None where there is none.

    OptionError for one that is not there or belongs to another ``kind`` of model, MissingEngine for one that is
    incomplete.
    """
    named = options.engine_options.get("lora")
    scale = number_option(options, "lora_scale", 1.0, 0.0, 2.0)
    any_base = choice_option(options, "lora_base", ("own", "any")) == "any"
    if named is None:
        for name in TUNING[1:]:
            if name in options.engine_options:
                raise OptionError(f"Backdrop option {name} belongs to a LoRA: give --backdrop-option lora=NAME too.")
        return None
    found = find_tuned(named)
    if found.kind != kind:
        raise OptionError(f"LoRA {found.name} is for {found.kind} models: it cannot be used with {kind} ones.")
    return Tuned(found.name, found.folder, found.digest, kind, found.base, found.base_digest, scale, any_base)


def find_tuned(named: str) -> Tuned:
    """The LoRA of folder ``named``, or of that name; OptionError where there is none, MissingEngine where its folder
    lacks something."""
    path = Path(named).expanduser()
    folder = path if path.is_dir() else weights.kept_folder(named, cache_folder())
    if folder is None:
        raise OptionError(f"LoRA {named!r} is no folder that exists, and no name of `govorun models`.")
    for file in (WEIGHTS, CARD):
        if not (folder / file).is_file():
            raise MissingEngine(f"{folder} is no LoRA of `govorun train lora`: it lacks {file}.")
    card = _card(folder / CARD)
    name = card["name"] or (path.name if path.is_dir() else named)
    return Tuned(name, folder, digest_of([folder / WEIGHTS]), card["kind"], card["base"], card["base_sha256"])


def _card(path: Path) -> dict[str, str]:
    try:
        card: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return {key: str(card[key]) for key in ("name", "kind", "base", "base_sha256")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingEngine(f"{path} is damaged: train the LoRA again.") from error


def check_base(tuned: Tuned | None, model: Path, variant: str | None) -> None:
    """OptionError where ``tuned`` was trained on another model than that of folder or file ``model``; where any will
    do, where its layers are not there."""
    if tuned is None:
        return
    if tuned.any_base:
        if model.is_dir():
            _check_layers(tuned, shapes(weight_files(model / "unet", variant)), model)
        return
    if not model.is_dir() or unet_digest(model, variant) != tuned.base_digest:
        raise OptionError(
            f"LoRA {tuned.name} was trained on {tuned.base}, and {model.name} has other weights: give that model, or "
            "--backdrop-option lora_base=any to use it all the same."
        )


def _check_layers(tuned: Tuned, base: dict[str, tuple[int, ...]], model: Path) -> None:
    own = shapes([tuned.folder / WEIGHTS])
    for name, (rank, into) in _layers(own, ".down.weight"):
        wanted = (own[f"unet.{name}.lora.up.weight"][0], into)
        if rank < 1 or base.get(f"{name}.weight") != wanted:
            raise OptionError(
                f"LoRA {tuned.name} does not fit {model.name}, which has no layer {name} of that size: give a model of "
                f"the kind of {tuned.base}."
            )


def _layers(shapes_of: dict[str, Any], end: str) -> Iterator[tuple[str, Any]]:
    for key, value in shapes_of.items():
        if key.startswith("unet.") and key.endswith(f".lora{end}"):
            yield key.removeprefix("unet.").removesuffix(f".lora{end}"), value


def unet_digest(model: Path, variant: str | None = None) -> str:
    """SHA-256 of the UNet's weights in the folder of a model."""
    return digest_of(weight_files(model / "unet", variant))


def digest_of(files: Iterable[Path]) -> str:
    """SHA-256 of ``files``, one after the other; read once a process while they do not change."""
    found = [(str(file), file.stat()) for file in files]
    return _digest(tuple((name, status.st_size, status.st_mtime_ns) for name, status in found))


@functools.lru_cache(maxsize=32)
def _digest(files: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, _, _ in files:
        with open(name, "rb") as file:
            while block := file.read(_CHUNK):
                digest.update(block)
    return digest.hexdigest()
