"""Words on the timeline become captions: one or two short lines, broken where a reader would pause; SRT and WebVTT.

The numbers follow what broadcasters ask of subtitles: at most 42 characters a line, two lines, one to seven seconds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from avatar.core.types import Word

__all__ = ["LINE", "Caption", "caption_cues", "to_srt", "to_vtt"]

LINE = 42
_SHORTEST, _LONGEST = 1.0, 7.0
_LINGER = 0.35  # a caption stays this long after its last word where the next one lets it
_MOST_SPOKEN = _LONGEST - _LINGER
_GAP = 0.04
_PAUSE = 0.7  # a silence of this length ends a caption
_ENDINGS = ".!?…؟۔。！？"
_CLOSERS = "\"'»”’)]"
_LEANING_WORDS = (
    "a an the and or but of to in on at by for with from as that is are was my your his her its our their "
    "и а но или в во на с со к ко о об от до по за из у не ни что как для при над под"
)
_LEANING = frozenset(_LEANING_WORDS.split())  # words that lean on the next one: no line ends with them


@dataclass(frozen=True)
class Caption:
    """One or two ``lines`` of text, shown from ``start`` to ``end`` seconds.

    ``words``: the words in it with their times where each is lit as it is spoken, else none.
    """

    start: float
    end: float
    lines: tuple[str, ...]
    words: tuple[Word, ...] = ()


def caption_cues(words: Sequence[Word], line: int = LINE, karaoke: bool = False) -> tuple[Caption, ...]:
    """Captions of ``words`` (in time order) with at most ``line`` characters a line: none overlap, none is empty,
    every word is in one of them. ``karaoke``: they carry their words, to be lit as they are spoken."""
    spoken = [replace(word, text=" ".join(word.text.split())) for word in words if word.text.strip()]
    groups = _long_enough([part for sentence in _sentences(spoken) for part in _parts(sentence, line)], line)
    captions = []
    for index, group in enumerate(groups):
        following = groups[index + 1][0].start if index + 1 < len(groups) else float("inf")
        caption = _shown(group, following, line)
        captions.append(replace(caption, words=tuple(group)) if karaoke else caption)
    return tuple(captions)


def _long_enough(groups: Sequence[list[Word]], line: int) -> list[list[Word]]:
    """Groups that would be gone before they are read joined with the next one, else with the one before."""
    done: list[list[Word]] = []
    for group in groups:
        hasty = bool(done) and group[0].start - _GAP - done[-1][0].start < _SHORTEST
        if hasty and _fits([*done[-1], *group], line):
            done[-1] = [*done[-1], *group]
            continue
        if hasty and len(done) > 1 and _fits([*done[-2], *done[-1]], line):
            done[-2:] = [[*done[-2], *done[-1]]]
        done.append(group)
    return done


def _shown(group: Sequence[Word], following: float, line: int) -> Caption:
    start = group[0].start
    wanted = min(max(group[-1].end + _LINGER, start + _SHORTEST), start + _LONGEST)
    latest = max(following - _GAP, start + 0.5 * (following - start), 0.0)
    return Caption(start, min(wanted, latest), _lines(" ".join(word.text for word in group), line))


def _ends_sentence(text: str) -> bool:
    return text.rstrip(_CLOSERS)[-1:] in tuple(_ENDINGS)


def _sentences(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Runs of words up to the end of a sentence or a long silence."""
    run: list[Word] = []
    for word in words:
        if run and word.start - run[-1].end >= _PAUSE:
            yield run
            run = []
        run.append(word)
        if _ends_sentence(word.text):
            yield run
            run = []
    if run:
        yield run


def _length(words: Sequence[Word]) -> int:
    return sum(len(word.text) + 1 for word in words) - 1


def _fits(words: Sequence[Word], line: int) -> bool:
    return len(words) == 1 or (
        words[-1].end - words[0].start <= _MOST_SPOKEN and len(_lines(" ".join(w.text for w in words), line)) <= 2
    )


def _parts(words: list[Word], line: int) -> Iterator[list[Word]]:
    """Cut a sentence that does not fit at its best place, again and again."""
    if _fits(words, line):
        yield words
        return
    cut = max(range(1, len(words)), key=lambda at: _cut_value(words, at))
    yield from _parts(words[:cut], line)
    yield from _parts(words[cut:], line)


def _cut_value(words: Sequence[Word], at: int) -> float:
    """How good a cut before word ``at`` is: balance, plus punctuation and breath, minus a word left leaning."""
    left, right = _length(words[:at]), _length(words[at:])
    balance = -abs(left - right) / (left + right)
    pause = min(words[at].start - words[at - 1].end, 0.5)
    return balance + _break_value(words[at - 1].text) + pause


def _break_value(text: str) -> float:
    """How well a line or caption may end with the word ``text``."""
    bare = text.rstrip(_CLOSERS)
    if bare[-1:] in tuple(_ENDINGS):
        return 1.2
    if bare[-1:] in tuple(";:—–؛"):
        return 0.7
    if bare[-1:] in tuple(",،，、"):
        return 0.5
    return -0.8 if text.lower() in _LEANING else 0.0


def _lines(text: str, line: int) -> tuple[str, ...]:
    """``text`` as one line if it fits, else broken at the best places; a word longer than a line is broken hard."""
    if len(text) <= line:
        return (text,)
    tokens = [piece for token in text.split(" ") for piece in _pieces(token, line)]
    best = max(range(1, len(tokens)), key=lambda at: _line_value(tokens, at, line), default=0)
    first, second = " ".join(tokens[:best]), " ".join(tokens[best:])
    if best and len(first) <= line and len(second) <= line:
        return first, second
    return _filled(tokens, line)


def _pieces(token: str, line: int) -> list[str]:
    return [token[at : at + line] for at in range(0, len(token), line)] or [token]


def _line_value(tokens: Sequence[str], at: int, line: int) -> float:
    left, right = len(" ".join(tokens[:at])), len(" ".join(tokens[at:]))
    too_long = 10.0 if max(left, right) > line else 0.0
    return _break_value(tokens[at - 1]) - abs(left - right) / (left + right) - too_long


def _filled(tokens: Sequence[str], line: int) -> tuple[str, ...]:
    """Lines filled one after another."""
    lines: list[str] = []
    for token in tokens:
        if lines and len(lines[-1]) + 1 + len(token) <= line:
            lines[-1] += f" {token}"
        else:
            lines.append(token)
    return tuple(lines)


# -- files -------------------------------------------------------------------------------------------------------------


def to_srt(captions: Sequence[Caption]) -> str:
    """The captions as SubRip text."""
    blocks = (
        f"{number}\n{_clock(c.start, ',')} --> {_clock(c.end, ',')}\n{_file_text(c)}\n"
        for number, c in enumerate(captions, 1)
    )
    return "\n".join(blocks)


def to_vtt(captions: Sequence[Caption]) -> str:
    """The captions as WebVTT; characters that mean markup there are escaped."""
    blocks = (
        f"{_clock(c.start, '.')} --> {_clock(c.end, '.')}\n{html.escape(_file_text(c), quote=False)}\n"
        for c in captions
    )
    return "WEBVTT\n\n" + "\n".join(blocks)


def _file_text(caption: Caption) -> str:
    """Lines for a file: an arrow of a timing line must not be taken for one."""
    return "\n".join(re.sub(r"-->", "-- >", line) for line in caption.lines)


def _clock(seconds: float, point: str) -> str:
    total = round(max(seconds, 0.0) * 1000)
    hours, rest = divmod(total, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"
