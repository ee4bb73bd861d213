"""The embedded generator: a small network trained on the project's own drawn scenes, drifting by rotations.

A plan holds the latents of keyframes. The drawn scene that is nearest to the prompt, mixed with noise, is repainted by
the network under the prompt's embedding; embedding, look of the scene and noise turn on cones. Frames lie on a closed
curve through the keyframes, walked at even speed, so they cost no diffusion. What a network learned from somebody's own
pictures no code draws: there it begins from noise alone.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.progress import Progress
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.asked import Asked, DriftAsked, read_asked
from motion.drift import generator_for
from motion.driven import Driven, driven_of
from motion.generator.curve import EvenCurve, TimedCurve, Torus, way_of
from motion.keyframes import KeptKeyframes, covering, planes_of
from motion.learned import Learned
from motion.options import BackdropOptions, influence_settings, number_option, whole_option

if TYPE_CHECKING:
    import torch

    from motion.generator.codec import Codec
    from motion.generator.model import Generator, Sampling
__all__ = ["WEIGHTS", "Embedded", "EmbeddedClip", "sampling_of"]

WEIGHTS = Path(__file__).parent.parent / "weights"
_OWN = ("strength", "steps", "guidance", "keyframes", "model")
_NETWORK_FILE = "unet/diffusion_pytorch_model.fp16.safetensors"
_ALONE = (16, 2.0, 1.0)  # steps, guidance and strength for what was learned from pictures
_MOMENT_SECONDS = 0.2  # between moments that are decoded; pictures between them are mixed
_FINE = 64
_FILES = (_NETWORK_FILE, "unet/config.json", "codec.safetensors")


class Embedded:
    """The default engine of prompts."""

    def card(self) -> EngineCard:
        """Name, version, licence, and the sha256 of the network's weights."""
        return EngineCard("embedded", "1", "Apache-2.0", _digest(WEIGHTS, _changed(WEIGHTS)), "Apache-2.0")

    def card_of(self, options: BackdropOptions) -> EngineCard:
        """The card with the digest and the licence of the weights that ``options`` name; OptionError where they name
        no such weights."""
        if options.engine_options.get("model") is None:
            return self.card()
        folder = _folder(options)
        learned = Learned.load(folder)
        licence = "not stated" if learned is None else learned.licence
        return replace(self.card(), weights_sha256=_digest(folder, _changed(folder)), weights_licence=licence)

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        """Read the prompt and generate the keyframes.

        OptionError for a prompt, path or number that cannot be used; MissingEngine for weights that are missing or
        damaged. Own options: ``strength`` of the noise over the drawn scene (1 is pure noise), ``steps``, ``guidance``,
        ``keyframes`` that are drawn for one turn, and ``model``, a folder with other weights of the same layout.
        """
        from motion.generator.keyframes import DRAWN, keyframes, picture_size

        folder = _folder(options)
        asked = read_asked(options, "embedded", _OWN, Learned.load(folder))
        sampling = sampling_of(options, any(stop.learned for stop in asked.stops))
        drawn = whole_option(options, "keyframes", DRAWN, 16, 288)
        progress(0.1, "reading the prompt")
        generator = _generator(folder, _changed(folder))
        driven = driven_of(options, DriftAsked(asked.path, (), asked.strengths, asked.period), progress.part(0.1, 0.3))
        size, part = picture_size(options.size), progress.part(0.3 if driven else 0.15, 1.0)
        arrays = keyframes(generator, asked, options.seed, size, sampling, part, drawn, driven)
        if driven is None or driven.name != "influence":
            arrays = {**arrays, "way": _way(_codec(folder), arrays["latents"])}
        progress(1.0, "backdrop")
        period, notes = (driven.period, driven.notes) if driven else (asked.period, ())
        settings = _settings(options, asked, sampling, driven) | _weights(options, self.card_of(options))
        return BackdropPlan("embedded", period, arrays, settings, asked.reading, (*asked.notes, *notes))

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> EmbeddedClip:
        """Make the curve through the keyframes; the network is not needed any more, the codec is."""
        return EmbeddedClip(plan, _codec(Path(str(plan.settings["model"]) or WEIGHTS)), size, fps, device)


