"""Lists of words as they are written down: in a text, blanks between."""

from __future__ import annotations

__all__ = ["words"]


def words(text: str) -> frozenset[str]:
    """The words of ``text``."""
    return frozenset(text.split())
