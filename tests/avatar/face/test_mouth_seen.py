"""Mouths as they are seen in frames: grins that open and widen, shut lips that are pressed, jaws that turn aside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from avatar.core.progress import silent
from avatar.core.types import GestureTrack, Phoneme, Portrait, Size, Speech
from avatar.face import FaceOptions, layers
from avatar.face.canonical import Canonical
from avatar.face.creases import creases
from avatar.face.engines import embedded
from avatar.face.framing import frame_person
from avatar.face.moods import emotion_tracks
from avatar.face.mouth import Mouth
from avatar.face.photo import detect_faces
from avatar.face.plates import plate, states
from avatar.face.rig import COEFFICIENTS
from avatar.face.visemes import MouthTracks
from tests.kept import kept
from tests.sheets.people import frames

_SIZE = Size(512, 512)
_LIGHT = np.array([0.2126, 0.7152, 0.0722])


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    """A grin that shows the upper teeth."""
    pixels = data.astronaut()
    return Portrait(pixels, kept()["landmarks"], np.ones(pixels.shape[:2], np.float32), pixels, "0")


def _mouth_of(portrait: Portrait, phone: str) -> tuple[np.ndarray, np.ndarray]:
    """Colours [h, w, 3] of the middle frame of ``phone`` and the landmarks of the photo in it."""
    frame = frames(portrait, _SIZE, True, [{}] * 12, phone)[6]
    return frame[..., :3], frame_person(portrait, _SIZE, True).apply(portrait.landmarks)


def test_an_upper_lip_that_rises_shows_gums_and_no_dark_line(portrait: Portrait) -> None:
    frame, points = _mouth_of(portrait, "ɑ")
    iod = float(np.linalg.norm(points[263] - points[33]))
    x, top = round(float(points[13, 0])), round(float(points[0, 1]))
    column = frame[top : top + round(0.16 * iod), x - 2 : x + 3] @ _LIGHT
    lip = float(np.median(column[:4]))
    assert column.min() > 0.80 * lip


def test_corners_that_widen_leave_no_lip_between_the_lips(portrait: Portrait) -> None:
    """What shines on the lower lip beside the corner of the photo's mouth does not stay behind like a tooth."""
    frame, points = _mouth_of(portrait, "i")
    corner, iod = points[308, :2], float(np.linalg.norm(points[263] - points[33]))
    top, bottom = (round(float(corner[1] + down * iod)) for down in (-0.04, 0.18))
    for aside in (0.01, 0.02, 0.03):
        column = frame[top:bottom, round(float(corner[0] - aside * iod))] @ _LIGHT
        inside = column[np.argmax(column < 0.30) :]
        assert (np.diff((inside > 0.35).astype(int)) > 0).sum() == 1  # from the dark to the lower lip, once


@pytest.mark.parametrize("state", states("lower"))
@pytest.mark.parametrize("yaw", [0.0, 24.0, -24.0])
def test_no_unlit_inner_side_stands_above_the_lower_teeth(state: str, yaw: float) -> None:
    made = plate("lower", state, yaw)
    light = made.light.sum(axis=0).max(axis=-1)
    above = np.arange(len(light)) < made.origin[1]
    assert not (made.alpha[above] > 0.5)[light[above] < 0.03 * np.percentile(light, 99)].any()


def test_lips_of_which_one_lies_before_the_other_are_pressed_together(portrait: Portrait) -> None:
    still = np.zeros(3, np.float32)
    closed = replace(MouthTracks(*[still] * 9), gap=still - 0.008, press=still + 1)
    shut = replace(Mouth.of(Canonical.of(portrait.landmarks)), gap=0.0)
    level, stepped = (embedded._lip_coefficients(closed, replace(shut, stepped=apart))[1] for apart in (0.002, 0.022))
    at = lambda row, name: float(row[COEFFICIENTS.index(name)])  # noqa: E731
    assert at(stepped, "press_lower") > at(level, "press_lower") + 0.2
    for row in (level, stepped):
        assert at(row, "upper_lip") + at(row, "lower_lip") < 0  # each a little over the other