class EmbeddedClip:
    """Frames mixed from moments that lie evenly on a curve through latents; random access, the same whoever asks.

    Moments are decoded and enlarged when they are needed, five a second; they hold fractions of a byte's steps and the
    dither, so that what fades from one to the next changes pixel by pixel and never all at once.
    """

    def __init__(self, plan: BackdropPlan, codec: Codec, size: Size, fps: float, device: str) -> None:
        self._codec, self._size, self._device = codec, size, device
        latents, timed = plan.arrays["latents"], plan.settings["path"] == "influence"
        self._curve = TimedCurve(latents) if timed else EvenCurve(latents, _way_of(plan, codec))
        self._changes = Torus(plan.arrays["changes"]) if "changes" in plan.arrays else None
        self._moments = max(1, round(plan.period / _MOMENT_SECONDS), len(latents) if timed else 0)
        self._step = self._moments / (plan.period * fps)
        self._kept = KeptKeyframes(6 * size.width * size.height, 2, 0)
        noise = generator_for(0, "fine dither").random((2, 3, size.height, size.width), np.float32)
        dither = ((noise[0] - noise[1]) * (0.6 * _FINE)).round().astype(np.int16)
        self._dither = np.ascontiguousarray(dither.transpose(1, 2, 0))

    def frame(self, index: int) -> torch.Tensor:
        """Frame ``index``, float32 [3, h, w] in 0..1."""
        import torch

        mixed = self._mixed(index, 1.0 / (255 * _FINE), cv2.CV_32F)
        return torch.from_numpy(planes_of(mixed)).clamp_(0.0, 1.0).to(self._device)

    def byte_frame(self, index: int) -> np.ndarray:
        """The same in bytes, uint8 [h, w, 3]: see :class:`avatar.core.types.GivesBytes`."""
        return self._mixed(index, 1.0 / _FINE, cv2.CV_8U)

    def _mixed(self, index: int, scale: float, kind: int) -> np.ndarray:
        """Frame ``index`` times ``scale``, [h, w, 3] of OpenCV's ``kind`` of numbers."""
        number, share = divmod(index * self._step, 1.0)
        here = self._moment(int(number))
        there = self._moment(int(number) + 1) if share else here
        return np.asarray(cv2.addWeighted(here, (1.0 - share) * scale, there, share * scale, 0.0, dtype=kind))

    def _moment(self, number: int) -> np.ndarray:
        """The picture of moment ``number``, int16 [h, w, 3], ``_FINE`` steps to one of a byte."""
        return self._kept.of(number % self._moments if self._changes is None else number, self._drawn)

    def _drawn(self, number: int) -> np.ndarray:
        small = np.ascontiguousarray(covering(self._small(number / self._moments), self._size))
        fine = cv2.addWeighted(small, 255.0 * _FINE, small, 0.0, 0.0, dtype=cv2.CV_16S)
        full = cv2.resize(fine, (self._size.width, self._size.height), interpolation=cv2.INTER_CUBIC)
        return np.asarray(cv2.add(full, self._dither, dst=full))

    def _small(self, turns: float) -> np.ndarray:
        """The decoded picture float32 [h, w, 3] at ``turns`` of the period."""
        import torch

        latents = self._curve.at(turns)
        if self._changes is not None:
            latents = latents + self._changes.at(turns)
        with torch.inference_mode():
            return self._codec.picture(latents)


def _settings(
    options: BackdropOptions, asked: Asked, sampling: Sampling, driven: Driven | None
) -> dict[str, str | float | int]:
    """What the plan keeps of how it was made."""
    settings = {**asked.settings, "seed": options.seed, "strength": sampling.strength, "steps": sampling.steps}
    settings |= {"guidance": sampling.guidance, "model": options.engine_options.get("model", "")}
    if driven is not None:
        settings |= {"path": driven.name, **influence_settings(options)}
    return settings


def _weights(options: BackdropOptions, card: EngineCard) -> dict[str, str | float | int]:
    """What the plan keeps of weights that are not the packaged ones."""
    if options.engine_options.get("model") is None:
        return {}
    return {"weights_sha256": str(card.weights_sha256), "weights_licence": str(card.weights_licence)}


def _way_of(plan: BackdropPlan, codec: Codec) -> np.ndarray:
    """The way that the plan tells; it is measured again where an older version made the plan."""
    kept = plan.arrays.get("way")
    return _way(codec, plan.arrays["latents"]) if kept is None else kept


def _way(codec: Codec, latents: np.ndarray) -> np.ndarray:
    return way_of(latents, functools.partial(_picture_changes, codec))


def _picture_changes(codec: Codec, latents: np.ndarray) -> np.ndarray:
    import torch

    with torch.inference_mode():
        pictures = codec.decode(torch.from_numpy(latents))
        changes: np.ndarray = (pictures[1:] - pictures[:-1]).abs().mean(dim=(1, 2, 3)).double().numpy()
    return changes


def sampling_of(options: BackdropOptions, learned: bool = False) -> Sampling:
    """Steps, guidance and strength of the engine's own options; OptionError out of range. What was ``learned`` from
    pictures is usually made of noise alone."""
    from motion.generator.model import Sampling

    usual = Sampling(*_ALONE) if learned else Sampling(steps=8, guidance=1.5, strength=0.6)
    steps = number_option(options, "steps", usual.steps, 1.0, 100.0)
    if steps != int(steps):
        raise OptionError(f"Backdrop option steps is {steps:g}: give a whole number from 1 to 100.")
    guidance = number_option(options, "guidance", usual.guidance, 1.0, 10.0)
    return Sampling(int(steps), guidance, number_option(options, "strength", usual.strength, 0.1, 1.0))


def _folder(options: BackdropOptions) -> Path:
    model = options.engine_options.get("model")
    if model is None:
        return WEIGHTS
    if not Path(model).is_dir():
        raise OptionError(f"Backdrop model {model!r} is no folder: give one with unet/ and codec.safetensors.")
    if not any((Path(model) / name).is_file() for name in _FILES):
        raise OptionError(
            f"Backdrop model {model!r} has no unet/ and no codec.safetensors: give the folder RUN/model that govorun "
            "train backdrop wrote, or a name of govorun models."
        )
    return Path(model)


def _changed(folder: Path) -> int:
    """When the network in ``folder`` was written: it may be trained on under the same name."""
    try:
        return (folder / _NETWORK_FILE).stat().st_mtime_ns
    except OSError:
        return 0


@functools.lru_cache(maxsize=1)
def _generator(folder: Path, changed: int) -> Generator:
    from motion.generator.model import Generator

    return Generator.load(folder)


@functools.lru_cache(maxsize=2)
def _codec(folder: Path) -> Codec:
    from motion.generator.codec import Codec
    from motion.generator.model import CODEC_FILE

    return Codec.load(folder / CODEC_FILE)


@functools.cache
def _digest(folder: Path, changed: int) -> str:
    path = folder / _NETWORK_FILE
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MissingEngine(f"Weight file {path} is missing: reinstall govorun, or train it again.") from error
