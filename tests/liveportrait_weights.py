"""LivePortrait's five files as they are published, with the weights of the rule (tests.weight_rule)."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file

from tests.weight_rule import tensor

__all__ = ["fixture", "official_keys", "probes", "save_official", "state_of"]

_FOLDER = Path(__file__).parent / "fixtures" / "liveportrait"
_SMALL = "stitching_retargeting_module.pth"


def official_keys() -> dict[str, dict[str, dict[str, dict[str, list[int]]]]]:
    """For each published file its path, and by the prefix of a network's full keys the shape of every key."""
    return json.loads((_FOLDER / "keys.json").read_text())


def probes() -> dict[str, tuple[list[float], float, float]]:
    """First values, sum and sum of absolute values of every tensor, made elsewhere by the same rule."""
    return json.loads((_FOLDER / "probes.json").read_text())


@lru_cache(maxsize=2)
def fixture(name: str) -> dict[str, torch.Tensor]:
    """Inputs, intermediates and outputs of the original networks with the weights of the rule."""
    return load_file(_FOLDER / f"{name}.safetensors")


def state_of(prefix: str, shapes: dict[str, list[int]]) -> dict[str, torch.Tensor]:
    """The weights of the network whose full keys begin with ``prefix``."""
    full = {f"{prefix}{key}": shape for key, shape in shapes.items()}
    return {key.removeprefix(prefix): tensor(key, full) for key in full}


def save_official(folder: Path) -> None:
    """Write the five files (520 MB). The small networks' keys carry the prefix that they have there, and beside them
    lies an entry that nothing reads."""
    for name, file in official_keys().items():
        path = folder / file["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        states = {prefix: state_of(prefix, shapes) for prefix, shapes in file["groups"].items()}
        if name != _SMALL:
            torch.save(next(iter(states.values())), path)
            continue
        entries = {
            prefix.split(".")[1]: {f"module.{key}": value for key, value in state.items()}
            for prefix, state in states.items()
        }
        torch.save({**entries, "retarget_other": {"module.mlp.0.weight": torch.zeros(3)}}, path)
