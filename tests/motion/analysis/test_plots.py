"""Pictures of the report: as large as they are said to be, everything in its place."""

from __future__ import annotations

import cv2
import numpy as np

from motion.analysis import plots


def _read(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def _even(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((36, 64, 3), colour, np.uint8)


def test_a_sheet_shows_every_picture_in_its_row_and_keeps_its_shape() -> None:
    red, green, blue = _even((250, 0, 0)), _even((0, 250, 0)), _even((0, 0, 250))
    shown = _read(plots.sheet({"one": [red, green], "two": [blue, red]}, width=800))
    height, width = shown.shape[:2]
    assert abs(width - 800) <= 8
    assert abs(height / width - 2 * 36 / 64 * 0.88 / 2) < 0.02
    middles = [shown[int(height * y), int(width * x)] for y in (0.25, 0.75) for x in (0.34, 0.78)]
    assert [int(middle.argmax()) for middle in middles] == [0, 1, 2, 0]
    assert min(int(middle.max()) for middle in middles) > 240


def test_a_sheet_may_have_one_picture_in_a_row() -> None:
    shown = _read(plots.sheet({"one": [_even((250, 0, 0))], "two": [_even((0, 0, 250))]}, width=400))
    height, width = shown.shape[:2]
    assert abs(height / width - 2 * 36 / 64 * 0.88) < 0.02
    assert [int(shown[int(height * y), int(width * 0.55)].argmax()) for y in (0.25, 0.75)] == [0, 2]


def test_a_strip_is_rows_of_frames_side_by_side() -> None:
    red, blue = _even((250, 0, 0)), _even((0, 0, 250))
    shown = _read(plots.strip([[red, blue], [blue, red]], width=256))
    assert shown.shape == (144, 256, 3)
    assert [int(shown[y, x].argmax()) for y in (20, 120) for x in (20, 230)] == [0, 2, 2, 0]
