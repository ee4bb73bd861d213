"""The inside of the mouth: plates, the light of a photo, lips that close over an open mouth."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage import data

import avatar.face
from avatar.core.types import Phoneme, Portrait, Size, Speech
from avatar.face.canonical import INNER_LOWER, INNER_UPPER, OUTER_LOWER, OUTER_UPPER, Canonical
from avatar.face.framing import Framing
from avatar.face.layers import build_layers
from avatar.face.light import light_of
from avatar.face.mouth import Mouth
from avatar.face.plates import drop, lamps, plate, states
from avatar.face.rig import COEFFICIENTS, Rig
from avatar.face.visemes import mouth_tracks
from tests.kept import kept

_PLATES = Path(avatar.face.__file__).parent / "data/mouth"


@pytest.fixture(scope="module")
def face() -> Canonical:
    return Canonical.of(kept()["landmarks"])


# -- plates ------------------------------------------------------------------------------------------------------------


def test_the_plates_are_those_of_their_manifest() -> None:
    manifest = json.loads((_PLATES / "plates.json").read_text())
    assert manifest["licence"].startswith("CC0-1.0")
    assert set(manifest["files"]) == {path.name for path in _PLATES.glob("*.webp")}
    for name, facts in manifest["files"].items():
        assert hashlib.sha256((_PLATES / name).read_bytes()).hexdigest() == facts["sha256"], name
    assert sum(path.stat().st_size for path in _PLATES.iterdir()) < 1.5e6


@pytest.mark.parametrize("part", ["upper", "lower", "tongue"])
def test_every_state_has_a_plate_that_hangs_on_its_edge(part: str) -> None:
    for state in states(part):
        made = plate(part, state, 0.0)
        assert made.light.shape == (len(lamps()), *made.alpha.shape, 3)
        assert 0 <= made.origin[1] < made.alpha.shape[0] and made.alpha.max() > 0.99
        if part != "tongue":  # enamel on one side of the edge, nothing on the other
            row, column = int(made.origin[1]), int(made.origin[0] + 4 * made.per_mm)
            way = -1 if part == "upper" else 1
            assert made.alpha[row + way * 10, column] > 0.9
            assert made.alpha[row - way * 10, column] < 0.1
    assert drop(states("lower")[0]) < drop(states("lower")[1])


def test_a_head_that_is_turned_left_is_the_mirror_of_one_turned_right() -> None:
    right, left = plate("upper", states("upper")[1], 30.0), plate("upper", states("upper")[1], -30.0)
    names = [lamp.name for lamp in lamps()]
    assert left.yaw == -right.yaw != 0
    np.testing.assert_array_equal(left.alpha, right.alpha[:, ::-1])
    np.testing.assert_array_equal(left.light[names.index("left")], right.light[names.index("right")][:, ::-1])


# -- light -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "sign"), [("left", -1.0), ("right", 1.0)])
def test_light_from_one_side_is_found_on_the_skin(face: Canonical, side: str, sign: float) -> None:
    height, width = 512, 512
    xy = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(float)
    q = face.of_picture(xy[::8, ::8], face.depth(xy[::8, ::8]))
    slope = np.gradient(q[..., 2], axis=1) / np.gradient(q[..., 0], axis=1)
    shade = np.clip(0.4 - 0.35 * sign * -slope, 0.05, 1.0)
    shade = np.kron(shade, np.ones((8, 8)))
    picture = np.repeat((shade ** (1 / 2.2))[..., None], 3, axis=-1).astype(np.float32)
    weights = dict(zip((lamp.name for lamp in lamps()), light_of(face, picture, (0.0, 0.0), lamps()), strict=True))
    other = {"left": "right", "right": "left"}[side]
    assert weights[side] > 2 * weights[other]
    assert min(weights.values()) >= 0


def test_the_inside_of_a_grey_photo_is_grey() -> None:
    pixels = data.astronaut()
    grey = np.repeat((pixels @ [0.2126, 0.7152, 0.0722])[..., None], 3, axis=-1).round().astype(np.uint8)
    spread = {}
    for name, picture in (("grey", grey), ("colours", pixels)):
        portrait = Portrait(picture, kept()["landmarks"], np.ones((512, 512), np.float32), picture, "0")
        inside = build_layers(portrait, Framing(0.5, 0.0, 0.0), Size(256, 256), True, "cpu").inside
        tongue = inside.tongue[0].numpy()
        colour = tongue[:3] / np.maximum(tongue[3:], 1e-6)
        spread[name] = float(np.ptp(colour[:, tongue[3] > 0.9], axis=0).max())
        assert np.isfinite(inside.upper.numpy()).all() and inside.own_teeth
    assert spread["grey"] < 0.02 < 0.1 < spread["colours"]


# -- closing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jaw", [0.0, 0.05, 0.12])
def test_lips_meet_whatever_part_the_jaw_has_in_it(face: Canonical, jaw: float) -> None:
    rig = Rig(face)
    rig.mouth = mouth = replace(rig.mouth, jaw=jaw)
    u = np.linspace(-0.85, 0.85, 15)
    close = COEFFICIENTS.index("close")
    ends = []
    for index, line, deep in ((0, mouth.upper, 13), (1, mouth.lower, 14)):
        plane = mouth.centre + u[:, None] * mouth.half * mouth.along + line(u)[:, None] * mouth.across
        depth = np.full((len(u), 1), face.points[deep, 2])
        points = np.concatenate([plane, depth], axis=1)[None]
        moved = points[0] + rig.fields(points)[index][close][0]
        ends.append((moved[:, :2] - mouth.centre) @ mouth.across)
    assert mouth.gap > 0.08
    np.testing.assert_allclose(ends[0], ends[1], atol=0.012)


def test_the_chin_comes_up_with_a_jaw_that_closes(face: Canonical) -> None:
    rig = Rig(face)
    close = COEFFICIENTS.index("close")
    rises = []
    for jaw in (0.0, 0.10):
        rig.mouth = replace(rig.mouth, jaw=jaw)
        move = rig.fields(face.points[None, [152]])[1][close][0, 0]
        rises.append(-float(move[:2] @ rig.mouth.across))
    assert rises[0] == pytest.approx(0.0, abs=0.01)
    assert 0.08 < rises[1] < 0.13


def test_an_open_mouth_is_a_grin_or_a_dropped_jaw(face: Canonical) -> None:
    pixels = data.astronaut().astype(np.float32) / 255
    grin = Mouth.of(face, pixels)
    dark = pixels.copy()
    x, y = face.landmarks[[13, 14], :2].mean(0).round().astype(int)
    dark[y - 5 : y + 6, x - 18 : x + 19] *= 0.15
    opened = Mouth.of(face, dark)
    assert grin.toothy and not opened.toothy
    assert grin.jaw < 0.03 < 0.05 < opened.jaw
    assert grin.gap == pytest.approx(Mouth.of(face).gap, abs=0.03)


def test_the_edge_of_a_lip_follows_its_colour(face: Canonical) -> None:
    """Lips drawn lower than their landmarks are found where they are drawn."""
    mouth, away = Mouth.of(face), 0.025
    xy = np.stack([*np.meshgrid(np.arange(512), np.arange(512)), np.ones((512, 512))], axis=-1)
    lips = sorted({*INNER_LOWER, *INNER_UPPER, *OUTER_LOWER, *OUTER_UPPER})
    plane, *_ = np.linalg.lstsq(np.c_[face.landmarks[lips, :2], np.ones(len(lips))], face.points[lips, :2])
    u, v = mouth.coordinates(xy @ plane)
    picture = np.full((512, 512, 3), (0.86, 0.68, 0.60), np.float32)
    red = (v > mouth.outer_upper(u)) & (v < mouth.outer_lower(u)) & (np.abs(u) < 1.1)
    picture[red] = (0.66, 0.27, 0.30)
    picture[(v > mouth.upper(u) + away) & (v < mouth.lower(u)) & (np.abs(u) < 1)] = (0.10, 0.03, 0.03)
    found = Mouth.of(face, picture)
    middle = np.linspace(-0.5, 0.5, 9)
    assert np.abs(found.upper(middle) - mouth.upper(middle) - away).max() < 0.016
    assert np.abs(found.lower(middle) - mouth.lower(middle)).max() < 0.012


# -- phones ------------------------------------------------------------------------------------------------------------


def test_tongue_and_jaws_follow_the_phones() -> None:
    phones = tuple(Phoneme(0.3 + 0.4 * i, 0.5 + 0.4 * i, letter) for i, letter in enumerate("slθu"))
    speech = Speech(np.zeros(2200, np.float32), 1000, "en", phones, energy=np.full(220, 0.6, np.float32))
    tracks = mouth_tracks(speech, 25.0, 55)
    at = {p.ipa: round(((p.start + p.end) / 2 - 0.02) * 25) for p in phones}
    for name, letter in (("bite", "s"), ("tip", "l"), ("between", "θ"), ("pucker", "u")):
        track = getattr(tracks, name)
        assert track[at[letter]] > 0.8
        assert all(track[at[other]] < 0.15 for other in at if other != letter), name
