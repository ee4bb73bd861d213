"""What a viewer sees of the animated face, measured by both judges on portraits of many kinds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from skimage import data

from avatar.core.progress import silent
from avatar.core.types import Phoneme, Portrait, Size, Speech, frame_count
from avatar.face import FaceOptions
from avatar.face.engines.embedded import Embedded
from avatar.face.photo import Photo, preflight
from avatar.face.quality import measure, observe
from avatar.face.visemes import mouth_tracks
from motion import gesture
from tests.portraits import PORTRAITS, draw_portrait

_FPS = 25.0
_SIZE = Size(416, 416)
# "My papa moved by far: who flew above me, baby? I saw you, mama, move five feet." Lengths as in calm speech.
_PHONES = (
    "m a i . p a p ə . m u v d . b a i . f ɑ ɹ _ h u . f l u . ə b ʌ v . m i . b e i b i _ "
    "a i . s ɔ . j u . m ɑ m ə . m u v . f a i v . f i t"
)
_LENGTHS = {"ə": 0.06, "ɑ": 0.13, "a": 0.10, "ɔ": 0.14, "ʌ": 0.10, "u": 0.12, "i": 0.10, "_": 0.55, ".": 0.0}


def _speech() -> Speech:
    time, phones = 0.4, []
    for symbol in _PHONES.split():
        length = _LENGTHS.get(symbol, 0.075)
        if symbol not in "_.":
            phones.append(Phoneme(time, time + length, symbol, 1 if symbol in "ɑaɔ" else 0))
        time += length
    seconds = time + 0.5
    energy = np.zeros(int(seconds * 100) + 1, np.float32)
    for phone in phones:
        energy[int(phone.start * 100) : int(phone.end * 100)] = 0.75
    samples = np.zeros(int(seconds * 16000), np.float32)
    pitch = np.where(energy > 0, 130, 0).astype(np.float32)
    return Speech(samples, 16000, "en", tuple(phones), energy=energy, pitch=pitch)


@cache
def _figures(name: str) -> dict[str, Any]:
    pixels = _PICTURES[name]()
    found = preflight(Photo(pixels, "0"))
    assert found.landmarks is not None
    assert not found.problems
    alpha = np.ones(pixels.shape[:2], np.float32)
    portrait = Portrait(pixels, found.landmarks, alpha, pixels, "0")
    speech = _speech()
    frames = frame_count(speech.seconds, _FPS)
    engine = Embedded()
    plan = engine.plan(
        portrait, speech, gesture(speech, _FPS, frames, "calm", 0), FaceOptions(_SIZE, _FPS, True), silent()
    )
    clip = engine.open(plan, portrait, "cpu")

    def pictures() -> Iterator[np.ndarray]:
        for batch in clip.frames(0, frames):
            yield from (batch[:, :3].permute(0, 2, 3, 1) * 255).round().byte().numpy()

    seen = observe(enumerate(pictures()), frames, silent())
    asked = np.clip(mouth_tracks(speech, _FPS, frames).gap, 0, None)
    agreement = max(np.corrcoef(np.roll(asked, lag)[2:-2], seen.gap[2:-2])[0, 1] for lag in (-1, 0, 1))
    return {**measure(seen, _FPS, speech.phonemes), "seen_against_asked": float(agreement)}


def _tinted(pixels: np.ndarray) -> np.ndarray:
    """A darker print of a photo."""
    return (255 * (pixels / 255.0) ** 1.7 * [0.92, 0.86, 0.80]).astype(np.uint8)


_PICTURES = {
    "astronaut": data.astronaut,
    "astronaut, grey": lambda: np.repeat(data.astronaut().mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8),
    "astronaut, dark": lambda: _tinted(data.astronaut()),
    **{name: (lambda drawn=drawn: draw_portrait(drawn)) for name, drawn in PORTRAITS.items()},
}

# A drawn moustache hides the line between the lips: of lips that meet the tracker says 0.015 to 0.025 IOD, the more the
# further the head is turned, on either side of what counts as closed.
_LEAST_CLOSED = {"man": 0.8}
_LARGEST_STEP = {"man": 0.21}  # for the same reason: 0.194 to 0.203 by changes inside the mouth that nobody sees


@pytest.mark.parametrize("name", _PICTURES)
def test_lips_follow_the_phones_on_every_portrait(name: str) -> None:
    figures = _figures(name)
    assert figures["frames_without_face"] == 0
    assert figures["bilabial_closure_rate"] >= _LEAST_CLOSED.get(name, 0.9)
    assert 0.07 <= figures["open_vowel_peak_gap_median"] <= 0.25
    assert 0.10 <= figures["gap_p5_p50_p95"][2] <= 0.25
    assert figures["gap_largest_step"] <= _LARGEST_STEP.get(name, 0.20)
    assert figures["width_round_over_spread"] <= 0.9
    assert figures["seen_against_asked"] >= 0.8
    assert figures["timeline_correlation"] >= 0.6
    assert abs(figures["lips_after_timeline_frames"]) <= 1
    assert figures["second_judge_open_above_closed"] >= 0.9
    assert figures["sharpness_least_over_median"] >= 0.85
    assert figures["sharpness_step_p99"] <= 0.10


def test_blinks_are_as_long_and_as_many_as_people_s() -> None:
    figures = _figures("astronaut")
    assert figures["blink_frames"]
    assert all(2 <= length <= 7 for length in figures["blink_frames"])
