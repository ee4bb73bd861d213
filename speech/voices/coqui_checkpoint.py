"""The weights of a Piper voice as the parameters of Coqui's VITS.

Both descend from the same paper (Kim, Kong, Son: "Conditional Variational Autoencoder with Adversarial Learning for
End-to-End Text-to-Speech", 2021), so every layer has its counterpart; names, numbering and weight norm differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from avatar.core.errors import VoiceError
from speech.voices.piper_network import Network

__all__ = ["architecture", "parameters"]

_ROOMS = {"enc_p": "text_encoder", "dp": "duration_predictor", "flow": "flow", "dec": "waveform_decoder"}
_WEIGHT_NORM = re.compile(r"(flow\.flows\.\d+\.enc|posterior_encoder\.enc|waveform_decoder\.(ups|resblocks))\.")
_WIDTH = 192
"""Coqui's duration predictor has this many channels, whatever the rest of the network has."""
_BINS = 10
_SPECTRUM = 513
_POSTERIOR_LAYERS, _POSTERIOR_KERNEL = 16, 5
_NORM = ".parametrizations.weight.original"


def architecture(network: Network) -> dict[str, Any]:
    """Coqui's ``model_args`` for ``network``, read from shapes, strides and dilations."""
    weights = network.weights
    if "dp.flows.7.pre.weight" not in weights:
        raise VoiceError("A voice without the stochastic duration predictor has no counterpart in Coqui.")
    _, hidden = weights["enc_p.emb.weight"].shape
    ups = _count(weights, r"dec\.ups\.(\d+)\.weight")
    relative = weights["enc_p.encoder.attn_layers.0.emb_rel_k"]
    return {
        "num_chars": len(weights["enc_p.emb.weight"]) + 1,
        "out_channels": _SPECTRUM,
        "hidden_channels": hidden,
        "hidden_channels_ffn_text_encoder": len(weights["enc_p.encoder.ffn_layers.0.conv_1.weight"]),
        "num_heads_text_encoder": hidden // relative.shape[-1],
        "num_layers_text_encoder": _count(weights, r"enc_p\.encoder\.attn_layers\.(\d+)\.emb_rel_k"),
        "kernel_size_text_encoder": weights["enc_p.encoder.ffn_layers.0.conv_1.weight"].shape[-1],
        "kernel_size_posterior_encoder": _POSTERIOR_KERNEL,
        "num_layers_posterior_encoder": _POSTERIOR_LAYERS,
        "kernel_size_flow": weights["flow.flows.0.enc.in_layers.0.weight"].shape[-1],
        "dilation_rate_flow": network.dilations["flow.flows.0.enc.in_layers.1"],
        "num_layers_flow": _count(weights, r"flow\.flows\.0\.enc\.in_layers\.(\d+)\.weight"),
        **_resblocks(network, ups),
        "upsample_rates_decoder": [network.strides[f"dec.ups.{i}"] for i in range(ups)],
        "upsample_initial_channel_decoder": len(weights["dec.conv_pre.weight"]),
        "upsample_kernel_sizes_decoder": [weights[f"dec.ups.{i}.weight"].shape[-1] for i in range(ups)],
        "use_sdp": True,
        "init_discriminator": False,
        "use_speaker_embedding": "emb_g.weight" in weights,
        "speaker_embedding_channels": weights["emb_g.weight"].shape[1] if "emb_g.weight" in weights else 0,
    }


def _resblocks(network: Network, ups: int) -> dict[str, Any]:
    kind, name = ("1", "convs1") if "dec.resblocks.0.convs1.0.weight" in network.weights else ("2", "convs")
    kernels = _count(network.weights, r"dec\.resblocks\.(\d+)\.") // ups
    depth = _count(network.weights, rf"dec\.resblocks\.0\.{name}\.(\d+)\.weight")
    blocks = [[f"dec.resblocks.{block}.{name}.{layer}" for layer in range(depth)] for block in range(kernels)]
    return {
        "resblock_type_decoder": kind,
        "resblock_kernel_sizes_decoder": [network.weights[f"{block[0]}.weight"].shape[-1] for block in blocks],
        "resblock_dilation_sizes_decoder": [[network.dilations[layer] for layer in block] for block in blocks],
    }


def _count(names: Iterable[str], pattern: str) -> int:
    return len({match[1] for name in names if (match := re.match(pattern, name))})


