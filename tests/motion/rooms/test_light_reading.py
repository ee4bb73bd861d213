"""Words to the light of a room: hours, clouds, colours and moods, exact numbers; and which place fits how well."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from motion.anchors import anchors
from motion.embedding import embed
from motion.places import PLACES
from motion.plates import rooms
from motion.rooms.daylight import Mood, angle_of
from motion.rooms.light_map import light_map
from motion.rooms.reading import (
    _COLOURS,
    _HOURS,
    _MOODS,
    Scores,
    _family_score,
    _hour_of,
    _light_name,
    _named,
    _place_score,
    far_note,
    room_wanted,
    scores,
)  # fmt: skip
from tests.rooms_small import write_manifest

STILL = np.zeros(384)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rooms")
    write_manifest(made, "open-office", 1)
    write_manifest(made, "server-room", 1, ("lamps", "screens", "strip"))
    write_manifest(made, "night-street", 1)
    write_manifest(made, "greenhouse", 1)
    write_manifest(made, "vault", 1, ("lamps",))
    return made


def mood(folder: Path, words: str, place: str = "open-office", vector: np.ndarray = STILL) -> Mood:
    return room_wanted(tuple(words.split()), vector, place, folder).mood


@pytest.mark.parametrize(
    ("word", "hour"),
    [("midnight", "night"), ("sunrise", "dawn"), ("breakfast", "morning"), ("summer", "noon"), ("golden", "sunset"),
     ("twilight", "dusk"), ("cozy", "evening"), ("afternoon", "afternoon"), ("stars", "night"), ("late", "evening")],
)  # fmt: skip
def test_a_word_names_its_hour(folder: Path, word: str, hour: str) -> None:
    assert mood(folder, f"x {word} y").angle == angle_of(hour)


def test_every_word_of_an_hour_names_it_and_the_first_hour_wins() -> None:
    listed = {hour: words.split() for hour, words in _HOURS.items()}
    assert {hour: len(words) for hour, words in listed.items()} == {
        "night": 9, "dawn": 3, "morning": 2, "noon": 9, "afternoon": 1, "sunset": 4, "dusk": 2, "evening": 8,
    }  # fmt: skip
    for hour, words in listed.items():
        assert {_hour_of((word,)) for word in words} == {hour}
    assert _hour_of(("evening", "night")) == "night" and _hour_of(("desk",)) is None


def test_an_hour_without_words_is_that_of_the_embedding_or_of_the_place(folder: Path) -> None:
    row = light_map().rows[1] / np.linalg.norm(light_map().rows[1])
    sure = light_map().of(2.0 * row)
    assert sure.sure and mood(folder, "x", vector=2.0 * row).angle == sure.angle
    assert not light_map().of(STILL).sure
    assert mood(folder, "x").angle == angle_of("afternoon")
    assert mood(folder, "x", "greenhouse").angle == angle_of("morning")
    assert mood(folder, "x", "server-room", 2.0 * row).angle == angle_of("evening")


def test_the_words_of_a_title_are_no_hour_where_another_is_named(folder: Path) -> None:
    assert mood(folder, "night street at noon", "night-street").angle == angle_of("noon")
    assert mood(folder, "night street", "night-street").angle == angle_of("night")


def test_places_have_their_own_lights_lamps_and_brightness(folder: Path) -> None:
    assert mood(folder, "x") == Mood(angle_of("afternoon"))
    assert mood(folder, "x", "server-room").lit == 1.0 and mood(folder, "x", "vault").lit == 1.0
    assert mood(folder, "x", "greenhouse") == Mood(angle_of("morning"))
    assert mood(folder, "x", "night-street").lamps == 1.0
    usual = PLACES["server-room"].brightness
    for hour, darker in (("night", 0.5), ("evening", 0.5), ("noon", 0.0)):
        assert mood(folder, hour, "server-room").brightness == pytest.approx(usual - darker)
        assert mood(folder, hour).brightness == 0.0


@pytest.mark.parametrize(
    "word", ["overcast", "cloudy", "grey", "misty", "fog", "foggy", "haze", "rain", "rainy", "storm", "winter", "snow"]
)
def test_clouds_are_named(folder: Path, word: str) -> None:
    assert mood(folder, word).clouds == 0.85
    assert mood(folder, word + "x").clouds == 0.0


@pytest.mark.parametrize(
    ("words", "warmth", "brightness", "lamps"),
    [
        ("warm", 0.8, 0.0, 0.2),
        ("cold", -0.8, 0.0, 0.0),
        ("cozy dim", 0.6, -0.7, 0.25),
        ("dark gloomy", -0.2, -1.2, 0.0),
        ("dark dim gloomy", -0.2, -1.0 - 0.0, 0.0),
        ("warm candle", 1.0, -0.3, 0.4),
        ("bright light", 0.0, 0.8, 0.0),
        ("neon", -0.1, -0.4, 0.6),
        ("lamp lamps neon", 0.7, -0.4, 1.0),
        ("vivid airy", 0.0, 0.7, 0.0),
    ],
)
def test_moods_add_up_within_their_limits(
    folder: Path, words: str, warmth: float, brightness: float, lamps: float
) -> None:
    found = mood(folder, words)
    assert (found.warmth, found.lamps) == pytest.approx((warmth, lamps))
    assert found.brightness == pytest.approx(max(brightness, -1.0))


def test_no_mood_makes_a_dark_place_darker_than_black(folder: Path) -> None:
    found = mood(folder, "dark dim night", "server-room")
    usual = PLACES["server-room"].brightness
    assert found.brightness == pytest.approx(max(-1.2, usual - 1.5)) == -1.2


@pytest.mark.parametrize("word", sorted(_MOODS))
def test_every_mood_is_what_it_says(folder: Path, word: str) -> None:
    warmth, brightness, lamps = _MOODS[word]
    found = mood(folder, word)
    assert (found.warmth, found.brightness, found.lamps) == (warmth, brightness, lamps)
    assert -1.0 < warmth < 1.0 and -1.0 < brightness <= 0.6 and 0.0 <= lamps <= 0.6


def test_all_moods_together_are_as_they_were_tuned() -> None:
    assert len(_MOODS) == 23 and np.allclose(np.array(list(_MOODS.values())).sum(axis=0), [2.65, -3.3, 3.7])


def test_a_named_colour_is_a_tint_of_luminance_one(folder: Path) -> None:
    luminance = np.array([0.2126, 0.7152, 0.0722])
    for name, colour in _COLOURS.items():
        found = mood(folder, name)
        assert found.coloured == 1.0 and np.allclose(found.tint, np.array(colour) / (np.array(colour) @ luminance))
    mixed = np.mean([_COLOURS["red"], _COLOURS["blue"]], axis=0)
    assert np.allclose(mood(folder, "red and blue").tint, mixed / (mixed @ luminance))
    assert mood(folder, "open office").coloured == 0.0


def test_colours_lie_where_their_names_say() -> None:
    total = np.array(list(_COLOURS.values())).sum(axis=0)
    assert len(_COLOURS) == 26 and np.allclose(total, [17.12, 12.37, 13.83])
    strongest = {"red": 0, "green": 1, "blue": 2, "cyan": 2, "mint": 1, "peach": 0, "violet": 2, "teal": 1}
    assert {name: int(np.argmax(_COLOURS[name])) for name in strongest} == strongest


@pytest.mark.parametrize(
    ("words", "number"), [("office", None), ("office 2", 1), ("3 office 1", 0), ("office 12", None), ("0 9", 8)]
)
def test_a_number_chooses_the_room(folder: Path, words: str, number: int | None) -> None:
    assert room_wanted(tuple(words.split()), STILL, "open-office", folder).number == number


def test_a_room_is_read_back_by_title_and_light(folder: Path) -> None:
    def told(words: str, place: str = "open-office") -> str:
        return room_wanted(tuple(words.split()), STILL, place, folder).reading

    assert told("at noon") == "open office, noon" and told("rainy noon") == "open office, noon, overcast"
    assert told("red night") == "open office, night, coloured light"
    assert told("rainy", "server-room") == "server room, its own lights"
    assert _light_name(Mood(clouds=0.5)) == "noon" and _light_name(Mood(clouds=0.51)) == "noon, overcast"
    wanted = room_wanted(("x",), STILL, "open-office", folder)
    assert wanted.place == "open-office" and wanted.vector is STILL


@pytest.mark.parametrize(
    ("words", "score"),
    [("desk", 0.0), ("office", 1.0), ("offices", 1.0), ("office's startup", 2.0), ("open plan", 1.5), ("open", 0.0),
     ("open plan office", 2.0), ("office startup coworking", 2.0), ("a", 0.0)],
)  # fmt: skip
def test_nouns_count_twice_at_most_and_pairs_half_as_much_again(words: str, score: float) -> None:
    nouns = ("office", "open plan", "startup", "coworking")
    assert _named(nouns, tuple(words.split())) == score


def test_a_place_fits_by_its_nearest_caption_and_its_nouns(folder: Path) -> None:
    vector = embed(["office with desks and computers"])[0]
    room = rooms(folder)["open-office"][0]
    captions = (*PLACES["open-office"].captions, "open office")
    close = max(float(anchors().vectors[c] @ vector) for c in PLACES["open-office"].captions)
    assert close == pytest.approx(1.0, abs=1e-3) and len(captions) == 5
    assert _place_score(room, (), vector) == pytest.approx(close, abs=1e-5)
    assert _place_score(room, ("office",), vector) == pytest.approx(close + 0.22, abs=1e-5)
    own = rooms(folder)["greenhouse"][0]
    assert _place_score(own, ("greenhouse",), embed(["greenhouse"])[0]) == pytest.approx(1.22, abs=1e-4)


def test_a_painted_family_fits_by_its_captions_and_its_name() -> None:
    vector = anchors().vectors["calm sea waves"]
    assert _family_score("ocean", (), vector) == pytest.approx(1.0, abs=1e-5)
    assert _family_score("ocean", ("oceans",), vector) == pytest.approx(1.08, abs=1e-5)
    close = float((anchors().of(["tropical beach"]) @ anchors().vectors["tropical beach"]).max())
    both = _family_score("tropical beach", ("tropical", "beach"), anchors().vectors["tropical beach"])
    assert both == pytest.approx(close + 0.16, abs=1e-5)


def test_places_and_painted_scenes_stand_in_one_row_best_first(folder: Path) -> None:
    found = scores(("server", "room"), embed(["server room"])[0], folder)
    assert found.best == "server-room" and found.nearest[0] == "server-room" and len(found.nearest) == 3
    values = [value for _, value in found.ranked]
    assert values == sorted(values, reverse=True) and not found.far
    names = {name for name, _ in found.ranked}
    assert "office" not in names and {"newsroom", "bookshelf", "living room", "ocean", "vault"} <= names
    assert scores(("x",), STILL, folder).far
    assert Scores((("a", 0.4),), False).best == "a" and math.isclose(found.ranked[0][1], values[0])


def test_a_prompt_is_far_below_a_bound(folder: Path) -> None:
    vector = anchors().vectors["calm sea waves"]
    for share, far in ((0.99, False), (0.37, False), (0.35, True)):
        found = scores((), share * vector, folder)
        assert found.ranked[0][1] == pytest.approx(share, abs=1e-4) and found.far is far


def test_a_far_prompt_is_told_short_with_the_nearest_places() -> None:
    note = far_note("x" * 70, ("open-office", "ocean"))
    assert note == f"backdrop: {'x' * 60!r} is far from every place known; the nearest are open office, ocean"
