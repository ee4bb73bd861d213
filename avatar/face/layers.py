"""Everything that is computed once for a portrait in a frame: texture, grids, fields, masks, the inside of the
mouth."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from scipy.ndimage import map_coordinates

from avatar.core.types import Portrait, Size
from avatar.face.canonical import FACE_OVAL, Canonical, smooth_step
from avatar.face.canvas import framed_picture, valid
from avatar.face.eye_warp import EyeLayers
from avatar.face.eyes import eye_pictures, skin_grain
from avatar.face.framing import Framing
from avatar.face.interior import paint_interior
from avatar.face.ratios import light_of, ratios_for
from avatar.face.rig import Eye, Rig
from avatar.face.sampling import Box
from avatar.face.warp import Layers

__all__ = ["build_layers"]

_HEAD_NODES = 64
_FACE_NODES = (136, 112)
_EYE_NODES = (40, 48)
_EDGE_PX = 1.6  # width of a mask's soft edge in pixels of the frame
_RATIO_STEP = 0.016  # between points of the ratio images, IOD
_REACH = 0.30  # how far the head may carry a part, in IOD

Bounds = tuple[float, float, float, float]


def build_layers(portrait: Portrait, framing: Framing, size: Size, keep_background: bool, device: str) -> Layers:
    """Layers of ``portrait`` placed by ``framing`` in a frame of ``size``, on ``device``."""
    face = Canonical.of(framing.apply(portrait.landmarks))
    picture, origin = framed_picture(portrait, framing, size, keep_background)
    luminance = picture[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    rig = Rig(face, luminance, origin)
    tensor = lambda a: torch.from_numpy(np.ascontiguousarray(a, np.float32)).to(device)  # noqa: E731

    head_box, head = _head_grid(face, portrait, framing, size, keep_background, len(picture))
    face_box, q = _face_grid(face)
    upper, lower = (_picture_fields(face, fields) for fields in rig.fields(q))
    doubled = _doubled(picture)
    mouth = _mouth_layers(rig, q, face_box, picture, origin, portrait, framing, size)
    light = light_of(face, luminance, origin)
    eyes = tuple(_eye_layers(rig, eye, q, face_box, picture, origin, light, framing.scale, device) for eye in rig.eyes)
    ratio_bounds, ratios = _ratio_layer(face, q, face_box, light)
    return Layers(
        size=(size.width, size.height),
        texture=tensor(np.moveaxis(doubled, -1, 0)[None]),
        texture_origin=origin,
        head_box=head_box,
        head_points=tensor(head["points"]),
        head_weight=tensor(head["head"]),
        sway_weight=tensor(head["sway"]),
        shoulder_weight=tensor(head["shoulders"]),
        face_box=face_box,
        upper=tensor(upper),
        lower=tensor(lower),
        mouth_box=mouth[0],
        mouth_texture_box=mouth[1],
        mouth_masks=tensor(mouth[2]),
        interior=tensor(mouth[3]),
        own_teeth=mouth[4],
        eyes=eyes,
        ratio_bounds=ratio_bounds,
        ratios=tensor(ratios),
        iod=face.iod,
        down=_down(face),
    )


# -- the picture -------------------------------------------------------------------------------------------------------


def _doubled(image: np.ndarray) -> np.ndarray:
    """Twice the resolution; every second texel is a pixel of ``image``, so a still frame is the photo itself."""
    height, width = image.shape[:2]
    matrix = np.array([[2.0, 0, 0], [0, 2.0, 0]])
    size = (2 * width - 1, 2 * height - 1)
    return valid(cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE))


# -- the head ----------------------------------------------------------------------------------------------------------


def _head_grid(face: Canonical, portrait: Portrait, framing: Framing, size: Size, keep: bool,
               rows: int) -> tuple[Bounds, dict[str, np.ndarray]]:  # fmt: skip
    """Coarse grid over the frame and its margin: points about the pivot, and the weights of head, sway and
    shoulders."""
    pad = (rows - size.height) / 2
    box = (-pad, -pad, size.width - 1 + pad, size.height - 1 + pad)
    xs, ys = np.linspace(box[0], box[2], _HEAD_NODES), np.linspace(box[1], box[3], _HEAD_NODES)
    xy = np.stack(np.meshgrid(xs, ys), axis=-1)
    ears = face.landmarks[[234, 454]].mean(0)
    down = np.array(_down(face))
    pivot = np.array([*(ears[:2] + 0.25 * face.iod * down), ears[2]])
    points = np.concatenate([xy, face.depth(xy)[..., None]], axis=-1) - pivot

    along = np.array([down[1], -down[0]])
    local = (xy - face.landmarks[168, :2]) / face.iod
    across, below = local @ along, local @ down
    chin = float((face.landmarks[152, :2] - face.landmarks[168, :2]) @ down / face.iod)
    head = 1 - smooth_step(chin + 0.02, chin + 1.30, below)
    sway = 0.35 + 0.65 * head
    shoulders = 0.25 + 0.75 * smooth_step(chin + 0.1, chin + 0.9, below)
    edge = _edge_fade(xy, portrait, framing, size, face.iod, keep)
    if keep:
        oval = face.landmarks[list(FACE_OVAL), :2]
        centre, radius = oval.mean(0), np.ptp(oval, axis=0) / 2
        around = np.linalg.norm((xy - centre) / radius, axis=-1)
        near = 1 - smooth_step(1.35, 2.9, around)
        body = 1 - smooth_step(1.0, 2.4, np.abs(across) - 0.35 * np.clip(below - chin, 0, 2))
        return box, {"points": points, "head": head * near * edge, "sway": sway * np.where(below > chin, body, near) *
        near * edge,
                     "shoulders": shoulders * body * edge * smooth_step(-0.8, chin, below)}  # fmt: skip
    return box, {"points": points, "head": head * edge, "sway": sway * edge, "shoulders": shoulders * edge}


def _edge_fade(xy: np.ndarray, portrait: Portrait, framing: Framing, size: Size, iod: float, keep: bool) -> np.ndarray:
    """0 at the sides of the photo where its content is cut (all of them with a kept background), 1 some way inside."""
    height, width = portrait.alpha.shape
    left, top = max(framing.dx, 0.0), max(framing.dy, 0.0)
    right = min(framing.dx + width * framing.scale, size.width - 1.0)
    bottom = min(framing.dy + height * framing.scale, size.height - 1.0)
    fade = (
        smooth_step(0.0, 1.1 * iod, bottom - xy[..., 1]) if keep or _cut(portrait.alpha[-2:]) else np.ones(xy.shape[:2])
    )
    for cut, distance in (
        (_cut(portrait.alpha[:2]), xy[..., 1] - top),
        (_cut(portrait.alpha[:, :2]), xy[..., 0] - left),
        (_cut(portrait.alpha[:, -2:]), right - xy[..., 0]),
    ):
        if keep or cut:
            fade = fade * smooth_step(0.0, 0.45 * iod, distance)
    return fade


def _cut(edge: np.ndarray) -> bool:
    return bool((edge > 0.5).mean() > 0.02)


# -- the face ----------------------------------------------------------------------------------------------------------


def _down(face: Canonical) -> tuple[float, float]:
    """Unit vector down the face in the picture."""
    x, y = face.axes[:2, 1] / np.linalg.norm(face.axes[:2, 1])
    return float(x), float(y)


def _face_grid(face: Canonical) -> tuple[Bounds, np.ndarray]:
    """Box of the face grid and the canonical coordinates [fh, fw, 3] of its nodes."""
    down = face.axes[:2, 1]
    centre = face.landmarks[168, :2] + 0.45 * face.iod * down
    half = np.array([1.45, 1.65]) * face.iod
    box = (centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1])
    xs, ys = np.linspace(box[0], box[2], _FACE_NODES[1]), np.linspace(box[1], box[3], _FACE_NODES[0])
    xy = np.stack(np.meshgrid(xs, ys), axis=-1)
    return box, face.of_picture(xy, face.depth(xy))


def _picture_fields(face: Canonical, fields: np.ndarray) -> np.ndarray:
    """Fields [k, h, w, 3] in canonical units to picture displacements [k, 2, h, w] in pixels, 0 at the grid's
    border."""
    moves = np.moveaxis(face.to_picture(fields), -1, 1)
    h, w = moves.shape[-2:]
    ramp = lambda n: smooth_step(0, 0.10, np.minimum(np.linspace(0, 1, n), np.linspace(1, 0, n)))  # noqa: E731
    return moves * ramp(h)[:, None] * ramp(w)[None, :]


def _box_at(centre: np.ndarray, half: np.ndarray) -> Bounds:
    low, high = np.floor(centre - half), np.ceil(centre + half)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _fine(box: Bounds) -> np.ndarray:
    """Picture points [h2, w2, 2] over ``box`` at twice the frame's resolution."""
    xs = np.linspace(box[0], box[2], int(2 * (box[2] - box[0])) + 1)
    ys = np.linspace(box[1], box[3], int(2 * (box[3] - box[1])) + 1)
    return np.stack(np.meshgrid(xs, ys), axis=-1)


