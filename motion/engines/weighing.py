"""What the weights of a model weigh, read from the headers of its files, and whether memory holds them: told before
minutes of loading."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.core.errors import EngineError

if TYPE_CHECKING:
    from motion.engines.diffusion_weights import Loading

__all__ = ["check_memory", "parameters", "shapes", "weight_files"]

_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


def check_memory(model: Path, parts: Iterable[Path], loading: Loading) -> None:
    """EngineError where the weights of ``parts`` do not fit into main memory, or not onto the GPU."""
    weights = [parameters(part, loading.variant) * _BYTES[loading.precision] for part in parts]
    _require(model, sum(weights), _free_main(), "main memory", loading)
    if loading.device != "cpu" and loading.offload != "sequential":
        needed = max(weights, default=0) if loading.offload == "model" else sum(weights)
        _require(model, needed, _free_gpu(loading.device), loading.device, loading)


def parameters(part: Path, variant: str | None = None) -> int:
    """How many numbers the weights of a part of a model have; 0 for a part without weights."""
    return sum(math.prod(shape) for shape in shapes(weight_files(part, variant)).values())


def weight_files(part: Path, variant: str | None = None) -> list[Path]:
    """The files that the weights of a part of a model are read from, by name."""
    files = sorted(part.glob("*.safetensors"))
    named = [file for file in files if f".{variant}" in file.name] if variant else []
    return named or _one_of_each(files)


def _one_of_each(files: list[Path]) -> list[Path]:
    """The files without those that hold the same weights at another precision (``model.fp16.safetensors``)."""
    usual = [file for file in files if file.name.count(".") == 1]
    return usual or files


def shapes(files: Iterable[Path]) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor of safetensors files, from their headers; nothing of a file that cannot be read."""
    found: dict[str, tuple[int, ...]] = {}
    for file in files:
        header = _header(file)
        found |= {name: tuple(entry["shape"]) for name, entry in header.items() if name != "__metadata__"}
    return found


def _header(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            header: dict[str, Any] = json.loads(opened.read(min(length, 100_000_000)))
    except (OSError, ValueError, struct.error):
        return {}
    return header


def _free_main() -> int:
    import psutil

    return int(psutil.virtual_memory().available)


def _free_gpu(device: str) -> int:
    import torch

    return int(torch.cuda.mem_get_info(device)[0])


def _require(model: Path, needed: int, free: int, where: str, loading: Loading) -> None:
    if needed <= free:
        return
    ways = ["precision=float16"] if loading.precision == "float32" and loading.device != "cpu" else []
    ways += ["offload=model"] if where != "main memory" and loading.offload == "none" else []
    ways += ["offload=sequential"] if where != "main memory" and loading.offload == "model" else []
    advice = f"try --backdrop-option {' and '.join(ways)}" if ways else "choose a smaller model, or a larger machine"
    raise EngineError(
        f"Backdrop model {model} has {needed / 1e9:.1f} GB of weights as {loading.precision} and {where} has "
        f"{free / 1e9:.1f} GB free: {advice}."
    )
