"""Person over backdrop in bytes, as :func:`avatar.compose.blend.blend_lit` does it in floats, in half of the time.

Most pixels of a frame need no reckoning: where nobody is the backdrop's bytes stay as they are, and inside the person
the person's own are copied. Rows are taken some at a time, and only the columns beside the outline are mixed.
"""

from __future__ import annotations

import math
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
_CELL = 4  # pixels of a side of the squares by which it is told where the outline is
_LEAST = 32  # columns that are worth being copied alone


class Over:
    """Lays persons over pictures of ``size``, one after another; its buffers are used again."""

    def __init__(self, size: Size) -> None:
        self._size, self._small = size, coarse_size(size.height, size.width)[::-1]
        self._cells = (max(1, size.width // _CELL), max(1, size.height // _CELL))
        self._alpha, self._keep = (np.empty((size.height, size.width), np.uint8) for _ in range(2))
        self._room = [np.empty(min(_ROWS, size.height) * size.width * 3, np.uint8) for _ in range(2)]

    def onto(self, person: np.ndarray, picture: np.ndarray, tint: np.ndarray | None = None) -> None:
        """``person`` uint8 [h, w, 4], colour premultiplied by alpha, over ``picture`` uint8 [h, w, 3], in place.

        ``tint``: what the person's colours are multiplied by, uint8 [h, w, 3] in parts of ``TINT_ONE``.
        """
        alpha = cv2.extractChannel(person, 3, dst=self._alpha)
        cells = _smaller(alpha, self._cells)
        whole = cv2.min(cells, self._keep_light(cells))
        for top in range(0, self._size.height, _ROWS):
            rows = slice(top, top + _ROWS)
            for mixed, columns in self._parts(cells, whole, rows):
                part = (rows, columns)
                own = self._tinted(person[part], alpha[part], None if tint is None else tint[part], mixed)
                if mixed:
                    self._mix(own, alpha[part], self._keep[part], picture[part])
                else:
                    np.copyto(picture[part], own)

    def _keep_light(self, cells: np.ndarray) -> np.ndarray:
        """Share of the person's own light, of 255, for ``cells`` of alpha: all inside, less towards the outline; and
        the same for pixels, in its buffer."""
        coarse = _smaller(cells, self._small)
        spill = cv2.blur(255.0 - coarse.astype(np.float32), SOFT, borderType=cv2.BORDER_REPLICATE)
        keep = cv2.addWeighted(spill, -WRAP, spill, 0.0, 255.0, dtype=cv2.CV_8U)
        cv2.resize(keep, self._alpha.shape[::-1], dst=self._keep, interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.resize(keep, self._cells, interpolation=cv2.INTER_LINEAR))

    def _parts(self, cells: np.ndarray, whole: np.ndarray, rows: slice) -> Iterator[tuple[bool, slice]]:
        """Columns of ``rows`` that show the person, from left to right, and whether they have to be mixed: not where
        all of ``whole`` is 255."""
        high, wide = self._size.height / self._cells[1], self._size.width / self._cells[0]
        near = slice(max(0, math.floor(rows.start / high) - 1), math.ceil(rows.stop / high) + 1)
        seen = np.flatnonzero(cells[near].max(axis=0))
        if not len(seen):
            return
        left, right = math.floor(max(0, seen[0] - 1) * wide), min(self._size.width, math.ceil((seen[-1] + 2) * wide))
        inside = np.flatnonzero(whole[near].min(axis=0) == 255)
        if len(inside) * wide < _LEAST or inside[-1] - inside[0] >= len(inside):
            yield True, slice(left, right)
            return
        first = 0 if inside[0] == 0 else math.ceil((inside[0] + 1) * wide)
        last = self._size.width if inside[-1] == self._cells[0] - 1 else math.floor(inside[-1] * wide)
        parts = ((True, slice(left, first)), (False, slice(first, last)), (True, slice(last, right)))
        yield from (part for part in parts if part[1].start < part[1].stop)

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


def _smaller(alpha: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``alpha`` uint8 [h, w] of ``size`` (width, height), as means; by halves as far as it goes, for a sixth."""
    while all(side % 2 == 0 and side >= 2 * least for side, least in zip(alpha.shape[::-1], size, strict=True)):
        alpha = cv2.resize(alpha, (alpha.shape[1] // 2, alpha.shape[0] // 2), interpolation=cv2.INTER_AREA)
    if alpha.shape[::-1] == size:
        return alpha
    return np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA))


def coarse_size(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the picture that the spill over the outline is worked out on."""
    shrink = max(min(height, width) / _COARSE, 1.0)
    return round(height / shrink), round(width / shrink)
