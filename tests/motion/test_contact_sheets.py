"""Contact sheets of places: which frame of which seed stands where."""

from __future__ import annotations

import cv2
import numpy as np

from avatar.core.progress import Progress, silent
from avatar.core.types import Size
from motion.engines.painted import Painted
from motion.options import BackdropOptions
from motion.picture import picture_of
from motion.sheets import contact_sheet, moments, seeds_in_a_row

SIZE = Size(64, 48)
OCEAN = BackdropOptions(SIZE, "calm ocean at dusk", seed=3)


def frame(seed: int, turn: float) -> np.ndarray:
    engine = Painted()
    plan = engine.plan(BackdropOptions(SIZE, OCEAN.prompt, seed=seed), silent())
    return picture_of(engine.open(plan, SIZE, 24.0, "cpu").frame(round(turn * plan.period * 24.0)))


def test_seeds_stand_side_by_side_from_the_first_on() -> None:
    row = seeds_in_a_row(Painted(), OCEAN, 3, silent())
    assert row.shape == (48, 192, 3)
    for number, shown in enumerate(np.split(row, 3, axis=1)):
        assert np.array_equal(shown, frame(3 + number, 0.0))


def test_moments_are_evenly_spaced_over_the_loop() -> None:
    strip = moments(Painted(), OCEAN, 4, silent())
    assert strip.shape == (48, 256, 3)
    for number, shown in enumerate(np.split(strip, 4, axis=1)):
        assert np.array_equal(shown, frame(3, number / 4))
    assert not np.array_equal(strip[:, :64], strip[:, 128:192])


def test_a_sheet_has_two_strips_for_each_row_and_tells_how_far_it_is() -> None:
    told: list[float] = []
    night = BackdropOptions(SIZE, "calm ocean at night", seed=3)
    rows = [(Painted(), OCEAN), (Painted(), night)]
    sheet = contact_sheet(rows, 2, 4, Progress(lambda fraction, _: told.append(fraction)))
    assert sheet.shape == (2 * (48 + 24), 128, 3)
    assert np.array_equal(sheet[:48], seeds_in_a_row(Painted(), OCEAN, 2, silent()))
    assert np.array_equal(sheet[72:120], seeds_in_a_row(Painted(), night, 2, silent()))
    small = cv2.resize(moments(Painted(), OCEAN, 4, silent()), (128, 24), interpolation=cv2.INTER_AREA)
    assert np.array_equal(sheet[48:72], small)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert {0.4, 0.5} <= {round(fraction, 6) for fraction in told}
