"""What shows between the lips: the photo's own mouth where it stands open, before plates in the photo's own light.

Everything is drawn once per portrait, in the picture space of the head at rest; a frame only shifts the layers: the
cavity and the upper teeth stay with the skull, the lower teeth and the tongue ride on the jaw. The teeth are the
plates of avatar.face.plates in their true size.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from avatar.face.canonical import Canonical, smooth_step
from avatar.face.eyes import skin_grain
from avatar.face.light import light_of
from avatar.face.mouth import Mouth
from avatar.face.plates import MM_PER_IOD, arch, lamps, plate, states

__all__ = ["JAW_TO_TEETH", "Interior", "Scene", "lit_interior"]

_EDGE, _OVERBITE = 0.036, 0.018  # upper edge below the line of shut lips; lower edge above the upper one
_MIDLINES = 0.007  # the lower arch's middle beside the upper one's: no two meet
_BEHIND_LIPS, _BEHIND_TEETH = 0.055, 0.033  # of the upper incisors behind the lips, of the lower behind the upper
# The tongue lies deeper in the shade of a mouth than on its plates, but a tip that is up comes to the light.
_EXPOSED = {"low": 0.45, "tip": 2.2, "between": 0.9}
_UNDER_LIP = 0.030  # how far the photo's own mouth goes on under the upper lip, IOD
_GRAIN = 0.5  # of the skin's grain, on what is smoother than skin
JAW_TO_TEETH = 1.12  # how far the lower incisors move with a jaw of 1


@dataclass(frozen=True)
class Interior:
    """Layers over one box of the picture, float32, colour premultiplied.

    ``cavity`` [3, h, w]; ``tongue`` [3, 4, h, w]: low, its tip at the upper teeth, between the teeth; ``lower``
    [2, 4, h, w] and ``upper`` [2, 5, h, w]: with shut and with open jaws, the fifth is the shade that it casts;
    ``own`` [5, h, w]: the photo's own mouth, nothing where it is shut, and its rim along the lower lip;
    ``own_teeth``: it is teeth for the most part.
    """

    cavity: np.ndarray
    tongue: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    own: np.ndarray
    own_teeth: bool


@dataclass(frozen=True)
class Scene:
    """A mouth in its picture. ``xy`` [h, w, 2]: picture points of the box; ``u``, ``v`` [h, w]: their mouth
    coordinates; ``picture`` float [h, w, 3] the photo there in 0..1; ``skin`` [3]; ``per_iod``: box pixels an IOD;
    ``blur``: sigma in box pixels that gives what is added the sharpness of the photo."""

    face: Canonical
    mouth: Mouth
    xy: np.ndarray
    u: np.ndarray
    v: np.ndarray
    picture: np.ndarray
    skin: np.ndarray
    per_iod: float
    blur: float


def lit_interior(scene: Scene, whole: np.ndarray, origin: tuple[float, float]) -> Interior:
    """The plates of ``scene``'s mouth in the light of ``whole``, float [h, w, 3], whose first pixel lies at
    ``origin``."""
    weights = light_of(scene.face, whole, origin, lamps())
    yaw = float(np.degrees(np.arctan2(-scene.face.axes[0, 2], scene.face.axes[2, 2])))
    lips = _lip_colour(scene.mouth, scene.u, scene.v, scene.picture, scene.skin)
    gain = _gain(scene, weights, yaw)
    colour = min(1.0, 8 * float(np.ptp(lips)))
    drawn = {part: np.stack([_projected(scene, part, state, yaw, weights, gain, colour) for state in states(part)])
             for part in ("upper", "lower", "tongue")}  # fmt: skip
    grain = skin_grain(scene.face, whole, origin, scene.xy) ** _GRAIN
    for layer in drawn.values():
        layer[:, :3] *= grain
    own, teeth = _own(scene)
    return Interior(
        cavity=_single(_cavity(scene, lips)),
        tongue=_single(drawn["tongue"]),
        lower=_single(drawn["lower"]),
        upper=_single(np.concatenate([drawn["upper"], _shadow(scene, drawn["upper"][:, 3:])], axis=1)),
        own=_single(own),
        own_teeth=teeth,
    )


def _shadow(scene: Scene, teeth: np.ndarray) -> np.ndarray:
    """Shade [n, 1, h, w] that ``teeth`` [n, 1, h, w] cast on what lies behind and a little below them."""
    per_mm = scene.per_iod / MM_PER_IOD
    shift, turn = 1.2 * per_mm, scene.face.axes[:2, 1] / np.linalg.norm(scene.face.axes[:2, 1])
    matrix = np.array([[1, 0, shift * turn[0]], [0, 1, shift * turn[1]]])
    soft = [cv2.GaussianBlur(one[0].astype(np.float32), (0, 0), 1.6 * per_mm) for one in teeth]
    return np.stack([cv2.warpAffine(one, matrix, one.shape[::-1])[None] for one in soft])


def _projected(scene: Scene, part: str, state: str, yaw: float, weights: np.ndarray, gain: np.ndarray,
               colour: float) -> np.ndarray:  # fmt: skip
    """One plate [4, h, w] where ``scene`` shows it: each point of the box is followed to the arch behind it."""
    made = plate(part, state, yaw)
    linear = np.tensordot(weights, made.light, 1) * gain * _EXPOSED.get(state, 1.0)
    grey = (linear @ [0.2126, 0.7152, 0.0722])[..., None]
    seen = np.clip(grey + colour * (linear - grey), 0, 1) ** (1 / 2.2)
    shown = np.dstack([seen * made.alpha[..., None], made.alpha]).astype(np.float32)
    sigma = made.per_mm * MM_PER_IOD / scene.per_iod * max(scene.blur, 0.45)
    shown = cv2.GaussianBlur(shown, (0, 0), max(sigma, 0.3))
    x, y, deep = _on_arch(scene, part)
    turn = np.radians(made.yaw)
    column = made.origin[0] + made.per_mm * (np.cos(turn) * x - np.sin(turn) * deep)
    row = made.origin[1] + made.per_mm * y
    found = cv2.remap(shown, column.astype(np.float32), row.astype(np.float32), cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_CONSTANT)  # fmt: skip
    half = arch(part)[0] * (0.84 if part == "lower" else 1.0)
    kept = np.clip((half - np.abs(x)) / 4.0, 0, 1)
    if state == "between":
        kept = kept * np.clip(1.2 - y, 0, 1)  # what droops before the lower teeth stays away
    return np.moveaxis(found * kept[..., None], -1, 0)


def _on_arch(scene: Scene, part: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where in the head's own frame, in mm from the point that ``part`` hangs on, the arch lies that is seen at each
    point of the box: x along the lips, y down, depth."""
    axes, half_length = scene.face.axes, arch(part)
    flat = (scene.xy - _hangs_on(scene, part)) * (MM_PER_IOD / scene.face.iod)
    back = np.linalg.inv(axes[:2, :2])
    bent = 0.35 if part == "tongue" else 1.0
    deep = np.zeros(flat.shape[:2])
    for _ in range(10):
        x, y = np.moveaxis((flat - deep[..., None] * axes[:2, 2]) @ back.T, -1, 0)
        share = np.clip(np.abs(x) / half_length[0], 0, 0.97)
        deep = deep + 0.6 * (bent * half_length[1] * (1 - np.sqrt(1 - share**2)) - deep)
    return x, y, deep


