"""People stand and move as they did when somebody last looked (see ``tests.kept_plans``)."""

from __future__ import annotations

import numpy as np

from tests.kept_plans import expression_light, framings, kept_plans, skeletons, sliders, surface


def test_people_are_framed_as_they_were() -> None:
    wanted = kept_plans()["framings"]
    assert len(np.unique(wanted.round(3), axis=0)) >= 16
    assert np.allclose(framings(), wanted, rtol=1e-5, atol=1e-3)


def test_bodies_and_hands_move_as_they_did() -> None:
    wanted = kept_plans()["skeletons"]
    seen = wanted[-1, :, 0] > 0
    assert np.ptp(wanted[:-1, seen], axis=0).max(axis=1).min() > 1.0
    assert np.allclose(skeletons(), wanted, rtol=1e-4, atol=0.05)


def test_another_engine_is_asked_for_what_it_was() -> None:
    wanted = kept_plans()["sliders"]
    assert (np.ptp(wanted, axis=1) > 0.01).sum() > 40
    assert np.allclose(sliders(), wanted, rtol=1e-3, atol=1e-3)


def test_expressions_change_the_light_as_they_did() -> None:
    wanted = kept_plans()["expression_light"].astype(np.float32)
    assert np.ptp(wanted, axis=(1, 2)).min() > 0.01
    assert np.abs(expression_light() - wanted).max() < 3e-4


def test_light_from_a_place_falls_on_the_surface_that_it_did() -> None:
    wanted = kept_plans()["surface"].astype(np.float32)
    assert wanted[:2].std(axis=(1, 2)).min() > 0.1
    assert np.abs(surface() - wanted).max() < 2e-3
