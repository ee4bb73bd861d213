"""Words to rooms: the place that a prompt means, its hour, weather, colour and mood, or that it means none of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from avatar.core.reasons import Message
from motion.anchors import anchors
from motion.places import PLACES, REPLACED, Place
from motion.plates import FOLDER, Room, rooms
from motion.rooms.daylight import Mood, angle_of, hour_name
from motion.rooms.light_map import light_map
from motion.scenes.families import FAMILIES

__all__ = ["RoomWanted", "Scores", "far_note", "room_wanted", "scores"]

_HOURS: Mapping[str, str] = {
    "night": "night midnight moonlight moonlit nocturnal stars starry neon cyberpunk",
    "dawn": "dawn sunrise daybreak",
    "morning": "morning breakfast",
    "noon": "noon midday daylight daytime sunny day summer sunlit sunlight",
    "afternoon": "afternoon",
    "sunset": "sunset golden hour sundown",
    "dusk": "dusk twilight",
    "evening": "evening late candle candles candlelight lamplight cozy cosy",
}
_CLOUDY = "overcast cloudy grey misty fog foggy haze rain rainy storm winter snow drizzle clouds gloomy"
_COLOURS: Mapping[str, tuple[float, float, float]] = {
    "red": (1.0, 0.10, 0.08), "scarlet": (1.0, 0.12, 0.08), "crimson": (1.0, 0.10, 0.18), "pink": (1.0, 0.32, 0.60),
    "magenta": (1.0, 0.15, 0.75), "purple": (0.52, 0.18, 1.0), "violet": (0.48, 0.20, 1.0), "lilac": (0.72, 0.52, 1.0),
    "blue": (0.12, 0.32, 1.0), "navy": (0.08, 0.16, 0.6), "cyan": (0.10, 0.85, 1.0), "turquoise": (0.10, 0.85, 0.75),
    "teal": (0.08, 0.65, 0.62), "green": (0.12, 0.85, 0.20), "emerald": (0.05, 0.75, 0.32), "mint": (0.5, 1.0, 0.75),
    "yellow": (1.0, 0.82, 0.15), "golden": (1.0, 0.66, 0.22), "gold": (1.0, 0.66, 0.22), "amber": (1.0, 0.55, 0.15),
    "orange": (1.0, 0.42, 0.08), "peach": (1.0, 0.65, 0.45), "brown": (0.55, 0.30, 0.15), "beige": (1.0, 0.86, 0.68),
    "neon": (0.95, 0.18, 0.80), "cyberpunk": (0.75, 0.15, 1.0),
}  # fmt: skip
# word -> changes of warmth, brightness and lamps
_MOODS: Mapping[str, tuple[float, float, float]] = {
    "warm": (0.8, 0.0, 0.2), "cozy": (0.6, -0.1, 0.25), "cosy": (0.6, -0.1, 0.25), "romantic": (0.6, -0.3, 0.2),
    "cold": (-0.8, 0.0, 0.0), "cool": (-0.6, 0.0, 0.0), "bright": (0.0, 0.6, 0.0), "light": (0.0, 0.2, 0.0),
    "dark": (0.0, -0.9, 0.0), "dim": (0.0, -0.6, 0.0), "gloomy": (-0.2, -0.6, 0.0), "moody": (0.0, -0.5, 0.1),
    "dramatic": (0.0, -0.5, 0.0), "lamp": (0.4, 0.0, 0.45), "lamps": (0.4, 0.0, 0.45), "candle": (0.7, -0.3, 0.2),
    "airy": (0.0, 0.5, 0.0), "sunny": (0.15, 0.3, 0.0), "festive": (0.5, 0.0, 0.4), "neon": (-0.1, -0.4, 0.6),
    "cyberpunk": (-0.2, -0.2, 0.6), "mysterious": (-0.2, -0.6, 0.0), "vivid": (0.0, 0.2, 0.0),
}  # fmt: skip
_NOUN, _NOUNS = 0.22, 2  # what a word that means the place adds to the likeness of its captions, and how many count
_FAR = 0.36


@dataclass(frozen=True)
class Scores:
    """How well each place and painted family fits a prompt, best first; ``far``: none of them really does."""

    ranked: tuple[tuple[str, float], ...]
    far: bool

    @property
    def best(self) -> str:
        """The name that fits best."""
        return self.ranked[0][0]

    @property
    def nearest(self) -> tuple[str, ...]:
        """The three names that fit best."""
        return tuple(name for name, _ in self.ranked[:3])


@dataclass(frozen=True)
class RoomWanted:
    """A prompt as rooms understand it: the place, which of its rooms (None: the seed says), and the light."""

    place: str
    number: int | None
    mood: Mood
    vector: np.ndarray
    reading: str


def scores(words: tuple[str, ...], vector: np.ndarray, folder: Path = FOLDER) -> Scores:
    """Compare English ``words`` and a unit ``vector`` [384] with the rooms of ``folder`` and with what is painted."""
    known = rooms(folder)
    found = [(name, _place_score(listed[0], words, vector)) for name, listed in known.items()]
    painted = [family for family in FAMILIES.values() if REPLACED.get(family.name) not in known]
    found += [(family.name, _family_score(family.name, words, vector)) for family in painted]
    ranked = sorted(found, key=lambda one: -one[1])
    return Scores(tuple(ranked), ranked[0][1] < _FAR)


def room_wanted(words: tuple[str, ...], vector: np.ndarray, place: str, folder: Path = FOLDER) -> RoomWanted:
    """The room of ``place`` that a prompt wants, and its light."""
    room = rooms(folder)[place][0]
    numbers = [int(word) for word in words if re.fullmatch(r"[1-9]", word)]
    mood = _mood(words, vector, room)
    title = room.titles.get("en", place.replace("-", " ")).lower()
    told = f"{title}, {_light_name(mood)}"
    return RoomWanted(place, numbers[-1] - 1 if numbers else None, mood, vector, told)


def far_note(prompt: str, nearest: Iterable[str]) -> Message:
    """What is told of a ``prompt`` that is far from every place known: the ``nearest`` of them."""
    return Message("backdrop_far", prompt=prompt[:60], nearest=", ".join(name.replace("-", " ") for name in nearest))


def _place_score(room: Room, words: tuple[str, ...], vector: np.ndarray) -> float:
    known = PLACES.get(room.place)
    captions = (*(known.captions if known else ()), *room.captions)
    nouns = known.nouns if known else room.captions
    return float((_vectors(captions) @ vector).max()) + _NOUN * _named(nouns, words)


def _family_score(name: str, words: tuple[str, ...], vector: np.ndarray) -> float:
    family = FAMILIES[name]
    close = float((anchors().of(list(family.captions)) @ vector).max())
    return close + 0.08 * min(len(_stems(words) & _stems(tuple(re.findall("[a-z]+", name)))), 2)


def _named(nouns: tuple[str, ...], words: tuple[str, ...]) -> float:
    """How many of the ``nouns`` are among ``words``: a pair of words that are both there counts half as much again."""
    have = _stems(words)
    hits = [1.0 + 0.5 * (len(noun.split()) - 1) for noun in nouns if _stems(tuple(noun.split())) <= have]
    return min(sum(sorted(hits)[-_NOUNS:]), float(_NOUNS))


def _stems(words: tuple[str, ...]) -> set[str]:
    return {word.removesuffix("'s").rstrip("s") for word in words if len(word) > 1}


@functools.lru_cache(maxsize=128)
def _vectors(captions: tuple[str, ...]) -> np.ndarray:
    """Unit vectors [n, 384]: the shipped ones, and those of a new room's own words computed here."""
    shipped = anchors().vectors
    missing = [text for text in captions if text not in shipped]
    if missing:
        from motion.embedding import embed

        computed = dict(zip(missing, embed(missing), strict=True))
        return np.stack([computed[text] if text in computed else shipped[text] for text in captions])
    return anchors().of(list(captions))


