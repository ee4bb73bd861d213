"""What a user may choose about the speech, and what a voice says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from avatar.core.errors import OptionError

__all__ = ["SpeechOptions", "Voice"]


@dataclass(frozen=True)
class SpeechOptions:
    """Choices for one speech; the defaults speak any script.

    ``lang``: language code, None to tell it from the letters. ``speed``: 0.5 to 2, times the voice's own pace.
    ``audio``: a recording to use instead of a voice, ``transcript``: the words in it. ``lexicon``: a file of
    pronunciations. ``engine_options``: KEY=VALUE of the engine. ``cache``: folder for prepared voices, the user's
    cache folder by default.
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

    def __post_init__(self) -> None:
        if not 0.5 <= self.speed <= 2.0:
            raise OptionError(f"Speed {self.speed:g} is out of range: choose 0.5 to 2.")


@dataclass(frozen=True)
class Voice:
    """One voice: ``name`` to ask for it by, ``language`` code, ``quality`` "neural", "robotic" or "test"."""

    name: str
    language: str
    licence: str
    quality: str
    engine: str
