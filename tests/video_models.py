"""Tiny video models with random weights, written in the layout of the real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLHunyuanVideo,
    AutoencoderKLTemporalDecoder,
    AutoencoderKLWan,
    ControlNetModel,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    Kandinsky5I2VPipeline,
    Kandinsky5T2VPipeline,
    Kandinsky5Transformer3DModel,
    MotionAdapter,
    StableVideoDiffusionPipeline,
    UNetSpatioTemporalConditionModel,
    UniPCMultistepScheduler,
    WanAnimatePipeline,
    WanAnimateTransformer3DModel,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
)
from diffusers.models.unets.unet_i2vgen_xl import I2VGenXLUNet
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPImageProcessor,
    CLIPTextModel,
    CLIPVisionConfig,
    CLIPVisionModel,
    CLIPVisionModelWithProjection,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    UMT5Config,
    UMT5EncoderModel,
)

from motion.engines.i2vgen_xl import I2VGenParts
from motion.magic.network import new_adapter
from tests.diffusion_models import (
    byte_letters,
    save_stable_diffusion,
    saved,
    text_config,
    tiny_unet,
    tiny_vae,
    tokenizer,
)

__all__ = ["save_controlnet", "save_motion_adapter", "save_svd", "save_video_models", "save_wan_animate"]

_WIDTH = 32


def save_video_models(folder: Path) -> dict[str, Path]:
    """Every model by its name, in folders below ``folder``."""
    makers: dict[str, Any] = {
        "sd": save_stable_diffusion,
        "adapter": save_motion_adapter,
        "magic": save_magic_adapter,
        "controlnet": save_controlnet,
        "ip-adapter": save_ip_adapter,
        "svd": save_svd,
        "i2vgen-xl": save_i2vgen_xl,
        "wan": save_wan,
        "wan-i2v": save_wan_i2v,
        "kandinsky5": save_kandinsky5,
        "kandinsky5-i2v": save_kandinsky5_i2v,
    }
    return {name: make(folder / name) for name, make in makers.items()}


def save_motion_adapter(folder: Path) -> Path:
    """AnimateDiff's motion modules for the UNet of the tiny Stable Diffusion."""
    torch.manual_seed(21)
    adapter = MotionAdapter(
        block_out_channels=(16, 32),
        motion_layers_per_block=1,
        motion_norm_num_groups=8,
        motion_num_attention_heads=2,
        motion_max_seq_length=16,
        use_motion_mid_block=False,
    )
    _awake(adapter).save_pretrained(folder)
    return folder


def save_magic_adapter(folder: Path) -> Path:
    """Scales and directed attention for the same UNet, as if trained."""
    torch.manual_seed(30)
    _awake(new_adapter(tiny_unet(), 8, 2, shared_noise=0.3)).save_pretrained(folder)
    return folder


def save_controlnet(folder: Path) -> Path:
    """A ControlNet for the same UNet."""
    torch.manual_seed(22)
    net = ControlNetModel(
        block_out_channels=(16, 32),
        layers_per_block=1,
        in_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        attention_head_dim=4,
        cross_attention_dim=_WIDTH,
        norm_num_groups=8,
        conditioning_embedding_out_channels=(8, 8, 16, 16),
    )
    _awake(net).save_pretrained(folder)
    return folder


def save_ip_adapter(folder: Path) -> Path:
    """The file of an IP-Adapter for the same UNet; the encoder of pictures lies in a folder beside it."""
    torch.manual_seed(29)
    tokens, attentions = 4, 4
    weights = {
        "image_proj.proj.weight": torch.randn(tokens * _WIDTH, _WIDTH),
        "image_proj.proj.bias": torch.randn(tokens * _WIDTH),
        "image_proj.norm.weight": torch.ones(_WIDTH),
        "image_proj.norm.bias": torch.zeros(_WIDTH),
    }
    for place in range(attentions):
        for part in ("k", "v"):
            weights[f"ip_adapter.{2 * place + 1}.to_{part}_ip.weight"] = torch.randn(_WIDTH, _WIDTH)
    CLIPVisionModelWithProjection(_vision()).save_pretrained(folder / "image_encoder")
    save_file(weights, folder / "ip-adapter_sd15.safetensors")
    return folder / "ip-adapter_sd15.safetensors"


