"""What every face engine takes beside portrait, speech and gestures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from avatar.core.errors import OptionError
from avatar.core.types import Size

__all__ = ["EXPRESSIONS", "FaceOptions"]

EXPRESSIONS = ("neutral", "happy", "sad", "angry", "surprised")


@dataclass(frozen=True)
class FaceOptions:
    """``size`` and ``fps`` of the video; ``keep_background``: warp the whole photo instead of cutting the person out;
    ``expression``: one of EXPRESSIONS, with an intensity 0..1.5 after a colon where wanted; ``closer``: how much larger
    the face is than in a picture of its own; engines with a framing of their own ignore it; ``engine_options``:
    the engine's own; ``in_place``: cut the person out where the whole photo would show them."""

    size: Size
    fps: float = 25.0
    keep_background: bool = False
    expression: str = "neutral"
    seed: int = 0
    engine_options: Mapping[str, str] = field(default_factory=dict)
    closer: float = 1.0
    in_place: bool = False

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
