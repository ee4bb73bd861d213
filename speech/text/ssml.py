"""A small part of SSML, rewritten as a script with directions, for those who have texts in it.

    <speak> <p> <s> <break time strength> <prosody rate pitch volume> <emphasis level> <phoneme alphabet="ipa" ph>
    <sub alias> <lang xml:lang> <voice name>

Contour and range of the pitch are read and told to have no effect. Anything else is an error with line and column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from xml.parsers import expat

from avatar.core.errors import ScriptError
from avatar.core.reasons import Message
from speech.text.directions import DIRECTIONS

__all__ = ["is_ssml", "ssml_notes", "to_markup"]

_BEGINS = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<speak[\s>]")
_SPECIAL = re.compile(r"[\\\[\]*]")
_STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.8, "x-strong": 1.2}
_RATES = {"x-slow": "60%", "slow": "75%", "medium": "", "default": "", "fast": "130%", "x-fast": "160%"}
_PITCHES = {"x-low": "-25%", "low": "-12%", "medium": "", "default": "", "high": "+15%", "x-high": "+30%"}
_VOLUMES = {"silent": "-40dB", "x-soft": "-12dB", "soft": "-6dB", "medium": "", "default": "", "loud": "+4dB",
            "x-loud": "+8dB"}  # fmt: skip
_SILENT = re.compile(r"<prosody[^>]*\s(contour|range)\s*=")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def is_ssml(source: str) -> bool:
    """Whether ``source`` is an SSML document."""
    return _BEGINS.match(source) is not None


def ssml_notes(source: str) -> list[str]:
    """What ``source`` asks for in vain."""
    names = sorted({match[1] for match in _SILENT.finditer(source)}) if is_ssml(source) else []
    return [Message("ssml_idle", name=name) for name in names]


def to_markup(source: str) -> str:
    """The script that says what the SSML document ``source`` says; ScriptError where it cannot be read."""
    if "<!DOCTYPE" in source or "<!ENTITY" in source:
        raise ScriptError(Message("ssml_doctype"))
    reader = _Reader()
    try:
        reader.parser.Parse(source, True)
    except expat.ExpatError as error:
        why = expat.errors.messages[error.code]
        raise ScriptError(Message("ssml_broken", line=error.lineno, column=error.offset + 1, why=why)) from error
    return "".join(reader.parts)


class _Reader:
    """Turns the events of the XML parser into pieces of a script."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._closers: list[str] = []
        self._hidden = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name not in _ELEMENTS:
            known = ", ".join(f"<{element}>" for element in _ELEMENTS)
            raise ScriptError(Message("ssml_element", **self._at(), name=name, known=known))
        try:
            opener, closer = _ELEMENTS[name](attributes)
        except (KeyError, ValueError) as error:
            raise ScriptError(Message("ssml_attribute", **self._at(), name=name, why=str(error))) from error
        self.parts.append(opener)
        self._closers.append(closer)
        self._hidden += name == "sub"

    def _end(self, name: str) -> None:
        self.parts.append(self._closers.pop())
        self._hidden -= name == "sub"

    def _text(self, text: str) -> None:
        if not self._hidden:
            self.parts.append(_SPECIAL.sub(lambda match: "\\" + match[0], re.sub(r"\s+", " ", text)))

    def _at(self) -> dict[str, int]:
        return {"line": self.parser.CurrentLineNumber, "column": self.parser.CurrentColumnNumber + 1}


def _checked(name: str, value: str) -> str:
    rule = DIRECTIONS[name]
    if not rule.accepts(value):
        raise ValueError(f"{value!r} is not {rule.valid}")
    return value


def _document(attributes: Mapping[str, str]) -> tuple[str, str]:
    language = attributes.get("xml:lang")
    return (f"[lang: {_checked('lang', language)}]", "[/lang]") if language else ("", "")


def _break(attributes: Mapping[str, str]) -> tuple[str, str]:
    if "time" in attributes:
        return f" [pause: {_checked('pause', attributes['time'])}] ", ""
    seconds = _STRENGTHS[attributes.get("strength", "medium")]
    return f" [pause: {seconds:g}s] ", ""


def _prosody(attributes: Mapping[str, str]) -> tuple[str, str]:
    wanted = {
        "rate": _named(attributes, "rate", _RATES, _multiple),
        "pitch": _named(attributes, "pitch", _PITCHES, str),
        "volume": _named(attributes, "volume", _VOLUMES, _loudness),
    }
    given = {name: _checked(name, value) for name, value in wanted.items() if value}
    openers = "".join(f"[{name}: {value}]" for name, value in given.items())
    return openers, "".join(f"[/{name}]" for name in reversed(given))


def _named(attributes: Mapping[str, str], name: str, names: Mapping[str, str], read: Callable[[str], str]) -> str:
    """The value of attribute ``name`` as the direction writes it; empty where nothing changes."""
    value = attributes.get(name, "medium").strip()
    return names[value] if value in names else read(value)


def _multiple(rate: str) -> str:
    """A rate may be a bare number, 1 being the voice's own."""
    return f"{float(rate) * 100:g}%" if _NUMBER.fullmatch(rate) else rate


def _loudness(volume: str) -> str:
    """A volume in percent of the amplitude, or in the numbers 0 to 100, as decibels."""
    number = volume.removesuffix("%")
    if not _NUMBER.fullmatch(number.lstrip("+-")):
        return volume
    share = float(number) / 100 + (1.0 if number[0] in "+-" else 0.0)
    return f"{max(-40.0, 20 * math.log10(max(share, 1e-3))):.1f}dB"


def _emphasis(attributes: Mapping[str, str]) -> tuple[str, str]:
    plain = attributes.get("level", "moderate") in ("none", "reduced")
    return ("", "") if plain else ("[emphasis]", "[/emphasis]")


def _phoneme(attributes: Mapping[str, str]) -> tuple[str, str]:
    if attributes.get("alphabet", "ipa") != "ipa":
        raise ValueError("only the alphabet ipa is known")
    return f"[say: {_checked('say', attributes['ph'])}]", "[/say]"


def _sub(attributes: Mapping[str, str]) -> tuple[str, str]:
    return _SPECIAL.sub(lambda match: "\\" + match[0], attributes["alias"]), ""


def _lang(attributes: Mapping[str, str]) -> tuple[str, str]:
    return f"[lang: {_checked('lang', attributes['xml:lang'])}]", "[/lang]"


def _voice(attributes: Mapping[str, str]) -> tuple[str, str]:
    name = attributes["name"].replace("\\", "\\\\").replace("]", "\\]")
    return f"[voice: {name}]", "[/voice]"


_ELEMENTS: Mapping[str, Callable[[Mapping[str, str]], tuple[str, str]]] = {
    "speak": _document,
    "p": lambda attributes: ("\n\n", "\n\n"),
    "s": lambda attributes: ("\n", "\n"),
    "break": _break,
    "prosody": _prosody,
    "emphasis": _emphasis,
    "phoneme": _phoneme,
    "sub": _sub,
    "lang": _lang,
    "voice": _voice,
}
