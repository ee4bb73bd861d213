"""What every speech engine of the table promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import Cancelled
from avatar.core.media import write_wav
from avatar.core.progress import Progress, silent
from avatar.core.types import Speech
from speech import ENGINES, SpeechOptions, parse, speak

TEXT = "Good morning. We make *small* boats, for $25, by the river!"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recording")
    spoken = speak(parse(TEXT), "espeak", SpeechOptions(lang="en"), silent(), folder)
    write_wav(folder / "spoken.wav", spoken.samples, spoken.rate)
    return folder / "spoken.wav"


def options_for(engine: str, recording: Path) -> SpeechOptions:
    if engine == "recorded":
        return SpeechOptions(audio=recording, transcript=TEXT)
    return SpeechOptions()


@pytest.fixture(params=sorted(ENGINES))
def spoken(request: pytest.FixtureRequest, tmp_path: Path, recording: Path) -> Speech:
    return speak(parse(TEXT), request.param, options_for(request.param, recording), silent(), tmp_path)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_the_card_and_the_voices_are_filled(engine: str) -> None:
    made = ENGINES.resolve(engine)()
    card = made.card()
    assert card.name == engine
    assert card.version
    assert card.licence
    names = [voice.name for voice in made.voices()]
    assert len(names) == len(set(names))
    assert all(v.engine == engine and v.language and v.licence and v.quality for v in made.voices())


def test_sound_is_mono_float_within_bounds(spoken: Speech) -> None:
    assert spoken.samples.dtype == np.float32
    assert spoken.samples.ndim == 1
    assert 1.0 < spoken.seconds < 20.0
    assert 0.1 < np.abs(spoken.samples).max() < 10 ** (-1 / 20)


def test_phonemes_are_in_order_and_within_the_sound(spoken: Speech) -> None:
    assert len(spoken.phonemes) > 20
    assert all(0 <= p.start < p.end <= spoken.seconds + 1e-6 and p.ipa for p in spoken.phonemes)
    assert all(a.end <= b.start + 1e-6 for a, b in zip(spoken.phonemes, spoken.phonemes[1:], strict=False))


def test_every_written_word_has_its_time(spoken: Speech) -> None:
    assert [word.text for word in spoken.words] == TEXT.replace("*", "").split()
    assert all(w.start <= w.end for w in spoken.words)
    assert all(a.end <= b.start + 1e-6 for a, b in zip(spoken.words, spoken.words[1:], strict=False))


def test_cues_cover_the_emphasised_word(spoken: Speech) -> None:
    (cue,) = spoken.cues
    word = next(w for w in spoken.words if w.text == "small")
    assert (cue.name, cue.start, cue.end) == ("emphasis", word.start, word.end)


def test_tracks_run_at_100_hz(spoken: Speech) -> None:
    assert abs(len(spoken.energy) - spoken.seconds * 100) <= 1
    assert len(spoken.pitch) == len(spoken.energy)
    assert 0.5 < np.percentile(spoken.energy, 95) < 1.5


def test_the_sound_is_loud_where_phones_are(spoken: Speech) -> None:
    inside = np.zeros(len(spoken.energy), bool)
    for phone in spoken.phonemes:
        inside[int(phone.start * 100) : int(np.ceil(phone.end * 100))] = True
    assert spoken.energy[inside].mean() > 5 * spoken.energy[~inside].mean()


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_the_same_inputs_give_the_same_samples(engine: str, tmp_path: Path, recording: Path) -> None:
    options = options_for(engine, recording)
    first = speak(parse(TEXT), engine, options, silent(), tmp_path / "1")
    second = speak(parse(TEXT), engine, options, silent(), tmp_path / "2")
    assert first.samples.tobytes() == second.samples.tobytes()
    assert first.phonemes == second.phonemes


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_it_can_be_cancelled_and_leaves_nothing(engine: str, tmp_path: Path, recording: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        speak(parse(TEXT), engine, options_for(engine, recording), Progress(stop), tmp_path)
    assert list(tmp_path.iterdir()) == []