@pytest.mark.parametrize(("phone", "least", "most"), [("u", 0.1, 0.5), ("i", 0.9, 1.1)])
def test_rounded_lips_hold_the_corners_of_a_smile(portrait: Portrait, phone: str, least: float, most: float) -> None:
    """A mouth that laughs and says u is no beak: its corners come down to the lips, its cheeks stay up."""
    speech = Speech(np.zeros(16000, np.float32), 16000, "en", (Phoneme(0.2, 0.8, phone, 1),), energy=np.ones(101, "f4"))
    names = [name for name in GestureTrack.__dataclass_fields__ if name != "fps"]
    still = GestureTrack(25.0, **{name: np.zeros(25, np.float32) for name in names})
    neutral, happy = (
        embedded.Embedded().plan(portrait, speech, still, FaceOptions(_SIZE, 25.0, True, mood), silent()).tracks
        for mood in ("neutral", "happy")
    )
    added = happy["coefficients"][12] - neutral["coefficients"][12]
    asked = emotion_tracks(speech, "happy", 25.0, 25)
    assert least < added[COEFFICIENTS.index("smile")] / asked["smile"][12] < most
    assert added[COEFFICIENTS.index("cheek")] == pytest.approx(asked["cheek"][12], rel=0.01)


def test_teeth_stand_in_the_light_of_rounded_lips_and_none_show_as_they_close(portrait: Portrait) -> None:
    """The teeth of o and ʃ are as bright as those of i; between the lips of u and w it is dark."""
    white, dark = {}, {}
    for phone in "ioʃuw":
        frame, points = _mouth_of(portrait, phone)
        iod = float(np.linalg.norm(points[263] - points[33]))
        x, top, aside = round(float(points[13, 0])), round(float(points[13, 1])), round(0.05 * iod)
        area = frame[top - round(0.03 * iod) : top + round(0.13 * iod), x - aside : x + aside + 1]
        white[phone] = float(np.percentile(area[..., 2], 90))  # lips and skin are dark in blue
        dark[phone] = float((area @ _LIGHT).min())
    assert min(white["o"], white["ʃ"]) > 0.85 * white["i"]
    assert max(dark["u"], dark["w"]) < 0.15


@pytest.mark.parametrize(("mood", "most"), [("sad", 0.016), ("angry", 0.054)])
def test_a_mood_takes_back_the_smile_of_the_photo(portrait: Portrait, mood: str, most: float) -> None:
    """The corners of the mouth stand hardly above its middle; they do by 0.07 IOD in the photo."""
    shown = frames(portrait, _SIZE, True, [{}] * 9, expression=mood)[4][..., :3]
    found = detect_faces((255 * np.clip(shown, 0, 1)).round().astype(np.uint8))[0]
    iod = float(np.linalg.norm(found[263] - found[33]))
    assert float(found[[13, 14], 1].mean() - found[[61, 291], 1].mean()) / iod < most


def _beside_the_right_corner(portrait: Portrait, phone: str) -> np.ndarray:
    """Brightness [h, w] of the skin that lies out from the corner of the mouth where it is in a frame of ``phone``."""
    frame, points = _mouth_of(portrait, phone)
    iod = float(np.linalg.norm(points[263] - points[33]))
    x, y = points[308, :2] + np.array([0.02, -0.02]) * iod
    half = round(0.09 * iod)
    return frame[round(y) - half : round(y) + half, round(x) - half : round(x) + 2 * half] @ _LIGHT


def test_creases_beside_a_grin_smooth_out_where_its_lips_round_or_shut(
    portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    uneven = lambda skin: float(np.std(skin - gaussian_filter(skin, 6)))  # noqa: E731
    smoothed = {phone: uneven(_beside_the_right_corner(portrait, phone)) for phone in "umi"}
    monkeypatch.setattr(layers, "creases", lambda *_: None)
    folded = {phone: uneven(_beside_the_right_corner(portrait, phone)) for phone in "umi"}
    assert smoothed["u"] < 0.7 * folded["u"]
    assert smoothed["m"] < 0.85 * folded["m"]
    assert smoothed["i"] == pytest.approx(folded["i"], rel=0.01)


def test_a_mouth_that_does_not_grin_has_no_creases_to_smooth(portrait: Portrait) -> None:
    mouth = Mouth.of(Canonical.of(portrait.landmarks))
    u, v = np.meshgrid(np.linspace(-1.5, 1.5, 40), np.linspace(-0.3, 0.3, 30))
    colour = np.random.default_rng(0).uniform(0.4, 0.6, (30, 40, 3))
    assert mouth.grin > 0 and creases(mouth, 1.0, u, v, colour, 40.0) is not None
    level = replace(mouth, upper=lambda x: 0 * x, lower=lambda x: 0 * x, gap=0.0)
    assert creases(level, 1.0, u, v, colour, 40.0) is None
