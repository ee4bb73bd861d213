"""A user's pronunciations: one a line, ``word = spoken words`` or ``word = /IPA/``; ``#`` begins a comment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from avatar.core.errors import OptionError
from speech.text.directions import DIRECTIONS

__all__ = ["Lexicon", "read_lexicon"]

_LARGEST = 5_000_000


@dataclass(frozen=True)
class Lexicon:
    """``spoken``: lower-case word → other words. ``ipa``: lower-case word → phones."""

    spoken: dict[str, str] = field(default_factory=dict)
    ipa: dict[str, str] = field(default_factory=dict)


def read_lexicon(path: Path | None) -> Lexicon:
    """Read ``path`` (UTF-8); an empty lexicon for None; OptionError with the line where it is not understood."""
    lexicon = Lexicon()
    if path is None:
        return lexicon
    for number, line in enumerate(_lines(path), 1):
        line = line.split("#", 1)[0].strip()
        if line:
            _add(lexicon, line, f"{path.name}, line {number}")
    return lexicon


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _LARGEST:
            raise OptionError(
                f"The lexicon {path.name} is larger than {_LARGEST // 1_000_000} MB: keep the words that matter."
            )
        return path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise OptionError(f"The lexicon {path.name} is not UTF-8 text: save it as UTF-8.") from error
    except OSError as error:
        raise OptionError(f"The lexicon {path.name} cannot be read: {error.strerror}.") from error


def _add(lexicon: Lexicon, line: str, place: str) -> None:
    word, equals, value = (part.strip() for part in line.partition("="))
    if not equals or not word or not value or " " in word:
        raise OptionError(f"{place}: write one word, =, and how it is spoken: `GIF = jif` or `GIF = /dʒɪf/`.")
    if value.startswith("/") and value.endswith("/") and len(value) > 2:
        if not DIRECTIONS["say"].accepts(value[1:-1]):
            raise OptionError(f"{place}: {value} is no IPA.")
        lexicon.ipa[word.lower()] = value[1:-1]
    else:
        lexicon.spoken[word.lower()] = value
