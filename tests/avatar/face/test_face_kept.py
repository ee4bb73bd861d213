"""Mouth, eyes and skin move as they did when somebody last looked (see ``tests.kept``)."""

from __future__ import annotations

import numpy as np

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
