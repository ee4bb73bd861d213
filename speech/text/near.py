"""A written word and what stands around it in its sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Around", "Near"]


@dataclass(frozen=True)
class Around:
    """The words of a sentence without the punctuation around them (a sign that stands alone is a word), and that
    punctuation: ``leads`` before them, ``tails`` after."""

    cores: Sequence[str]
    leads: Sequence[str]
    tails: Sequence[str]

    @cached_property
    def shouted(self) -> frozenset[int]:
        """Indices of the words in runs of capitals of at least two words, digits and signs not counted."""
        found: set[int] = set()
        run: list[int] = []
        for index, core in enumerate([*self.cores, "end"]):
            if any(map(str.isalpha, core)) and not core.isupper():
                if len([i for i in run if sum(map(str.isalpha, self.cores[i])) > 1]) > 1:
                    found.update(run)
                run = []
            else:
                run.append(index)
        return frozenset(found)


@dataclass(frozen=True)
class Near:
    """The word number ``at`` of a sentence."""

    around: Around
    at: int = 0

    @classmethod
    def of(cls, word: str, before: str = "", after: str = "") -> Near:
        """``word`` between two others."""
        cores = [part for part in (before, word, after) if part]
        return cls(Around(cores, [""] * len(cores), [""] * len(cores)), 1 if before else 0)

    def core(self, offset: int = 0) -> str:
        """The word ``offset`` places further; empty beyond the sentence."""
        place = self.at + offset
        return self.around.cores[place] if 0 <= place < len(self.around.cores) else ""

    def tail(self, offset: int = 0) -> str:
        """The punctuation after the word ``offset`` places further."""
        place = self.at + offset
        return self.around.tails[place] if 0 <= place < len(self.around.tails) else ""

    def lead(self) -> str:
        """The punctuation before the word."""
        return self.around.leads[self.at]

    @property
    def before(self) -> str:
        return self.core(-1)

    @property
    def after(self) -> str:
        return self.core(1)

    @property
    def follower(self) -> str:
        """The next word, where no punctuation stands between."""
        return "" if self.tail() else self.after

    @property
    def shouted(self) -> bool:
        """Whether the word stands in a run of capitals."""
        return self.at in self.around.shouted

    def run(self) -> Iterator[str]:
        """The words in the run of capitals around the word, itself among them."""
        first = last = self.at
        while first - 1 in self.around.shouted:
            first -= 1
        while last + 1 in self.around.shouted:
            last += 1
        return iter(self.around.cores[first : last + 1])

    def within(self, words: frozenset[str], reach: int = 4) -> bool:
        """Whether one of ``words`` begins a word at most ``reach`` places away."""
        begins = tuple(words)
        return any(self.core(k).lower().startswith(begins) for k in range(-reach, reach + 1) if k)

    def saying(self, word: str) -> Near:
        """Another word in the same place."""
        cores = [*self.around.cores]
        cores[self.at] = word
        return Near(Around(cores, self.around.leads, self.around.tails), self.at)

    def moved(self, offset: int) -> Near:
        return Near(self.around, self.at + offset)
