"""The finished files of a video: each is marked, and signed where that can be."""

from __future__ import annotations

import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.media import VideoWriter, read_frames
from avatar.core.reasons import Message
from avatar.core.types import Size
from avatar.core.xmp import source_type_in
from orchestrator import render
from orchestrator.cli.commands.verify import CHANGED, UNSIGNED
from orchestrator.cli.main import run
from orchestrator.provenance.certificate import OWN_FILE, signer_of
from orchestrator.provenance.embedding import check_signer
from orchestrator.provenance.manifest import SOURCE_TYPE
from orchestrator.provenance.marking import mark_files
from orchestrator.provenance.signing import Signing
from orchestrator.provenance.verdict import verify
from orchestrator.settings import load_settings
from orchestrator.video.folder import file_sha256
from orchestrator.video.render import RenderResult
from tests.orchestrator.provenance.authorities import Authority

FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128", "fps": 10}
WORDS = "Zanzibar is an island."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, small_portrait_png: Path) -> RenderResult:
    """A video with its transparent kinds."""
    folder = tmp_path_factory.mktemp("made")
    return render(text=WORDS, photo=small_portrait_png, output=folder / "holiday.mp4", alpha="mov,png,webm", **FAKES)


def test_a_finished_video_is_signed_with_the_hashes_of_what_it_is_made_from(
    made: RenderResult, small_portrait_png: Path
) -> None:
    own = Signing.of(load_settings())
    for path in (made.path, made.transparent["mov"]):
        found = verify(path, own)
        assert (found.state, found.here, found.about["consent"]) == ("valid", True, "not stated")
        (scene,) = found.about["scenes"]
        hashes = {each["role"]: each["sha256"] for each in scene["ingredients"]}
        assert hashes["photo"] == file_sha256(small_portrait_png)
        assert set(hashes) == {"photo", "script"}
        assert {card["name"] for card in scene["engines"].values()} == {"tone", "still", "solid"}


def test_neither_words_nor_names_are_in_the_file(made: RenderResult, small_portrait_png: Path) -> None:
    content = made.path.read_bytes()
    for word in ("Zanzibar", "holiday", small_portrait_png.name, str(small_portrait_png.parent)):
        assert word.encode() not in content


def test_the_sidecar_says_who_signed(made: RenderResult) -> None:
    told = json.loads(made.sidecar.read_text())["provenance"]
    name = signer_of(Signing.of(load_settings())).name
    assert told == {"digital_source_type": SOURCE_TYPE, "signed_by": name, "self_made": True}
    assert made.notes == ()


def test_every_kind_but_webm_says_what_it_is(made: RenderResult) -> None:
    assert source_type_in(made.path) == source_type_in(made.transparent["mov"]) == SOURCE_TYPE
    with zipfile.ZipFile(made.transparent["png"]) as pictures:
        names = [name for name in pictures.namelist() if name.endswith(".png")]
        assert len(names) == made.frames
        assert all(SOURCE_TYPE.encode() in pictures.read(name) for name in names)
    assert SOURCE_TYPE.encode() not in made.transparent["webm"].read_bytes()
    assert len(list(read_frames(made.transparent["webm"]))) == made.frames


