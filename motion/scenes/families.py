"""The table of families: how each is called, what words lead to it, which tones it may have, and who draws it."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from motion.scenes.canvas import Canvas
from motion.scenes.tones import COLOURS, INDOOR, OUTDOOR, SHAPES, Look, Tone, look_from_vector

__all__ = ["FAMILIES", "Family", "Scene", "draw", "scene"]


class Scene(Protocol):
    """A laid-out scene of one size and seed."""

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture float32 [h, w, 3] at ``phase``; values may pass 0..1 a little."""
        ...


@dataclass(frozen=True)
class Family:
    """A kind of scene: ``captions`` lead to it, ``tones`` are its lights, ``usual`` the one without a hint."""

    name: str
    captions: tuple[str, ...]
    tones: Mapping[str, Tone]
    usual: str
    drawer: str

    def scene(self, canvas: Canvas) -> Scene:
        """Lay the scene out."""
        module, _, name = self.drawer.partition(":")
        laid: Scene = getattr(importlib.import_module(f"motion.scenes.{module}"), name)(canvas)
        return laid


_NOON, _DUSK, _DAY, _EVENING = "noon, bright blue sky", "dusk, twilight", "bright daylight", "warm evening lamp light"
_NIGHT, _COOL, _GOLD = "dark night, blue light", "cool modern, grey", "golden sunset"


def _colours(*names: str) -> dict[str, Tone]:
    """The colour tones whose phrase begins with one of ``names``."""
    return {phrase: tone for phrase, tone in COLOURS.items() if phrase.split()[0] in names}


_WATER = _colours("teal", "deep", "green", "purple")
_SKY_LIGHTS = _colours("green", "teal", "purple", "pink", "deep", "red")
_NIGHT_LIGHTS = _colours("purple", "pink", "teal", "deep", "red", "orange", "green", "golden")
_SPACE = _colours("purple", "pink", "teal", "deep", "red", "orange", "golden", "green")
_WET = _colours("deep", "teal", "purple", "orange", "grey", "green", "red")