def _canonical_at(xy: np.ndarray, q: np.ndarray, face_box: Bounds) -> np.ndarray:
    """Canonical coordinates of picture points, interpolated from the face grid."""
    rows, columns = q.shape[:2]
    x = (xy[..., 0] - face_box[0]) / (face_box[2] - face_box[0]) * (columns - 1)
    y = (xy[..., 1] - face_box[1]) / (face_box[3] - face_box[1]) * (rows - 1)
    return np.stack([map_coordinates(q[..., i], [y, x], order=1, mode="nearest") for i in range(3)], axis=-1)


def _reachable(box: Bounds, margin: float, size: Size) -> Box:
    """Pixels of the frame within ``margin`` of ``box``, at least one pixel."""
    x0, y0 = int(np.clip(box[0] - margin, 0, size.width - 2)), int(np.clip(box[1] - margin, 0, size.height - 2))
    x1, y1 = (
        int(np.clip(box[2] + margin, x0 + 1, size.width - 1)),
        int(np.clip(box[3] + margin, y0 + 1, size.height - 1)),
    )
    return Box(x0, y0, x1 - x0 + 1, y1 - y0 + 1)


def _mouth_layers(rig: Rig, q: np.ndarray, face_box: Bounds, picture: np.ndarray, origin: tuple[float, float],
portrait: Portrait,
                  framing: Framing, size: Size) -> tuple[Box, Bounds, np.ndarray, np.ndarray, bool]:  # fmt: skip
    mouth, face = rig.mouth, rig.face
    lips = face.landmarks[[61, 291, 2, 18, 17, 0, 200], :2]
    low, high = lips.min(0), lips.max(0)
    margin = np.array([0.16, 0.22]) * face.iod
    box = _box_at((low + high) / 2, (high - low) / 2 + margin)
    xy = _fine(box)
    u, v = mouth.coordinates(_canonical_at(xy, q, face_box))
    edge = face.iod / _EDGE_PX
    inside = np.minimum(np.minimum(v - mouth.upper(u), (1 - np.abs(u)) * mouth.half), mouth.below + 0.18 - v)
    window = (1 - smooth_step(1.02, 1.20, np.abs(u))) * (1 - smooth_step(mouth.below + 0.26, mouth.below + 0.38, v))
    border = np.minimum(np.minimum(*_border_distance(u.shape)), 6) / 6
    cover = np.clip((v - mouth.lower(u) + 0.006) * edge + 0.5, 0, 1) * window * border
    below_upper = np.where(border < 1, np.minimum(inside, -0.02), inside) * edge
    seam = np.exp(-np.square((v - mouth.lower(u) - 0.004) / 0.011)) * np.clip(1.04 - np.abs(u), 0, 0.2) * 5
    masks = np.stack([below_upper, cover, seam])[None]

    at = [xy[..., 1] - origin[1], xy[..., 0] - origin[0]]
    pixels = [map_coordinates(picture[..., channel], at, order=1, mode="nearest") for channel in range(4)]
    colour = np.stack(pixels[:3], axis=-1) / np.maximum(pixels[3], 1e-3)[..., None]
    painted = paint_interior(mouth, u, v, colour, _skin(portrait), 2 * face.iod, 1.0 * max(1.0, framing.scale))
    interior = np.concatenate([painted.cavity, painted.tongue, painted.lower, painted.upper])[None]
    return _reachable(box, _REACH * face.iod, size), box, masks, interior, painted.own_teeth


