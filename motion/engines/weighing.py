"""What the weights of a model weigh, read from the headers of its files, and whether memory holds them: told before
minutes of loading."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from avatar.core.errors import EngineError
from avatar.core.pipeline_folder import parameters

if TYPE_CHECKING:
    from motion.engines.diffusion_weights import Loading

__all__ = ["check_memory"]

_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


def check_memory(model: Path, parts: Iterable[Path], loading: Loading) -> None:
    """EngineError where the weights of ``parts`` do not fit into main memory, or not onto the GPU."""
    weights = [parameters(part, loading.variant) * _BYTES[loading.precision] for part in parts]
    _require(model, sum(weights), _free_main(), "main memory", loading)
    if loading.device != "cpu" and loading.offload != "sequential":
        needed = max(weights, default=0) if loading.offload == "model" else sum(weights)
        _require(model, needed, _free_gpu(loading.device), loading.device, loading)


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