def _family(name: str, drawer: str, tones: Mapping[str, Tone], usual: str, *captions: str) -> Family:
    return Family(name, (name, *captions), tones, usual, drawer)


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        _family(
            "ocean",
            "water:Ocean",
            OUTDOOR,
            _DUSK,
            "calm sea waves",
            "stormy sea waves",
            "open water to the horizon",
            "lake water surface",
            "river",
        ),
        _family(
            "tropical beach",
            "water:Beach",
            OUTDOOR,
            _NOON,
            "sandy beach with palm trees",
            "island lagoon turquoise water",
            "sea shore with surf",
        ),
        _family(
            "underwater",
            "water:Underwater",
            _WATER,
            "teal turquoise",
            "under the sea, coral reef",
            "deep water with light rays",
            "aquarium with fish",
        ),
        _family(
            "rain on a window",
            "water:Rain",
            _WET,
            "deep blue",
            "raindrops on glass",
            "rainy evening behind the window",
            "rain drops and city lights",
        ),
        _family(
            "mountains",
            "land:Mountains",
            OUTDOOR,
            _NOON,
            "mountain ridge in mist",
            "mountains under the stars",
            "night in the mountains",
            "alps peaks and valley",
            "hills landscape",
        ),
        _family("desert dunes", "land:Dunes", OUTDOOR, _GOLD, "sand dunes", "sahara desert", "sandy desert landscape"),
        _family(
            "snowy winter forest",
            "land:Snow",
            OUTDOOR,
            "overcast, grey misty day",
            "falling snow",
            "winter landscape with snow and fir trees",
            "snow and frost",
            "arctic snow",
        ),
        _family(
            "flower field",
            "land:Flowers",
            OUTDOOR,
            _NOON,
            "lavender field",
            "meadow with flowers",
            "sunflower field, tulips, poppies",
            "grass field",
            "roses garden flowers",
        ),
        _family(
            "forest",
            "land:Forest",
            OUTDOOR,
            "dawn, sunrise morning",
            "trees with sunbeams",
            "misty woods",
            "jungle",
            "park trees with leaves",
            "autumn forest",
        ),
        _family(
            "cherry blossom",
            "land:Blossom",
            OUTDOOR,
            _NOON,
            "blossoming branches in spring",
            "sakura petals",
            "apple blossom garden",
        ),
        _family(
            "aurora",
            "sky:Aurora",
            _SKY_LIGHTS,
            "green emerald",
            "northern lights",
            "aurora borealis over mountains",
            "polar lights in the night sky",
            "northern glow",
        ),
        _family(
            "clouds", "sky:Clouds", OUTDOOR, _NOON, "sky with clouds", "above the clouds", "cloudscape", "open sky"
        ),
        _family(
            "nebula",
            "sky:Nebula",
            _SPACE,
            "purple violet",
            "outer space",
            "galaxy and stars",
            "starry universe",
            "cosmos, milky way",
        ),
        _family(
            "city skyline",
            "city:Skyline",
            OUTDOOR,
            _DUSK,
            "skyscrapers",
            "city at night",
            "city lights in the evening",
            "city panorama with towers",
            "metropolis across the river",
            "downtown buildings",
        ),
        _family(
            "neon street",
            "city:Neon",
            _NIGHT_LIGHTS,
            "purple violet",
            "cyberpunk city street at night",
            "neon signs in tokyo",
            "rainy street with neon lights",
            "alley with street lights",
        ),
        _family(
            "office",
            "rooms:Office",
            INDOOR,
            _DAY,
            "modern office interior",
            "meeting room with windows",
            "workplace with desks",
            "business conference room",
        ),
        _family(
            "newsroom",
            "rooms:Newsroom",
            COLOURS,
            "deep blue",
            "television news studio",
            "broadcast studio with screens",
            "tv set with video wall",
        ),
        _family(
            "bookshelf",
            "rooms:Bookshelf",
            INDOOR,
            _EVENING,
            "library with books",
            "bookcase in a study",
            "shelves of books",
        ),
        _family(
            "living room",
            "rooms:Living",
            INDOOR,
            _EVENING,
            "cozy home interior with a lamp",
            "room with a sofa",
            "apartment, bedroom",
            "cafe interior",
            "fireplace",
        ),
        _family("brick wall", "walls:Brick", INDOOR, _EVENING, "red bricks", "loft brick wall", "stone wall"),
        _family("wooden wall", "walls:Wood", INDOOR, _DAY, "wood planks", "wooden boards texture", "oak panels"),
        _family(
            "curtain",
            "walls:Curtain",
            COLOURS,
            "red crimson",
            "velvet theatre curtain",
            "silk drapes",
            "fabric folds",
            "stage",
        ),
        _family(
            "studio glow",
            "walls:Glow",
            COLOURS,
            "grey charcoal",
            "plain photo studio backdrop",
            "simple soft gradient background with a spotlight",
            "minimal plain wall",
            "spotlight",
        ),
        _family(
            "bokeh lights",
            "abstract:Bokeh",
            COLOURS,
            "golden yellow",
            "blurred lights",
            "christmas lights out of focus",
            "festive string lights",
            "sparkling lights",
        ),
        _family(
            "paper waves",
            "abstract:Paper",
            COLOURS,
            "teal turquoise",
            "layered paper cut",
            "abstract waves of paper",
            "paper layers",
            "geometric layers",
        ),
        _family(
            "mesh gradient",
            "abstract:Mesh",
            COLOURS,
            "purple violet",
            "abstract colour gradient",
            "flowing colours",
            "liquid colourful abstract",
            "rainbow gradient",
        ),
        _family(
            "hologram grid",
            "abstract:Hologram",
            _NIGHT_LIGHTS,
            "teal turquoise",
            "futuristic digital technology",
            "virtual data space",
            "glowing grid, synthwave",
            "matrix, science fiction",
        ),
        _family(
            "pastel shapes",
            "abstract:Pastel",
            COLOURS,
            "pink rose",
            "soft pastel colours",
            "gentle pastel circles",
            "minimal pastel background",
        ),
    )
}


@functools.lru_cache(maxsize=4)
def scene(family: str, width: int, height: int, seed: int) -> Scene:
    """The laid-out scene; the last few are kept. KeyError for an unknown family."""
    return FAMILIES[family].scene(Canvas(width, height, seed))


def draw(family: str, look: Look | str, width: int, height: int, seed: int, phase: float = 0.0) -> np.ndarray:
    """One picture float32 [height, width, 3] in 0..1 of ``family`` in ``look`` (or the name of one of its tones)."""
    if isinstance(look, str):
        shape = Canvas(width, height, seed).draw("shape").standard_normal(SHAPES)
        look = look_from_vector(np.concatenate([FAMILIES[family].tones[look].vector, shape]))
    picture = scene(family, width, height, seed).draw(look, phase)
    return np.clip(picture, 0.0, 1.0).astype(np.float32)
