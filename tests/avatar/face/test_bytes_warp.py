"""Frames in bytes are those in floats, whichever range is asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage import data

from avatar.core.progress import silent
from avatar.core.types import DrawsBytes, FacePlan, Phoneme, Portrait, Size, Speech
from avatar.face import FaceOptions
from avatar.face.embedded_clip import BytesClip
from avatar.face.engines.embedded import Embedded
from avatar.face.matte import matte
from avatar.face.photo import detect_faces
from avatar.face.sampling import Patch, Window, inverse, points, sample
from motion import gesture

_SIZE = Size(320, 256)


@pytest.fixture(scope="module")
def matted() -> Portrait:
    """A portrait with its real matte."""
    pixels = data.astronaut()
    landmarks = detect_faces(pixels)[0].astype(np.float32)
    alpha, foreground = matte(pixels, landmarks)
    return Portrait(pixels, landmarks, alpha, foreground, "0")


def _plan(portrait: Portrait, keep: bool, frames: int = 33) -> FacePlan:
    phones = tuple(Phoneme(0.1 + 0.09 * i, 0.19 + 0.09 * i, c) for i, c in enumerate("ɑbifuɛmoʊwpæ"))
    speech = Speech(np.zeros(int(frames * 40), np.float32), 1000, "en", phones, energy=np.ones(200, np.float32))
    gestures = gesture(speech, 25.0, frames, "lively", 0)
    return Embedded().plan(portrait, speech, gestures, FaceOptions(_SIZE, 25.0, keep, expression="happy"), silent())


def _bytes_of(clip: BytesClip, start: int, stop: int) -> np.ndarray:
    return np.concatenate(list(clip.byte_frames(start, stop)))


def _floats_of(clip: BytesClip, start: int, stop: int) -> np.ndarray:
    frames = torch.cat(list(clip.frames(start, stop)))
    return (frames * 255).permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("keep", [False, True])
def test_bytes_are_the_floats(matted: Portrait, keep: bool) -> None:
    plan = _plan(matted, keep)
    clip = Embedded().open(plan, matted, "cpu")
    assert isinstance(clip, BytesClip) and isinstance(clip, DrawsBytes)
    drawn, wanted = _bytes_of(clip, 0, plan.frames), _floats_of(clip, 0, plan.frames)
    assert drawn.dtype == np.uint8 and drawn.shape == (plan.frames, _SIZE.height, _SIZE.width, 4)
    difference = np.abs(drawn - wanted)
    assert difference.max() < 4 and difference.mean() < 0.5
    assert np.abs(np.diff(wanted, axis=0)).max() > 40, "nothing moved"


def test_any_range_gives_the_same_bytes(matted: Portrait) -> None:
    plan = _plan(matted, False)
    whole = _bytes_of(Embedded().open(plan, matted, "cpu"), 0, plan.frames)
    parts = [_bytes_of(Embedded().open(plan, matted, "cpu"), a, b) for a, b in ((0, 7), (7, 8), (8, 33))]
    assert np.array_equal(whole, np.concatenate(parts))


def test_a_person_who_is_cut_out_has_no_more_colour_than_alpha(matted: Portrait) -> None:
    frames = _bytes_of(Embedded().open(_plan(matted, False), matted, "cpu"), 0, 10)
    assert (frames[..., :3].max(axis=-1).astype(int) - frames[..., 3]).max() <= 1
    assert (frames[..., 3] == 0).mean() > 0.2 and (frames[..., 3] == 255).mean() > 0.2


def test_a_kept_background_fills_every_pixel(matted: Portrait) -> None:
    frames = _bytes_of(Embedded().open(_plan(matted, True), matted, "cpu"), 0, 10)
    assert (frames[..., 3] == 255).all()
    assert np.array_equal(frames[0, :8, :8], frames[-1, :8, :8])


def test_what_a_part_of_the_grid_is_carried_back_is_what_the_whole_says() -> None:
    y, x = np.mgrid[0:24, 0:30].astype(np.float32)
    forward = torch.from_numpy(np.stack([2.5 * np.sin(y / 5), 1.5 * np.cos(x / 6)])[None])
    box = (10.0, 20.0, 68.0, 66.0)
    part = (slice(4, 15), slice(6, 21))
    whole = inverse(forward, box, 12, 0.75)
    assert torch.equal(inverse(forward, box, 12, 0.75, part), whole[:, :, part[0], part[1]])
    nodes = points(box, 24, 30, forward)
    there = nodes + whole
    back = there + sample(forward, box, there, "border")
    assert (back - nodes)[:, :, 4:-4, 4:-4].abs().max() < 0.02, "there and back is not where it began"
    assert whole.abs().max() > 1.0


def test_a_patch_finds_its_pixels_in_a_window() -> None:
    frame = torch.arange(2 * 4 * 40 * 50, dtype=torch.float32).view(2, 4, 40, 50)
    patch = Patch.around((12.0, 9.0), (30.0, 21.0), 4.0, (50, 40))
    window = Window(frame[:, :, 6:34, 10:45], 10, 6)
    assert torch.equal(patch.of(window), patch.of(Window(frame)))
    assert patch.of(window).shape[2:] == ((patch.rows - 1) * 4 + 1, (patch.columns - 1) * 4 + 1)
