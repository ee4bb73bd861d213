"""The user's own recording: levelled, its phones aligned to a transcript or recognised from the sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from avatar.core import media
from avatar.core.errors import AudioError, OptionError
from avatar.core.progress import Progress
from avatar.core.types import EngineCard, Phoneme, Speech, Word
from speech.alignment import FEATURE_HZ, FEATURE_RATE, features, speech_frames, warp
from speech.engines.espeak import Espeak
from speech.forced import LONGEST_S, force
from speech.level import levelled
from speech.options import SpeechOptions, Voice
from speech.planning import Utterance
from speech.recognising import recognise

__all__ = ["Recorded", "align"]

_RATE = 48_000
_SHORTEST_S, _MOST_S = 0.2, 3 * 3600.0
_SILENT = 10 ** (-55 / 20)
_PACES = (0.35, 2.8)
_ESPEAK_RATE = 22_050


class Recorded:
    """Speaks nothing: it times what was recorded. With a transcript in any language of eSpeak NG, or without words."""

    def card(self) -> EngineCard:
        return EngineCard("recorded", version("pocketsphinx"), "BSD-2-Clause")

    def voices(self) -> tuple[Voice, ...]:
        return ()

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        if options.audio is None:
            raise AudioError("The engine recorded needs a recording: give --audio FILE.")
        if options.voice is not None:
            raise OptionError("A recording has its own voice: leave out --voice, or leave out --audio.")
        progress(0.0, "reading the recording")
        heard = _checked(media.decode_audio(options.audio, FEATURE_RATE), options.audio.name)
        words = list(utterances)
        if words:
            timed = align(heard, words, progress.part(0.1, 0.8))
        else:
            progress(0.1, "listening")
            phonemes = tuple(recognise(heard, progress.part(0.1, 0.8)))
            timed = Speech(heard, FEATURE_RATE, options.lang or "en", phonemes, timing="recognised")
        sound = levelled(media.decode_audio(options.audio, _RATE), _RATE)
        yield replace(timed, samples=sound, rate=_RATE)


def _checked(samples: np.ndarray, name: str) -> np.ndarray:
    seconds = len(samples) / FEATURE_RATE
    if seconds < _SHORTEST_S:
        raise AudioError(f"The recording {name} is empty or shorter than {_SHORTEST_S:g} s: record some speech.")
    if seconds > _MOST_S:
        raise AudioError(f"The recording {name} lasts {seconds / 3600:.1f} h, at most 3 h are used: cut it into parts.")
    if not np.isfinite(samples).all() or np.abs(samples).max() < _SILENT:
        raise AudioError(f"The recording {name} is silent: check the microphone and its level.")
    return samples


def align(heard: np.ndarray, utterances: Sequence[Utterance], progress: Progress) -> Speech:
    """Time the words of ``utterances`` in ``heard``, mono float32 [n] at 16 kHz that speaks them.

    eSpeak NG tells the phones. In English an acoustic model places them; in other languages, in recordings of more
    than five minutes, and where the model fails, eSpeak NG's own timed sound is warped onto the recording. AudioError
    where the recording is far too short or too long for the words.
    """
    progress(0.0, "speaking the transcript")
    pace = _pace(heard, _reference(utterances, 1.0).samples)
    reference = _reference(utterances, pace)
    progress(0.3, "aligning")
    spans = None
    if utterances[0].language.split("-")[0] == "en" and len(heard) <= LONGEST_S * FEATURE_RATE:
        spans = force(heard, _phones_by_word(reference))
    spans = spans or _warped(reference, heard)
    moved = [replace(p, start=a, end=b) for p, (a, b) in zip(reference.phonemes, spans, strict=True)]
    phonemes = _without_silence(moved, speech_frames(heard))
    return Speech(heard, FEATURE_RATE, utterances[0].language, phonemes, _words(reference, phonemes), timing="aligned")


def _warped(reference: Speech, heard: np.ndarray) -> list[tuple[float, float]]:
    """Start and end of every phone of ``reference`` in the recording, by dynamic time warping of the two sounds."""
    places = warp(features(_at_feature_rate(reference.samples)), features(heard)) / FEATURE_HZ
    own = np.arange(len(places)) / FEATURE_HZ
    edges = np.array([[p.start, p.end] for p in reference.phonemes])
    return [(float(a), float(b)) for a, b in np.clip(np.interp(edges, own, places), 0, len(heard) / FEATURE_RATE)]


def _word_of(reference: Speech) -> np.ndarray:
    """The number of the word that each phone belongs to."""
    starts = np.array([word.start for word in reference.words])
    middles = np.array([(p.start + p.end) / 2 for p in reference.phonemes])
    return np.maximum(np.searchsorted(starts, middles, side="right") - 1, 0)


def _phones_by_word(reference: Speech) -> list[list[str]]:
    groups: list[list[str]] = []
    last = -1
    for phone, word in zip(reference.phonemes, _word_of(reference), strict=True):
        if word != last:
            groups.append([])
        groups[-1].append(phone.ipa)
        last = int(word)
    return groups


def _words(reference: Speech, phonemes: Sequence[Phoneme]) -> tuple[Word, ...]:
    """The words of ``reference`` at the times of their phones; one without phones stands where the last one ended."""
    owners = _word_of(reference)
    words: list[Word] = []
    reached = 0.0
    for number, word in enumerate(reference.words):
        own = np.flatnonzero(owners == number)
        start, end = (phonemes[own[0]].start, phonemes[own[-1]].end) if len(own) else (reached, reached)
        words.append(Word(start, end, word.text))
        reached = end
    return tuple(words)


def _reference(utterances: Sequence[Utterance], pace: float) -> Speech:
    """The utterances one after another as eSpeak NG says them."""
    plain = [
        replace(u, voice=None, words=tuple(replace(w, pace=1.0, emphasis=False) for w in u.words)) for u in utterances
    ]
    samples, phonemes, words, offset = [], [], [], 0.0
    for piece in Espeak().speak(plain, SpeechOptions(speed=min(2.0, max(0.5, pace))), Progress(lambda f, m: None)):
        phonemes += [replace(p, start=p.start + offset, end=p.end + offset) for p in piece.phonemes]
        words += [replace(w, start=w.start + offset, end=w.end + offset) for w in piece.words]
        samples.append(piece.samples)
        offset += piece.seconds
    return Speech(np.concatenate(samples), _ESPEAK_RATE, plain[0].language, tuple(phonemes), tuple(words))


def _at_feature_rate(samples: np.ndarray) -> np.ndarray:
    from scipy.signal import resample_poly

    return resample_poly(samples, 320, 441).astype(np.float32)


def _pace(heard: np.ndarray, spoken: np.ndarray) -> float:
    """How much faster than eSpeak NG the recording is, counting speech alone."""
    recorded = speech_frames(heard).sum() / FEATURE_HZ
    expected = speech_frames(_at_feature_rate(spoken)).sum() / FEATURE_HZ
    pace = float(expected / max(recorded, 0.05))
    if not _PACES[0] <= pace <= _PACES[1]:
        raise AudioError(
            f"The transcript does not fit the recording: its words take about {expected:.0f} s, "
            f"but {recorded:.0f} s of speech were recorded."
        )
    return pace


def _without_silence(phonemes: Sequence[Phoneme], speech: np.ndarray) -> tuple[Phoneme, ...]:
    """Phones whose end reaches into a pause of the recording end where the sound ends; none is shorter than 10 ms."""
    trimmed, reached = [], 0.0
    for phone in phonemes:
        start = max(phone.start, reached)
        end = max(phone.end, start + 0.01)
        first, last = int(start * FEATURE_HZ), int(np.ceil(end * FEATURE_HZ))
        loud = np.flatnonzero(speech[first:last])
        if len(loud) and last - first - loud[-1] > 12:
            end = max(start + 0.03, (first + loud[-1] + 2) / FEATURE_HZ)
        trimmed.append(replace(phone, start=start, end=end))
        reached = end
    return tuple(trimmed)
