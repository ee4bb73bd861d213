"""A LoRA added to weights: how much of it, to which layers, and that nothing changes where one does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from avatar.core.errors import OptionError
from motion.engines.merging import merge
from motion.engines.tuned import Tuned

UP, DOWN = torch.arange(6.0).reshape(3, 2), torch.arange(8.0).reshape(2, 4) - 3.0


def tuned(folder: Path, scale: float = 1.0, **more: torch.Tensor) -> Tuned:
    stored = {"unet.a.to_q.lora.down.weight": DOWN.half(), "unet.a.to_q.lora.up.weight": UP.half(), "other": UP}
    save_file({**stored, **more}, folder / "pytorch_lora_weights.safetensors")
    return Tuned("mine", folder, "", "sd", "", "", scale)


def network(kind: torch.dtype = torch.float32) -> nn.ModuleDict:
    torch.manual_seed(0)
    return nn.ModuleDict({"a": nn.ModuleDict({"to_q": nn.Linear(4, 3), "to_k": nn.Linear(4, 3)})}).to(kind)


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_up_times_down_is_added_by_its_scale(tmp_path: Path, scale: float, kind: torch.dtype) -> None:
    unet, before = network(kind), network(kind)
    merge(tuned(tmp_path, scale), unet)
    found, rest = (each["a"]["to_q"].weight for each in (unet, before))
    assert found.dtype == kind and torch.allclose(found, (rest.float() + scale * (UP @ DOWN)).to(kind))
    assert torch.equal(unet["a"]["to_k"].weight, before["a"]["to_k"].weight)
    assert torch.equal(unet["a"]["to_q"].bias, before["a"]["to_q"].bias)


@pytest.mark.parametrize(
    ("layer", "up", "down"), [("a.gone", (3, 2), (2, 4)), ("a.to_k", (4, 2), (2, 4)), ("a.to_k", (3, 2), (2, 5))]
)
def test_a_layer_that_does_not_fit_leaves_everything_as_it_was(
    tmp_path: Path, layer: str, up: tuple[int, int], down: tuple[int, int]
) -> None:
    own = {f"unet.{layer}.lora.down.weight": torch.ones(down), f"unet.{layer}.lora.up.weight": torch.ones(up)}
    unet = network()
    with pytest.raises(
        OptionError, match=rf"LoRA mine does not fit this model, which has no layer {layer} of that size"
    ):
        merge(tuned(tmp_path, **own), unet)
    assert torch.equal(unet["a"]["to_q"].weight, network()["a"]["to_q"].weight)


def test_a_file_without_layers_is_told(tmp_path: Path) -> None:
    save_file({"text_encoder.a.lora.up.weight": UP}, tmp_path / "pytorch_lora_weights.safetensors")
    with pytest.raises(OptionError, match=r"LoRA mine has nothing for a UNet: train it again\."):
        merge(Tuned("mine", tmp_path, "", "sd", "", ""), network())
