"""A picture behind the speaker: how it is fitted, moved and lit, number by number."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pictures

from avatar.core.errors import OptionError
from avatar.core.progress import silent
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.engines.image import Image, ImageClip, _contained, _cover, read_picture
from motion.options import BackdropOptions

PIXELS = np.random.default_rng(0).integers(20, 230, (60, 110, 3), dtype=np.uint8)
PIXELS = cv2.GaussianBlur(PIXELS, (0, 0), 3.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    Pictures.fromarray(PIXELS).save(tmp_path / "own.png")
    return tmp_path / "own.png"


def clip(drift: float = 1.0, light: float = 0.0, period: float = 4.0) -> ImageClip:
    settings: dict[str, str | float | int] = {"drift": drift, "light": light}
    return ImageClip(BackdropPlan("image", period, {"pixels": PIXELS}, settings, ""), Size(96, 54), 10.0, "cpu")


@pytest.mark.parametrize("index", [0, 7, 10, 20, 33, 40])
@pytest.mark.parametrize("drift", [0.0, 0.5, 1.0])
def test_the_camera_zooms_and_pans_on_a_closed_path(index: int, drift: float) -> None:
    turn = 2.0 * math.pi * (index / 40.0)
    fit = min(110 / 96, 60 / 54)
    zoom = fit * (1.0 - 0.03 * drift * (1.0 - math.cos(turn)))
    left = (110 - zoom * 96) * (0.5 + 0.35 * drift * math.sin(turn)) + (zoom - 1.0) / 2.0
    top = (60 - zoom * 54) * (0.5 + 0.35 * drift * math.sin(turn + 1.1)) + (zoom - 1.0) / 2.0
    assert np.allclose(clip(drift)._crop(index / 40.0), [[zoom, 0.0, left], [0.0, zoom, top]], atol=1e-4)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    matrix = np.array([[zoom, 0.0, left], [0.0, zoom, top]], np.float32)
    wanted = cv2.warpAffine(PIXELS, matrix, (96, 54), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    assert np.abs(clip(drift).byte_frame(index).astype(int) - wanted).max() <= 1
    frame = clip(drift).frame(index).numpy()
    assert frame.shape == (3, 54, 96) and np.allclose(255.0 * frame.transpose(1, 2, 0), clip(drift).byte_frame(index))


@pytest.mark.parametrize(("index", "later"), [(0, 0.0), (10, 0.5), (20, 1.0), (30, 0.5)])
def test_the_light_is_warmer_and_darker_at_the_turning_point(index: int, later: float) -> None:
    for light in (0.4, 1.0):
        plain, lit = clip().frame(index).numpy(), clip(light=light).frame(index).numpy()
        for plane, (red, change) in enumerate(zip("rgb", (-0.05, -0.14, -0.26), strict=True)):
            much = light * later
            wanted = plain[plane] ** (1.0 - 0.25 * much * change) * (1.0 + much * change)
            assert np.allclose(lit[plane], wanted, atol=1e-5), red
        assert np.abs(clip(light=light).byte_frame(index) - 255.0 * lit.transpose(1, 2, 0)).max() <= 0.501


def test_a_picture_fills_the_frame_with_room_to_move() -> None:
    found = _cover(PIXELS, Size(50, 50), 1.06)
    assert found.shape == (53, 53, 3) and found.flags.c_contiguous
    scaled = cv2.resize(PIXELS, (97, 53), interpolation=cv2.INTER_AREA)
    assert np.array_equal(found, scaled[:, 22:75])
    larger = _cover(PIXELS, Size(110, 100), 1.0)
    assert np.array_equal(larger, cv2.resize(PIXELS, (183, 100), interpolation=cv2.INTER_CUBIC)[:, 36:146])
    tall = _cover(PIXELS, Size(110, 20), 1.0)
    assert np.array_equal(tall, PIXELS[20:40])


def test_a_whole_picture_stands_in_the_middle_on_the_colour_of_its_edge() -> None:
    pixels = np.full((20, 40, 3), (10, 20, 30), np.uint8)
    pixels[5:15, 10:30] = 200
    found = _contained(pixels, Size(40, 40))
    assert found.shape == (40, 40, 3) and np.array_equal(found[10:30], pixels)
    assert (found[:10] == (10, 20, 30)).all() and (found[30:] == (10, 20, 30)).all()
    beside = _contained(pixels, Size(60, 10))
    assert np.array_equal(beside[:, 20:40], cv2.resize(pixels, (20, 10), interpolation=cv2.INTER_AREA))
    larger = _contained(pixels, Size(80, 41))
    assert np.array_equal(larger[:40], cv2.resize(pixels, (80, 40), interpolation=cv2.INTER_CUBIC))


def test_a_plan_says_how_the_picture_moves(file: Path) -> None:
    def planned(**own: str) -> BackdropPlan:
        options = BackdropOptions(Size(80, 40), image=file, period_s=9.0, engine_options=own)
        return Image().plan(options, silent())

    plan = planned()
    assert (plan.engine, plan.period, plan.reading) == ("image", 9.0, "picture own.png")
    assert plan.settings == {"drift": 1.0, "light": 0.0, "file": "own.png"}
    assert np.array_equal(plan.arrays["pixels"], _cover(PIXELS, Size(80, 40), 1.06))
    whole = planned(fit="contain", light="1")
    assert whole.settings == {"drift": 0.0, "light": 1.0, "file": "own.png"}
    assert np.array_equal(whole.arrays["pixels"], _contained(PIXELS, Size(80, 40)))
    assert planned(fit="contain", drift="0.5").settings["drift"] == 0.5
    soft = planned(blur="1").arrays["pixels"]
    assert soft.std() < plan.arrays["pixels"].std()
    for name in ("drift", "blur", "light"):
        for value in ("-0.1", "1.1"):
            with pytest.raises(OptionError, match=f"option {name} is {value}: give a number from 0 to 1"):
                planned(**{name: value})
    with pytest.raises(OptionError, match="fit is 'fill': choose cover, contain"):
        planned(fit="fill")
    with pytest.raises(OptionError, match="choose from drift, blur, light, fit"):
        planned(zoom="1")
    with pytest.raises(OptionError, match="The image backdrop needs a picture: give @FILE"):
        Image().plan(BackdropOptions(Size(80, 40)), silent())
    short = BackdropOptions(Size(80, 40), image=file, period_s=0.2)
    assert Image().plan(short, silent()).period == 1.0
    assert Image().card() == EngineCard("image", "1", "Apache-2.0")


def test_pictures_are_read_upright_on_a_light_ground(tmp_path: Path) -> None:
    clear = Pictures.new("RGBA", (2, 1), (255, 0, 0, 0))
    clear.putpixel((1, 0), (255, 0, 0, 255))
    clear.save(tmp_path / "clear.png")
    assert read_picture(tmp_path / "clear.png").tolist() == [[[217, 219, 222], [255, 0, 0]]]
    turned = Pictures.new("RGB", (4, 2))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif)
    assert read_picture(tmp_path / "turned.jpg").shape == (4, 2, 3)


def test_pictures_that_cannot_be_used_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.png").write_bytes(b"\x89PNG....")
    with pytest.raises(OptionError, match=r"Backdrop picture bad\.png cannot be read"):
        read_picture(tmp_path / "bad.png")
    with pytest.raises(OptionError, match=r"Backdrop picture none\.png does not exist: give @ and the path"):
        read_picture(tmp_path / "none.png")
    Pictures.new("RGB", (30, 10)).save(tmp_path / "wide.png")
    monkeypatch.setattr("motion.engines.image._MAX_PIXELS", 300)
    assert read_picture(tmp_path / "wide.png").shape == (10, 30, 3)
    monkeypatch.setattr("motion.engines.image._MAX_PIXELS", 299)
    with pytest.raises(OptionError, match=r"wide\.png is too large: use one of at most 0 megapixels"):
        read_picture(tmp_path / "wide.png")
