"""What people paste around their words: Markdown, HTML, tags of SSML, subtitles. The words stay, where they were.

Every step replaces what a pattern finds and keeps, for each character that is left, its place in the source, so that a
mistake in a direction is still told with its line and column. What a backslash precedes is taken literally.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from avatar.core.reasons import Message
from speech.text.directions import DIRECTIONS, LONGEST_PAUSE_S
from speech.text.subtitles import CUE_TIMES, is_subtitles, pause_between
from speech.text.wordlists import words

__all__ = ["Unmarked", "unmark"]

_Say = Callable[[re.Match[str]], str | tuple[str, ...]]
"""What a match becomes, in pieces: a piece that the match holds keeps its place in the source."""


@dataclass(frozen=True)
class Unmarked:
    """``text`` without markup; ``notes``: what was left out. :meth:`origin` finds a character in the source."""

    text: str
    notes: tuple[Message, ...]
    _starts: tuple[int, ...]
    _origins: tuple[int, ...]

    def origin(self, at: int) -> int:
        """The place in the source of the character number ``at`` of the text."""
        piece = bisect_right(self._starts, at) - 1
        return self._origins[piece] + at - self._starts[piece] if piece >= 0 else at


@dataclass
class _Draft:
    """A text whose pieces, beginning at ``starts``, stood at ``origins`` of the source."""

    text: str
    starts: list[int] = field(default_factory=lambda: [0])
    origins: list[int] = field(default_factory=lambda: [0])
    lost: dict[str, list[str]] = field(default_factory=dict)

    def replace(self, pattern: re.Pattern[str], say: _Say) -> None:
        made = _Draft("", [], [])
        pieces: list[str] = []
        last = length = 0
        for match in pattern.finditer(self.text):
            said = say(match)
            if said == match[0]:
                continue
            length += self._keep(last, match.start(), length, pieces, made)
            within = 0
            for piece in (said,) if isinstance(said, str) else said:
                found = match[0].find(piece, within) if piece else -1
                if found >= 0:
                    within = found + len(piece)
                    length += self._keep(match.start() + found, match.start() + within, length, pieces, made)
                elif piece:
                    pieces.append(piece)
                    made.starts.append(length)
                    made.origins.append(self._origin(match.start()))
                    length += len(piece)
            last = match.end()
        if last:
            self._keep(last, len(self.text), length, pieces, made)
            self.text, self.starts, self.origins = "".join(pieces), made.starts or [0], made.origins or [0]

    def _keep(self, begin: int, end: int, length: int, pieces: list[str], made: _Draft) -> int:
        """Take over the characters from ``begin`` to ``end``, with the places that they had."""
        if begin >= end:
            return 0
        pieces.append(self.text[begin:end])
        piece = bisect_right(self.starts, begin) - 1
        while piece < len(self.starts) and self.starts[piece] < end:
            at = max(begin, self.starts[piece])
            made.starts.append(length + at - begin)
            made.origins.append(self.origins[piece] + at - self.starts[piece])
            piece += 1
        return end - begin

    def _origin(self, at: int) -> int:
        piece = bisect_right(self.starts, at) - 1
        return self.origins[piece] + at - self.starts[piece]

    def lose(self, reason: str, name: str = "") -> None:
        """Remember that something was left out."""
        names = self.lost.setdefault(reason, [])
        if name and name not in names:
            names.append(name)


@lru_cache(maxsize=2)
def unmark(source: str) -> Unmarked:
    """``source`` without the signs that only say how it looks; its directions stay."""
    draft = _Draft(source)
    if "\r" in source:
        draft.replace(_LINE_END, lambda match: "\n")
    if is_subtitles(source):
        _read_subtitles(draft)
    if _MARKED.search(draft.text):
        for step in (_leave_out_blocks, _leave_out_tags, _read_links, _read_lines, _read_inline):
            step(draft)
    return Unmarked(draft.text, tuple(_notes(draft)), tuple(draft.starts), tuple(draft.origins))


def _notes(draft: _Draft) -> Iterator[Message]:
    for reason, names in draft.lost.items():
        if reason == "tags_left_out":
            yield Message("tags_left_out", names=", ".join(names[:_NAMED]))
        elif reason == "sounds_left_out":
            yield Message("sounds_left_out", names=", ".join(names[:_NAMED]))
        else:
            yield _PLAIN_NOTES[reason]


_NAMED = 8
_PLAIN_NOTES = {
    "addresses_left_out": Message("addresses_left_out"),
    "pictures_left_out": Message("pictures_left_out"),
    "code_left_out": Message("code_left_out"),
    "footnotes_left_out": Message("footnotes_left_out"),
    "front_matter_left_out": Message("front_matter_left_out"),
    "subtitle_times": Message("subtitle_times"),
}
_LINE_END = re.compile("\r\n?")
_MARKED = re.compile(r"[`<>#_|~\[&•·]|^[ \t]*[-+*=]|^[ \t]*\d+[.)]|--|\\", re.MULTILINE)
_NOT_ESCAPED = r"(?<!\\)"


def _leaving(draft: _Draft, reason: str, said: str = "") -> _Say:
    """Replaces by ``said`` and remembers it."""

    def say(match: re.Match[str]) -> str:
        draft.lose(reason)
        return said

    return say


# Blocks ---------------------------------------------------------------------------------------------------------------

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?:[^\n]*\n)*?---[ \t]*(?:\n|\Z)")
_IS_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n[\w-]+:")
_FENCE = re.compile(r"^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?^[ \t]*(?P=fence)[`~]*[ \t]*$|.*\Z)",
                    re.MULTILINE | re.DOTALL)  # fmt: skip
_FOOTNOTE_TEXT = re.compile(r"^[ ]{0,3}\[\^[^\]\n]+\]:[^\n]*(?:\n(?:[ \t]{2,}[^\n]*|(?=\n[ ]{4}\S)))*", re.MULTILINE)
_COMMENT = re.compile(_NOT_ESCAPED + r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HIDDEN = re.compile(
    _NOT_ESCAPED + r"<(script|style|head|template|svg|math)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)


def _leave_out_blocks(draft: _Draft) -> None:
    if _IS_FRONT_MATTER.match(draft.text):
        draft.replace(_FRONT_MATTER, _leaving(draft, "front_matter_left_out"))
    draft.replace(_FENCE, _leaving(draft, "code_left_out"))
    draft.replace(_FOOTNOTE_TEXT, _leaving(draft, "footnotes_left_out"))

    def comment(match: re.Match[str]) -> str:
        draft.lose("tags_left_out", "<!-- -->")
        return ""

    draft.replace(_COMMENT, comment)

    def hide(match: re.Match[str]) -> str:
        draft.lose("tags_left_out", f"<{match[1].lower()}>")
        return "\n"

    draft.replace(_HIDDEN, hide)


# Tags -----------------------------------------------------------------------------------------------------------------

_TAG = re.compile(
    _NOT_ESCAPED + r"<(?P<close>/?)(?P<name>[a-zA-Z][\w:-]*)(?P<rest>(?:\s[^<>]*|/)?)>|<!DOCTYPE[^>]*>", re.IGNORECASE
)
_ADDRESS = re.compile(_NOT_ESCAPED + r"<(?:mailto:)?((?:https?://|www\.)[^\s<>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)>")
_ENTITY = re.compile(_NOT_ESCAPED + r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCK_TAGS = words(
    """p div li ul ol table tr h1 h2 h3 h4 h5 h6 section article header footer blockquote pre body html title hr dd dt
    figure figcaption main nav aside s"""
)
_BREAK_TIME = re.compile(r"""\btime\s*=\s*["']?([\d.]+(?:ms|s))""")
_SPECIAL = re.compile(r"[\\\[\]*`<>#_|~]")


