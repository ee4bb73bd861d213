"""Mouth, eyes and skin move as they did when somebody last looked (see ``tests.kept``)."""

from __future__ import annotations

import numpy as np

from avatar.face.canonical import Canonical
from avatar.face.interior import _tongue
from avatar.face.rig import Rig
from tests.kept import PICTURE_STEP, face_frames, kept, mouth_curves, rig_fields


def test_every_coefficient_moves_the_skin_that_it_did() -> None:
    wanted = kept()["rig"]
    found = rig_fields(kept()["landmarks"])
    assert (np.abs(wanted).max(axis=(0, 2, 3, 4)) > 0.001).all()
    assert np.allclose(found, wanted.astype(np.float32), rtol=2e-3, atol=2e-4)


def test_a_mouth_speaks_as_it_did() -> None:
    wanted = kept()["mouth"]
    assert (np.ptp(wanted, axis=1) > 0.01).all()
    assert np.allclose(mouth_curves(), wanted, rtol=1e-3, atol=1e-4)


def test_eyes_and_mouth_are_drawn_as_they_were() -> None:
    wanted = kept()["face"].astype(int)
    assert np.abs(np.diff(wanted, axis=0)).mean(axis=(1, 2, 3)).min() > 0.5
    assert np.abs(face_frames(kept()["landmarks"]).astype(int) - wanted).max() <= PICTURE_STEP


def test_the_tongue_of_a_grey_photo_is_grey() -> None:
    mouth = Rig(Canonical.of(kept()["landmarks"])).mouth
    grid = np.meshgrid(np.linspace(-0.3, 0.3, 24), np.linspace(-0.1, 0.3, 24))
    found = {}
    for name, lips in (("grey", [0.42, 0.42, 0.42]), ("red", [0.62, 0.34, 0.33])):
        layer = _tongue(*grid, mouth, 60.0, np.array(lips))
        colour = layer[:3] / np.maximum(layer[3:], 1e-6)
        found[name] = float(np.ptp(colour[:, layer[3] > 0.5], axis=0).max())
    assert found["grey"] < 0.02 < 0.1 < found["red"]
