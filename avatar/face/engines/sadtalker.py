"""SadTalker: a network hears how the face moves, another draws the photo in that pose; see docs/sadtalker.md."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from avatar.core.errors import MissingEngine
from avatar.core.manifest import find_manifest
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import EngineCard, FacePlan, GestureTrack, Portrait, Speech
from avatar.core.weights import locate
from avatar.face.framing import framing_notes
from avatar.face.options import EXPRESSIONS, FaceOptions
from avatar.face.renderer.landmarks import points_68
from avatar.face.renderer.warping import EncodedPortrait
from avatar.face.sadtalker.checkpoint import (
    MAPPINGS,
    CoefficientNetworks,
    RenderNetworks,
    load_coefficient_networks,
    load_render_networks,
    main_file,
)
from avatar.face.sadtalker.driving import angle_track, drive
from avatar.face.sadtalker.landmarks import face_alignment_points
from avatar.face.sadtalker.options import SadTalkerOptions
from avatar.face.sadtalker.picture import picture_of, read_face
from avatar.face.sadtalker.placing import Placing, framing_of, place
from avatar.face.sadtalker.semantics import native_positions, windows
from avatar.face.sadtalker.transform import move

__all__ = ["SadTalker", "SadTalkerClip", "forget"]

_BATCHES = {"cpu": 1, "cuda": 8}  # by device; the last batch of a call is padded, so that any range gives the same
_KEPT = ("size", "preprocess", "compat", "batch", "half", "compile", "weights")  # options that drawing needs


class SadTalker:
    """Animates a portrait by SadTalker's networks, from weights that the user pulls."""

    def card(self) -> EngineCard:
        """Name, version, licence; which weights a video was made with, its plan knows."""
        return EngineCard("sadtalker", "1", "Apache-2.0", weights_licence=find_manifest("sadtalker").licence)

    def plan(self, portrait: Portrait, speech: Speech, gestures: GestureTrack, options: FaceOptions,
             progress: Progress) -> FacePlan:  # fmt: skip
        """Coefficients for the whole video; nothing is drawn. OptionError, MissingEngine and EngineError as each
        option, weight and file deserves."""
        chosen = SadTalkerOptions.of(options.engine_options)
        progress(0.0, "loading SadTalker")
        folder = _folder(chosen)
        networks = _coefficient_networks(folder, chosen.size)
        progress(0.1, "reading the face")
        points = _points(portrait, chosen)
        picture = picture_of(portrait, points, chosen)
        source = read_face(picture.face, picture.points, networks.recon)
        coefficients = drive(speech, gestures, source, networks, chosen, options.seed, progress.part(0.15, 1.0))
        angles = angle_track(chosen, gestures.frames, options.fps)
        kept = {name: text for name, text in options.engine_options.items() if name in _KEPT}
        kept |= {"weights": str(chosen.weights)} if chosen.weights else {}
        constants = {
            "coefficients": coefficients,
            "source": source,
            "points": points,
            "options": np.array(json.dumps(kept)),
            "weights_sha256": np.array(_sha256(folder / main_file(chosen.size))),
        }
        framing = framing_of(picture, options.size, options.keep_background, chosen, options.in_place)
        notes = (
            *_notes(options, speech),
            *framing_notes(picture.shown, framing, options.size, options.keep_background or options.in_place),
        )
        progress(1.0, "face planned")
        return FacePlan("sadtalker", options.size, options.fps, gestures.frames, options.keep_background,
                        {} if angles is None else {"angles": angles}, constants,
                        notes, options.in_place)  # fmt: skip

    def open(self, plan: FacePlan, portrait: Portrait, device: str) -> SadTalkerClip:
        """Load the generator and read the portrait once, on ``device`` ("cpu" or "cuda")."""
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise MissingEngine("No CUDA device is available here: use --device cpu.")
        chosen = SadTalkerOptions.of(json.loads(str(plan.constants["options"])))
        networks = _render_networks(_folder(chosen), chosen.size, chosen.whole, device, chosen.half, chosen.compile)
        picture = picture_of(portrait, plan.constants["points"], chosen)
        placing = place(picture, plan.size, plan.keep_background, chosen, device, plan.in_place)
        face = torch.from_numpy(picture.face.copy()).permute(2, 0, 1)[None].to(device).float() / 255
        batch = chosen.batch or _BATCHES[torch.device(device).type]
        return SadTalkerClip(plan, networks, _read(face, plan, networks), placing, batch)