def test_without_the_library_a_video_is_marked_and_a_note_says_so(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise MissingEngine("c2pa-python does not load on this machine: pip install c2pa-python.")

    monkeypatch.setattr("orchestrator.provenance.embedding.load_library", gone)
    result = render(text="Hello.", photo=small_portrait_png, output=tmp_path / "a.mp4", **FAKES)
    (note,) = result.notes
    assert note.startswith("The video carries no signature (c2pa-python does not load on this machine")
    sidecar = json.loads(result.sidecar.read_text())
    assert sidecar["notes"] == [note]
    assert sidecar["provenance"]["signed_by"] is None
    assert source_type_in(result.path) == SOURCE_TYPE
    monkeypatch.undo()
    assert verify(result.path).state == "none"


def test_a_certificate_that_cannot_be_kept_is_a_note(small_portrait_png: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "a.mp4").write_bytes(b"")
    marked = mark_files([tmp_path / "a.mp4"], [], {}, Signing(tmp_path / "file"))
    (note,) = marked.notes
    assert isinstance(note, Message)
    assert note.reason == "not_signed"
    assert str(tmp_path) not in note
    assert source_type_in(tmp_path / "a.mp4") == SOURCE_TYPE


def test_an_authority_without_a_time_is_a_note(tmp_path: Path) -> None:
    """It is asked for each file, as RFC 3161 says, and what it answers is no time."""
    asked: list[tuple[str, str]] = []

    class Authority(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.path, self.headers["Content-Type"]))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(500)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    frames = np.zeros((5, 64, 64, 3), np.uint8)
    with VideoWriter(tmp_path / "a.mp4", Size(64, 64), 10.0) as writer:
        writer.write(frames)
    with ThreadingHTTPServer(("127.0.0.1", 0), Authority) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        signing = Signing(tmp_path / "data", timestamps=f"http://127.0.0.1:{server.server_port}/time")
        check_signer(signer_of(signing))
        assert asked == []
        marked = mark_files([tmp_path / "a.mp4"], [], {"consent": False}, signing)
        server.shutdown()
    assert ("/time", "application/timestamp-query") in asked
    assert marked.notes == ("The signature says no time: the timestamp authority gave none.",)
    found = verify(tmp_path / "a.mp4", signing)
    assert (found.state, found.signed_at, found.about["consent"]) == ("valid", "", "not given")


def test_an_operators_certificate_signs_and_none_is_made(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing = Authority().issue(tmp_path / "op")
    monkeypatch.setenv("GOVORUN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GOVORUN_C2PA_CERTIFICATE", str(signing.certificate))
    monkeypatch.setenv("GOVORUN_C2PA_KEY", str(signing.key))
    result = render(text="Hello.", photo=small_portrait_png, output=tmp_path / "a.mp4", **FAKES)
    assert not (tmp_path / "data" / OWN_FILE).exists()
    found = verify(result.path)
    assert (found.state, found.signed_by, found.self_made) == ("valid", "Anna", False)
    assert json.loads(result.sidecar.read_text())["provenance"]["self_made"] is False


def test_one_that_cannot_sign_is_told_before_the_work_begins(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setenv("GOVORUN_C2PA_CERTIFICATE", str(tmp_path / "gone.pem"))
    monkeypatch.setenv("GOVORUN_C2PA_KEY", str(tmp_path / "gone.key"))
    with pytest.raises(OptionError, match="GOVORUN_C2PA_CERTIFICATE names"):
        render(
            text="Hello.", photo=small_portrait_png, output=tmp_path / "a.mp4",
            report=lambda stage, fraction, message: heard.append(stage), **FAKES,
        )  # fmt: skip
    assert heard == []


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_service_does_not_begin_with_one_that_cannot_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    signing = Authority().issue(tmp_path / "op", days=-1)
    monkeypatch.setenv("GOVORUN_C2PA_CERTIFICATE", str(signing.certificate))
    monkeypatch.setenv("GOVORUN_C2PA_KEY", str(signing.key))
    assert run([command]) == 2
    assert "GOVORUN_C2PA_CERTIFICATE cannot sign: it ran out on" in capsys.readouterr().err


def test_verify_says_it_in_words_and_by_its_exit_code(
    made: RenderResult, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = signer_of(Signing.of(load_settings())).name
    assert run(["verify", str(made.path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("holiday.mp4: unchanged since it was signed\n")
    assert f"{name}: a certificate that this installation made for itself, nobody vouches for it" in said
    assert "made by a machine, wholly or in part (compositeWithTrainedAlgorithmicMedia)" in said
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(made.path.read_bytes()[:-1] + b"?")
    assert run(["verify", str(changed)]) == CHANGED == 11
    assert "CHANGED since it was signed (assertion.bmffHash.mismatch)" in capsys.readouterr().out
    plain = tmp_path / "plain.mp4"
    plain.write_bytes(b"\0\0\0\x10ftypisomisom")
    assert run(["verify", str(plain), "--json"]) == UNSIGNED == 12
    assert json.loads(capsys.readouterr().out)["state"] == "none"
    assert run(["verify", str(tmp_path / "gone.mp4")]) == 2
    assert "There is no file" in capsys.readouterr().err