def save_svd(folder: Path) -> Path:
    """Stable Video Diffusion: a UNet over space and time, a decoder over time."""
    torch.manual_seed(23)
    unet = UNetSpatioTemporalConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        sample_size=8,
        in_channels=8,
        out_channels=4,
        down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
        up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
        cross_attention_dim=_WIDTH,
        num_attention_heads=4,
        projection_class_embeddings_input_dim=24,
        addition_time_embed_dim=8,
        num_frames=6,
    )
    vae = AutoencoderKLTemporalDecoder(
        block_out_channels=(32, 32, 32, 32), down_block_types=("DownEncoderBlock2D",) * 4, layers_per_block=1,
        latent_channels=4, sample_size=64,
    )  # fmt: skip
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", interpolation_type="linear",
        num_train_timesteps=1000, prediction_type="v_prediction", sigma_max=700.0, sigma_min=0.002, steps_offset=1,
        timestep_spacing="leading", timestep_type="continuous", use_karras_sigmas=True,
    )  # fmt: skip
    return saved(
        StableVideoDiffusionPipeline(
            vae=vae,
            image_encoder=CLIPVisionModelWithProjection(_vision()),
            unet=unet,
            scheduler=scheduler,
            feature_extractor=CLIPImageProcessor(size=224, crop_size=224),
        ),
        folder,
    )


def save_i2vgen_xl(folder: Path) -> Path:
    """I2VGen-XL under the name of the deprecated pipeline."""
    torch.manual_seed(24)
    unet = I2VGenXLUNet(
        block_out_channels=(16, 32),
        layers_per_block=1,
        sample_size=8,
        in_channels=4,
        out_channels=4,
        down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"),
        up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
        cross_attention_dim=_WIDTH,
        attention_head_dim=4,
        num_attention_heads=None,
        norm_num_groups=8,
    )
    parts = I2VGenParts(
        vae=tiny_vae(),
        text_encoder=CLIPTextModel(text_config()),
        tokenizer=tokenizer(),
        image_encoder=CLIPVisionModelWithProjection(_vision(side=32, patch=8)),
        feature_extractor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        unet=unet,
        scheduler=DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False),
    )
    saved(parts, folder)
    return _renamed(folder, "I2VGenXLPipeline")


def save_wan(folder: Path) -> Path:
    """Wan, words to video."""
    torch.manual_seed(25)
    pipeline = WanPipeline(
        tokenizer=_unigram(), text_encoder=_umt5(), vae=_wan_vae(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        transformer=_wan_transformer(),
    )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def save_wan_i2v(folder: Path) -> Path:
    """Wan, words and picture to video, as 2.1 has it."""
    torch.manual_seed(26)
    pipeline = WanImageToVideoPipeline(
        tokenizer=_unigram(), text_encoder=_umt5(), vae=_wan_vae(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        image_encoder=CLIPVisionModel(_vision(side=32, patch=8)),
        image_processor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        transformer=_wan_transformer(in_channels=36, image_dim=_WIDTH),
    )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def save_wan_animate(folder: Path) -> Path:
    """Wan Animate: picture, film of the face and film of the skeleton to video."""
    torch.manual_seed(30)
    transformer = WanAnimateTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=36, latent_channels=16,
        out_channels=16, text_dim=32, freq_dim=32, ffn_dim=32, num_layers=2, image_dim=_WIDTH, rope_max_seq_len=64,
        motion_encoder_channel_sizes={str(side): 8 for side in (4, 8, 16, 32, 64)}, motion_encoder_size=64,
        motion_style_dim=8, motion_dim=4, motion_encoder_dim=16, face_encoder_hidden_dim=16, face_encoder_num_heads=2,
        inject_face_latents_blocks=1,
    )  # fmt: skip
    pipeline = WanAnimatePipeline(
        tokenizer=_unigram(), text_encoder=_umt5(), vae=_wan_vae(),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0),
        image_encoder=CLIPVisionModel(_vision(side=32, patch=8)),
        image_processor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        transformer=_awake(transformer),
    )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def save_kandinsky5(folder: Path) -> Path:
    """Kandinsky 5.0, words to video."""
    torch.manual_seed(27)
    return _save_kandinsky5(Kandinsky5T2VPipeline, folder)


