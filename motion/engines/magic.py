"""MagicVideo's design as a backdrop engine: Stable Diffusion 1.5 as it is, an adapter that was trained on a few films,
and attention over time that sees no later frame. See ``motion/magic``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from diffusers import AnimateDiffPipeline

from avatar.core import weights
from avatar.core.errors import MissingEngine, OptionError
from avatar.core.places import cache_folder
from motion.engines.animatediff import SD15, MotionCamera
from motion.engines.diffusion_weights import told_as
from motion.engines.video import VideoModel
from motion.engines.video_options import Order, Traits
from motion.magic.network import MagicAdapter, MagicUNet, mixed

__all__ = ["Magic", "MagicPipeline"]


class MagicPipeline(AnimateDiffPipeline):
    """The parts of Stable Diffusion with a ``MagicAdapter`` in the UNet, and nowhere else: offloading takes each module
    of a pipeline once."""

    def __init__(
        self, vae: Any, text_encoder: Any, tokenizer: Any, unet: Any, motion_adapter: Any, scheduler: Any,
        feature_extractor: Any = None, image_encoder: Any = None,
    ) -> None:  # fmt: skip
        made = MagicUNet.of(unet, motion_adapter)
        super().__init__(vae, text_encoder, tokenizer, made, None, scheduler, feature_extractor, image_encoder)
        self.shared_noise = float(motion_adapter.config["shared_noise"])


class Magic(VideoModel):
    """Text to video on Stable Diffusion 1.5."""

    traits: ClassVar[Traits] = Traits(
        name="magic",
        classes=dict.fromkeys(SD15, MagicPipeline),
        weights="stable-diffusion-1.5",
        takes=("prompt",),
        frames=16,
        fps=8.0,
        steps=25,
        guidance=7.5,
        side=512,
        text_drift="frame",
        own=("adapter",),
    )

    def parts(self, folder: Path, order: Order) -> tuple[Callable[[], dict[str, Any]], ...]:
        """The adapter that is named by the option ``adapter``."""
        named = order.options.engine_options.get("adapter")
        if named is None:
            raise OptionError(
                "Engine magic needs an adapter that was trained for it: give --backdrop-option adapter=FOLDER; "
                "docs/video-models.md says how to train one."
            )
        found = Path(weights.resolve(named, cache_folder())).expanduser()
        frames, most = order.shooting.frames, _frames_of(found)
        if frames > most:
            raise OptionError(
                f"Backdrop option frames is {frames}: adapter {found.name} knows {most}; clips=2 makes twice as many."
            )
        return (_Adapter(found, order.loading.precision),)

    def camera(self, pipeline: Any, order: Order) -> MagicCamera:
        """The camera of a loaded pipeline."""
        return MagicCamera(pipeline, order)


def _frames_of(folder: Path) -> int:
    """The most frames that the adapter in ``folder`` knows; OptionError or MissingEngine where it is none."""
    if not folder.is_dir():
        raise OptionError(f"Adapter {str(folder)!r} is no folder that exists, and no name of `govorun models`.")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kind, frames = config["_class_name"], int(config["motion_max_seq_length"])
    except (OSError, ValueError, KeyError, TypeError):
        kind = None
    if kind is None or not any(folder.glob("*.safetensors")):
        raise MissingEngine(f"{folder} is no adapter: it needs config.json and a .safetensors file.")
    if kind != MagicAdapter.__name__:
        raise OptionError(f"{folder} is a {kind}: engine magic takes a {MagicAdapter.__name__}.")
    return frames


@dataclass(frozen=True)
class _Adapter:
    """Loads the adapter of ``folder``; equal ones give the same."""

    folder: Path
    precision: str

    def __call__(self) -> dict[str, Any]:
        import torch

        with told_as(f"Adapter {self.folder}"):
            adapter = MagicAdapter.from_pretrained(
                self.folder, dtype=getattr(torch, self.precision), use_safetensors=True
            )
        return {"motion_adapter": adapter, "image_encoder": None, "feature_extractor": None}


class MagicCamera(MotionCamera):
    """Frames have as much noise in common as the adapter was trained with."""

    def arranged(self, noise: np.ndarray) -> np.ndarray:
        """``noise`` [f, c, h, w] with a part that all frames share."""
        found: np.ndarray = mixed(self.tensor(noise), self.pipeline.shared_noise).cpu().numpy()
        return found
