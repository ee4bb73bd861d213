"""Kokoro through onnxruntime: natural speech in ten languages, with the exact time of every phone."""

from __future__ import annotations

import hashlib
import json
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from avatar.core.errors import EngineError, VoiceError
from avatar.core.manifest import find_manifest
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import EngineCard, Speech
from avatar.core.weights import locate
from speech.kokoro.graph import DURATIONS, HARMONICS, HOP, JOINED_SHA256, LENGTHS, NOISE, PITCHES, RATE, exact_copy
from speech.kokoro.signs import as_ipa, phonemiser, signs_of
from speech.kokoro.styles import LANGUAGES, PRESETS, Preset, preset_of, style_of
from speech.options import SpeechOptions, Voice
from speech.phones import Symbol, to_phonemes
from speech.sound.utterance import finish, word_times
from speech.text.planning import SpokenWord, Utterance
from speech.transcription import Transcription, transcribe
from speech.voices.places import cache_folder

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["Kokoro"]

_WEIGHTS = "kokoro"
_SAYS = 2
"""Counts up whenever the signs or the presets make another sound of the same utterance."""
_PAD = 0
_LONGEST = 240  # symbols, about 16 s of sound: the network takes 510, but its memory grows with the sound
_NOISE_SAMPLES = 2 * RATE
_RAISED = 1.08
"""Factor on the pitch of an emphasised word."""
_THREADS = 2  # the samples are the same with any number
_OPENING = threading.Lock()


class Kokoro:
    """Named voices such as ``kokoro-vera``, and any mixture of styles, ``kokoro-alpha+kumo:0.3``, in every language
    of :data:`speech.kokoro.styles.LANGUAGES`. Engine option: ``pitch``, a factor from 0.7 to 1.4."""

    options: ClassVar[tuple[str, ...]] = ("pitch",)
    side_by_side: ClassVar[bool] = True

    def card(self, voice: str | None = None) -> EngineCard:
        preset_of(voice)
        locate(_WEIGHTS, cache_folder())
        manifest = find_manifest(_WEIGHTS)
        version = f"{manifest.revision}, {_SAYS}"
        return EngineCard(_WEIGHTS, version, "Apache-2.0", JOINED_SHA256, manifest.licence)

    def voices(self) -> tuple[Voice, ...]:
        locate(_WEIGHTS, cache_folder())
        return tuple(
            Voice(one.name, "mul", "Apache-2.0", "neural", _WEIGHTS, one.gender, one.manner, LANGUAGES, one.sample)
            for one in PRESETS.values()
        )

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        for utterance in utterances:
            preset = preset_of(utterance.voice)
            language = utterance.language.replace("_", "-").split("-")[0].lower()
            if language not in LANGUAGES:
                told = {"voice": preset.name, "speaks": ", ".join(LANGUAGES), "language": utterance.language}
                raise VoiceError(Message("voice_of_other_language", **told))
            progress(0.0, preset.name)
            yield _speak_utterance(_open(options.cache or cache_folder(), options.cores), preset, utterance, options)


@dataclass(frozen=True)
class _Model:
    """The network with its vocabulary (sign → number) and its style vectors, float32 [lengths, 1, 256] each."""

    session: onnxruntime.InferenceSession
    ids: dict[str, int]
    styles: dict[str, np.ndarray]


def _open(cache: Path, cores: int) -> _Model:
    folder = locate(_WEIGHTS, cache)
    with _OPENING:
        return _opened(folder, exact_copy(folder, cache), min(cores, _THREADS))


@lru_cache(maxsize=2)  # by threads: one for sentences side by side, two for one alone
def _opened(folder: Path, graph: Path, threads: int) -> _Model:
    ids = json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]
    with np.load(folder / "voices.npz") as held:
        styles = {name: held[name] for name in held.files}
    return _Model(_session(graph, threads), {unicodedata.normalize("NFC", sign): n for sign, n in ids.items()}, styles)


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = threads, 1
    settings.enable_mem_pattern = False  # it holds a quarter more memory, and speech is no faster for it
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    except (Fail, InvalidGraph, InvalidProtobuf) as error:
        path.unlink(missing_ok=True)
        raise EngineError(f"The prepared network {path} was damaged and is removed: try again ({error}).") from error


