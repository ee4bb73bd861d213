"""What lies over what in a frame, from back to front. The backdrop is behind them all, the mark of ``label`` before.

Layers are written with commas, ``heading,person``: those that are left out follow in their usual order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["LAYERS", "PERSON", "before_person", "behind_person", "parse_layers"]

PERSON = "person"
LAYERS = (PERSON, "logo", "lower_third", "heading", "progress_bar", "captions")
"""Every layer, in the usual order."""


def parse_layers(value: object) -> tuple[str, ...]:
    """All layers in the order that ``value`` asks for, a list or words with commas; () for the usual order. ValueError
    for a layer that is named twice, or that there is none of."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, Iterable):
        raise ValueError(f"{value!r} is no list of layers: write some of {', '.join(LAYERS)}, from back to front")
    named = [str(item).strip().lower().replace("-", "_") for item in items]
    named = [name for name in named if name]
    for place, name in enumerate(named):
        if name not in LAYERS:
            fixed = ": the backdrop is always behind all, the mark before all" if name in ("backdrop", "label") else ""
            raise ValueError(f"there is no layer {name!r} to be moved{fixed}: choose among {', '.join(LAYERS)}")
        if name in named[:place]:
            raise ValueError(f"the layer {name} is there twice: name each once, from back to front")
    whole = (*named, *(name for name in LAYERS if name not in named))
    return () if whole == LAYERS else whole


def behind_person(layers: Sequence[str]) -> tuple[str, ...]:
    """What of ``layers``, as :func:`parse_layers` gives them, lies behind the person."""
    return tuple(layers[: layers.index(PERSON)]) if layers else ()


def before_person(layers: Sequence[str]) -> tuple[str, ...]:
    """What of ``layers`` lies before the person."""
    ordered = layers or LAYERS
    return tuple(ordered[ordered.index(PERSON) + 1 :])
