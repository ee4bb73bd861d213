"""Which engine and which voice speak a language."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from avatar.core.errors import MissingEngine, OptionError, VoiceError
from avatar.core.reasons import Message
from speech.engines import ENGINES
from speech.engines.protocol import SpeechEngine
from speech.kokoro.styles import PREFIX, preset_of
from speech.options import Voice, speaker_of

__all__ = ["Choice", "check_engine_options", "engine_named", "resolve"]

_AUTOMATIC = ("piper", "kokoro", "espeak")
_BY_NAME = {"coqui": "the folder of a Coqui model or a name like tts_models/multilingual/multi-dataset/xtts_v2"}
"""Engines whose voices cannot be listed, they find what is named themselves; and what is to be named."""
_LAST = "espeak"
"""Who speaks a language that the others speak robotically or not at all."""
_ROBOTIC = "robotic"
_CATALOGUE_NAME = re.compile(r"[a-z]{2,3}_[A-Z]{2,3}-[\w+]+-(?:x_low|low|medium|high)")


@dataclass(frozen=True)
class Choice:
    """An engine, the voice to ask it for (None: its own), and what the user should know about the choice."""

    engine: str
    voice: str | None
    note: str | None = None


def engine_named(name: str) -> SpeechEngine:
    """The engine ``name``; OptionError for a name that is not in the table."""
    engine: SpeechEngine = ENGINES.resolve(name)()
    return engine


def check_engine_options(engine: str | None, voice: str | None, given: Iterable[str]) -> None:
    """OptionError for an option that no engine in question has: the named one, the voice's, or any that may be it."""
    if engine is None and voice is not None:
        engine = resolve("", voice).engine
    known = {name for one in ((engine,) if engine else _AUTOMATIC) for name in engine_named(one).options}
    for name in given:
        if name not in known:
            who = f"Speech engine {engine} has" if engine else f"The speech engines {' and '.join(_AUTOMATIC)} have"
            choices = f"choose from {', '.join(sorted(known))}" if known else "it has none of its own"
            raise OptionError(f"{who} no option {name!r}: {choices}.")


def resolve(language: str, voice: str | None = None, engine: str | None = None) -> Choice:
    """Choose who speaks ``language``.

    A named voice decides; else the named engine; else a neural voice that speaks the language well, else eSpeak NG,
    which is told, as an accent is.
    A voice of Piper's catalogue need not be here yet. VoiceError for an unknown voice or a language that nobody speaks.
    """
    if voice is not None:
        return _by_voice(voice, engine)
    if engine is not None:
        return _by_engine(language, engine)
    for name in _AUTOMATIC:
        try:
            chosen = _first_speaking(language, engine_named(name).voices())
        except MissingEngine:
            continue
        if chosen is not None and (name == _LAST or chosen.speaks(language) != _ROBOTIC):
            return Choice(name, chosen.name, _note(language, chosen))
    raise VoiceError(Message("no_voice_for_language", language=language))


def _note(language: str, voice: Voice) -> str | None:
    how = voice.speaks(language)
    if how == _ROBOTIC:
        return Message("robotic_voice", language=language, engine=voice.engine, voice=voice.name)
    return Message("accented_voice", language=language, voice=voice.name) if how == "accented" else None


def _by_engine(language: str, engine: str) -> Choice:
    voices = engine_named(engine).voices()
    chosen = _first_speaking(language, voices)
    if chosen is not None or (not voices and engine not in _BY_NAME):
        return Choice(engine, chosen.name if chosen else None)
    if not voices:
        raise VoiceError(f"The engine {engine} has no voice here: name one with --voice, {_BY_NAME[engine]}.")
    known = ", ".join(sorted({code for voice in voices for code in voice.languages or (voice.language,)}))
    raise VoiceError(Message("engine_lacks_language", engine=engine, language=language, known=known))


def _by_voice(voice: str, engine: str | None) -> Choice:
    names = [engine] if engine is not None else [*_AUTOMATIC, "tone"]
    bare = speaker_of(voice)[0]
    if bare.endswith(".onnx") and "piper" in names:
        return Choice("piper", voice)
    if engine in _BY_NAME or (bare.startswith("tts_models/") and engine is None):
        return Choice(engine or "coqui", voice)
    if bare.startswith(PREFIX) and "kokoro" in names:
        preset_of(voice)
        return Choice("kokoro", voice)
    known: list[str] = []
    for name in names:
        try:
            voices = [v.name for v in engine_named(name).voices()]
        except MissingEngine:
            if engine is not None:
                raise
            continue
        if voice in voices or (bare in voices and name == "piper"):
            return Choice(name, voice)
        known += voices
    if _CATALOGUE_NAME.fullmatch(bare) and "piper" in names:
        return Choice("piper", voice)
    raise VoiceError(_unknown(voice, known))


def _unknown(voice: str, known: list[str]) -> str:
    near = difflib.get_close_matches(voice, known, 3, 0.5)
    listed = "`govorun voices` lists the voices, and a Piper voice may be given as a path to its .onnx file."
    if near:
        return Message("misspelt_voice", voice=voice, near=" or ".join(near), nearest=near[0], listed=listed)
    return Message("unknown_voice", voice=voice, listed=listed)


def _first_speaking(language: str, voices: tuple[Voice, ...]) -> Voice | None:
    wanted = language.lower().replace("_", "-")
    exact = [v for v in voices if v.language.lower().replace("_", "-") == wanted]
    alike = [v for v in voices if v.language.lower().replace("_", "-").split("-")[0] == wanted.split("-")[0]]
    anyone = [v for v in voices if v.language == "mul" and v.speaks(language)]
    return next(iter([*exact, *alike, *anyone]), None)
