"""Stable Diffusion's UNet, tuned on pictures with captions: noise or velocity is predicted, as its scheduler says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch.nn import functional

from avatar.core.errors import OptionError
from motion.lora.config import Config
from motion.lora.objective import Asked, Objective, Tensors, noise_of

__all__ = ["StillObjective"]

_STEPS, _GUIDANCE = 20, 5.0
_MOST = 64


class StillObjective(Objective):
    """Eq. 14 of Ho and others (2020), or its velocity (Salimans and Ho, 2022), on the attention of the whole UNet."""

    kind: ClassVar[str] = "stable-diffusion"
    pipeline: ClassVar[str] = "StableDiffusionPipeline"
    targets: ClassVar[str] = r".*\.(to_q|to_k|to_v|to_out\.0)"
    takes_pictures: ClassVar[bool] = True

    def __init__(self, pipeline: Any, config: Config, device: str) -> None:
        from diffusers import DDPMScheduler

        super().__init__(pipeline, config, device)
        self._process = DDPMScheduler.from_config(pipeline.scheduler.config)
        self._says = str(self._process.config.prediction_type)
        if self._says not in ("epsilon", "v_prediction"):
            raise OptionError(f"The model predicts {self._says}: a LoRA is trained for epsilon or v_prediction.")

    @property
    def frames(self) -> int:
        return 1

    @property
    def rate(self) -> float:
        return self.config.rate or 1.0

    @property
    def most(self) -> int:
        """Frames of a film at most."""
        return self.config.frames or _MOST

    def words(self, pipeline: Any, captions: Sequence[str]) -> torch.Tensor:
        """Tokens [n, t, d]."""
        found = [pipeline.encode_prompt(one, self.device, 1, False)[0].float().cpu() for one in captions]
        return torch.cat(found)

    def sample(self, pipeline: Any, clip: np.ndarray, draw: np.random.Generator) -> Tensors:
        """Scaled ``latents`` [c, h, w]."""
        return {"latents": (self.encoded(clip)[0] * self.vae.config.scaling_factor).cpu()}

    def loss(self, batch: Tensors, words: torch.Tensor, asked: Asked, draw: np.random.Generator) -> torch.Tensor:
        """Mean square of what is wrong with the prediction of noise or velocity."""
        latents = batch["latents"].to(self.device)
        noise = noise_of(draw, latents.shape, self.device)
        count = int(self._process.config.num_train_timesteps)
        steps = torch.from_numpy(np.minimum(asked.levels * count, count - 1).astype(np.int64)).to(self.device)
        noised = self._process.add_noise(latents, noise, steps)
        said = self.unet(noised.to(self.type), steps, encoder_hidden_states=words.to(self.device, self.type)).sample
        velocity = self._says == "v_prediction"
        target = self._process.get_velocity(latents, noise, steps) if velocity else noise
        return functional.mse_loss(said.float(), target)

    def show(self, sample: Tensors, words: torch.Tensor, empty: torch.Tensor, draw: np.random.Generator) -> np.ndarray:
        """One picture of the caption, by DDIM."""
        from diffusers import DDIMScheduler

        scheduler = DDIMScheduler.from_config(self.scheduler.config)
        scheduler.set_timesteps(_STEPS, device=self.device)
        latents = noise_of(draw, (1, *sample["latents"].shape), self.device) * scheduler.init_noise_sigma
        tokens = torch.cat([empty, words]).to(self.device, self.type)
        for step in scheduler.timesteps:
            scaled = scheduler.scale_model_input(latents, step).to(self.type)
            without, told = self.unet(torch.cat([scaled] * 2), step, encoder_hidden_states=tokens).sample.chunk(2)
            said = without + _GUIDANCE * (told - without)
            latents = scheduler.step(said.float(), step, latents).prev_sample
        decoded = self.vae.decode((latents / self.vae.config.scaling_factor).to(self.vae.dtype)).sample
        return self.pixels(decoded)
