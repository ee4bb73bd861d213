"""The photo at the frame's resolution: placed, cut out or with its background, faded where its content is cut."""

from __future__ import annotations

import cv2
import numpy as np

from avatar.core.types import Portrait, Size
from avatar.face.canonical import smooth_step
from avatar.face.framing import Framing

__all__ = ["framed_picture", "valid"]

_FADE, _END = 0.10, 0.008  # shares of the photo's side over which a person fades out, and a wisp of hair ends


def framed_picture(
    portrait: Portrait, framing: Framing, size: Size, keep: bool
) -> tuple[np.ndarray, tuple[float, float]]:
    """The photo at the frame's resolution with a margin, premultiplied float32 [h, w, 4], and where its first pixel
    lies."""
    pad = round(0.08 * max(size.width, size.height))
    width, height = size.width + 2 * pad, size.height + 2 * pad
    if keep:
        image: np.ndarray = (
            np.dstack([portrait.pixels, np.full(portrait.alpha.shape, 255, np.uint8)]).astype(np.float32) / 255
        )
    else:
        alpha = _ended(portrait.alpha, framing, size)
        image = np.dstack([portrait.foreground.astype(np.float32) / 255 * alpha[..., None], alpha])
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
    filled: np.ndarray = cv2.warpAffine(
        image, matrix, (width, height), flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    )
    if keep:
        filled = _extended(filled, framing, portrait, size, pad)
    return valid(filled), (float(-pad), float(-pad))


def _ended(alpha: np.ndarray, framing: Framing, size: Size) -> np.ndarray:
    """Alpha that ends softly at each side of the photo inside the frame, over a tenth of the photo where the person
    fades out there: beyond the photo nothing is known."""
    height, width = alpha.shape
    result = alpha.astype(np.float32)
    beyond = (
        ("left", framing.dx, (slice(None), None, slice(None)), width),
        ("right", size.width - framing.dx - width * framing.scale, (slice(None), None, slice(None, None, -1)), width),
        ("top", framing.dy, (slice(None), slice(None), None), height),
    )
    for side, inside, along, length in beyond:
        if inside > 0:
            ramp = smooth_step(0.0, (_FADE if side in framing.feathered else _END) * length, np.arange(length))
            result = result * ramp.astype(np.float32)[along[1:]]
    return result


def _extended(filled: np.ndarray, framing: Framing, portrait: Portrait, size: Size, pad: int) -> np.ndarray:
    """Beyond the photo a kept background goes on as a blurred, covering copy of itself."""
    height, width = portrait.alpha.shape
    x0, y0 = framing.dx + pad, framing.dy + pad
    x1, y1 = x0 + width * framing.scale, y0 + height * framing.scale
    if x0 <= pad + 1 and y0 <= pad + 1 and x1 >= size.width + pad - 1 and y1 >= size.height + pad - 1:
        return filled
    rows, columns = filled.shape[:2]
    cover = max(columns / width, rows / height)
    matrix = np.array([[cover, 0, (columns - width * cover) / 2], [0, cover, (rows - height * cover) / 2]])
    behind = cv2.warpAffine(portrait.pixels.astype(np.float32) / 255, matrix, (columns, rows), flags=cv2.INTER_LINEAR,
                            borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    behind = cv2.GaussianBlur(behind, (0, 0), 0.035 * max(rows, columns)) * 0.82
    soft = 0.02 * max(size.width, size.height)
    x, y = np.arange(columns), np.arange(rows)
    inside_x = (
        smooth_step(x0, x0 + soft, x) * smooth_step(x1, x1 - soft, x)
        if x1 - x0 < columns - 2 * pad
        else np.ones(columns)
    )
    inside_y = (
        smooth_step(y0, y0 + soft, y) * smooth_step(y1, y1 - soft, y) if y1 - y0 < rows - 2 * pad else np.ones(rows)
    )
    inside = (inside_y[:, None] * inside_x[None, :])[..., None].astype(np.float32)
    filled[..., :3] = filled[..., :3] * inside + behind * (1 - inside)
    return filled


def valid(image: np.ndarray) -> np.ndarray:
    """``image`` [h, w, 4] without what Lanczos overshoots; colour stays within its alpha."""
    alpha = np.clip(image[..., 3:], 0, 1)
    return np.concatenate([np.clip(image[..., :3], 0, alpha), alpha], axis=-1)
