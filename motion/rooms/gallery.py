"""What there is to choose from: every place, its rooms, its hours, and the words that lead to each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from motion.places import PLACES
from motion.plates import FOLDER, Room, rooms

__all__ = ["HOUR_WORDS", "gallery"]

HOUR_WORDS: dict[str, dict[str, str]] = {
    "morning": {"en": "in the morning", "ru": "утром"},
    "noon": {"en": "at noon", "ru": "в полдень"},
    "sunset": {"en": "at sunset", "ru": "на закате"},
    "evening": {"en": "in the evening", "ru": "вечером"},
    "night": {"en": "at night", "ru": "ночью"},
}
_LIT = ("evening", "night")


def gallery(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """A row a place: ``name``, ``title`` in two languages, ``prompt`` that leads to it, ``rooms`` with the number and
    the prompt of each, and ``hours`` with a prompt each; prompts and titles by language."""
    return [_row(name, listed) for name, listed in rooms(folder).items()]


def _row(name: str, listed: tuple[Room, ...]) -> dict[str, Any]:
    first = listed[0]
    known = PLACES.get(name)
    dark = (known is not None and known.lit) or not first.has_daylight
    titles = {language: title.lower() for language, title in first.titles.items()}
    return {
        "name": name,
        "title": dict(first.titles),
        "prompt": titles,
        "rooms": [
            {"number": number, "prompt": {language: f"{title} {number}" for language, title in titles.items()}}
            for number in range(1, len(listed) + 1)
        ],
        "hours": [
            {"name": hour, "prompt": {language: f"{title} {words[language]}" for language, title in titles.items()}}
            for hour, words in HOUR_WORDS.items()
            if not dark or hour in _LIT
        ],
    }