def _hangs_on(scene: Scene, part: str) -> np.ndarray:
    """Picture point of the middle of the upper or of the lower incisors' edge in the photo as it is."""
    mouth, points = scene.mouth, scene.face.points
    middle = float(np.mean((points[[0, 2, 13], :2] - mouth.centre) @ mouth.along))
    shown = 0.92 * mouth.gap if mouth.toothy else 0.0  # teeth of a grin reach to the lower lip
    down = max(mouth.meets + _EDGE, float(mouth.upper(np.zeros(()))) + shown)
    deep = float(points[[13, 14], 2].mean()) + _BEHIND_LIPS
    if part != "upper":
        middle += _MIDLINES
        down += JAW_TO_TEETH * mouth.jaw - _OVERBITE
        deep += _BEHIND_TEETH
    plane = mouth.centre + middle * mouth.along + down * mouth.across
    found: np.ndarray = scene.face.landmarks[168, :2] + scene.face.to_picture(np.array([*plane, deep]))
    return found


def _gain(scene: Scene, weights: np.ndarray, yaw: float) -> np.ndarray:
    """Factors [3] that give the upper incisors of the plates the tone that teeth have in this photo."""
    made = plate("upper", states("upper")[-1], yaw)
    x, y = (np.arange(n) - o for n, o in zip(made.alpha.shape[::-1], made.origin, strict=True))
    near = (np.abs(x) < 8 * made.per_mm)[None, :] & ((y > -7 * made.per_mm) & (y < -2 * made.per_mm))[:, None]
    linear = np.tensordot(weights, made.light, 1)[near & (made.alpha > 0.95)]
    usual, seen = _teeth_colour(scene.skin), _seen_teeth(scene)
    tone = usual if seen is None else np.maximum(seen, 0.8 * usual)  # what is seen may lie in the shade
    result: np.ndarray = tone**2.2 / np.maximum(np.median(linear, axis=0), 1e-4)
    return result


