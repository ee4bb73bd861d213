"""Sliders: a face changed by hand, as shifts of its expression (the directions are those of LivePortrait's own)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch

from avatar.face.liveportrait.pose import FaceMotion, rotation

__all__ = ["Controls", "edited", "expression_shift"]

_X, _Y, _Z = range(3)
Direction = tuple[tuple[int, int, float], ...]
# Keypoint, axis and shift for each unit of a slider.
_DIRECTIONS: dict[str, Direction] = {
    "shift_x": ((5, _X, -1.0),),
    "shift_y": ((5, _Y, 1.0),),
    "pout": ((19, _X, 1.0),),
    "purse": ((14, _Y, 1e-3), (3, _Y, -5e-4), (7, _Y, -5e-4), (17, _Z, -5e-4)),
    "grin": ((20, _Z, -1e-3), (20, _Y, -1e-3), (14, _Y, -1e-3)),
    "lip_open": ((19, _Y, 1e-3), (19, _Z, 1e-4), (17, _Y, -1e-4)),
    "smile": (
        (20, _Y, -0.01), (14, _Y, -0.02), (17, _Y, 0.0065), (17, _Z, 0.003), (13, _Y, -0.00275), (16, _Y, -0.00275),
        (3, _Y, -0.0035), (7, _Y, -0.0035),
    ),
    "wink": ((11, _Y, 1e-3), (13, _Y, -3e-4), (17, _X, 3e-4), (17, _Y, 3e-4), (3, _Y, -3e-4)),
    "gaze_y": ((11, _Y, -5e-4), (15, _Y, -5e-4), (13, _Y, -1.5e-4), (16, _Y, -1.5e-4)),
}  # fmt: skip
# Other shifts for values above and below zero.
_TWO_SIDED: dict[str, tuple[Direction, Direction]] = {
    "brows": (
        ((1, _Y, 1e-3), (2, _Y, -1e-3)),
        ((1, _X, -1e-3), (2, _X, 1e-3), (1, _Y, 3e-4), (2, _Y, -3e-4)),
    ),
    "gaze_x": (((11, _X, 7e-4), (15, _X, 1e-3)), ((11, _X, 1e-3), (15, _X, 7e-4))),
}


@dataclass(frozen=True)
class Controls:
    """Values of the sliders, or of each of n frames (tensors [n]). ``pitch``, ``yaw``, ``roll``: degrees added to the
    head's, in LivePortrait's own directions (see :mod:`pose`); ``zoom``: a factor. The others shift the expression."""

    pitch: float | torch.Tensor = 0.0
    yaw: float | torch.Tensor = 0.0
    roll: float | torch.Tensor = 0.0
    shift_x: float | torch.Tensor = 0.0
    shift_y: float | torch.Tensor = 0.0
    zoom: float | torch.Tensor = 1.0
    pout: float | torch.Tensor = 0.0
    purse: float | torch.Tensor = 0.0
    grin: float | torch.Tensor = 0.0
    lip_open: float | torch.Tensor = 0.0
    smile: float | torch.Tensor = 0.0
    wink: float | torch.Tensor = 0.0
    brows: float | torch.Tensor = 0.0
    gaze_x: float | torch.Tensor = 0.0
    gaze_y: float | torch.Tensor = 0.0

    @property
    def frames(self) -> int:
        """How many frames they are for; 1 where no value is a track."""
        return max(getattr(self, field.name).numel() if self._is_track(field.name) else 1 for field in fields(self))

    def _is_track(self, name: str) -> bool:
        return isinstance(getattr(self, name), torch.Tensor)

    def track(self, name: str) -> torch.Tensor:
        """The values of the slider ``name`` as float32 [n]."""
        value = torch.as_tensor(getattr(self, name), dtype=torch.float32)
        return value.expand(self.frames)


def expression_shift(controls: Controls) -> torch.Tensor:
    """What the sliders add to the expression: [n, 21, 3]."""
    shift = torch.zeros(controls.frames, 21, 3)
    for name, direction in _DIRECTIONS.items():
        _add(shift, direction, controls.track(name))
    for name, (above, below) in _TWO_SIDED.items():
        values = controls.track(name)
        _add(shift, above, values.clamp(min=0))
        _add(shift, below, values.clamp(max=0))
    return shift


def _add(shift: torch.Tensor, direction: Direction, values: torch.Tensor) -> None:
    for point, axis, amount in direction:
        shift[:, point, axis] += amount * values


def edited(motion: FaceMotion, controls: Controls) -> FaceMotion:
    """``motion`` (of one picture, or of as many as the controls have frames) with the sliders moved."""
    turn = torch.stack([controls.track(name) for name in ("pitch", "yaw", "roll")], dim=1).to(motion.angles)
    angles = motion.angles + turn
    return replace(
        motion,
        expression=motion.expression + expression_shift(controls).to(motion.expression),
        angles=angles,
        rotation=rotation(angles),
        scale=motion.scale * controls.track("zoom")[:, None].to(motion.scale),
    )
