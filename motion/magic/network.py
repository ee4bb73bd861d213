"""What turns a 2-D UNet into one for films, after MagicVideo (Zhou and others, 2022, arXiv 2211.11018).

The 2-D weights stay as they are. After each 2-D convolution of the resnets every frame has a scale and a shift a
channel; after each resnet or spatial attention, attention over time is *directed*: a frame sees itself and earlier ones
only. Both are trained, begin by changing nothing, and lie in one ``MagicAdapter``.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from diffusers import MotionAdapter, UNet2DConditionModel, UNetMotionModel
from diffusers.configuration_utils import register_to_config
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from torch import nn
from torch.nn import functional

__all__ = ["Directed", "FrameNorm", "FrameScale", "MagicAdapter", "MagicUNet", "mixed", "new_adapter"]


class FrameScale(nn.Module):
    """Scale and shift, one a frame and channel, of what a 2-D convolution made; at first 1 and 0."""

    def __init__(self, channels: int, frames: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(frames, channels))
        self.shift = nn.Parameter(torch.zeros(frames, channels))
        self.count = frames
        """Frames of the films that come next, no more than there are scales."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """``pictures`` [b * count, c, h, w], frame by frame."""
        films = pictures.unflatten(0, (-1, self.count))
        scale, shift = (part[: self.count, :, None, None] for part in (self.scale, self.shift))
        return torch.addcmul(films + shift, films, scale).flatten(0, 1)


class FrameNorm(nn.GroupNorm):
    """Group normalisation of each frame by itself: over all frames, the later ones would be seen by the earlier."""

    def forward(self, films: torch.Tensor) -> torch.Tensor:
        """``films`` [b, c, f, h, w]."""
        frames = films.transpose(1, 2)
        return super().forward(frames.flatten(0, 1)).unflatten(0, frames.shape[:2]).transpose(1, 2)


class Directed:
    """An attention processor: each place of a sequence sees itself and what comes before it."""

    def __call__(self, attn: Any, hidden_states: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        """Self-attention of ``hidden_states`` [b, frames, d]."""
        query, key, value = (
            layer(hidden_states).unflatten(-1, (attn.heads, -1)).transpose(1, 2)
            for layer in (attn.to_q, attn.to_k, attn.to_v)
        )
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        out: torch.Tensor = attn.to_out[1](attn.to_out[0](seen.transpose(1, 2).flatten(2)))
        return out


class MagicAdapter(MotionAdapter):
    """Attention over time, and a ``FrameScale`` for each of ``convolutions``: their names in the UNet and channels.

    ``directed``: whether a frame sees earlier frames only; with False and without convolutions it is plain attention
    over time. ``shared_noise``: the share of the noise that all frames of a film have in common; see ``mixed``.
    """

    @register_to_config
    def __init__(
        self,
        block_out_channels: tuple[int, ...] = (320, 640, 1280, 1280),
        motion_layers_per_block: int | tuple[int, ...] = 2,
        motion_transformer_layers_per_block: int | tuple[int, ...] = 1,
        motion_mid_block_layers_per_block: int = 1,
        motion_transformer_layers_per_mid_block: int | tuple[int, ...] = 1,
        motion_num_attention_heads: int | tuple[int, ...] = 8,
        motion_norm_num_groups: int = 32,
        motion_max_seq_length: int = 16,
        use_motion_mid_block: bool = True,
        conv_in_channels: int | None = None,
        convolutions: dict[str, int] | None = None,
        directed: bool = True,
        shared_noise: float = 0.0,
    ) -> None:
        super().__init__(
            block_out_channels, motion_layers_per_block, motion_transformer_layers_per_block,
            motion_mid_block_layers_per_block, motion_transformer_layers_per_mid_block, motion_num_attention_heads,
            motion_norm_num_groups, motion_max_seq_length, use_motion_mid_block, conv_in_channels,
        )  # fmt: skip
        self.scales = nn.ModuleDict(
            {_key(name): FrameScale(channels, motion_max_seq_length) for name, channels in (convolutions or {}).items()}
        )
        if directed:
            for module in _over_time(self):
                _direct(module)


class MagicUNet(UNetMotionModel):
    """A 2-D UNet with a ``MagicAdapter``, whose modules it shares."""

    @classmethod
    def of(cls, unet: UNet2DConditionModel, adapter: MagicAdapter) -> MagicUNet:
        """``unet`` for films; ValueError, RuntimeError or KeyError where the adapter was made for another one."""
        if adapter.dtype != unet.dtype:
            adapter.to(unet.dtype)
        made: MagicUNet = cls.from_unet2d(unet, adapter)
        for mine, given in zip((*made.down_blocks, *made.up_blocks), (*adapter.down_blocks, *adapter.up_blocks),
                               strict=True):  # fmt: skip
            mine.motion_modules = given.motion_modules
        if adapter.mid_block is not None:
            made.mid_block.motion_modules = adapter.mid_block.motion_modules
        convolutions = dict(_convolutions(made))
        for name in adapter.config["convolutions"] or {}:
            parent, _, last = name.rpartition(".")
            scale = adapter.scales[_key(name)]
            setattr(made.get_submodule(parent), last, nn.Sequential(convolutions[name], scale))
        return made

    def forward(self, sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        """As in diffusers; ``sample`` [b, c, f, h, w], f no more than the adapter knows."""
        for module in self.modules():
            if isinstance(module, FrameScale):
                module.count = sample.shape[2]
        return super().forward(sample, *args, **kwargs)


def new_adapter(
    unet: UNet2DConditionModel, frames: int, heads: int = 8, *, directed: bool = True, scaled: bool = True,
    shared_noise: float = 0.0,
) -> MagicAdapter:  # fmt: skip
    """An adapter for films of at most ``frames`` frames that does not change what ``unet`` makes, until it is trained.

    Without ``directed`` and ``scaled`` it is plain attention over time, both ways.
    """
    config = unet.config
    layers = config["layers_per_block"]
    made = MagicAdapter(
        block_out_channels=tuple(config["block_out_channels"]),
        motion_layers_per_block=layers,
        motion_num_attention_heads=heads,
        motion_norm_num_groups=config["norm_num_groups"],
        motion_max_seq_length=frames,
        convolutions={name: conv.out_channels for name, conv in _convolutions(unet)} if scaled else None,
        directed=directed,
        shared_noise=shared_noise,
    )
    for module in _over_time(made):
        nn.init.zeros_(module.proj_out.weight)
        nn.init.zeros_(module.proj_out.bias)
    return made


def mixed(noise: torch.Tensor, share: float) -> torch.Tensor:
    """Unit noise [f, ...] of frames that have ``share`` of its variance in common, of independent unit ``noise``.

    The root of the covariance share + (1 - share) I over the frames, as in PYoCo's noise prior (Ge and others, 2023).
    """
    own = math.sqrt(1.0 - share)
    return own * noise + (math.sqrt(1.0 + (len(noise) - 1) * share) - own) * noise.mean(dim=0, keepdim=True)


def _over_time(network: nn.Module) -> list[Any]:
    return [module for module in network.modules() if isinstance(module, AnimateDiffTransformer3D)]


def _convolutions(unet: nn.Module) -> list[tuple[str, nn.Conv2d]]:
    """The 2-D convolutions of all resnets by their names."""
    return [
        (f"{name}.{part}", convolution)
        for name, resnet in unet.named_modules()
        if isinstance(resnet, ResnetBlock2D)
        for part, convolution in resnet.named_children()
        if isinstance(convolution, nn.Conv2d)
    ]


def _direct(module: Any) -> None:
    """Let a module of attention over time see no later frame."""
    norm = FrameNorm(module.norm.num_groups, module.norm.num_channels, module.norm.eps)
    norm.load_state_dict(module.norm.state_dict())
    module.norm = norm
    for block in module.transformer_blocks:
        block.attn1.set_processor(Directed())
        block.attn2.set_processor(Directed())


def _key(name: str) -> str:
    """``name`` as the key of a module, which holds no dots."""
    return name.replace(".", "-")
