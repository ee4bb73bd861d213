"""SadTalker's three files as they are published, with the weights of the rule (tests.weight_rule)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from tests.weight_rule import draw, fill, image, normal, save_streamed, tensor, uniform

__all__ = [
    "MAIN", "draw", "fill", "image", "normal", "official_keys", "save_official", "save_streamed", "tensor", "uniform",
]  # fmt: skip

_KEYS = Path(__file__).parent / "fixtures" / "sadtalker" / "keys.json"
MAIN = "SadTalker_V0.0.2_256.safetensors"


def official_keys() -> dict[str, dict[str, list[int]]]:
    """For each published file the shape of every key in it."""
    return json.loads(_KEYS.read_text())


def save_official(folder: Path, size: int = 256) -> None:
    """Write the three files as they are published, with the weights of the rule (800 MB)."""
    for name, shapes in official_keys().items():
        if name == MAIN:
            save_streamed(folder / name.replace("256", str(size)), shapes, _in_file_order(shapes))
        else:
            prefix = name.partition("-")[0]
            state = {key.removeprefix(f"{prefix}."): tensor(key, shapes) for key in shapes}
            torch.save({"epoch": 0, "mapping": state}, folder / name)


def _in_file_order(shapes: Mapping[str, Sequence[int]]) -> Iterator[torch.Tensor]:
    with ThreadPoolExecutor(2) as pool:  # numpy draws without holding the interpreter
        yield from pool.map(lambda key: tensor(key, shapes), shapes)
