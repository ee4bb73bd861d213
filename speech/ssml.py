"""A small part of SSML, rewritten as a script with directions, for those who have texts in it.

    <speak> <p> <s> <break time strength> <prosody rate> <emphasis level> <phoneme alphabet="ipa" ph> <sub alias>
    <lang xml:lang> <voice name>

Pitch and volume are read and told to have no effect. Anything else is an error with its line and column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from xml.parsers import expat

from avatar.core.errors import ScriptError
from speech.directions import DIRECTIONS

__all__ = ["is_ssml", "ssml_notes", "to_markup"]

_BEGINS = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<speak[\s>]")
_SPECIAL = re.compile(r"[\\\[\]*]")
_STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.8, "x-strong": 1.2}
_RATES = {"x-slow": 0.6, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.3, "x-fast": 1.6}
_SILENT = re.compile(r"<prosody[^>]*\s(pitch|volume|contour|range)\s*=")


def is_ssml(source: str) -> bool:
    """Whether ``source`` is an SSML document."""
    return _BEGINS.match(source) is not None


def ssml_notes(source: str) -> list[str]:
    """What ``source`` asks for in vain."""
    names = sorted({match[1] for match in _SILENT.finditer(source)}) if is_ssml(source) else []
    return [f"The prosody attribute {name} does nothing yet." for name in names]


def to_markup(source: str) -> str:
    """The script that says what the SSML document ``source`` says; ScriptError where it cannot be read."""
    if "<!DOCTYPE" in source or "<!ENTITY" in source:
        raise ScriptError("The SSML declares a document type or entities: leave them out.")
    reader = _Reader()
    try:
        reader.parser.Parse(source, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        raise ScriptError(f"SSML line {error.lineno}, column {error.offset + 1}: {reason}.") from error
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
            raise self._error(f"<{name}> is not understood: use {', '.join(f'<{known}>' for known in _ELEMENTS)}")
        try:
            opener, closer = _ELEMENTS[name](attributes)
        except (KeyError, ValueError) as error:
            raise self._error(f"<{name}> is not complete: {error}") from error
        self.parts.append(opener)
        self._closers.append(closer)
        self._hidden += name == "sub"

    def _end(self, name: str) -> None:
        self.parts.append(self._closers.pop())
        self._hidden -= name == "sub"

    def _text(self, text: str) -> None:
        if not self._hidden:
            self.parts.append(_SPECIAL.sub(lambda match: "\\" + match[0], re.sub(r"\s+", " ", text)))

    def _error(self, message: str) -> ScriptError:
        place = f"line {self.parser.CurrentLineNumber}, column {self.parser.CurrentColumnNumber + 1}"
        return ScriptError(f"SSML {place}: {message}.")


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
    rate = attributes.get("rate", "medium")
    pace = _RATES[rate] if rate in _RATES else _percent(rate)
    if 0.9 < pace < 1.1:
        return "", ""
    return ("[slow]", "[/slow]") if pace < 1 else ("[fast]", "[/fast]")


def _percent(rate: str) -> float:
    match = re.fullmatch(r"([+-]?)(\d+(?:\.\d+)?)%", rate)
    if match is None:
        raise ValueError(f"rate {rate!r} is none of {', '.join(_RATES)} and no percentage")
    share = float(match[2]) / 100
    return {"+": 1 + share, "-": 1 - share, "": share}[match[1]]


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
