"""What a recogniser hears: ``python -m orchestrator.bench.hearing`` writes the table of docs/speech-quality.md.

Whisper base in many languages judges every voice on the lists of ``tests/speech_lists/heard``: word and letter error
rates, each sentence heard by itself with a beam of 5 in the language that it is in. The first half of every list is
what the signs of the voices were found by, the second half was looked at when they were. It needs the extra ``test``.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from avatar.core.progress import silent
from orchestrator.console import show
from speech import SpeechOptions, parse, speak
from speech.recorded.hearing import whisper

__all__ = ["HEARD_RATE", "Errors", "errors", "hear", "main", "mark"]

HEARD_RATE = 16_000
_NATIVE, _ACCENTED = 0.15, 0.4


@dataclass(frozen=True)
class Errors:
    """Word and letter error rates of ``sentences`` sentences, and what was heard of each."""

    words: float
    letters: float
    sentences: int
    heard: tuple[str, ...]


def hear(samples: np.ndarray, rate: int, language: str) -> str:
    """What Whisper base hears in ``samples`` float32 [n], spoken in ``language``."""
    common = gcd(rate, HEARD_RATE)
    sound = resample_poly(samples, HEARD_RATE // common, rate // common).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        segments, _ = whisper(threads=1).transcribe(
            sound, language=language, beam_size=5, temperature=0.0, condition_on_previous_text=False,
            without_timestamps=True,
        )  # fmt: skip
        return " ".join(segment.text.strip() for segment in segments)


def mark(words: float) -> str:
    """What a voice is called in a language in which it has this word error rate."""
    return "native" if words < _NATIVE else "accented" if words < _ACCENTED else "robotic"


def errors(lines: Sequence[str], language: str, voice: str | None = None, engine: str | None = None) -> Errors:
    """How ``lines`` are heard as ``voice`` or ``engine`` says them, or whoever speaks the language by default."""
    import jiwer

    heard = [_heard(line, language, voice, engine) for line in lines]
    written, found = [_plain(line, language) for line in lines], [_plain(line, language) for line in heard]
    return Errors(float(jiwer.wer(written, found)), float(jiwer.cer(written, found)), len(lines), tuple(heard))


def _heard(line: str, language: str, voice: str | None, engine: str | None) -> str:
    with tempfile.TemporaryDirectory(prefix="govorun-bench-") as name:
        options = SpeechOptions(voice=voice, lang=language, remember=False)
        speech = speak(parse(line), engine, options, silent(), Path(name))
        return hear(np.array(speech.samples), speech.rate, language)


def _plain(text: str, language: str) -> str:
    """Without punctuation and capitals; numbers of English as digits; ё as е, which Whisper writes as it likes."""
    from transformers.models.whisper.english_normalizer import BasicTextNormalizer, EnglishTextNormalizer

    normalise = EnglishTextNormalizer({}) if language == "en" else BasicTextNormalizer()
    return " ".join(normalise(text.replace("ё", "е").replace("Ё", "Е")).split())


def _rows(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """(language, voice) pairs: those that were named, else every preset and eSpeak NG in every language."""
    from speech.espeak.utterances import DEFAULTS, PREFIX
    from speech.kokoro.styles import LANGUAGES, PRESETS

    languages = arguments.lang or list(LANGUAGES)
    pairs = []
    for language in languages:
        robot = f"{PREFIX}{DEFAULTS.get(language, language)}"
        own = ["en_US-joe"] if language == "en" else []
        pairs += [(language, voice) for voice in arguments.voice or [*PRESETS, *own, robot]]
    return pairs


def main(arguments: list[str]) -> int:
    """Measure and print a table in Markdown, a row for each language and voice."""
    parser = argparse.ArgumentParser(prog="orchestrator.bench.hearing", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lists", type=Path, default=Path("tests/speech_lists/heard"), help="folder of the lists")
    parser.add_argument("--lang", action="append", metavar="CODE", help="only this language; may be repeated")
    parser.add_argument("--voice", action="append", metavar="NAME", help="only this voice; may be repeated")
    parser.add_argument("--half", choices=("first", "second", "both"), default="second", help="of every list")
    parser.add_argument("--show", action="store_true", help="also print what was heard")
    given = parser.parse_args(arguments)
    show("| Language | Voice | Sentences | Words wrong | Letters wrong | Mark |")
    show("| --- | --- | ---: | ---: | ---: | --- |")
    for language, voice in _rows(given):
        lines = (given.lists / f"{language}.txt").read_text("utf-8").splitlines()
        middle = len(lines) // 2
        lines = {"first": lines[:middle], "second": lines[middle:], "both": lines}[given.half]
        found = errors(lines, language, voice)
        rates = f"{found.words:.3f} | {found.letters:.3f} | {mark(found.words)}"
        show(f"| {language} | `{voice}` | {found.sentences} | {rates} |")
        for said, heard in zip(lines, found.heard, strict=True) if given.show else ():
            show(f"    {said}\n    {heard}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