def _leave_out_tags(draft: _Draft) -> None:
    if "<" in draft.text:
        draft.replace(_ADDRESS, lambda match: match[1])
        draft.replace(_TAG, lambda match: _tag(match, draft))
    if "&" in draft.text:
        draft.replace(_ENTITY, lambda match: _SPECIAL.sub(lambda sign: "\\" + sign[0], html.unescape(match[0])))


def _tag(match: re.Match[str], draft: _Draft) -> str:
    name, rest = (match["name"] or "!doctype").lower(), match["rest"] or ""
    words = rest.strip(" /") and "=" not in rest and not match["close"]
    if words and match.start() and match.string[match.start() - 1].isalnum():
        return match[0]  # a<b and c>d
    if name == "break":
        time = _BREAK_TIME.search(rest)
        if time is None or DIRECTIONS["pause"].accepts(time[1]):
            return f"[pause: {time[1]}]" if time else "[pause]"
    draft.lose("tags_left_out", f"<{name}>")
    if name == "br":
        return "\n"
    return "\n\n" if name in _BLOCK_TAGS else ""


# Links and notes ------------------------------------------------------------------------------------------------------

_DEFINITION = re.compile(
    r"^[ ]{0,3}\[(?!\^)(?P<label>[^\]\n]+)\]:[ \t]*<?(?:https?:|www\.|/|\.|#|mailto:|[\w.-]+\.\w)[^\s>]*>?"
    r"(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^)\n]*\)))?[ \t]*$",
    re.MULTILINE,
)
_TARGET = r"\([ \t]*<?[^()\s]*(?:\([^()\s]*\)[^()\s]*)*>?(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*\)"
_ADDRESS_BEGINS = re.compile(r"\([ \t]*<?(?:[a-z]+:|www\.|[#/.])")
_LABEL = r"(?:[^\[\]\\\n]|\\.|\n(?!\n))*"
_PICTURE = re.compile(_NOT_ESCAPED + rf"!\[{_LABEL}\](?:{_TARGET}|\[[^\]\n]*\])")
_LINK = re.compile(_NOT_ESCAPED + rf"(?<!!)\[(?P<text>{_LABEL})\]{_TARGET}")
_REFERENCE = re.compile(_NOT_ESCAPED + r"\[(?P<text>[^\[\]\\\n]*)\](?:\[(?P<label>[^\[\]\\\n]*)\])?")
_FOOTNOTE = re.compile(_NOT_ESCAPED + r"[ ]?\[(?:\^[^\]\n]+|\d{1,3})\](?![(:])")
_TASK = re.compile(r"^(?P<item>[ \t]*(?:[-+*]|\d+[.)])[ \t]+)\[[ xXхХ]\][ \t]+", re.MULTILINE)


