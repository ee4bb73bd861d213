"""Stretches of a video are the very frames that reading it whole gives, decoded from the keyframe before them."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from avatar.core.footage import Footage, read_stretches
from avatar.core.media import VideoWriter, join, read_frames
from avatar.core.types import Size

_SIZE = Size(64, 48)
_EVERY, _FRAMES = 50, 120


@pytest.fixture(scope="module", params=[10.0, 25.0, 29.97, 60.0])
def footage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """120 frames in segments of 50, each with a bar at a place of its own."""
    folder, fps = tmp_path_factory.mktemp("footage"), request.param
    parts = []
    for first in range(0, _FRAMES, _EVERY):
        parts.append(folder / f"{first}.mp4")
        with VideoWriter(parts[-1], _SIZE, fps) as writer:
            for number in range(first, min(first + _EVERY, _FRAMES)):
                frame = np.full((48, 64, 3), 40 + number, np.uint8)
                frame[:, number % 60 : number % 60 + 4] = 230
                writer.write(frame)
    sound = np.zeros(round(_FRAMES / fps * 8000), np.float32)
    join(parts, sound, 8000, _FRAMES, fps, folder / "whole.mp4")
    return Footage(folder / "whole.mp4", _SIZE, fps, _FRAMES)


_STRETCHES = [range(0, 3), range(7, 9), range(44, 50), range(50, 51), range(60, 64), range(99, 101), range(115, 120)]


def test_stretches_are_the_frames_of_the_whole(footage: Footage) -> None:
    whole = list(read_frames(footage.path))
    assert len(whole) == _FRAMES
    shown = dict(read_stretches(footage, _STRETCHES, _EVERY))
    assert list(shown) == [number for stretch in _STRETCHES for number in stretch]
    assert all(np.array_equal(frame, whole[number]) for number, frame in shown.items())


def test_where_the_video_ends_early_there_are_fewer_frames(footage: Footage) -> None:
    numbers = [number for number, _ in read_stretches(footage, [range(3), range(118, 130)], _EVERY)]
    assert numbers == [0, 1, 2, 118, 119]


def test_what_lies_between_two_keyframes_is_read_once(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    usual = subprocess.Popen

    def counted(arguments: list[str], **options: object) -> object:
        started.append(arguments)
        return usual(arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", counted)
    assert len(list(read_stretches(footage, _STRETCHES, _EVERY))) == 23
    assert len(started) == 3
    assert "-ss" not in started[0] and all("-ss" in one for one in started[1:])
