"""The photo at the frame's resolution: placed, cut out or with its background, faded where its content is cut."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from avatar.core.types import Portrait, Size
from avatar.face.background import background_behind, person_before
from avatar.face.canonical import smooth_step
from avatar.face.framing import Framing, frame_person

__all__ = ["framed_background", "framed_layers", "framed_picture", "valid"]

_FADE, _END = 0.10, 0.008  # shares of the photo's side over which a person fades out, and a wisp of hair ends


def framed_picture(
    portrait: Portrait, framing: Framing, size: Size, keep: bool
) -> tuple[np.ndarray, tuple[float, float]]:
    """The photo at the frame's resolution with a margin, premultiplied float32 [h, w, 4], and where its first pixel
    lies."""
    if keep:
        image = portrait.pixels.astype(np.float32) / 255
        filled = _extended(_resampled(image, framing, size), framing, portrait, size)
        filled = np.dstack([filled, np.ones(filled.shape[:2], np.float32)])
    else:
        alpha = _ended(portrait.alpha, framing, size)
        image = np.dstack([portrait.foreground.astype(np.float32) / 255 * alpha[..., None], alpha])
        filled = _resampled(image, framing, size)
    return valid(filled), _origin(size)


def framed_layers(
    portrait: Portrait, framing: Framing, size: Size
) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """The person with a margin, premultiplied float32 [h, w, 4], what is behind in the frame itself, float32 [height,
    width, 3], and where the person's first pixel lies; the one over the other is the framed photo."""
    photo, origin = framed_picture(portrait, framing, size, True)
    emptied = replace(portrait, pixels=_behind(portrait))
    behind = framed_picture(emptied, framing, size, True)[0][..., :3]
    inside = _inside(framing, portrait, size)
    alpha = np.clip(_resampled(portrait.alpha.astype(np.float32), framing, size), 0, 1)
    person = person_before(photo[..., :3], behind, alpha if inside is None else alpha * inside)
    pad = _pad(size)
    return person, np.ascontiguousarray(behind[pad:-pad, pad:-pad]), origin


def framed_background(portrait: Portrait, size: Size) -> np.ndarray:
    """The photo without its person as a frame of ``size`` that keeps the background shows it, uint8 [h, w, 3]."""
    emptied = replace(portrait, pixels=_behind(portrait))
    framed = framed_picture(emptied, frame_person(portrait, size, True), size, True)[0][..., :3]
    pad = _pad(size)
    return np.ascontiguousarray((framed[pad:-pad, pad:-pad] * 255).round().astype(np.uint8))


def _behind(portrait: Portrait) -> np.ndarray:
    return portrait.behind if portrait.behind is not None else background_behind(portrait.pixels, portrait.alpha)


def _pad(size: Size) -> int:
    return round(0.08 * max(size.width, size.height))


def _origin(size: Size) -> tuple[float, float]:
    return (float(-_pad(size)), float(-_pad(size)))


def _resampled(image: np.ndarray, framing: Framing, size: Size) -> np.ndarray:
    """``image`` float32 [h, w, ...] of the photo as the frame with its margin shows it; mirrored beyond its sides."""
    pad = _pad(size)
    scale = framing.scale
    if scale < 1:
        small = (max(2, round(image.shape[1] * scale)), max(2, round(image.shape[0] * scale)))
        sx, sy = small[0] / image.shape[1], small[1] / image.shape[0]
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    else:
        sx = sy = 1.0
    # A resized picture's pixel i sits at (i + 0.5) / s - 0.5 of the photo; landmarks and framing count pixel centres.
    ax, ay = scale / sx, scale / sy
    shift = (framing.dx + pad + scale * (0.5 / sx - 0.5), framing.dy + pad + scale * (0.5 / sy - 0.5))
    matrix = np.array([[ax, 0, shift[0]], [0, ay, shift[1]]])
    frame = (size.width + 2 * pad, size.height + 2 * pad)
    resampled: np.ndarray = cv2.warpAffine(
        image, matrix, frame, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    )
    return resampled


def _ended(alpha: np.ndarray, framing: Framing, size: Size) -> np.ndarray:
    """Alpha that ends softly at each side of the photo inside the frame, over a tenth of the photo where the person
    fades out there: beyond the photo nothing is known."""
    height, width = alpha.shape
    result = alpha.astype(np.float32)
    below = size.height - framing.dy - height * framing.scale
    beyond = (
        ("left", framing.dx, (slice(None), None, slice(None)), width),
        ("right", size.width - framing.dx - width * framing.scale, (slice(None), None, slice(None, None, -1)), width),
        ("top", framing.dy, (slice(None), slice(None), None), height),
        ("bottom", below, (slice(None), slice(None, None, -1), None), height),
    )
    for side, inside, along, length in beyond:
        if inside > 1e-6 and (side != "bottom" or side in framing.feathered):
            ramp = smooth_step(0.0, (_FADE if side in framing.feathered else _END) * length, np.arange(length))
            result = result * ramp.astype(np.float32)[along[1:]]
    return result


def _extended(filled: np.ndarray, framing: Framing, portrait: Portrait, size: Size) -> np.ndarray:
    """Beyond the photo a kept background goes on as a blurred, covering copy of what is behind the person."""
    inside = _inside(framing, portrait, size)
    if inside is None:
        return filled
    height, width = portrait.alpha.shape
    rows, columns = filled.shape[:2]
    cover = max(columns / width, rows / height)
    matrix = np.array([[cover, 0, (columns - width * cover) / 2], [0, cover, (rows - height * cover) / 2]])
    behind = cv2.warpAffine(_behind(portrait).astype(np.float32) / 255, matrix, (columns, rows), flags=cv2.INTER_LINEAR,
                            borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    behind = cv2.GaussianBlur(behind, (0, 0), 0.035 * max(rows, columns))
    share = inside[..., None]
    return np.asarray(filled * share + behind * (1 - share), np.float32)


def _inside(framing: Framing, portrait: Portrait, size: Size) -> np.ndarray | None:
    """1 where the frame with its margin shows the photo, falling to 0 at the photo's sides, float32 [h, w]; None where
    the photo fills the frame."""
    height, width = portrait.alpha.shape
    pad = _pad(size)
    x0, y0 = framing.dx + pad, framing.dy + pad
    x1, y1 = x0 + width * framing.scale, y0 + height * framing.scale
    if x0 <= pad + 1 and y0 <= pad + 1 and x1 >= size.width + pad - 1 and y1 >= size.height + pad - 1:
        return None
    soft = 0.02 * max(size.width, size.height)

    def along(low: float, high: float, count: int) -> np.ndarray:
        at = np.arange(count)
        filled = low <= pad + 1 and high >= count - pad - 1
        return np.ones(count) if filled else smooth_step(low, low + soft, at) * smooth_step(high, high - soft, at)

    rows, columns = size.height + 2 * pad, size.width + 2 * pad
    return (along(y0, y1, rows)[:, None] * along(x0, x1, columns)[None, :]).astype(np.float32)


def valid(image: np.ndarray) -> np.ndarray:
    """``image`` [h, w, 4] without what Lanczos overshoots; colour stays within its alpha."""
    alpha = np.clip(image[..., 3:], 0, 1)
    return np.concatenate([np.clip(image[..., :3], 0, alpha), alpha], axis=-1)
