"""Headings, name plates, captions, the bar and the mark look as they did (see ``tests.kept_plans``)."""

from __future__ import annotations

import numpy as np

from tests.kept_plans import graphics, kept_plans

_STEP = 4  # of 255: letters are drawn a little otherwise by other versions of a library


def test_words_over_a_picture_are_drawn_as_they_were() -> None:
    wanted = kept_plans()["graphics"].astype(int)
    assert wanted.std(axis=(1, 2, 3)).min() > 5.0
    away = np.abs(graphics().astype(int) - wanted)
    assert away.max() <= _STEP * 4
    assert away.mean(axis=(1, 2, 3)).max() <= _STEP / 20
