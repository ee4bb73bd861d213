"""Words on the timeline become captions: one or two short lines, broken where a reader would pause; SRT and WebVTT.

The numbers follow what broadcasters ask of subtitles: at most 42 columns a line, two lines, one to seven seconds. A
wide character (Chinese, Japanese, Korean) takes two columns, so a line holds 21 of them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from avatar.compose.phrases import columns, is_mark, phrases, runs_together
from avatar.core.types import Word

__all__ = ["LINE", "Caption", "caption_cues", "to_srt", "to_vtt"]

LINE = 42
_SHORTEST, _LONGEST = 1.0, 7.0
_HASTY = 0.5  # no caption is gone before this where its words can be shared with a neighbour
_LINGER = 0.35  # a caption stays this long after its last word where the next one lets it
_MOST_SPOKEN = _LONGEST - _LINGER
_GAP = 0.04
_PAUSE = 0.7  # a silence of this length ends a caption
_ENDINGS = ".!?…؟۔。！？।။។"
_WIDE_ENDINGS = "。！？"
_CLOSERS = "\"'»”’)]」』）】》"
_INSIDE = 0.6  # what a break within a word that is written together costs
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


@dataclass(frozen=True)
class _Piece:
    """What no line breaks: a word, or a phrase of one that is written without spaces.

    ``space``: one stands before it. ``inside``: it goes on with a word of letters that are not broken gladly.
    ``ends``: it may end a sentence.
    """

    start: float
    end: float
    text: str
    space: bool = True
    inside: bool = False
    ends: bool = True


def caption_cues(words: Sequence[Word], line: int = LINE, karaoke: bool = False) -> tuple[Caption, ...]:
    """Captions of ``words`` (in time order) with at most ``line`` columns a line: none overlap, none is empty, every
    word is in one of them, and while a word is spoken it is shown. ``karaoke``: they carry their words, or the phrases
    of words without spaces, to be lit as they are spoken."""
    pieces = _pieces(words, line)
    groups = _long_enough([part for sentence in _sentences(pieces) for part in _parts(sentence, line)], line)
    captions = []
    for index, group in enumerate(groups):
        following = groups[index + 1][0].start if index + 1 < len(groups) else float("inf")
        caption = _shown(group, following, line)
        lit = tuple(Word(piece.start, piece.end, piece.text) for piece in group) if karaoke else ()
        captions.append(replace(caption, words=lit))
    return tuple(captions)


# -- pieces ------------------------------------------------------------------------------------------------------------


def _pieces(words: Sequence[Word], line: int) -> list[_Piece]:
    pieces: list[_Piece] = []
    for word in words:
        for piece in _split(replace(word, text=" ".join(word.text.split())), line):
            together = bool(pieces) and runs_together(pieces[-1].text, piece.text)
            pieces.append(replace(piece, space=piece.space and not together))
    return _with_marks(pieces, line)


def _split(word: Word, line: int) -> Iterator[_Piece]:
    """``word`` as one piece if it has spaces around it and fits, else in phrases, each with its share of the time."""
    parts = phrases(word.text, line)
    shares = [phrase.weight for phrase in parts]
    done = 0.0
    for number, phrase in enumerate(parts):
        start, end = (word.start + (word.end - word.start) * at / sum(shares) for at in (done, done + shares[number]))
        done += shares[number]
        last = number == len(parts) - 1
        ends = last or phrase.text[-1] in _WIDE_ENDINGS
        yield _Piece(start, word.end if last else end, phrase.text, phrase.space or number == 0, phrase.inside, ends)


def _with_marks(pieces: Sequence[_Piece], line: int) -> list[_Piece]:
    """Marks that stand alone joined with the piece that is nearer in time."""
    done: list[_Piece] = []
    waiting: _Piece | None = None
    for piece, following in zip_longest(pieces, pieces[1:]):
        if waiting is not None:
            piece, waiting = _joined(waiting, piece), None
        if not is_mark(piece.text):
            done.append(piece)
        elif done and not _leads(done[-1], piece, following) and _room(done[-1], piece, line):
            done[-1] = replace(_joined(done[-1], piece), end=done[-1].end)
        elif following is not None and _room(piece, following, line):
            waiting = piece
        else:
            done.append(piece)
    return done


def _leads(before: _Piece, mark: _Piece, following: _Piece | None) -> bool:
    return following is not None and following.start - mark.end < mark.start - before.end


def _room(first: _Piece, second: _Piece, line: int) -> bool:
    return columns(_text([first, second])) <= line


def _joined(first: _Piece, second: _Piece) -> _Piece:
    kept = first if is_mark(second.text) else second
    return replace(kept, start=kept.start, text=_text([first, second]), space=first.space, inside=first.inside,
                   ends=second.ends)  # fmt: skip


def _text(pieces: Sequence[_Piece]) -> str:
    return "".join((" " if piece.space and index else "") + piece.text for index, piece in enumerate(pieces))


# -- captions ----------------------------------------------------------------------------------------------------------


def _long_enough(groups: Sequence[list[_Piece]], line: int) -> list[list[_Piece]]:
    """Groups that would be gone before they are read joined with the next one, else with the one before, else given
    some of the words of a neighbour."""
    done: list[list[_Piece]] = []
    for group in groups:
        hasty = bool(done) and group[0].start - _GAP - done[-1][0].start < _SHORTEST
        if hasty and _fits([*done[-1], *group], line):
            done[-1] = [*done[-1], *group]
            continue
        if hasty and len(done) > 1 and _fits([*done[-2], *done[-1]], line):
            done[-2:] = [[*done[-2], *done[-1]]]
        elif hasty and group[0].start - _GAP - done[-1][0].start < _HASTY:
            done[-1:], group = _shared(done[-1], group, line)
        done.append(group)
    return done


def _shared(first: list[_Piece], second: list[_Piece], line: int) -> tuple[list[list[_Piece]], list[_Piece]]:
    """The words of two captions parted anew, so that the first one can be read; as they are where that cannot be."""
    both = [*first, *second]
    fitting = [
        at for at in range(len(first) + 1, len(both))
        if _fits(both[:at], line) and both[at].start - _GAP - both[0].start >= _HASTY
        and both[-1].end - both[at].start >= _HASTY
    ]  # fmt: skip
    if not fitting:
        return [first], second
    at = max(fitting, key=lambda at: _cut_value(both, at))
    return [both[:at]], both[at:]


def _shown(group: Sequence[_Piece], following: float, line: int) -> Caption:
    """While it is read, and as long as its words are spoken."""
    start, spoken = group[0].start, group[-1].end
    wanted = max(spoken, min(max(spoken + _LINGER, start + _SHORTEST), start + _LONGEST))
    latest = max(following - _GAP, start + 0.5 * (following - start), 0.0)
    return Caption(start, min(wanted, latest), _lines(group, line))


def _ends_sentence(text: str) -> bool:
    return text.rstrip(_CLOSERS)[-1:] in tuple(_ENDINGS)


def _sentences(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Runs of pieces up to the end of a sentence or a long silence."""
    run: list[_Piece] = []
    for piece in pieces:
        if run and piece.start - run[-1].end >= _PAUSE:
            yield run
            run = []
        run.append(piece)
        if piece.ends and _ends_sentence(piece.text):
            yield run
            run = []
    if run:
        yield run


