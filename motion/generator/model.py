"""The network of the embedded generator, its sampling by flow matching, and its files.

A latent x at time t is (1 - t) x0 + t noise; the network says the velocity noise - x0. Euler steps go to t = 0 from
t = 1, or from where a drawn scene was mixed with noise. The condition is one unit sentence vector [384] times the
square root of 384; zeros stand for no condition. Everything runs in float32 on the CPU.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from avatar.core.errors import MissingEngine
from motion.generator.codec import CHANNELS, Codec

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel

__all__ = ["CODEC_FILE", "Generator", "Sampling", "conditions", "new_network", "velocity"]

CODEC_FILE = "codec.safetensors"
_NETWORK = "unet"
_VARIANT = "fp16"
_DIMENSION = 384
_TIME = 1000.0


@dataclass(frozen=True)
class Sampling:
    """``steps`` of a whole way from noise; ``guidance`` 1 is none; ``strength`` 0..1 of the noise over a drawn scene,
    1 is pure noise."""

    steps: int = 8
    guidance: float = 1.5
    strength: float = 1.0


@dataclass(frozen=True)
class Generator:
    """A network in eval mode and the codec of its latents."""

    network: UNet2DConditionModel
    codec: Codec

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Generator:
        """Read the files of a release; MissingEngine that names the file where one is missing or damaged."""
        from diffusers import UNet2DConditionModel

        codec = Codec.load(folder / CODEC_FILE)
        weights = folder / _NETWORK / f"diffusion_pytorch_model.{_VARIANT}.safetensors"
        try:
            network = UNet2DConditionModel.from_pretrained(
                folder / _NETWORK, variant=_VARIANT, use_safetensors=True, low_cpu_mem_usage=False
            )
        except Exception as error:  # the loader raises whatever its file formats raise
            message = (
                f"Weight file {weights} or its config.json is missing or damaged: reinstall govorun, or train it again."
            )
            raise MissingEngine(message) from error
        return cls(network.float().eval().to(device), codec)

    def save(self, folder: Path) -> None:
        """Write the files of a release: diffusers' layout in float16, and the codec."""
        halved = copy.deepcopy(self.network).half()
        halved.save_pretrained(folder / _NETWORK, variant=_VARIANT, safe_serialization=True)
        self.codec.save(folder / CODEC_FILE)

    @torch.inference_mode()
    def sample(
        self,
        vectors: torch.Tensor,
        noise: torch.Tensor,
        sampling: Sampling,
        drawn: torch.Tensor | None = None,
        report: Callable[[float], None] = lambda share: None,
    ) -> torch.Tensor:
        """Latents [b, 12, h, w] for unit ``vectors`` [b, 384], from ``noise`` of the same shape as the result.

        ``drawn``: latents to start from, mixed with the noise at ``sampling.strength``. ``report`` hears the share
        done after every step. ValueError for a strength below 1 without ``drawn``.
        """
        if drawn is None and sampling.strength < 1.0:
            raise ValueError("a strength below 1 needs drawn latents")
        start = sampling.strength
        x = noise if drawn is None else (1.0 - start) * drawn + start * noise
        times = torch.linspace(start, 0.0, max(1, math.ceil(sampling.steps * start)) + 1)
        for step, (now, after) in enumerate(zip(times[:-1], times[1:], strict=True), start=1):
            x = x + (after - now) * self._guided(x, float(now), vectors, sampling.guidance)
            report(step / (len(times) - 1))
        return x

    def _guided(self, x: torch.Tensor, time: float, vectors: torch.Tensor, guidance: float) -> torch.Tensor:
        told = velocity(self.network, x, torch.full((len(x),), time), vectors)
        if guidance == 1.0:
            return told
        untold = velocity(self.network, x, torch.full((len(x),), time), torch.zeros_like(vectors))
        return untold + guidance * (told - untold)


def velocity(
    network: UNet2DConditionModel, x: torch.Tensor, times: torch.Tensor, vectors: torch.Tensor
) -> torch.Tensor:
    """What the network says for latents ``x`` at ``times`` [b] in 0..1 under unit ``vectors`` [b, 384] or zeros."""
    told: torch.Tensor = network(
        x, times.to(x.device) * _TIME, encoder_hidden_states=None, added_cond_kwargs=conditions(vectors)
    ).sample
    return told


def conditions(vectors: torch.Tensor) -> dict[str, torch.Tensor]:
    """The condition as Kandinsky's networks take it: about unit deviation a dimension."""
    return {"image_embeds": vectors * math.sqrt(_DIMENSION)}


def new_network() -> UNet2DConditionModel:
    """An untrained network: three levels of 64, 128 and 192 channels, attention at the lowest one and in the middle."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=16,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        block_out_channels=(64, 128, 192),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        cross_attention_dim=128,
        attention_head_dim=4,
        norm_num_groups=16,
        resnet_time_scale_shift="scale_shift",
        encoder_hid_dim=_DIMENSION,
        encoder_hid_dim_type="image_proj",
        addition_embed_type="image",
    )
