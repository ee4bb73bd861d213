"""A talk with slides: one scene a slide, its picture behind, its notes spoken, the person in a corner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from PIL import Image

from avatar.core.errors import InputError
from avatar.core.reasons import Message
from orchestrator.productions.slides import Slide

__all__ = ["LAYOUT", "TRANSITION", "Unspoken", "scenes_of_slides", "shape_of"]

Unspoken = Literal["refuse", "skip", "read"]
LAYOUT, TRANSITION = "circle:bottom-right:0.28", "fade:0.4"
_SHAPES = ((16 / 9, "1280x720"), (4 / 3, "960x720"), (1.0, "720x720"), (9 / 16, "720x1280"))
_LISTED = 12


def scenes_of_slides(
    slides: Sequence[Slide], options: Mapping[str, object], unspoken: Unspoken = "refuse"
) -> list[dict[str, object]]:
    """Options of a scene for each of ``slides``, to which ``options`` of the whole talk are added by the caller.

    ``unspoken``: what becomes of a slide without notes: it is refused, skipped, or its own text is read. InputError
    names the slides that have nothing to say, or says that none has.
    """
    scenes: list[dict[str, object]] = []
    silent: list[int] = []
    for slide in slides:
        words = slide.notes or (slide.text if unspoken == "read" else "")
        if not words:
            silent.append(slide.number)
            continue
        scenes.append({"text": words, "backdrop": f"@{slide.picture}", "backdrop_option": {"fit": "contain"}})
    if silent and unspoken != "skip":
        named = ", ".join(map(str, silent[:_LISTED])) + (", ..." if len(silent) > _LISTED else "")
        if unspoken == "read":
            raise InputError(Message("slides_without_text", slides=named))
        raise InputError(Message("slides_silent", slides=named))
    if not scenes:
        raise InputError(Message("slides_no_notes"))
    usual = {"layout": LAYOUT, "size": shape_of(slides[0].picture)}
    first = {name: value for name, value in usual.items() if name not in options}
    coming = {} if "transition" in options else {"transition": TRANSITION}
    return [{**first, **(coming if number else {}), **scene} for number, scene in enumerate(scenes)]


def shape_of(picture: Path) -> str:
    """The size of a video in which slides of this shape fill the frame best."""
    with Image.open(picture) as slide:
        shape = slide.width / slide.height
    return min(_SHAPES, key=lambda known: abs(known[0] - shape))[1]
