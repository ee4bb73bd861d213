"""Finished pictures of persons who come in bytes: the usual way of a segment on a CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar.compose.over import Over
from avatar.core.types import BackdropClip, DrawsBytes, GivesBytes, GivesLight, Size

if TYPE_CHECKING:
    from avatar.compose.relight import Relight

__all__ = ["frames_in_bytes"]


def frames_in_bytes(
    face: DrawsBytes | None,
    backdrop: BackdropClip | None,
    start: int,
    stop: int,
    size: Size,
    behind: Callable[[np.ndarray, int], object],
    relight: Relight | None = None,
    room: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """Frames uint8 [1, h, w, 3] of ``start``..``stop - 1`` in order, within 3 of 255 of what floats give.

    ``backdrop`` None: the person's colours fill the picture. ``face`` None: nobody is seen. ``behind``: draws what lies
    between backdrops uint8 [b, h, w, 3] and the person, given the number of the first, in place. ``room``: an array of
    a frame's shape into which one is drawn after another, so that it stays in the processor's cache.
    """
    over = Over(size)
    for index, person in enumerate(_persons(face, start, stop, size), start):
        frame = np.empty((1, size.height, size.width, 3), np.uint8) if room is None else room
        if backdrop is None:
            cv2.cvtColor(person, cv2.COLOR_RGBA2RGB, dst=frame[0])
        else:
            np.copyto(frame[0], _picture(backdrop, index))
            behind(frame, index)
            if person is not None:
                over.onto(person, frame[0], _tint(relight, backdrop, index))
        yield frame


def _persons(face: DrawsBytes | None, start: int, stop: int, size: Size) -> Iterator[np.ndarray | None]:
    """The person, uint8 [h, w, 4], frame by frame; None where nobody is seen."""
    if face is None:
        yield from (None for _ in range(start, stop))
        return
    for batch in face.byte_frames(start, stop):
        if batch.dtype != np.uint8 or batch.shape[1:] != (size.height, size.width, 4):
            shape = f"[b, {size.height}, {size.width}, 4]"
            raise ValueError(f"face frames must be uint8 {shape}, not {batch.dtype} {batch.shape}")
        yield from batch


def _picture(backdrop: BackdropClip, index: int) -> np.ndarray:
    """Frame ``index`` of the backdrop, uint8 [h, w, 3]."""
    if isinstance(backdrop, GivesBytes):
        return backdrop.byte_frame(index)
    from avatar.compose.blend import to_bytes

    return np.asarray(to_bytes(backdrop.frame(index)[None].cpu())[0])


def _tint(relight: Relight | None, backdrop: BackdropClip, index: int) -> np.ndarray | None:
    lit = relight is not None and isinstance(backdrop, GivesLight)
    return relight.tint(backdrop.light(index)) if lit else None  # type: ignore[union-attr, attr-defined]