def parameters(network: Network) -> dict[str, np.ndarray]:
    """Every parameter of Coqui's VITS by its name there, float32.

    What a voice needs for training alone is not in its ONNX file: the posterior encoder, one half of the duration
    predictor. Those parts are drawn as in a network before training.
    """
    renamed = {_coqui_name(name): array for name, array in network.weights.items()}
    width = len(renamed["duration_predictor.pre.weight"])
    if _WIDTH % width:
        raise VoiceError(f"A duration predictor of {width} channels has no counterpart in Coqui.")
    renamed = {name: _widened(name, array, _WIDTH // width) for name, array in renamed.items()}
    symbols = renamed["text_encoder.emb.weight"]
    renamed["text_encoder.emb.weight"] = np.concatenate([symbols, symbols[:1]])  # the last row: the blank of Coqui
    renamed |= _for_training(renamed)
    return {name: array for one in sorted(renamed) for name, array in _with_norm(one, renamed[one])}


def _coqui_name(name: str) -> str:
    room, _, rest = name.partition(".")
    if room == "dp":
        rest = re.sub(r"^flows\.(\d+)", lambda m: f"flows.{(int(m[1]) + 1) // 2}", rest)
        rest = rest.replace("flows.0.m", "flows.0.translation").replace("flows.0.logs", "flows.0.log_scale")
    elif room == "flow":
        rest = re.sub(r"^flows\.(\d+)", lambda m: f"flows.{int(m[1]) // 2}", rest)
    elif room == "dec":
        rest = re.sub(r"^cond\.", "cond_layer.", rest)
    return f"{_ROOMS.get(room, room)}.{rest}"


def _widened(name: str, array: np.ndarray, times: int) -> np.ndarray:
    """A layer of the duration predictor ``times`` as wide that computes the same.

    Every channel is there ``times`` times, so means and variances over channels stay, and a layer that reads them all
    takes the mean. The spline's widths and heights are divided by the root of the channels later.
    """
    if times == 1 or not name.startswith("duration_predictor.") or ".flows.0." in name:
        return array
    wide = array
    if name.endswith(".weight") and array.shape[1] > 1 and not name.endswith((".pre.weight", ".cond.weight")):
        wide = np.tile(wide, (1, times, 1)) / times
    if re.search(r"flows\.\d+\.proj\.", name):
        wide = wide.copy()
        wide[: 2 * _BINS] *= np.sqrt(times)
        return wide.astype(np.float32)
    return np.tile(wide, (times,) + (1,) * (array.ndim - 1)).astype(np.float32)


def _for_training(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    drawn = {}
    for name, array in known.items():
        for twin in _training_twins(name):
            drawn[twin] = _fresh(twin, array.shape)
    return drawn | _posterior_encoder(known)


def _training_twins(name: str) -> list[str]:
    """Parameters for training alone that are shaped like ``name``."""
    place = name.removeprefix("duration_predictor.")
    if place.startswith(("convs.", "proj.", "flows.0.")):
        return [f"duration_predictor.post_{place}"]
    if place.startswith("flows.4."):
        rest = place.removeprefix("flows.4")
        posts = [f"duration_predictor.post_flows.{i}{rest}" for i in range(1, 5)]
        pre = [f"duration_predictor.post{rest.replace('.pre', '_pre')}"] if rest.startswith(".pre") else []
        return [f"duration_predictor.flows.1{rest}", *posts, *pre]
    return []


def _posterior_encoder(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    hidden = known["text_encoder.emb.weight"].shape[1]
    shapes: dict[str, tuple[int, ...]] = {"pre": (hidden, _SPECTRUM, 1), "proj": (2 * hidden, hidden, 1)}
    for layer in range(_POSTERIOR_LAYERS):
        last = layer == _POSTERIOR_LAYERS - 1
        shapes[f"enc.in_layers.{layer}"] = (2 * hidden, hidden, _POSTERIOR_KERNEL)
        shapes[f"enc.res_skip_layers.{layer}"] = (hidden if last else 2 * hidden, hidden, 1)
    if "emb_g.weight" in known:
        shapes["enc.cond_layer"] = (2 * hidden * _POSTERIOR_LAYERS, known["emb_g.weight"].shape[1], 1)
    drawn = {}
    for layer_name, shape in shapes.items():
        for part, size in (("weight", shape), ("bias", shape[:1])):
            name = f"posterior_encoder.{layer_name}.{part}"
            drawn[name] = _fresh(name, size)
    return drawn


def _fresh(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """A layer before training: weights within 1/sqrt(inputs), scales one, all else zero."""
    if name.endswith(".gamma"):
        return np.ones(shape, np.float32)
    if not name.endswith(".weight"):
        return np.zeros(shape, np.float32)
    reach = 1 / np.sqrt(np.prod(shape[1:]))
    generator = np.random.default_rng(list(name.encode()))
    return generator.uniform(-reach, reach, shape).astype(np.float32)


def _with_norm(name: str, array: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """A weight under weight norm is a length for every first index, and a direction."""
    if not name.endswith(".weight") or not _WEIGHT_NORM.match(name):
        return [(name, array)]
    module = name.removesuffix(".weight")
    length = np.sqrt((array.astype(np.float64) ** 2).sum(axis=(1, 2), keepdims=True)).astype(np.float32)
    return [(f"{module}{_NORM}0", length), (f"{module}{_NORM}1", array)]
