"""The user's own recording: levelled, its phones aligned to a transcript or recognised from the sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import ClassVar

from avatar.core.errors import AudioError, OptionError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import EngineCard, Speech
from speech.options import SpeechOptions, Voice
from speech.recorded.alignment import FEATURE_RATE
from speech.recorded.recognising import recognise
from speech.recorded.recording import SOUND_RATE, Recording, read_recording
from speech.recorded.transcript import align
from speech.text.planning import Utterance
from speech.voices.places import cache_folder

__all__ = ["Recorded", "align"]

_SWITCH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class Recorded:
    """Speaks nothing: it times what was recorded, for hours if need be, in flat memory.

    With a transcript in any language of eSpeak NG, or without words. Engine option: ``trim`` (yes or no, no by
    default) cuts the silence at both ends.
    """

    options: ClassVar[tuple[str, ...]] = ("trim",)

    def card(self, voice: str | None = None) -> EngineCard:
        return EngineCard("recorded", version("pocketsphinx"), "BSD-2-Clause")

    def voices(self) -> tuple[Voice, ...]:
        return ()

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        if options.audio is None:
            raise AudioError("The engine recorded needs a recording: give --audio FILE.")
        if options.voice is not None:
            raise OptionError("A recording has its own voice: leave out --voice, or leave out --audio.")
        trim = _trim(options.engine_options)
        progress(0.0, "reading the recording")
        folder = options.cache or cache_folder()
        recording = read_recording(options.audio, folder, trim, progress.part(0.0, 0.4))
        timed = _timed(recording, list(utterances), options.lang or "en", progress.part(0.4, 1.0))
        yield replace(timed, samples=recording.sound, rate=SOUND_RATE, notes=recording.notes + timed.notes)


def _trim(options: Mapping[str, str]) -> bool:
    given = options.get("trim", "no")
    if given.lower() not in _SWITCH:
        raise OptionError(f"trim={given} is no switch: say trim=yes or trim=no.")
    return _SWITCH[given.lower()]


def _timed(recording: Recording, words: list[Utterance], language: str, progress: Progress) -> Speech:
    if words:
        return align(recording.heard, words, progress)
    phonemes = tuple(recognise(recording.heard, progress))
    if not phonemes:
        raise AudioError(Message("audio_without_words"))
    return Speech(recording.heard, FEATURE_RATE, language, phonemes, timing="recognised")
