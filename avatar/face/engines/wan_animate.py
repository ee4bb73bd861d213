"""Wan Animate: a video model draws the person anew, driven by the embedded animator's face and our own skeleton; see
docs/wan-animate.md."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import torch
from torch.nn.functional import interpolate

from avatar.core.errors import MissingEngine
from avatar.core.manifest import find_manifest
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import EngineCard, FacePlan, GestureTrack, Portrait, Size, Speech
from avatar.face.canonical import smooth_step
from avatar.face.canvas import framed_picture
from avatar.face.framing import Framing, frame_person, framing_notes
from avatar.face.matte import film_matte
from avatar.face.options import FaceOptions
from avatar.face.wan_animate.films import Films, close_up, face_crop, packed, play
from avatar.face.wan_animate.loading import WEIGHTS, Holding, face_side, folder_of, load, require_extra
from avatar.face.wan_animate.options import WanAnimateOptions
from avatar.face.wan_animate.shots import Cutting, Shots
from avatar.face.wan_animate.skeleton import Skeleton, skeleton

__all__ = ["WanAnimate", "WanAnimateClip", "fading"]

_BATCH = 4
_FADE = 0.10  # of the photo's side, over which a person fades out
_MULTIPLE = 16  # of the sides of a picture
_KEPT = ("hands",)  # options that only the plan needs


class WanAnimate:
    """Draws whole pictures of the person, hands and upper body with it, from weights that the user pulls."""

    def card(self) -> EngineCard:
        """Name, version, licence; MissingEngine where the extra is not installed."""
        require_extra()
        return EngineCard("wan-animate", "1", "Apache-2.0", weights_licence=find_manifest(WEIGHTS).licence)

    def plan(self, portrait: Portrait, speech: Speech, gestures: GestureTrack, options: FaceOptions,
             progress: Progress) -> FacePlan:  # fmt: skip
        """Coefficients of the face film and points of the pose film; nothing is drawn. OptionError, MissingEngine and
        EngineError as each option, part and file of the model deserves."""
        chosen = WanAnimateOptions.of(options.engine_options)
        require_extra()
        progress(0.0, "looking through Wan Animate")
        side = face_side(folder_of(chosen))
        crop = face_crop(portrait.landmarks, side)
        played = play(close_up(portrait, crop, side), speech, gestures, options, progress.part(0.1, 0.8))
        framing = frame_person(portrait, options.size, options.keep_background, options.closer, options.in_place)
        progress(0.8, "gestures of the body")
        body = skeleton(portrait, framing, options.size, gestures, chosen.hands)
        tracks, constants = packed(played)
        drawing = {name: text for name, text in options.engine_options.items() if name not in _KEPT}
        drawing |= {"weights": str(chosen.weights)} if chosen.weights else {}
        size = _model_size(options.size, chosen.side)
        constants |= {
            "crop": crop,
            "place": framing.numbers,
            "known": body.known,
            "options": np.array(json.dumps(drawing)),
            "seed": np.array(options.seed),
        }
        scale = np.array([size.width / options.size.width, size.height / options.size.height], np.float32)
        tracks["points"] = body.points * scale
        whole = options.keep_background or options.in_place
        cutting = Cutting(gestures.frames, chosen.frames, chosen.overlap)
        notes = (*_notes(body, options, cutting), *framing_notes(portrait, framing, options.size, whole))
        progress(1.0, "face planned")
        return FacePlan("wan-animate", options.size, options.fps, gestures.frames, options.keep_background, tracks,
                        constants, notes, options.in_place)  # fmt: skip

    def open(self, plan: FacePlan, portrait: Portrait, device: str) -> WanAnimateClip:
        """Load the model on ``device``; EngineError where it does not fit into memory."""
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise MissingEngine("No CUDA device is available here: use --device cpu.")
        chosen = WanAnimateOptions.of(json.loads(str(plan.constants["options"])))
        folder = folder_of(chosen)
        pipeline = load(folder, Holding.of(chosen, device))
        size = _model_size(plan.size, chosen.side)
        framing = Framing.of(plan.constants["place"])
        films = Films.of(plan, portrait, face_side(folder), size, device)
        cutting = Cutting(plan.frames, chosen.frames, chosen.overlap)
        picture = _resized(_framed(portrait, framing, plan.size), size)
        shots = Shots(pipeline, picture, films, cutting, chosen, int(plan.constants["seed"]))
        return WanAnimateClip(
            plan, shots, framing.apply(portrait.landmarks), fading(portrait, framing, plan.size), device
        )


class WanAnimateClip:
    """Frames of one plan on one device; ``landmarks`` [478, 3]: of the resting face in the frame; ``fade`` [h, w]: how
    much is left of a person who is cut out."""

    def __init__(self, plan: FacePlan, shots: Shots, landmarks: np.ndarray, fade: np.ndarray, device: str) -> None:
        self._plan, self._shots, self._landmarks, self._fade, self._device = plan, shots, landmarks, fade, device

    def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
        """Batches [b, 4, h, w] for frames ``start``..``stop - 1``; any range of frames gives the same frames."""
        for first in range(start, stop, _BATCH):
            yield torch.stack([self._frame(index) for index in range(first, min(first + _BATCH, stop))])

    def _frame(self, index: int) -> torch.Tensor:
        size = (self._plan.size.height, self._plan.size.width)
        shown = self._shots.frame(index)[None]
        picture = interpolate(shown, size, mode="bicubic", antialias=True)[0].clamp(0, 1)
        if self._plan.keep_background:
            return torch.cat([picture, torch.ones_like(picture[:1])]).to(self._device)
        pixels = (picture * 255).round().byte().permute(1, 2, 0).numpy()
        alpha, colour = film_matte(np.ascontiguousarray(pixels), self._landmarks)
        alpha *= self._fade
        cut = np.dstack([colour.astype(np.float32) / 255 * alpha[..., None], alpha])
        return torch.from_numpy(np.moveaxis(cut, -1, 0).copy()).to(self._device)


def fading(portrait: Portrait, framing: Framing, size: Size) -> np.ndarray:
    """1 in a frame of ``size``, falling to 0 at the sides of the photo where it cuts the person inside the frame:
    float32 [h, w]."""
    height, width = portrait.alpha.shape
    sides = {}
    for start, end, shift, length, frame in (
        ("left", "right", framing.dx, width * framing.scale, size.width),
        ("top", "bottom", framing.dy, height * framing.scale, size.height),
    ):
        at, ramp = np.arange(frame), _FADE * length
        rising = smooth_step(shift, shift + ramp, at) if start in framing.feathered else np.ones(frame)
        falling = smooth_step(shift + length, shift + length - ramp, at) if end in framing.feathered else np.ones(frame)
        sides[start] = (rising * falling).astype(np.float32)
    return np.outer(sides["top"], sides["left"])


def _model_size(size: Size, side: int) -> Size:
    """About ``side`` squared pixels in the shape of ``size``, as multiples of what the model can draw."""
    shape = (size.width / size.height) ** 0.5
    wide, high = (max(1, round(length / _MULTIPLE)) * _MULTIPLE for length in (side * shape, side / shape))
    return Size(wide, high)


def _framed(portrait: Portrait, framing: Framing, size: Size) -> np.ndarray:
    """The photo with its own background as the frame shows it, uint8 [h, w, 3]."""
    canvas, origin = framed_picture(portrait, framing, size, True)
    row, column = round(-origin[1]), round(-origin[0])
    frame = canvas[row : row + size.height, column : column + size.width, :3]
    return np.ascontiguousarray((frame * 255).round().astype(np.uint8))


def _resized(picture: np.ndarray, size: Size) -> np.ndarray:
    first = torch.from_numpy(picture).permute(2, 0, 1)[None].float()
    resized = interpolate(first, (size.height, size.width), mode="bicubic", antialias=True)
    pixels: np.ndarray = resized[0].clamp(0, 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    return pixels


def _notes(body: Skeleton, options: FaceOptions, cutting: Cutting) -> Iterator[Message]:
    yield Message("wan_animate_arms")
    wrists = body.points[:, [4, 7]]
    inside = (wrists >= 0).all(axis=2) & (wrists < (options.size.width, options.size.height)).all(axis=2)
    if not inside.any():
        yield Message("wan_animate_hands_unseen")
    if cutting.parts > 1:
        seconds = f"{cutting.length / options.fps:.1f}"
        yield Message("wan_animate_parts", n=cutting.parts, seconds=seconds)
