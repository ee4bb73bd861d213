"""Which stretches of a video are measured: few frames, always the same, with what tells most among them."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.types import Phoneme
from avatar.face.stretches import blinks_in, choose_stretches, frames_of, stretches_of

_FPS, _EVERY = 25.0, 250


def chosen(
    frames: int, phonemes: list[Phoneme] | None = None, lids: np.ndarray | None = None, fps: float = _FPS
) -> tuple[range, ...]:
    return choose_stretches(frames, fps, phonemes or [], lids, _EVERY)


@pytest.mark.parametrize("frames", [0, 1, 100, 150])
def test_a_short_video_is_measured_whole(frames: int) -> None:
    assert chosen(frames) == (range(frames),)


@pytest.mark.parametrize("fps", [10.0, 25.0, 29.97, 60.0])
@pytest.mark.parametrize("seconds", [6.1, 7.3, 11.0, 19.9, 33.3, 60.0])
def test_a_longer_one_by_stretches_that_do_not_meet(seconds: float, fps: float) -> None:
    frames = round(seconds * fps)
    found = chosen(frames, fps=fps)
    assert len(found) >= 4
    assert found[0].start >= 0 and found[-1].stop <= frames
    assert all(one.stop < other.start for one, other in zip(found[:-1], found[1:], strict=True))
    measured = sum(len(one) for one in found)
    wanted = max(frames / 6, 5 * fps)
    assert 0.9 * min(wanted, frames - len(found)) <= measured <= wanted + 1


def test_of_a_minute_a_sixth_is_measured_and_a_third_decoded() -> None:
    said = [Phoneme(t, t + 0.08, "pamɪfiku"[n % 8]) for n, t in enumerate(np.arange(0.2, 59.5, 0.09))]
    found = chosen(1500, said)
    assert len(found) == 6
    assert 240 <= sum(len(one) for one in found) <= 250
    assert [one.start // _EVERY for one in found] == list(range(6))
    assert sum(one.stop % _EVERY for one in found) <= 500


def test_where_nothing_is_said_stretches_begin_on_keyframes() -> None:
    assert [one.start for one in chosen(1500)] == [0, 250, 500, 750, 1000, 1250]


@pytest.mark.parametrize("sound", ["p", "ɑ", "u", "i", "v"])
def test_a_sound_is_looked_for(sound: str) -> None:
    said = [Phoneme(t, t + 0.1, "s") for t in np.arange(0.0, 60.0, 0.1)]
    wanted = Phoneme(23.0, 23.1, sound)
    held = [frames for frames in chosen(1500, [*said, wanted]) if 500 <= frames.start < 750]
    place = frames_of(wanted, _FPS, 1 if sound == "p" else 0)
    assert place.start >= held[0].start and place.stop <= held[0].stop
    assert chosen(1500, said)[2].start == 500


def test_a_closure_counts_more_than_a_vowel() -> None:
    found = chosen(1500, [Phoneme(10.4, 10.5, "ɑ"), Phoneme(13.0, 13.1, "m")])[1]
    assert 325 in found and 261 not in found


def test_a_long_sound_counts_more_than_a_hurried_one() -> None:
    hurried, long = Phoneme(10.1, 10.13, "ɑ"), Phoneme(11.64, 11.94, "ɑ")
    assert 295 in chosen(1500, [hurried, long])[1]
    assert 295 not in chosen(1500, [Phoneme(10.1, 10.4, "ɑ"), long])[1]


def test_planned_blinks_are_looked_for_and_winks_are_not() -> None:
    lids = np.zeros((1500, 2), np.float32)
    lids[300:304] = 0.9
    lids[600:604, 0] = 0.9
    found = chosen(1500, lids=lids)
    assert {298, 305} <= set(found[1]) and found[2].start == 500
    assert blinks_in(lids) == (range(300, 304),)
    assert blinks_in(np.array([0.9, 0.2, 0.2, 0.6, 0.6])) == (range(1), range(3, 5))


def test_the_same_video_has_the_same_stretches() -> None:
    rng = np.random.default_rng(3)
    said = [Phoneme(t, t + 0.07, str(rng.choice(list("pbmaɑuifvst")))) for t in np.arange(0.0, 50.0, 0.08)]
    lids = (rng.random((1250, 1)) > 0.97) * np.ones((1, 2))
    assert chosen(1250, said, lids) == chosen(1250, list(reversed(said)), lids.copy())


def test_numbers_as_stretches() -> None:
    assert stretches_of(np.array([4, 5, 6, 9, 11, 12])) == (range(4, 7), range(9, 10), range(11, 13))
    assert stretches_of(np.arange(3)) == (range(3),)
