"""Small networks with the faces of LivePortrait's: a thousandth of the work.

The real ones are tested by themselves and in two short videos; these stand in wherever an engine's frames are wanted by
the dozen. The mouth that they draw opens as it is asked to, a little late and less than it should, so that there is
something to measure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import grid_sample, interpolate

from avatar.face.engines import liveportrait
from avatar.face.liveportrait.checkpoint import FILES, MotionNetworks
from avatar.face.liveportrait.motion_extractor import Heads
from avatar.face.liveportrait.retargeting import EYE_SIZES, LIP_SIZES, STITCHING_SIZES, Perceptron
from avatar.face.renderer.dense_motion import Motion
from avatar.face.renderer.geometry import corner_grid
from tests.weight_rule import fill

__all__ = ["SmallExtractor", "SmallPainter", "install", "small_networks"]

_DEPTH, _CELLS = 4, 8
_HEADS = {"kp": 63, "scale": 1, "pitch": 66, "yaw": 66, "roll": 66, "t": 3, "exp": 63}


class SmallExtractor(nn.Module):
    """A picture, seen as 8x8 pixels → heads of a face that is upright and 1.4 large."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleDict({name: nn.Linear(192, outputs) for name, outputs in _HEADS.items()})

    def forward(self, pictures: torch.Tensor) -> Heads:
        seen = interpolate(pictures, (8, 8), mode="area").flatten(1)
        said = {name: head(seen) for name, head in self.heads.items()}
        middle = -0.15 * (torch.arange(66) - 32.5).square()
        said |= {name: middle + 0.1 * said[name] for name in ("pitch", "yaw", "roll")}
        said |= {"scale": 1.4 + 0.01 * said["scale"], "t": 0.02 * said["t"]}
        return Heads(**{**said, "kp": 0.2 * said["kp"], "exp": 0.01 * said["exp"]})


@dataclass(frozen=True)
class _Encoded:
    picture: torch.Tensor


@dataclass
class SmallPainter:
    """Shifts the whole picture by the mean shift of the keypoints; ``drawn`` counts its pictures."""

    drawn: list[int] = field(default_factory=list)

    def encode(self, portrait: torch.Tensor) -> _Encoded:
        return _Encoded(interpolate(portrait, scale_factor=2, mode="bilinear"))

    def motion(self, portrait: _Encoded, source: torch.Tensor, driving: torch.Tensor) -> Motion:
        shift = 0.2 * torch.tanh((source - driving).mean(1))[:, None, None, None]
        grid = corner_grid((_DEPTH, _CELLS, _CELLS))
        return Motion(grid + shift, torch.ones(len(shift), 1, _CELLS, _CELLS))

    def draw(self, portrait: _Encoded, motion: Motion) -> torch.Tensor:
        self.drawn.append(len(motion.deformation))
        picture = portrait.picture.expand(len(motion.deformation), -1, -1, -1)
        places = interpolate(motion.deformation[:, 0, ..., :2].permute(0, 3, 1, 2), picture.shape[-2:], mode="bilinear",
                             align_corners=True)  # fmt: skip
        return grid_sample(picture, places.permute(0, 2, 3, 1), padding_mode="border", align_corners=True)


def small_networks() -> MotionNetworks:
    """A small extractor beside the real three small networks, all with the weights of the rule."""
    prefix = "stitching_retargeting_module."
    sizes = {"retarget_shoulder": STITCHING_SIZES, "retarget_mouth": LIP_SIZES, "retarget_eye": EYE_SIZES}
    perceptrons = [fill(Perceptron(size), f"{prefix}{name}") for name, size in sizes.items()]
    for perceptron in perceptrons:
        perceptron.mlp[-1].weight.mul_(0.02)  # noise a fiftieth as large: keypoints stay near where they were
        perceptron.mlp[-1].bias.mul_(0.02)
    return MotionNetworks(fill(SmallExtractor(), "small_extractor"), *perceptrons)  # type: ignore[arg-type]


def install(folder: Path, patch: pytest.MonkeyPatch) -> dict[str, str]:
    """Make the engine load these for the weights in ``folder``; returns the face options that name them."""
    networks, painter = small_networks(), SmallPainter()
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"small networks stand in")
    patch.setattr(liveportrait, "load_motion_networks", lambda folder: networks)
    patch.setattr(liveportrait, "load_painter", lambda folder, *rest: painter)
    return {"weights": str(folder)}
