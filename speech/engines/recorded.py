"""The user's own recording: levelled, heard, its phones aligned to its words or recognised from the sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from typing import ClassVar

from avatar.core.errors import AudioError, OptionError, ScriptError, VoiceError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import EngineCard, Script, Speech
from speech.espeak.utterances import voice_for
from speech.options import SpeechOptions, Voice
from speech.recorded.alignment import FEATURE_RATE
from speech.recorded.anchored import anchored, heard_words
from speech.recorded.hearing import PACKAGED, Heard, can_hear, hear
from speech.recorded.recognising import recognise
from speech.recorded.recording import SOUND_RATE, Recording, read_recording
from speech.recorded.transcript import align
from speech.text.lexicon import read_lexicon
from speech.text.planning import Utterance, plan
from speech.voices.places import cache_folder

__all__ = ["Recorded", "align"]

_SWITCH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_TOLD_FROM_LETTERS = "en"  # what Latin letters are taken for
_SURE = 0.8
_WRITTEN_TOGETHER = frozenset({"ja", "zh", "yue"})


class Recorded:
    """Speaks nothing: it times what was recorded, for hours if need be, in flat memory.

    With a transcript in any language of eSpeak NG, or without words. Engine options: ``trim`` (yes or no, no by
    default) cuts the silence at both ends; ``hear`` (yes, no, or the name of pulled weights; yes where the extra is
    installed) has the words heard.
    """

    options: ClassVar[tuple[str, ...]] = ("trim", "hear")
    side_by_side: ClassVar[bool] = False

    def card(self, voice: str | None = None) -> EngineCard:
        return EngineCard("recorded", version("pocketsphinx"), "BSD-2-Clause")

    def voices(self) -> tuple[Voice, ...]:
        return ()

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        if options.audio is None:
            raise AudioError("The engine recorded needs a recording: give --audio FILE.")
        if options.voice is not None:
            raise OptionError("A recording has its own voice: leave out --voice, or leave out --audio.")
        trim = _switch(options.engine_options, "trim")
        model = _model(options.engine_options)
        progress(0.0, "reading the recording")
        folder = options.cache or cache_folder()
        recording = read_recording(options.audio, folder, trim, progress.part(0.0, 0.3))
        timed = _timed(recording, list(utterances), options, model, progress.part(0.3, 1.0))
        yield replace(timed, samples=recording.sound, rate=SOUND_RATE, notes=recording.notes + timed.notes)


def _switch(given: Mapping[str, str], name: str) -> bool:
    value = given.get(name, "no")
    if value.lower() not in _SWITCH:
        raise OptionError(f"{name}={value} is no switch: say {name}=yes or {name}=no.")
    return _SWITCH[value.lower()]


def _model(given: Mapping[str, str]) -> str | None:
    """The model that listens; None where nobody is to, or nobody is here."""
    value = given.get("hear", "")
    if value.lower() in _SWITCH:
        return PACKAGED if _SWITCH[value.lower()] else None
    return value or (PACKAGED if can_hear() else None)


def _timed(
    recording: Recording, words: list[Utterance], options: SpeechOptions, model: str | None, progress: Progress
) -> Speech:
    if model is None:
        told = () if "hear" in options.engine_options else (Message("not_heard"),)
        timed = _unheard(recording, words, options.lang or "en", progress)
        return replace(timed, notes=timed.notes + told)
    heard = hear(recording.heard, _named(options), model, progress.part(0.0, 0.6))
    if not heard.words:
        timed = _unheard(recording, words, options.lang or "en", progress.part(0.6, 1.0))
        return replace(timed, notes=(*timed.notes, Message("no_words_heard")))
    if words:
        return anchored(recording.heard, _in_its_language(words, heard, options), heard, progress.part(0.6, 1.0))
    return _as_heard(recording, heard, options, progress.part(0.6, 1.0))


def _named(options: SpeechOptions) -> str | None:
    """The language that was named, as the model names it."""
    return options.lang.lower().replace("_", "-").split("-")[0] if options.lang else None


def _unheard(recording: Recording, words: list[Utterance], language: str, progress: Progress) -> Speech:
    if words:
        return align(recording.heard, words, progress)
    phonemes = tuple(recognise(recording.heard, progress))
    if not phonemes:
        raise AudioError(Message("audio_without_words"))
    return Speech(recording.heard, FEATURE_RATE, language, phonemes, timing="recognised")


def _in_its_language(words: list[Utterance], heard: Heard, options: SpeechOptions) -> list[Utterance]:
    """A transcript in Latin letters, which tell no language, in the one that was heard."""
    if options.lang or heard.sure < _SURE or heard.language == _TOLD_FROM_LETTERS or not _speaks(heard.language):
        return words
    return [replace(one, language=heard.language) if one.language == _TOLD_FROM_LETTERS else one for one in words]


def _speaks(language: str) -> bool:
    try:
        voice_for(language)
    except VoiceError:
        return False
    return True


def _planned(heard: Heard, options: SpeechOptions) -> list[Utterance]:
    """What was heard, as it is spoken; VoiceError for Chinese characters that eSpeak NG does not read in Japanese."""
    script = Script(heard.text, heard.text)
    planned = list(plan(script, heard.language, read_lexicon(options.lexicon)))
    if heard.language == "ja" and any("\u3400" <= letter <= "\u9fff" for one in planned for letter in one.spoken):
        raise VoiceError(Message("espeak_lacks_language", language=heard.language))
    return planned


def _as_heard(recording: Recording, heard: Heard, options: SpeechOptions, progress: Progress) -> Speech:
    """The words that were heard, and the phones of their language; those of an English model where eSpeak NG does not
    speak it, or does not read its writing."""
    if _speaks(heard.language):
        with suppress(ScriptError, VoiceError):
            utterances = _planned(heard, options)
            timed = anchored(recording.heard, utterances, heard, progress)
            words = heard_words(heard) if heard.language in _WRITTEN_TOGETHER else timed.words
            return replace(timed, words=words, language=heard.language, notes=())
    phonemes = tuple(recognise(recording.heard, progress))
    told = Message("language_not_spoken", language=heard.language)
    return Speech(recording.heard, FEATURE_RATE, heard.language, phonemes, heard_words(heard), timing="recognised",
                  notes=(told,))  # fmt: skip