@dataclass(frozen=True)
class _Sitter:
    """What the networks know of the portrait: ``encoded`` features, ``canonical`` [1, 15, 3]: keypoints of the resting
    head, ``keypoints`` [1, 15, 3]: of the head as the photo shows it."""

    encoded: EncodedPortrait
    canonical: torch.Tensor
    keypoints: torch.Tensor


@torch.inference_mode()
def _read(face: torch.Tensor, plan: FacePlan, networks: RenderNetworks) -> _Sitter:
    canonical = networks.keypoints(face)
    width = plan.constants["coefficients"].shape[1]
    window = windows(plan.constants["source"][None, :width], np.zeros(1))
    pose = networks.mapping(torch.from_numpy(window).to(face.device))
    return _Sitter(networks.generator.encode(face), canonical, move(canonical, pose))


class SadTalkerClip:
    """Frames of one plan on one device."""

    def __init__(self, plan: FacePlan, networks: RenderNetworks, sitter: _Sitter, placing: Placing, batch: int) -> None:
        self._plan, self._networks, self._sitter, self._placing, self._size = plan, networks, sitter, placing, batch
        self._device = placing.photo.device

    @torch.inference_mode()
    def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
        """Batches [b, 4, h, w] for frames ``start``..``stop - 1``; any range of frames gives the same frames."""
        for first in range(start, stop, self._size):
            wanted = np.arange(first, min(first + self._size, stop))
            padded = np.pad(wanted, (0, self._size - len(wanted)), mode="edge")
            yield self._batch(padded)[: len(wanted)]

    def _batch(self, index: np.ndarray) -> torch.Tensor:
        sitter, generator = self._sitter, self._networks.generator
        motion = generator.motion(sitter.encoded, sitter.keypoints, self._keypoints(index))
        return self._placing.draw(generator.draw(sitter.encoded, motion), motion)

    def _keypoints(self, index: np.ndarray) -> torch.Tensor:
        """Where the keypoints [b, 15, 3] are in the frames ``index`` [b]."""
        plan = self._plan
        positions = native_positions(plan.frames, plan.fps)[index]
        window = torch.from_numpy(windows(plan.constants["coefficients"], positions)).to(self._device)
        angles = plan.tracks.get("angles")
        given = None if angles is None else torch.from_numpy(angles[index]).to(self._device)
        return move(self._sitter.canonical, self._networks.mapping(window), given)


def _folder(options: SadTalkerOptions) -> Path:
    """Folder of the checkpoints; MissingEngine says how to get them."""
    if options.weights is None:
        return locate("sadtalker", cache_folder())
    for name in (main_file(options.size), MAPPINGS[options.whole][0]):
        if not (options.weights / name).is_file():
            raise MissingEngine(
                f"{options.weights} lacks {name}: leave the face option weights out and run "
                "`govorun models pull sadtalker`."
            )
    return options.weights


@functools.lru_cache(maxsize=1)
def _coefficient_networks(folder: Path, size: int) -> CoefficientNetworks:
    return load_coefficient_networks(folder, size)


@functools.lru_cache(maxsize=1)
def _render_networks(folder: Path, size: int, whole: bool, device: str, half: bool, compiled: bool) -> RenderNetworks:
    return load_render_networks(folder, size, whole, device, half, compiled)


def forget() -> None:
    """Let go of the networks that this process keeps for the next video."""
    _coefficient_networks.cache_clear()
    _render_networks.cache_clear()


@functools.lru_cache(maxsize=2)
def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _points(portrait: Portrait, options: SadTalkerOptions) -> np.ndarray:
    if options.landmarks == "facemesh":
        return points_68(portrait.landmarks)
    return face_alignment_points(portrait.pixels, portrait.landmarks)


def _notes(options: FaceOptions, speech: Speech) -> Iterator[str]:
    yield Message("sadtalker_stills")
    moods = {cue.name for cue in speech.cues} | {options.expression.partition(":")[0]}
    if moods & (set(EXPRESSIONS) - {"neutral"}):
        yield Message("sadtalker_moods")