def _fits(pieces: Sequence[_Piece], line: int) -> bool:
    if len(pieces) == 1:
        return True
    if pieces[-1].end - pieces[0].start > _MOST_SPOKEN:
        return False
    return all(columns(text) <= line for text in _lines(pieces, line))


def _parts(pieces: list[_Piece], line: int) -> Iterator[list[_Piece]]:
    """Cut a sentence that does not fit at its best place, again and again."""
    if _fits(pieces, line):
        yield pieces
        return
    cut = max(range(1, len(pieces)), key=lambda at: _cut_value(pieces, at))
    yield from _parts(pieces[:cut], line)
    yield from _parts(pieces[cut:], line)


def _cut_value(pieces: Sequence[_Piece], at: int) -> float:
    """How good a cut before piece ``at`` is: balance, plus punctuation and breath, minus a word left leaning."""
    pause = min(pieces[at].start - pieces[at - 1].end, 0.5)
    return _balance(pieces, at) + _break_value(pieces, at) + pause


def _balance(pieces: Sequence[_Piece], at: int) -> float:
    left, right = columns(_text(pieces[:at])), columns(_text(pieces[at:]))
    return -abs(left - right) / (left + right)


def _break_value(pieces: Sequence[_Piece], at: int) -> float:
    """How well a line or caption may end before piece ``at``."""
    text = pieces[at - 1].text
    bare = text.rstrip(_CLOSERS)
    if pieces[at].inside:
        return -_INSIDE
    if bare[-1:] in tuple(_ENDINGS):
        return 1.2
    if bare[-1:] in tuple(";:—–؛；："):
        return 0.7
    if bare[-1:] in tuple(",،，、"):
        return 0.5
    return -0.8 if text.lower() in _LEANING else 0.0


def _lines(pieces: Sequence[_Piece], line: int) -> tuple[str, ...]:
    """The text as one line if it fits, else as two, broken at the best place."""
    text = _text(pieces)
    if columns(text) <= line or len(pieces) == 1:
        return (text,)
    at = max(range(1, len(pieces)), key=lambda at: _line_value(pieces, at, line))
    return _text(pieces[:at]), _text(pieces[at:])


def _line_value(pieces: Sequence[_Piece], at: int, line: int) -> float:
    too_long = max(columns(_text(pieces[:at])), columns(_text(pieces[at:]))) > line
    return _break_value(pieces, at) + _balance(pieces, at) - (10.0 if too_long else 0.0)


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
