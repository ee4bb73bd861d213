"""Stable Video Diffusion as a backdrop engine: a picture set in motion. It reads no words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PIL import Image

from avatar.core.progress import Progress
from motion.engines.video import Camera, Shot, VideoModel
from motion.engines.video_options import Order, Traits
from motion.options import number_option, whole_option

if TYPE_CHECKING:
    import torch

__all__ = ["StableVideoDiffusion"]


class StableVideoDiffusion(VideoModel):
    """Picture to video."""

    traits: ClassVar[Traits] = Traits(
        name="svd",
        classes={"StableVideoDiffusionPipeline": "StableVideoDiffusionPipeline"},
        weights="svd",
        takes=("picture",),
        frames=25,
        fps=7.0,
        steps=25,
        guidance=3.0,
        side=768,
        multiple=64,
        warm=1,
        text_drift="",
        own=("motion", "noise_aug"),
        fixed=("scheduler",),
        lora="svd",
    )

    def camera(self, pipeline: Any, order: Order) -> SvdCamera:
        """The camera of a loaded pipeline."""
        return SvdCamera(pipeline, order)


class SvdCamera(Camera):
    """The pipeline of diffusers with noise of ours."""

    def __init__(self, pipeline: Any, order: Order) -> None:
        super().__init__(pipeline, order)
        self._motion = whole_option(order.options, "motion", 127, 1, 255)
        self._aug = number_option(order.options, "noise_aug", 0.02, 0.0, 1.0)

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        shrink, size = self.pipeline.vae_scale_factor, self.order.size
        return self.pipeline.unet.config.in_channels // 2, size.height // shrink, size.width // shrink

    def shoot(self, shot: Shot, progress: Progress) -> torch.Tensor:
        """Latents [f, c, h, w]; guidance grows from 1 to the asked one along the clip."""
        shooting, size = self.order.shooting, self.order.size
        assert shot.picture is not None
        found = self.pipeline(
            fitted(shot.picture, size.width, size.height),
            height=size.height,
            width=size.width,
            num_frames=len(shot.noise),
            num_inference_steps=shooting.steps,
            max_guidance_scale=shooting.guidance,
            fps=max(2, round(shooting.fps)),
            motion_bucket_id=self._motion,
            noise_aug_strength=self._aug,
            generator=self.draw(f"svd/{shot.index}"),
            latents=self.tensor(shot.noise, self.pipeline.unet.conv_in.weight)[None],
            output_type="latent",
            callback_on_step_end=self.watched(progress),
        )
        latents: torch.Tensor = found.frames[0]
        return latents

    def develop(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures of ``latents``; the decoder sees eight frames at once."""
        frames = self.pipeline.decode_latents(latents[None].to(self.pipeline.vae.dtype), len(latents), 8)
        developed: torch.Tensor = frames[0].transpose(0, 1)
        return developed


def fitted(picture: Any, width: int, height: int) -> Image.Image:
    """The middle of ``picture`` uint8 [h, w, 3] at ``width`` and ``height``."""
    from avatar.core.types import Size
    from motion.keyframes import covering

    return Image.fromarray(covering(picture, Size(width, height))).resize((width, height), Image.Resampling.LANCZOS)
