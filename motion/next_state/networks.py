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
    """Three layers over everything at once; what they say is added to the present state."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        inputs = shape.text + shape.memory * shape.state + 1
        self.body = nn.Sequential(
            nn.Linear(inputs, shape.width),
            nn.SiLU(),
            nn.Linear(shape.width, shape.width),
            nn.SiLU(),
            nn.Linear(shape.width, shape.state),
        )
        _small(self.body[-1])

    def forward(self, texts: torch.Tensor, states: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        steps = (states[:, 1:] - states[:, :-1]).flatten(1)
        size = math.sqrt(states.shape[-1])
        seen = torch.cat([size * texts, size * states[:, -1], 4.0 * size * steps, directions[:, None]], dim=1)
        return functional.normalize(states[:, -1] + self.body(seen), dim=-1)


class Rotating(nn.Module):
    """Layers that turn the present state towards what they attend to: the text, the past, and directions they know.

    In each, the present state asks (the query) and text and past answer (keys); the answers are weighed, with a sign,
    as they are, so the plane is spanned by the state and by things of the same space. The angle is bounded.
    """

    def __init__(self, shape: Shape, layers: int = 3) -> None:
        super().__init__()
        self.read = nn.Linear(shape.text, shape.state, bias=False) if shape.text != shape.state else nn.Identity()
        self.layers = nn.ModuleList(_RotationLayer(shape) for _ in range(layers))

    def forward(self, texts: torch.Tensor, states: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        told = functional.normalize(self.read(texts), dim=-1)
        x = states[:, -1]
        for layer in self.layers:
            x = layer(x, told, states, directions)
        return functional.normalize(x, dim=-1)


class _RotationLayer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.query = nn.Linear(shape.state + 1, shape.width)
        self.key = nn.Linear(shape.state, shape.width)
        self.place = nn.Parameter(0.02 * torch.randn(shape.memory + 1, shape.width))
        self.weigh = nn.Linear(shape.width, 1)
        self.free = nn.Sequential(nn.Linear(2 * shape.width, shape.width), nn.SiLU())
        self.known = nn.Linear(shape.width, shape.state, bias=False)
        self.angle = nn.Linear(shape.width, 1)
        _small(self.known)
        _small(self.angle)
        _small(self.weigh)

    def forward(
        self, x: torch.Tensor, text: torch.Tensor, states: torch.Tensor, directions: torch.Tensor
    ) -> torch.Tensor:
        root = math.sqrt(x.shape[-1])
        # what can be turned to: the text, the present where it began, and away from each state of the past
        targets = torch.cat([(text - x)[:, None], (states[:, -1] - x)[:, None], x[:, None] - states[:, :-1]], dim=1)
        query = self.query(torch.cat([root * x, directions[:, None]], dim=1))[:, None]
        keys = torch.tanh(query + self.key(root * targets) + self.place)
        attention = keys.mul(query).sum(-1).div(math.sqrt(query.shape[-1])).softmax(dim=1)
        signed = attention * torch.tanh(self.weigh(keys)[..., 0])
        answer = self.free(torch.cat([query[:, 0], (attention[..., None] * keys).sum(1)], dim=1))
        aside = (signed[..., None] * targets).sum(1) + self.known(answer)
        # turning by what is asked for: as far as the direction is long, times a factor that is learned
        reach = aside.norm(dim=-1) * torch.exp(self.angle(answer)[:, 0])
        angle = _WIDEST * torch.tanh(reach / _WIDEST)
        turned: torch.Tensor = Rotation(plane_through(x, aside + 1e-6 * states[:, 0].roll(1, -1)), angle).apply(x)
        return turned


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
