"""The dense warp that turns one photo into frames: torch, the same code on CPU and CUDA.

Maps are composed, not pictures: target pixel -> inverse head motion -> inverse expression -> one sample per layer.
All maps are smooth, so they are evaluated on coarse grids and interpolated to pixels; only the samples are dense.
Back to front: inside of the mouth, the picture with the upper face's map, the lower lip and chin, the upper lids.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import grid_sample, interpolate

__all__ = ["Box", "EyeLayers", "Layers", "PoseTracks", "Warp"]

_ROUNDS_FACE, _ROUNDS_HEAD, _RELAX = 6, 4, 0.75


@dataclass(frozen=True)
class Box:
    """A rectangle of the frame in pixels: x, y of its first pixel's centre, width and height in pixels (integers)."""

    x: int
    y: int
    width: int
    height: int


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
class EyeLayers:
    """One upper lid. ``box``: frame pixels it can reach. ``fields`` [1, 3, gh, gw] over ``bounds``: see Rig.lid_fields.
    ``down`` [2]: pixels of the frame per IOD down across the eye. ``mask`` [1, 1, h2, w2] over ``bounds``: the lid's
    own skin."""

    box: Box
    fields: torch.Tensor
    down: torch.Tensor
    bounds: tuple[float, float, float, float]
    mask: torch.Tensor


@dataclass(frozen=True)
class Layers:
    """Everything about one portrait in one frame size that does not change from frame to frame (all float32 tensors).

    ``plate`` [1, 3, height, width]: the background that stands still, None where the person is cut out. ``person_box``:
    frame pixels that the person can reach. ``texture`` [1, 4, th, tw]: the person at twice the frame's resolution,
    premultiplied; texel (0, 0) lies at pixel ``texture_origin``. ``head_box``: the coarse head grid's box;
    ``head_points`` [gh, gw, 3]: its points relative to the pivot in pixels; ``head_weight``, ``sway_weight``,
    ``shoulder_weight`` [gh, gw]. ``face_box``: of the face grid; ``upper``, ``lower`` [k, 2, fh, fw]: displacement
    fields in pixels.

    ``mouth_box``: frame pixels that the lower face can reach. ``mouth_masks`` [1, 3, h2, w2]: textures over
    ``mouth_texture_box`` at twice the resolution: distance below the upper lip's edge (in units of a mask edge),
    opacity of the lower lip's layer, the line between closed lips. ``interior`` [1, 15, h2, w2]: cavity 3, tongue 4,
    lower teeth 4, upper teeth 4, over the same box. ``own_teeth``: the upper teeth are the photo's. ``iod``: pixels.
    ``down``: unit vector down the face in the picture.
    """

    size: tuple[int, int]
    plate: torch.Tensor | None
    person_box: Box
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
    interior: torch.Tensor
    own_teeth: bool
    eyes: tuple[EyeLayers, ...]
    iod: float
    down: tuple[float, float]


