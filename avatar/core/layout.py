"""Where the person stands in the frame: layouts by name, and their panels in pixels.

A layout is written ``KIND[:PLACE][:SIZE]``, for example ``circle``, ``card:top-left``, ``circle:0.8,0.6:0.3``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from avatar.core.types import Size

__all__ = ["CLOSER", "KINDS", "PLACES", "Layout", "Panel", "free_area", "panel_of", "parse_layout", "safe_area"]

KINDS = ("full", "left", "right", "corner", "circle", "card", "none")
"""``full``: the whole frame. ``left``, ``right``: cut out, at that side. ``corner``: cut out, small, on the lower edge.
``circle``, ``card``: framed, with a ground of its own, anywhere. ``none``: nobody is seen, a voice speaks."""
PLACES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "top-left": (0.0, 0.0), "top": (0.5, 0.0), "top-right": (1.0, 0.0),
        "left": (0.0, 0.5), "centre": (0.5, 0.5), "right": (1.0, 0.5),
        "bottom-left": (0.0, 1.0), "bottom": (0.5, 1.0), "bottom-right": (1.0, 1.0),
    }
)  # fmt: skip
"""Place by name -> where in what is left free of the safe area the panel lies, across and down, 0..1."""
CLOSER = 1.35
"""How much larger than usual the face is in a circle or a card, which is a close-up."""
_USUAL_PLACE = "bottom-right"
_USUAL_SIZE = {"corner": (0.5, 0.66), "circle": (0.34, 0.42), "card": (0.42, 0.5)}  # in wide and in high frames
_SIDE_SIZE = (0.5, 0.72)  # of the width: in wide and square frames, and in high ones
_SIZES = (0.15, 1.0)
_CARD_SHAPE = 1.2  # height over width
_SIDE_SHAPE = 1.35  # the highest panel of a person at a side
_MARGIN = 0.045  # of the shorter side
_HIGH_TOP, _HIGH_BOTTOM, _HIGH_SIDES = 0.10, 0.17, 0.05  # what players of high videos lay their buttons over
_LINES, _HIGH_LINES = 0.215, 0.19  # of the height, taken by two burnt lines
_LEAST = 64  # pixels of a panel


@dataclass(frozen=True)
class Layout:
    """``at``: the name of a place, or ``x,y`` of the panel's middle in shares of the frame; ``share``: 0 for the usual
    size, else the panel's width in shares of the frame's shorter side (of its width for ``left`` and ``right``)."""

    kind: str = "full"
    at: str = ""
    share: float = 0.0

    def __str__(self) -> str:
        parts = [self.kind, self.at, f"{self.share:g}" if self.share else ""]
        return ":".join(part for part in parts if part)

    @property
    def framed(self) -> bool:
        """Whether the person has a ground of its own instead of being cut out."""
        return self.kind in ("circle", "card")

    @property
    def empty(self) -> bool:
        """Whether nobody is seen."""
        return self.kind == "none"


@dataclass(frozen=True)
class Panel:
    """A rectangle in pixels from the top left corner of the frame."""

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height


def parse_layout(text: str) -> Layout:
    """The layout that ``text`` names; ValueError says what can be written."""
    kind, *rest = (part.strip().lower() for part in text.strip().split(":"))
    if kind not in KINDS:
        raise ValueError(f"{text!r} is no layout: choose {', '.join(KINDS)}, with :PLACE and :SIZE where wanted")
    place = rest.pop(0) if rest and not _is_number(rest[0]) else ""
    share = rest.pop(0) if rest else ""
    if kind == "none" and (place or share):
        raise ValueError(f"{text!r} places nobody: write none alone")
    if rest:
        raise ValueError(f"{text!r} says too much: write KIND:PLACE:SIZE, for example circle:top-left:0.3")
    return Layout(kind, _place(place, kind), _share(share))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _place(text: str, kind: str) -> str:
    if text and kind in ("full", "left", "right"):
        raise ValueError(
            f"the layout {kind} has its place already: leave out {text!r}, or choose corner, circle or card"
        )
    if not text:
        return ""
    if "," in text:
        numbers = [float(part) if _is_number(part) else -1.0 for part in text.split(",")]
        if len(numbers) != 2 or not all(0.0 <= number <= 1.0 for number in numbers):
            raise ValueError(
                f"{text!r} is no place: write two shares of the frame between 0 and 1, for example 0.8,0.7"
            )
        text = ",".join(f"{number:g}" for number in numbers)
    elif text not in PLACES:
        raise ValueError(f"{text!r} is no place: choose {', '.join(PLACES)}, or two shares such as 0.8,0.7")
    if kind == "corner" and not text.startswith("bottom"):
        raise ValueError("a person who is cut out stands on the lower edge: choose a bottom place, or circle or card")
    return text


def _share(text: str) -> float:
    if not text:
        return 0.0
    low, high = _SIZES
    if not _is_number(text) or not low <= float(text) <= high:
        raise ValueError(f"{text!r} is no size of a layout: write a share of the frame from {low:g} to {high:g}")
    return float(text)


def safe_area(size: Size, captioned: bool = False) -> Panel:
    """What stays free of a player's buttons in a frame of ``size``, and of burnt captions where it is ``captioned``."""
    high = size.height > 1.2 * size.width
    margin = _MARGIN * min(size.width, size.height)
    side = _HIGH_SIDES * size.width if high else margin
    top = _HIGH_TOP * size.height if high else margin
    below = _HIGH_BOTTOM * size.height if high else margin
    if captioned:
        below = max(below, (_HIGH_LINES if high else _LINES) * size.height)
    return Panel(round(side), round(top), round(size.width - 2 * side), round(size.height - top - below))


