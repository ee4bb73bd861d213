"""A recording as pocketsphinx takes it."""

from __future__ import annotations

import numpy as np

from speech.recorded.forced import _sixteen_bits


def test_what_is_louder_than_full_is_full() -> None:
    sound = np.frombuffer(_sixteen_bits(np.array([0.0, 0.5, 1.0, 1.5, -1.0, -2.0], np.float32)), "<i2")
    assert sound.tolist() == [0, 16383, 32767, 32767, -32767, -32767]
