"""The one table of script directions: how each is written, which values it takes, what it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["DIRECTIONS", "DirectionRule", "Extent", "gain_of", "pace_of", "pause_seconds", "pitch_of"]

Extent = Literal["point", "range", "span"]
"""``point``: an event. ``range``: must be closed by ``[/name]``. ``span``: closed, or until the next of its group."""

LONGEST_PAUSE_S = 60.0
PACES = (0.5, 2.0)
PITCHES = (0.74, 1.5)
DECIBELS = (-40.0, 12.0)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|)")
_PERCENT = re.compile(r"([+-]?)(\d{1,3}(?:\.\d{1,3})?)\s*%")
_SEMITONES = re.compile(r"([+-]?\d{1,2}(?:\.\d{1,3})?)\s*st")
_DECIBELS = re.compile(r"([+-]?\d{1,2}(?:\.\d{1,3})?)\s*dB", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_STRENGTH = re.compile(r"\d(?:\.\d{1,3})?")
_IPA = re.compile(r"[^\W\d_A-Z]+(?:[ .]?[^\W\d_A-Z]+)*")
_IPA_MARKS = str.maketrans("", "", "ˈˌːˑʲʰʷ̃͡˞̩̥̯")


@dataclass(frozen=True)
class DirectionRule:
    """One row of the table.

    ``group``: spans of one group end one another. ``value``: "none", "optional" or "required".
    ``valid``: what a right value looks like, for messages. ``acts``: False while the product only remembers it.
    """

    name: str
    extent: Extent
    group: str
    value: Literal["none", "optional", "required"]
    valid: str
    accepts: Callable[[str], bool]
    meaning: str
    acts: bool = True


def pause_seconds(value: str) -> float:
    """Seconds of a pause as written (``1.5s``, ``400ms``, ``2``; empty is half a second); ValueError otherwise."""
    if not value:
        return 0.5
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        raise ValueError(f"{value!r} is no duration")
    seconds = float(match[1]) / (1000.0 if match[2] == "ms" else 1.0)
    if seconds > LONGEST_PAUSE_S:
        raise ValueError(f"{value!r} is longer than {LONGEST_PAUSE_S:g} s")
    return seconds


def pace_of(value: str) -> float:
    """Times the voice's own pace: ``80%`` and ``-20%`` are 0.8; ValueError for what is no percentage of 50 to 200."""
    return _within(_percentage(value), PACES, value)


def pitch_of(value: str) -> float:
    """Times the voice's own pitch: ``+10%``, ``110%`` or semitones as ``-2st``; ValueError beyond 0.74 to 1.5."""
    semitones = _SEMITONES.fullmatch(value.strip())
    factor = 2 ** (float(semitones[1]) / 12) if semitones else _percentage(value)
    return _within(factor, PITCHES, value)


def gain_of(value: str) -> float:
    """Times the voice's own amplitude: decibels, ``-6dB`` is about 0.5; ValueError beyond -40 to 12 dB."""
    match = _DECIBELS.fullmatch(value.strip())
    if match is None:
        raise ValueError(f"{value!r} is no number of decibels")
    return float(10 ** (_within(float(match[1]), DECIBELS, value) / 20))


def _percentage(value: str) -> float:
    match = _PERCENT.fullmatch(value.strip())
    if match is None:
        raise ValueError(f"{value!r} is no percentage")
    share = float(match[2]) / 100
    return {"+": 1 + share, "-": 1 - share, "": share}[match[1]]


def _within(number: float, limits: tuple[float, float], value: str) -> float:
    if not limits[0] <= number <= limits[1]:
        raise ValueError(f"{value!r} is beyond what a voice can do")
    return number


def _read_by(read: Callable[[str], float]) -> Callable[[str], bool]:
    """Whether ``read`` understands a value."""

    def accepts(value: str) -> bool:
        try:
            read(value)
        except ValueError:
            return False
        return True

    return accepts


def _is_ipa(value: str) -> bool:
    return bool(_IPA.fullmatch(value.translate(_IPA_MARKS)))


def _one_of(*choices: str) -> tuple[str, Callable[[str], bool]]:
    return "one of " + ", ".join(choices), lambda value: value in choices


def _nothing(value: str) -> bool:
    return not value


def _anything(value: str) -> bool:
    return bool(value)


def _speech_rules() -> list[DirectionRule]:
    ipa = "phones in IPA, as in [say: təˈmɑːtəʊ]tomato[/say]"
    language = "a language code such as en or ru"
    pause = "a time up to 60 s, 1.5s or 400ms"
    rate = "a percentage from 50% to 200%, 80% or -20% for example"
    pitch = "+10%, -20% or semitones such as +2st, from -26% to +50%"
    volume = "decibels from -40dB to +12dB, -6dB for example"
    return [
        DirectionRule("pause", "point", "pause", "optional", pause, _read_by(pause_seconds), "silence"),
        DirectionRule("slow", "range", "pace", "none", "nothing", _nothing, "speaks more slowly"),
        DirectionRule("fast", "range", "pace", "none", "nothing", _nothing, "speaks faster"),
        DirectionRule("rate", "range", "pace", "required", rate, _read_by(pace_of), "speaks at this pace"),
        DirectionRule("pitch", "range", "pitch", "required", pitch, _read_by(pitch_of), "speaks higher or lower"),
        DirectionRule("volume", "range", "volume", "required", volume, _read_by(gain_of), "speaks louder or softer"),
        DirectionRule(
            "emphasis", "range", "emphasis", "none", "nothing", _nothing, "stresses the words, as *stars* do"
        ),
        DirectionRule("say", "range", "say", "required", ipa, _is_ipa, "pronounces the words as given"),
        DirectionRule("voice", "span", "voice", "required", "the name of a voice", _anything, "changes the voice"),
        DirectionRule("lang", "span", "lang", "required", language, _is_language, "changes the language"),
    ]


def _is_language(value: str) -> bool:
    return _LANGUAGE.fullmatch(value) is not None


def _is_strength(value: str) -> bool:
    return _STRENGTH.fullmatch(value) is not None and float(value) <= 1.5


def _acting_rules() -> list[DirectionRule]:
    looks, is_look = _one_of("left", "right", "up", "down", "camera")
    styles, is_style = _one_of("calm", "natural", "lively", "presenter")
    sides, is_side = _one_of("left", "right")
    strength = "a strength from 0 to 1.5, as in [happy: 0.5]"
    moods = [
        DirectionRule(name, "span", "mood", "optional", strength, _is_strength, f"the face is {name}")
        for name in ("neutral", "happy", "sad", "angry", "surprised")
    ]
    return [
        *moods,
        DirectionRule("nod", "point", "gesture", "none", "nothing", _nothing, "the head nods"),
        DirectionRule("shake", "point", "gesture", "none", "nothing", _nothing, "the head shakes"),
        DirectionRule("shrug", "point", "gesture", "none", "nothing", _nothing, "the shoulders shrug"),
        DirectionRule("look", "point", "gesture", "required", looks, is_look, "the eyes look there"),
        DirectionRule("wink", "point", "gesture", "optional", sides, is_side, "one eye winks"),
        DirectionRule("style", "span", "style", "required", styles, is_style, "how lively head and shoulders move"),
        DirectionRule(
            "backdrop",
            "span",
            "backdrop",
            "required",
            "a description of a place",
            _anything,
            "changes the backdrop",
            False,
        ),
    ]


DIRECTIONS: Mapping[str, DirectionRule] = {rule.name: rule for rule in [*_speech_rules(), *_acting_rules()]}
