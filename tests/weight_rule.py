"""Weights made from the names of their keys, so that networks can be tested without the published files.

Every tensor is drawn by a generator seeded with the CRC-32 of its full name, so two programs that agree on names and
shapes agree on every number. Norm statistics and biases are not trivial, so a swapped or missing key shows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from torch import nn

__all__ = ["draw", "fill", "image", "normal", "save_streamed", "tensor", "uniform", "volume"]

# the variance that a weight passes on, by the first prefix that matches
_GAINS = (
    ("generator.dense_motion_network.mask.", 40.0),
    ("generator.dense_motion_network.occlusion.", 8.0),
    ("generator.dense_motion_network.", 4.0),
    ("generator.decoder.conv_img.", 0.1),
    ("kp_extractor.kp.", 1.0),
    ("kp_extractor.", 4.0),
    ("audio2exp.", 1.5),
    ("audio2pose.", 1.5),
    ("mapping_00109.fc_exp.", 0.005),
    ("mapping_00229.fc_exp.", 0.005),
    ("mapping_00109.fc_t.", 0.02),
    ("mapping_00229.fc_t.", 0.02),
    ("mapping_", 1.0),
    ("warping_module.dense_motion_network.mask.", 40.0),
    ("warping_module.dense_motion_network.occlusion.", 8.0),
    ("warping_module.dense_motion_network.", 4.0),
    ("spade_generator.conv_img.", 0.1),
    ("motion_extractor.detector.fc_exp.", 0.005),
    ("motion_extractor.detector.fc_t.", 0.02),
    ("motion_extractor.detector.fc_scale.", 0.02),
    ("motion_extractor.detector.fc_kp.", 0.1),
    ("motion_extractor.detector.fc_", 1.0),
    ("stitching_retargeting_module.", 1.0),
    ("", 2.0),
)
_BLUR_KEY = "kp_extractor.down.weight"


def draw(key: str) -> np.random.RandomState:
    """The generator for ``key``."""
    return np.random.RandomState(crc32(key.encode()))


def normal(key: str, shape: Sequence[int]) -> torch.Tensor:
    """Unit Gaussian numbers, float32."""
    return torch.from_numpy(draw(key).standard_normal(tuple(shape)).astype(np.float32))


def uniform(key: str, shape: Sequence[int], low: float = 0.0, high: float = 1.0) -> torch.Tensor:
    """Even numbers, float32."""
    return torch.from_numpy(draw(key).uniform(low, high, tuple(shape)).astype(np.float32))


def image(key: str, size: int) -> torch.Tensor:
    """A picture [1, 3, size, size] of coloured blocks with some grain, 0..1."""
    blocks = np.kron(draw(key).uniform(0, 1, (1, 3, size // 8, size // 8)), np.ones((8, 8)))
    grain = draw(f"{key}.hf").uniform(0, 1, (1, 3, size, size))
    return torch.from_numpy((0.8 * blocks + 0.2 * grain).astype(np.float32))


def volume(key: str, shape: Sequence[int], block: Sequence[int]) -> torch.Tensor:
    """Features of blocks with some grain, float32; ``block``: sizes along the last axes."""
    whole = (1,) * (len(shape) - len(block)) + tuple(block)
    small = tuple(length // step for length, step in zip(shape, whole, strict=True))
    blocks = np.kron(draw(key).standard_normal(small), np.ones(whole))
    grain = draw(f"{key}.hf").standard_normal(tuple(shape))
    return torch.from_numpy((0.8 * blocks + 0.3 * grain).astype(np.float32))


def fill(network: nn.Module, prefix: str) -> nn.Module:
    """Give ``network`` the weights of the rule, its keys those of ``prefix``, and make it ready to run."""
    shapes = {f"{prefix}.{key}": tuple(value.shape) for key, value in network.state_dict().items()}
    state = {key.removeprefix(f"{prefix}."): tensor(key, shapes) for key in shapes}
    network.load_state_dict(state, strict=True, assign=True)
    return network.requires_grad_(False).eval()


def save_streamed(path: Path, shapes: Mapping[str, Sequence[int]], values: Iterable[torch.Tensor] = ()) -> None:
    """A safetensors file written tensor by tensor, so that memory holds few of them; zeros where ``values`` end."""
    header: dict[str, object] = {}
    end = 0
    for key, shape in shapes.items():
        whole = key.endswith("num_batches_tracked")
        start, end = end, end + math.prod(shape) * (8 if whole else 4)
        header[key] = {"dtype": "I64" if whole else "F32", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for value in values:
            file.write(value.numpy().data)
        file.truncate(8 + len(text) + end)


def tensor(key: str, shapes: Mapping[str, Sequence[int]]) -> torch.Tensor:
    """The tensor of the full ``key``, whose shape and neighbours' shapes are in ``shapes``."""
    if not key.endswith("weight_u"):
        return _drawn(key, tuple(shapes[key]))
    original, v = (_drawn(name, tuple(shapes[name])) for name in (f"{key[:-1]}orig", f"{key[:-1]}v"))
    u = original.double().flatten(1) @ v.double()
    return (u / u.norm()).float()


@lru_cache(maxsize=4)
def _drawn(key: str, shape: tuple[int, ...]) -> torch.Tensor:
    kind = key.rpartition(".")[2]
    if kind == "num_batches_tracked":
        return torch.zeros((), dtype=torch.int64)
    if key == _BLUR_KEY:
        return _blur(shape)
    return torch.from_numpy(np.asarray(_value(key, kind, draw(key).standard_normal(shape)), np.float32))


def _value(key: str, kind: str, n: np.ndarray) -> np.ndarray:
    if kind in ("running_mean", "bias"):
        return 0.1 * n
    if kind == "running_var":
        return np.exp(0.2 * n)
    if kind == "beta":
        return 0.1 * n
    if kind == "gamma":
        return 0.5 * n
    if kind == "classbias":
        return n
    if kind == "weight_v":
        return n / np.linalg.norm(n)
    if n.ndim == 1:
        return 1 + 0.1 * n
    gain = next(gain for prefix, gain in _GAINS if key.startswith(prefix))
    n -= n.mean(axis=tuple(range(1, n.ndim)), keepdims=True)
    n *= math.sqrt(gain / math.prod(n.shape[1:]))
    return n


def _blur(shape: tuple[int, ...]) -> torch.Tensor:
    """A Gaussian of sigma 1.5, the same for every channel."""
    line = torch.exp(-0.5 * ((torch.arange(shape[-1]) - shape[-1] // 2) / 1.5) ** 2)
    square = line[:, None] * line
    return (square / square.sum()).expand(shape).contiguous()
