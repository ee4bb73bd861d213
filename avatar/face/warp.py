"""The dense warp that turns one photo into frames: torch, the same code on CPU and CUDA.

Maps are composed, not pictures: target pixel -> inverse head motion -> inverse expression -> one sample per layer.
All maps are smooth, so they are evaluated on coarse grids and interpolated to pixels; only the samples are dense.
Back to front: inside of the mouth, the picture with the upper face's map, the lower lip and chin, the upper lids.

On a CPU the person is sampled in bytes by OpenCV (:mod:`avatar.face.bytes_warp`), and only the window of a frame that
the face can reach is drawn upon in floats, by the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional
from torch.nn.functional import interpolate

from avatar.face.eye_warp import EyeLayers, EyeWarp
from avatar.face.mouth_warp import Inside, InsideTracks, draw_inside
from avatar.face.sampling import Bounds, Box, Patch, Window, inverse
from avatar.face.sampling import points as _points
from avatar.face.sampling import sample as _sample

__all__ = ["Box", "Expression", "EyeLayers", "Layers", "PoseTracks", "Warp"]

_ROUNDS_FACE, _ROUNDS_HEAD, _RELAX = 6, 4, 0.75
_NODES = 24.0  # of the map of the whole person, an IOD
_RAISED = 0.06  # how far an expression moves the outline of a face, IOD
_LOWER_REACH = 0.45  # how far beside the mouth in the photo lies what its lower lip can carry, IOD
_ASIDE = 0.03  # soft edge of the mouth's masks, IOD
_UNSEEN = 0.01  # of lips that are round or shut
_SHUT_SMOOTHS = 0.7  # shut lips smooth the creases beside a grin so much as round ones do


@dataclass(frozen=True)
class PoseTracks:
    """Head motion of a batch, each [b]: radians for the angles (picture axes), pixels for the shifts, growth for
    lean."""

    yaw: torch.Tensor
    pitch: torch.Tensor
    roll: torch.Tensor
    x: torch.Tensor
    y: torch.Tensor
    shoulders: torch.Tensor
    lean: torch.Tensor


@dataclass(frozen=True)
class Layers:
    """Everything about one portrait in one frame size that does not change from frame to frame (all float32 tensors).

    ``plate`` [1, 3, height, width]: the background that stands still, None where the person is cut out. ``person_box``:
    frame pixels that the person can reach. ``texture`` [1, 4, th, tw]: the person at twice the frame's resolution,
    premultiplied; texel (0, 0) lies at pixel ``texture_origin``. ``person_bands``: parts of ``person_box`` that lie one
    below the other, beyond which in it there is nobody. ``head_box``: the coarse head grid's box;
    ``head_points`` [gh, gw, 3]: its points relative to the pivot in pixels; ``head_weight``, ``sway_weight``,
    ``shoulder_weight`` [gh, gw]. ``face_box``: of the face grid; ``upper``, ``lower`` [k, 2, fh, fw]: displacement
    fields in pixels.

    ``mouth_masks`` [1, 4, h2, w2]: textures over
    ``mouth_texture_box`` at twice the resolution: distance below the upper lip's edge (in units of a mask edge),
    opacity of the lower lip's layer, the line between closed lips, distance above the lower lip's edge. ``inside``:
    what shows between the lips. ``ratios`` [units, h, w] over ``ratio_bounds``: see avatar.face.ratios.
    ``creases``: bounds and [1, 3, h, w] of each corner, see avatar.face.creases. ``iod``: pixels. ``down``: unit vector
    down the face in the picture.
    """

    size: tuple[int, int]
    plate: torch.Tensor | None
    person_box: Box
    person_bands: tuple[Box, ...]
    texture: torch.Tensor
    texture_origin: tuple[float, float]
    head_box: tuple[float, float, float, float]
    head_points: torch.Tensor
    head_weight: torch.Tensor
    sway_weight: torch.Tensor
    shoulder_weight: torch.Tensor
    face_box: tuple[float, float, float, float]
    upper: torch.Tensor
    lower: torch.Tensor
    mouth_texture_box: tuple[float, float, float, float]
    mouth_masks: torch.Tensor
    inside: Inside
    eyes: tuple[EyeLayers, ...]
    ratio_bounds: Bounds
    ratios: torch.Tensor
    creases: tuple[tuple[Bounds, torch.Tensor], ...]
    iod: float
    down: tuple[float, float]


@dataclass(frozen=True)
class Expression:
    """What a batch of faces does. ``coefficients`` [b, k] in the rig's order; ``lids`` [b, 2] below 0 wider than in the
    photo, 1 shut; ``inside``: of the mouth; ``gaze`` [b, 2]: shift of the irises to the right and down in IOD;
    ``units`` [b, units]: how much of each of avatar.face.ratios.UNITS the skin shows."""

    coefficients: torch.Tensor
    lids: torch.Tensor
    inside: InsideTracks
    gaze: torch.Tensor
    units: torch.Tensor


@dataclass(frozen=True)
class Maps:
    """Displacements of a batch in pixels: ``head`` [b, 2, gh, gw] of the head grid, ``back`` its inverse, ``upper``
    [b, 2, fh, fw] back over the face grid, ``lower`` [b, 2, h, w] back over the part of it about the mouth."""

    head: torch.Tensor
    back: torch.Tensor
    upper: torch.Tensor
    lower: torch.Tensor


class Warp:
    """Renders batches of frames of one portrait."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        like = layers.texture
        th, tw = like.shape[-2:]
        x0, y0 = layers.texture_origin
        self._texture_box = (x0, y0, x0 + (tw - 1) / 2, y0 + (th - 1) / 2)
        self.step = max(2, round(layers.iod / _NODES))
        self.person_nodes = _cell_nodes(layers.person_box, self.step, like)
        self._lower_part, self._lower_box = _part_of(
            layers.face_box, layers.upper.shape[-2:], _grown(layers.mouth_texture_box, _LOWER_REACH * layers.iod)
        )
        self._eyes = [EyeWarp(eye, layers.texture, self._texture_box) for eye in layers.eyes]
        bounds = [layers.ratio_bounds, *(crease for crease, _ in layers.creases)]
        bounds += [eye.bounds for eye in layers.eyes]
        self._corners = torch.cat([_points(bound, 3, 3, like) for bound in bounds], dim=2)
        self._mouth_points = _points(_seen_bounds(layers.mouth_masks, layers.mouth_texture_box), 9, 9, like)
        self._mouth_moves = [
            _sample(fields, layers.face_box, self._mouth_points.expand(len(fields), -1, -1, -1), "zeros")
            for fields in (layers.upper, layers.lower)
        ]

    def render(self, face: Expression, pose: PoseTracks) -> torch.Tensor:
        """Frames [b, 4, h, w], colour premultiplied."""
        maps = self.maps(face.coefficients, pose)
        frame = self._person(self.photo_points(self.person_nodes, maps))
        self.draw(Window(frame), maps, face, self.parts(maps, face))
        return self._before_plate(frame)

    # -- maps ----------------------------------------------------------------------------------------------------------

    def maps(self, coefficients: torch.Tensor, pose: PoseTracks) -> Maps:
        """Where head and expression carry the photo in a batch."""
        layers = self.layers
        head = self._head_moves(pose)
        moved = lambda fields: torch.einsum("bk,kchw->bchw", coefficients, fields)  # noqa: E731
        return Maps(
            head=head,
            back=inverse(head, layers.head_box, _ROUNDS_HEAD),
            upper=inverse(moved(layers.upper), layers.face_box, _ROUNDS_FACE, _RELAX),
            lower=inverse(moved(layers.lower), layers.face_box, _ROUNDS_FACE, _RELAX, self._lower_part),
        )

    def _head_moves(self, pose: PoseTracks) -> torch.Tensor:
        """Forward displacement [b, 2, gh, gw] of the head grid for each pose."""
        layers = self.layers
        points = layers.head_points
        x, y, z = points[None, ..., 0], points[None, ..., 1], points[None, ..., 2]
        angle = lambda a: (torch.cos(a)[:, None, None], torch.sin(a)[:, None, None])  # noqa: E731
        (cy, sy), (cp, sp), (cr, sr) = angle(pose.yaw), angle(pose.pitch), angle(pose.roll)
        x1, z1 = cy * x - sy * z, sy * x + cy * z
        y1 = cp * y - sp * z1
        x2, y2 = cr * x1 - sr * y1, sr * x1 + cr * y1
        grow = pose.lean[:, None, None]
        sway = layers.sway_weight[None]
        dx = layers.head_weight * (x2 - x) + sway * (pose.x[:, None, None] + grow * x)
        dy = layers.head_weight * (y2 - y) + sway * (pose.y[:, None, None] + grow * y)
        dy = dy - layers.shoulder_weight * pose.shoulders[:, None, None]
        return torch.stack([dx, dy], dim=1)

    def _rest_points(self, nodes: torch.Tensor, maps: Maps) -> torch.Tensor:
        """Where the points ``nodes`` [1, 2, h, w] of the frame lie in the resting head."""
        at = nodes.expand(maps.back.shape[0], -1, -1, -1)
        return at + _sample(maps.back, self.layers.head_box, at, "border")

    def photo_points(self, nodes: torch.Tensor, maps: Maps) -> torch.Tensor:
        """Where the points ``nodes`` [1, 2, h, w] of the frame lie in the resting photo: [b, 2, h, w]."""
        rest = self._rest_points(nodes, maps)
        return rest + _sample(maps.upper, self.layers.face_box, rest, "zeros")

    # -- parts ---------------------------------------------------------------------------------------------------------

    def parts(self, maps: Maps, face: Expression) -> Parts:
        """What of the frames of a batch has to be drawn upon."""
        layers, iod = self.layers, self.layers.iod
        corners = self._corners.expand(maps.head.shape[0], -1, -1, -1)
        places = [self._carried(corners, maps).unflatten(2, (-1, 3)), self._carried_mouth(maps, face.coefficients)]
        low, high = (
            torch.cat([reduce(place, dim=(0, 3, 4)) for place in places], dim=1).T.tolist()
            for reduce in (torch.amin, torch.amax)
        )
        patch = lambda k, margin, step: Patch.around(  # noqa: E731
            (low[k][0] - margin, low[k][1] - margin), (high[k][0] + margin, high[k][1] + margin), max(2.0, step),
            layers.size,
        )  # fmt: skip
        first = 1 + len(layers.creases)
        creases = range(1, first) if bool((_pursed(face.inside) > 0).any()) else ()
        looks = bool((face.gaze.abs() > 1e-5).any())
        return Parts(
            mouth=patch(-1, _ASIDE * iod, iod / 50.0),
            shade=patch(0, _RAISED * iod, iod / 16.0) if bool((face.units > 0).any()) else _NOTHING,
            creases=tuple(patch(k, _RAISED * iod, iod / 32.0) for k in creases),
            eyes=tuple(
                patch(k, 0.02 * iod, iod / 60.0)
                if looks or bool((face.lids[:, eye].abs() > 1e-4).any()) else _NOTHING
                for eye, k in enumerate(range(first, first + len(self._eyes)))
            ),
        )  # fmt: skip

    def _carried(self, points: torch.Tensor, maps: Maps) -> torch.Tensor:
        """Where the head carries ``points`` [b, 2, h, w] of its rest."""
        return points + _sample(maps.head, self.layers.head_box, points, "border")

    def _carried_mouth(self, maps: Maps, coefficients: torch.Tensor) -> torch.Tensor:
        """Where the points about the mouth [b, 2, 1, 18, 9] come with the upper and the lower lip."""
        moved = [torch.einsum("bk,kchw->bchw", coefficients, moves) for moves in self._mouth_moves]
        return self._carried(torch.cat([self._mouth_points + move for move in moved], dim=2), maps)[:, :, None]

    # -- layers --------------------------------------------------------------------------------------------------------

    def _person(self, nodes: torch.Tensor) -> torch.Tensor:
        """The frames [b, 4, h, w] with the person alone, sampled at the cells ``nodes`` of the box that a person can
        reach."""
        box, (width, height), step = self.layers.person_box, self.layers.size, self.step
        dense = interpolate(nodes, scale_factor=float(step), mode="bilinear", align_corners=False)
        points = dense[:, :, step : step + box.height, step : step + box.width]
        if self.layers.person_bands == (Box(0, 0, width, height),):
            return _sample(self.layers.texture, self._texture_box, points, "border")
        frame = points.new_zeros((len(points), 4, height, width))
        for band in self.layers.person_bands:
            x, y = band.x - box.x, band.y - box.y
            at = points[:, :, y : y + band.height, x : x + band.width]
            seen = _sample(self.layers.texture, self._texture_box, at, "border")
            frame[:, :, band.y : band.y + band.height, band.x : band.x + band.width] = seen
        return frame

    def _before_plate(self, frame: torch.Tensor) -> torch.Tensor:
        """``frame`` before the background that stands still, if there is one."""
        box, plate = self.layers.person_box, self.layers.plate
        frame[:, :, box.y : box.y + box.height, box.x : box.x + box.width].clamp_(0.0, 1.0)
        if plate is not None:
            through = frame[:, 3:4].neg_().add_(1.0)
            frame[:, :3].addcmul_(through, plate)
            through.fill_(1.0)
        return frame

    def draw(self, window: Window, maps: Maps, face: Expression, parts: Parts) -> None:
        """Draw mouth, light and shade, and eyes upon ``window``, which holds all ``parts``."""
        layers = self.layers
        self._draw_mouth(window, parts.mouth, maps, face.inside)
        if not parts.shade.empty:
            ratio = torch.einsum("bu,uhw->bhw", face.units, layers.ratios).exp_()[:, None]
            self._light(window, parts.shade, maps, layers.ratio_bounds, ratio, 2)
        pursed = _pursed(face.inside).clamp(0, 1)[:, None, None, None]
        for patch, (bounds, logs) in zip(parts.creases, layers.creases, strict=False):
            self._light(window, patch, maps, bounds, (pursed * logs).exp_(), 1)
        for index, (patch, eye) in enumerate(zip(parts.eyes, self._eyes, strict=True)):
            if not patch.empty:
                at = self.photo_points(patch.nodes(window.pixels), maps)
                eye.draw(window, patch, at, face.lids[:, index], face.gaze)

    def _light(self, window: Window, patch: Patch, maps: Maps, bounds: Bounds, ratio: torch.Tensor,
               every: int) -> None:  # fmt: skip
        """Multiply the skin by ``ratio`` [b, 1 or 3, h, w], which spans ``bounds`` of the resting photo.
        It is looked up at each pixel, or at every second one."""
        if patch.empty:
            return
        at = self.photo_points(patch.nodes(window.pixels), maps)
        area = patch.of(window)
        every = min(every, patch.step)
        size = ((patch.rows - 1) * patch.step // every + 1, (patch.columns - 1) * patch.step // every + 1)
        seen = _sample(ratio - 1.0, bounds, at, "zeros", size).add_(1.0)
        if every > 1:
            whole = ((patch.rows - 1) * patch.step + 1, (patch.columns - 1) * patch.step + 1)
            seen = interpolate(seen, size=whole, mode="bilinear", align_corners=True)
        seen = seen[..., : area.shape[2], : area.shape[3]]
        colour = area[:, :3].mul_(seen)
        torch.minimum(colour, area[:, 3:4], out=colour)

    def _draw_mouth(self, window: Window, patch: Patch, maps: Maps, inside: InsideTracks) -> None:
        if patch.empty:
            return
        layers, area = self.layers, patch.of(window)
        rest = self._rest_points(patch.nodes(area), maps)
        from_upper = rest + _sample(maps.upper, layers.face_box, rest, "zeros")
        from_lower = rest + _sample(maps.lower, self._lower_box, rest, "zeros")
        dense = patch.dense(torch.cat([rest, from_upper, from_lower], dim=1), area)
        rest, from_upper, from_lower = dense.split(2, dim=1)

        below = _sample(layers.mouth_masks[:, 0:1], layers.mouth_texture_box, from_upper, "border")
        mask, seam, above = _sample(layers.mouth_masks[:, 1:4], layers.mouth_texture_box, from_lower, "border").split(
            1, dim=1
        )
        mask = mask.clamp(0.0, 1.0)
        opened = (below + 0.5).clamp(0.0, 1.0)
        draw_inside(area, opened, opened * (1 - mask), rest, below, above, layers.inside, inside, layers.iod)
        lip = _sample(layers.texture, self._texture_box, from_lower, "border")
        lip[:, :3] *= 1 - 0.45 * seam * inside.seam[:, None, None, None]
        area += mask * (lip - area)


@dataclass(frozen=True)
class Parts:
    """Patches of the frames of a batch that are drawn upon; empty ones are not."""

    mouth: Patch
    shade: Patch
    creases: tuple[Patch, ...]
    eyes: tuple[Patch, ...]

    def all(self) -> Sequence[Patch]:
        """Those that are not empty."""
        return [patch for patch in (self.mouth, self.shade, *self.creases, *self.eyes) if not patch.empty]


_NOTHING = Patch(0, 0, 0, 0, 1)


def _cell_nodes(box: Box, step: int, like: torch.Tensor) -> torch.Tensor:
    """Middles [1, 2, rows, columns] (x, y) of cells of ``step`` pixels that cover ``box`` and one cell more all around:
    stretched ``step`` times they are its pixels and ``step`` more at each side."""
    rows, columns = -(-box.height // step) + 2, -(-box.width // step) + 2
    x, y = box.x - step / 2 - 0.5, box.y - step / 2 - 0.5
    return _points((x, y, x + (columns - 1) * step, y + (rows - 1) * step), rows, columns, like)


def _pursed(inside: InsideTracks) -> torch.Tensor:
    """How far lips [b] are round or shut, which evens out the creases beside a grin; 0 where it would not be seen."""
    return functional.threshold(torch.maximum(inside.round, _SHUT_SMOOTHS * inside.shut), _UNSEEN, 0.0)


def _seen_bounds(masks: torch.Tensor, box: Bounds) -> Bounds:
    """The part of ``box`` within which the masks of the mouth show its inside or the lower lip."""
    seen = (masks[0, 0] > -0.5) | (masks[0, 1] > 1 / 512)
    rows, columns = (torch.nonzero(seen.any(dim=dim)).flatten() for dim in (1, 0))
    if not len(rows):
        return box
    x0, y0 = box[:2]
    step = ((box[2] - x0) / (seen.shape[1] - 1), (box[3] - y0) / (seen.shape[0] - 1))
    (left, right), (top, bottom) = ((int(at[0]) - 1, int(at[-1]) + 1) for at in (columns, rows))
    return x0 + left * step[0], y0 + top * step[1], x0 + right * step[0], y0 + bottom * step[1]


def _grown(bounds: Bounds, margin: float) -> Bounds:
    x0, y0, x1, y1 = bounds
    return x0 - margin, y0 - margin, x1 + margin, y1 + margin


def _part_of(box: Bounds, shape: Sequence[int], wanted: Bounds) -> tuple[tuple[slice, slice], Bounds]:
    """Rows and columns of a grid of ``shape`` over ``box`` that hold ``wanted`` as far as it lies in it, and their
    bounds."""
    slices, low, high = [], [], []
    for axis, count in ((1, shape[0]), (0, shape[1])):
        start, step = box[axis], (box[axis + 2] - box[axis]) / (count - 1)
        first = min(max(0, int((wanted[axis] - start) / step)), count - 2)
        last = max(min(count - 1, int((wanted[axis + 2] - start) / step) + 1), first + 1)
        slices.append(slice(first, last + 1))
        low.append(start + first * step)
        high.append(start + last * step)
    return (slices[0], slices[1]), (low[1], low[0], high[1], high[0])
