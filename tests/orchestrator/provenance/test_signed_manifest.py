"""What the manifest of a video says: each thing that an engine did once, and no path of this machine."""

from __future__ import annotations

from typing import Any

import pytest

from avatar.core.types import EngineCard
from orchestrator.provenance.manifest import ABOUT, SOURCE_TYPE, TOOL, Made, consent_of, manifest_of
from orchestrator.version import __version__

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
PIPER = EngineCard("piper", "1.2", "GPL", "abc", "MIT")
TONE = EngineCard("tone", "1", "MIT")
STILL = EngineCard("still", "2", "MIT")
ROOMS = EngineCard("rooms", "3", "MIT", "def")


def actions(*scenes: Made) -> list[dict[str, Any]]:
    found: Any = manifest_of(scenes, "given", True)["assertions"]
    assert found[0]["label"] == "c2pa.actions.v2"
    listed: list[dict[str, Any]] = found[0]["data"]["actions"]
    return listed


def about(*scenes: Made, consent: str = "given", self_made: bool = True) -> dict[str, Any]:
    found: Any = manifest_of(scenes, consent, self_made)["assertions"]
    assert found[1]["label"] == ABOUT == "govorun.video"
    data: dict[str, Any] = found[1]["data"]
    return data


@pytest.mark.parametrize(
    ("facts", "said"),
    [({"consent": True}, "given"), ({"consent": False}, "not given"), ({}, "not stated")],
)  # fmt: skip
def test_consent_is_told_as_it_was_stated(facts: dict[str, object], said: str) -> None:
    assert consent_of(facts) == said


def test_the_first_action_is_that_a_machine_made_it() -> None:
    agent = {"name": "Govorun", "version": __version__}
    assert actions() == [{"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE, "softwareAgent": agent}]
    assert SOURCE_TYPE.endswith("/compositeWithTrainedAlgorithmicMedia")
    manifest = manifest_of([], "given", True)
    assert (manifest["claim_version"], manifest["claim_generator_info"]) == (2, [agent])
    assert f"Govorun {__version__}" == TOOL


def test_each_stage_is_told_by_what_it_did_and_who_did_it() -> None:
    _, *found = actions(Made({"speech": PIPER, "face": STILL, "backdrop": ROOMS}, {}))
    assert found == [
        {
            "action": "c2pa.dubbed", "description": "the voice was made by a machine",
            "softwareAgent": {"name": "piper", "version": "1.2"}, "digitalSourceType": TRAINED,
        },
        {
            "action": "c2pa.edited", "description": "the person of the photo was set in motion",
            "softwareAgent": {"name": "still", "version": "2"},
        },
        {
            "action": "c2pa.edited", "description": "the place behind the person was made",
            "softwareAgent": {"name": "rooms", "version": "3"},
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("card", "trained"),
    [(TONE, False), (EngineCard("a", "1", "MIT", "abc"), True), (EngineCard("a", "1", "MIT", None, "CC0"), True)],
)
def test_a_voice_is_of_a_trained_model_where_it_has_weights(card: EngineCard, trained: bool) -> None:
    assert ("digitalSourceType" in actions(Made({"speech": card}, {}))[1]) is trained


def test_a_recording_was_not_made_by_a_machine() -> None:
    _, *found = actions(Made({"speech": PIPER, "face": STILL}, {"recording": "abc"}), Made({"speech": TONE}, {}))
    assert [one["softwareAgent"]["name"] for one in found] == ["still", "tone"]


def test_what_several_scenes_have_in_common_is_told_once() -> None:
    first = Made({"speech": PIPER, "face": STILL}, {})
    second = Made({"speech (tone)": TONE, "speech": PIPER, "face": STILL, "music": TONE}, {})
    _, *found = actions(first, second)
    assert [one["softwareAgent"]["name"] for one in found] == ["piper", "still", "tone"]
    assert [one["action"] for one in found] == ["c2pa.dubbed", "c2pa.edited", "c2pa.dubbed"]


def test_one_engine_at_two_stages_is_told_at_both() -> None:
    _, *found = actions(Made({"speech": TONE, "face": TONE}, {}))
    assert [one["action"] for one in found] == ["c2pa.dubbed", "c2pa.edited"]


@pytest.mark.parametrize(("self_made", "whose"), [(True, "made by the installation"), (False, "of the operator")])
def test_whose_the_certificate_is_and_what_was_consented_to_are_told(self_made: bool, whose: str) -> None:
    found = about(consent="not given", self_made=self_made)
    assert (found["certificate"], found["consent"], found["scenes"]) == (whose, "not given", [])


def test_each_scene_tells_its_engines_and_hashes_and_no_path() -> None:
    engines = {
        "speech": PIPER, "speech (piper)": PIPER, "speech (piper /my/voice.onnx)": TONE, "backdrop (from)": TONE,
    }  # fmt: skip
    (scene,) = about(Made(engines, {"photo": "11", "script": "22"}))["scenes"]
    assert list(scene["engines"]) == ["speech", "speech (piper)", "backdrop (from)"]
    assert scene["engines"]["backdrop (from)"] == {"name": "tone", "version": "1", "licence": "MIT"}
    assert scene["engines"]["speech"]["weights_licence"] == "MIT"
    assert scene["ingredients"] == [{"role": "photo", "sha256": "11"}, {"role": "script", "sha256": "22"}]
