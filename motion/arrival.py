"""How a place is come to: a scene begins in another place and travels to its own, prompt by prompt.

Where one engine shows both, embedding and light turn on the geodesic from the first prompt to the second; where two
engines do, their pictures dissolve. The way takes four seconds, whatever the length of the scene.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar.core.types import BackdropClip, BackdropPlan, GivesBytes, GivesLight

if TYPE_CHECKING:
    import torch

__all__ = ["TRAVEL_PERIOD", "TRAVEL_SECONDS", "WAY_FPS", "Arrival", "arrival", "engines_of", "parted", "with_way"]

TRAVEL_SECONDS = 4.0
TRAVEL_PERIOD = 2.0 * TRAVEL_SECONDS
"""Period of a plan that travels there and back; only the way there is shown."""
WAY_FPS = 240.0
"""At how many frames a second the clip of a way is opened: it is walked at a pace of its own."""
_SETTLES = 1.5  # seconds in which the way becomes the drift of the place itself
_MARK = "way:"


def with_way(own: BackdropPlan, way: BackdropPlan) -> BackdropPlan:
    """The plan ``own`` that also holds the plan of the ``way`` to it; :func:`parted` takes them apart."""
    told: dict[str, str | float | int] = {f"{_MARK}{name}": value for name, value in way.settings.items()}
    told |= {f"{_MARK}engine:": way.engine, f"{_MARK}period:": way.period}
    arrays = {f"{_MARK}{name}": array for name, array in way.arrays.items()}
    notes = tuple(dict.fromkeys((*own.notes, *way.notes)))
    return replace(own, arrays={**own.arrays, **arrays}, settings={**own.settings, **told}, notes=notes)


def parted(plan: BackdropPlan) -> tuple[BackdropPlan, BackdropPlan | None]:
    """The plan of the place alone, and that of the way to it where there is one."""
    if f"{_MARK}engine:" not in plan.settings:
        return plan, None
    (arrays, way_arrays), (settings, way_settings) = _parted(plan.arrays), _parted(plan.settings)
    engine, period = str(way_settings.pop("engine:")), float(way_settings.pop("period:"))
    return replace(plan, arrays=arrays, settings=settings), BackdropPlan(engine, period, way_arrays, way_settings)


def _parted(values: Mapping[str, object]) -> tuple[dict, dict]:
    own = {name: value for name, value in values.items() if not name.startswith(_MARK)}
    return own, {name.removeprefix(_MARK): value for name, value in values.items() if name.startswith(_MARK)}


def engines_of(plan: BackdropPlan) -> tuple[str, ...]:
    """The engine of the place, and that of the way to it where it is another."""
    way = str(plan.settings.get(f"{_MARK}engine:", plan.engine))
    return (plan.engine,) if way == plan.engine else (plan.engine, way)


class Arrival:
    """Frames of the clip ``way`` (at WAY_FPS), then of ``own`` (at ``fps``); random access, the same whoever asks.

    ``travels``: whether the way leads from one place to the other and is walked; else it shows the first place, which
    dissolves into the other.
    """

    def __init__(self, own: BackdropClip, way: BackdropClip, fps: float, travels: bool) -> None:
        self._own, self._way, self._fps, self._travels = own, way, fps, travels

    def frame(self, index: int) -> torch.Tensor:
        """Frame ``index``, float32 [3, h, w] in 0..1."""
        share = self._share(index)
        if share >= 1.0:
            return self._own.frame(index)
        left = self._way.frame(self._walked(index))
        return left if share <= 0.0 else left.lerp(self._own.frame(index), share)

    def byte_frame(self, index: int) -> np.ndarray:
        """The same in bytes, uint8 [h, w, 3]: see :class:`avatar.core.types.GivesBytes`."""
        share = self._share(index)
        if share >= 1.0:
            return _in_bytes(self._own, index)
        left = _in_bytes(self._way, self._walked(index))
        if share <= 0.0:
            return left
        return np.asarray(cv2.addWeighted(left, 1.0 - share, _in_bytes(self._own, index), share, 0.0))

    def _share(self, index: int) -> float:
        """How much of the place itself is seen, 0..1."""
        takes = _SETTLES if self._travels else TRAVEL_SECONDS
        return _eased((index / self._fps - TRAVEL_SECONDS + takes) / takes)

    def _walked(self, index: int) -> int:
        seconds = index / self._fps
        if self._travels:
            seconds = TRAVEL_SECONDS * _eased(seconds / TRAVEL_SECONDS)
        return round(seconds * WAY_FPS)


class _LitArrival(Arrival):
    """The same where both places give light."""

    def light(self, index: int) -> np.ndarray:
        """The light of frame ``index``: see :class:`avatar.core.types.GivesLight`."""
        share = self._share(index)
        here: np.ndarray = self._own.light(index)  # type: ignore[attr-defined]
        if share >= 1.0:
            return here
        left: np.ndarray = self._way.light(self._walked(index))  # type: ignore[attr-defined]
        return left + (here - left) * np.float32(share)


def arrival(own: BackdropClip, way: BackdropClip, fps: float, travels: bool) -> Arrival:
    """An :class:`Arrival` that gives light where both clips do."""
    lit = isinstance(own, GivesLight) and isinstance(way, GivesLight)
    return (_LitArrival if lit else Arrival)(own, way, fps, travels)


def _in_bytes(clip: BackdropClip, index: int) -> np.ndarray:
    """Frame ``index`` of ``clip``, uint8 [h, w, 3]."""
    if isinstance(clip, GivesBytes):
        return clip.byte_frame(index)
    planes = clip.frame(index).cpu().numpy()
    return np.ascontiguousarray(np.rint(255.0 * planes.clip(0.0, 1.0)).astype(np.uint8).transpose(1, 2, 0))


def _eased(share: float) -> float:
    near = min(1.0, max(0.0, share))
    return near * near * (3.0 - 2.0 * near)
