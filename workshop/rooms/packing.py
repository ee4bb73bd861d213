"""A render to the plates that are shipped: one WebP a light group, the depth, and a manifest (motion/data/rooms)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from workshop.rooms.optics import APERTURE, SEAT, SENSOR

__all__ = ["FORMAT", "SIZE", "levels", "pack"]

FORMAT = 1
SIZE = (1120, 640)
GAMMA = 2.2
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
# What a group gives on average over the plate, so that one set of gains suits every room; others keep their units.
_LEVELS = {"sky": 0.25, "sun_high": 0.25, "sun_low": 0.2, "lamps": 0.3, "practical": 0.16, "strip": 0.12}
_MOST_GAIN = {"sun_high": 10.0, "sun_low": 14.0}  # a room that the sun hardly enters stays without it
_HIGHLIGHT = 12.0  # times the mean: what is brighter is a lamp or the sky itself, white in any photograph
_OUT_DOORS = 1000.0  # metres


def pack(raw: Path, target: Path, place: Any, quality: int = 76) -> dict[str, Any]:
    """Write the plates of ``raw`` (rendering.render) into ``target``; returns the manifest."""
    with np.load(raw) as archive:
        found = dict(archive)
    target.mkdir(parents=True, exist_ok=True)
    groups = [_group(found, name, target, quality) for name in found["groups"].tolist()]
    manifest = {
        "format": FORMAT,
        "place": str(found["place"]),
        "seed": int(found["seed"]),
        "title": place.TITLE,
        "words": place.WORDS,
        "width": SIZE[0],
        "height": SIZE[1],
        "groups": groups,
        "depth": _depth(found["depth"], target, quality),
        "camera": {
            "lens_mm": float(found["lens"]),
            "sensor_mm": SENSOR,
            "height_m": float(found["height"]),
            "aperture": APERTURE,
            "focus_m": SEAT,
        },
        "seat": {"u": 0.5, "v": 0.78},
        "licence": "Apache-2.0",
        "digest": digest(target, [group["file"] for group in groups] + ["depth.webp"]),
        "rendered": {
            "blender": str(found["blender"]),
            "samples": int(found["samples"]),
            "seconds": round(float(found["seconds"]), 1),
        },
    }
    (target / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    for stale in {path.name for path in target.glob("*.webp")} - {"depth.webp", *(group["file"] for group in groups)}:
        (target / stale).unlink()  # of a group that the place has no longer
    return manifest


def digest(folder: Path, files: list[str]) -> str:
    """SHA-256 over the files, in the order of their names."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update((folder / name).read_bytes())
    return whole.hexdigest()


def levels(found: dict[str, np.ndarray], name: str) -> float:
    """The factor that brings a group to the level that is usual for its kind."""
    mean = float((found[f"layer.{name}"].astype(float) @ _LUMINANCE).mean())
    wanted = _LEVELS.get(kind(name))
    if wanted is None or mean < 1e-6:
        return 1.0
    wanted *= float(found.get("level", 1.0))
    return min(wanted / mean, _MOST_GAIN.get(kind(name), np.inf))


def kind(name: str) -> str:
    """The kind of a group: its name without a number."""
    return name.rstrip("0123456789")


def _group(found: dict[str, np.ndarray], name: str, target: Path, quality: int) -> dict[str, Any]:
    factor = levels(found, name)
    layer = found[f"layer.{name}"].astype(np.float32) * factor
    scale = float(np.percentile(layer.max(-1), 99.7))
    if kind(name) in _LEVELS:
        scale = min(scale, _HIGHLIGHT * float(layer.mean()))
    scale = max(scale, 1e-4)
    encoded = np.clip(layer / scale, 0, 1) ** (1 / GAMMA)
    _save(np.stack([_enlarged(encoded[..., c]) for c in range(3)], -1), target / f"{name}.webp", quality)
    light = found[f"light.{name}"] * factor
    return {
        "name": name,
        "kind": kind(name),
        "file": f"{name}.webp",
        "scale": round(scale, 6),
        "irradiance": [[round(float(v), 6) for v in channel] for channel in light],
    }


def _depth(depth: np.ndarray, target: Path, quality: int) -> dict[str, Any]:
    """Inverse depth, white is near; the open aperture's noise is taken out by a median."""
    depth = np.minimum(depth.astype(np.float32), _OUT_DOORS)
    near, far = float(np.percentile(depth, 0.5)), float(max(np.percentile(depth, 99.5), depth.min() + 0.5))
    value = np.clip((1 / depth - 1 / far) / (1 / near - 1 / far), 0, 1)
    picture = Image.fromarray((value * 255).round().astype(np.uint8)).filter(ImageFilter.MedianFilter(5))
    smooth = picture.resize(SIZE, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(6))
    smooth.convert("RGB").save(target / "depth.webp", quality=quality, method=5)
    return {"file": "depth.webp", "near_m": round(near, 3), "far_m": round(far, 3)}


def _enlarged(channel: np.ndarray) -> np.ndarray:
    """The channel at the plate's size; the blur takes the steps of the small picture from slanting edges."""
    picture = Image.fromarray(np.ascontiguousarray(channel, np.float32), "F")
    large = np.asarray(picture.resize(SIZE, Image.Resampling.BICUBIC))
    return np.clip(_blurred(_blurred(large).T).T, 0, 1)


def _blurred(picture: np.ndarray, sigma: float = 2.6) -> np.ndarray:
    """Along the columns; edges stay."""
    reach = np.arange(-6, 7)
    weights = np.exp(-0.5 * (reach / sigma) ** 2)
    padded = np.pad(picture, ((6, 6), (0, 0)), mode="edge")
    return sum(w * padded[6 + r : 6 + r + len(picture)] for w, r in zip(weights / weights.sum(), reach, strict=True))


def _save(encoded: np.ndarray, path: Path, quality: int) -> None:
    Image.fromarray((encoded * 255).round().astype(np.uint8)).save(path, quality=quality, method=5)
