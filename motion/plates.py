"""Plates on disk: a folder a room, with a manifest, one picture for each group of lights, and depth.

``manifest.json`` has format 1: place, seed, title and words in two languages, groups with file, scale and irradiance,
depth, camera, seat, licence. A layer holds linear radiance under white light of its group, divided by ``scale`` and
encoded as value ** (1 / 2.2) in 8 bits; depth is inverse, white is near.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from avatar.core.errors import MissingEngine

__all__ = ["FOLDER", "KINDS", "Group", "Room", "layer", "room_named", "rooms"]

FOLDER = Path(__file__).parent / "data" / "rooms"
KINDS = ("sky", "sun_high", "sun_low", "lamps", "screens", "practical", "outside", "strip")
_FORMAT = 1
_DECODED = np.linspace(0.0, 1.0, 65536, dtype=np.float32) ** 2.2
_SOFT = 1.0 / 560.0  # of the width: takes the blocks of WebP out of what is out of focus anyway


@dataclass(frozen=True)
class Group:
    """Lights that burn together: ``kind`` of KINDS, ``scale`` of the layer in ``file``, ``irradiance`` float32 [3, 9]
    at the seat: real spherical harmonics of order 2, x right, y up, z towards the camera."""

    kind: str
    file: str
    scale: float
    irradiance: np.ndarray


@dataclass(frozen=True)
class Room:
    """A room and where its files lie. ``titles`` and ``words`` by language; ``seat``: where the person's face is, as
    shares of the picture; ``depth``: the file, "" for none."""

    folder: Path
    place: str
    seed: int
    titles: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    width: int
    height: int
    groups: tuple[Group, ...]
    depth: str
    seat: tuple[float, float]
    licence: str

    @property
    def name(self) -> str:
        """Place and seed."""
        return self.folder.name

    @property
    def captions(self) -> tuple[str, ...]:
        """What people call it in English, title and words, in small letters."""
        own = (self.titles.get("en", ""), *self.words.get("en", ()))
        return tuple(text.lower() for text in own if text)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its groups."""
        return frozenset(group.kind for group in self.groups)

    @property
    def has_daylight(self) -> bool:
        """Whether sun or sky reach it."""
        return bool(self.kinds & {"sky", "sun_high", "sun_low"})


@functools.lru_cache(maxsize=8)
def rooms(folder: Path = FOLDER) -> Mapping[str, tuple[Room, ...]]:
    """The rooms of ``folder`` by place, in the order of their seeds; empty where there are none.

    MissingEngine for a manifest that cannot be read.
    """
    found: dict[str, list[Room]] = {}
    for path in sorted(folder.glob("*/manifest.json")):
        room = _room(path)
        found.setdefault(room.place, []).append(room)
    return {place: tuple(sorted(listed, key=lambda room: room.seed)) for place, listed in sorted(found.items())}


def room_named(name: str, folder: Path = FOLDER) -> Room:
    """The room in the folder ``name``; MissingEngine where it is not there."""
    for listed in rooms(folder).values():
        for room in listed:
            if room.name == name:
                return room
    raise MissingEngine(f"The room {name} is not in {folder}: reinstall govorun, or give the folder it was made from.")


def layer(path: Path) -> np.ndarray:
    """Radiance float32 [h, w, 3] of a layer, before its scale; MissingEngine where the file is missing or damaged."""
    stored = picture(path, cv2.IMREAD_COLOR)[..., ::-1].astype(np.uint16) * np.uint16(257)
    sigma = _SOFT * stored.shape[1]
    if sigma > 0.5:
        stored = cv2.GaussianBlur(stored, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.take(_DECODED, stored)


def picture(path: Path, mode: int) -> np.ndarray:
    """Pixels uint8 of a plate; MissingEngine where it is missing or damaged."""
    pixels = cv2.imread(str(path), mode)
    if pixels is None:
        raise MissingEngine(f"Plate {path} is missing or damaged: reinstall govorun.")
    return np.asarray(pixels)


def digest(folder: Path) -> str:
    """One sha256 of the manifests of ``folder``, which name their files by digest."""
    hashed = hashlib.sha256()
    for path in sorted(folder.glob("*/manifest.json")):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


def _room(path: Path) -> Room:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != _FORMAT:
            raise ValueError(f"format {told['format']} is not {_FORMAT}")
        return _of_manifest(path.parent, told)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingEngine(f"The room {path.parent.name} has a manifest that cannot be read ({error}).") from error


def _of_manifest(folder: Path, told: Mapping[str, Any]) -> Room:
    return Room(
        folder=folder,
        place=told["place"],
        seed=int(told["seed"]),
        titles=dict(told["title"]),
        words={language: tuple(listed) for language, listed in told["words"].items()},
        width=int(told["width"]),
        height=int(told["height"]),
        groups=tuple(_group(group) for group in told["groups"]),
        depth=(told.get("depth") or {}).get("file", ""),
        seat=(float(told["seat"]["u"]), float(told["seat"]["v"])),
        licence=str(told["licence"]),
    )


def _group(told: Mapping[str, Any]) -> Group:
    if told["kind"] not in KINDS:
        raise ValueError(f"a group of kind {told['kind']!r}")
    irradiance = np.array(told["irradiance"], np.float32).reshape(3, 9)
    return Group(told["kind"], told["file"], float(told["scale"]), irradiance)
