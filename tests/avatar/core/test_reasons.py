"""Messages with reasons: plain sentences for who prints them, codes for who says them in other words."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

from avatar.core import artefacts
from avatar.core.errors import PhotoError
from avatar.core.reasons import Message, coded, replaced, reworded, uncoded
from avatar.core.types import BackdropPlan

FACES = Message("several_faces", n=3)
DAMAGED = Message("photo_damaged", name="me.jpg")


def test_a_message_is_its_sentence() -> None:
    assert FACES.startswith("3 faces were found: the largest is animated.")
    assert json.dumps([FACES]) == f'["{FACES}"]'
    assert {str(FACES): 1}[FACES] == 1
    assert str(PhotoError(FACES)) == FACES


def test_an_error_keeps_the_reason_it_was_raised_with() -> None:
    assert coded(PhotoError(FACES).message) == {"reason": "several_faces", "params": {"n": 3}}
    assert coded(PhotoError("No face.").message) == {"reason": None, "params": {}}
    assert PhotoError().message == ""


def test_a_reason_survives_json_and_processes() -> None:
    told = uncoded(str(FACES), json.loads(json.dumps(coded(FACES))))
    assert (told, coded(told)) == (FACES, coded(FACES))
    assert coded(pickle.loads(pickle.dumps(FACES))) == coded(FACES)
    for facts in (None, {}, coded("Plain.")):
        assert (uncoded("Plain.", facts), coded(uncoded("Plain.", facts))) == ("Plain.", coded("Plain."))


def test_artefacts_keep_the_reasons_of_their_notes(tmp_path: Path) -> None:
    plan = BackdropPlan("solid", 0.0, notes=(FACES, "Plain."))
    artefacts.save(tmp_path / "plan.npz", plan)
    kept = artefacts.load(tmp_path / "plan.npz", BackdropPlan)
    assert kept.notes == plan.notes
    assert [coded(note) for note in kept.notes] == [coded(note) for note in plan.notes]


def test_other_words_keep_the_reason() -> None:
    told = reworded(f"Scene 2: {DAMAGED}", DAMAGED, scene=2)
    assert told == "Scene 2: me.jpg is damaged or cut short: save or download it again."
    assert coded(told) == {"reason": "photo_damaged", "params": {"name": "me.jpg", "scene": 2}}
    assert coded(reworded("Scene 2: Plain.", "Plain.", scene=2)) == coded("Plain.")


def test_what_is_replaced_is_gone_from_the_params_too() -> None:
    told = replaced(Message("photo_damaged", name="/secret/me.jpg"), "/secret/", "")
    assert (told, coded(told)) == (DAMAGED, coded(DAMAGED))
    assert coded(replaced(FACES, "3", "4"))["params"] == {"n": 3}
    assert replaced("a/b", "a/", "") == "b"
