"""Two networks that say the next state: a plain one, and one that only rotates.

Both take texts [b, e], states [b, m, d] (the last is the present one, before it the past, repeated where there is
none) and a direction [b], +1 forward or -1 backward in time, and give the next unit states [b, d].
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from motion.rotation import Rotation, plane_through

__all__ = ["NETWORKS", "Rotating", "Shape", "Simple", "new_network"]

_WIDEST = math.radians(20.0)  # that one layer turns


@dataclass(frozen=True)
class Shape:
    """``network``: a name of NETWORKS; dimensions of ``state`` and ``text``; ``memory``: states that are looked at, 1
    for the present alone; ``width`` of the hidden layers."""

    network: str
    state: int
    text: int
    memory: int = 3
    width: int = 128


class Simple(nn.Module):
    """The present state, plus so much of each direction (one learned number each: towards the text, away from each
    state of the past), plus what three layers over everything at once say."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        inputs = shape.text + shape.memory * shape.state + 1
        self.told = _reading(shape)
        self.shares = nn.Parameter(_damped(shape.memory))
        self.body = nn.Sequential(
            nn.Linear(inputs, shape.width),
            nn.SiLU(),
            nn.Linear(shape.width, shape.width),
            nn.SiLU(),
            nn.Linear(shape.width, shape.state),
        )
        _small(self.body[-1])

    def forward(self, texts: torch.Tensor, states: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        root, x = math.sqrt(states.shape[-1]), states[:, -1]
        steps = (states[:, 1:] - states[:, :-1]).flatten(1)
        seen = torch.cat([root * texts, root * x, 4.0 * root * steps, directions[:, None]], dim=1)
        known = (self.shares[:, None] * _targets(x, self.told(texts), states)).sum(1)
        return functional.normalize(x + known + self.body(seen), dim=-1)


class Rotating(nn.Module):
    """Layers that turn the present state within planes that it spans with the text and with its past.

    In each, the present state asks (the query), text and past answer (the keys), and the answers weigh the directions
    towards the text and away from each state of the past as they are: nothing but rotations within the space, so what
    is learned on one scene holds for another. The angle of a layer is as large as the direction that it adds up is
    long, and bounded.
    """

    def __init__(self, shape: Shape, layers: int = 2) -> None:
        super().__init__()
        self.told = _reading(shape)
        self.layers = nn.ModuleList(_RotationLayer(shape, layers) for _ in range(layers))

    def forward(self, texts: torch.Tensor, states: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        x, told = states[:, -1], self.told(texts)
        for layer in self.layers:
            x = layer(x, told, states, directions)
        return functional.normalize(x, dim=-1)


class _RotationLayer(nn.Module):
    def __init__(self, shape: Shape, layers: int) -> None:
        super().__init__()
        self.query = nn.Linear(shape.state + 1, shape.width)
        self.key = nn.Linear(shape.state + 1, shape.width)
        self.place = nn.Parameter(0.1 * torch.randn(shape.memory, shape.width))
        self.shares = nn.Parameter(_damped(shape.memory) / layers)
        self.weigh = nn.Linear(shape.width, 1)
        _small(self.weigh)

    def forward(
        self, x: torch.Tensor, told: torch.Tensor, states: torch.Tensor, directions: torch.Tensor
    ) -> torch.Tensor:
        targets = _targets(x, told, states)
        root, lengths = math.sqrt(x.shape[-1]), targets.norm(dim=-1, keepdim=True)
        query = self.query(torch.cat([root * x, directions[:, None]], dim=1))[:, None]
        keys = torch.tanh(query + self.key(torch.cat([root * targets, 4.0 * lengths], dim=2)) + self.place)
        attention = keys.mul(query).sum(-1).div(math.sqrt(query.shape[-1])).softmax(dim=1)
        weights = self.shares + attention * torch.tanh(self.weigh(keys)[..., 0])
        aside = (weights[..., None] * targets).sum(1)
        angle = _WIDEST * torch.tanh(aside.norm(dim=-1) / _WIDEST)
        # a state that stands still spans no plane: a direction far too small to matter makes one
        turned: torch.Tensor = Rotation(plane_through(x, aside + 1e-6 * x.roll(1, -1)), angle).apply(x)
        return turned


def _targets(x: torch.Tensor, told: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """Directions [b, m, d] that are known: towards the text, and away from each state of the past."""
    return torch.cat([(told - x)[:, None], states[:, -1:] - states[:, :-1]], dim=1)


def _damped(memory: int) -> torch.Tensor:
    """How networks begin: half of the last step once more, nothing of what is older or of the text."""
    return torch.tensor([0.0, *[0.0] * (memory - 2), *[0.5] * (memory > 1)])


def _reading(shape: Shape) -> nn.Module:
    """From texts to the space of the states, where that is another."""
    return nn.Linear(shape.text, shape.state, bias=False) if shape.text != shape.state else nn.Identity()


NETWORKS = {"simple": Simple, "rotation": Rotating}


def new_network(shape: Shape, seed: int = 0) -> nn.Module:
    """An untrained network; KeyError for an unknown name."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return NETWORKS[shape.network](shape)


def _small(layer: nn.Module) -> None:
    """Begin near "stay": what the layer says is small at first."""
    assert isinstance(layer, nn.Linear)
    nn.init.normal_(layer.weight, std=1e-3)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
