"""Tiny diffusion models with random weights, written in the layout of the real ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DDPMScheduler,
    EulerDiscreteScheduler,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    PNDMScheduler,
    PriorTransformer,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UnCLIPScheduler,
    UNet2DConditionModel,
    VQModel,
)
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

__all__ = [
    "byte_letters",
    "save_kandinsky",
    "save_single_file",
    "save_stable_diffusion",
    "save_stable_diffusion_2",
    "save_stable_diffusion_xl",
    "saved",
    "text_config",
    "tiny_unet",
    "tiny_vae",
    "tokenizer",
]

_WIDTH = 32


def save_stable_diffusion(folder: Path) -> Path:
    """Stable Diffusion 1.x: one CLIP encoder, the PNDM scheduler, noise prediction."""
    scheduler = PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1
    )
    return _save_one_encoder(folder, scheduler, seed=1)


def save_stable_diffusion_2(folder: Path) -> Path:
    """Stable Diffusion 2.x at 768 px: velocity prediction."""
    scheduler = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type="v_prediction",
    )
    return _save_one_encoder(folder, scheduler, seed=2)


def save_stable_diffusion_xl(folder: Path) -> Path:
    """SDXL: two encoders, their tokens side by side, size and crop as further conditions."""
    torch.manual_seed(3)
    unet = tiny_unet(
        cross_attention_dim=2 * _WIDTH,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + _WIDTH,
    )
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="leading", steps_offset=1
    )
    pipeline = StableDiffusionXLPipeline(
        vae=tiny_vae(),
        text_encoder=CLIPTextModel(text_config()),
        text_encoder_2=CLIPTextModelWithProjection(text_config()),
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer(),
        unet=unet,
        scheduler=scheduler,
        add_watermarker=False,
    )
    return saved(pipeline, folder)


def save_kandinsky(folder: Path) -> Path:
    """Kandinsky 2.2: ``folder``/tiny-decoder, which is returned, and ``folder``/tiny-prior beside it."""
    torch.manual_seed(4)
    vision = CLIPVisionConfig(
        hidden_size=_WIDTH,
        projection_dim=_WIDTH,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        image_size=32,
        patch_size=8,
    )
    transformer = PriorTransformer(num_attention_heads=2, attention_head_dim=12, embedding_dim=_WIDTH, num_layers=1)
    torch.nn.init.ones_(transformer.clip_std)
    prior = KandinskyV22PriorPipeline(
        prior=transformer,
        image_encoder=CLIPVisionModelWithProjection(vision),
        text_encoder=CLIPTextModelWithProjection(text_config()),
        tokenizer=tokenizer(),
        scheduler=UnCLIPScheduler(
            variance_type="fixed_small_log", prediction_type="sample", clip_sample=True, clip_sample_range=5.0
        ),
        image_processor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
    )
    saved(prior, folder / "tiny-prior")
    unet = tiny_unet(
        out_channels=8,
        cross_attention_dim=_WIDTH,
        encoder_hid_dim=_WIDTH,
        encoder_hid_dim_type="image_proj",
        addition_embed_type="image",
        resnet_time_scale_shift="scale_shift",
    )
    scheduler = DDPMScheduler(beta_start=0.00085, beta_end=0.012, variance_type="learned_range", clip_sample=False)
    movq = VQModel(
        block_out_channels=(32, 32, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
        up_block_types=("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
        latent_channels=4,
        vq_embed_dim=4,
        num_vq_embeddings=12,
        norm_num_groups=8,
        norm_type="spatial",
    )
    return saved(KandinskyV22Pipeline(unet=unet, scheduler=scheduler, movq=movq), folder / "tiny-decoder")


def _save_one_encoder(folder: Path, scheduler: Any, seed: int) -> Path:
    torch.manual_seed(seed)
    pipeline = StableDiffusionPipeline(
        vae=tiny_vae(),
        text_encoder=CLIPTextModel(text_config()),
        tokenizer=tokenizer(),
        unet=tiny_unet(cross_attention_dim=_WIDTH),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    return saved(pipeline, folder)


def saved(pipeline: Any, folder: Path, tokenizers: tuple[str, ...] = ("tokenizer", "tokenizer_2")) -> Path:
    """``pipeline`` in ``folder``, the named tokenizers of CLIP in files of the older layout."""
    pipeline.save_pretrained(folder)
    for place in [folder / name for name in tokenizers if (folder / name).is_dir()]:
        (place / "tokenizer.json").unlink()
        (place / "vocab.json").write_text(json.dumps(_vocabulary()))
        (place / "merges.txt").write_text("#version: 0.2\n")
    return folder


def tiny_unet(**changes: Any) -> UNet2DConditionModel:
    usual = {
        "block_out_channels": (16, 32),
        "layers_per_block": 1,
        "sample_size": 8,
        "in_channels": 4,
        "out_channels": 4,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
        "attention_head_dim": 4,
        "norm_num_groups": 8,
    }
    return UNet2DConditionModel(**(usual | changes))


def tiny_vae() -> AutoencoderKL:
    """An autoencoder that shrinks by eight."""
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=64,
    )


def text_config() -> CLIPTextConfig:
    """Of a text encoder of CLIP with three layers."""
    return CLIPTextConfig(
        hidden_size=_WIDTH,
        projection_dim=_WIDTH,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=3,
        vocab_size=600,
        max_position_embeddings=77,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )


def tokenizer() -> CLIPTokenizer:
    """CLIP's byte-level tokenizer with no merges: a token a letter."""
    return CLIPTokenizer(vocab=_vocabulary(), merges=[], model_max_length=77)


