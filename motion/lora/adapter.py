"""The layers that learn: peft's, beside the frozen ones of a UNet; read, put back and saved in diffusers' layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from avatar.core.artefacts import appearing
from motion.lora.config import Config
from motion.lora.objective import Tensors

__all__ = ["insert", "put_back", "save", "taken_out"]

_ADAPTER = "default"


def insert(unet: Any, targets: str, config: Config) -> list[torch.nn.Parameter]:
    """Freeze ``unet``, lay float32 LoRA layers beside those that ``targets`` names; returns what learns. At first they
    change nothing."""
    from peft import LoraConfig, inject_adapter_in_model

    unet.requires_grad_(False)
    wanted = LoraConfig(
        r=config.rank, lora_alpha=config.alpha or config.rank, target_modules=targets, init_lora_weights="gaussian"
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed % 2**63)
        inject_adapter_in_model(wanted, unet, adapter_name=_ADAPTER)
    learned = [weight for _, weight in _weights(unet)]
    for weight in learned:
        weight.data = weight.data.float()
        weight.requires_grad_(True)
    return learned


def _weights(unet: Any) -> list[tuple[str, torch.nn.Parameter]]:
    """The learned weights by the names of diffusers' layout."""
    from peft.tuners.lora import LoraLayer

    found: list[tuple[str, Any]] = []
    for name, layer in unet.named_modules():
        if isinstance(layer, LoraLayer):
            down, up = (side[_ADAPTER].weight for side in (layer.lora_A, layer.lora_B))
            found += [(f"unet.{name}.lora.down.weight", down), (f"unet.{name}.lora.up.weight", up)]
    return found


def taken_out(unet: Any) -> Tensors:
    """A copy of what was learned, on the CPU."""
    return {name: weight.detach().to("cpu", copy=True) for name, weight in _weights(unet)}


@torch.no_grad()
def put_back(unet: Any, learned: Tensors) -> None:
    """What :func:`taken_out` gave."""
    for name, weight in _weights(unet):
        weight.copy_(learned[name])


def save(path: Path, learned: Tensors, gain: float) -> None:
    """Write ``learned`` to a file as pipelines of diffusers save it. The factor alpha / rank goes into the weights, so
    that every reader takes it into account."""
    scaled = {name: one * gain if ".up." in name else one for name, one in learned.items()}
    with appearing(path) as partial:
        save_file({name: one.contiguous() for name, one in scaled.items()}, partial, metadata={"format": "pt"})
