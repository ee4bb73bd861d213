"""The dense warp that turns one photo into frames: torch, the same code on CPU and CUDA.

Maps are composed, not pictures: target pixel -> inverse head motion -> inverse expression -> one sample per layer.
All maps are smooth, so they are evaluated on coarse grids and interpolated to pixels; only the samples are dense.
Back to front: inside of the mouth, the picture with the upper face's map, the lower lip and chin, the upper lids.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import interpolate

from avatar.face.eye_warp import EyeLayers, EyeWarp
from avatar.face.mouth_warp import Inside, InsideTracks, draw_inside
from avatar.face.sampling import Bounds, Box, Patch
from avatar.face.sampling import points as _points
from avatar.face.sampling import sample as _sample

__all__ = ["Box", "EyeLayers", "Layers", "PoseTracks", "Warp"]

_ROUNDS_FACE, _ROUNDS_HEAD, _RELAX = 6, 4, 0.75
_RAISED = 0.06  # how far an expression moves the outline of a face, IOD
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

    ``mouth_box``: frame pixels that the lower face can reach. ``mouth_masks`` [1, 4, h2, w2]: textures over
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
    mouth_box: Box
    mouth_texture_box: tuple[float, float, float, float]
    mouth_masks: torch.Tensor
    inside: Inside
    eyes: tuple[EyeLayers, ...]
    ratio_bounds: Bounds
    ratios: torch.Tensor
    creases: tuple[tuple[Bounds, torch.Tensor], ...]
    iod: float
    down: tuple[float, float]


class Warp:
    """Renders batches of frames of one portrait."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        like = layers.texture
        th, tw = like.shape[-2:]
        x0, y0 = layers.texture_origin
        self._texture_box = (x0, y0, x0 + (tw - 1) / 2, y0 + (th - 1) / 2)
        step = max(2.0, layers.iod / 24.0)
        self._person_nodes = self._box_nodes(layers.person_box, step)
        self._face_nodes = _points(layers.face_box, layers.upper.shape[-2], layers.upper.shape[-1], like)
        self._mouth_nodes = self._box_nodes(layers.mouth_box, max(1.5, layers.iod / 50.0))
        self._eyes = [EyeWarp(eye, layers.texture, self._texture_box) for eye in layers.eyes]

    def _box_nodes(self, box: Box, step: float) -> torch.Tensor:
        rows, columns = int(box.height / step) + 2, int(box.width / step) + 2
        corners = (box.x, box.y, box.x + box.width - 1, box.y + box.height - 1)
        return _points(corners, rows, columns, self.layers.texture)

    def render(
        self, coefficients: torch.Tensor, lids: torch.Tensor, pose: PoseTracks, inside: InsideTracks,
        gaze: torch.Tensor | None = None, units: torch.Tensor | None = None,
    ) -> torch.Tensor:  # fmt: skip
        """Frames [b, 4, h, w], colour premultiplied.

        ``coefficients`` [b, k] in the rig's order; ``lids`` [b, 2] below 0 wider than in the photo, 1 shut;
        ``gaze`` [b, 2]: shift of the irises to the right and down in IOD; ``units`` [b, units]: how much of each
        of avatar.face.ratios.UNITS the skin shows.
        """
        layers = self.layers
        head = self._head_moves(pose)
        upper = self._inverse_moves(coefficients, layers.upper)
        lower = self._inverse_moves(coefficients, layers.lower)

        rest = self._rest_points(self._person_nodes, head)
        source = rest + _sample(upper, layers.face_box, rest, "zeros")
        frame = self._person(source)
        self._draw_mouth(frame, head, upper, lower, inside)
        if units is not None:
            self._shade(frame, head, upper, units)
        self._smooth_creases(frame, head, upper, torch.maximum(inside.round, _SHUT_SMOOTHS * inside.shut))
        gaze = torch.zeros_like(lids) if gaze is None else gaze
        self._draw_eyes(frame, head, upper, lids, gaze)
        return self._before_plate(frame)

    # -- maps ----------------------------------------------------------------------------------------------------------

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

    def _rest_points(self, nodes: torch.Tensor, head: torch.Tensor) -> torch.Tensor:
        """Where the points ``nodes`` [1, 2, h, w] of the frame lie in the resting head: the inverse of the head
        motion."""
        target = nodes.expand(head.shape[0], -1, -1, -1)
        points = target
        for _ in range(_ROUNDS_HEAD):
            points = target - _sample(head, self.layers.head_box, points, "border")
        return points

    def _inverse_moves(self, coefficients: torch.Tensor, fields: torch.Tensor) -> torch.Tensor:
        """Backward displacement [b, 2, fh, fw] on the face grid for the forward ``fields`` [k, 2, fh, fw]."""
        forward = torch.einsum("bk,kchw->bchw", coefficients, fields)
        target = self._face_nodes.expand(forward.shape[0], -1, -1, -1)
        points = target
        for _ in range(_ROUNDS_FACE):
            moved = points + _sample(forward, self.layers.face_box, points, "border")
            points = points + _RELAX * (target - moved)
        return points - target

    def _face_points(self, nodes: torch.Tensor, head: torch.Tensor, upper: torch.Tensor) -> torch.Tensor:
        """Where the points ``nodes`` of the frame lie in the resting photo."""
        rest = self._rest_points(nodes, head)
        return rest + _sample(upper, self.layers.face_box, rest, "zeros")

    # -- layers --------------------------------------------------------------------------------------------------------

    def _person(self, nodes: torch.Tensor) -> torch.Tensor:
        """The frames [b, 4, h, w] with the person alone, sampled at ``nodes`` of the box that a person can reach."""
        box, (width, height) = self.layers.person_box, self.layers.size
        points = interpolate(nodes, size=(box.height, box.width), mode="bilinear", align_corners=True)
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

    def _shade(self, frame: torch.Tensor, head: torch.Tensor, upper: torch.Tensor, units: torch.Tensor) -> None:
        """Light and shade of the face's units on its skin."""
        if not bool((units > 0).any()):
            return
        layers = self.layers
        ratio = torch.einsum("bu,uhw->bhw", units, layers.ratios).exp_()[:, None]
        self._light(frame, head, upper, layers.ratio_bounds, ratio, _RAISED, 16.0, 2)

    def _smooth_creases(self, frame: torch.Tensor, head: torch.Tensor, upper: torch.Tensor,
                        pursed: torch.Tensor) -> None:  # fmt: skip
        """Even skin beside a grin as far as its lips are ``pursed`` [b]."""
        if not bool((pursed > 0.01).any()):
            return
        for bounds, logs in self.layers.creases:
            ratio = (pursed.clamp(0, 1)[:, None, None, None] * logs).exp_()
            self._light(frame, head, upper, bounds, ratio, _RAISED, 32.0, 1)

    def _light(self, frame: torch.Tensor, head: torch.Tensor, upper: torch.Tensor, bounds: Bounds, ratio: torch.Tensor,
               margin: float, nodes: float, every: int) -> None:  # fmt: skip
        """Multiply the skin by ``ratio`` [b, 1 or 3, h, w], which spans ``bounds`` of the resting photo.
        It is looked up at each pixel, or at every second one."""
        patch = self._patch(bounds, head, margin, nodes)
        if patch.empty:
            return
        at = self._face_points(patch.nodes(frame), head, upper)
        area = patch.of(frame)
        every = min(every, patch.step)
        size = ((patch.rows - 1) * patch.step // every + 1, (patch.columns - 1) * patch.step // every + 1)
        seen = _sample(ratio - 1.0, bounds, at, "zeros", size).add_(1.0)
        if every > 1:
            whole = ((patch.rows - 1) * patch.step + 1, (patch.columns - 1) * patch.step + 1)
            seen = interpolate(seen, size=whole, mode="bilinear", align_corners=True)
        seen = seen[..., : area.shape[2], : area.shape[3]]
        colour = area[:, :3].mul_(seen)
        torch.minimum(colour, area[:, 3:4], out=colour)

    def _draw_eyes(self, frame: torch.Tensor, head: torch.Tensor, upper: torch.Tensor, lids: torch.Tensor,
                   gaze: torch.Tensor) -> None:  # fmt: skip
        for index, eye in enumerate(self._eyes):
            if bool((lids[:, index].abs() > 1e-4).any() | (gaze.abs() > 1e-5).any()):
                patch = self._patch(eye.layers.bounds, head, 0.02, 60.0)
                if not patch.empty:
                    at = self._face_points(patch.nodes(frame), head, upper)
                    eye.draw(frame, patch, at, lids[:, index], gaze)

    def _patch(self, bounds: Bounds, head: torch.Tensor, margin: float, nodes: float) -> Patch:
        """Where the part of the photo within ``bounds`` can be in a batch's frames; ``margin`` in IOD for what the
        expression moves, ``nodes`` an IOD."""
        x0, y0, x1, y1 = self._carried(bounds, head, margin)
        return Patch.around((x0, y0), (x1, y1), max(2.0, self.layers.iod / nodes), self.layers.size)

    def _carried(self, bounds: Bounds, head: torch.Tensor, margin: float) -> Bounds:
        """What of a batch's frames the part of the resting head within ``bounds`` covers, and ``margin`` IOD more."""
        corners = _points(bounds, 3, 3, head).expand(head.shape[0], -1, -1, -1)
        there = (corners + _sample(head, self.layers.head_box, corners, "border")).flatten(2)
        low, high = there.amin(dim=(0, 2)), there.amax(dim=(0, 2))
        more = margin * self.layers.iod
        x0, y0, x1, y1 = (*(low - more).tolist(), *(high + more).tolist())
        return x0, y0, x1, y1

    def _mouth_part(self, head: torch.Tensor, *moves: torch.Tensor) -> tuple[slice, slice]:
        """Rows and columns of the mouth's box that its masks reach in a batch; beyond them they are 0."""
        box, iod = self.layers.mouth_box, self.layers.iod
        moved = max(float(move.abs().amax()) for move in moves) / iod
        x0, y0, x1, y1 = self._carried(self.layers.mouth_texture_box, head, moved + 0.03)
        rows = slice(max(0, int(y0) - box.y), min(box.height, int(y1) + 2 - box.y))
        columns = slice(max(0, int(x0) - box.x), min(box.width, int(x1) + 2 - box.x))
        return rows, columns

    def _draw_mouth(self, frame: torch.Tensor, head: torch.Tensor, upper: torch.Tensor, lower: torch.Tensor,
                    inside: InsideTracks) -> None:  # fmt: skip
        layers, box = self.layers, self.layers.mouth_box
        rows, columns = self._mouth_part(head, upper, lower)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        area = frame[:, :, box.y : box.y + box.height, box.x : box.x + box.width][:, :, rows, columns]
        size = (box.height, box.width)
        rest_nodes = self._rest_points(self._mouth_nodes, head)
        maps = torch.cat([
            rest_nodes,
            rest_nodes + _sample(upper, layers.face_box, rest_nodes, "zeros"),
            rest_nodes + _sample(lower, layers.face_box, rest_nodes, "zeros"),
        ], dim=1)  # fmt: skip
        maps = interpolate(maps, size=size, mode="bilinear", align_corners=True)[:, :, rows, columns]
        rest, from_upper, from_lower = maps[:, 0:2], maps[:, 2:4], maps[:, 4:6]

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
