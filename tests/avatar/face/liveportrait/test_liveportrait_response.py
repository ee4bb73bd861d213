"""The mouth is looked at before it is used: drawn faces stand in for what LivePortrait would draw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import Cancelled
from avatar.core.progress import Progress, silent
from avatar.face.liveportrait import response
from avatar.face.liveportrait.response import Mouth, assumed, measured, seen_mouth
from tests.portraits import PORTRAITS, draw_portrait


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path))


class _Sluggish:
    """A drawn face, for FaceMesh, whose lips open less than they are asked to."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def __call__(self, opening: float, purse: float) -> np.ndarray:
        self.asked.append(opening)
        return draw_portrait(replace(PORTRAITS["woman"], gap=0.4 * opening))


def test_the_measured_curve_gives_the_gap_that_is_wanted() -> None:
    face = _Sluggish()
    curve = measured(face, 0.6, "photo", silent())
    assert curve.measured
    assert len(face.asked) == 8
    assert curve.seen[0] < 0.02
    naive = assumed(0.6)
    for wanted in (0.05, 0.1, 0.14):
        seen, unmeasured = (seen_mouth(face(float(c.opening(np.array(wanted))), 0.0)).gap for c in (curve, naive))
        assert seen == pytest.approx(wanted, abs=0.02)
        assert abs(unmeasured - wanted) > 2 * abs(seen - wanted)
    assert curve.opening(np.array([-0.01, 0.0, curve.seen[0], 9.0])).tolist() == [0.0, 0.0, 0.0, 0.7]


class _Figures:
    """The same as figures, for tests that need no picture."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[float] = []
        monkeypatch.setattr(response, "seen_mouth", lambda picture: Mouth(0.3 * float(picture), 0.5))

    def __call__(self, opening: float, purse: float) -> np.ndarray:
        self.asked.append(opening)
        return np.array(opening)


def test_a_photo_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    face = _Figures(monkeypatch)
    first = measured(face, 0.6, "photo", silent())
    again = measured(face, 0.6, "photo", silent())
    assert len(face.asked) == 8
    assert np.array_equal(first.seen, again.seen)
    measured(face, 0.6, "another photo", silent())
    assert len(face.asked) == 16


def test_a_damaged_note_is_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    face = _Figures(monkeypatch)
    measured(face, 0.6, "photo", silent())
    (kept,) = (tmp_path / "liveportrait").iterdir()
    kept.write_bytes(b"damaged")
    assert measured(face, 0.6, "photo", silent()).measured
    assert len(face.asked) == 16


def test_where_no_face_is_drawn_nothing_is_measured() -> None:
    drawn = []

    def noise(opening: float, purse: float) -> np.ndarray:
        drawn.append(opening)
        return np.random.default_rng(1).integers(0, 255, (256, 256, 3), dtype=np.uint8)

    curve = measured(noise, 0.5, "noise", silent())
    assert not curve.measured
    assert drawn == [0.0]
    assert curve.opening(np.array([0.1])) == pytest.approx([0.2], abs=1e-5)


@pytest.mark.parametrize(("narrow", "wide", "sign"), [(0.4, 0.6, 1.0), (0.6, 0.4, -1.0), (0.5, 0.502, 1.0)])
def test_the_side_that_makes_the_mouth_narrow_is_found(
    narrow: float, wide: float, sign: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {1.0: narrow, -1.0: wide, 0.0: 0.5}
    monkeypatch.setattr(response, "seen_mouth", lambda picture: Mouth(0.1, float(picture)))
    curve = measured(lambda opening, purse: np.array(seen[np.sign(purse)]), 0.5, f"{narrow} {wide}", silent())
    assert curve.purse == sign


def test_a_gap_that_falls_again_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    gaps = iter([0.01, 0.05, 0.04, 0.2, 0.19, 0.25, 0.1, 0.1])
    monkeypatch.setattr(response, "seen_mouth", lambda picture: Mouth(next(gaps), 0.5))
    curve = measured(lambda opening, purse: np.zeros(1), 0.5, "wobbly", silent())
    assert (np.diff(curve.seen) >= 0).all()
    asked = curve.opening(np.linspace(0, 0.3, 31))
    assert (np.diff(asked) >= 0).all()
    assert asked[[0, -1]].tolist() == [0.0, 0.7]


def test_measuring_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.3:
            raise Cancelled("stop")

    face = _Figures(monkeypatch)
    with pytest.raises(Cancelled):
        measured(face, 0.6, "stopped", Progress(stop))
    assert 1 < len(face.asked) < 8
