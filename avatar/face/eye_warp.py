"""Eyes drawn over a warped photo: the eyeball that turns, the lid that comes down, the line of lashes along its edge.

Everything happens in the resting head's picture: a pixel of the frame is taken back through head and expression, and
the lid's height there says whether it shows eyeball, lid or neither.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from avatar.face.sampling import Bounds, Patch, Window, sample

__all__ = ["EyeLayers", "EyeWarp"]

_EDGE = 1.6  # width of a mask's soft edge, in what the photo resolves
_CARRIED = 0.010  # skin below the lid's edge that travels with it, so that lashes do, IOD
_MADE = (0.11, 0.35)  # closure at which the photo's own lid begins to give way to the made one, and has gone
_LASH_TURN = 1.75  # lashes point up at 0 and this much less of their length down at 1
_LINE = 0.0095  # thickness of the line of lashes, IOD
_BEGUN = 0.012  # over which the moved skin begins, IOD
_SHADOW = 0.25  # of a half-shut lid on the eyeball


@dataclass(frozen=True)
class EyeLayers:
    """One eye, float32 tensors.

    ``bounds``: of all pictures of it. ``fields`` [1, 8, gh, gw]: see
    Rig.eye_fields. ``down``, ``along`` [2]: pixels of the frame per IOD down across the eye and along it. ``ball``,
    ``lid``, ``line`` [1, 3, h2, w2], ``lashes`` [1, 1, h2, w2]: see avatar.face.eyes. ``iod``: pixels.
    ``fine``: the smallest that the photo resolves in the frame, IOD; ``widest``: the longest way of the lid.
    """

    bounds: Bounds
    fields: torch.Tensor
    down: torch.Tensor
    along: torch.Tensor
    ball: torch.Tensor
    lid: torch.Tensor
    line: torch.Tensor
    lashes: torch.Tensor
    iod: float
    fine: float
    widest: float


class EyeWarp:
    """Draws one eye into batches of frames."""

    def __init__(self, layers: EyeLayers, texture: torch.Tensor, texture_box: Bounds) -> None:
        self.layers, self._texture, self._texture_box = layers, texture, texture_box

    def draw(self, window: Window, patch: Patch, at: torch.Tensor, lid: torch.Tensor, gaze: torch.Tensor) -> None:
        """Draw upon ``window``. ``at`` [b, 2, n, m]: where the nodes of ``patch`` lie in the resting photo.
        ``lid`` [b]: below 0 wider than in the photo, 1 shut. ``gaze`` [b, 2]: shift of the iris along the eye and down
        in IOD."""
        falls, looks = lid.abs() > 1e-4, (gaze.abs() > 1e-5).any(dim=1) | (lid < -1e-4)
        fields = sample(self.layers.fields, self.layers.bounds, at, "border")
        area = patch.of(window)
        dense = patch.dense(torch.cat([at, fields], dim=1), area)
        place = _Place(dense[:, :2], dense[:, 2:], _wide(lid), self.layers)
        if bool(looks.any()):
            self._ball(area, place, gaze, _wide(looks))
        if bool(falls.any()):
            self._lid(area, place, _wide(falls))

    def _ball(self, area: torch.Tensor, place: _Place, gaze: torch.Tensor, shown: torch.Tensor) -> None:
        layers = self.layers
        way = gaze[:, 0, None, None, None] * layers.along.view(1, 2, 1, 1) + (
            gaze[:, 1, None, None, None] * layers.down.view(1, 2, 1, 1)
        )
        share = sample(layers.fields[:, 7:8], layers.bounds, place.at - way * place.rigid, "border")
        ball = sample(layers.ball, layers.bounds, place.at - way * share, "border")
        deep = (place.depth - place.fallen).clamp(0.0, 0.2)
        shade = 1 - (0.30 * torch.exp(-deep / 0.018)) * (place.closure < 0)
        mask = place.opening() * shown * area[:, 3:4]
        area[:, :3] += mask * (ball * shade - area[:, :3])

    def _lid(self, area: torch.Tensor, place: _Place, shown: torch.Tensor) -> None:
        layers = self.layers
        down = layers.down.view(1, 2, 1, 1)
        t = (place.begun / (place.skin + place.fallen)).clamp(0.0, 1.0)
        stretched = place.at - place.fallen * (t * t * (3 - 2 * t)) * down
        lid = sample(self._texture, self._texture_box, stretched, "border")
        made = place.made()
        if bool((made > 0).any()):
            shut = place.at + (place.drop - place.fallen) * down
            skin = sample(layers.lid, layers.bounds, shut, "border") * lid[:, 3:4]
            lid[:, :3] += place.cover * made * (skin - lid[:, :3])
        deep = place.depth - place.fallen
        under = torch.exp(-deep.clamp(min=0.0) / 0.016) * place.closure.clamp(0, 1) * place.opening()
        area[:, :3] *= 1 - _SHADOW * under * shown
        mask = ((_CARRIED * (1 - made) - deep) * place.edge + 0.5).clamp(0.0, 1.0) * place.side * shown
        mask = mask * (place.begun / _BEGUN).clamp(0.0, 1.0)
        area += mask * (lid - area)
        if bool((made > 0).any()):
            self._lashes(area, place, deep, made * place.side * shown)

    def _lashes(self, area: torch.Tensor, place: _Place, deep: torch.Tensor, made: torch.Tensor) -> None:
        """The line along the lid's edge and the hairs on it, which turn from up to down as the lid falls."""
        layers = self.layers
        down = layers.down.view(1, 2, 1, 1)
        turn = 1 - _LASH_TURN * place.closure
        turn = torch.where(turn < 0, turn.clamp(max=-0.25), turn.clamp(min=0.25))
        hairs = sample(layers.lashes, layers.bounds, place.at + (deep / turn - place.depth) * down, "border")
        area[:, :3] *= 1 - made * (1 - hairs)
        line = sample(layers.line, layers.bounds, place.at, "border") * area[:, 3:4]
        thick = torch.exp(-((deep - 0.002) / max(_LINE, layers.fine)).square()) * made * place.taper()
        area[:, :3] += thick * (line - area[:, :3]).clamp(max=0.0)


