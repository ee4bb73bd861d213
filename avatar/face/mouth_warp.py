"""What shows between the lips of a frame: cheeks, tongue, teeth, the photo's own mouth, in the shade of the lips."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch

from avatar.face.sampling import Bounds, sample

__all__ = ["EDGE_PX", "Inside", "InsideTracks", "draw_inside"]

_FAINT = 1 / 512  # less than that of the inside is not seen
EDGE_PX = 1.6  # a mask's soft edge, pixels of the frame
_RED_SHADE = (0.88, 1.06, 1.08)  # light that comes through lips and cheeks is red: a rounded mouth loses blue first
_HIDDEN = 0.86  # share of the light that lips rounded as in a u keep from what lies behind them
_LIT, _DARK = 0.60, 0.92  # teeth stand in front: between lips less round than this all their light, than that none more
# How far behind the lips lies what shows between them, IOD.
_DEEP_UPPER, _DEEP_LOWER, _DEEP_TONGUE, _DEEP_CAVITY = 0.06, 0.09, 0.15, 0.30


@dataclass(frozen=True)
class Inside:
    """What shows between the lips, premultiplied, over ``box`` at twice the resolution.

    ``cavity`` [1, 3, h, w]; ``tongue`` [3, 4, h, w]: low, tip up, between the teeth; ``lower`` [2, 4, h, w] and
    ``upper`` [2, 5, h, w]: by shut and by open jaws, the fifth is the shade it casts; ``own`` [1, 5, h, w]: the
    photo's, and its rim along the lower lip, None where it is shut; ``own_teeth``: it is mostly teeth; ``jaw``: drop of
    the jaw in the photo, IOD.
    """

    box: tuple[float, float, float, float]
    cavity: torch.Tensor
    tongue: torch.Tensor
    lower: torch.Tensor
    upper: torch.Tensor
    own: torch.Tensor | None
    own_teeth: bool
    jaw: float


@dataclass(frozen=True)
class InsideTracks:
    """The inside of the mouth in a batch. ``teeth``, ``tongue`` [b, 2]: shift in pixels of the lower teeth and of the
    tongue in the resting head. ``away`` [b, 2]: pixels by which what lies an IOD deeper is seen elsewhere, as the head
    turns. 0..1 [b]: ``open`` jaws, tongue's ``tip`` up, tongue ``between`` the teeth, ``round`` lips that darken the
    inside, lips that the photo shows apart ``shut``, the ``seam`` between them, lips ``parted`` further than there."""

    teeth: torch.Tensor
    tongue: torch.Tensor
    away: torch.Tensor
    open: torch.Tensor
    tip: torch.Tensor
    between: torch.Tensor
    round: torch.Tensor
    shut: torch.Tensor
    seam: torch.Tensor
    parted: torch.Tensor


def draw_inside(area: torch.Tensor, opened: torch.Tensor, seen: torch.Tensor, rest: torch.Tensor, below: torch.Tensor,
                above: torch.Tensor, inside: Inside, tracks: InsideTracks, iod: float) -> None:  # fmt: skip
    """Draw ``inside`` into ``area`` [b, 4, h, w] of the frames.

    ``opened`` [b, 1, h, w]: what the upper lip leaves free; ``seen``: of it what the lower lip does not cover. ``rest``
    [b, 2, h, w]: the points of the resting head; ``below``, ``above`` [b, 1, h, w]: distance below the upper lip's edge
    and above the lower lip's, in mask edges. ``iod``: pixels. Only what is seen is drawn.
    """
    shows = seen > _FAINT
    any_frame = shows.any(dim=0)[0]
    rows, columns = (_reached(any_frame, dim) for dim in (1, 0))
    if not rows.stop:
        return
    edge, part = EDGE_PX / iod, (slice(None), slice(None), rows, columns)
    drawn = _interior(rest[part], below[part] * edge, above[part] * edge, inside, _wide(tracks))
    under = area[part]
    free = opened[part] * shows[part]  # and no more, so that a frame does not depend on the others of its batch
    under += free * (drawn * under[:, 3:4].clamp(0, 1) - under)


def _reached(shows: torch.Tensor, dim: int) -> slice:
    """Range of rows (``dim`` 1) or columns (0) of ``shows`` [h, w] that show anything; empty where nothing does."""
    hit = torch.nonzero(shows.any(dim=dim))
    return slice(int(hit[0]), int(hit[-1]) + 1) if len(hit) else slice(0, 0)


def _wide(tracks: InsideTracks) -> InsideTracks:
    """The tracks as they are laid over pictures [b, c, h, w]."""
    values = (getattr(tracks, field.name) for field in fields(tracks))
    return InsideTracks(*(value.reshape(len(value), -1, 1, 1) for value in values))


def _interior(rest: torch.Tensor, below: torch.Tensor, above: torch.Tensor, inside: Inside,
              tracks: InsideTracks) -> torch.Tensor:  # fmt: skip
    """Colour and alpha [b, 4, h, w] of the inside of the mouth at points ``rest`` of the resting head, ``below`` the
    upper lip's edge and ``above`` the lower lip's, IOD; ``tracks`` as :func:`_wide` gives them."""
    deeper = lambda depth: rest + depth * tracks.away  # noqa: E731
    tongue = _tongue(inside, deeper(_DEEP_TONGUE) - tracks.tongue, tracks)
    lower = _between(inside.lower, inside.box, deeper(_DEEP_LOWER) - tracks.teeth, tracks.open)
    upper = _between(inside.upper, inside.box, deeper(_DEEP_UPPER), tracks.open)

    front, middle, back = _lip_shade(below, above)
    lower = lower * (1 - tracks.between * tongue[:, 3:4])
    cavity = sample(inside.cavity, inside.box, deeper(_DEEP_CAVITY), "border")
    ahead, behind = _between_round_lips(tracks.round, rest)
    colour = (tongue[:, :3] * back + cavity * middle * (1 - tongue[:, 3:4])).mul_(behind / ahead)
    for teeth, light in ((lower, front * (1 - 0.55 * upper[:, 4:5])), (upper, front)):
        colour = teeth[:, :3] * light + colour * (1 - teeth[:, 3:4])
    if inside.own is not None:
        own = sample(inside.own, inside.box, rest, "border")
        own = own[:, :4] * (1 - own[:, 4:5] * tracks.parted)  # a rim of lip stays behind on no tooth
        colour = own[:, :3] + colour * (1 - own[:, 3:4])
    if bool((tracks.round > _LIT).any()):
        colour = colour.mul_(ahead)
    return torch.cat([colour, torch.ones_like(colour[:, :1])], dim=1)


def _between(two: torch.Tensor, box: Bounds, at: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """``share`` [b, 1, 1, 1] of the way from the first to the second of the pictures ``two`` [2, c, h, w]."""
    both = sample(two.flatten(0, 1)[None], box, at, "border")
    first, second = both.chunk(2, dim=1)
    return first + share * (second - first)


def _tongue(inside: Inside, at: torch.Tensor, tracks: InsideTracks) -> torch.Tensor:
    if not bool(((tracks.tip > 0) | (tracks.between > 0)).any()):
        return sample(inside.tongue[:1], inside.box, at, "border")
    low, tip, between = sample(inside.tongue.flatten(0, 1)[None], inside.box, at, "border").chunk(3, dim=1)
    return low + tracks.tip * (tip - low) + tracks.between * (between - low)


def _between_round_lips(pursed: torch.Tensor, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What lips that are ``pursed`` [b, 1, 1, 1], 0..1, let through of each colour [b, 3, 1, 1]: to the teeth, which
    stand in the light until the lips are all but closed about them, and to what lies behind."""
    kept = _HIDDEN * like.new_tensor(_RED_SHADE)[None, :, None, None]
    rounded = pursed.clamp(0, 1)
    narrow = ((rounded - _LIT) / (_DARK - _LIT)).clamp(0, 1)
    return 1 - kept * (narrow.square() * (3 - 2 * narrow)), 1 - kept * rounded.square()


def _lip_shade(below: torch.Tensor,
               above: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    """How much light the lips let through, 0..1: to the teeth, to the cheeks, to the tongue."""
    under, over = below.clamp(0.0, 0.3), above.clamp(0.0, 0.3)
    slit = ((under + over) / 0.10).clamp(0.0, 1.0)
    edges = (1 - 0.44 * torch.exp(under * (-1 / 0.018))) * (1 - 0.30 * torch.exp(over * (-1 / 0.012)))
    return edges * (0.80 + 0.20 * slit), edges * (0.50 + 0.50 * slit), edges * (0.20 + 0.80 * slit * slit)
