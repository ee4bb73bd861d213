"""What Coqui's network is given: the numbers of all symbols with what stands around them, and how long each is."""

from __future__ import annotations

import pytest

from speech.engines.coqui_vits import _Reading, _seed, _sequence
from speech.transcription import Transcription


def test_pace_and_pitch_act_on_their_own_symbols_and_speed_on_all() -> None:
    reading = _Reading(list, {"a": 5, "b": 6}, before=(1, 0), between=(0,), after=(2,))
    said = Transcription(("a", "b"), (0, 1), paces=(1.0, 2.0), pitches=(1.0, 1.5), notes=())
    numbers, scales, owners = _sequence(reading, said, own=1.2, speed=0.5)
    assert numbers == [1, 0, 5, 0, 6, 0, 2]
    assert owners == [0, 0, 1, 1, 2, 2, 3]
    assert scales == pytest.approx([2.4, 2.4, 2.4, 2.4, 1.8, 1.8, 2.4])


def test_the_seed_depends_on_what_is_said_and_how() -> None:
    seeds = {_seed(seed, numbers, scales) for seed in (0, 1) for numbers in ([1], [2]) for scales in ([1.0], [1.1])}
    assert len(seeds) == 8
    assert _seed(3, [1, 2], [1.0, 1.0]) == _seed(3, [1, 2], [1.0, 1.0])
