"""The words of a transcript found among those that were heard: letters of both matched, times taken over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np

from speech.recorded.hearing import HeardWord

__all__ = ["Gap", "Matched", "match"]

_TOKEN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]|[^\\W_]")
_MOST_CELLS = 400_000  # of letters against letters: beyond it a difference is one as a whole
_ENOUGH = 0.45  # share of a word's letters that has to be found
_RELATED = 0.45  # of what stands between words that both have: below it the letters in common are by chance
_ALIKE = 0.34  # of the letters of two words that stand alone between words that were found


@dataclass(frozen=True)
class Gap:
    """Transcript words ``first``..``last`` (not included) that were not found, and the words heard in their place."""

    first: int
    last: int
    heard: tuple[HeardWord, ...]


@dataclass(frozen=True)
class Matched:
    """``spans``: when each word of the transcript was heard, None where it was not; ``gaps``: where both differ;
    ``share``: of the transcript's letters that were heard in their order."""

    spans: tuple[tuple[float, float] | None, ...]
    gaps: tuple[Gap, ...]
    share: float


@dataclass(frozen=True)
class _Letters:
    """The letters of words, folded: ``text``, the word of each, and the share of the word that lies before it."""

    text: str
    owners: np.ndarray
    begins: np.ndarray
    ends: np.ndarray


def match(written: Sequence[str], heard: Sequence[HeardWord]) -> Matched:
    """Find the ``written`` words among the ``heard`` ones, both in order."""
    ours, theirs = _letters(list(written)), _letters([word.text for word in heard])
    partner = np.full(len(ours.text), -1)
    for a, b, size in _blocks(ours, theirs):
        partner[a : a + size] = np.arange(b, b + size)
    owned = [np.flatnonzero(ours.owners == number) for number in range(len(written))]
    spans = _in_order([_span(own, partner, ours, theirs, heard) for own in owned])
    spans = _with_twins(spans, list(written), heard)
    gaps = tuple(_gaps(spans, heard))
    share = float((partner >= 0).mean()) if len(partner) else 1.0
    return Matched(tuple(spans), gaps, share)