def panel_of(layout: Layout, size: Size, captioned: bool = False) -> Panel:
    """The rectangle of the person in a frame of ``size``, within it, with even sides.

    What is framed keeps out of the way of burnt captions where the video is ``captioned``; who is cut out stands on the
    lower edge, behind them.
    """
    if layout.kind in ("full", "none"):
        return Panel(0, 0, size.width, size.height)
    if layout.kind in ("left", "right"):
        return _at_side(layout, size)
    across = (layout.share or _USUAL_SIZE[layout.kind][size.height > 1.2 * size.width]) * min(size.width, size.height)
    shape = _CARD_SHAPE if layout.kind == "card" else 1.0
    across = min(across, size.height / shape)
    width, height = _even(across), _even(across * shape)
    if layout.kind == "corner":
        free = Panel(0, 0, size.width, size.height)
    else:
        free = safe_area(size, captioned)
    left, top = _placed(layout.at or _USUAL_PLACE, free, (width, height), size)
    if layout.kind == "corner":
        top = size.height - height
    return Panel(min(max(left, 0), size.width - width), min(max(top, 0), size.height - height), width, height)


def _placed(at: str, free: Panel, panel: tuple[int, int], size: Size) -> tuple[int, int]:
    """Left and top of a panel of this width and height."""
    if at in PLACES:
        across, down = PLACES[at]
        return round(free.left + across * (free.width - panel[0])), round(free.top + down * (free.height - panel[1]))
    across, down = (float(part) for part in at.split(","))
    return round(across * size.width - panel[0] / 2), round(down * size.height - panel[1] / 2)


def _at_side(layout: Layout, size: Size) -> Panel:
    high = size.height > 1.2 * size.width
    width = _even(min(size.width, (layout.share or _SIDE_SIZE[high]) * size.width))
    height = _even(min(size.height, _SIDE_SHAPE * width))
    return Panel(size.width - width if layout.kind == "right" else 0, size.height - height, width, height)


def _even(length: float) -> int:
    return max(_LEAST, 2 * int(length / 2))


def free_area(layout: Layout, size: Size, captioned: bool = False) -> Panel:
    """Where words may stand beside the person: the safe side of the frame that is free, or its lower part; everywhere
    in the safe frame where nobody is."""
    safe, panel = safe_area(size, captioned), panel_of(layout, size, captioned)
    if layout.empty:
        return safe
    room = {
        "left": Panel(safe.left, safe.top, max(0, panel.left - safe.left), safe.height),
        "right": Panel(panel.right, safe.top, max(0, safe.left + safe.width - panel.right), safe.height),
        "above": Panel(safe.left, safe.top, safe.width, max(0, panel.top - safe.top)),
        "below": Panel(safe.left, panel.bottom, safe.width, max(0, safe.top + safe.height - panel.bottom)),
    }
    best = max(room.values(), key=lambda area: min(area.width, 3 * area.height) * area.height)
    if layout.kind != "full" and min(best.width, best.height) > 0.2 * min(size.width, size.height):
        return best
    lower = round(0.34 * safe.height)
    return Panel(safe.left, safe.top + safe.height - lower, safe.width, lower)
