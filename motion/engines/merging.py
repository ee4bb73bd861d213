"""A LoRA added to the weights of a loaded model, once: drawing costs what it did, and needs no library of its own."""

from __future__ import annotations

from typing import Any

from avatar.core.errors import OptionError
from motion.engines.tuned import WEIGHTS, Tuned

__all__ = ["merge"]


def merge(tuned: Tuned, unet: Any) -> None:
    """Add ``tuned`` to ``unet``: up [m, rank] by down [rank, n] times its scale to each weight [m, n] that it knows.

    OptionError where a layer is not there, or is of another size; nothing is changed then.
    """
    import torch
    from safetensors.torch import load_file

    weights = load_file(tuned.folder / WEIGHTS)
    added = []
    for key, down in weights.items():
        if not key.endswith(".lora.down.weight"):
            continue
        name = key.removeprefix("unet.").removesuffix(".lora.down.weight")
        up = weights[key.replace(".down.", ".up.")]
        layer = _weight(unet, name)
        if layer is None or layer.shape != (len(up), down.shape[1]):
            raise OptionError(f"LoRA {tuned.name} does not fit this model, which has no layer {name} of that size.")
        added.append((layer, up, down))
    if not added:
        raise OptionError(f"LoRA {tuned.name} has nothing for a UNet: train it again.")
    with torch.no_grad():
        for layer, up, down in added if tuned.scale else ():
            layer.copy_(layer.float() + tuned.scale * (up.float() @ down.float()))


def _weight(unet: Any, name: str) -> Any:
    try:
        return unet.get_submodule(name).weight
    except AttributeError:
        return None