def _border_distance(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.arange(shape[0]), np.arange(shape[1])
    return (
        np.broadcast_to(np.minimum(rows, rows[::-1])[:, None], shape),
        np.broadcast_to(np.minimum(columns, columns[::-1])[None, :], shape),
    )


def _skin(portrait: Portrait) -> np.ndarray:
    """Median colour [3] in 0..1 of cheeks and forehead."""
    height, width = portrait.pixels.shape[:2]
    radius = max(1, round(0.06 * portrait.iod))
    patches = []
    for index in (50, 280, 205, 425, 151):
        x, y = np.clip(
            portrait.landmarks[index, :2].round().astype(int), radius, [width - radius - 1, height - radius - 1]
        )
        patches.append(portrait.pixels[y - radius : y + radius + 1, x - radius : x + radius + 1].reshape(-1, 3))
    return np.median(np.concatenate(patches), axis=0) / 255.0


def _eye_layers(rig: Rig, eye: Eye, q: np.ndarray, face_box: Bounds, picture: np.ndarray, origin: tuple[float, float],
                light: np.ndarray, scale: float, device: str) -> EyeLayers:  # fmt: skip
    face = rig.face
    ids = (33, 133, 159, 145, 105) if eye.sign < 0 else (263, 362, 386, 374, 334)
    points = face.landmarks[list(ids), :2]
    low, high = points.min(0), points.max(0)
    box = _box_at((low + high) / 2, (high - low) / 2 + np.array([0.09, 0.12]) * face.iod)
    xs, ys = np.linspace(box[0], box[2], _EYE_NODES[1]), np.linspace(box[1], box[3], _EYE_NODES[0])
    fields = rig.eye_fields(eye, _canonical_at(np.stack(np.meshgrid(xs, ys), axis=-1), q, face_box))[None]
    fields[:, 6] *= np.minimum(np.minimum(*_border_distance(fields.shape[-2:])), 4) / 4
    xy = _fine(box)
    colour = _colours(picture, origin, xy)
    grain = skin_grain(face, picture, origin, xy)
    made = eye_pictures(face, eye, _canonical_at(xy, q, face_box), colour, grain, light)
    tensor = lambda a: torch.from_numpy(np.ascontiguousarray(a, np.float32)).to(device)  # noqa: E731
    plane = lambda a: tensor(np.moveaxis(a, -1, 0)[None])  # noqa: E731
    down, along = (face.to_picture(np.array([*way, 0.0])) for way in (eye.across, eye.along))
    fine, widest = max(1.0, scale) / face.iod, float(fields[0, 2].max())
    return EyeLayers(
        box, tensor(fields), tensor(down), tensor(along), plane(made.ball), plane(made.lid), plane(made.line),
        plane(made.lashes), face.iod, fine, widest,
    )  # fmt: skip


def _ratio_layer(face: Canonical, q: np.ndarray, face_box: Bounds, light: np.ndarray) -> tuple[Bounds, np.ndarray]:
    """Box of the ratio images, and what they are at its points, [units, h, w]."""
    points = face.landmarks[list(FACE_OVAL), :2]
    low, high = points.min(0), points.max(0)
    box = _box_at((low + high) / 2, (high - low) / 2)
    columns, rows = (int(n) for n in np.ceil((high - low) / (_RATIO_STEP * face.iod)))
    xy = np.stack(np.meshgrid(np.linspace(box[0], box[2], columns), np.linspace(box[1], box[3], rows)), axis=-1)
    return box, ratios_for(face, _canonical_at(xy, q, face_box), light)


def _colours(picture: np.ndarray, origin: tuple[float, float], xy: np.ndarray) -> np.ndarray:
    """Colours [h, w, 3] of the person in premultiplied ``picture`` at points ``xy``."""
    at = [xy[..., 1] - origin[1], xy[..., 0] - origin[0]]
    pixels = [map_coordinates(picture[..., channel], at, order=1, mode="nearest") for channel in range(4)]
    return np.clip(np.stack(pixels[:3], axis=-1) / np.maximum(pixels[3], 1e-3)[..., None], 0, 1)
