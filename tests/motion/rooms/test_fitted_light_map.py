"""What an embedding says of the light: the fit, the hour as an angle, when it is sure, and planes to turn in."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import MissingEngine
from motion.places import PLACES
from motion.rooms import light_map as module
from motion.rooms.light_map import Felt, LightMap, captions, fit, light_map

ROWS = np.eye(5, 8)


@pytest.mark.parametrize(
    ("x", "y", "angle", "sure"),
    [(1.0, 0.0, 0.0, True), (0.0, 1.0, math.pi / 2, True), (0.0, -1.0, -math.pi / 2, True), (-1.0, 0.0, math.pi, True),
     (0.42, 0.57, math.atan2(0.57, 0.42), True), (0.42, 0.55, math.atan2(0.55, 0.42), False), (0.71, 0.0, 0.0, True),
     (0.69, 0.0, 0.0, False)],
)  # fmt: skip
def test_an_hour_is_an_angle_and_sure_where_it_is_far_from_the_middle(
    x: float, y: float, angle: float, sure: bool
) -> None:
    vector = np.array([x - 0.1, y + 0.2, 0.3, -0.4, 0.5, 9.0, 9.0, 9.0])
    found = LightMap(ROWS, np.array([0.1, -0.2, 0.01, 0.02, 0.03])).of(vector)
    assert found.sure is sure
    assert (found.angle, found.clouds, found.warmth, found.brightness) == pytest.approx((angle, 0.31, -0.38, 0.53))


def test_planes_are_of_day_and_weather_without_the_prompt() -> None:
    rows = np.eye(5, 8)
    rows[0, 7] = 0.5
    rows[1, 0] = 0.3
    rows[3, 2] = -0.7
    centre = np.zeros(8)
    centre[7] = 3.0
    day, weather = LightMap(rows, np.zeros(5)).planes(centre)
    for found, axis in ((day.n1, 0), (day.n2, 1), (weather.n1, 2), (weather.n2, 3)):
        assert np.allclose(found, np.eye(8)[axis])


def test_a_fit_finds_the_map_that_made_its_targets_but_for_the_ridge() -> None:
    draw = np.random.default_rng(2)
    vectors = draw.standard_normal((400, 6))
    truth, offsets = draw.standard_normal((5, 6)), draw.standard_normal(5)
    found = fit(vectors, vectors @ truth.T + offsets)
    assert np.allclose(found.rows, truth, atol=0.01) and np.allclose(found.offsets, offsets, atol=0.01)
    x = vectors - vectors.mean(axis=0)
    shrunk = np.linalg.solve(x.T @ x + 0.6 * np.eye(6), x.T @ x @ truth.T).T
    assert np.allclose(found.rows, shrunk, atol=1e-12)
    assert np.allclose(found.offsets, (vectors @ truth.T + offsets).mean(axis=0) - shrunk @ vectors.mean(axis=0))


def test_captions_are_two_of_each_place_in_every_light() -> None:
    texts, targets, places = captions()
    lines = module._PHRASES.read_text(encoding="utf-8").splitlines()[1:]
    each = 2 * len(lines)
    assert sum(min(2, len(place.captions)) for place in PLACES.values()) * len(lines) == len(texts)
    assert targets.shape == (len(texts), 5) and places.shape == (len(texts),)
    first = next(iter(PLACES.values()))
    for k, line in enumerate(lines):
        phrase, hour, *rest = line.split("\t")
        assert texts[k] == f"{first.captions[0]} {phrase}".strip()
        assert texts[k + len(lines)] == f"{first.captions[1]} {phrase}".strip()
        wanted = (math.cos, math.sin)
        angle = (float(hour) - 12.0) * math.pi / 12.0 if hour else None
        assert targets[k][:2] == pytest.approx([0.0 if angle is None else one(angle) for one in wanted])
        assert targets[k][2:].tolist() == [float(one) for one in rest]
    assert places[each - 1] == 0 and places[each] == 1 and places[-1] == len(PLACES) - 1
    assert any(not line.split("\t")[1] for line in lines)


def test_the_shipped_map_is_read_once_in_double_precision() -> None:
    found = light_map()
    assert found is light_map() and found.rows.dtype == found.offsets.dtype == np.float64
    assert found.rows.shape == (5, 384) and found.offsets.shape == (5,)
    assert isinstance(found.of(np.ones(384) / math.sqrt(384)), Felt)


@pytest.mark.parametrize("content", [None, b"nothing", "rows alone"])
def test_a_map_that_is_missing_or_damaged_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | str | None
) -> None:
    file = tmp_path / "light_map.npz"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content:
        np.savez(file, rows=np.zeros((5, 384)))
    monkeypatch.setattr(module, "_FILE", file)
    with pytest.raises(MissingEngine, match=r"light_map.npz of the rooms is missing or damaged: reinstall govorun"):
        light_map.__wrapped__()
