"""The plates of rooms that are shipped, and how the workshop packs them; nothing here needs Blender."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import motion
from workshop.rooms import irradiance
from workshop.rooms.packing import GAMMA, pack

ROOMS = Path(motion.__file__).parent / "data" / "rooms"
FOLDERS = sorted(path.parent for path in ROOMS.glob("*/manifest.json"))
KINDS = {"sky", "sun_high", "sun_low", "lamps", "screens", "practical", "outside", "strip"}


def _manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return manifest


def test_there_are_rooms_and_they_stay_small() -> None:
    assert len(FOLDERS) >= 12
    assert {path.name for path in ROOMS.iterdir() if path.is_dir()} == {folder.name for folder in FOLDERS}
    assert sum(path.stat().st_size for path in ROOMS.rglob("*") if path.is_file()) < 12e6


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_manifest_says_what_is_there(folder: Path) -> None:
    manifest = _manifest(folder)
    assert (manifest["format"], manifest["licence"]) == (1, "Apache-2.0")
    assert folder.name == f"{manifest['place']}-{manifest['seed']}"
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", manifest["place"])
    files = [group["file"] for group in manifest["groups"]] + [manifest["depth"]["file"]]
    assert {path.name for path in folder.iterdir()} == {"manifest.json", *files}
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in sorted(files)))
    assert digest.hexdigest() == manifest["digest"]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 150_000


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_room_is_named_in_both_languages(folder: Path) -> None:
    manifest = _manifest(folder)
    for language, letters in (("en", "[a-z]"), ("ru", "[а-я]")):
        assert re.search(letters, manifest["title"][language].lower())
        words = manifest["words"][language]
        assert len(words) >= 5
        assert all(re.search(letters, word) and word == word.lower() for word in words)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_light_and_seat_are_sound(folder: Path) -> None:
    manifest = _manifest(folder)
    names = [group["name"] for group in manifest["groups"]]
    assert len(set(names)) == len(names) >= 2
    for group in manifest["groups"]:
        assert group["kind"] in KINDS
        assert re.fullmatch(rf"{group['kind']}\d*", group["name"])
        assert group["scale"] > 0
        light = np.array(group["irradiance"])
        assert light.shape == (3, 9)
        assert np.isfinite(light).all()
        assert (light[:, 0] >= 0).all()
    assert 0.2 < manifest["seat"]["u"] < 0.8
    assert 0.5 < manifest["seat"]["v"] < 1
    assert 0 < manifest["depth"]["near_m"] < manifest["depth"]["far_m"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_plates_decode_and_the_room_can_be_seen(folder: Path) -> None:
    manifest = _manifest(folder)
    brightest = 0.0
    for entry in [*manifest["groups"], manifest["depth"]]:
        with Image.open(folder / entry["file"]) as picture:
            assert picture.size == (manifest["width"], manifest["height"]) == (1120, 640)
            small = np.asarray(picture.convert("RGB").resize((70, 40)), np.float32) / 255
        if "scale" in entry:
            brightest = max(brightest, float((small**GAMMA * entry["scale"]).mean()))
    assert brightest > 0.05


def test_even_light_from_all_sides_is_one_for_every_normal() -> None:
    light = irradiance.from_environment(np.full((24, 48, 3), [1.0, 0.5, 0.25]))
    normals = np.array([(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, 0, -0.8)])
    np.testing.assert_allclose(irradiance.basis(normals) @ light.T, [[1.0, 0.5, 0.25]] * 4, atol=0.01)


def test_light_from_the_right_falls_on_what_looks_right() -> None:
    around = np.zeros((24, 48, 3))
    around[:, 33:39] = 1.0  # a quarter turn to the right of what is behind the speaker
    right, left = irradiance.basis(np.array([(1, 0, 0), (-1, 0, 0)])) @ irradiance.from_environment(around)[0]
    assert right > 5 * abs(left)
    sun = irradiance.from_sun(np.array([0, 1.0, 0]), 2.0)[0]
    up, down = irradiance.basis(np.array([(0, 1, 0), (0, -1, 0)])) @ sun
    assert up == pytest.approx(2.0 / np.pi, rel=0.1)
    assert abs(down) < 0.2


def test_a_render_is_packed_at_the_usual_level(tmp_path: Path) -> None:
    ramp = np.linspace(0.01, 0.03, 56)[None, :, None] * np.array([1.0, 0.9, 0.8]) * np.ones((32, 1, 1))
    raw = tmp_path / "den-1.npz"
    light = np.ones((3, 9))
    about = {"place": "den", "seed": 1, "lens": 34.0, "height": 1.3, "samples": 4, "blender": "4.5"}
    np.savez(raw, **{k: np.asarray(v) for k, v in about.items()}, groups=np.array(["sky"]), seconds=np.float64(1),
             depth=np.full((32, 56), 4.0), **{"layer.sky": ramp, "light.sky": light})  # fmt: skip
    words = SimpleNamespace(TITLE={"en": "Den", "ru": "Нора"}, WORDS={"en": ["den"], "ru": ["нора"]})
    (tmp_path / "den-1").mkdir()
    (tmp_path / "den-1" / "lamps.webp").write_bytes(b"of a group that is no longer there")
    manifest = pack(raw, tmp_path / "den-1", words)
    assert {path.name for path in (tmp_path / "den-1").iterdir()} == {"manifest.json", "sky.webp", "depth.webp"}
    with Image.open(tmp_path / "den-1" / "sky.webp") as picture:
        layer = (np.asarray(picture, np.float32) / 255) ** GAMMA * manifest["groups"][0]["scale"]
    assert float((layer @ [0.2126, 0.7152, 0.0722]).mean()) == pytest.approx(0.25, rel=0.03)
    factor = manifest["groups"][0]["irradiance"][0][0]
    assert float(layer[320, 560, 0]) == pytest.approx(0.02 * factor, rel=0.05)
