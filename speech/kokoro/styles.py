"""Voices of Kokoro: style vectors, their mixtures, and the presets that have names.

A style vector has two halves: how the voice sounds, and how it moves (durations, pitch, loudness). A preset may take
them from different mixtures, and may speak higher or lower than they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from avatar.core.errors import VoiceError

__all__ = ["DEFAULT", "LANGUAGES", "PREFIX", "PRESETS", "STYLES", "Preset", "preset_of", "style_of"]

PREFIX = "kokoro-"
_HALF = 128

STYLES = {"alpha": "jf_alpha", "gongitsune": "jf_gongitsune", "nezumi": "jf_nezumi", "tebukuro": "jf_tebukuro",
          "kumo": "jm_kumo"}  # fmt: skip
"""Names of the style vectors, as users write them → as the file has them."""

LANGUAGES: Mapping[str, str] = {
    "en": "native", "ru": "accented", "es": "native", "it": "native", "pt": "native", "de": "accented",
    "fr": "accented", "pl": "accented", "uk": "robotic", "tr": "robotic",
}  # fmt: skip
"""Language → how well it is spoken, by the word error rate of docs/speech-quality.md: native below 0.15, accented below
0.4, robotic above."""


@dataclass(frozen=True)
class Preset:
    """A voice: what its sound and its movement are mixed of (style → share), and a factor on its pitch; of a named one
    ``gender``, ``manner`` in a word, and a ``sample`` in English."""

    name: str
    sound: Mapping[str, float]
    movement: Mapping[str, float]
    pitch: float
    gender: str = ""
    manner: str = "mixed"
    sample: str = ""


def _preset(name: str, sound: str, movement: str | None = None, pitch: float = 1.0, *said_of_it: str) -> Preset:
    """A preset of two mixtures as users write them; ``said_of_it``: gender, manner, sample."""
    return Preset(PREFIX + name, _mixture(sound), _mixture(movement or sound), pitch, *said_of_it)


def _mixture(written: str) -> dict[str, float]:
    """``alpha+kumo:0.3`` → shares that sum to 1; those without a number divide what is left."""
    shares: dict[str, float | None] = {}
    for part in written.split("+"):
        style, colon, number = part.partition(":")
        if style not in STYLES or style in shares:
            raise VoiceError(_wrong(written, f"{style!r} is none of {', '.join(STYLES)}, or stands there twice"))
        shares[style] = _share(written, number) if colon else None
    given = sum(share for share in shares.values() if share is not None)
    open_ones = [style for style, share in shares.items() if share is None]
    left = (1.0 - given) / max(1, len(open_ones))
    if given > 1.0 + 1e-9 or (not open_ones and abs(given - 1.0) > 1e-6):
        raise VoiceError(_wrong(written, f"its shares sum to {given:g} instead of 1"))
    return {style: left if share is None else share for style, share in shares.items()}


def _share(written: str, number: str) -> float:
    try:
        share = float(number)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise VoiceError(_wrong(written, f"{number!r} is no share from 0 to 1"))
    return share


def _wrong(written: str, why: str) -> str:
    return f"{PREFIX}{written} is no voice of Kokoro: {why}. A mixture is written {PREFIX}alpha+kumo:0.3."


_NAMED = (
    _preset("vera", "gongitsune:0.6+kumo:0.4", "gongitsune+kumo", 1.15,
            "woman", "warm", "Hello, I am Vera. Let me tell you how my day began."),
    _preset("nina", "alpha:0.6+kumo:0.4", None, 1.15,
            "woman", "bright", "Hi, I am Nina, and I have good news for you!"),
    _preset("olga", "nezumi:0.7+kumo:0.3", "nezumi+kumo", 1.0,
            "woman", "soft", "I am Olga. Take your time, there is no hurry."),
    _preset("mark", "kumo", None, 1.0,
            "man", "deep", "I am Mark. Good evening, and welcome to the news."),
    _preset("leo", "kumo:0.6+alpha:0.4", "kumo:0.7+alpha:0.3", 0.9,
            "man", "calm", "Hello, I am Leo. Let us look at this step by step."),
)  # fmt: skip
PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _NAMED}
"""Named voices, by name, in the order in which they are offered."""

DEFAULT = "kokoro-vera"


def preset_of(voice: str | None) -> Preset:
    """The named voice, or the mixture that ``voice`` writes out; VoiceError for what is neither."""
    name = voice or DEFAULT
    if name in PRESETS:
        return PRESETS[name]
    if not name.startswith(PREFIX):
        raise VoiceError(_wrong(name, f"voices begin with {PREFIX}"))
    return _preset(name.removeprefix(PREFIX), name.removeprefix(PREFIX))


def style_of(preset: Preset, styles: Mapping[str, np.ndarray], symbols: int) -> np.ndarray:
    """The style float32 [1, 256] for a text of so many symbols; ``styles``: float32 [lengths, 1, 256] each."""

    def mixed(shares: Mapping[str, float]) -> np.ndarray:
        parts = [share * styles[STYLES[style]] for style, share in shares.items()]
        rows = np.sum(parts, axis=0)
        return np.asarray(rows[min(symbols, len(rows) - 1)])

    sound, movement = mixed(preset.sound), mixed(preset.movement)
    return np.concatenate([sound[:, :_HALF], movement[:, _HALF:]], axis=1).astype(np.float32)
