"""The ways of vectors and noise under a film: which angle, which lift, which cue at which strength."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from motion.drift import generator_for
from motion.influence.path import Influenced, _lift, _placed, moved, there_and_back
from motion.influence.track import Track
from motion.rotation import angle_between, geodesic

DRAW = np.random.default_rng(1)
FIRST, SECOND = (one / np.linalg.norm(one) for one in DRAW.standard_normal((2, 40)))
WHOLE = angle_between(FIRST, SECOND)
STATES = geodesic(FIRST, SECOND, np.array([0.0, 0.05, 0.15, 0.1, 0.3]))
FIELDS = np.abs(DRAW.standard_normal((5, 64))) + 0.1
SHAPE = (3, 8, 10)
START = DRAW.standard_normal(240)


def film(scenario: str = "B2", mode: str = "anchor", gain: float = 0.5) -> Influenced:
    return Influenced(Track(STATES, FIELDS, FIELDS[::-1].copy(), 4.0), gain, mode, scenario, 7)


def test_a_lift_is_a_drawn_matrix_and_nearly_keeps_lengths() -> None:
    matrix = generator_for(7, "influence/noise").standard_normal((300, 40), np.float32)
    assert np.allclose(_lift(40, 300, 7, "noise")(FIRST), matrix.astype(float) @ FIRST)
    assert np.linalg.norm(_lift(40, 300, 7, "noise")(FIRST)) == pytest.approx(np.sqrt(300), rel=0.2)
    assert not np.allclose(_lift(40, 300, 8, "noise")(FIRST), matrix @ FIRST)


def test_a_field_is_laid_over_a_pattern_of_noise() -> None:
    pattern = generator_for(7, "influence/edges").standard_normal(SHAPE)
    field = FIELDS[0]
    local = cv2.resize(field.reshape(8, 8), (10, 8), interpolation=cv2.INTER_LINEAR)
    assert np.allclose(_placed(SHAPE, 7, "edges")(field), (pattern * local).ravel())


def test_an_angle_of_the_film_is_one_of_the_vector_times_the_gain() -> None:
    turned = np.abs(np.diff([0.0, 0.05, 0.15, 0.1, 0.3])) * WHOLE
    for gain in (0.5, 1.0, 2.0):
        anchor = moved(START, STATES, gain, lift=_lift(40, 240, 7, "x"))
        assert np.allclose(angle_between(START, anchor[1:]), gain * turned, atol=1e-6)
    chain = moved(START, STATES, 0.5, "chain", lift=_lift(40, 240, 7, "x"))
    steps = [angle_between(a, b) for a, b in zip(chain[:-1], chain[1:], strict=True)]
    assert np.allclose(steps, 0.5 * turned, atol=1e-6)
    assert moved(START.astype(np.float32), STATES, 1.0, lift=_lift(40, 240, 7, "x")).dtype == np.float32


def test_a_plane_without_transport_turns_by_its_share() -> None:
    other = DRAW.standard_normal(40)
    far = moved(other, STATES, 1.0, "anchor", "plane")
    for way in (far, moved(other, STATES, 1.0, "anchor", "transport")):
        assert np.allclose(np.linalg.norm(way, axis=1), np.linalg.norm(other))
    rest = np.linalg.norm(far[1] - far[0])
    x, y = (float(axis @ other) for axis in (FIRST, SECOND))
    assert 0.0 < rest < 2.0 * np.hypot(x, y) * np.sin(0.05 * WHOLE)


@pytest.mark.parametrize(("mode", "carry"), [("both", "transport"), ("anchor", "sideways")])
def test_modes_and_carries_are_those_named(mode: str, carry: str) -> None:
    told = rf"unknown mode {mode!r} or carry {carry!r}: choose anchor, chain; transport, plane"
    with pytest.raises(ValueError, match=told):
        moved(FIRST, STATES, 1.0, mode, carry)


def test_each_cue_has_its_states_strength_and_lift() -> None:
    track = film().track
    every: tuple[str, ...] = ("noise", "edges", "depth")
    for scenario, named in (("A0", every[:0]), ("A1", every[:1]), ("B1", every[:2]), ("B2", every)):
        found = film(scenario)._cues(240, SHAPE)
        wanted = {"noise": (track.states, 1.0), "edges": (track.edges, 0.5), "depth": (track.depths, 0.5)}
        assert len(found) == len(named)
        for (states, share, lift), name in zip(found, named, strict=True):
            assert np.array_equal(states, wanted[name][0]) and share == wanted[name][1]
            own = _lift(40, 240, 7, "noise") if name == "noise" else _placed(SHAPE, 7, name)
            assert np.allclose(lift(states[0]), own(states[0]))
    assert [len(film(name)._cues(240, ())) for name in ("A0", "A1", "B1", "B2")] == [0, 1, 1, 1]


def test_noise_goes_by_the_first_cue_alone_where_there_is_one() -> None:
    phases = np.arange(5) / 8.0
    found = film("A1").noise(START, phases, SHAPE)
    assert np.allclose(found, moved(START, STATES, 0.5, lift=_lift(40, 240, 7, "noise")), atol=1e-9)
    again = film("B1").noise(START, phases, SHAPE)
    edges = moved(START, FIELDS, 0.25, lift=_placed(SHAPE, 7, "edges"))
    assert np.allclose(again[0], START)
    assert angle_between(found[1], again[1]) == pytest.approx(angle_between(START, edges[1]), rel=0.2)
    assert film("B2").noise(START.astype(np.float32), phases, SHAPE).dtype == np.float32


def test_an_embedding_of_the_encoders_own_size_needs_no_lift() -> None:
    phases = np.arange(5) / 8.0
    assert np.allclose(film().vectors(SECOND, phases), moved(SECOND, STATES, 0.5), atol=1e-9)
    lifted = film().vectors(START, phases)
    assert np.allclose(lifted, moved(START, STATES, 0.5, lift=_lift(40, 240, 7, "embedding")), atol=1e-9)
    assert film(mode="chain").vectors(SECOND, phases)[4] == pytest.approx(moved(SECOND, STATES, 0.5, "chain")[4])


def test_a_period_is_forth_and_back() -> None:
    driven = film()
    assert (driven.count, driven.period, driven.name, driven.notes) == (8, 2.0, "influence", ())
    assert there_and_back(5, np.array([0.0, 0.1, 0.5, 0.6, 1.25, -0.25])) == pytest.approx(
        [0.0, 0.8, 4.0, 3.2, 2.0, 2.0]
    )
