"""Everything that is computed once for a portrait in a frame: texture, grids, fields, masks, the inside of the
mouth."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import torch
from scipy.ndimage import gaussian_filter, grey_dilation, grey_erosion, map_coordinates

from avatar.core.types import Portrait, Size
from avatar.face.canonical import FACE_OVAL, Canonical, smooth_step
from avatar.face.canvas import framed_layers, framed_picture, valid
from avatar.face.creases import CREASES_REACH, creases
from avatar.face.eye_warp import EyeLayers
from avatar.face.eyes import eye_pictures, skin_grain
from avatar.face.framing import Framing
from avatar.face.interior import Interior, Scene, lit_interior
from avatar.face.mouth_warp import Inside
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
_BAND = 64  # rows of the frame that are looked at together, pixels
_REACH = 0.30  # how far the head may carry a part, in IOD
_SPINE = 0.20  # how far behind the ears the head turns, in IOD
_STEEPEST, _EASED_NODES = 1.4, 9  # largest slope of a head's depth, and how many nodes of the grid it may ease over
_STILL = 0.06  # how far inside a side of the photo a person that is cut there stands still, in IOD
_NECK, _WAIST, _TRUNK = 0.95, 3.5, 0.5  # from chin to collar and to the hinge in IOD; the collar's share of the sway

Bounds = tuple[float, float, float, float]


def build_layers(portrait: Portrait, framing: Framing, size: Size, keep_background: bool, device: str) -> Layers:
    """Layers of ``portrait`` placed by ``framing`` in a frame of ``size``, on ``device``."""
    face = Canonical.of(framing.apply(portrait.landmarks))
    if keep_background:
        picture, plate, origin = framed_layers(portrait, framing, size)
    else:
        (picture, origin), plate = framed_picture(portrait, framing, size, False), None
    luminance = picture[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    rig = Rig(face, picture[..., :3], origin)
    tensor = lambda a: torch.from_numpy(np.ascontiguousarray(a, np.float32)).to(device)  # noqa: E731

    head_box, head = _head_grid(face, portrait, framing, size, len(picture))
    face_box, q = _face_grid(face)
    upper, lower = (_picture_fields(face, fields) for fields in rig.fields(q))
    doubled = _doubled(picture)
    mouth = _mouth_layers(rig, q, face_box, picture, origin, portrait, framing)
    light = light_of(face, luminance, origin)
    eyes = tuple(_eye_layers(rig, eye, q, face_box, picture, origin, light, framing.scale, device) for eye in rig.eyes)
    ratio_bounds, ratios = _ratio_layer(face, q, face_box, light)
    return Layers(
        size=(size.width, size.height),
        plate=None if plate is None else tensor(np.moveaxis(plate, -1, 0)[None]),
        person_box=(reached := _person_box(picture[..., 3], origin, size, face.iod)),
        person_bands=_person_bands(picture[..., 3], origin, reached, face.iod),
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
        mouth_texture_box=mouth[0],
        mouth_masks=tensor(mouth[1]),
        inside=_inside_layers(*mouth[2], rig.mouth.jaw, tensor),
        eyes=eyes,
        ratio_bounds=ratio_bounds,
        ratios=tensor(ratios),
        creases=_crease_layers(rig, q, face_box, picture, origin, tensor),
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


def _person_box(alpha: np.ndarray, origin: tuple[float, float], size: Size, iod: float) -> Box:
    """Pixels of the frame that the person can reach."""
    rows, columns = np.flatnonzero(alpha.max(axis=1) > 0.002), np.flatnonzero(alpha.max(axis=0) > 0.002)
    if len(rows) == 0:
        return Box(0, 0, size.width, size.height)
    bounds = (columns[0] + origin[0], rows[0] + origin[1], columns[-1] + origin[0], rows[-1] + origin[1])
    return _reachable(bounds, _REACH * iod, size)


def _person_bands(alpha: np.ndarray, origin: tuple[float, float], reached: Box, iod: float) -> tuple[Box, ...]:
    """``reached`` cut into bands, each no wider than what the person can reach in it; like neighbours are one."""
    bands: list[Box] = []
    for y in range(reached.y, reached.y + reached.height, _BAND):
        height = min(_BAND, reached.y + reached.height - y)
        first = max(0, int(y - origin[1] - _REACH * iod))
        columns = np.flatnonzero((alpha[first : int(y + height - origin[1] + _REACH * iod) + 1] > 0.002).any(axis=0))
        if not len(columns):
            continue
        left = max(reached.x, int(columns[0] + origin[0] - _REACH * iod))
        right = min(reached.x + reached.width, int(columns[-1] + origin[0] + _REACH * iod) + 2)
        last = bands[-1] if bands else None
        if last is not None and (last.x, last.x + last.width, last.y + last.height) == (left, right, y):
            bands[-1] = Box(left, last.y, right - left, last.height + height)
        elif right > left:
            bands.append(Box(left, y, right - left, height))
    return tuple(bands) or (reached,)


def _head_grid(face: Canonical, portrait: Portrait, framing: Framing, size: Size,
               rows: int) -> tuple[Bounds, dict[str, np.ndarray]]:  # fmt: skip
    """Coarse grid over the frame and its margin: points about the pivot, and the weights of head, sway and
    shoulders.

    The head is stiff down to the chin, the neck bends, and the trunk below swings about a hinge, the nearest of the
    photo's lower edge and the waist, with half of the head's sway at the collar.
    """
    pad = (rows - size.height) / 2
    box = (-pad, -pad, size.width - 1 + pad, size.height - 1 + pad)
    xs, ys = np.linspace(box[0], box[2], _HEAD_NODES), np.linspace(box[1], box[3], _HEAD_NODES)
    xy = np.stack(np.meshgrid(xs, ys), axis=-1)
    ears = face.landmarks[[234, 454]].mean(0)
    down = np.array(_down(face))
    pivot = np.array([*(ears[:2] + 0.25 * face.iod * down), ears[2] + _SPINE * face.iod])
    points = np.concatenate([xy, _eased(face.depth(xy), xs[1] - xs[0], ys[1] - ys[0])[..., None]], axis=-1) - pivot

    along = np.array([down[1], -down[0]])
    local = (xy - face.landmarks[168, :2]) / face.iod
    across, below = local @ along, local @ down
    chin = float((face.landmarks[152, :2] - face.landmarks[168, :2]) @ down / face.iod)
    beside = 0.25 * smooth_step(0.8, 1.4, np.abs(across))  # shoulders begin higher than the collar
    head = 1 - smooth_step(chin + 0.02, chin + _NECK, below + beside)
    hinge = min((framing.dy + portrait.alpha.shape[0] * framing.scale - xy[..., 1].min()) / face.iod, 99.0)
    hinge = hinge - (face.landmarks[168, 1] - xy[..., 1].min()) / face.iod
    trunk = np.clip((min(hinge, chin + _WAIST) - below) / max(min(hinge, chin + _WAIST) - chin - _NECK, 0.3), 0.0, 1.0)
    sway = head + (1 - head) * _TRUNK * trunk
    shoulders = 0.25 + 0.75 * smooth_step(chin + 0.1, chin + 0.9, below)
    edge = _edge_fade(xy, portrait, framing, size, face.iod)
    return box, {"points": points, "head": head * edge, "sway": sway * edge, "shoulders": shoulders * edge}


def _eased(depth: np.ndarray, across: float, down: float) -> np.ndarray:
    """``depth`` [rows, columns] on a grid with steps of ``across`` and ``down`` pixels, nowhere steeper than _STEEPEST:
    the far cheek of a head that turns is squeezed, but never folds."""
    reach = _EASED_NODES
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    cone = -_STEEPEST * np.hypot(x * across, y * down)
    lower, upper = grey_erosion(depth, structure=cone), grey_dilation(depth, structure=cone)
    return gaussian_filter((lower + upper) / 2, 0.7)


def _edge_fade(xy: np.ndarray, portrait: Portrait, framing: Framing, size: Size, iod: float) -> np.ndarray:
    """0 at the sides of the photo where the person is cut, 1 some way inside: nothing is known beyond them."""
    height, width = portrait.alpha.shape
    left, top = max(framing.dx, 0.0), max(framing.dy, 0.0)
    right = min(framing.dx + width * framing.scale, size.width - 1.0)
    bottom = min(framing.dy + height * framing.scale, size.height - 1.0)
    fade = (
        smooth_step(_STILL * iod, 0.9 * iod, bottom - xy[..., 1])
        if _cut(portrait.alpha[-2:])
        else np.ones(xy.shape[:2])
    )
    for cut, distance in (
        (_cut(portrait.alpha[:2]), xy[..., 1] - top),
        (_cut(portrait.alpha[:, :2]), xy[..., 0] - left),
        (_cut(portrait.alpha[:, -2:]), right - xy[..., 0]),
    ):
        if cut:
            fade = fade * smooth_step(_STILL * iod, 0.45 * iod, distance)
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


def _mouth_layers(
    rig: Rig, q: np.ndarray, face_box: Bounds, picture: np.ndarray, origin: tuple[float, float], portrait: Portrait,
    framing: Framing,
) -> tuple[Bounds, np.ndarray, tuple[Bounds, Interior]]:  # fmt: skip
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
    beside = 0.006 if mouth.gap == 0 else -0.004  # of an open mouth's inside nothing comes with the lip
    cover = np.clip((v - mouth.lower(u) + beside) * edge + 0.5, 0, 1) * window * border
    below_upper = np.where(border < 1, np.minimum(inside, -0.02), inside) * edge
    seam = np.exp(-np.square((v - mouth.lower(u) - 0.005) / 0.014)) * np.clip(0.98 - np.abs(u), 0, 0.3) / 0.3
    above_lower = np.minimum(mouth.lower(u) - v, (1 - np.abs(u)) * mouth.half) * edge
    masks = np.stack([below_upper, cover, seam, above_lower])[None]
    return box, masks, _inside(rig, q, face_box, picture, origin, portrait, framing)


def _inside(rig: Rig, q: np.ndarray, face_box: Bounds, picture: np.ndarray, origin: tuple[float, float],
            portrait: Portrait, framing: Framing) -> tuple[Bounds, Interior]:  # fmt: skip
    """What shows between the lips, over its own box: as wide as the mouth, and as far down as its jaw can drop."""
    mouth, face = rig.mouth, rig.face
    low, high = mouth.meets - 0.16 - 0.4 * mouth.gap, mouth.meets + 0.34 + mouth.jaw
    corners = np.array([[u, v] for u in (-1.12, 1.12) for v in (low, high)])
    plane = mouth.centre + corners[:, :1] * mouth.half * mouth.along + corners[:, 1:] * mouth.across
    deep = np.full((len(plane), 1), face.points[[13, 14], 2].mean())
    points = face.landmarks[168, :2] + face.to_picture(np.concatenate([plane, deep], axis=1))
    box = _box_at((points.min(0) + points.max(0)) / 2, np.ptp(points, axis=0) / 2)
    xy = _fine(box)
    u, v = mouth.coordinates(_canonical_at(xy, q, face_box))
    at = [xy[..., 1] - origin[1], xy[..., 0] - origin[0]]
    pixels = [map_coordinates(picture[..., channel], at, order=1, mode="nearest") for channel in range(4)]
    colour = np.stack(pixels[:3], axis=-1) / np.maximum(pixels[3], 1e-3)[..., None]
    scene = Scene(face, mouth, xy, u, v, colour, _skin(portrait), 2 * face.iod, max(1.0, framing.scale))
    return box, lit_interior(scene, picture[..., :3], origin)


def _inside_layers(box: Bounds, drawn: Interior, jaw: float, tensor: Callable[[np.ndarray], torch.Tensor]) -> Inside:
    return Inside(
        box,
        cavity=tensor(drawn.cavity[None]),
        tongue=tensor(drawn.tongue),
        lower=tensor(drawn.lower),
        upper=tensor(drawn.upper),
        own=tensor(drawn.own[None]) if drawn.own.any() else None,
        own_teeth=drawn.own_teeth,
        jaw=jaw,
    )


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


def _crease_layers(
    rig: Rig, q: np.ndarray, face_box: Bounds, picture: np.ndarray, origin: tuple[float, float],
    tensor: Callable[[np.ndarray], torch.Tensor],
) -> tuple[tuple[Bounds, torch.Tensor], ...]:  # fmt: skip
    """Boxes beside both corners of a grin, and what smooths the creases there, [1, 3, h, w] each."""
    face, made = rig.face, []
    for corner, side in ((61, -1.0), (291, 1.0)):
        box = _box_at(face.landmarks[corner, :2], np.full(2, CREASES_REACH * face.iod))
        xy = _fine(box)
        u, v = rig.mouth.coordinates(_canonical_at(xy, q, face_box))
        found = creases(rig.mouth, side, u, v, _colours(picture, origin, xy), 2 * face.iod)
        if found is not None:
            made.append((box, tensor(found[None])))
    return tuple(made)


def _colours(picture: np.ndarray, origin: tuple[float, float], xy: np.ndarray) -> np.ndarray:
    """Colours [h, w, 3] of the person in premultiplied ``picture`` at points ``xy``."""
    at = [xy[..., 1] - origin[1], xy[..., 0] - origin[0]]
    pixels = [map_coordinates(picture[..., channel], at, order=1, mode="nearest") for channel in range(4)]
    return np.clip(np.stack(pixels[:3], axis=-1) / np.maximum(pixels[3], 1e-3)[..., None], 0, 1)
