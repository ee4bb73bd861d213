"""What ``govorun verify`` prints of a file, line by line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.cli.main import run
from orchestrator.provenance import verdict
from orchestrator.provenance.verdict import Verdict

_CARD = {"name": "piper", "version": "1.8", "licence": "GPL", "weights_sha256": "ab" * 32}
_SCENE = {"engines": {"speech": _CARD}, "ingredients": [{"role": "photo", "sha256": "cd" * 32}]}


def _printed(found: Verdict, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    monkeypatch.setattr(verdict, "verify", lambda *_: found)
    run(["verify", str(Path("a.mp4"))])
    return capsys.readouterr().out.splitlines()


@pytest.fixture
def made() -> Verdict:
    """A video of one scene that the installation signed itself."""
    return Verdict(
        "valid",
        signed_by="Govorun",
        self_made=True,
        here=True,
        made_with="Govorun 1",
        source_type="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        about={"consent": "given", "scenes": [_SCENE]},
    )


def test_one_scene_has_no_number(
    made: Verdict, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = _printed(made, monkeypatch, capsys)
    assert lines[0] == "a.mp4: unchanged since it was signed"
    assert "consent:     given" in lines
    assert lines[-2:] == ["speech: piper 1.8, weights abababababab... (GPL)", f"photo: sha256 {'cd' * 32}"]


def test_two_scenes_are_numbered_from_one(
    made: Verdict, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = _printed(replace(made, about={"scenes": [_SCENE, _SCENE]}), monkeypatch, capsys)
    assert "consent:     not stated" in lines
    assert [line[:15] for line in lines[-4:]] == [
        "scene 1 speech:", "scene 1 photo: ", "scene 2 speech:", "scene 2 photo: "
    ]  # fmt: skip


def test_who_signed_is_told_with_who_vouches(
    made: Verdict, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {}
    for name, changes in {
        "here": {},
        "elsewhere": {"here": False},
        "trusted": {"self_made": False, "trusted": True, "organisation": "Studio"},
        "unchecked": {"self_made": False, "organisation": "Govorun"},
    }.items():
        (said[name],) = (
            line for line in _printed(replace(made, **changes), monkeypatch, capsys) if "signed by" in line
        )
    assert "this installation" in said["here"] and "an installation of Govorun" in said["elsewhere"]
    assert said["trusted"].endswith("Govorun, Studio: trusted by what --trust names")
    assert said["unchecked"].endswith("Govorun: the name was not checked, see --trust")


def test_what_is_not_signed_says_what_it_says_of_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = _printed(Verdict("none", marks=("one", "two")), monkeypatch, capsys)
    assert lines == ["a.mp4: no signature", "It says of itself, without a signature: one; two"]
