"""Which engine and which voice speak a language."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache

from avatar.core.errors import MissingEngine, VoiceError
from speech.engines import ENGINES
from speech.engines.protocol import SpeechEngine
from speech.options import Voice

__all__ = ["Choice", "engine_named", "resolve"]

_AUTOMATIC = ("piper", "espeak")


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


@lru_cache(maxsize=256)
def resolve(language: str, voice: str | None = None, engine: str | None = None) -> Choice:
    """Choose who speaks ``language``.

    A named voice decides; else the named engine; else a neural voice of the language, else eSpeak NG, which is told.
    VoiceError for an unknown voice or a language that nobody speaks.
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
        if chosen is not None:
            return Choice(name, chosen.name, _note(language, chosen))
    raise VoiceError(f"No voice here speaks {language!r}: `govorun voices` lists the languages.")


def _note(language: str, voice: Voice) -> str | None:
    if voice.quality != "robotic":
        return None
    return f"No neural voice for {language} is installed: {voice.engine} speaks it ({voice.name}, robotic)."


def _by_engine(language: str, engine: str) -> Choice:
    voices = engine_named(engine).voices()
    if not voices or _first_speaking(language, voices):
        chosen = _first_speaking(language, voices)
        return Choice(engine, chosen.name if chosen else None)
    languages = ", ".join(sorted({voice.language for voice in voices}))
    raise VoiceError(
        f"The engine {engine} has no voice for {language!r}, only {languages}: choose another --speech-engine."
    )


def _by_voice(voice: str, engine: str | None) -> Choice:
    names = [engine] if engine is not None else [*_AUTOMATIC, "tone"]
    if voice.endswith(".onnx") and "piper" in names:
        return Choice("piper", voice)
    known: list[str] = []
    for name in names:
        try:
            voices = [v.name for v in engine_named(name).voices()]
        except MissingEngine:
            if engine is not None:
                raise
            continue
        if voice in voices:
            return Choice(name, voice)
        known += voices
    raise VoiceError(_unknown(voice, known))


def _unknown(voice: str, known: list[str]) -> str:
    near = difflib.get_close_matches(voice, known, 3, 0.5)
    advice = f"did you mean {' or '.join(near)}? " if near else ""
    listed = "`govorun voices` lists the voices, and a Piper voice may be given as a path to its .onnx file."
    return f"Unknown voice {voice!r}: {advice}{listed}"


def _first_speaking(language: str, voices: tuple[Voice, ...]) -> Voice | None:
    wanted = language.lower().replace("_", "-")
    exact = [v for v in voices if v.language.lower().replace("_", "-") == wanted]
    alike = [v for v in voices if v.language.lower().replace("_", "-").split("-")[0] == wanted.split("-")[0]]
    anyone = [v for v in voices if v.language == "mul"]
    return next(iter([*exact, *alike, *anyone]), None)
