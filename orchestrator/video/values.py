"""The kinds of values that options of a video take: each is read, checked and written one way, at every door."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from avatar.core.layers import LAYERS, parse_layers
from avatar.core.layout import KINDS, PLACES, parse_layout
from avatar.core.transparent import TRANSPARENT
from avatar.core.types import Size

__all__ = [
    "CAPTION_FILES",
    "SIDE",
    "TRANSITIONS",
    "Alpha",
    "Backdrop",
    "Captions",
    "Colour",
    "Dimensions",
    "EngineOptions",
    "Face",
    "Ground",
    "Layers",
    "Layouts",
    "SoundUnder",
    "Transition",
    "Trim",
    "Words",
    "parse_size",
    "transition_seconds",
    "trim_seconds",
]

SIDE = (128, 3840)
CAPTION_FILES = ("srt", "vtt")
TRANSITIONS = ("cut", "fade", "slide")
"""How a scene comes in."""
_TRANSITION_SECONDS, _USUAL_TRANSITION = (0.2, 2.0), 0.6
_CAPTIONS = (*CAPTION_FILES, "burn", "karaoke")
_FACE = re.compile(r"largest|left|right|[1-9][0-9]?")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_MOST_LETTERS = 160  # of a heading or a lower third
_QUIETEST_DB = -60.0
_MOMENT = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,5}(?:\.\d{1,3})?)")
_LONGEST_FILM_S = 86400.0


def parse_size(value: object) -> Size:
    """``"1280x720"`` as a Size; ValueError names the nearest valid size."""
    if isinstance(value, Size):
        return _checked_size(value.width, value.height)
    match = re.fullmatch(r"\s*(\d{1,6})\s*[xX×*]\s*(\d{1,6})\s*", str(value))
    if match is None:
        raise ValueError(f"{value!r} is no size: write WIDTHxHEIGHT in pixels, for example 512x512 or 1280x720")
    return _checked_size(int(match[1]), int(match[2]))


def _checked_size(width: int, height: int) -> Size:
    nearest = Size(_nearest_side(width), _nearest_side(height))
    if nearest != Size(width, height):
        low, high = SIDE
        raise ValueError(
            f"{width}x{height} is not possible: both sides must be even and "
            f"within {low}..{high}; the nearest is {nearest}"
        )
    return nearest


def _nearest_side(side: int) -> int:
    return min(SIDE[1], max(SIDE[0], side - side % 2))


def _kinds_of(known: Sequence[str], what: str) -> Callable[[object], tuple[str, ...]]:
    """A reader of some of the ``known`` kinds of ``what``, as a list or with commas; ValueError names them all."""

    def read(value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            items = [item.strip().lower() for item in value.split(",")]
        elif isinstance(value, (tuple, list)):
            items = [str(item).lower() for item in value]
        else:
            raise ValueError(f"{value!r} is no list of {', '.join(known)}")
        wanted = [item for item in items if item and item != "none"]
        for item in wanted:
            if item not in known:
                raise ValueError(f"unknown {what} {item!r}: choose among {', '.join(known)}")
        return tuple(kind for kind in known if kind in wanted)

    return read


def _written_kinds(known: Sequence[str]) -> WithJsonSchema:
    one = f"({'|'.join(known)})"
    listed = {"type": "array", "items": {"type": "string", "enum": list(known)}}
    return WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^(none|{one}(, ?{one})*)?$"}, listed]})


def _parse_backdrop(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.startswith("#") and not _COLOUR.fullmatch(text):
        raise ValueError(f"{text!r} is no colour: write #rrggbb, for example #20344a")
    if not text:
        raise ValueError("the backdrop is empty: describe a place, or say none, photo, #rrggbb or @image.jpg")
    return text


def _parse_layout(value: object) -> str:
    return str(parse_layout(str(value)))


def _parse_colour(value: object) -> str:
    text = str(value).strip().lower()
    if not _COLOUR.fullmatch(text):
        raise ValueError(f"{text!r} is no colour: write #rrggbb, for example #ffd040")
    return text


def _parse_ground(value: object) -> str:
    text = str(value).strip().lower()
    return text if text == "photo" else _parse_colour(text)


def _parse_transition(value: object) -> str:
    kind, _, seconds = str(value).strip().lower().partition(":")
    if kind not in TRANSITIONS:
        raise ValueError(f"{value!r} is no transition: choose {', '.join(TRANSITIONS)}, with :SECONDS where wanted")
    if kind == "cut" or not seconds:
        return kind
    try:
        fits = _TRANSITION_SECONDS[0] <= float(seconds) <= _TRANSITION_SECONDS[1]
    except ValueError:
        fits = False
    if not fits:
        low, high = _TRANSITION_SECONDS
        raise ValueError(f"a transition takes {low:g} to {high:g} seconds, not {seconds!r}: write {kind}:0.6")
    return f"{kind}:{float(seconds):g}"


def transition_seconds(transition: str) -> float:
    """How long a scene takes to come in, 0 for a cut."""
    kind, _, seconds = transition.partition(":")
    return 0.0 if kind == "cut" else float(seconds or _USUAL_TRANSITION)


def _written_order(known: Sequence[str]) -> WithJsonSchema:
    """Some of ``known`` in any order, each once."""
    one = f"({'|'.join(known)})"
    once = rf"^(?!.*{one}.*\1)({one}(, ?{one})*)?$"
    listed = {"type": "array", "items": {"type": "string", "enum": list(known)}, "uniqueItems": True}
    return WithJsonSchema({"anyOf": [{"type": "string", "pattern": once}, listed]})


def _parse_sound_under(value: object) -> str:
    text = str(value).strip().lower()
    if text in ("off", ""):
        return "off"
    try:
        level = float(text)
    except ValueError:
        level = 1.0
    if not _QUIETEST_DB <= level <= 0.0:
        raise ValueError(f"{value!r} is no level: say off, or {_QUIETEST_DB:g} to 0 for the dB to the speech")
    return f"{level + 0.0:g}"


def _parse_trim(value: object) -> str:
    text = "".join(str(value).split())
    if not text:
        return ""
    begin, dash, end = text.partition("-")
    start, stop = _moment(begin), _moment(end) if end else _LONGEST_FILM_S
    if not dash or start is None or stop is None:
        raise ValueError(f"{value!r} is no stretch of a film: write START-END, for example 0:05-0:12, or 5-")
    if not start < stop <= _LONGEST_FILM_S:
        raise ValueError(
            f"the film cannot be shown from {begin} to {end or 'its end'}: let it end later than it begins"
        )
    return f"{_plain(start)}-{_plain(stop) if end else ''}"


def _moment(text: str) -> float | None:
    """Seconds of ``75``, ``1:15`` or ``0:01:15.5``; None for anything else."""
    found = _MOMENT.fullmatch(text)
    return None if found is None else 3600 * int(found[1] or 0) + 60 * int(found[2] or 0) + float(found[3])


def _plain(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def trim_seconds(trim: str) -> tuple[str, str]:
    """Where a stretch of a film begins and ends, in seconds, "" where nothing is said."""
    start, _, stop = trim.partition("-")
    return start, stop


def _parse_face(value: object) -> object:
    text = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    if not _FACE.fullmatch(text):
        raise ValueError(f"{value!r} is no face: say largest, left, right, or its number from the left")
    return text


def _written(pattern: str) -> WithJsonSchema:
    """A text in the one form that a schema names; what is read besides (capitals, blanks) is not told."""
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$"})


def _layouts() -> str:
    """A pattern of every layout that is read: which kind takes a place or a size, the reader says itself."""
    share = r"(0\.(1[5-9]|[2-9])[0-9]*|1(\.0+)?)"
    across = r"(0(\.[0-9]+)?|1(\.0+)?)"
    kinds = []
    for kind in KINDS:
        places = [name for name in PLACES if _is_layout(f"{kind}:{name}")]
        places += [f"{across},{across}"] if _is_layout(f"{kind}:0.5,0.5") else []
        place = f"(:({'|'.join(places)}))?" if places else ""
        kinds.append(f"{kind}{place}" + (f"(:{share})?" if _is_layout(f"{kind}:0.5") else ""))
    return "|".join(kinds)


def _is_layout(text: str) -> bool:
    try:
        parse_layout(text)
    except ValueError:
        return False
    return True


_WRITTEN_COLOUR = "#[0-9a-fA-F]{6}"
_WRITTEN_SECONDS = r"(0\.[2-9][0-9]*|1(\.[0-9]+)?|2(\.0+)?)"
_EVEN_SIDE = "(12[8]|1[3-9][02468]|[2-9][0-9][02468]|[12][0-9][0-9][02468]|3[0-7][0-9][02468]|38[0-3][02468]|3840)"

Face = Annotated[str, BeforeValidator(_parse_face), _written(_FACE.pattern)]
Backdrop = Annotated[str, BeforeValidator(_parse_backdrop), _written(rf"[^\s#][\s\S]*|{_WRITTEN_COLOUR}")]
Layouts = Annotated[str, BeforeValidator(_parse_layout), _written(_layouts())]
Transition = Annotated[
    str, BeforeValidator(_parse_transition), _written(rf"cut|({'|'.join(TRANSITIONS[1:])})(:{_WRITTEN_SECONDS})?")
]
Colour = Annotated[str, BeforeValidator(_parse_colour), _written(_WRITTEN_COLOUR)]
Ground = Annotated[str, BeforeValidator(_parse_ground), _written(f"photo|{_WRITTEN_COLOUR}")]
Words = Annotated[str, Field(max_length=_MOST_LETTERS)]
Dimensions = Annotated[Size, BeforeValidator(parse_size), PlainSerializer(str), _written(f"{_EVEN_SIDE}x{_EVEN_SIDE}")]
_WRITTEN_LEVEL = r"^(off|0|-([1-5]?[0-9](\.[0-9]+)?|60))$"
SoundUnder = Annotated[
    str,
    BeforeValidator(_parse_sound_under),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": _WRITTEN_LEVEL}, {"type": "number", "minimum": -60, "maximum": 0}]}
    ),
]
Trim = Annotated[str, BeforeValidator(_parse_trim)]
Layers = Annotated[tuple[str, ...], BeforeValidator(parse_layers), _written_order(LAYERS)]
Captions = Annotated[tuple[str, ...], BeforeValidator(_kinds_of(_CAPTIONS, "captions")), _written_kinds(_CAPTIONS)]
Alpha = Annotated[
    tuple[str, ...], BeforeValidator(_kinds_of(tuple(TRANSPARENT), "alpha")), _written_kinds(tuple(TRANSPARENT))
]
EngineOptions = Mapping[str, str]
