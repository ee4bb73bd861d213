"""The catalogue of voices: read, kept, searched, and voices pulled from it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar.core import web
from avatar.core.errors import EngineError, MissingEngine, VoiceError
from speech.voices.catalogue import find_voice, list_voices, pull_voice, pulled_voice, pulled_voices
from tests.loopback import Loopback

MODEL = random.Random(5).randbytes(200_000)
CARD = b"# Model card for irina (medium)\n\n* Language: ru_RU (Russian)\n\n## Dataset\n\n* License: CC BY 4.0\n"


def voice(name: str) -> dict[str, bytes]:
    """The files that a voice has in the catalogue."""
    return {
        f"ru/{name}/{name}.onnx": MODEL,
        f"ru/{name}/{name}.onnx.json": b'{"num_speakers": 1}',
        f"ru/{name}/MODEL_CARD": CARD,
        f"ru/{name}/samples/speaker_0.mp3": b"sound",
    }


def offer(server: Loopback, *names: str) -> None:
    """Serve these voices and a catalogue of them."""
    server.serve_voices({name: voice(name) for name in names}, {"two": 1, "one": 0})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server with a catalogue of two voices."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(web, "_PAUSES", (0.0,) * 4)
    with Loopback() as loopback:
        monkeypatch.setenv("GOVORUN_VOICES_URL", loopback.url)
        offer(loopback, "ru_RU-irina-medium", "ru_RU-denis-medium")
        yield loopback


def asked(server: Loopback) -> list[str]:
    return [path for path, _ in server.requests]


def test_voices_are_listed_from_a_kept_catalogue(server: Loopback, tmp_path: Path) -> None:
    voices = list_voices(tmp_path)
    assert [voice.name for voice in voices] == ["ru_RU-denis-medium", "ru_RU-irina-medium"]
    first = voices[0]
    assert (first.language, first.language_name, first.quality) == ("ru-RU", "RU", "medium")
    assert first.speakers == ("one", "two")
    assert list_voices(tmp_path) == voices
    assert asked(server) == ["/voices.json"]
    list_voices(tmp_path, refresh=True)
    assert asked(server) == ["/voices.json"] * 2


def test_a_voice_is_pulled_once_with_all_it_needs(server: Loopback, tmp_path: Path) -> None:
    assert pulled_voice("ru_RU-irina-medium", tmp_path) is None
    assert pulled_voices(tmp_path) == ()
    model = pull_voice("ru_RU-irina-medium", tmp_path)
    assert model.read_bytes() == MODEL
    assert model.with_name("ru_RU-irina-medium.onnx.json").is_file()
    assert not list(model.parent.rglob("*.mp3"))
    count = len(server.requests)
    assert pull_voice("ru_RU-irina-medium", tmp_path) == pulled_voice("ru_RU-irina-medium", tmp_path) == model
    assert len(server.requests) == count
    (voice,) = pulled_voices(tmp_path)
    assert (voice.name, voice.language, voice.licence) == ("ru_RU-irina-medium", "ru-RU", "CC BY 4.0")


def test_an_older_name_of_a_voice_finds_it(server: Loopback, tmp_path: Path) -> None:
    assert find_voice("ruRU-irina-medium", tmp_path).name == "ru_RU-irina-medium"
    assert pull_voice("ruRU-irina-medium", tmp_path).name == "ru_RU-irina-medium.onnx"


def test_a_voice_that_is_new_is_found_in_a_fresh_catalogue(server: Loopback, tmp_path: Path) -> None:
    list_voices(tmp_path)
    offer(server, "ru_RU-new-high")
    assert find_voice("ru_RU-new-high", tmp_path).quality == "high"


def test_an_unknown_voice_is_told_with_the_near_ones(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="did you mean ru_RU-irina-medium"):
        find_voice("ru_RU-irena-medium", tmp_path)
    with pytest.raises(VoiceError, match="govorun voices"):
        pull_voice("xyzzy", tmp_path)


def test_a_voice_of_other_bytes_is_refused(server: Loopback, tmp_path: Path) -> None:
    path = "/ru/ru_RU-irina-medium/ru_RU-irina-medium.onnx"
    server.files[path] = MODEL[::-1]
    with pytest.raises(MissingEngine, match=r"ru_RU-irina-medium\.onnx is not the file that was published"):
        pull_voice("ru_RU-irina-medium", tmp_path)
    assert pulled_voice("ru_RU-irina-medium", tmp_path) is None
    server.files[path] = MODEL
    assert pull_voice("ru_RU-irina-medium", tmp_path).is_file()


def test_a_damaged_kept_catalogue_is_fetched_again(
    server: Loopback, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    voices = list_voices(tmp_path)
    (kept,) = (tmp_path / "catalogue").iterdir()
    kept.write_text("{")
    assert list_voices(tmp_path) == voices
    assert "not readable" in caplog.text


def test_each_address_has_its_own_catalogue(server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_voices(tmp_path)
    server.serve_json("/other/voices.json", {})
    monkeypatch.setenv("GOVORUN_VOICES_URL", f"{server.url}/other/")
    assert list_voices(tmp_path) == ()


@pytest.mark.parametrize("catalogue", [[1], {"a": {}}, {"ru_RU-a-low": {"language": "ru"}}, "text"])
def test_what_is_no_catalogue_is_told_and_not_kept(server: Loopback, tmp_path: Path, catalogue: object) -> None:
    server.serve_json("/voices.json", catalogue)
    with pytest.raises(MissingEngine, match="no catalogue"):
        list_voices(tmp_path)
    assert not (tmp_path / "catalogue").exists()


def test_a_catalogue_cannot_write_outside_the_cache(server: Loopback, tmp_path: Path) -> None:
    server.serve_voices({"../../evil-low": {"a/evil.onnx": MODEL}})
    with pytest.raises(EngineError, match="no folder name"):
        list_voices(tmp_path)


def test_offline_a_pulled_voice_is_there_and_another_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Loopback() as gone:
        monkeypatch.setenv("GOVORUN_VOICES_URL", gone.url)
        offer(gone, "ru_RU-irina-medium")
        model = pull_voice("ru_RU-irina-medium", tmp_path)
    assert pull_voice("ru_RU-irina-medium", tmp_path) == model
    with pytest.raises(MissingEngine, match="cannot be reached"):
        pull_voice("ru_RU-denis-medium", tmp_path)
