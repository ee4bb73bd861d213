"""Kokoro: exact times, the same sound for the same seed, pace and pitch word by word, and words that are understood."""

from __future__ import annotations

from pathlib import Path

import jiwer
import numpy as np
import pytest

from avatar.core.errors import EngineError, OptionError, VoiceError
from avatar.core.manifest import find_manifest
from avatar.core.places import installed_folder
from avatar.core.progress import silent
from avatar.core.types import Speech
from avatar.core.weights import weights_folder
from orchestrator.bench.hearing import hear
from speech import SpeechOptions, parse, speak
from speech.engines.kokoro import Kokoro
from speech.kokoro import graph
from speech.kokoro.styles import DEFAULT, PRESETS

WOMAN, MAN = (next(one.name for one in PRESETS.values() if one.gender == gender) for gender in ("woman", "man"))


def say(text: str, folder: Path, voice: str = DEFAULT, **options: object) -> Speech:
    chosen = SpeechOptions(voice=voice, **options)  # type: ignore[arg-type]
    return speak(parse(text), "kokoro", chosen, silent(), folder)


def test_the_seed_decides_the_sound_and_not_the_times(tmp_path: Path) -> None:
    first, other = say("Yes.", tmp_path / "1"), say("Yes.", tmp_path / "2", seed=1)
    assert first.samples.tobytes() != other.samples.tobytes()
    assert first.phonemes == other.phonemes
    assert np.corrcoef(first.samples, other.samples)[0, 1] > 0.9


def test_one_core_or_three_give_the_same_samples(tmp_path: Path) -> None:
    alone, together = (say("Yes. No! Why?", tmp_path / str(n), remember=False, cores=n) for n in (1, 3))
    assert together.samples.tobytes() == alone.samples.tobytes()
    assert together.phonemes == alone.phonemes


def test_a_word_takes_its_pace_and_the_others_keep_theirs(tmp_path: Path) -> None:
    plain, slow = say("My name is Anna.", tmp_path / "1"), say("My [slow]name[/slow] is Anna.", tmp_path / "2")
    lengths = [[word.end - word.start for word in speech.words] for speech in (plain, slow)]
    ratios = np.array(lengths[1]) / np.array(lengths[0])
    assert ratios[1] > 1.2
    assert ratios[[0, 3]] == pytest.approx(1.0, abs=0.15)


def test_pitch_is_raised_where_it_is_asked_for(tmp_path: Path) -> None:
    plain, raised = say("Mina", tmp_path / "1"), say("Mina", tmp_path / "2", engine_options={"pitch": "1.25"})
    medians = [np.median(speech.pitch[speech.pitch > 0]) for speech in (plain, raised)]
    assert medians[1] / medians[0] == pytest.approx(1.25, abs=0.1)
    assert [phone.ipa for phone in raised.phonemes] == list("mˈinə".replace("ˈ", ""))
    with pytest.raises(OptionError, match="pitch"):
        say("Mina", tmp_path, engine_options={"pitch": "3"})


def test_phones_are_ipa_whatever_the_signs_are(tmp_path: Path) -> None:
    speech = say("[say: dʒɔɪ]Joy[/say]", tmp_path)
    assert [(phone.ipa, phone.stress) for phone in speech.phonemes] == [("d", 0), ("ʒ", 0), ("ɔ", 0), ("ɪ", 0)]
    assert all(phone.end > phone.start for phone in speech.phonemes)


def test_a_very_long_sentence_is_spoken_in_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("speech.engines.kokoro._LONGEST", 12)
    speech = say("We go, and you stay.", tmp_path)
    assert [word.text for word in speech.words] == ["We", "go,", "and", "you", "stay."]
    assert all(a.end <= b.start + 1e-6 for a, b in zip(speech.words, speech.words[1:], strict=False))


def test_another_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="not ka"):
        say("გამარჯობა", tmp_path, lang="ka")


def test_the_card_names_both_licences() -> None:
    card = Kokoro().card("kokoro-alpha+kumo:0.3")
    assert card.weights_sha256 == graph.JOINED_SHA256
    assert "Apache-2.0" in (card.weights_licence or "")
    assert "MIT" in (card.weights_licence or "")
    with pytest.raises(VoiceError):
        Kokoro().card("kokoro-nobody")


def test_damaged_pieces_are_told(tmp_path: Path) -> None:
    pieces = weights_folder("kokoro", installed_folder())
    for file in find_manifest("kokoro").files:
        (tmp_path / file.path).write_bytes(b"" if file.path == "model.part2" else (pieces / file.path).read_bytes())
    with pytest.raises(EngineError, match="models pull kokoro"):
        graph.exact_copy(tmp_path, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("voice", [WOMAN, MAN])
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Please close the door, it is very cold in here."),
        ("ru", "Мы долго шли по узкой тропинке через густой лес."),
    ],
)
def test_a_listener_understands_it(voice: str, language: str, text: str, tmp_path: Path) -> None:
    speech = say(text, tmp_path, voice)
    heard = hear(np.array(speech.samples), speech.rate, language)
    plain = [sentence.lower().replace("ё", "е").strip(" .!") for sentence in (text, heard)]
    assert jiwer.cer(*plain) <= 0.05, heard
