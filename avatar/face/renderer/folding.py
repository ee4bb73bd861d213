"""Networks as they were trained → the same networks with less to do for a frame."""

from __future__ import annotations

from torch import nn

from avatar.face.renderer.layers import Foldable

__all__ = ["fold"]


def fold(network: nn.Module) -> None:
    """Fold norms and spectral norms of ``network`` into its convolutions, in place; it must be in eval mode."""
    for part in list(network.modules()):
        if isinstance(part, Foldable):
            part.fold()
