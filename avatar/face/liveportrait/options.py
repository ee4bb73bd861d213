"""What a user may choose about LivePortrait (``--face-option KEY=VALUE``), checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from avatar.core.errors import OptionError
from avatar.core.registry import Registry
from avatar.face.option_values import Reader, choice, file, folder, number, photo, read_options, switch, whole

__all__ = ["CROPS", "MODES", "REGIONS", "SLIDERS", "SOURCES", "LivePortraitOptions"]

SOURCES = Registry(
    "motion source",
    {
        "rig": "avatar.face.liveportrait.rig:Rig",
        "embedded": "avatar.face.liveportrait.acting:Acting",
        "driving": "avatar.face.liveportrait.driving:Driving",
    },
)
"""Who decides where the keypoints go: see avatar.face.liveportrait.sources."""
MODES = ("relative", "absolute")
REGIONS = ("all", "expression", "pose", "lips", "eyes")
CROPS = ("auto", "on", "off")
SLIDERS: dict[str, tuple[float, float]] = {
    "pitch": (-15.0, 15.0), "yaw": (-25.0, 25.0), "roll": (-15.0, 15.0), "shift_x": (-0.19, 0.19),
    "shift_y": (-0.19, 0.19), "zoom": (0.9, 1.2), "pout": (-0.09, 0.09), "purse": (-20.0, 15.0), "grin": (0.0, 15.0),
    "lip_open": (-90.0, 120.0), "smile": (-0.3, 1.3), "wink": (0.0, 39.0), "brows": (-30.0, 30.0),
    "gaze_x": (-30.0, 30.0), "gaze_y": (-63.0, 63.0),
}  # fmt: skip
"""What each slider takes; LivePortrait's own page has the same ranges."""
_MOST_BATCH = 64
_OF_DRIVING = ("mode", "region", "multiplier", "close_lips", "follow_eyes", "follow_lips", "smooth", "crop_driving")
_OF_RIG = ("mouth", "still", "measure")


@dataclass(frozen=True)
class LivePortraitOptions:
    """``motion``: who moves the face, a name of SOURCES. ``mouth``: how far it opens, 1 as measured on people;
    ``still``: the head stays as in the photo; ``measure``: see how the mouth responds before it is used (these are the
    rig's). ``driving``: the video that lends its motion, ``mode``, ``region``, ``multiplier``, ``close_lips``,
    ``follow_eyes``, ``follow_lips``: how it is followed (see following.Manner); ``smooth``: its motion is smoothed;
    ``crop_driving``: the face is cut out of it, one of CROPS. ``look``: a photo that lends its expression. ``sliders``:
    values by the names of SLIDERS. ``stitch``: the head stays with its shoulders. ``scale``: size of the crop in faces.
    ``compat``: pasted as the original does. ``batch``: frames drawn at once, None for what suits the device. ``half``,
    ``compile``: half precision (None: on CUDA) and compiled networks. ``weights``: folder of the checkpoints, None for
    the cache."""

    motion: str = "rig"
    mouth: float = 1.0
    still: bool = False
    measure: bool = True
    driving: Path | None = None
    mode: str = "relative"
    region: str = "all"
    multiplier: float = 1.0
    close_lips: bool = False
    follow_eyes: bool = False
    follow_lips: bool = False
    smooth: bool = False
    crop_driving: str = "auto"
    look: Path | None = None
    sliders: Mapping[str, float] = field(default_factory=dict)
    stitch: bool = True
    scale: float = 2.3
    compat: bool = False
    batch: int | None = None
    half: bool | None = None
    compile: bool = False
    weights: Path | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> LivePortraitOptions:
        """Read options as they were typed; OptionError names the option and what it takes."""
        values = read_options("liveportrait", given, _READERS)
        motion = values.setdefault("motion", "driving" if "driving" in values else "rig")
        if motion == "driving" and "driving" not in values:
            raise OptionError("Face option motion=driving needs a video: add driving=FILE.")
        for names, source in ((("driving", *_OF_DRIVING), "driving"), (_OF_RIG, "rig")):
            _refuse([name for name in names if name in values and motion != source], motion)
        sliders = {name: values.pop(name) for name in SLIDERS if name in values}
        return cls(**values, sliders=sliders)


def _refuse(names: list[str], motion: str) -> None:
    if names:
        raise OptionError(f"Face option {names[0]} has no effect with motion={motion}: leave one of them out.")


_READERS: dict[str, Reader] = {
    "motion": choice(tuple(SOURCES)),
    "mouth": number(0.0, 2.0),
    "still": switch,
    "measure": switch,
    "driving": file,
    "mode": choice(MODES),
    "region": choice(REGIONS),
    "multiplier": number(0.0, 2.0),
    "close_lips": switch,
    "follow_eyes": switch,
    "follow_lips": switch,
    "smooth": switch,
    "crop_driving": choice(CROPS),
    "look": photo,
    **{name: number(*limits) for name, limits in SLIDERS.items()},
    "stitch": switch,
    "scale": number(1.5, 3.0),
    "compat": switch,
    "batch": whole(1, _MOST_BATCH),
    "half": switch,
    "compile": switch,
    "weights": folder,
}
