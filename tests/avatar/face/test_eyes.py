"""Lids, looks and moods of a real portrait, as seen in its frames: by pixels, and by FaceMesh against action units."""

from __future__ import annotations

import json

import numpy as np
import pytest
from skimage import data

from avatar.core.progress import silent
from avatar.core.types import GestureTrack, Portrait, Size, Speech
from avatar.face import FaceOptions
from avatar.face.canonical import EYES, Canonical
from avatar.face.embedded_clip import EmbeddedClip
from avatar.face.engines.embedded import Embedded
from avatar.face.framing import Framing, frame_person
from avatar.face.layers import build_layers
from avatar.face.photo import detect_faces
from avatar.face.ratios import LIGHTS, UNITS, grid_points, light_of, plates, ratios_for
from avatar.face.warp import Warp

_SIZE = Size(512, 512)
_LIGHT = np.array([0.2126, 0.7152, 0.0722])
_MOODS = ("neutral", "happy", "sad", "angry", "surprised")


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    pixels = data.astronaut()
    landmarks = detect_faces(pixels)[0].astype(np.float32)
    return Portrait(pixels, landmarks, np.ones(pixels.shape[:2], np.float32), pixels, "0")


_WARPS: dict[str, Warp] = {}
"""By portrait: what no gesture and no mood changes is built once."""


def _shown(portrait: Portrait, expression: str = "neutral", **curves: float) -> np.ndarray:
    """One frame, uint8 [h, w, 3], with values of the gesture track."""
    names = [name for name in GestureTrack.__dataclass_fields__ if name != "fps"]
    track = GestureTrack(25.0, **{name: np.full(25, curves.get(name, 0.0), np.float32) for name in names})
    speech = Speech(np.zeros(16000, np.float32), 16000, "en")
    engine = Embedded()
    plan = engine.plan(portrait, speech, track, FaceOptions(_SIZE, 25.0, True, expression), silent())
    if portrait.sha256 not in _WARPS:
        framing = Framing.of(plan.constants["place"])
        _WARPS[portrait.sha256] = Warp(build_layers(portrait, framing, plan.size, plan.keep_background, "cpu"))
    batch = next(iter(EmbeddedClip(plan, _WARPS[portrait.sha256], "cpu").frames(12, 13)))
    return np.round(255 * batch[0, :3].permute(1, 2, 0).numpy()).astype(np.uint8)


@pytest.fixture(scope="module")
def faces(portrait: Portrait) -> dict[str, Canonical]:
    """What FaceMesh sees in a frame of each mood, at full strength."""
    seen = {}
    for mood in _MOODS:
        seen[mood] = Canonical.of(detect_faces(_shown(portrait, mood))[0])
    return seen


# -- lids --------------------------------------------------------------------------------------------------------------


def _column(portrait: Portrait, frame: np.ndarray, index: int, e: float) -> tuple[np.ndarray, np.ndarray]:
    """Brightness [n] of ``frame`` down through an eye at ``e`` along it, and where [n]: 0 at the upper lid's edge in
    the photo, 1 at the lower one's."""
    points = frame_person(portrait, _SIZE, True).apply(portrait.landmarks)[:, :2]
    upper, lower, _ = (np.asarray(ids) for ids in EYES[index])
    corners = points[upper[[0, -1]]]
    at = corners[0] + (0.5 + 0.5 * e) * (corners[1] - corners[0])
    top, bottom = (np.interp(at[0], points[ids, 0], points[ids, 1]) for ids in (upper, lower))
    rows = np.arange(int(top - 1.5 * (bottom - top)), int(bottom + 1.5 * (bottom - top)))
    column = frame[rows, round(float(at[0])) - 1 : round(float(at[0])) + 2].mean(axis=1) @ _LIGHT
    return column, (rows - top) / (bottom - top)


@pytest.mark.parametrize("index", [0, 1])
def test_a_shut_eye_is_skin_with_one_line_of_lashes(portrait: Portrait, index: int) -> None:
    """No catchlight, no white, no stripes: even skin from the crease down to one dark line at the lower lid."""
    frame = _shown(portrait, lids=1.0)
    for e in (-0.4, 0.0, 0.4):
        light, where = _column(portrait, frame, index, e)
        lid = light[(where > -0.1) & (where < 0.6)]
        skin = np.median(light[(where > 1.6) & (where < 2.4)])
        assert 0.62 * skin < lid.min() and lid.max() < 1.12 * skin
        assert np.abs(np.diff(lid)).max() < 0.09 * skin
        line = light[(where > 0.6) & (where < 1.6)]
        assert line.min() < 0.86 * np.median(lid)
        assert 0.75 < where[(where > 0.6) & (where < 1.6)][line.argmin()] < 1.45


def test_a_lid_comes_down_by_shares(portrait: Portrait) -> None:
    """The lower edge of the lid lies the lower, the more it is shut."""
    places = []
    for lids in (0.35, 0.6, 0.85, 1.0):
        light, where = _column(portrait, _shown(portrait, lids=lids), 0, 0.5)
        near = (where > -0.1) & (where < 1.5)
        places.append(float(where[near][light[near].argmin()]))
    assert places == sorted(places) and places[-1] - places[0] > 0.5


@pytest.mark.parametrize(("side", "shut"), [(-1.0, 0), (1.0, 1)])
def test_a_wink_leaves_the_other_eye_as_it_was(portrait: Portrait, side: float, shut: int) -> None:
    rest, winked = _shown(portrait), _shown(portrait, wink=side)
    for index in (0, 1):
        changed = np.abs(_column(portrait, winked, index, 0.0)[0] - _column(portrait, rest, index, 0.0)[0]).max()
        assert changed > 60 if index == shut else changed < 3


