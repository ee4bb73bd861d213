"""How one scene gives way to the next: the last picture of the first is held while the second comes in."""

from __future__ import annotations

import numpy as np

__all__ = ["mixed"]

_DIMMED = 0.35  # how much darker the held picture has become when it is covered


def mixed(kind: str, before: np.ndarray, after: np.ndarray, share: float) -> np.ndarray:
    """``after`` coming in over ``before``, uint8 [h, w, 3], as far as ``share`` says: 0 nothing of it, 1 all.

    ``kind``: ``fade``, or ``slide``, in which it comes from the right. ValueError for another.
    """
    eased = share * share * (3.0 - 2.0 * share)
    if kind == "fade":
        return np.rint(before + (after.astype(np.float32) - before) * eased).astype(np.uint8)
    if kind != "slide":
        raise ValueError(f"unknown transition {kind!r}")
    width = after.shape[1]
    edge = round(width * (1.0 - eased))
    whole = np.empty_like(after)
    whole[:, :edge] = np.rint(before[:, :edge] * (1.0 - _DIMMED * eased)).astype(np.uint8)
    whole[:, edge:] = after[:, : width - edge]
    return whole
