"""Prompts lead to the places that people mean: ninety of them, written down before anything was tuned.

All places have a room here, known by its manifest alone, so the answer does not depend on which rooms are shipped.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from motion.choosing import engine_for
from motion.embedding import embed, read_prompt
from motion.places import PLACES
from motion.plates import rooms
from motion.rooms.reading import room_wanted, scores
from motion.understanding import words_of
from tests.rooms_small import write_manifest

_LISTED = [line.split("\t") for line in (Path(__file__).parent / "ninety.tsv").read_text("utf-8").splitlines()[1:]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("places")
    for place in PLACES:
        write_manifest(made, place)
    return made


@pytest.mark.parametrize(("part", "least"), [("tuned", 48), ("held", 34)])
def test_prompts_lead_to_their_place(folder: Path, part: str, least: int) -> None:
    listed = [(places.split("|"), prompt) for which, places, prompt in _LISTED if which == part]
    readings = [read_prompt(prompt).english for _, prompt in listed]
    found = [
        scores(words_of(text), vector, folder).best for text, vector in zip(readings, embed(readings), strict=True)
    ]
    wrong = [(prompt, best) for (places, prompt), best in zip(listed, found, strict=True) if best not in places]
    assert len(listed) - len(wrong) >= least, wrong


@pytest.mark.parametrize(
    ("prompt", "hour"),
    [("library at night", "night"), ("кухня утром", "morning"), ("кабинет на закате", "sunset"), ("cafe", "morning")],
)
def test_words_lead_to_their_light(folder: Path, prompt: str, hour: str) -> None:
    text = read_prompt(prompt).english
    (vector,) = embed([text])
    place = scores(words_of(text), vector, folder).best
    assert hour in room_wanted(words_of(text), vector, place, folder).reading


def test_a_place_with_lamps_is_darker_at_night(folder: Path) -> None:
    lamps = next(name for name, place in PLACES.items() if place.lit and place.brightness > -0.6)
    usual, found = PLACES[lamps].brightness, {}
    for hour in ("noon", "evening", "night"):
        words = words_of(f"{lamps.replace('-', ' ')} at {hour}")
        found[hour] = room_wanted(words, embed([" ".join(words)])[0], lamps, folder).mood.brightness
    assert found == {"noon": usual, "evening": usual - 0.5, "night": usual - 0.5}


def test_a_title_leads_to_its_own_place(folder: Path) -> None:
    titles = [place.replace("-", " ") for place in PLACES]
    for title, vector in zip(titles, embed(titles), strict=True):
        assert scores(words_of(title), vector, folder).best == title.replace(" ", "-")


def test_own_options_of_the_generator_choose_it() -> None:
    assert engine_for("office", {"steps": "4"}) == "embedded"
    assert engine_for("office", {}, model="folder") == "embedded"
    assert engine_for("northern lights", {}) == "embedded"


def test_words_of_a_new_room_lead_to_it(tmp_path: Path) -> None:
    write_manifest(tmp_path, "winter-greenhouse")
    text = "greenhouse in winter"
    assert scores(words_of(text), embed([text])[0], tmp_path).best == "winter-greenhouse"
    assert list(rooms(tmp_path)) == ["winter-greenhouse"]