# -- looks -------------------------------------------------------------------------------------------------------------


def _iris(frame: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Place [2] of the left iris in eye widths from the inner corner, its radius in eye widths, and how open the eye
    is."""
    points = detect_faces(frame)[0]
    width = float(np.linalg.norm(points[133, :2] - points[33, :2]))
    radius = float(np.linalg.norm(points[469:473, :2] - points[468, :2], axis=1).mean())
    opened = float(np.linalg.norm(points[159, :2] - points[145, :2]))
    return (points[468, :2] - points[133, :2]) / width, radius / width, opened / width


def test_looks_are_seen_and_the_iris_keeps_its_shape(portrait: Portrait) -> None:
    ahead, radius, opened = _iris(_shown(portrait))
    for way, sign in (("gaze_x", -1.0), ("gaze_x", 1.0)):
        there, round_, _ = _iris(_shown(portrait, **{way: 0.95 * sign}))
        assert sign * (there - ahead)[0] > 0.06
        assert round_ == pytest.approx(radius, rel=0.15)
    down, up = (_iris(_shown(portrait, gaze_y=y)) for y in (0.95, -0.95))
    assert down[0][1] - up[0][1] > 0.006  # the lids follow, and a tracker takes some of it for theirs
    assert down[2] < opened - 0.02 and up[2] > down[2] + 0.012


# -- moods -------------------------------------------------------------------------------------------------------------


def _units(face: Canonical) -> dict[str, float]:
    """Lengths of a face in IOD that action units change, both sides' mean."""
    y, gap = face.points[:, 1], lambda a, b: float(np.linalg.norm(face.points[a, :2] - face.points[b, :2]))
    return {
        "inner_brow": -float(y[[55, 285]].mean()),
        "outer_brow": -float(y[[70, 300]].mean()),
        "eye": (gap(159, 145) + gap(386, 374)) / 2,
        "corners": -float(y[[61, 291]].mean() - y[[0, 17]].mean()),
        "mouth": gap(61, 291),
        "slant": float(y[[70, 300]].mean() - y[[55, 285]].mean()),
        "opened": gap(13, 14),
    }


# What published action units do to these lengths: happy 6+12, sad 1+4+15, angry 4+5+7+23, surprised 1+2+5+26.
_SIGNS = {
    "happy": {"corners": 1, "mouth": 1, "eye": -1},
    "sad": {"corners": -1, "slant": 1, "eye": -1},
    "angry": {"inner_brow": -1, "outer_brow": -1, "eye": -1},
    "surprised": {"inner_brow": 1, "outer_brow": 1, "eye": 1, "opened": 1},
}
_LEAST = 0.004  # IOD


@pytest.mark.parametrize("mood", _MOODS[1:])
def test_a_mood_shows_its_action_units(faces: dict[str, Canonical], mood: str) -> None:
    rest, shown = _units(faces["neutral"]), _units(faces[mood])
    changes = {name: round(shown[name] - rest[name], 4) for name in rest}
    for name, sign in _SIGNS[mood].items():
        assert sign * changes[name] > _LEAST, (name, changes)


def test_every_mood_is_the_nearest_to_its_own_signs(faces: dict[str, Canonical]) -> None:
    rest = _units(faces["neutral"])
    for mood in _MOODS[1:]:
        shown = _units(faces[mood])
        scores = {
            other: np.mean([np.clip(sign * (shown[name] - rest[name]) / 0.02, -1, 1) for name, sign in signs.items()])
            for other, signs in _SIGNS.items()
        }
        assert max(scores, key=lambda other: float(scores[other])) == mood, scores


def test_moods_change_the_light_on_skin(portrait: Portrait) -> None:
    """With the shape taken away, what is left of a mood is light and shade, and little of it."""
    face = Canonical.of(portrait.landmarks)
    q = np.concatenate([grid_points(), np.zeros((*grid_points().shape[:2], 1))], axis=-1)
    even = np.full(len(LIGHTS), 1 / len(LIGHTS))
    found = ratios_for(face, q, even)
    assert found.shape == (len(UNITS), *grid_points().shape[:2])
    for unit in found:
        assert 0.03 < np.abs(unit).max() <= 0.12
        assert np.abs(unit[[0, -1]]).max() < 0.01 and np.abs(unit[:, [0, -1]]).max() < 0.01


def test_the_plates_are_those_of_their_manifest() -> None:
    from avatar.face import ratios

    manifest = json.loads(ratios._FILE.with_suffix(".json").read_text(encoding="utf-8"))
    assert manifest["units"] == list(UNITS) and manifest["lights"] == list(LIGHTS)
    assert "CC0" in manifest["licence"]
    assert ratios._FILE.stat().st_size < 500_000
    assert plates().units.shape[:2] == (len(UNITS), len(LIGHTS))


def test_light_from_one_side_is_seen_on_the_cheeks(portrait: Portrait) -> None:
    face = Canonical.of(portrait.landmarks)
    ramp = np.broadcast_to(np.linspace(0.2, 0.9, portrait.pixels.shape[1]), portrait.pixels.shape[:2])
    right, left = light_of(face, ramp, (0.0, 0.0)), light_of(face, ramp[:, ::-1], (0.0, 0.0))
    assert right[LIGHTS.index("right")] > 1.3 * right[LIGHTS.index("left")]
    assert left[LIGHTS.index("left")] > 1.3 * left[LIGHTS.index("right")]
    assert right.sum() == pytest.approx(1.0)
