"""``govorun say`` and ``govorun voices``: text in, sound file out, one sentence when it cannot be."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import OptionError, OutputError, ScriptError, VoiceError
from avatar.core.media import SOUND_FORMATS, decode_audio, probe, write_sound
from orchestrator.cli import main


def say(*words: str) -> int:
    return main.run(["say", *words])


def test_it_speaks_and_prints_the_length(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new" / "hello.wav"
    assert say("Hello [pause: 1s] there.", "--speech-engine", "tone", "-o", str(path)) == 0
    samples = decode_audio(path, 22_050)
    assert capsys.readouterr().out == f"{path}  {len(samples) / 22_050:.2f} s\n"
    assert len(samples) > 2 * 22_050
    assert np.abs(samples).max() > 0.1


def test_it_reads_standard_input_and_prints_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("Привет, [lang: en]world[/lang]!".encode())))
    assert say("-", "--speech-engine", "tone", "--json", "-o", str(tmp_path / "a.flac")) == 0
    spoken = json.loads(capsys.readouterr().out)
    assert [word for _, _, word in spoken["words"]] == ["Привет,", "world!"]
    assert spoken["language"] == "ru"
    assert spoken["seconds"] == pytest.approx(len(decode_audio(tmp_path / "a.flac", 22_050)) / 22_050, abs=0.01)


def test_seed_lexicon_voice_and_options_reach_the_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "words.txt").write_text("GIF = /dʒɪf/\n", "utf-8")
    common = ("GIF", "--voice", "espeak-en-gb", "--lexicon", str(tmp_path / "words.txt"), "--json")
    assert say(*common, "-o", str(tmp_path / "a.wav"), "--seed", "3", "--no-cache") == 0
    assert [ipa for _, _, ipa in json.loads(capsys.readouterr().out)["phonemes"]] == ["d", "ʒ", "ɪ", "f"]
    assert say("Hi", "--speech-option", "noise_w=9", "-o", str(tmp_path / "b.wav")) == OptionError.exit_code
    assert "noise_w" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("Hi", "-o", "a.txt"), OptionError.exit_code, ".wav, .flac"),
        (("Hi", "-o", "a.wav", "--seed", "-1"), OptionError.exit_code, "seed"),
        (("Hi", "-o", "a.wav", "--voice", "nobody"), VoiceError.exit_code, "nobody"),
        (("[nodd] hi", "-o", "a.wav"), ScriptError.exit_code, "[nod]"),
        (("", "-o", "a.wav"), ScriptError.exit_code, "empty"),
        (("Hi", "-o", "folder.wav"), OutputError.exit_code, "folder"),
        (("Hi", "-o", "a.wav", "--lexicon", "none.txt"), OptionError.exit_code, "none.txt"),
    ],
)
def test_mistakes_are_one_sentence_and_leave_nothing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.wav").mkdir()
    assert say(*words) == status
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert not shown.out
    assert [path.name for path in tmp_path.iterdir()] == ["folder.wav"]


@pytest.mark.parametrize("ending", sorted(set(SOUND_FORMATS) - {".pcm"}))
def test_every_format_holds_the_sound(tmp_path: Path, ending: str) -> None:
    time = np.arange(22_050) / 22_050
    sound = (0.4 * np.sin(2 * np.pi * 220 * time)).astype(np.float32)
    write_sound(tmp_path / f"a{ending}", sound, 22_050, {"comment": "made by a test"})
    heard = decode_audio(tmp_path / f"a{ending}", 22_050)
    assert probe(tmp_path / f"a{ending}").audio_rate == (48_000 if ending == ".opus" else 22_050)
    assert len(heard) == pytest.approx(22_050, abs=2_400)
    assert np.sqrt(np.mean(heard[5_000:15_000] ** 2)) == pytest.approx(0.283, rel=0.05)
    assert [path.name for path in tmp_path.iterdir()] == [f"a{ending}"]


def test_an_ending_in_capitals_is_the_same_format(tmp_path: Path) -> None:
    write_sound(tmp_path / "A.WAV", np.zeros(2_205, np.float32), 22_050)
    assert len(decode_audio(tmp_path / "A.WAV", 22_050)) == 2_205


def test_sound_without_a_header_has_the_rate_that_is_promised(tmp_path: Path) -> None:
    sound = (0.4 * np.sin(2 * np.pi * 220 * np.arange(22_050) / 22_050)).astype(np.float32)
    write_sound(tmp_path / "a.pcm", sound, 22_050, {"comment": "made by a test"}, pace=2.0)
    heard = np.fromfile(tmp_path / "a.pcm", "<i2")
    assert len(heard) == pytest.approx(12_000, abs=600)
    assert np.sqrt(np.mean(heard[3_000:9_000].astype(float) ** 2)) == pytest.approx(0.283 * 32_768, rel=0.05)


def test_voices_are_listed_with_language_quality_engine_and_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["voices"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line[0] != " "]
    assert ["kokoro-vera", "mul", "neural", "kokoro", "Apache-2.0"] in lines
    assert ["en_US-joe", "en-US", "neural", "piper", "CC0-1.0"] in lines
    assert ["espeak-ru", "ru", "robotic", "espeak", "GPL-3.0-or-later"] in lines
    assert len([line for line in lines if line[3] == "espeak"]) > 100


def test_voices_of_a_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["voices", "--lang", "ru", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {voice["language"].split("-")[0] for voice in listed} == {"ru", "mul"}
    assert {voice["engine"] for voice in listed if "ru" in voice["languages"]} == {"kokoro"}
    assert all(voice["here"] for voice in listed)
    assert main.run(["voices", "--lang", "xx"]) == VoiceError.exit_code
