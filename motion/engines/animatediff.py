"""AnimateDiff as a backdrop engine: a motion adapter sets any checkpoint of Stable Diffusion 1.5 in motion.

Every frame has its own embedding of the prompt, so the drift goes on from frame to frame. Clips longer than the
adapter's context come by FreeNoise (Qiu and others, 2023): windows that overlap, with the noise of the first one
shuffled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from avatar.core import weights
from avatar.core.errors import MissingEngine, OptionError
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from motion.drift import generator_for
from motion.engines.diffusion_weights import told_as
from motion.engines.stable_diffusion import Tokens
from motion.engines.video import Camera, Shot, VideoModel, denoised
from motion.engines.video_options import Order, Traits
from motion.options import whole_option

if TYPE_CHECKING:
    import torch

__all__ = ["SD15", "Adapter", "AnimateDiff", "AnimateDiffCamera", "MotionCamera", "adapter_of"]

_ADAPTER = "animatediff-adapter"
SD15 = ("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline")
"""Pipelines of Stable Diffusion 1.5, which this module and others set in motion."""


class AnimateDiff(VideoModel):
    """Text to video on Stable Diffusion 1.5."""

    traits: ClassVar[Traits] = Traits(
        name="animatediff",
        classes=dict.fromkeys((*SD15, "AnimateDiffPipeline"), "AnimateDiffPipeline"),
        weights="stable-diffusion-1.5",
        takes=("prompt",),
        frames=16,
        fps=8.0,
        steps=25,
        guidance=7.5,
        side=512,
        text_drift="frame",
        own=("adapter", "context"),
        lora="stable-diffusion",
    )

    def parts(self, folder: Path, order: Order) -> tuple[Callable[[], dict[str, Any]], ...]:
        """The motion adapter, where the folder of the model has none."""
        return adapter_of(folder, order)

    def camera(self, pipeline: Any, order: Order) -> AnimateDiffCamera:
        """The camera of a loaded pipeline; frames beyond the context of the adapter need FreeNoise."""
        return AnimateDiffCamera(pipeline, order)


@dataclass(frozen=True)
class Adapter:
    """Loads the motion adapter of ``folder``; equal ones give the same."""

    folder: Path
    precision: str

    def __call__(self) -> dict[str, Any]:
        """The part ``motion_adapter``; MissingEngine or EngineError where it cannot be loaded."""
        import torch
        from diffusers import MotionAdapter

        kind = getattr(torch, self.precision)
        with told_as(f"Motion adapter {self.folder}"):
            return {
                "motion_adapter": MotionAdapter.from_pretrained(self.folder, dtype=kind, use_safetensors=True),
                "image_encoder": None,
                "feature_extractor": None,
            }


def adapter_of(folder: Path, order: Order) -> tuple[Adapter, ...]:
    """The adapter that is named by the option ``adapter``, else the pulled one; none where ``folder`` holds its own."""
    named = order.options.engine_options.get("adapter")
    if named is None and (folder / "motion_adapter").is_dir():
        return ()
    found = Path(weights.resolve(named or _ADAPTER, cache_folder())).expanduser()
    if not found.is_dir():
        raise OptionError(f"Motion adapter {named!r} is no folder that exists, and no name of `govorun models`.")
    if not (found / "config.json").is_file() or not any(found.glob("*.safetensors")):
        raise MissingEngine(f"{found} is no motion adapter: it needs config.json and a .safetensors file.")
    return (Adapter(found, order.loading.precision),)


class MotionCamera(Camera):
    """A motion UNet under one embedding of the prompt a frame."""

    def __init__(self, pipeline: Any, order: Order) -> None:
        super().__init__(pipeline, order)
        self._tokens = Tokens(pipeline, order.loading, self.scheduler, order.shooting.guidance)

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        size, shrink = self.order.size, self._tokens.shrink
        return self._tokens.channels, size.height // shrink, size.width // shrink

    def arranged(self, noise: np.ndarray) -> np.ndarray:
        """The noise [f, c, h, w] that the frames begin with, of independent ``noise``."""
        return noise

    def shoot(self, shot: Shot, progress: Progress) -> torch.Tensor:
        """Latents [f, c, h, w]."""
        import torch

        assert self.order.words is not None
        conditions = self._tokens.conditions(self.order.words, self.course(shot.phases), progress.part(0.0, 0.1))
        guidance = self.order.shooting.guidance
        tokens = conditions.of(list(range(len(shot.noise))), guidance > 1.0)[0]

        def predict(latents: torch.Tensor, step: Any) -> torch.Tensor:
            stacked = torch.cat([latents] * (1 + (guidance > 1.0))).to(self.pipeline.unet.dtype)
            out = self.pipeline.unet(stacked, step, encoder_hidden_states=tokens).sample.float()
            if len(out) == 1:
                return out
            return out[:1] + guidance * (out[1:] - out[:1])

        noise = self.tensor(self.arranged(shot.noise)).transpose(0, 1)[None]
        return denoised(self, noise, predict, progress.part(0.1, 1.0))[0].transpose(0, 1)

    def develop(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures of ``latents``, a few at a time."""
        import torch

        return torch.cat([self._tokens.decode(part) for part in latents.split(8)])


class AnimateDiffCamera(MotionCamera):
    """AnimateDiff with FreeNoise."""

    def __init__(self, pipeline: Any, order: Order) -> None:
        super().__init__(pipeline, order)
        most = int(pipeline.unet.config.motion_max_seq_length)
        self._context = whole_option(order.options, "context", min(16, most), 2, most)
        # also for clips within the context: one window of their length gives the same as none
        self._context = min(self._context, order.shooting.frames)
        pipeline.enable_free_noise(self._context, max(1, self._context // 4))

    def arranged(self, noise: np.ndarray) -> np.ndarray:
        """The noise of FreeNoise: that of the first context again and again, each time in another order."""
        if len(noise) <= self._context:
            return noise
        draw = generator_for(self.order.seed, "animatediff/shuffle")
        rows = [draw.permutation(self._context) for _ in range(len(noise) // self._context)]
        order = np.concatenate([np.arange(self._context), *rows])[: len(noise)]
        return noise[order]