def _speak_utterance(model: _Model, preset: Preset, utterance: Utterance, options: SpeechOptions) -> Speech:
    signed = replace(utterance, words=tuple(_signed(word, utterance.language) for word in utterance.words))
    said = transcribe(signed, phonemiser(utterance.language), model.ids, preset.name)
    pitch = preset.pitch * options.number("pitch", 1.0, 0.7, 1.4)
    symbols: list[Symbol] = []
    sounds: list[np.ndarray] = []
    for begin, end in _parts(said.symbols):
        sound, counts = _synthesise(model, preset, _prosody(said, utterance, begin, end, pitch, options))
        sounds.append(sound)
        texts, owners = (".", *said.symbols[begin:end], "."), (-1, *said.words[begin:end], -1)
        symbols += [Symbol(*symbol) for symbol in zip(texts, counts, owners, strict=True)]
    phonemes, words = to_phonemes(_spelt_out(symbols), RATE)
    samples = np.concatenate(sounds)
    return finish(utterance, samples, RATE, phonemes, word_times(utterance, phonemes, words), said.notes)


def _signed(word: SpokenWord, language: str) -> SpokenWord:
    """A word whose given phones are written in signs."""
    return replace(word, ipa="".join(signs_of(word.ipa, language))) if word.ipa else word


def _parts(symbols: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Ranges short enough for the network, cut after punctuation or else at a space."""
    begin = 0
    while len(symbols) - begin > _LONGEST:
        within = range(begin + _LONGEST, begin + _LONGEST // 2, -1)
        at = next((i for i in within if symbols[i - 1] in ",;:.!?—"), None)
        at = at or next((i for i in within if symbols[i - 1] == " "), begin + _LONGEST)
        yield begin, at
        begin = at
    yield begin, len(symbols)


@dataclass(frozen=True)
class _Line:
    """What the network is given: signs, the length scale and the pitch factor of each, and the seed."""

    signs: tuple[str, ...]
    lengths: tuple[float, ...]
    pitches: tuple[float, ...]
    seed: int


def _prosody(
    said: Transcription, utterance: Utterance, begin: int, end: int, pitch: float, options: SpeechOptions
) -> _Line:
    emphasised = [word >= 0 and utterance.words[word].emphasis for word in said.words]
    return _Line(
        said.symbols[begin:end],
        tuple(1.0 / (options.speed * pace) for pace in said.paces[begin:end]),
        tuple(
            pitch * factor * (_RAISED if raised else 1.0)
            for factor, raised in zip(said.pitches[begin:end], emphasised[begin:end], strict=True)
        ),
        options.seed,
    )


def _synthesise(model: _Model, preset: Preset, line: _Line) -> tuple[np.ndarray, list[int]]:
    """Sound float32 [n], and the samples of every symbol, the pads at both ends included; their sum is n."""
    ids = [_PAD, *(model.ids[sign] for sign in line.signs), _PAD]
    speed = line.lengths[0] if line.lengths else 1.0
    feed = {
        "tokens": np.array([ids], np.int64),
        "style": style_of(preset, model.styles, len(line.signs)),
        LENGTHS: np.array([[speed, *line.lengths, speed]], np.float32),
        PITCHES: np.array([[[preset.pitch, *line.pitches, preset.pitch]]], np.float32),
    }
    feed[NOISE] = _noise(feed, line.seed)
    sound, frames = model.session.run(["audio", DURATIONS], feed)
    counts = [int(count) * HOP for count in frames.reshape(-1)]
    samples = sound.reshape(-1)
    if sum(counts) != len(samples):
        raise EngineError(f"{preset.name} gave {len(samples)} samples for {sum(counts)} samples of symbols.")
    return samples, counts


def _noise(feed: dict[str, np.ndarray], seed: int) -> np.ndarray:
    """Standard normal noise that depends on the seed and on what is said, and on nothing that happened before."""
    said = b"".join(feed[name].tobytes() for name in sorted(feed))
    digest = hashlib.sha256(f"{seed} kokoro {NOISE} ".encode() + said).digest()
    generator = np.random.default_rng(np.random.SeedSequence(np.frombuffer(digest, np.uint32)))
    return generator.standard_normal((1, _NOISE_SAMPLES, HARMONICS), np.float32)


def _spelt_out(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Signs for two phones as both of them, which share its time."""
    spelt: list[Symbol] = []
    for symbol, ipa in zip(symbols, as_ipa([symbol.text for symbol in symbols]), strict=True):
        share = symbol.samples // len(ipa)
        parts = [share] * (len(ipa) - 1) + [symbol.samples - share * (len(ipa) - 1)]
        spelt += [Symbol(text, part, symbol.word) for text, part in zip(ipa, parts, strict=True)]
    return spelt
