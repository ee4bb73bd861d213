"""Portrait, speech and gestures to frames of a talking face (RGBA, premultiplied)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from avatar.core.errors import OptionError
from avatar.core.registry import Registry
from avatar.core.types import Size

__all__ = ["ENGINES", "EXPRESSIONS", "FaceOptions", "check_engine_options"]

ENGINES = Registry(
    "face engine",
    {
        "embedded": "avatar.face.engines.embedded:Embedded",
        "liveportrait": "avatar.face.engines.liveportrait:LivePortrait",
        "sadtalker": "avatar.face.engines.sadtalker:SadTalker",
        "still": "avatar.face.engines.still:Still",
    },
)
_OPTIONS = Registry(
    "face engine",
    {
        "liveportrait": "avatar.face.liveportrait.options:LivePortraitOptions",
        "sadtalker": "avatar.face.sadtalker.options:SadTalkerOptions",
    },
)
EXPRESSIONS = ("neutral", "happy", "sad", "angry", "surprised")


@dataclass(frozen=True)
class FaceOptions:
    """``size`` and ``fps`` of the video; ``keep_background``: warp the whole photo instead of cutting the person out;
    ``expression``: one of EXPRESSIONS, with an intensity 0..1.5 after a colon where wanted; ``engine_options``: the
    engine's own."""

    size: Size
    fps: float = 25.0
    keep_background: bool = False
    expression: str = "neutral"
    seed: int = 0
    engine_options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name, colon, level = self.expression.partition(":")
        if name not in EXPRESSIONS:
            raise OptionError(f"Unknown expression {name!r}: choose one of {', '.join(EXPRESSIONS)}.")
        if colon:
            try:
                fits = 0.0 <= float(level) <= 1.5
            except ValueError:
                fits = False
            if not fits:
                raise OptionError(f"The intensity of expression {self.expression!r} must be a number from 0 to 1.5.")


def check_engine_options(engine: str, given: Mapping[str, str]) -> None:
    """OptionError for an option that the engine does not have or cannot take; loads no model library."""
    if engine in _OPTIONS:
        _OPTIONS.resolve(engine).of(given)
    elif given:
        raise OptionError(f"Face engine {engine} has no option {next(iter(given))!r}: it has none of its own.")
