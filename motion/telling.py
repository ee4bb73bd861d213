"""What places a story tells of: for each paragraph a prompt of a backdrop, by its words and by its embedding.

A word that tells a place counts one, one that says little a third, and later ones a little more: who sets out for the
woods is there at the end of the paragraph. Beside them stands how near the embedding of a sentence comes to the places
that can be shown. A paragraph that tells of no place goes on where the one before was, and so do the hours.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from avatar.core.errors import OptionError

__all__ = ["Told", "places_told"]

_TABLE = Path(__file__).parent / "data" / "telling.tsv"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?…])[\s»”\"]+")
_LITTLE, _LATER, _ENOUGH, _STAYS = 0.34, 0.3, 0.6, 0.35
_LIKE, _LIKENESS = 0.42, 2.5  # from what likeness on an embedding counts, and how much
_LONGEST, _MOST = 600, 12  # letters of a sentence, and sentences of a paragraph, that are read
_PLAIN = "ocean"
_HOUR_STEMS = (
    ("night", "night midnight moonlit moonlight ноч= ночи= ночь= ночью= ночн полноч полуноч лунн"),
    ("dawn", "dawn sunrise daybreak рассвет восход заря= зари= зарю= зарёй= зарей="),
    ("morning", "morning breakfast утр= утро= утра= утром= утру= утрен завтрак="),
    ("noon", "noon midday полдень= полдня= полудн"),
    ("sunset", "sunset sundown закат закате="),
    ("dusk", "dusk twilight сумер"),
    ("evening", "evening вечер"),
)
_WEATHER = (
    (
        "storm, dark dramatic clouds",
        "storm= storms= stormy thunder lightning бур= буря= бури= бурю= шторм гроз= гроза= гром=",
    ),
    ("overcast, grey misty day", "fog= foggy mist= misty grey= gray= туман серый= серого= серое= пасмурн"),
)
_OUTDOORS = {"morning": "dawn, sunrise morning", "evening": "dusk, twilight", "sunset": "golden sunset"}
_DIFFERENT = re.compile(
    r"\b(?:good (?:morning|evening|night)|(?:доброе утро|добрый вечер|спокойной ночи))\b", re.IGNORECASE
)
_CALLED = re.compile(r"^\s*\[\s*(?:place|backdrop|место|фон)\s*:\s*([^\]\n]{1,200})\]\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Told:
    """A paragraph: its ``text``, the ``place`` as a prompt, and whether the story ``named`` it, [place: ...]."""

    text: str
    place: str
    named: bool = False


@dataclass(frozen=True)
class _Place:
    prompt: str
    own_hour: bool
    stems: tuple[tuple[str, bool, float], ...]  # beginning, whether the word ends there, weight


def places_told(paragraphs: Sequence[str]) -> tuple[Told, ...]:
    """Each of ``paragraphs`` with its place; ``[place: a harbour at night]`` at the beginning of one names it.

    Before the first place that is told stands that place; where none is told at all, a calm sea.
    """
    found: list[tuple[str, str | None, str | None]] = []  # text, place named, place told
    place: _Place | None = None
    hour, weather = "", ""
    for paragraph in paragraphs:
        called = _CALLED.match(paragraph)
        text = paragraph[called.end() :] if called else paragraph
        place = _place_of(text, place)
        hour = _first(text, _HOUR_STEMS) or hour
        weather = _first(text, _WEATHER)
        told = _prompt(place, hour, weather) if place else None
        found.append((text, called[1].strip() if called else None, told))
    first = next((shown for _, named, told in found if (shown := named or told)), _PLAIN)
    held: str | None = None
    placed: list[Told] = []
    for (text, named, told), before in zip(found, [None, *(told for _, _, told in found)], strict=False):
        held = named or (None if told != before else held)
        placed.append(Told(text, held or told or first, named is not None))
    return tuple(placed)


def _prompt(place: _Place, hour: str, weather: str) -> str:
    from motion.scenes.families import FAMILIES

    if place.own_hour:
        return place.prompt
    light = weather or (_OUTDOORS.get(hour, hour) if place.prompt in FAMILIES else hour)
    return ", ".join(part for part in (place.prompt, light) if part)


def _place_of(text: str, last: _Place | None) -> _Place | None:
    """The place that ``text`` tells most of, ``last`` where it tells of none or hardly more of another."""
    words = [word.lower().replace("ё", "е") for word in _WORD.findall(text)]
    likeness = _likeness(text)
    best, most = last, _ENOUGH
    if last is not None:
        most = max(most, _told(last, words) + likeness.get(last.prompt, 0.0) + _STAYS)
    for place in _places():
        told = _told(place, words) + likeness.get(place.prompt, 0.0)
        if told > most:
            best, most = place, told
    return best


def _told(place: _Place, words: Sequence[str]) -> float:
    """How much ``words`` tell of ``place``: each once, the later the more."""
    counted: dict[str, float] = {}
    for at, word in enumerate(words):
        for stem, whole, weight in place.stems:
            if word == stem or (not whole and word.startswith(stem)):
                counted[stem] = weight * (1.0 + _LATER * at / len(words))
    return sum(counted.values())


def _likeness(text: str) -> dict[str, float]:
    """Prompt -> how much the nearest sentence is like the place, for those that are like it at all."""
    from motion.embedding import embed, read_prompt
    from motion.rooms.reading import scores

    found: dict[str, float] = {}
    for sentence in _sentences(text):
        try:
            (vector,) = embed([read_prompt(sentence[:_LONGEST]).english])
        except OptionError:
            continue
        for name, cosine in scores((), vector).ranked:
            prompt = _shown_as().get(name, name)
            found[prompt] = max(found.get(prompt, 0.0), _LIKENESS * (cosine - _LIKE))
    return {prompt: value for prompt, value in found.items() if value > 0.0}


def _sentences(text: str) -> Iterator[str]:
    """Those of at least four words that are read as they stand: the lexicon of another language tells words alone."""
    for sentence in _SENTENCE.split(text)[:_MOST]:
        if sentence.isascii() and len(_WORD.findall(sentence)) >= 4:
            yield sentence


@functools.cache
def _shown_as() -> dict[str, str]:
    """Name of a room -> the prompt of the table that leads there."""
    prompts = {place.prompt for place in _places()}
    names = {prompt.replace(" ", "-"): prompt for prompt in prompts}
    return names | {"lake-night": "lake at night", "workshop-hall": "workshop", "open-office": "open office"}


def _first(text: str, table: Sequence[tuple[str, str]]) -> str:
    """The name of ``table`` the words of which come first in ``text``, "" for none."""
    for word in _WORD.findall(_DIFFERENT.sub(" ", text)):
        plain = word.lower().replace("ё", "е")
        for name, stems in table:
            if any(_fits(plain, stem) for stem in stems.replace("ё", "е").split()):
                return name
    return ""


def _fits(word: str, stem: str) -> bool:
    return word == stem[:-1] if stem.endswith("=") else word.startswith(stem)


@functools.cache
def _places() -> tuple[_Place, ...]:
    lines = _TABLE.read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple(
        _Place(prompt.rstrip("!"), prompt.endswith("!"), tuple(map(_stem, words.replace("ё", "е").split())))
        for prompt, words in rows
    )


def _stem(word: str) -> tuple[str, bool, float]:
    return word.rstrip("=?"), word.endswith("="), _LITTLE if word.endswith("?") else 1.0