def _vocabulary() -> dict[str, int]:
    letters = byte_letters()
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return {word: i for i, word in enumerate(words)}


def byte_letters() -> list[str]:
    """The 256 printable letters that stand for bytes in GPT-2's and CLIP's vocabularies."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + k) for k in range(len(others))]


def save_single_file(model: Path, file: Path) -> Path:
    """The Stable Diffusion 1.x model of folder ``model`` as one checkpoint with the names of the original release."""
    weights = {
        **_renamed(load_file(model / "unet" / "diffusion_pytorch_model.safetensors"), _unet_name),
        **_renamed(load_file(model / "vae" / "diffusion_pytorch_model.safetensors"), _vae_name),
        **_renamed(load_file(model / "text_encoder" / "model.safetensors"), _encoder_name),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(weights, file)
    return file


def _renamed(weights: dict[str, torch.Tensor], rename: Callable[[str], str]) -> dict[str, torch.Tensor]:
    return {rename(name): _as_convolution(rename(name), value) for name, value in weights.items()}


def _as_convolution(name: str, value: torch.Tensor) -> torch.Tensor:
    """The original autoencoder attends by convolutions of one pixel."""
    attends = name.startswith("first_stage_model") and "attn_1" in name and value.ndim == 2
    return value[:, :, None, None].contiguous() if attends else value


def _encoder_name(name: str) -> str:
    return "cond_stage_model.transformer." + (name if name.startswith("text_model.") else f"text_model.{name}")


def _unet_name(name: str) -> str:
    for old, new in _UNET_PLACES:
        name = re.sub(old, new, name)
    if "transformer_blocks" not in name:
        for old, new in _RESNET_NAMES:
            name = name.replace(old, new)
    return f"model.diffusion_model.{name}"


def _vae_name(name: str) -> str:
    last = 3
    name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{last - int(m[1])}.block.{m[2]}", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{last - int(m[1])}.upsample", name)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    for old, new in _VAE_NAMES:
        name = name.replace(old, new)
    return f"first_stage_model.{name}"


_UNET_PLACES: tuple[tuple[str, Any], ...] = (
    (r"^conv_in", "input_blocks.0.0"),
    (r"^conv_norm_out", "out.0"),
    (r"^conv_out", "out.2"),
    (r"^time_embedding\.linear_1", "time_embed.0"),
    (r"^time_embedding\.linear_2", "time_embed.2"),
    (r"^down_blocks\.(\d)\.resnets\.0", lambda m: f"input_blocks.{2 * int(m[1]) + 1}.0"),
    (r"^down_blocks\.(\d)\.attentions\.0", lambda m: f"input_blocks.{2 * int(m[1]) + 1}.1"),
    (r"^down_blocks\.(\d)\.downsamplers\.0\.conv", lambda m: f"input_blocks.{2 * int(m[1]) + 2}.0.op"),
    (r"^mid_block\.resnets\.(\d)", lambda m: f"middle_block.{2 * int(m[1])}"),
    (r"^mid_block\.attentions\.0", "middle_block.1"),
    (r"^up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"output_blocks.{2 * int(m[1]) + int(m[2])}.0"),
    (r"^up_blocks\.(\d)\.attentions\.(\d)", lambda m: f"output_blocks.{2 * int(m[1]) + int(m[2])}.1"),
    (r"^up_blocks\.0\.upsamplers\.0\.conv", "output_blocks.1.2.conv"),
)
_RESNET_NAMES = (
    ("norm1", "in_layers.0"),
    ("conv1", "in_layers.2"),
    ("time_emb_proj", "emb_layers.1"),
    ("norm2", "out_layers.0"),
    ("conv2", "out_layers.3"),
    ("conv_shortcut", "skip_connection"),
)
_VAE_NAMES = (
    ("mid_block.attentions.0.group_norm", "mid.attn_1.norm"),
    ("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out"),
    ("mid_block.attentions.0.to_", "mid.attn_1."),
    ("conv_norm_out", "norm_out"),
    ("conv_shortcut", "nin_shortcut"),
)
