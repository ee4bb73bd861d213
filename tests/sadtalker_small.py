"""Small networks with the faces of SadTalker's: weights by the rule, a thousandth of the work.

The real ones are tested by themselves and in one short video; these stand in wherever an engine's frames are wanted by
the dozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import grid_sample, interpolate

from avatar.core.progress import Progress
from avatar.core.types import GestureTrack, Portrait
from avatar.face.engines import sadtalker
from avatar.face.photo import detect_faces
from avatar.face.renderer.dense_motion import Motion
from avatar.face.renderer.geometry import corner_grid
from avatar.face.sadtalker.checkpoint import MAPPINGS, CoefficientNetworks, RenderNetworks, main_file
from avatar.face.sadtalker.mapping import Mapping
from tests.portraits import PORTRAITS, draw_portrait
from tests.sadtalker_weights import fill

__all__ = ["gestures", "install", "sitter"]

_DEPTH, _CELLS = 4, 8


class _Reader(nn.Module):
    """A picture, seen as 4x4 pixels → ``outputs`` numbers."""

    def __init__(self, outputs: int, shape: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.head = nn.Linear(48, outputs)
        self.shape = shape

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        read = self.head(interpolate(pictures, (4, 4), mode="area").flatten(1))
        return (0.2 * read).unflatten(1, self.shape) if self.shape else 0.2 * read


class _Listener(nn.Module):
    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.head = nn.Linear(80 * 16, outputs)

    def forward(self, mels: torch.Tensor) -> torch.Tensor:
        return 0.2 * torch.tanh(self.head(mels.flatten(1)))


class _Expressions(_Listener):
    def forward(
        self, mels: torch.Tensor, reference: torch.Tensor, blink: torch.Tensor, progress: Progress
    ) -> torch.Tensor:
        progress(1.0, "listening")
        return super().forward(mels) + reference + 0.1 * blink


class _Poses(_Listener):
    def forward(
        self, mels: torch.Tensor, reference: torch.Tensor, style: int, latents: torch.Tensor, progress: Progress
    ) -> torch.Tensor:
        progress(1.0, "listening")
        return reference + super().forward(mels) * (1 + style) + 0.1 * latents.mean()


@dataclass(frozen=True)
class _Encoded:
    picture: torch.Tensor


class _Generator(nn.Module):
    """Shifts the whole picture by the mean shift of the keypoints."""

    def encode(self, portrait: torch.Tensor) -> _Encoded:
        return _Encoded(portrait)

    def motion(self, portrait: _Encoded, kp_source: torch.Tensor, kp_driving: torch.Tensor) -> Motion:
        shift = 0.2 * torch.tanh((kp_source - kp_driving).mean(1))[:, None, None, None]
        grid = corner_grid((_DEPTH, _CELLS, _CELLS))
        return Motion(grid + shift, torch.ones(len(shift), 1, _CELLS, _CELLS))

    def draw(self, portrait: _Encoded, motion: Motion) -> torch.Tensor:
        picture = portrait.picture.expand(len(motion.deformation), -1, -1, -1)
        places = interpolate(motion.deformation[:, 0, ..., :2].permute(0, 3, 1, 2), picture.shape[-2:], mode="bilinear",
                             align_corners=True)  # fmt: skip
        return grid_sample(picture, places.permute(0, 2, 3, 1), padding_mode="border", align_corners=True)


def install(folder: Path, patch: pytest.MonkeyPatch) -> dict[str, str]:
    """Make the engine load these for the weights in ``folder``; returns the face options that name them."""
    heard = CoefficientNetworks(
        fill(_Reader(257), "small_recon"), fill(_Expressions(64), "small_exp"), fill(_Poses(6), "small_pose")
    )  # type: ignore[arg-type]
    drawn = {
        whole: RenderNetworks(
            fill(_Reader(45, (15, 3)), "small_keypoints"), fill(Mapping(73 if whole else 70), name), _Generator()
        )  # type: ignore[arg-type]
        for whole, name in ((False, "mapping_00229"), (True, "mapping_00109"))
    }
    for name in (main_file(256), main_file(512), *(name for name, _ in MAPPINGS.values())):
        (folder / name).write_bytes(b"small networks stand in")
    patch.setattr(sadtalker, "load_coefficient_networks", lambda folder, size: heard)
    patch.setattr(sadtalker, "load_render_networks", lambda folder, size, whole, *rest: drawn[whole])
    return {"weights": str(folder)}


def sitter() -> Portrait:
    """A drawn woman with a box for a matte."""
    pixels = draw_portrait(PORTRAITS["woman"])
    alpha = np.zeros(pixels.shape[:2], np.float32)
    alpha[60:, 90:420] = 1.0
    return Portrait(pixels, detect_faces(pixels)[0], alpha, pixels, "0")


def gestures(frames: int, fps: float) -> GestureTrack:
    """A head that turns, nods and tilts in one wave, its lids closing with it."""
    wave = np.sin(np.arange(frames) / fps * 3).astype(np.float32)
    return GestureTrack(fps, 8 * wave, 4 * wave, 2 * wave, *(0 * wave for _ in range(7)), np.clip(wave, 0, 1))