def _seen_teeth(scene: Scene) -> np.ndarray | None:
    """Colour [3] of the teeth that the photo shows, None where it shows hardly any."""
    if scene.mouth.gap <= 0:
        return None
    inside = np.minimum(scene.v - scene.mouth.upper(scene.u), scene.mouth.lower(scene.u) - scene.v)
    pixels = scene.picture[(inside > 0.015) & (np.abs(scene.u) < 0.6)]
    if not len(pixels):
        return None
    high, low = pixels.max(axis=-1), pixels.min(axis=-1)
    light = float(scene.skin @ [0.2126, 0.7152, 0.0722])
    teeth = pixels[(high > max(0.30, 0.75 * light)) & ((high - low) / np.maximum(high, 1e-3) < 0.40)]
    if len(teeth) < 0.06 * len(pixels):
        return None
    return np.clip(np.percentile(teeth, 65, axis=0), 0.15, 0.95)


def _cavity(scene: Scene, lips: np.ndarray) -> np.ndarray:
    """Dark red, towards the corners the inside of the cheeks."""
    aside = np.clip((np.abs(scene.u) - 0.6) / 0.4, 0, 1) ** 2
    dark = 0.14 * lips * _warmth(lips) + 0.010
    cheek = 0.42 * lips * _warmth(lips)
    return dark[:, None, None] + (cheek - dark)[:, None, None] * aside


def _own(scene: Scene) -> tuple[np.ndarray, bool]:
    if not scene.mouth.toothy:
        return np.zeros((5, *scene.u.shape)), False
    return _own_teeth(scene), True


def _single(a: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(a, np.float32)


def _warmth(lips: np.ndarray) -> np.ndarray:
    """Factors [3] that make the dark of a mouth reddish; none for a picture without colour."""
    colour = min(1.0, 4 * float(np.ptp(lips)))
    return 1 + colour * np.array([0.30, -0.25, -0.25])


def _lip_colour(mouth: Mouth, u: np.ndarray, v: np.ndarray, picture: np.ndarray, skin: np.ndarray) -> np.ndarray:
    inside = (np.abs(u) < 0.7) & (v > mouth.lower(u) + 0.02) & (v < mouth.outer_lower(u) - 0.02)
    if inside.sum() < 12:
        return skin * np.array([0.80, 0.55, 0.55])
    return np.median(picture[inside], axis=0)


def _teeth_colour(skin: np.ndarray) -> np.ndarray:
    """A warm white in the light of the photo: the skin's chroma at a quarter, its brightness a little raised."""
    light = float(skin @ [0.2126, 0.7152, 0.0722])
    level = np.clip(0.30 + 0.72 * light, 0.30, 0.86)
    tint = 1 + 0.34 * (skin / max(light, 1e-3) - 1)
    return np.clip(level * tint, 0.0, 0.95)


def _own_teeth(scene: Scene) -> np.ndarray:
    """The photo's own mouth interior as a layer [5, h, w]; the fifth is its rim along the lower lip."""
    mouth, u, v = scene.mouth, scene.u, scene.v
    aa, lower = 1.5 / scene.per_iod, mouth.lower(u)
    inside = np.minimum(v - mouth.upper(u) + _UNDER_LIP, lower + 0.006 - v)
    inside = np.minimum(inside, (1.0 - np.abs(u)) * mouth.half + 0.004)
    alpha = np.clip(inside / aa + 0.5, 0, 1)
    # Towards the corners the lower lip turns inwards, and what shines on it is taken for a tooth.
    turned = 0.008 + 0.022 * smooth_step(0.45, 0.85, np.abs(u))
    rim = np.clip((v - lower + turned) / (2 * aa) + 0.5, 0, 1)
    return np.concatenate([np.moveaxis(_gums(scene), -1, 0) * alpha, alpha[None], rim[None]])


def _gums(scene: Scene) -> np.ndarray:
    """The photo [h, w, 3] with what lies along the upper lip's edge drawn on under the lip, for when it is raised."""
    down = scene.face.axes[:2, 1] / np.linalg.norm(scene.face.axes[:2, 1])
    above = scene.mouth.upper(scene.u) + 0.003 - scene.v
    hidden = np.clip(above, 0, None) * scene.per_iod
    rows, columns = np.indices(hidden.shape)
    x, y = (columns + hidden * down[0]).astype(np.float32), (rows + hidden * down[1]).astype(np.float32)
    picture = np.ascontiguousarray(scene.picture, np.float32)
    drawn = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # Under the soft edge of a lip at rest the photo stays as it is.
    pixel = 2 / scene.per_iod
    mixed: np.ndarray = picture + smooth_step(1.0 * pixel, 2.2 * pixel, above)[..., None] * (drawn - picture)
    return mixed