def _read_links(draft: _Draft) -> None:
    if "[" not in draft.text:
        return
    draft.replace(_TASK, lambda match: match["item"])
    labels = {match["label"].strip().lower() for match in _DEFINITION.finditer(draft.text)}
    if labels:
        draft.replace(_DEFINITION, _leaving(draft, "addresses_left_out"))
    draft.replace(_PICTURE, _leaving(draft, "pictures_left_out"))

    def link(match: re.Match[str]) -> str:
        name = match["text"].partition(":")[0].strip().lower()
        if name in DIRECTIONS and not _ADDRESS_BEGINS.match(match[0], len(match["text"]) + 2):
            return match[0]  # [angry](six)
        if match["text"].strip():
            draft.lose("addresses_left_out")
        return match["text"]

    draft.replace(_LINK, link)

    def reference(match: re.Match[str]) -> str:
        label = (match["label"] or match["text"]).strip().lower()
        return match["text"] if label in labels else match[0]

    if labels:
        draft.replace(_REFERENCE, reference)
    draft.replace(_FOOTNOTE, _leaving(draft, "footnotes_left_out"))


# Lines ----------------------------------------------------------------------------------------------------------------

_RULE = re.compile(r"^[ ]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$", re.MULTILINE)
_UNDERLINE = re.compile(r"(?<=\S)[ \t]*\n[ ]{0,3}(?:=+|-{2,})[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^[ ]{0,3}#{1,6}[ \t]+(?P<text>[^\n]*?)(?:[ \t]+#+)?[ \t]*$", re.MULTILINE)
_EMPTY_HEADING = re.compile(r"^[ ]{0,3}#{1,6}[ \t]*$", re.MULTILINE)
_QUOTE = re.compile(r"^(?:[ ]{0,3}>[ \t]?)+", re.MULTILINE)
_ITEM = re.compile(r"^[ \t]*[-+*•·◦▪‣–—][ \t]+(?P<text>\S[^\n]*?)[ \t]*$", re.MULTILINE)
_NEXT_ITEM = re.compile(r"\n[ \t]*[-+*•·◦▪‣][ \t]+\S")
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$\n?", re.MULTILINE)
_ROW = re.compile(r"^[ \t]*(?P<cells>\|[^\n]*\||[^\n|]+(?:\|[^\n|]*)+)[ \t]*$", re.MULTILINE)
_CELL_BORDER = re.compile(r"[ \t]*(?<!\\)\|[ \t]*")
_ENDS = ".!?…:;,。！？"


