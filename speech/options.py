"""What a user may choose about the speech, and what a voice says of itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from avatar.core.errors import OptionError

__all__ = ["SpeechOptions", "Voice", "speaker_of"]


@dataclass(frozen=True)
class SpeechOptions:
    """Choices for one speech; the defaults speak any script.

    ``lang``: language code, None to tell it from the letters. ``speed``: 0.5 to 2, times the voice's own pace.
    ``audio``: a recording to use instead of a voice, ``transcript``: the words in it. ``lexicon``: a file of
    pronunciations. ``engine_options``: KEY=VALUE of the engine. ``cache``: folder for prepared voices and spoken
    sentences, the user's cache folder by default. ``remember``: whether sentences spoken before are taken from there.
    ``cores``: how many of the machine may be used; the sound is the same with any number.
    """

    voice: str | None = None
    lang: str | None = None
    seed: int = 0
    speed: float = 1.0
    audio: Path | None = None
    transcript: str | None = None
    lexicon: Path | None = None
    engine_options: Mapping[str, str] = field(default_factory=dict)
    cache: Path | None = None
    remember: bool = True
    cores: int = 1

    def __post_init__(self) -> None:
        if not 0.5 <= self.speed <= 2.0:
            raise OptionError(f"Speed {self.speed:g} is out of range: choose 0.5 to 2.")

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """The engine's option ``key`` as a number; OptionError where it is none from ``low`` to ``high``."""
        given = self.engine_options.get(key)
        if given is None:
            return default
        try:
            value = float(given)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise OptionError(f"{key}={given} is out of range: choose a number from {low:g} to {high:g}.")
        return value


@dataclass(frozen=True)
class Voice:
    """One voice: ``name`` to ask for it by, ``language`` code ("mul": several), ``quality`` "neural", "robotic" or
    "test".

    ``gender`` "woman" or "man", ``manner`` in a word and a ``sample`` to say, where they are known. ``languages``: of a
    voice with several, each with how well it speaks it: "native", "accented", "robotic".
    """

    name: str
    language: str
    licence: str
    quality: str
    engine: str
    gender: str = ""
    manner: str = ""
    languages: Mapping[str, str] = field(default_factory=dict)
    sample: str = ""

    def speaks(self, language: str) -> str | None:
        """How well it speaks ``language``: one of ``languages``, its ``quality``, or None where it does not."""
        wanted = language.replace("_", "-").split("-")[0].lower()
        if self.languages:
            return self.languages.get(wanted)
        own = self.language.replace("_", "-").split("-")[0].lower()
        return self.quality if own in (wanted, "mul") else None


def speaker_of(voice: str) -> tuple[str, str | None]:
    """``NAME:SPEAKER`` as name and speaker, the speaker None where there is none; a drive letter is no name."""
    name, colon, speaker = voice.rpartition(":")
    if not colon or len(name) < 2 or not speaker or "/" in speaker or "\\" in speaker:
        return voice, None
    return name, speaker
