"""Latent flow diffusion as a backdrop engine: a small network guesses how the parts of a picture move, on any machine.

The picture is given, or drawn from a prompt by ``painted``. The motion is a closed way for every place of it, so the
loop has no seam and every frame is the picture itself, moved.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.progress import Progress
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.drift import generator_for
from motion.keyframes import covering, within
from motion.options import BackdropOptions, number_option, refuse_unknown, whole_option

if TYPE_CHECKING:
    import torch

    from motion.flow.network import FlowNetwork

__all__ = ["WEIGHTS", "Flow", "FlowClip"]

WEIGHTS = Path(__file__).parent.parent / "weights" / "flow"
_WIDEST = 1280
_FILE = "diffusion_pytorch_model.fp16.safetensors"


class Flow:
    """A picture whose parts move and come back."""

    def card(self) -> EngineCard:
        """Name, version, licence, and the sha256 of the network's weights."""
        return EngineCard("flow", "1", "Apache-2.0", _digest(WEIGHTS / _FILE), "Apache-2.0")

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        """Read or draw the picture, guess its motion.

        Own options: ``strength`` 0..3 of the motion, ``steps``, ``picture``, ``period``, and ``model``, a folder with
        other weights. OptionError for what cannot be used, MissingEngine for weights that cannot be read.
        """

        refuse_unknown(options, "flow", ("strength", "steps", "picture", "period", "model"))
        strength = number_option(options, "strength", 1.0, 0.0, 3.0)
        steps = whole_option(options, "steps", 8, 1, 100)
        period = number_option(options, "period", options.period_s, 2.0, 600.0)
        picture, reading = _picture(options, progress.part(0.0, 0.6))
        shaped = within(covering(picture, options.size), min(_WIDEST, options.size.width))
        network: FlowNetwork = _network(Path(options.engine_options.get("model", WEIGHTS)))
        progress(0.7, "guessing the motion")
        motion = network.motion(shaped.astype(np.float32) / 255.0, options.seed, steps)
        motion[:4] *= strength
        progress(1.0, "backdrop")
        arrays = {"picture": shaped, "motion": motion.astype(np.float32)}
        return BackdropPlan("flow", period, arrays, {"seed": options.seed, "strength": strength}, reading)

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> FlowClip:
        """Make the clip; the network is not needed any more."""
        return FlowClip(plan, size, fps, device)


class FlowClip:
    """Frames are one picture, each place of it moved on its closed way."""

    def __init__(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> None:
        full = cv2.resize(plan.arrays["picture"], (size.width, size.height), interpolation=cv2.INTER_CUBIC)
        self._picture = full.astype(np.float32) / 255.0
        self._behind = cv2.GaussianBlur(self._picture, (0, 0), size.width / 24)
        self._motion, self._device = plan.arrays["motion"], device
        self._turn = 1.0 / (plan.period * fps)
        noise = generator_for(0, "fine dither").random((2, size.height, size.width, 3), np.float32)
        self._dither = (noise[0] - noise[1]) * (0.6 / 255.0)

    def frame(self, index: int) -> torch.Tensor:
        """Frame ``index``, float32 [3, h, w] in 0..1."""
        import torch

        from motion.flow.network import frame_of

        moved = frame_of(self._picture, self._behind, self._motion, (index * self._turn) % 1.0) + self._dither
        return torch.from_numpy(moved).permute(2, 0, 1).clamp(0.0, 1.0).contiguous().to(self._device)


def _picture(options: BackdropOptions, progress: Progress) -> tuple[np.ndarray, str]:
    """The picture uint8 [h, w, 3] and how it is told."""
    from motion.engines.image import read_picture
    from motion.engines.painted import Painted
    from motion.picture import picture_of

    given = options.engine_options.get("picture")
    path = Path(given).expanduser() if given else options.image
    if path is not None and (given or not options.prompt):
        return read_picture(path), f"picture {path.name}"
    if not options.prompt:
        raise OptionError("Engine flow sets a picture in motion: give @FILE, or words that are drawn first.")
    plan = Painted().plan(replace(options, engine_options={}), progress)
    return picture_of(Painted().open(plan, options.size, 25.0, "cpu").frame(0)), plan.reading


@functools.cache
def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MissingEngine(f"Weight file {path} is missing: reinstall govorun.") from error


@functools.lru_cache(maxsize=1)
def _network(folder: Path) -> FlowNetwork:
    from motion.flow.network import FlowNetwork

    return FlowNetwork.load(folder)