def _mood(words: tuple[str, ...], vector: np.ndarray, room: Room) -> Mood:
    """The light that a prompt asks for: named by its words, else by where its embedding lies, else the place's own."""
    known = PLACES.get(room.place)
    hour = _hour_of(_beyond_title(words, room)) or _hour_of(words)
    felt = light_map().of(vector)
    lit = 1.0 if (known is not None and known.lit) or not room.has_daylight else 0.0
    if hour is not None:
        angle = angle_of(hour)
    elif felt.sure and not lit:
        angle = felt.angle
    else:
        angle = angle_of(known.hour if known else "morning")
    cloudy = _has(_CLOUDY, words)
    usual = known.brightness if known else 0.0
    mood = Mood(angle, clouds=0.85 if cloudy else 0.0, brightness=usual, lamps=_lamps_of(known), lit=lit)
    if hour in ("night", "evening") and lit:
        mood = replace(mood, brightness=usual - 0.5)
    return _coloured(_moved(mood, words), words)


def _beyond_title(words: tuple[str, ...], room: Room) -> tuple[str, ...]:
    """The ``words`` without the title's own: "street at night at noon" is at noon."""
    own = set(re.findall("[a-z]+", room.titles.get("en", "").lower()))
    return tuple(word for word in words if word not in own)


def _lamps_of(known: Place | None) -> float:
    """Places that people come to by night have all their lamps on."""
    return 1.0 if known is not None and known.hour == "night" else 0.0


def _hour_of(words: tuple[str, ...]) -> str | None:
    for name, listed in _HOURS.items():
        if _has(listed, words):
            return name
    return None


def _moved(mood: Mood, words: tuple[str, ...]) -> Mood:
    changes = [_MOODS[word] for word in words if word in _MOODS]
    warmth, brightness, lamps = (float(np.clip(sum(one), -1.0, 1.0)) for one in zip(*changes, (0, 0, 0), strict=True))
    return replace(
        mood,
        warmth=mood.warmth + warmth,
        brightness=max(-1.2, mood.brightness + brightness),
        lamps=max(mood.lamps, lamps),
    )


def _coloured(mood: Mood, words: tuple[str, ...]) -> Mood:
    named = [np.array(_COLOURS[word]) for word in words if word in _COLOURS]
    if not named:
        return mood
    tint = np.mean(named, axis=0)
    tint = tint / (tint @ np.array([0.2126, 0.7152, 0.0722]))
    return replace(mood, tint=(float(tint[0]), float(tint[1]), float(tint[2])), coloured=1.0)


def _has(listed: str, words: tuple[str, ...]) -> bool:
    return bool(set(listed.split()) & set(words))


def _light_name(mood: Mood) -> str:
    told = "its own lights" if mood.lit else hour_name(mood.angle)
    told += ", overcast" if mood.clouds > 0.5 and not mood.lit else ""
    return told + (", coloured light" if mood.coloured else "")
