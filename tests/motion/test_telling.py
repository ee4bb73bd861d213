"""Which place a paragraph tells of: by words of two languages, by likeness, by name, and what goes on unsaid."""

from __future__ import annotations

import pytest

from motion.scenes.families import FAMILIES
from motion.telling import Told, places_told

PLACES = {
    "ocean": ("The ship sailed on over the waves.", "Корабль плыл по волнам."),
    "forest": ("He went into the wood and met a wolf.", "Он вошёл в лес и встретил волка."),
    "mountains": ("She climbed over the cliffs to the summit.", "Она поднялась на вершину по скалам."),
    "desert dunes": ("The caravan crossed the desert.", "Караван шёл через пустыню."),
    "kitchen": ("There was bread in the oven.", "На кухне пахло хлебом."),
    "living room": ("They sat by the fireplace of the old cottage.", "Они сидели у камина в старой избе."),
    "museum": ("The king sat on his throne.", "Царь сидел на троне."),
    "city skyline": ("He lived in a city of glass towers.", "Он жил в большом городе под самой крышей города."),
    "snowy winter forest": ("In winter the sledge flew over the snow.", "Зимой сани летели по снегу."),
    "nebula": ("The rocket landed on a small planet.", "Ракета села на маленькую планету."),
    "flower field": ("She ran through the meadow, among flowers.", "Она бежала по лугу среди цветов."),
    "library": ("The wizard opened a book.", "Волшебник открыл книгу."),
    "underwater": ("The mermaid swam among the fish.", "Русалка плыла среди рыб."),
}


def places(*paragraphs: str) -> list[str]:
    return [told.place for told in places_told(paragraphs)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("language", [0, 1])
def test_words_tell_the_place_in_both_languages(place: str, language: int) -> None:
    assert places(PLACES[place][language])[0].split(",")[0] == place


@pytest.mark.parametrize(
    ("text", "light"),
    [
        ("By midnight the ship was gone.", "night"),
        ("К полуночи корабль исчез.", "night"),
        ("At dawn they saw a sail.", "dawn"),
        ("Утром они увидели парус.", "dawn, sunrise morning"),
        ("In the evening they saw a sail.", "dusk, twilight"),
        ("The ship sailed on through the storm.", "storm, dark dramatic clouds"),
        ("Good morning, said the captain of the ship.", ""),
        ("— Спокойной ночи, — сказал капитан.", ""),
    ],
)
def test_hours_and_weather_are_told_too(text: str, light: str) -> None:
    assert places(text) == [f"ocean, {light}" if light else "ocean"]


def test_lights_that_are_added_are_lights_of_the_painted_places() -> None:
    (place,) = places("In the evening the ship came back.")
    assert place.partition(", ")[2] in FAMILIES["ocean"].tones


def test_what_is_not_told_goes_on() -> None:
    assert places("A wolf ran through the wood at night.", "He said nothing.", "At dawn he slept.") == [
        "forest, night", "forest, night", "forest, dawn",
    ]  # fmt: skip


def test_weather_passes_and_the_hour_stays() -> None:
    assert places("At dawn the ship sailed into the fog.", "The sea was calm.") == [
        "ocean, overcast, grey misty day", "ocean, dawn",
    ]  # fmt: skip


def test_before_the_first_place_stands_that_place_and_without_any_a_sea() -> None:
    assert places("Listen.", "A camel crossed the desert.") == ["desert dunes", "desert dunes"]
    assert places("Listen.", "I was told this.") == ["ocean", "ocean"]


def test_a_place_is_named_and_holds_until_another_is_told() -> None:
    found = places_told(
        ["[place: a harbour at night] They waited.", "Nobody came.", "So he went into the forest, to the bear."]
    )
    assert found == (
        Told("They waited.", "a harbour at night", named=True),
        Told("Nobody came.", "a harbour at night"),
        Told("So he went into the forest, to the bear.", "forest"),
    )
    assert places("[место: зимний лес] Тихо.") == ["зимний лес"]


def test_a_word_by_the_way_does_not_move_the_story() -> None:
    assert places("The ship sailed over the waves, and the captain was silent.", "He thought of a tree at home.") == [
        "ocean", "ocean",
    ]  # fmt: skip


def test_the_later_of_two_places_is_where_the_paragraph_ends() -> None:
    assert places("She left the kitchen and went into the forest.")[0] == "forest"
    assert places("She left the forest and went into the kitchen.")[0] == "kitchen"


def test_likeness_tells_a_place_without_its_words() -> None:
    assert places("Northern glow danced green above the frozen pole all around us.")[0] == "aurora"
