"""What a user may choose about SadTalker (``--face-option KEY=VALUE``), checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from avatar.core.errors import OptionError
from avatar.face.option_values import Reader, choice, degrees, file, folder, number, read_options, switch, whole

__all__ = ["LANDMARKS", "PREPROCESS", "SIZES", "STYLES", "SadTalkerOptions"]

SIZES = (256, 512)
PREPROCESS = ("crop", "extcrop", "resize", "full", "extfull")
LANDMARKS = ("facemesh", "face-alignment")
STYLES = 46
_MOST_BATCH = 64


@dataclass(frozen=True)
class SadTalkerOptions:
    """``size``: side of the picture that the generator draws, in pixels. ``preprocess``: what of the photo it sees and
    what the video shows, one of PREPROCESS. ``gestures``: Govorun's own gestures move the head, else the network's
    poses of ``pose_style`` (0..45) do; ``still``: nothing does. ``expression_scale``: times the expression
    coefficients. ``blink``: whether the eyes blink. ``reference_pose``, ``reference_blink``: videos whose head motion,
    and whose eyes and expression, are taken over. ``yaw``, ``pitch``, ``roll``: degrees of the head along the video,
    instead of any other motion. ``landmarks``: who finds the 68 points. ``compat``: the original's geometry, with its
    slips. ``batch``: frames drawn at once, None for what suits the device. ``half``, ``compile``: half precision and
    compiled networks, on CUDA. ``weights``: folder of the checkpoints, None for the cache."""

    size: int = 256
    preprocess: str = "full"
    still: bool = False
    gestures: bool = True
    pose_style: int = 0
    expression_scale: float = 1.0
    blink: bool = True
    reference_pose: Path | None = None
    reference_blink: Path | None = None
    yaw: tuple[float, ...] = ()
    pitch: tuple[float, ...] = ()
    roll: tuple[float, ...] = ()
    landmarks: str = "facemesh"
    compat: bool = False
    batch: int | None = None
    half: bool = False
    compile: bool = False
    weights: Path | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> SadTalkerOptions:
        """Read options as they were typed; OptionError names the option and what it takes.

        Gestures step back where another source of head motion is asked for, unless both are, which is an error.
        """
        values = read_options("sadtalker", given, _READERS)
        movers: list[str] = [name for name in ("pose_style", "reference_pose") if name in values]
        movers += ["still"] if values.get("still") else []
        if values.get("gestures") and movers:
            raise _contradiction("gestures=on", movers[0])
        if values.get("still") and len(movers) > 1:
            raise _contradiction("still=on", movers[0])
        if "reference_blink" in values and "blink" in values:
            raise _contradiction("reference_blink", "blink")
        return cls(**{"gestures": not movers, **values})

    @property
    def whole(self) -> bool:
        """Whether the drawn face is put back into the whole photo."""
        return self.preprocess in ("full", "extfull")


def _contradiction(one: str, other: str) -> OptionError:
    return OptionError(f"Face options {one} and {other} contradict each other: leave one of them out.")


_READERS: dict[str, Reader] = {
    "size": choice(SIZES),
    "preprocess": choice(PREPROCESS),
    "still": switch,
    "gestures": switch,
    "pose_style": whole(0, STYLES - 1),
    "expression_scale": number(0.0, 3.0),
    "blink": switch,
    "reference_pose": file,
    "reference_blink": file,
    "yaw": degrees,
    "pitch": degrees,
    "roll": degrees,
    "landmarks": choice(LANDMARKS),
    "compat": switch,
    "batch": whole(1, _MOST_BATCH),
    "half": switch,
    "compile": switch,
    "weights": folder,
}
