"""What a slider adds to the expression: LivePortrait's own directions, by keypoint, both ways."""

from __future__ import annotations

import pytest
import torch

from avatar.face.liveportrait.controls import Controls, expression_shift
from avatar.face.liveportrait.neutral import NEUTRAL

# Keypoint -> (x, y, z) in thousandths, for a slider at +2 and at -2.
_UP: dict[str, dict[int, tuple[float, float, float]]] = {
    "shift_x": {5: (-2000, 0, 0)},
    "shift_y": {5: (0, 2000, 0)},
    "pout": {19: (2000, 0, 0)},
    "purse": {14: (0, 2, 0), 3: (0, -1, 0), 7: (0, -1, 0), 17: (0, 0, -1)},
    "grin": {20: (0, -2, -2), 14: (0, -2, 0)},
    "lip_open": {19: (0, 2, 0.2), 17: (0, -0.2, 0)},
    "smile": {
        20: (0, -20, 0), 14: (0, -40, 0), 17: (0, 13, 6), 13: (0, -5.5, 0), 16: (0, -5.5, 0), 3: (0, -7, 0),
        7: (0, -7, 0),
    },
    "wink": {11: (0, 2, 0), 13: (0, -0.6, 0), 17: (0.6, 0.6, 0), 3: (0, -0.6, 0)},
    "gaze_y": {11: (0, -1, 0), 15: (0, -1, 0), 13: (0, -0.3, 0), 16: (0, -0.3, 0)},
    "brows": {1: (0, 2, 0), 2: (0, -2, 0)},
    "gaze_x": {11: (1.4, 0, 0), 15: (2, 0, 0)},
}  # fmt: skip
_DOWN = {
    **{name: {at: tuple(-one for one in by) for at, by in moves.items()} for name, moves in _UP.items()},
    "brows": {1: (2, -0.6, 0), 2: (-2, 0.6, 0)},
    "gaze_x": {11: (-2, 0, 0), 15: (-1.4, 0, 0)},
}


@pytest.mark.parametrize("name", _UP)
@pytest.mark.parametrize(("value", "table"), [(2.0, _UP), (-2.0, _DOWN)])
def test_a_slider_moves_its_keypoints_alone(name: str, value: float, table: dict) -> None:  # type: ignore[type-arg]
    expected = torch.zeros(1, 21, 3)
    for at, by in table[name].items():
        expected[0, at] = torch.tensor(by) / 1000
    assert torch.allclose(expression_shift(Controls(**{name: value})), expected, atol=1e-7)


def test_sliders_add_up_frame_by_frame() -> None:
    both = expression_shift(Controls(smile=torch.tensor([0.0, 1.0, 2.0]), brows=torch.tensor([-1.0, 0.0, 1.0])))
    assert both.shape == (3, 21, 3)
    for frame, (smile, brows) in enumerate([(0.0, -1.0), (1.0, 0.0), (2.0, 1.0)]):
        alone = expression_shift(Controls(smile=smile)) + expression_shift(Controls(brows=brows))
        assert torch.allclose(both[frame], alone[0], atol=1e-7)


def test_the_neutral_face_has_the_numbers_of_its_authors() -> None:
    """Two sums over all of them, of signs and of sizes: another number anywhere shows."""
    place = torch.arange(1, 64, dtype=torch.float64).reshape(21, 3)
    assert float((NEUTRAL * place).sum()) == pytest.approx(-0.66987545523, abs=1e-11)
    assert float((NEUTRAL.abs().log10() * place).sum()) == pytest.approx(-8705.6842318, abs=1e-6)