def folded(text: str) -> str:
    """``text`` as it is compared: small letters and figures without their accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ё", "е"))
    return "".join(_TOKEN.findall(unicodedata.normalize("NFC", _without_accents(plain))))


def _without_accents(text: str) -> str:
    return "".join(c for c in text if not "\u0300" <= c <= "\u036f")


def _letters(words: Sequence[str]) -> _Letters:
    text, owners, begins, ends = "", [], [], []
    for number, word in enumerate(words):
        letters = folded(word)
        text += letters
        owners += [number] * len(letters)
        begins += [at / len(letters) for at in range(len(letters))]
        ends += [(at + 1) / len(letters) for at in range(len(letters))]
    return _Letters(text, np.array(owners, int), np.array(begins), np.array(ends))


def _blocks(ours: _Letters, theirs: _Letters) -> Iterator[tuple[int, int, int]]:
    """Runs of letters that both have: whole words first, then letters within what is left between them."""
    a, b = _words_at(ours), _words_at(theirs)
    matcher = SequenceMatcher(None, [word for word, _ in a], [word for word, _ in b], autojunk=False)
    at_a, at_b = [at for _, at in a] + [len(ours.text)], [at for _, at in b] + [len(theirs.text)]
    done_a = done_b = 0
    for block in matcher.get_matching_blocks():
        start_a, start_b = at_a[block.a], at_b[block.b]
        yield from _finer(ours.text, theirs.text, (done_a, start_a), (done_b, start_b))
        done_a, done_b = at_a[block.a + block.size], at_b[block.b + block.size]
        if done_a > start_a:
            yield start_a, start_b, done_a - start_a


def _words_at(letters: _Letters) -> list[tuple[str, int]]:
    """The folded words with the place of their first letter; characters of scripts without spaces one by one."""
    edges = [0, *(np.flatnonzero(np.diff(letters.owners)) + 1), len(letters.text)] if letters.text else []
    words: list[tuple[str, int]] = []
    for start, end in pairwise(edges):
        text = letters.text[start:end]
        single = not text.isascii() and unicodedata.category(text[0]) == "Lo"
        words += [(c, start + at) for at, c in enumerate(text)] if single else [(text, int(start))]
    return words


def _finer(a: str, b: str, in_a: tuple[int, int], in_b: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    one, other = a[slice(*in_a)], b[slice(*in_b)]
    if one and other and len(one) * len(other) <= _MOST_CELLS:
        matcher = SequenceMatcher(None, one, other, autojunk=False)
        for block in matcher.get_matching_blocks() if matcher.ratio() > _RELATED else ():
            if block.size > 1:
                yield in_a[0] + block.a, in_b[0] + block.b, block.size


def _span(
    own: np.ndarray, partner: np.ndarray, ours: _Letters, theirs: _Letters, heard: Sequence[HeardWord]
) -> tuple[float, float] | None:
    """From where its first letter would stand to where its last one would, by those that were found."""
    found = own[partner[own] >= 0] if len(own) else own
    if len(found) < max(1, _ENOUGH * len(own)):
        return None
    first, last = partner[found[0]], partner[found[-1]]
    start, end = _time(theirs, heard, first, theirs.begins), _time(theirs, heard, last, theirs.ends)
    each = max(end - start, 0.02) / max(found[-1] - found[0] + 1, 1)
    before, after = found[0] - own[0], own[-1] - found[-1]
    floor = heard[theirs.owners[first]].start if before else start
    ceiling = heard[theirs.owners[last]].end if after else end
    return max(floor, start - before * each), min(ceiling, end + after * each)


def _time(theirs: _Letters, heard: Sequence[HeardWord], letter: int, shares: np.ndarray) -> float:
    word = heard[theirs.owners[letter]]
    return float(word.start + (word.end - word.start) * shares[letter])


def _in_order(spans: Sequence[tuple[float, float] | None]) -> list[tuple[float, float] | None]:
    """The spans that go on from one another; what runs back is none."""
    kept: list[tuple[float, float] | None] = []
    reached = 0.0
    for span in spans:
        good = span is not None and span[1] - max(span[0], reached) > 0.01
        kept.append((max(span[0], reached), span[1]) if span is not None and good else None)
        reached = span[1] if span is not None and good else reached
    return kept


def _with_twins(
    spans: list[tuple[float, float] | None], written: Sequence[str], heard: Sequence[HeardWord]
) -> list[tuple[float, float] | None]:
    """As many words left over on both sides between two that were found, and alike: they are one another."""
    for gap in list(_gaps(spans, heard)):
        together = _alike(" ".join(written[gap.first : gap.last]), " ".join(word.text for word in gap.heard))
        if gap.last - gap.first != len(gap.heard) or (len(gap.heard) > 1 and together < _RELATED):
            continue
        for number, word in zip(range(gap.first, gap.last), gap.heard, strict=True):
            if _alike(written[number], word.text) >= _ALIKE:
                spans[number] = (word.start, word.end)
    return spans


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, folded(one), folded(other), autojunk=False).ratio()


def _gaps(spans: Sequence[tuple[float, float] | None], heard: Sequence[HeardWord]) -> Iterator[Gap]:
    """Stretches of words without a span, and those that were heard and belong to no word."""
    known = [(number, span) for number, span in enumerate(spans) if span is not None]
    edges = [(-1, (0.0, 0.0)), *known, (len(spans), (float("inf"), float("inf")))]
    for (before, (_, begin)), (after, (end, _)) in pairwise(edges):
        inside = tuple(word for word in heard if begin <= (word.start + word.end) / 2 < end)
        if after - before > 1 or inside:
            yield Gap(before + 1, after, inside)
