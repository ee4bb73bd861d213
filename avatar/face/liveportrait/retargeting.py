"""Three small networks that put keypoints right: stitching, and lips and lids to a wanted opening."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from avatar.face.liveportrait.pose import KEYPOINTS

__all__ = ["EYE_SIZES", "LIP_SIZES", "STITCHING_SIZES", "Perceptron", "open_eyes", "open_lips", "stitched"]

STITCHING_SIZES = (126, 128, 128, 64, 65)
LIP_SIZES = (65, 128, 128, 64, 63)
EYE_SIZES = (66, 256, 256, 128, 128, 64, 63)


class Perceptron(nn.Module):
    """Linear layers of ``sizes`` with ReLU between them."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        layers = [part for pair in pairwise(sizes) for part in (nn.Linear(*pair), nn.ReLU())]
        self.mlp = nn.Sequential(*layers[:-1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.mlp(x)
        return y


def stitched(network: Perceptron, source: torch.Tensor, driving: torch.Tensor) -> torch.Tensor:
    """``driving`` [b, 21, 3] so that shoulders and hair meet those of ``source`` [1, 21, 3]: a shift of every keypoint
    and one of them all in the plane."""
    both = torch.cat([source.expand_as(driving).flatten(1), driving.flatten(1)], dim=1)
    said = network(both)
    flat = nn.functional.pad(said[:, None, 3 * KEYPOINTS :], (0, 1))
    return driving + said[:, : 3 * KEYPOINTS].unflatten(1, (KEYPOINTS, 3)) + flat


def open_lips(network: Perceptron, source: torch.Tensor, own: float, wanted: torch.Tensor) -> torch.Tensor:
    """Shifts [b, 21, 3] that bring the lips of the face at ``source`` [1, 21, 3], whose opening is ``own``, to the
    openings ``wanted`` [b] (gap of the inner lips over the mouth's width)."""
    return _retargeted(network, source, (own,), wanted)


def open_eyes(
    network: Perceptron, source: torch.Tensor, own: tuple[float, float], wanted: torch.Tensor
) -> torch.Tensor:
    """Shifts [b, 21, 3] that bring both eyes of the face at ``source`` [1, 21, 3], whose openings are ``own`` (the
    viewer's left eye first), to the openings ``wanted`` [b] (height over width)."""
    return _retargeted(network, source, own, wanted)


def _retargeted(
    network: Perceptron, source: torch.Tensor, own: tuple[float, ...], wanted: torch.Tensor
) -> torch.Tensor:
    rows = len(wanted)
    known = source.new_tensor(own).expand(rows, -1)
    columns = [source.flatten(1).expand(rows, -1), known, wanted.to(source).view(-1, 1)]
    return network(torch.cat(columns, dim=1)).unflatten(1, (KEYPOINTS, 3))