def save_kandinsky5_i2v(folder: Path) -> Path:
    """Kandinsky 5.0, words and picture to video."""
    torch.manual_seed(28)
    return _save_kandinsky5(Kandinsky5I2VPipeline, folder)


def _save_kandinsky5(kind: Any, folder: Path) -> Path:
    transformer = Kandinsky5Transformer3DModel(
        in_visual_dim=16, in_text_dim=32, in_text_dim2=_WIDTH, time_dim=32, out_visual_dim=16, patch_size=(1, 2, 2),
        model_dim=48, ff_dim=64, num_text_blocks=1, num_visual_blocks=2, axes_dims=(8, 8, 8), visual_cond=True,
        attention_type="regular",
    )  # fmt: skip
    vae = AutoencoderKLHunyuanVideo(
        block_out_channels=(8, 8, 8, 8), layers_per_block=1, norm_num_groups=4, latent_channels=16,
        spatial_compression_ratio=8, temporal_compression_ratio=4,
    )  # fmt: skip
    config = Qwen2_5_VLConfig(
        text_config={
            "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
            "num_key_value_heads": 2, "vocab_size": 900, "max_position_embeddings": 2048,
            "rope_parameters": {"mrope_section": [2, 3, 3], "rope_type": "default", "rope_theta": 10000.0},
        },
        vision_config={
            "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 32,
            "fullatt_block_indexes": [0],
        },
    )  # fmt: skip
    pipeline = kind(
        transformer=_awake(transformer),
        vae=vae,
        text_encoder=Qwen2_5_VLForConditionalGeneration(config),
        tokenizer=None,
        text_encoder_2=CLIPTextModel(text_config()),
        tokenizer_2=tokenizer(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=5.0),
    )
    pipeline.register_modules(tokenizer=_words_of(pipeline.prompt_template))
    saved(pipeline, folder, tokenizers=("tokenizer_2",))
    index = json.loads((folder / "model_index.json").read_text())
    index["tokenizer"] = ["transformers", "Qwen2_5_VLProcessor"]  # which the real ones name
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def _wan_transformer(**changes: Any) -> WanTransformer3DModel:
    usual = {
        "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 12, "in_channels": 16,
        "out_channels": 16, "text_dim": 32, "freq_dim": 32, "ffn_dim": 32, "num_layers": 2, "cross_attn_norm": True,
        "qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 32,
    }  # fmt: skip
    return WanTransformer3DModel(**(usual | changes))


def _wan_vae() -> AutoencoderKLWan:
    return AutoencoderKLWan(base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
                            temperal_downsample=[False, True, True])  # fmt: skip


def _umt5() -> UMT5EncoderModel:
    return UMT5EncoderModel(
        UMT5Config(vocab_size=600, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, is_encoder_decoder=False)
    )


def _vision(side: int = 224, patch: int = 56) -> CLIPVisionConfig:
    return CLIPVisionConfig(
        hidden_size=_WIDTH, projection_dim=_WIDTH, intermediate_size=37, num_attention_heads=4, num_hidden_layers=3,
        image_size=side, patch_size=patch,
    )  # fmt: skip


def _unigram() -> PreTrainedTokenizerFast:
    """A token a letter, with the pad and the end of T5's."""
    words = {word: place for place, word in enumerate(["<pad>", "</s>", "<unk>", *byte_letters()])}
    return _fast(words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")


def _words_of(text: str) -> PreTrainedTokenizerFast:
    """Qwen's byte-level tokenizer with merges that make words of the words of ``text``, since the pipeline leaves out
    as many tokens as its template has."""
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=special, initial_alphabet=byte_letters(), show_progress=False
    )
    made.train_from_iterator([text] * 3, trainer)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=made, model_max_length=2048, pad_token=special[0], eos_token=special[2]
    )


def _fast(words: dict[str, int], **special: str) -> PreTrainedTokenizerFast:
    made = Tokenizer(models.BPE(vocab=words, merges=[], unk_token=special["unk_token"]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=2048, **special)


def _awake(network: Any) -> Any:
    """``network`` with random numbers in the layers that a new one has at zero, where they would change nothing."""
    for weight in network.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.2)
    return network


def _renamed(folder: Path, kind: str) -> Path:
    index = json.loads((folder / "model_index.json").read_text())
    index["_class_name"] = kind
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder
