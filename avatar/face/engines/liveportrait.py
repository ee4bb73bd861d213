"""LivePortrait: keypoints move the photo, and our own phonemes and gestures move the keypoints; see
docs/liveportrait.md."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from avatar.core.errors import MissingEngine
from avatar.core.manifest import find_manifest
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from avatar.core.types import EngineCard, FacePlan, GestureTrack, Portrait, Speech
from avatar.core.weights import locate
from avatar.face.liveportrait.checkpoint import (
    FILES,
    WEIGHTS,
    MotionNetworks,
    Painter,
    load_motion_networks,
    load_painter,
)
from avatar.face.liveportrait.controls import Controls, edited
from avatar.face.liveportrait.crop import seen
from avatar.face.liveportrait.following import Manner, taken_over
from avatar.face.liveportrait.options import SOURCES, LivePortraitOptions
from avatar.face.liveportrait.placing import PastedPlacing, place
from avatar.face.liveportrait.pose import FaceMotion
from avatar.face.liveportrait.sitter import Sitter, as_input, read_look, sit
from avatar.face.liveportrait.sources import Scene, Studio, TrackSource
from avatar.face.options import FaceOptions
from avatar.face.renderer.placing import Placing
from avatar.face.renderer.warping import EncodedPortrait

__all__ = ["LivePortrait", "LivePortraitClip", "forget"]

_BATCHES = {"cpu": 1, "cuda": 8}  # by device; the last batch of a call is padded, so that any range gives the same
_KEPT = ("batch", "half", "compile", "compat", "weights")  # options that drawing needs
_MAIN = "base_models/spade_generator.pth"


class LivePortrait:
    """Animates a portrait by LivePortrait's networks, from weights that the user pulls."""

    def card(self) -> EngineCard:
        """Name, version, licence; which weights a video was made with, its plan knows."""
        return EngineCard("liveportrait", "1", "Apache-2.0", weights_licence=find_manifest(WEIGHTS).licence)

    def plan(self, portrait: Portrait, speech: Speech, gestures: GestureTrack, options: FaceOptions,
             progress: Progress) -> FacePlan:  # fmt: skip
        """Keypoints for the whole video. OptionError, MissingEngine and EngineError as each option, weight and file
        deserves."""
        chosen = LivePortraitOptions.of(options.engine_options)
        progress(0.0, "loading LivePortrait")
        folder = _folder(chosen)
        networks = _motion_networks(folder)
        progress(0.1, "reading the face")
        sitter = sit(portrait, networks, chosen.scale)
        base = _base(sitter, networks, chosen)
        digest = _sha256(folder / _MAIN)
        drawing = _Painting(folder, sitter, chosen)
        studio = Studio(sitter, base, networks, drawing.paint, _look_of(sitter, base, digest))
        source: TrackSource = SOURCES.resolve(chosen.motion)()
        track = source.track(Scene(portrait, speech, gestures, options, chosen), studio, progress.part(0.15, 1.0))
        kept = {name: text for name, text in options.engine_options.items() if name in _KEPT}
        kept |= {"weights": str(chosen.weights)} if chosen.weights else {}
        constants = {
            "source": sitter.source.numpy(),
            "matrix": sitter.matrix,
            "options": np.array(json.dumps(kept)),
            "weights_sha256": np.array(digest),
        }
        progress(1.0, "face planned")
        return FacePlan("liveportrait", options.size, options.fps, gestures.frames, options.keep_background,
                        {"keypoints": track.keypoints.numpy()}, constants, track.notes, options.in_place)  # fmt: skip

    def open(self, plan: FacePlan, portrait: Portrait, device: str) -> LivePortraitClip:
        """Load what draws and read the portrait once, on ``device`` ("cpu" or "cuda")."""
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise MissingEngine("No CUDA device is available here: use --device cpu.")
        chosen = LivePortraitOptions.of(json.loads(str(plan.constants["options"])))
        painter = _painter_for(_folder(chosen), device, chosen)
        matrix = plan.constants["matrix"]
        placing = place(portrait, matrix, plan.size, plan.keep_background, chosen.compat, device, plan.in_place)
        encoded = _encoded(painter, seen(portrait.pixels, matrix), device)
        return LivePortraitClip(plan, painter, encoded, placing, chosen.batch or _BATCHES[torch.device(device).type])


class LivePortraitClip:
    """Frames of one plan on one device."""

    def __init__(
        self, plan: FacePlan, painter: Painter, encoded: EncodedPortrait, placing: Placing | PastedPlacing, batch: int
    ) -> None:
        self._plan, self._painter, self._encoded, self._placing, self._size = plan, painter, encoded, placing, batch
        self._device = placing.photo.device
        self._source = torch.from_numpy(plan.constants["source"]).to(self._device)

    @torch.inference_mode()
    def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
        """Batches [b, 4, h, w] for frames ``start``..``stop - 1``; any range of frames gives the same frames."""
        for first in range(start, stop, self._size):
            wanted = np.arange(first, min(first + self._size, stop))
            padded = np.pad(wanted, (0, self._size - len(wanted)), mode="edge")
            yield self._batch(padded)[: len(wanted)]

    def _batch(self, index: np.ndarray) -> torch.Tensor:
        driving = torch.from_numpy(self._plan.tracks["keypoints"][index]).to(self._device)
        motion = self._painter.motion(self._encoded, self._source, driving)
        return self._placing.draw(self._painter.draw(self._encoded, motion), motion)


class _Painting:
    """The sitter drawn while the video is planned, on a GPU where one is there; loaded with the first picture."""

    def __init__(self, folder: Path, sitter: Sitter, chosen: LivePortraitOptions) -> None:
        self._folder, self._sitter, self._chosen = folder, sitter, chosen
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._encoded: EncodedPortrait | None = None

    @torch.inference_mode()
    def paint(self, keypoints: torch.Tensor) -> np.ndarray:
        """The picture uint8 [512, 512, 3] of the sitter with ``keypoints`` [1, 21, 3]."""
        chosen = self._chosen if self._device == "cuda" else replace(self._chosen, half=None, compile=False)
        painter = _painter_for(self._folder, self._device, chosen)
        self._encoded = self._encoded or _encoded(painter, self._sitter.crop, self._device)
        source, driving = (points.to(self._device) for points in (self._sitter.source, keypoints))
        picture = painter.draw(self._encoded, painter.motion(self._encoded, source, driving))
        levels = (picture[0].clamp(0, 1) * 255).byte().permute(1, 2, 0).cpu().numpy()
        return np.ascontiguousarray(levels)


@torch.inference_mode()
def _encoded(painter: Painter, crop: np.ndarray, device: str) -> EncodedPortrait:
    return painter.encode(as_input(crop).to(device))


@torch.inference_mode()
def _base(sitter: Sitter, networks: MotionNetworks, chosen: LivePortraitOptions) -> FaceMotion:
    """The sitter's motion with another photo's expression on and the sliders moved; a positive yaw of the user turns
    the nose to the viewer's right, as with gestures."""
    motion = sitter.motion
    if chosen.look is not None:
        motion = taken_over(motion, read_look(chosen.look, networks), Manner(region="expression"), still=True)
    sliders = {name: -value if name == "yaw" else value for name, value in chosen.sliders.items()}
    return edited(motion, Controls(**sliders))


def _look_of(sitter: Sitter, base: FaceMotion, digest: str) -> str:
    """A key that changes with everything that changes how keypoints look."""
    parts = (sitter.crop, sitter.matrix, base.expression.numpy(), base.rotation.numpy(), base.scale.numpy())
    whole = hashlib.sha256(digest.encode())
    for part in parts:
        whole.update(np.ascontiguousarray(part).tobytes())
    return whole.hexdigest()


def _folder(options: LivePortraitOptions) -> Path:
    """Folder of the checkpoints; MissingEngine says how to get them."""
    if options.weights is None:
        return locate(WEIGHTS, cache_folder())
    for name in FILES:
        if not (options.weights / name).is_file():
            raise MissingEngine(
                f"{options.weights} lacks {name}: leave the face option weights out and run "
                f"`govorun models pull {WEIGHTS}`."
            )
    return options.weights


@functools.lru_cache(maxsize=1)
def _motion_networks(folder: Path) -> MotionNetworks:
    return load_motion_networks(folder)


def _painter_for(folder: Path, device: str, chosen: LivePortraitOptions) -> Painter:
    half = torch.device(device).type == "cuda" if chosen.half is None else chosen.half
    return _painter(folder, device, half, chosen.compile)


@functools.lru_cache(maxsize=1)
def _painter(folder: Path, device: str, half: bool, compiled: bool) -> Painter:
    return load_painter(folder, device, half, compiled)


def forget() -> None:
    """Let go of the networks that this process keeps for the next video."""
    _motion_networks.cache_clear()
    _painter.cache_clear()


@functools.lru_cache(maxsize=2)
def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
