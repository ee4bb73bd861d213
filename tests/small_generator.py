"""An untrained generator in the layout of a release, small enough for a few steps of training."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

from motion.generator.codec import Codec
from motion.generator.model import Generator

__all__ = ["small_network", "small_release"]


def small_network() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        in_channels=12,
        out_channels=12,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=4,
        norm_num_groups=8,
        encoder_hid_dim=384,
        encoder_hid_dim_type="image_proj",
        addition_embed_type="image",
    )


def small_release(folder: Path, codec: Codec) -> Path:
    """Write a network of random weights with ``codec`` into ``folder``; returns it."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        Generator(small_network(), codec).save(folder)
    return folder
