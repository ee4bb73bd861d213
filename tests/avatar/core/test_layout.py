"""Layouts: what can be written, and where the person's panel lies."""

from __future__ import annotations

import pytest

from avatar.core.layout import KINDS, PLACES, Layout, Panel, free_area, panel_of, parse_layout, safe_area
from avatar.core.types import Size

WIDE, SQUARE, HIGH = Size(1280, 720), Size(720, 720), Size(720, 1280)


def within(panel: Panel, size: Size) -> bool:
    return panel.left >= 0 and panel.top >= 0 and panel.right <= size.width and panel.bottom <= size.height


def overlap(one: Panel, other: Panel) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("full", Layout()),
        (" Circle ", Layout("circle")),
        ("circle:top-left", Layout("circle", "top-left")),
        ("card:0.3", Layout("card", "", 0.3)),
        ("card:top:0.5", Layout("card", "top", 0.5)),
        ("circle:0.8,0.25:0.3", Layout("circle", "0.8,0.25", 0.3)),
        ("left:0.4", Layout("left", "", 0.4)),
        ("corner:bottom-left", Layout("corner", "bottom-left")),
    ],
)
def test_what_is_written_is_read_and_written_back(text: str, layout: Layout) -> None:
    assert parse_layout(text) == layout
    assert parse_layout(str(layout)) == layout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("square", "choose full, left, right, corner, circle, card"),
        ("circle:middle", "choose top-left, top, top-right"),
        ("circle:1.2,0.5", "two shares of the frame between 0 and 1"),
        ("circle:0.5", ""),
        ("card:top:2", "from 0.15 to 1"),
        ("card:top:0.1", "from 0.15 to 1"),
        ("card:top:nan", "from 0.15 to 1"),
        ("card:top:0.3:red", "says too much"),
        ("left:top", "has its place already"),
        ("corner:top-left", "choose a bottom place"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, told: str) -> None:
    if not told:
        assert parse_layout(text).share == 0.5
        return
    with pytest.raises(ValueError, match=told):
        parse_layout(text)


@pytest.mark.parametrize("size", [WIDE, SQUARE, HIGH, Size(128, 128), Size(3840, 2160)])
@pytest.mark.parametrize("kind", KINDS)
def test_every_panel_lies_in_the_frame_with_even_sides(kind: str, size: Size) -> None:
    for share in (0.0, 0.15, 0.6, 1.0):
        panel = panel_of(Layout(kind, "", share), size)
        assert within(panel, size), (kind, share)
        assert panel.width % 2 == 0 == panel.height % 2


def test_full_is_the_whole_frame_and_sides_touch_theirs() -> None:
    assert panel_of(Layout(), WIDE) == Panel(0, 0, 1280, 720)
    left, right = panel_of(Layout("left"), WIDE), panel_of(Layout("right"), WIDE)
    assert (left.left, left.width, left.bottom) == (0, 640, 720)
    assert (right.right, right.width, right.bottom) == (1280, 640, 720)
    assert panel_of(Layout("right", "", 0.4), WIDE).width == 512
    assert panel_of(Layout("corner", "bottom-left"), WIDE).bottom == 720


@pytest.mark.parametrize("size", [WIDE, SQUARE, HIGH])
@pytest.mark.parametrize("place", PLACES)
def test_a_circle_stands_where_it_is_told_in_the_safe_area(place: str, size: Size) -> None:
    panel, safe = panel_of(Layout("circle", place), size), safe_area(size)
    assert panel.width == panel.height
    assert safe.left <= panel.left and panel.right <= safe.right
    assert safe.top <= panel.top and panel.bottom <= safe.bottom
    across, down = PLACES[place]
    left, below = panel.left - safe.left, panel.top - safe.top
    assert left == pytest.approx(across * (safe.width - panel.width), abs=1)
    assert below == pytest.approx(down * (safe.height - panel.height), abs=1)


def test_a_place_in_shares_is_the_middle_of_the_panel() -> None:
    panel = panel_of(Layout("circle", "0.4,0.5", 0.3), WIDE)
    assert panel.left + panel.width / 2 == pytest.approx(0.4 * 1280, abs=1)
    assert panel.top + panel.height / 2 == pytest.approx(0.5 * 720, abs=1)
    assert panel.width == 216


@pytest.mark.parametrize("size", [WIDE, SQUARE, HIGH])
def test_framed_persons_keep_clear_of_burnt_captions(size: Size) -> None:
    free, captioned = (panel_of(Layout("card"), size, burnt) for burnt in (False, True))
    assert captioned.bottom < free.bottom
    assert captioned.bottom <= 0.82 * size.height


@pytest.mark.parametrize("size", [WIDE, SQUARE, HIGH])
@pytest.mark.parametrize("text", ["left", "right", "corner", "circle", "card", "circle:top-left", "card:centre"])
def test_words_have_a_place_beside_the_person(text: str, size: Size) -> None:
    layout = parse_layout(text)
    area = free_area(layout, size)
    assert within(area, size)
    assert area.width > 0.2 * size.width
    assert area.height > 0.1 * size.height
    if text != "card:centre":
        assert not overlap(area, panel_of(layout, size)), (area, panel_of(layout, size))


def test_words_over_a_whole_picture_stand_low() -> None:
    area = free_area(Layout(), WIDE)
    assert area.top > 0.5 * 720
    assert area.bottom <= safe_area(WIDE).bottom
    assert free_area(Layout(), WIDE, captioned=True).bottom < area.bottom
