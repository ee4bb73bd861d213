"""The temporal layers of Stable Video Diffusion, tuned on clips of films by its own objective.

EDM's preconditioning (Karras and others, 2022), velocity predicted: of x = x0 + sigma n the UNet is given
x / sqrt(sigma^2 + 1) and log(sigma) / 4, and says v = (n - sigma x0) / sqrt(sigma^2 + 1). The loss, weighed as EDM
does, is the mean square of what is wrong with v. log sigma is normal with mean 0.7 and deviation 1.6 (Blattmann and
others, 2023, picture to video). The picture that the clip begins with is seen with noise on it, as latents beside every
frame, and as an embedding; frames a second, motion bucket and the strength of that noise are told too.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from scipy.special import ndtri
from torch.nn import functional

from motion.lora.objective import Asked, Objective, Tensors, noise_of

__all__ = ["MovingObjective"]

_MEAN, _DEVIATION = 0.7, 1.6
_SEEN_MEAN, _SEEN_DEVIATION = -3.0, 0.5
_SEEN_FIRST, _SEEN = 0.02, 4  # strength that the engine uses; how many looks at the first picture are kept of a clip
_STEPS, _GUIDANCE = 20, 3.0
_CHUNK = 4


class MovingObjective(Objective):
    """Only the attention of the temporal blocks learns: what frames look like stays, how they follow changes."""

    kind: ClassVar[str] = "svd"
    pipeline: ClassVar[str] = "StableVideoDiffusionPipeline"
    # the second attention looks at one embedding alone: what asks for it (to_q, to_k) decides nothing
    targets: ClassVar[str] = (
        r".*\.temporal_transformer_blocks\.\d+\.(attn1\.(to_q|to_k|to_v|to_out\.0)|attn2\.(to_v|to_out\.0))"
    )

    @property
    def frames(self) -> int:
        return max(2, self.config.frames or 14)

    @property
    def rate(self) -> float:
        return self.config.rate or 7.0

    def words(self, pipeline: Any, captions: Sequence[str]) -> torch.Tensor:
        """It reads none: [n, 0]."""
        return torch.zeros(len(captions), 0)

    def sample(self, pipeline: Any, clip: np.ndarray, draw: np.random.Generator) -> Tensors:
        """Scaled ``latents`` [f, c, h, w]; as ``seen`` [k, c, h, w] those of the first picture under ``strengths`` [k]
        of noise, not scaled; its ``embedding`` [1, d]."""
        strengths = np.exp(draw.normal(_SEEN_MEAN, _SEEN_DEVIATION, _SEEN))
        strengths[0] = _SEEN_FIRST
        noise = noise_of(draw, (_SEEN, 3, *clip.shape[1:3]), "cpu")
        noise = noise * torch.from_numpy(strengths.astype(np.float32))[:, None, None, None]
        seen = self.encoded(np.repeat(clip[:1], _SEEN, axis=0), noise)
        embedding = pipeline._encode_image(Image.fromarray(clip[0]), self.device, 1, False)
        return {
            "latents": (self.encoded(clip) * self.vae.config.scaling_factor).cpu(),
            "seen": seen.cpu(),
            "strengths": torch.from_numpy(strengths.astype(np.float32)),
            "embedding": embedding[0].float().cpu(),
        }

    def loss(self, batch: Tensors, words: torch.Tensor, asked: Asked, draw: np.random.Generator) -> torch.Tensor:
        """Mean square of what is wrong with the velocity; what is dropped sees no first picture."""
        latents = batch["latents"].to(self.device)
        which = draw.integers(_SEEN, size=len(latents)) if asked.any_look else np.zeros(len(latents), np.int64)
        seen, strengths = (torch.stack([one[k] for one, k in zip(batch[name], which, strict=True)])
                           for name in ("seen", "strengths"))  # fmt: skip
        logs = _MEAN + _DEVIATION * ndtri(np.clip(asked.levels, 1e-3, 1.0 - 1e-3))
        sigma = torch.from_numpy(np.exp(logs).astype(np.float32)).to(self.device)[:, None, None, None, None]
        noise = noise_of(draw, latents.shape, self.device)
        length = (sigma.square() + 1.0).sqrt()
        kept = torch.from_numpy(~asked.dropped).float()
        said = self._said(
            (latents + sigma * noise) / length,
            0.25 * sigma.flatten().log(),
            seen * kept[:, None, None, None],
            batch["embedding"] * kept[:, None, None],
            strengths,
        )
        return functional.mse_loss(said, (noise - sigma * latents) / length)

    def _said(
        self, noised: torch.Tensor, step: torch.Tensor, seen: torch.Tensor, embedding: torch.Tensor,
        strengths: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """What the UNet says of ``noised`` [b, f, c, h, w]; ``seen`` [b, c, h, w], ``embedding`` [b, 1, d]."""
        beside = seen.to(noised)[:, None].expand(-1, noised.shape[1], -1, -1, -1)
        fps = max(2, round(self.rate)) - 1  # the model was told one less
        told = torch.tensor([[fps, self.config.motion, float(one)] for one in strengths])
        out: torch.Tensor = self.unet(
            torch.cat([noised, beside], dim=2).to(self.type),
            step.to(self.device),
            encoder_hidden_states=embedding.to(self.device, self.type),
            added_time_ids=told.to(self.device, self.type),
        ).sample
        return out.float()

    def show(self, sample: Tensors, words: torch.Tensor, empty: torch.Tensor, draw: np.random.Generator) -> np.ndarray:
        """The clip that the first picture of ``sample`` becomes; guidance grows along it."""
        scheduler = copy.deepcopy(self.scheduler)
        scheduler.set_timesteps(_STEPS, device=self.device)
        shape = sample["latents"].shape
        guidance = torch.linspace(1.0, _GUIDANCE, shape[0]).to(self.device)[None, :, None, None, None]
        latents = noise_of(draw, (1, *shape), self.device) * scheduler.init_noise_sigma
        seen = torch.stack([torch.zeros_like(sample["seen"][0]), sample["seen"][0]])
        embedding = torch.stack([torch.zeros_like(sample["embedding"]), sample["embedding"]])
        strengths = sample["strengths"][[0, 0]]
        for step in scheduler.timesteps:
            scaled = scheduler.scale_model_input(latents, step)
            without, seeing = self._said(torch.cat([scaled] * 2), step, seen, embedding, strengths).chunk(2)
            latents = scheduler.step(without + guidance * (seeing - without), step, latents).prev_sample
        parts = (latents[0] / self.vae.config.scaling_factor).to(self.vae.dtype).split(_CHUNK)
        return self.pixels(torch.cat([self.vae.decode(part, num_frames=len(part)).sample for part in parts]))
