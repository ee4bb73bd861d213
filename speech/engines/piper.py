"""Piper voices through onnxruntime: neural speech with the exact time of every phone, the same in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from typing import ClassVar

import numpy as np

from avatar.core.errors import EngineError, VoiceError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import EngineCard, Speech
from speech.engines.piper_graph import CHANNELS, DURATIONS, LENGTHS, NOISES
from speech.engines.piper_voice import JOE, PiperVoice, file_sha256, installed, open_voice, voice_files
from speech.options import SpeechOptions, Voice, speaker_of
from speech.phones import Symbol, to_phonemes
from speech.sound.pitch import repitched
from speech.sound.utterance import finish, word_times
from speech.text.languages import same_language
from speech.text.planning import Utterance
from speech.transcription import espeak_symbols, transcribe
from speech.voices.places import cache_folder

__all__ = ["JOE", "Piper"]

_BLANK, _BEGIN, _END = "_", "^", "$"
_FRAMES_PER_SYMBOL = 10


class Piper:
    """The packaged voice ``en_US-joe``, any voice of the catalogue by name, any other by the path of its ``.onnx``.

    A voice of several speakers is named with one of them, ``NAME:SPEAKER``. Engine options: ``speaker`` (the same,
    name or number), ``noise_scale`` and ``noise_w`` (liveliness of sound and rhythm, 0 to 1.5).
    """

    options: ClassVar[tuple[str, ...]] = ("speaker", "noise_scale", "noise_w")
    side_by_side: ClassVar[bool] = True

    def card(self, voice: str | None = None) -> EngineCard:
        model, _ = voice_files(voice, cache_folder())
        licences = {known.name: known.licence for known in installed(cache_folder())}
        licence = licences.get(speaker_of(voice or JOE)[0], "unknown")
        return EngineCard("piper", version("piper-tts"), "GPL-3.0-or-later", file_sha256(model), licence)

    def voices(self) -> tuple[Voice, ...]:
        return installed(cache_folder())

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        for utterance in utterances:
            voice = open_voice(utterance.voice, options.cache or cache_folder(), progress.part(0.0, 0.0))
            if not same_language(voice.language, utterance.language):
                told = {"voice": voice.name, "speaks": voice.language, "language": utterance.language}
                raise VoiceError(Message("voice_of_other_language", **told))
            yield _speak_utterance(voice, utterance, options)


def _speak_utterance(model: PiperVoice, utterance: Utterance, options: SpeechOptions) -> Speech:
    said = transcribe(utterance, partial(espeak_symbols, model.espeak_voice), model.ids, model.name)
    lengths = [
        model.length_scale * pitch / (options.speed * pace)
        for pitch, pace in zip(said.pitches, said.paces, strict=True)
    ]
    samples, counts = _synthesise(model, said.symbols, lengths, _speaker(model, utterance, options), options)
    samples, counts = repitched(samples, counts, [1.0, *said.pitches, 1.0])
    marked = zip([_BEGIN, *said.symbols, _END], counts, [-1, *said.words, -1], strict=True)
    phonemes, owners = to_phonemes([Symbol(*symbol) for symbol in marked], model.rate)
    return finish(utterance, samples, model.rate, phonemes, word_times(utterance, phonemes, owners), said.notes)


def _synthesise(
    model: PiperVoice, symbols: Sequence[str], lengths: Sequence[float], speaker: int, options: SpeechOptions
) -> tuple[np.ndarray, list[int]]:
    """Sound, and the samples of every symbol, begin and end marks included; their sum is the length of the sound."""
    ids, scales, owners = _sequence(model, symbols, lengths)
    feed = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array(
            [
                options.number("noise_scale", model.noise_scale, 0.0, 1.5),
                1.0,
                options.number("noise_w", model.noise_w, 0.0, 1.5),
            ],
            np.float32,
        ),
        LENGTHS: np.array([[scales]], np.float32),
        **_noise(model, ids, scales, options.seed),
    }
    if any(given.name == "sid" for given in model.session.get_inputs()):
        feed["sid"] = np.array([speaker], np.int64)
    sound, frames = model.session.run(["output", DURATIONS], feed)
    counts = [0] * (len(symbols) + 2)
    for owner, frame_count in zip(owners, frames.reshape(-1), strict=True):
        counts[owner] += int(frame_count) * model.hop
    samples = sound.reshape(-1)
    if sum(counts) != len(samples):
        raise EngineError(f"The voice {model.name} gave {len(samples)} samples for {sum(counts)} samples of symbols.")
    return samples, counts


def _sequence(
    model: PiperVoice, symbols: Sequence[str], lengths: Sequence[float]
) -> tuple[list[int], list[float], list[int]]:
    """Ids with blanks between, the length scale of each, and the symbol that each belongs to."""
    ids: list[int] = []
    scales: list[float] = []
    owners: list[int] = []
    everything = [(_BEGIN, model.length_scale), *zip(symbols, lengths, strict=True), (_END, model.length_scale)]
    for owner, (symbol, length) in enumerate(everything):
        piece = model.ids[symbol] + (model.ids[_BLANK] if symbol != _END else [])
        ids += piece
        scales += [length] * len(piece)
        owners += [owner] * len(piece)
    return ids, scales, owners


def _noise(model: PiperVoice, ids: Sequence[int], scales: Sequence[float], seed: int) -> dict[str, np.ndarray]:
    """Standard normal noise that depends on the seed and on what is said, and on nothing that happened before."""
    said = np.array(ids, np.int64).tobytes() + np.array(scales, np.float32).tobytes()
    lengths = {NOISES[0]: len(ids), NOISES[1]: _FRAMES_PER_SYMBOL * len(ids)}
    noise = {}
    for name in NOISES:
        digest = hashlib.sha256(f"{seed} piper {name} ".encode() + said).digest()
        generator = np.random.default_rng(np.random.SeedSequence(np.frombuffer(digest, np.uint32)))
        drawn = generator.standard_normal((lengths[name], CHANNELS[name]), np.float32)
        noise[name] = np.ascontiguousarray(drawn.T)[None]
    return noise


def _speaker(model: PiperVoice, utterance: Utterance, options: SpeechOptions) -> int:
    named = speaker_of(utterance.voice or JOE)[1]
    return model.speaker(named if named is not None else options.engine_options.get("speaker"))