@dataclass(frozen=True)
class _Place:
    """What the pixels of an eye's box are: ``at`` [b, 2, h, w] in the resting photo, and the eye's fields there."""

    at: torch.Tensor
    fields: torch.Tensor
    closure: torch.Tensor
    layers: EyeLayers

    @property
    def depth(self) -> torch.Tensor:
        """Distance below the upper lid's edge in the photo, IOD."""
        return self.fields[:, 0:1]

    @property
    def height(self) -> torch.Tensor:
        """Distance above the lower lid's edge, IOD."""
        return self.fields[:, 1:2]

    @property
    def drop(self) -> torch.Tensor:
        """Way of the upper lid's edge from open to shut, IOD."""
        return self.fields[:, 2:3]

    @property
    def begun(self) -> torch.Tensor:
        """Distance below the place where the lid's skin begins, IOD."""
        return self.fields[:, 3:4]

    @property
    def skin(self) -> torch.Tensor:
        """Height of that skin down to the lid's edge, IOD."""
        return self.fields[:, 4:5]

    @property
    def cover(self) -> torch.Tensor:
        """Share of the made skin."""
        return self.fields[:, 5:6]

    @property
    def side(self) -> torch.Tensor:
        """Fade beyond the corners of the eye."""
        return self.fields[:, 6:7]

    @property
    def rigid(self) -> torch.Tensor:
        """How far a point goes along with the iris."""
        return self.fields[:, 7:8]

    @property
    def fallen(self) -> torch.Tensor:
        """How far the lid's edge has come down, IOD."""
        return self.drop * self.closure

    @property
    def edge(self) -> float:
        """Soft edges of masks per IOD."""
        return 1.0 / (_EDGE * self.layers.fine)

    def opening(self) -> torch.Tensor:
        """1 between the lids' edges, with soft rims that stay with the lids."""
        raised = self.fallen.clamp(max=0.0)
        top = ((self.depth - raised - 0.006) / 0.010).clamp(0.0, 1.0)
        return top * ((self.height - 0.004) / 0.010).clamp(0.0, 1.0)

    def made(self) -> torch.Tensor:
        """Share of the made lid in what is drawn."""
        t = ((self.closure - _MADE[0]) / (_MADE[1] - _MADE[0])).clamp(0.0, 1.0)
        return t * t * (3 - 2 * t)

    def taper(self) -> torch.Tensor:
        """1 at the middle of the eye, 0 at its corners."""
        return (self.drop / self.layers.widest).clamp(0.0, 1.0).sqrt()


def _wide(values: torch.Tensor) -> torch.Tensor:
    return values.to(torch.float32)[:, None, None, None]
