"""Script text with directions → :class:`~avatar.core.types.Script`.

    script    = (words | direction | emphasis | escape)*
    direction = "[" name [":" value] "]"  |  "[/" name "]"
    emphasis  = "*" words "*"
    escape    = "\\" and a sign

The names are those of :data:`speech.text.directions.DIRECTIONS`. Reading takes time linear in the length of the script.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from avatar.core.errors import ScriptError
from avatar.core.reasons import Message
from avatar.core.types import Direction, Script
from speech.text.cleaning import PICTOGRAPHS, clean
from speech.text.directions import DIRECTIONS, DirectionRule
from speech.text.markup import unmark
from speech.text.sounds import instead_of
from speech.text.ssml import is_ssml, ssml_notes, to_markup

__all__ = ["LONGEST_SCRIPT", "escape", "parse", "script_notes"]

LONGEST_SCRIPT = 2_000_000
"""Characters; about 35 hours of speech."""

_TOKEN = re.compile(
    r"""(?P<escape>\\(?:[^\w\s]|_))
      | (?P<stars>\*+)
      | \[(?P<close>/?)(?P<body>(?:\\.|[^\[\]\\\n])*)\]
      | (?P<stray>\[)
      | (?P<words>[^\\*\[]+|\\)""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)")
_SPECIAL = re.compile(r"[\\\[\]*`<>#_|~&]|^[ \t]*[-+=•·◦▪‣–—]", re.MULTILINE)


def parse(source: str) -> Script:
    """Read ``source``, a script or an SSML document.

    ScriptError (with line and column) where it cannot be understood or holds nothing to speak.
    """
    if len(source) > LONGEST_SCRIPT:
        raise ScriptError(Message("script_too_long", characters=len(source), most=LONGEST_SCRIPT))
    if not source.strip():
        raise ScriptError(Message("script_empty"))
    reader = _reader(source)
    for match in _TOKEN.finditer(reader.markup):
        reader.take(match)
    return replace(reader.finish(), source=source)


def _reader(source: str) -> _Reader:
    if is_ssml(source):
        markup = to_markup(source)
        return _Reader(markup, markup, lambda at: at)
    unmarked = unmark(source)
    return _Reader(unmarked.text, source, unmarked.origin)


def escape(text: str) -> str:
    """``text`` written so that :func:`parse` takes every sign of directions and of markup literally."""
    return _SPECIAL.sub(lambda match: f"{match[0][:-1]}\\{match[0][-1]}", text)


def script_notes(script: Script) -> Iterator[str]:
    """What was left out of the script, and the directions in it that are remembered but do nothing yet."""
    dropped = sum(len(match[0]) for match in PICTOGRAPHS.finditer(script.source))
    if dropped:
        yield Message("emoji_left_out")
    yield from ssml_notes(script.source) if is_ssml(script.source) else unmark(script.source).notes
    for name in dict.fromkeys(direction.name for direction in script.directions):
        if not DIRECTIONS[name].acts:
            yield Message("direction_idle", name=name)


@dataclass
class _Open:
    rule: DirectionRule
    value: str
    start: int
    at: int
    slot: int


@dataclass
class _Reader:
    """Reads ``markup``; ``origin`` says where its characters stand in the ``source``, for people who look there."""

    markup: str
    source: str
    origin: Callable[[int], int]
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    directions: list[Direction | None] = field(default_factory=list)
    open: dict[str, list[_Open]] = field(default_factory=dict)
    star: _Open | None = None

    def take(self, match: re.Match[str]) -> None:
        if match["words"] is not None:
            self._write(clean(match["words"]))
        elif match["escape"] is not None:
            self._write(match["escape"][1])
        elif match["stars"] is not None:
            self._take_stars(match)
        elif match["stray"] is not None:
            raise ScriptError(Message("bracket_open", **self._at(match.start())))
        elif match["close"]:
            self._close(match["body"].strip().lower(), match.start())
        else:
            self._open(match)

    def _write(self, text: str) -> None:
        if not self.pieces or self.pieces[-1][-1:].isspace():
            text = text.lstrip(" \n" if not self.pieces else " ")
        if text:
            self.pieces.append(text)
            self.length += len(text)

    def _take_stars(self, match: re.Match[str]) -> None:
        before = self.markup[match.start() - 1 : match.start()] if match.start() else ""
        after = self.markup[match.end() : match.end() + 1]
        if self.star is not None and before and not before.isspace():
            self.directions[self.star.slot] = Direction(self.star.start, self.length, "emphasis")
            self.star = None
        elif self.star is None and after and not after.isspace() and not before.isalnum():
            self.star = _Open(DIRECTIONS["emphasis"], "", self.length, match.start(), len(self.directions))
            self.directions.append(None)
        else:
            self._write(match["stars"])

    def _open(self, match: re.Match[str]) -> None:
        rule, value = self._understand(match)
        entry = _Open(rule, value, self.length, match.start(), len(self.directions))
        point = rule.extent == "point"
        self.directions.append(Direction(self.length, self.length, rule.name, value) if point else None)
        if not point:
            self.open.setdefault(rule.name, []).append(entry)

    def _understand(self, match: re.Match[str]) -> tuple[DirectionRule, str]:
        name, colon, value = match["body"].partition(":")
        name, value = name.strip().lower(), _ESCAPED.sub(r"\1", clean(value)).strip()
        rule = self._rule(name, match.start())
        if colon and rule.value == "none":
            raise ScriptError(Message("direction_takes_none", **self._at(match.start()), name=name))
        if (value or colon or rule.value == "required") and not (value and rule.accepts(value)):
            told = {"name": name, "value": value, "valid": rule.valid, "takes": rule.group}
            raise ScriptError(Message("direction_value", **self._at(match.start()), **told))
        return rule, value

    def _rule(self, name: str, at: int) -> DirectionRule:
        rule = DIRECTIONS.get(name)
        if rule is not None:
            return rule
        instead = instead_of(name)
        if instead:
            raise ScriptError(Message("bracketed_sound", **self._at(at), name=name[:40], instead=instead))
        near = difflib.get_close_matches(name[:40], DIRECTIONS, 1)
        if near:
            raise ScriptError(Message("misspelt_direction", **self._at(at), name=name[:40], near=near[0]))
        raise ScriptError(Message("unknown_direction", **self._at(at), name=name[:40], known=", ".join(DIRECTIONS)))

    def _close(self, name: str, at: int) -> None:
        rule = self._rule(name, at)
        if rule.extent == "point":
            raise ScriptError(Message("direction_has_no_end", **self._at(at), name=name))
        if not self.open.get(name):
            raise ScriptError(Message("direction_not_open", **self._at(at), name=name))
        entry = self.open[name].pop()
        inner = max((e for opened in self._open_ranges() for e in opened[-1:]), key=lambda e: e.slot, default=entry)
        if inner.slot > entry.slot:
            raise ScriptError(Message("directions_crossed", **self._at(at), name=name, inner=inner.rule.name))
        self.directions[entry.slot] = Direction(entry.start, self.length, name, entry.value)

    def _open_ranges(self) -> Iterator[list[_Open]]:
        return (opened for name, opened in self.open.items() if DIRECTIONS[name].extent == "range")

    def finish(self) -> Script:
        self._refuse_unclosed()
        text = "".join(self.pieces).rstrip()
        if not any(character.isalnum() for character in text):
            raise ScriptError(Message("script_says_nothing"))
        self._end_spans(len(text))
        done = [direction for direction in self.directions if direction is not None]
        clamped = (replace(d, start=min(d.start, len(text)), end=min(d.end, len(text))) for d in done)
        return Script(self.source, text, tuple(sorted(clamped, key=lambda d: d.start)))

    def _refuse_unclosed(self) -> None:
        if self.star is not None:
            raise ScriptError(Message("star_open", **self._at(self.star.at)))
        for opened in self._open_ranges():
            for entry in opened[:1]:
                raise ScriptError(Message("direction_open", **self._at(entry.at), name=entry.rule.name))

    def _end_spans(self, length: int) -> None:
        following: dict[str, int] = {}
        starts = {entry.slot: entry for opened in self.open.values() for entry in opened}
        for slot in range(len(self.directions) - 1, -1, -1):
            entry, direction = starts.get(slot), self.directions[slot]
            if entry is not None:
                end = following.get(entry.rule.group, length)
                direction = Direction(entry.start, max(entry.start, end), entry.rule.name, entry.value)
                self.directions[slot] = direction
            if direction is not None and DIRECTIONS[direction.name].extent == "span":
                following[DIRECTIONS[direction.name].group] = direction.start

    def _at(self, at: int) -> dict[str, int]:
        """Where the character number ``at`` stands, as people count."""
        at = self.origin(at)
        line = self.source.count("\n", 0, at) + 1
        return {"line": line, "column": at - (self.source.rfind("\n", 0, at) + 1) + 1}
