"""Text2Video-Zero (Khachatryan and others, 2023) as a backdrop engine: a film from Stable Diffusion without training.

The first frame is diffused for a while; its latents are shifted a little further for every frame and noised again, and
all frames look at the first one while they are diffused to the end. The library that carries the pipeline has
deprecated it, so the method is written here, over the UNet of Stable Diffusion itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from avatar.core.progress import Progress
from motion.drift import generator_for
from motion.engines.diffusion import drifted
from motion.engines.diffusion_options import scheduler_of
from motion.engines.stable_diffusion import Tokens
from motion.engines.video import Camera, Shot, VideoModel
from motion.engines.video_options import Order, Traits
from motion.options import number_option
from motion.rotation import orthogonal_plane

if TYPE_CHECKING:
    import torch

__all__ = ["LooksAtTheFirst", "Text2VideoZero", "shifted"]

_KINDS = ("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "TextToVideoZeroPipeline")


class Text2VideoZero(VideoModel):
    """Text to video on Stable Diffusion 1.x and 2.x."""

    traits: ClassVar[Traits] = Traits(
        name="text2video-zero",
        classes=dict.fromkeys(_KINDS, "StableDiffusionPipeline"),
        weights="stable-diffusion-1.5",
        takes=("prompt",),
        frames=8,
        fps=4.0,
        steps=50,
        guidance=7.5,
        side=512,
        text_drift="frame",
        noise_drift="frame",
        own=("motion_x", "motion_y"),
        fixed=("scheduler",),
        lora="stable-diffusion",
    )

    def camera(self, pipeline: Any, order: Order) -> ZeroCamera:
        """The camera of a loaded pipeline."""
        return ZeroCamera(pipeline, order)


class ZeroCamera(Camera):
    """Stable Diffusion's UNet whose frames look at the first one."""

    def __init__(self, pipeline: Any, order: Order) -> None:
        super().__init__(pipeline, order)
        self.scheduler = scheduler_of(pipeline, "ddim")  # noising back needs a scheduler without a memory
        self._tokens = Tokens(pipeline, order.loading, self.scheduler, order.shooting.guidance)
        self._motion = tuple(
            number_option(order.options, f"motion_{axis}", 12.0, -100.0, 100.0) / 512.0 for axis in "xy"
        )

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        size, shrink = self.order.size, self._tokens.shrink
        return self._tokens.channels, size.height // shrink, size.width // shrink

    def shoot(self, shot: Shot, progress: Progress) -> torch.Tensor:
        """Latents [f, c, h, w]."""
        assert self.order.words is not None
        conditions = self._tokens.conditions(self.order.words, self.course(shot.phases), progress.part(0.0, 0.1))
        unet = self.pipeline.unet
        self.scheduler.set_timesteps(self.order.shooting.steps, device=self.device)
        steps = self.scheduler.timesteps
        shared, apart = _turning_points(len(steps))
        rows, first = list(range(len(shot.noise))), [0]
        usual = unet.attn_processors
        told = progress.part(0.1, 1.0)
        latents = self.tensor(shot.noise[:1])
        try:
            unet.set_attn_processor(LooksAtTheFirst(1))
            latents = self._walk(latents, steps[:shared], conditions, first, told.part(0.0, 0.5))
            unet.set_attn_processor(LooksAtTheFirst(len(rows)))
            moved = shifted(latents.expand(len(rows), -1, -1, -1), *self._motion)
            moved = self._noised(moved, steps, shared, apart, shot)
            return self._walk(moved, steps[apart:], conditions, rows, told.part(0.5, 1.0))
        finally:
            unet.set_attn_processor(usual)

    def _walk(
        self, latents: torch.Tensor, steps: Any, conditions: Any, rows: list[int], progress: Progress
    ) -> torch.Tensor:
        for done, step in enumerate(steps):
            progress(done / len(steps), "diffusing the backdrop")
            scaled = self.scheduler.scale_model_input(latents, step)
            prediction = self._tokens.predict(scaled, step, conditions, rows)
            latents = self.scheduler.step(prediction, step, latents).prev_sample
        return latents

    def _noised(self, moved: torch.Tensor, steps: Any, shared: int, apart: int, shot: Shot) -> torch.Tensor:
        """``moved`` [f, c, h, w] at step ``shared`` noised back to step ``apart``: each frame with one noise, turned on
        the path of the drift, by which frames differ and stay alike."""
        import torch

        alphas = self.scheduler.alphas_cumprod.to(moved)
        last = int(steps[shared]) if shared < len(steps) else 0
        kept = alphas[int(steps[apart])] / alphas[last]
        noise = self.tensor(self._turned(shot))
        return torch.sqrt(kept) * moved + torch.sqrt(1.0 - kept) * noise

    def _turned(self, shot: Shot) -> np.ndarray:
        """Noise float32 [f, c, h, w], one for each frame, on the path of the drift."""
        centre = shot.noise[1 % len(shot.noise)].astype(np.float64).ravel()
        draw = generator_for(self.order.seed, "text2video-zero/plane")
        first = orthogonal_plane(centre[None], draw)
        second = orthogonal_plane(np.stack([centre, first.n1, first.n2]), draw)
        points = drifted(centre, (first, second), self.order.drift.strengths.noise, self.course(shot.phases))
        return points.astype(np.float32).reshape(shot.noise.shape)

    def develop(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures of ``latents``, a few at a time."""
        import torch

        return torch.cat([self._tokens.decode(part) for part in latents.split(8)])


def _turning_points(steps: int) -> tuple[int, int]:
    """How many steps the first frame takes alone, and from which one on the frames are diffused apart: 47 and 44 of 50
    counted from the end in the paper, that is t1 and t0."""
    shared = max(1, round(steps * 0.10)) if steps > 1 else 1
    return shared, max(0, shared - max(1, round(steps * 0.06)))


def shifted(latents: torch.Tensor, across: float, down: float) -> torch.Tensor:
    """``latents`` [f, c, h, w], frame k shifted by k times ``across`` and ``down`` (shares of width and height), by
    whole latent pixels, mirrored at the edges."""
    import torch
    import torch.nn.functional as functional

    count, _, high, wide = latents.shape
    rows, columns = torch.meshgrid(torch.arange(high), torch.arange(wide), indexing="ij")
    grid = torch.stack([(columns + 0.5) / wide, (rows + 0.5) / high], dim=-1).to(latents)
    way = torch.arange(count).to(latents)[:, None, None, None] * latents.new_tensor([across, down])
    return functional.grid_sample(
        latents, 2.0 * (grid[None] + way) - 1.0, mode="nearest", padding_mode="reflection", align_corners=False
    )


class LooksAtTheFirst:
    """An attention processor: self-attention of ``frames`` frames takes keys and values from the first one."""

    def __init__(self, frames: int) -> None:
        self._frames = frames

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        **_: Any,
    ) -> torch.Tensor:
        """Attention of ``hidden_states`` [b * frames, t, d]."""
        import torch.nn.functional as functional

        looked_at = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        if encoder_hidden_states is None:
            firsts = looked_at.unflatten(0, (-1, self._frames))[:, :1]
            looked_at = firsts.expand(-1, self._frames, -1, -1).flatten(0, 1)
        query, key, value = (
            layer(states).unflatten(-1, (attn.heads, -1)).transpose(1, 2)
            for layer, states in ((attn.to_q, hidden_states), (attn.to_k, looked_at), (attn.to_v, looked_at))
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        out: torch.Tensor = attn.to_out[1](attn.to_out[0](mixed.transpose(1, 2).flatten(2)))
        return out