def _read_lines(draft: _Draft) -> None:
    tabled = _TABLE_RULE.search(draft.text) is not None and "|" in draft.text
    if tabled:
        draft.replace(_TABLE_RULE, lambda match: "" if "|" in match[0] else match[0])
        draft.replace(_ROW, _row)
    draft.replace(_UNDERLINE, lambda match: "\n")
    draft.replace(_RULE, lambda match: "\n")
    draft.replace(_EMPTY_HEADING, lambda match: "")
    draft.replace(_HEADING, lambda match: match["text"])
    draft.replace(_QUOTE, lambda match: "")
    draft.replace(_ITEM, _item)


def _row(match: re.Match[str]) -> tuple[str, ...]:
    cells = [cell.strip() for cell in _CELL_BORDER.split(match["cells"]) if cell.strip()]
    ended = "" if not cells or cells[-1][-1] in _ENDS else "."
    return (*_between(cells), ended)


def _between(cells: list[str]) -> list[str]:
    return [part for cell in cells for part in (", ", cell)][1:]


def _item(match: re.Match[str]) -> tuple[str, ...]:
    """An item before another gets a full stop: nothing else would part items that begin with small letters."""
    parted = match["text"][-1] in _ENDS or _NEXT_ITEM.match(match.string, match.end()) is None
    return match["text"], "" if parted else "."


# Within lines ---------------------------------------------------------------------------------------------------------

_CODE = re.compile(_NOT_ESCAPED + r"(`+)(?P<text>[^`\n]+)\1")
_BOLD = re.compile(r"(?<![\\\w])(_{1,3})(?=[^\s_])(?P<text>[^\n]{0,400}?[^\s_\\])\1(?!\w)")
_STRUCK = re.compile(_NOT_ESCAPED + r"~~(?=\S)(?P<text>[^\n~]*?\S)~~")


def _read_inline(draft: _Draft) -> None:
    if "`" in draft.text:
        draft.replace(_CODE, lambda match: match["text"])
    if "_" in draft.text:
        draft.replace(_BOLD, lambda match: match["text"])
    if "~~" in draft.text:
        draft.replace(_STRUCK, lambda match: match["text"])


# Subtitles ------------------------------------------------------------------------------------------------------------

_BRACKETED = re.compile(r"\[(?P<name>[^\[\]:\n]{1,60})(?::[^\[\]\n]*)?\]|\{\\[^}\n]*\}")


def _read_subtitles(draft: _Draft) -> None:
    draft.lose("subtitle_times")
    ends: list[float] = []

    def times(match: re.Match[str]) -> str:
        seconds = pause_between(match, ends)
        return f"\n[pause: {min(seconds, LONGEST_PAUSE_S):g}s]" if seconds else "\n"

    def sound(match: re.Match[str]) -> str:
        name = (match["name"] or "").strip("/ ").lower()
        if name in DIRECTIONS:
            return match[0]
        if name:
            draft.lose("sounds_left_out", match[0])
        return ""

    draft.replace(_TAG, lambda match: "")
    draft.replace(CUE_TIMES, times)
    draft.replace(_BRACKETED, sound)
