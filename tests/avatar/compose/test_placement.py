"""The person in a panel: what is inside the outline, what is around it, and what is left alone."""

from __future__ import annotations

import pytest
import torch

from avatar.compose.blend import blend, blend_lit
from avatar.compose.placement import Placement
from avatar.core.layout import panel_of, parse_layout
from avatar.core.types import Size

SIZE = Size(320, 180)
GREEN = (0.0, 0.5, 0.0)


def placed(layout: str, **ground: tuple[int, int, int]) -> Placement:
    chosen = parse_layout(layout)
    return Placement(chosen, panel_of(chosen, SIZE), SIZE, **ground)


def panel_frames(placement: Placement, alpha: float = 1.0) -> torch.Tensor:
    colour = torch.tensor([0.8, 0.2, 0.1, 1.0])[None, :, None, None] * alpha
    return colour.expand(2, 4, placement.panel.height, placement.panel.width).clone()


def behind() -> torch.Tensor:
    return torch.tensor(GREEN)[None, :, None, None].expand(2, 3, SIZE.height, SIZE.width).clone()


def test_a_circle_holds_the_person_and_leaves_its_corners() -> None:
    placement = placed("circle:centre:0.6")
    panel = placement.panel
    whole = placement.onto(panel_frames(placement), behind())
    middle = whole[0, :, panel.top + panel.height // 2, panel.left + panel.width // 2]
    torch.testing.assert_close(middle, torch.tensor([0.8, 0.2, 0.1]))
    corner = whole[0, :, panel.top, panel.left]
    assert corner[0] < 0.02 and corner[1] > 0.25, "the backdrop shows through, in a shadow"
    torch.testing.assert_close(whole[0, :, 2, 2], torch.tensor(GREEN))


def test_a_line_and_a_shadow_part_it_from_the_backdrop() -> None:
    placement = placed("card:centre:0.6", rim=(0, 0, 255))
    panel = placement.panel
    whole = placement.onto(panel_frames(placement), behind())
    row = panel.top + panel.height // 2
    edge = whole[0, :, row, panel.left : panel.left + 4]
    assert edge[2].max() > 0.9, "the line has its colour"
    outside = whole[0, 1, row, :]
    assert outside[panel.left - 2] < outside[panel.left - 12] < 0.5 + 1e-6
    below, above = whole[0, 1, panel.bottom + 2, SIZE.width // 2], whole[0, 1, panel.top - 3, SIZE.width // 2]
    assert below < above, "the shadow falls down"


def test_the_ground_shows_where_the_person_is_cut_out() -> None:
    placement = placed("card:centre:0.6", ground=(255, 255, 0))
    panel = placement.panel
    whole = placement.onto(panel_frames(placement, 0.0), behind())
    middle = whole[1, :, panel.top + panel.height // 2, panel.left + panel.width // 2]
    torch.testing.assert_close(middle, torch.tensor([1.0, 1.0, 0.0]))


def test_a_cut_out_person_has_no_hard_edge_within_the_frame() -> None:
    placement = placed("left")
    panel = placement.panel
    whole = placement.onto(panel_frames(placement), behind())
    row = whole[0, 0, SIZE.height // 2, : panel.right + 4]
    assert row[0] > 0.5, "the side of the frame is no edge"
    steps = (row[1:] - row[:-1]).abs()
    assert steps.max() < 0.15
    assert row[panel.right] == pytest.approx(0.0)
    torch.testing.assert_close(whole[0, :, 4, panel.right + 2], torch.tensor(GREEN))


def test_a_full_layout_is_the_same_as_none() -> None:
    placement = placed("full")
    face = panel_frames(placement, 0.6)
    torch.testing.assert_close(placement.onto(face, behind()), blend_lit(face, behind()))


@pytest.mark.parametrize("layout", ["circle:top-right", "card", "left", "corner"])
def test_alone_it_is_what_lies_over_any_backdrop(layout: str) -> None:
    placement = placed(layout)
    face = panel_frames(placement)
    alone = placement.apart(face)
    assert alone.shape == (2, 4, SIZE.height, SIZE.width)
    assert alone[:, :3].max() <= 1.0 and (alone[:, :3] <= alone[:, 3:] + 1e-5).all(), "premultiplied"
    onto = placement.onto(face, behind())
    if placement.framed:
        torch.testing.assert_close(blend(alone, behind()), onto)
    else:
        assert (blend(alone, behind()) - onto).abs().mean() < 0.02, "but for the light on the outline"