def _points(box: tuple[float, float, float, float], rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
    """Grid points [1, 2, rows, columns] (x, y) that span ``box`` (x0, y0, x1, y1), corners included."""
    x0, y0, x1, y1 = box
    xs = torch.linspace(x0, x1, columns, device=like.device, dtype=torch.float32)
    ys = torch.linspace(y0, y1, rows, device=like.device, dtype=torch.float32)
    return torch.stack([xs[None, :].expand(rows, columns), ys[:, None].expand(rows, columns)])[None]


def _sample(
    image: torch.Tensor, box: tuple[float, float, float, float], points: torch.Tensor, padding: str
) -> torch.Tensor:
    """Sample ``image`` [b or 1, c, h, w] that spans ``box`` at frame ``points`` [b, 2, h', w']: [b, c, h', w']."""
    x0, y0, x1, y1 = box
    scale = points.new_tensor([2.0 / (x1 - x0), 2.0 / (y1 - y0)]).view(1, 2, 1, 1)
    origin = points.new_tensor([x0, y0]).view(1, 2, 1, 1)
    grid = ((points - origin) * scale - 1.0).permute(0, 2, 3, 1)
    if image.shape[0] != grid.shape[0]:
        image = image.expand(grid.shape[0], -1, -1, -1)
    return grid_sample(image, grid, mode="bilinear", padding_mode=padding, align_corners=True)


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
        self._eye_nodes = [self._box_nodes(eye.box, max(1.5, layers.iod / 60.0)) for eye in layers.eyes]

    def _box_nodes(self, box: Box, step: float) -> torch.Tensor:
        rows, columns = int(box.height / step) + 2, int(box.width / step) + 2
        corners = (box.x, box.y, box.x + box.width - 1, box.y + box.height - 1)
        return _points(corners, rows, columns, self.layers.texture)

    def render(
        self, coefficients: torch.Tensor, lids: torch.Tensor, pose: PoseTracks, mouth_shift: torch.Tensor
    ) -> torch.Tensor:
        """Frames [b, 4, h, w], colour premultiplied.

        ``coefficients`` [b, k] in the rig's order; ``lids`` [b, 2] 0 open .. 1 shut; ``mouth_shift`` [b, 6]: shift in
        pixels of the lower teeth (x, y) and of the tongue (x, y) in the resting head, the rounding 0..1 that darkens
        the inside, and the strength 0..1 of the line between lips that the photo shows apart.
        """
        layers = self.layers
        head = self._head_moves(pose)
        upper = self._inverse_moves(coefficients, layers.upper)
        lower = self._inverse_moves(coefficients, layers.lower)

        rest = self._rest_points(self._person_nodes, head)
        source = rest + _sample(upper, layers.face_box, rest, "zeros")
        frame = self._person(source)
        self._draw_mouth(frame, head, upper, lower, mouth_shift)
        for index, eye in enumerate(layers.eyes):
            self._draw_lid(frame, head, upper, lids[:, index], eye, self._eye_nodes[index])
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

    # -- layers --------------------------------------------------------------------------------------------------------

    def _person(self, nodes: torch.Tensor) -> torch.Tensor:
        """The frames [b, 4, h, w] with the person alone, sampled at ``nodes`` of the box that a person can reach."""
        box, (width, height) = self.layers.person_box, self.layers.size
        points = interpolate(nodes, size=(box.height, box.width), mode="bilinear", align_corners=True)
        person = _sample(self.layers.texture, self._texture_box, points, "border")
        if (box.width, box.height) == (width, height):
            return person
        frame = person.new_zeros((len(person), 4, height, width))
        frame[:, :, box.y : box.y + box.height, box.x : box.x + box.width] = person
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

    def _draw_mouth(self, frame: torch.Tensor, head: torch.Tensor, upper: torch.Tensor, lower: torch.Tensor,
                    shift: torch.Tensor) -> None:  # fmt: skip
        layers, box = self.layers, self.layers.mouth_box
        area = frame[:, :, box.y : box.y + box.height, box.x : box.x + box.width]
        size = (box.height, box.width)
        rest_nodes = self._rest_points(self._mouth_nodes, head)
        maps = torch.cat([
            rest_nodes,
            rest_nodes + _sample(upper, layers.face_box, rest_nodes, "zeros"),
            rest_nodes + _sample(lower, layers.face_box, rest_nodes, "zeros"),
        ], dim=1)  # fmt: skip
        maps = interpolate(maps, size=size, mode="bilinear", align_corners=True)
        rest, from_upper, from_lower = maps[:, 0:2], maps[:, 2:4], maps[:, 4:6]

        below = _sample(layers.mouth_masks[:, 0:1], layers.mouth_texture_box, from_upper, "border")
        inside = self._interior(rest, shift, below)
        open_ = (below + 0.5).clamp_(0.0, 1.0)
        area += open_ * (inside * area[:, 3:4].clamp(0, 1) - area)
        mask = _sample(layers.mouth_masks[:, 1:2], layers.mouth_texture_box, from_lower, "border").clamp_(0.0, 1.0)
        lip = _sample(layers.texture, self._texture_box, from_lower, "border")
        seam = _sample(layers.mouth_masks[:, 2:3], layers.mouth_texture_box, from_lower, "border")
        lip[:, :3] *= 1 - 0.55 * seam * shift[:, 5, None, None, None]
        area += mask * (lip - area)

    def _interior(self, rest: torch.Tensor, shift: torch.Tensor, below: torch.Tensor) -> torch.Tensor:
        """Colour and alpha [b, 4, h, w] of the inside of the mouth at points ``rest`` of the resting head."""
        layers = self.layers
        box = layers.mouth_texture_box
        on = lambda first, points: _sample(layers.interior[:, first : first + 4], box, points, "border")  # noqa: E731
        colour = _sample(layers.interior[:, 0:3], box, rest, "border")
        jaw = rest - shift[:, 0:2, None, None]
        tongue = rest - shift[:, 2:4, None, None]
        for layer in (on(3, tongue), on(7, jaw)):
            colour = layer[:, :3] + colour * (1 - layer[:, 3:4])
        depth = (below * (1.6 / layers.iod)).clamp(0.0, 0.2)
        shade = 1.0 if layers.own_teeth else 1 - 0.50 * torch.exp(-depth / 0.016)
        teeth = on(11, rest)
        colour = (teeth[:, :3] + colour * (1 - teeth[:, 3:4])) * shade
        colour = colour * (1 - (0.15 if layers.own_teeth else 0.35) * shift[:, 4].clamp(0, 1))[:, None, None, None]
        return torch.cat([colour, torch.ones_like(colour[:, :1])], dim=1)

    def _draw_lid(self, frame: torch.Tensor, head: torch.Tensor, upper: torch.Tensor, lid: torch.Tensor, eye: EyeLayers,
                  nodes: torch.Tensor) -> None:  # fmt: skip
        shut = lid > 1e-4
        if not bool(shut.any()):
            return
        layers, box = self.layers, eye.box
        rest = self._rest_points(nodes, head)
        face = rest + _sample(upper, layers.face_box, rest, "zeros")
        begun, skin, drop = _sample(eye.fields, eye.bounds, face, "border").split(1, dim=1)
        fallen = drop * lid[:, None, None, None]
        t = (begun / (skin + fallen)).clamp(0.0, 1.0)
        points = face - fallen * (t * t * (3 - 2 * t)) * eye.down.view(1, 2, 1, 1)
        points = interpolate(points, size=(box.height, box.width), mode="bilinear", align_corners=True)
        mask = (
            _sample(eye.mask, eye.bounds, points, "border").clamp_(0.0, 1.0) * shut.to(frame.dtype)[:, None, None, None]
        )
        skin = _sample(layers.texture, self._texture_box, points, "border")
        area = frame[:, :, box.y : box.y + box.height, box.x : box.x + box.width]
        area += mask * (skin - area)
