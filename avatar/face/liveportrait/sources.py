"""The seam between what moves a face and LivePortrait: a track source says where the keypoints are in every frame.

The table is ``options.SOURCES``. A network that makes LivePortrait's own motion from sound (JoyVASA's and Ditto's do)
would be one more entry: it gives a :class:`~avatar.face.liveportrait.pose.FaceMotion` for its frames and hands it to
:func:`~avatar.face.liveportrait.following.follow`, as the driving video does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from avatar.core.progress import Progress
from avatar.core.types import GestureTrack, Portrait, Speech
from avatar.face.liveportrait.checkpoint import MotionNetworks
from avatar.face.liveportrait.options import LivePortraitOptions
from avatar.face.liveportrait.pose import FaceMotion
from avatar.face.liveportrait.sitter import Sitter
from avatar.face.options import FaceOptions

__all__ = ["Paint", "Scene", "Studio", "Track", "TrackSource"]

Paint = Callable[[torch.Tensor], np.ndarray]
"""Keypoints [1, 21, 3] → the picture of the sitter with them, uint8 [512, 512, 3]."""


@dataclass(frozen=True)
class Scene:
    """What is asked for: the portrait, what it says, how it moves by our own gestures, and the options."""

    portrait: Portrait
    speech: Speech
    gestures: GestureTrack
    face: FaceOptions
    chosen: LivePortraitOptions


@dataclass(frozen=True)
class Studio:
    """What there is to do it with: the ``sitter`` as the photo shows it, ``base``: its motion with the sliders moved
    and the lent expression on, the ``networks``, and ``paint`` for a look at what comes of it. ``key``: changes with
    everything that changes how keypoints look."""

    sitter: Sitter
    base: FaceMotion
    networks: MotionNetworks
    paint: Paint
    key: str


@dataclass(frozen=True)
class Track:
    """``keypoints`` [n, 21, 3], one set a frame of the video, float32 on the CPU. ``notes``: what the user should
    know."""

    keypoints: torch.Tensor
    notes: tuple[str, ...] = ()


class TrackSource(Protocol):
    """Decides where the keypoints go."""

    def track(self, scene: Scene, studio: Studio, progress: Progress) -> Track:
        """The keypoints of all frames; the same inputs give the same ones."""
        ...
