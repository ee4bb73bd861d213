"""Person over backdrop in bytes, as :func:`avatar.compose.blend.blend_lit` does it in floats, in a third of the time.

Most pixels of a frame need no reckoning: where nobody is the backdrop's bytes stay as they are, and inside the person
the person's own are copied. Rows are taken some at a time, and only the columns beside the outline are mixed.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from avatar.core.types import Size

__all__ = ["SOFT", "TINT_ONE", "WRAP", "Over", "coarse_size"]

WRAP = 0.22
"""How much of the light behind spills over the outline at most."""
SOFT = (5, 5)
"""How far it spills, in pixels of the coarse picture."""
TINT_ONE = 186
"""What a tint has where it changes nothing; 255 is 1.37 times as bright."""
_COARSE = 64  # the spill is soft, so it is worked out on a picture whose short side has this many pixels
_ROWS = 64  # taken at once
_LEAST = 32  # columns that are worth being copied alone
_Columns = tuple[int, int]


class Over:
    """Lays persons over pictures of ``size``, one after another; its buffers are used again."""

    def __init__(self, size: Size) -> None:
        self._size, self._small = size, coarse_size(size.height, size.width)[::-1]
        self._alpha, self._keep = (np.empty((size.height, size.width), np.uint8) for _ in range(2))
        self._room = [np.empty(min(_ROWS, size.height) * size.width * 3, np.uint8) for _ in range(2)]

    def onto(self, person: np.ndarray, picture: np.ndarray, tint: np.ndarray | None = None) -> None:
        """``person`` uint8 [h, w, 4], colour premultiplied by alpha, over ``picture`` uint8 [h, w, 3], in place.

        ``tint``: what the person's colours are multiplied by, uint8 [h, w, 3] in parts of ``TINT_ONE``.
        """
        alpha, keep = cv2.extractChannel(person, 3, dst=self._alpha), self._kept()
        for top in range(0, self._size.height, _ROWS):
            rows = slice(top, top + _ROWS)
            for mixed, (left, right) in _parts(alpha[rows], keep[rows]):
                part = (rows, slice(left, right))
                own = self._tinted(person[part], alpha[part], None if tint is None else tint[part], mixed)
                if mixed:
                    self._mix(own, alpha[part], keep[part], picture[part])
                else:
                    np.copyto(picture[part], own)

    def _kept(self) -> np.ndarray:
        """Share of the person's own light, of 255: all inside, less towards the outline."""
        coarse = cv2.resize(self._alpha, self._small, interpolation=cv2.INTER_AREA)
        spill = cv2.blur(255.0 - coarse.astype(np.float32), SOFT, borderType=cv2.BORDER_REPLICATE)
        keep = cv2.addWeighted(spill, -WRAP, spill, 0.0, 255.0, dtype=cv2.CV_8U)
        size = (self._size.width, self._size.height)
        return np.asarray(cv2.resize(keep, size, dst=self._keep, interpolation=cv2.INTER_LINEAR))

    def _tinted(self, person: np.ndarray, alpha: np.ndarray, tint: np.ndarray | None, mixed: bool) -> np.ndarray:
        """The person's colours [rows, columns, 3], in the first buffer."""
        own = cv2.cvtColor(person, cv2.COLOR_RGBA2RGB, dst=self._buffer(0, alpha.shape))
        if tint is not None:
            cv2.multiply(own, tint, dst=own, scale=1.0 / TINT_ONE)
            if mixed:
                whole = cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB, dst=self._buffer(1, alpha.shape))
                cv2.min(own, whole, dst=own)
        return np.asarray(own)

    def _mix(self, own: np.ndarray, alpha: np.ndarray, keep: np.ndarray, picture: np.ndarray) -> None:
        share = self._buffer(1, alpha.shape)
        cv2.multiply(own, cv2.cvtColor(keep, cv2.COLOR_GRAY2RGB, dst=share), dst=own, scale=1.0 / 255.0)
        through = cv2.bitwise_not(cv2.multiply(alpha, keep, scale=1.0 / 255.0))
        cv2.multiply(picture, cv2.cvtColor(through, cv2.COLOR_GRAY2RGB, dst=share), dst=picture, scale=1.0 / 255.0)
        cv2.add(picture, own, dst=picture)

    def _buffer(self, number: int, shape: tuple[int, ...]) -> np.ndarray:
        return self._room[number][: 3 * shape[0] * shape[1]].reshape(*shape, 3)


def _parts(alpha: np.ndarray, keep: np.ndarray) -> Iterator[tuple[bool, _Columns]]:
    """Columns of some rows that show the person, from left to right, and whether they have to be mixed."""
    seen = np.flatnonzero(alpha.max(axis=0))
    if not len(seen):
        return
    left, right = int(seen[0]), int(seen[-1]) + 1
    inside = np.flatnonzero(cv2.min(alpha, keep).min(axis=0) == 255)
    if len(inside) < _LEAST or inside[-1] - inside[0] >= len(inside):
        yield True, (left, right)
        return
    first, last = int(inside[0]), int(inside[-1]) + 1
    parts = ((True, (left, first)), (False, (first, last)), (True, (last, right)))
    yield from (part for part in parts if part[1][0] < part[1][1])


def coarse_size(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the picture that the spill over the outline is worked out on."""
    shrink = max(min(height, width) / _COARSE, 1.0)
    return round(height / shrink), round(width / shrink)
