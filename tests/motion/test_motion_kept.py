"""Scenes and gestures look as they did when somebody last looked (see ``tests.kept``)."""

from __future__ import annotations

import numpy as np
import pytest

from motion import STYLES
from motion.rooms.life import LIVELY
from motion.scenes.families import FAMILIES
from tests.kept import PICTURE_STEP, gesture_curves, kept, scenes
from tests.kept_plans import backdrops, kept_plans
from tests.kept_rooms import PROMPTS, flows, kept_rooms, life, room


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_scene_is_drawn_as_the_network_has_learned_it(family: str) -> None:
    wanted = kept()[f"scene {family}"]
    assert wanted.std() > 5.0
    assert np.abs(scenes(family).astype(int) - wanted).max() <= PICTURE_STEP


@pytest.mark.parametrize("style", sorted(STYLES))
def test_gestures_are_those_that_were_looked_at(style: str) -> None:
    wanted = kept()[f"gesture {style}"]
    assert (np.ptp(wanted, axis=1) > 0.01).all()
    assert np.allclose(gesture_curves(style), wanted, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("place", sorted(LIVELY))
def test_what_moves_in_a_room_is_what_was_looked_at(place: str) -> None:
    wanted = kept_rooms()[f"life {place}"]
    assert wanted.std() > 0.0
    assert np.abs(life(place).astype(int) - wanted).max() <= PICTURE_STEP


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_room_is_lit_as_it_was_looked_at(prompt: str) -> None:
    wanted = kept_rooms()[f"room {prompt}"]
    assert wanted.std() > 5.0
    assert np.abs(room(prompt).astype(int) - wanted).max() <= PICTURE_STEP


def test_flowing_scenes_are_those_that_the_network_has_learned() -> None:
    wanted, (pictures, motions) = kept_rooms(), flows()
    assert wanted["flow_pictures"].std() > 5.0 and wanted["flow_motions"].std() > 0.01
    assert np.abs(pictures.astype(int) - wanted["flow_pictures"]).max() <= PICTURE_STEP
    assert np.allclose(motions, wanted["flow_motions"], rtol=2e-3, atol=1e-4)


def test_the_network_draws_what_it_drew() -> None:
    wanted = kept_plans()["backdrops"].astype(int)
    assert np.abs(np.diff(wanted, axis=0)).mean(axis=(1, 2, 3)).min() > 0.5
    assert np.abs(backdrops().astype(int) - wanted).max() <= PICTURE_STEP
