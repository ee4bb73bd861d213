"""Headings, name plates, logos and the bar: where they stand, when they come and go, what is refused."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

from avatar.compose.graphics import Brand, Graphics, Overlays, parse_colour, read_logo
from avatar.core.errors import OptionError
from avatar.core.layout import panel_of, parse_layout, safe_area
from avatar.core.types import Size

WIDE, HIGH = Size(640, 360), Size(360, 640)
GREY = 90


def drawn(
    graphics: Graphics, seconds: float, layout: str = "full", size: Size = WIDE, captioned: bool = False
) -> np.ndarray:
    frames = np.full((1, size.height, size.width, 3), GREY, np.uint8)
    overlays = Overlays(graphics, parse_layout(layout), size, 10.0, captioned)
    overlays.draw(frames, round(10 * seconds))
    return frames[0]


def touched(frame: np.ndarray) -> np.ndarray:
    return np.abs(frame.astype(int) - GREY).max(axis=-1) > 12


def bounds(frame: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(touched(frame))
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


def light(frame: np.ndarray) -> np.ndarray:
    return (frame > 225).all(axis=-1)


@pytest.mark.parametrize(("seconds", "there"), [(0.0, False), (1.0, True), (4.0, True), (4.4, False), (9.0, False)])
def test_a_heading_comes_and_goes(seconds: float, there: bool) -> None:
    assert touched(drawn(Graphics(heading="Welcome"), seconds)).any() == there


def test_it_comes_softly() -> None:
    levels = [int(drawn(Graphics(heading="Welcome"), second).max()) for second in (0.2, 0.3, 0.4, 0.7)]
    assert levels == sorted(levels)
    assert GREY <= levels[0] < levels[1] < levels[2] < levels[3] == 255


@pytest.mark.parametrize("size", [WIDE, HIGH])
@pytest.mark.parametrize("layout", ["left", "right", "circle", "card:top-left"])
def test_a_heading_stands_beside_the_person(layout: str, size: Size) -> None:
    frame = drawn(Graphics(heading="A rather long heading about light | and how it falls"), 2.0, layout, size)
    panel = panel_of(parse_layout(layout), size)
    inside = light(frame)[panel.top : panel.bottom, panel.left : panel.right]
    assert light(frame).any() and not inside.any()
    rows, columns = np.nonzero(light(frame))
    safe = safe_area(size)
    assert safe.left <= columns.min() and columns.max() < safe.right
    assert safe.top <= rows.min() and rows.max() < safe.bottom


@pytest.mark.parametrize("size", [Size(1280, 720), WIDE, HIGH])
def test_a_heading_over_the_whole_frame_is_in_its_middle(size: Size) -> None:
    _, columns = np.nonzero(light(drawn(Graphics(heading="HHHH HHHH"), 2.0, "full", size)))
    assert abs(columns.min() + columns.max() - size.width) <= 6


@pytest.mark.parametrize("size", [Size(1280, 720), HIGH])
@pytest.mark.parametrize("layout", ["full", "left", "right", "circle:top-right", "none"])
def test_a_heading_stands_clear_of_a_name_plate(layout: str, size: Size) -> None:
    words = {"heading": "Morning news | Monday", "lower_third": "Ann Weaver | Weather desk"}
    plate = light(drawn(Graphics(lower_third=words["lower_third"]), 3.0, layout, size))
    both = light(drawn(Graphics(**words), 3.0, layout, size))
    rows, columns = np.nonzero(plate)
    own = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
    assert np.array_equal(both[own], plate[own])
    others = both.copy()
    others[own] = False
    assert others.sum() > 200


def test_the_second_line_is_smaller() -> None:
    one, two = (drawn(Graphics(heading=text), 2.0, "left") for text in ("HHHH", "HHHH | HHHH"))
    heights = []
    for frame in (one, two):
        rows = np.nonzero(light(frame).any(axis=1))[0]
        heights.append([len(run) for run in np.split(rows, np.nonzero(np.diff(rows) > 1)[0] + 1)])
    assert len(heights[0]) == 1 and len(heights[1]) == 2
    assert heights[1][1] < 0.7 * heights[1][0]


def test_a_very_long_word_is_drawn_smaller_and_not_cut() -> None:
    frame = drawn(Graphics(heading="Donaudampfschifffahrtsgesellschaft"), 2.0, "right", WIDE)
    columns = np.nonzero(light(frame).any(axis=0))[0]
    assert columns.max() < panel_of(parse_layout("right"), WIDE).left


def test_a_name_plate_stands_low_and_slides_in() -> None:
    plate = Graphics(lower_third="Анна Орлова | Учитель")
    assert not touched(drawn(plate, 0.5)).any()
    left, top, right, bottom = bounds(drawn(plate, 3.0))
    safe = safe_area(WIDE)
    assert left == safe.left and bottom < safe.bottom and top > 0.6 * 360 and right < 0.7 * 640
    assert bounds(drawn(plate, 0.9))[0] < left
    assert not touched(drawn(plate, 6.3)).any()
    assert bounds(drawn(plate, 3.0, captioned=True))[3] < top, "captions lie below"


def test_a_plate_makes_room_for_a_person_in_its_corner() -> None:
    frame = drawn(Graphics(lower_third="Anna Orlova | Teacher"), 3.0, "circle:bottom-left")
    panel = panel_of(parse_layout("circle:bottom-left"), WIDE)
    assert bounds(frame)[0] >= panel.right


def test_a_logo_keeps_its_shape_and_makes_room(tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    picture = np.zeros((100, 200, 4), np.uint8)
    picture[..., 0] = 255
    picture[:, 20:180, 3] = 255
    Image.fromarray(picture).save(path)
    frame = drawn(Graphics(brand=Brand(logo=path)), 0.0)
    left, top, right, bottom = bounds(frame)
    assert left < 0.2 * 640 and bottom < 0.25 * 360
    assert (right - left + 1) / (bottom - top + 1) == pytest.approx(1.6, rel=0.08)
    assert frame[(top + bottom) // 2, (left + right) // 2, 0] > 235
    aside = bounds(drawn(Graphics(brand=Brand(logo=path)), 0.0, "circle:top-left"))
    assert aside[0] > 0.5 * 640


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("logo.svg", b"<?xml version='1.0'?><svg onload='alert(1)'/>", "save it as PNG"),
        ("logo.png", b"\x89PNG\r\n\x1a\nbroken", "cannot be read"),
        ("logo.gif", b"", "cannot be read"),
    ],
)
def test_a_logo_that_cannot_be_drawn_is_refused(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(OptionError, match=told):
        read_logo(tmp_path / name)
    with pytest.raises(OptionError, match="does not exist"):
        read_logo(tmp_path / "other.png")


def test_the_bar_is_a_part_a_scene() -> None:
    accent = parse_colour("#ff0000")
    assert accent == (255, 0, 0)
    frame = drawn(Graphics(brand=Brand(accent), bar=(1, 3, 100)), 4.9)
    row = frame[-1]
    red = (row == (255, 0, 0)).all(axis=-1)
    assert red[:200].all() and not red[205:213].all()
    filled = np.nonzero(red)[0].max()
    assert filled == pytest.approx(214 + 0.5 * 211, abs=4)
    assert not red[430:].any()
    assert not touched(frame[:-6]).any()


def test_the_font_of_a_brand_is_used_and_others_where_it_lacks_letters() -> None:
    serif = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif.ttf"
    usual, own = (drawn(Graphics(heading="Hill", brand=Brand(font=font)), 2.0) for font in (None, serif))
    assert (usual != own).any()
    symbols = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "STIXSizOneSymReg.ttf"
    usual, own = (drawn(Graphics(heading="Жизнь", brand=Brand(font=font)), 2.0) for font in (None, symbols))
    assert (usual == own).all(), "a font without these letters changes nothing"


def test_nothing_asked_for_is_nothing_drawn() -> None:
    assert not Graphics().any()
    assert not touched(drawn(Graphics(), 1.0)).any()
