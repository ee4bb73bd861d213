"""The places that rooms are rendered of: what people call them, and their usual light.

A room brings words of its own in its manifest; this table says more about the places that are known well. ``nouns`` are
words (or pairs of words) that nearly always mean the place, ``captions`` are what prompts are compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PLACES", "REPLACED", "Place"]


@dataclass(frozen=True)
class Place:
    """A place: ``hour`` is its light where a prompt names none; ``lit`` places have lights of their own;
    ``brightness`` is that of :class:`motion.rooms.daylight.Mood`."""

    name: str
    captions: tuple[str, ...]
    nouns: tuple[str, ...]
    hour: str = "morning"
    lit: bool = False
    brightness: float = 0.0


def _place(
    name: str, captions: str, nouns: str, hour: str = "morning", lit: bool = False, brightness: float = 0.0
) -> Place:
    return Place(name, tuple(captions.split(" | ")), tuple(nouns.split(" | ")), hour, lit, brightness)


PLACES: Mapping[str, Place] = {
    place.name: place
    for place in (
        _place(
            "open-office",
            "modern open plan office | office with desks and computers | coworking workspace | startup office",
            "office | open plan | openspace | open space | workspace | coworking | startup | workplace",
            "afternoon",
        ),
        _place(
            "private-office",
            "private office of a director | executive office | lawyer's office with a wooden desk | study cabinet",
            "private office | ceo | executive | director | boss | lawyer | notary | manager office | cabinet",
            "afternoon",
        ),
        _place(
            "meeting-room",
            "meeting room | conference room for a business meeting | boardroom with a long table",
            "meeting | boardroom | conference room | negotiation | meeting office | conference office",
        ),
        _place(
            "home-study",
            "home office with a desk | study at home with books | home workplace in the evening",
            "home office | home study | home cabinet | work from home | desk home | study",
            "evening",
        ),
        _place(
            "living-room",
            "living room with a sofa | cozy apartment | home interior with a lamp | room with a fireplace | bedroom",
            "living room | sofa | couch | apartment | bedroom | fireplace | lounge | sitting room | armchair | home",
            "evening",
        ),
        _place("kitchen", "kitchen | modern kitchen with a window | kitchen with cupboards and a stove", "kitchen"),
        _place(
            "classroom",
            "school classroom | classroom with a blackboard and desks | school lesson",
            "classroom | blackboard | school | chalkboard | lesson | whiteboard",
        ),
        _place(
            "lecture-hall",
            "university lecture hall | auditorium with rows of seats | lecture theatre",
            "lecture | auditorium | university | lecture hall | amphitheatre",
            "morning",
        ),
        _place(
            "stage",
            "conference stage with spotlights | theatre stage | concert stage | speaker on a stage",
            "stage | spotlights | ted talk | keynote | concert | scene spotlight | stage spotlight",
            "evening",
            True,
            -0.9,
        ),
        _place(
            "news-studio",
            "television news studio | tv broadcast studio with screens | breaking news anchor desk",
            "news | newsroom | tv studio | television | broadcast | anchor desk | video wall",
            "evening",
            True,
        ),
        _place(
            "podcast-studio",
            "podcast studio with a microphone | recording studio | radio studio with acoustic foam",
            "podcast | recording studio | microphone | radio | sound studio | streaming | streamer | gaming room",
            "evening",
            True,
        ),
        _place(
            "cyclorama",
            "plain coloured studio background | solid colour backdrop | seamless paper backdrop | infinity cyclorama",
            "cyclorama | solid | plain | seamless | backdrop studio | studio backdrop | plain studio | one colour",
            "noon",
            True,
            0.5,
        ),
        _place(
            "white-studio",
            "white photo studio | clean white studio | plain white background | photographer's studio with daylight",
            "white studio | white background | photo studio | white backdrop | plain white",
            "noon",
            False,
            0.9,
        ),
        _place(
            "library",
            "library with bookshelves | old library with lamps | reading room with books | bookstore",
            "library | bookshelf | bookshelves | bookcase | books | bookstore | reading room | encyclopedias",
            "evening",
        ),
        _place(
            "laboratory",
            "science laboratory | chemistry lab with test tubes | research laboratory with microscopes",
            "laboratory | lab | chemistry | science | microscope | test tubes | research",
        ),
        _place(
            "surgery",
            "doctor's office | medical examination room | dentist clinic | operating room",
            "doctor | medical | clinic | dentist | surgery | examination | operating | physician | medicine",
        ),
        _place(
            "hospital-corridor",
            "hospital corridor | hospital hallway with doors | clinic corridor",
            "hospital | corridor | hallway | hospital corridor | ward",
        ),
        _place(
            "cafe",
            "cozy coffee shop | cafe interior with tables | restaurant | bar counter with lamps | street cafe",
            "cafe | coffee | coffeehouse | restaurant | bakery | bar | bistro | street cafe | coffee shop",
            "morning",
        ),
        _place(
            "shop",
            "clothing store | shop with shelves of goods | boutique | supermarket | mall",
            "shop | store | boutique | supermarket | mall | clothing | retail | grocery",
        ),
        _place(
            "workshop-hall",
            "factory hall with machines | workshop with tools | industrial production hall | garage | warehouse",
            "factory | workshop | garage | machines | industrial | warehouse | production hall | tools | plant hall",
        ),
        _place(
            "server-room",
            "server room | data center with racks | computer servers with blue lights",
            "server | servers | data center | datacenter | racks | data centre | mainframe",
            "evening",
            True,
        ),
        _place(
            "museum",
            "museum hall | art gallery with paintings | exhibition with white walls",
            "museum | gallery | exhibition | art gallery | paintings | sculpture",
        ),
        _place(
            "balcony",
            "balcony with a view of the city | terrace above the city | rooftop terrace",
            "balcony | terrace | rooftop | veranda | loggia",
            "sunset",
        ),
        _place(
            "night-street",
            "night street out of focus | city street at night with lights | rainy street, bokeh | street after rain",
            "night street | street night | street bokeh | rainy street | street rain | street evening | street",
            "night",
        ),
        _place(
            "stadium",
            "football stadium | sports arena with floodlights | stadium at night with a green field",
            "stadium | arena | football | soccer | pitch | tribune | sport | floodlights",
            "night",
            brightness=0.3,
        ),
        _place(
            "autumn-park",
            "autumn park | park with yellow leaves | alley of trees in autumn | park bench under trees",
            "autumn park | park | autumn | fall leaves | autumn alley | alley trees",
            "afternoon",
        ),
        _place(
            "lake-night",
            "lake at night under the stars | starry sky over a lake | moonlit lake",
            "lake night | lake stars | lake moonlight | night lake | stars lake | lake under stars",
            "night",
        ),
    )
}

REPLACED: Mapping[str, str] = {
    "office": "open-office",
    "newsroom": "news-studio",
    "bookshelf": "library",
    "living room": "living-room",
}
"""Painted families that are not looked at where rooms of the place are there."""
