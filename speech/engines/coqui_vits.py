"""VITS: sound with the exact time of every symbol, from the durations that the model itself decided."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from avatar.core.errors import EngineError, VoiceError
from avatar.core.types import Speech
from speech.engines.coqui_models import CoquiVoice, seeded
from speech.options import SpeechOptions
from speech.phones import Symbol, to_phonemes
from speech.sound.pitch import repitched
from speech.sound.utterance import finish, word_times
from speech.text.planning import Utterance
from speech.transcription import Transcription, espeak_symbols, transcribe

__all__ = ["knows_durations", "speak_exactly"]

_PAUSE = "."
"""Stands for begin and end marks: their time belongs to nobody."""


@dataclass(frozen=True)
class _Reading:
    """How a model reads: text to symbols, the number of each, and the numbers around and between them."""

    phonemise: Callable[[str], Sequence[str]]
    numbers: Mapping[str, int]
    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]


def knows_durations(voice: CoquiVoice) -> bool:
    """Whether this is a VITS that reads phones: letters would have times, but would not be phones."""
    config = voice.synthesizer.tts_config
    return bool(config.model == "vits" and (voice.piper or (config.use_phonemes and not config.use_d_vector_file)))


def speak_exactly(voice: CoquiVoice, utterance: Utterance, speaker: str | None, options: SpeechOptions) -> Speech:
    """One utterance; blanks belong to the symbol before them."""
    reading = _piper_reading(voice.piper) if voice.piper else _coqui_reading(voice.model, utterance.language)
    said = transcribe(utterance, reading.phonemise, reading.numbers, voice.name)
    samples, counts = _synthesise(voice, reading, said, _conditions(voice, utterance, speaker), options)
    samples, counts = repitched(samples, counts, [1.0, *said.pitches, 1.0])
    marked = zip([_PAUSE, *said.symbols, _PAUSE], counts, [-1, *said.words, -1], strict=True)
    phonemes, owners = to_phonemes([Symbol(*symbol) for symbol in marked], voice.rate)
    return finish(utterance, samples, voice.rate, phonemes, word_times(utterance, phonemes, owners), said.notes)


def _piper_reading(described: Mapping[str, Any]) -> _Reading:
    numbers = {symbol: given[0] for symbol, given in described["phoneme_id_map"].items()}
    blank, begin, end = (numbers[mark] for mark in "_^$")
    phonemise = partial(espeak_symbols, described["espeak"]["voice"])
    return _Reading(phonemise, numbers, (begin, blank), (blank,), (end,))


def _coqui_reading(model: Any, language: str) -> _Reading:
    tokenizer = model.tokenizer

    def phonemise(text: str) -> tuple[str, ...]:
        cleaned = tokenizer.text_cleaner(text, lang=language) if tokenizer.text_cleaner else text
        return tuple(tokenizer.phonemizer.phonemize(cleaned, separator="", language=language))

    blank = (tokenizer.blank_id,) if tokenizer.add_blank else ()
    marks = tokenizer.characters
    begin, end = ((marks.bos_id,), (marks.eos_id,)) if tokenizer.use_eos_bos else ((), ())
    return _Reading(phonemise, dict(marks._char_to_id), begin + blank, blank, end)


def _conditions(voice: CoquiVoice, utterance: Utterance, speaker: str | None) -> dict[str, Any]:
    """Speaker and language as the model wants them; VoiceError names those that there are."""
    import torch

    model = voice.model
    speakers = model.speaker_manager.name_to_id if model.speaker_manager is not None else {}
    if speaker is not None and speaker not in speakers:
        known = f"choose one of {', '.join(list(speakers)[:8])}" if speakers else "it has one speaker, leave it out"
        raise VoiceError(f"Unknown speaker {speaker!r} of {voice.name}: {known}.")
    number = speakers[speaker] if speaker is not None else next(iter(speakers.values()), None)
    language = model._get_language_id(utterance.language) if model.args.use_language_embedding else None
    return {
        "speaker_ids": None if number is None else torch.tensor([number]),
        "d_vectors": None,
        "language_ids": None if language is None else torch.tensor([language]),
    }


def _synthesise(
    voice: CoquiVoice, reading: _Reading, said: Transcription, conditions: dict[str, Any], options: SpeechOptions
) -> tuple[np.ndarray, list[int]]:
    """Sound, and the samples of every symbol, begin and end marks included; their sum is the length of the sound."""
    import torch

    model = voice.model
    numbers, scales, owners = _sequence(reading, said, float(model.args.length_scale), options.speed)
    noise = options.number("noise_scale", model.args.inference_noise_scale, 0.0, 1.5)
    rhythm = options.number("noise_w", model.args.inference_noise_scale_dp, 0.0, 1.5)
    chosen = {
        "inference_noise_scale": noise,
        "inference_noise_scale_dp": rhythm,
        "length_scale": torch.tensor([[scales]]),  # one for each symbol, where Coqui has one for all
    }
    with seeded(_seed(options.seed, numbers, scales)), _set(model, chosen):
        made = model.inference(torch.tensor([numbers]), {**conditions, "x_lengths": None, "durations": None})
    samples = made["model_outputs"].reshape(-1).numpy().astype(np.float32)
    frames = made["durations"].reshape(-1).numpy()
    if len(frames) != len(owners) or frames.sum() <= 0:
        raise EngineError(f"The voice {voice.name} gave durations for {len(frames)} of {len(owners)} symbols.")
    return samples, _counts(len(samples), frames, owners, len(said.symbols) + 2)


@contextmanager
def _set(model: Any, chosen: Mapping[str, Any]) -> Iterator[None]:
    """Attributes of ``model`` for one sentence: its ``inference`` takes no arguments for them."""
    own = {name: getattr(model, name) for name in chosen}
    try:
        for name, value in chosen.items():
            setattr(model, name, value)
        yield
    finally:
        for name, value in own.items():
            setattr(model, name, value)


def _sequence(
    reading: _Reading, said: Transcription, own: float, speed: float
) -> tuple[list[int], list[float], list[int]]:
    """Numbers with what stands around them, the length scale of each, and the symbol that each belongs to."""
    pieces = [(reading.before, own / speed)]
    for symbol, pace, pitch in zip(said.symbols, said.paces, said.pitches, strict=True):
        pieces.append(((reading.numbers[symbol], *reading.between), own * pitch / (speed * pace)))
    pieces.append((reading.after, own / speed))
    numbers = [number for piece, _ in pieces for number in piece]
    scales = [scale for piece, scale in pieces for _ in piece]
    owners = [owner for owner, (piece, _) in enumerate(pieces) for _ in piece]
    return numbers, scales, owners


def _seed(seed: int, numbers: Sequence[int], scales: Sequence[float]) -> int:
    """Depends on the seed and on what is said, and on nothing that happened before."""
    said = np.array(numbers, np.int64).tobytes() + np.array(scales, np.float32).tobytes()
    return int.from_bytes(hashlib.sha256(f"{seed} coqui noise ".encode() + said).digest()[:7], "big")


def _counts(length: int, frames: np.ndarray, owners: Sequence[int], pieces: int) -> list[int]:
    """Samples of each piece; where the decoder has another rate than the encoder, edges fall on the nearest sample."""
    edges = np.round(np.cumsum(frames.astype(np.float64)) * (length / frames.sum())).astype(int)
    counts = [0] * pieces
    for owner, count in zip(owners, np.diff(edges, prepend=0), strict=True):
        counts[owner] += int(count)
    return counts
