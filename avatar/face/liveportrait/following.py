"""The motion of other pictures, taken over by the sitter: where its keypoints go."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from avatar.face.liveportrait.checkpoint import MotionNetworks
from avatar.face.liveportrait.neutral import NEUTRAL
from avatar.face.liveportrait.openings import Openings
from avatar.face.liveportrait.pose import KEYPOINTS, FaceMotion, keypoints
from avatar.face.liveportrait.retargeting import open_eyes, open_lips, stitched

__all__ = ["Followed", "Manner", "SeenOpenings", "follow", "taken_over"]

_ALL = tuple(range(KEYPOINTS))
_POINTS = {"all": _ALL, "expression": _ALL, "pose": (), "lips": (6, 12, 14, 17, 19, 20), "eyes": (11, 13, 15, 16, 18)}
# What an absolute expression covers: whole keypoints, and single axes of others.
_WHOLE = (1, 2, 6, *range(11, 21))
_AXES = ((3, 1), (4, 1), (5, 2), (8, 2), (9, 1), (9, 2))
_PARTED = 0.03  # lips that stand further open than this may be closed first


@dataclass(frozen=True)
class Manner:
    """``relative``: the change since the first frame is taken over, else pose and expression as they are. ``region``:
    one of options.REGIONS. ``multiplier``: how far everything moves. ``stitch``: whether the head stays with its
    shoulders. ``close_lips``: lips that stand open in the photo start closed. ``eyes``, ``lips``: opened as far as the
    driving ones, whatever the expression says."""

    relative: bool = True
    region: str = "all"
    multiplier: float = 1.0
    stitch: bool = True
    close_lips: bool = False
    eyes: bool = False
    lips: bool = False


@dataclass(frozen=True)
class SeenOpenings:
    """How far the driving face's left eye and its lips stand open, float [n] each."""

    left: np.ndarray
    lips: np.ndarray


@dataclass(frozen=True)
class Followed:
    """Who follows: ``motion`` with whatever the user changed, ``source`` [1, 21, 3]: keypoints of the photo as it is,
    ``own``: its openings."""

    motion: FaceMotion
    source: torch.Tensor
    own: Openings


@torch.inference_mode()
def follow(
    sitter: Followed, driving: FaceMotion, seen: SeenOpenings, networks: MotionNetworks, manner: Manner,
    still: bool = False,
) -> torch.Tensor:  # fmt: skip
    """Keypoints [n, 21, 3] of ``sitter`` that follows ``driving`` (n frames, the first the one that changes count
    from). ``still``: ``driving`` is one photo, whose expression counts from a neutral face."""
    wanted = taken_over(sitter.motion, driving, manner, still)
    points = keypoints(wanted)
    shifts = _opened(sitter, seen, networks, manner)
    if shifts is not None:
        points = (sitter.source if manner.relative else points) + shifts
    if manner.stitch:
        points = stitched(networks.stitching, sitter.source, points)
    if manner.close_lips and manner.relative and shifts is None and sitter.own.lips >= _PARTED:
        points = points + open_lips(networks.lips, sitter.source, sitter.own.lips, torch.zeros(1))
    return sitter.source + manner.multiplier * (points - sitter.source)


def _opened(sitter: Followed, seen: SeenOpenings, networks: MotionNetworks, manner: Manner) -> torch.Tensor | None:
    """Shifts [n, 21, 3] towards the driving face's openings; None where none are asked for."""
    shifts = []
    if manner.eyes:
        own = (sitter.own.left, sitter.own.right)
        shifts.append(open_eyes(networks.eyes, sitter.source, own, torch.from_numpy(seen.left)))
    if manner.lips:
        shifts.append(open_lips(networks.lips, sitter.source, sitter.own.lips, torch.from_numpy(seen.lips)))
    return sum(shifts[1:], shifts[0]) if shifts else None


def taken_over(source: FaceMotion, driving: FaceMotion, manner: Manner, still: bool) -> FaceMotion:
    """``source`` with what ``manner`` takes from ``driving``, one for each of its frames."""
    frames = len(driving.scale)
    result = FaceMotion(
        source.canonical,
        _expressions(source, driving, manner, still),
        source.angles.expand(frames, -1),
        source.rotation.expand(frames, -1, -1),
        source.translation.expand(frames, -1),
        source.scale.expand(frames, -1),
    )
    if manner.region not in ("all", "pose") or (still and manner.relative):
        return result
    if not manner.relative:
        return replace(result, rotation=driving.rotation, translation=driving.translation)
    result = replace(
        result,
        rotation=driving.rotation @ driving.rotation[:1].transpose(1, 2) @ source.rotation,
        translation=source.translation + driving.translation - driving.translation[:1],
    )
    if manner.region == "all":
        result = replace(result, scale=source.scale * driving.scale / driving.scale[:1])
    return result


def _expressions(source: FaceMotion, driving: FaceMotion, manner: Manner, still: bool) -> torch.Tensor:
    """The expression of every frame [n, 21, 3]."""
    own = source.expression.expand_as(driving.expression)
    if not manner.relative:
        return torch.where(_absolute(manner.region), driving.expression, own)
    since = driving.expression[:1]
    if still:
        since = torch.zeros_like(since) if manner.region == "eyes" else NEUTRAL.to(since)
    return torch.where(_chosen(_POINTS[manner.region]), own + driving.expression - since, own)


def _absolute(region: str) -> torch.Tensor:
    if region not in ("all", "expression"):
        return _chosen(_POINTS[region])
    mask = _chosen(_WHOLE)
    for point, axis in _AXES:
        mask[point, axis] = True
    return mask


def _chosen(points: tuple[int, ...]) -> torch.Tensor:
    mask = torch.zeros(KEYPOINTS, 3, dtype=torch.bool)
    mask[list(points)] = True
    return mask
