"""The sentence cache: an edited line is spoken again and no other; the sound is the same with it and without."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from avatar.core import artefacts
from avatar.core.errors import OptionError
from avatar.core.progress import Progress, silent
from avatar.core.types import EngineCard, Speech
from speech import SpeechOptions, parse, speak, stream
from speech.cache import LIMIT_SETTING
from speech.engines.tone import Tone
from speech.text.planning import Utterance

LINES = [f"This is line number {number}." for number in range(1, 11)]


class Spy(Tone):
    """The engine tone, which tells what it was asked to speak."""

    options = ("liveliness", "reference")
    asked: list[str]

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        for utterance in utterances:
            self.asked.append(utterance.spoken)
            yield from super().speak([utterance], options, progress)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the engine tone is asked to speak from now on."""
    found: list[str] = []
    monkeypatch.setattr(Spy, "asked", found, raising=False)
    monkeypatch.setattr("speech.engines.tone.Tone", Spy)
    return found


def say(text: str, folder: Path, **options: object) -> Speech:
    chosen = SpeechOptions(cache=folder / "cache", **options)  # type: ignore[arg-type]
    return speak(parse(text), "tone", chosen, silent(), folder / "work")


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "cache" / "sentences").glob("*.npz"))


def test_an_edited_line_is_the_only_one_spoken_again(asked: list[str], tmp_path: Path) -> None:
    say("\n".join(LINES), tmp_path)
    assert len(asked) == 10
    asked.clear()
    say("\n".join([*LINES[:4], "This line is another, and longer, one.", *LINES[5:]]), tmp_path)
    assert asked == ["This line is another, and longer, one."]


def test_the_sound_is_the_same_with_the_cache_and_without(asked: list[str], tmp_path: Path) -> None:
    text = "One [slow]two[/slow] three! [lang: ru]четыре[/lang] *five*."
    say("One.", tmp_path)
    first, kept, fresh = say(text, tmp_path), say(text, tmp_path), say(text, tmp_path, remember=False)
    assert first.samples.tobytes() == kept.samples.tobytes() == fresh.samples.tobytes()

    assert (first.phonemes, first.words, first.cues, first.notes) == (kept.phonemes, kept.words, kept.cues, kept.notes)
    assert (fresh.phonemes, fresh.words, fresh.cues, fresh.notes) == (kept.phonemes, kept.words, kept.cues, kept.notes)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("A boat.", {"seed": 1}),
        ("A boat.", {"speed": 1.2}),
        ("A boat.", {"engine_options": {"liveliness": "1"}}),
        ("A *boat*.", {}),
        ("A [pitch: +10%]boat[/pitch].", {}),
        ("A [rate: 90%]boat[/rate].", {}),
        ("A [volume: -3dB]boat[/volume].", {}),
        ("A boat?", {}),
        ("A boat. [pause: 2s] Here.", {}),
    ],
)
def test_whatever_changes_the_sound_is_spoken_again(
    asked: list[str], tmp_path: Path, text: str, options: dict[str, object]
) -> None:
    say("A boat.", tmp_path)
    asked.clear()
    say(text, tmp_path, **options)
    assert asked


def test_other_weights_or_another_version_are_spoken_again(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for card in (EngineCard("tone", "1", "x", "aa"), EngineCard("tone", "2", "x", "aa"), EngineCard("tone", "2", "x")):
        monkeypatch.setattr(Spy, "card", lambda self, voice=None, card=card: card)
        asked.clear()
        say("A boat.", tmp_path)
        assert asked


def test_an_option_that_names_a_file_counts_by_its_content(asked: list[str], tmp_path: Path) -> None:
    reference = tmp_path / "reference.wav"
    for content, spoken in ((b"one", 1), (b"one", 0), (b"two", 1)):
        reference.write_bytes(content)
        asked.clear()
        say("A boat.", tmp_path, engine_options={"reference": str(reference)})
        assert len(asked) == spoken


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_a_damaged_entry_is_made_again(
    asked: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes | None
) -> None:
    sound = say("A boat.", tmp_path).samples.tobytes()
    (entry,) = entries(tmp_path)
    whole = entry.read_bytes()
    entry.write_bytes(whole[: len(whole) // 2] + b"x" + whole[len(whole) // 2 + 1 :] if damage is None else damage)
    asked.clear()
    with caplog.at_level(logging.WARNING):
        assert say("A boat.", tmp_path).samples.tobytes() == sound
    assert len(asked) == 1
    assert "damaged" in caplog.text
    assert artefacts.load(entry, Speech).rate == 22_050


def test_the_folder_stays_within_its_limit(asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMIT_SETTING, "1")
    for number in range(8):
        say(f"Sentence {number} about rather many wonderful words, " * 3, tmp_path)
    assert 0 < sum(path.stat().st_size for path in entries(tmp_path)) <= 1 << 20


def test_it_can_be_turned_off(asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say("A boat.", tmp_path, remember=False)
    monkeypatch.setenv(LIMIT_SETTING, "0")
    say("A boat.", tmp_path)
    assert entries(tmp_path) == []
    monkeypatch.setenv(LIMIT_SETTING, "much")
    with pytest.raises(OptionError, match=LIMIT_SETTING):
        say("A boat.", tmp_path)


def test_a_cache_that_cannot_be_written_is_told_and_the_speech_is_made(
    asked: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert say("A boat. Another one.", tmp_path).seconds > 1
    assert "cannot be written" in caplog.text


def test_the_first_sound_of_a_long_script_comes_after_one_sentence(asked: list[str], tmp_path: Path) -> None:
    script = parse(" ".join(LINES * 1_000))
    first = next(stream(script, "tone", SpeechOptions(cache=tmp_path), silent()))
    assert first.seconds > 0.5
    assert asked == ["This is line number one."]


def test_a_disk_that_fills_up_costs_nothing_that_was_kept(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, save = [], artefacts.save

    def full_after_two(path: Path, piece: Speech) -> None:
        if len(kept) == 2:
            raise OSError("No space left on device")
        kept.append(path)
        save(path, piece)

    monkeypatch.setattr("speech.cache.artefacts.save", full_after_two)
    say(" ".join(LINES[:4]), tmp_path)
    assert entries(tmp_path) == sorted(kept)
    assert len(asked) == 4
