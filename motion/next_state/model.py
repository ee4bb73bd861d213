"""A trained next-state model: its two files, and generation from generation."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from avatar.core.artefacts import appearing, write_atomically
from avatar.core.errors import MissingEngine
from motion.drift import orbit
from motion.next_state.networks import Shape, new_network
from motion.rotation import Plane, angle_between, geodesic, rotation_between

__all__ = ["NextState", "predicted_loop"]

_WEIGHTS, _CARD = "next_state.safetensors", "next_state.json"


@dataclass(frozen=True)
class NextState:
    """``network`` in eval mode, its ``shape``, and how it came about (``facts``: encoder, mode, seed, losses)."""

    network: nn.Module
    shape: Shape
    facts: Mapping[str, object]

    @classmethod
    def load(cls, folder: Path) -> NextState:
        """Read what ``save`` wrote; MissingEngine that names the file where one is missing or damaged."""
        try:
            card = json.loads((folder / _CARD).read_text(encoding="utf-8"))
            shape = Shape(**card.pop("shape"))
            network = new_network(shape)
            network.load_state_dict({name: value.float() for name, value in load_file(folder / _WEIGHTS).items()})
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise MissingEngine(
                f"The next-state model in {folder} is missing or damaged ({_WEIGHTS}, {_CARD}): train one with "
                "govorun train next-state."
            ) from error
        return cls(network.eval(), shape, card)

    def save(self, folder: Path) -> None:
        """Write weights in half precision and the card."""
        folder.mkdir(parents=True, exist_ok=True)
        with appearing(folder / _WEIGHTS) as partial:
            save_file({n: v.detach().half().contiguous() for n, v in self.network.state_dict().items()}, partial)
        card = {"shape": dataclasses.asdict(self.shape), **self.facts}
        write_atomically(folder / _CARD, json.dumps(card, indent=1, default=str).encode() + b"\n")

    @torch.no_grad()
    def generate(self, texts: np.ndarray, past: np.ndarray, count: int) -> np.ndarray:
        """``count`` states [b, count, d] after ``past`` [b, t, d] under ``texts`` [b, e], each from those before."""
        memory = self.shape.memory
        first = np.maximum(np.arange(past.shape[1] - memory, past.shape[1]), 0)
        states, told = (torch.from_numpy(np.asarray(a, np.float32)) for a in (past[:, first], texts))
        forward, made = torch.ones(len(states)), []
        for _ in range(count):
            made.append(self.network(told, states, forward))
            states = torch.cat([states[:, 1:], made[-1][:, None]], dim=1)
        return torch.stack(made, dim=1).numpy()


def predicted_loop(model: NextState, centre: np.ndarray, plane: Plane, degrees: float, count: int) -> np.ndarray:
    """A closed way [count, d] of generated states around ``centre`` [d], none further away than ``degrees``.

    The text goes round its cone; the model says each next state from the text of that moment and the states before,
    through rotations alone: what it says is a rotation of the present state, and where that would leave the cone the
    rotation back to the centre holds it. After three turns the way repeats itself but for a rest, which is spread over
    the turn. ValueError where the centre has another number of dimensions than the model.
    """
    if centre.shape != (model.shape.state,) or model.shape.text != model.shape.state:
        raise ValueError(f"the model is for {model.shape.state} dimensions, not {len(centre)}")
    size, limit = np.linalg.norm(centre), math.radians(degrees)
    axis = np.asarray(centre, np.float64) / size
    texts = orbit(axis, plane, limit, np.arange(count) / count)
    way = [texts[0]]
    for k in range(1, 4 * count + 1):
        said = model.generate(texts[k % count][None], np.stack(way[-model.shape.memory :])[None], 1)[0, 0]
        step = rotation_between(way[-1], said.astype(np.float64))
        way.append(_held(step.apply(way[-1]), axis, limit))
    return _closed(np.stack(way[-count - 1 :])) * size


def _held(point: np.ndarray, axis: np.ndarray, limit: float) -> np.ndarray:
    away = angle_between(axis, point)
    return point if away <= limit else np.asarray(geodesic(axis, point, limit / away))


def _closed(way: np.ndarray) -> np.ndarray:
    """``way`` [k + 1, d] as a loop [k, d]: the rotation that is left from its end to its beginning, spread over it."""
    rest = rotation_between(way[-1], way[0])
    shares = np.linspace(0.0, 1.0, len(way))
    pairs = zip(shares, way, strict=True)
    back = [dataclasses.replace(rest, angle=share * rest.angle).apply(point) for share, point in pairs]
    return np.stack(back)[:-1]
