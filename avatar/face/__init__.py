"""Portrait, speech and gestures to frames of a talking face (RGBA, premultiplied)."""

from __future__ import annotations

from collections.abc import Mapping

from avatar.core.errors import OptionError
from avatar.core.registry import Registry
from avatar.face.engines.protocol import FaceEngine
from avatar.face.options import EXPRESSIONS, FaceOptions

__all__ = ["ENGINES", "EXPRESSIONS", "PLANS_WITHOUT_TORCH", "FaceEngine", "FaceOptions", "check_engine_options"]

ENGINES = Registry(
    "face engine",
    {
        "embedded": "avatar.face.engines.embedded:Embedded",
        "liveportrait": "avatar.face.engines.liveportrait:LivePortrait",
        "sadtalker": "avatar.face.engines.sadtalker:SadTalker",
        "still": "avatar.face.engines.still:Still",
        "wan-animate": "avatar.face.engines.wan_animate:WanAnimate",
    },
)
PLANS_WITHOUT_TORCH = ("embedded",)
"""Engines that load torch when a clip is opened, and not before."""
_OPTIONS = Registry(
    "face engine",
    {
        "liveportrait": "avatar.face.liveportrait.options:LivePortraitOptions",
        "sadtalker": "avatar.face.sadtalker.options:SadTalkerOptions",
        "wan-animate": "avatar.face.wan_animate.options:WanAnimateOptions",
    },
)


def check_engine_options(engine: str, given: Mapping[str, str]) -> None:
    """OptionError for an option that the engine does not have or cannot take; loads no model library."""
    if engine in _OPTIONS:
        _OPTIONS.resolve(engine).of(given)
    elif given:
        raise OptionError(f"Face engine {engine} has no option {next(iter(given))!r}: it has none of its own.")
