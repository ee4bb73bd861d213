"""What the video models share: clips in latent space are joined, closed into a loop, decoded once and kept as pictures.

A model makes a few seconds. Where more is asked for, a clip continues the last one: from its last picture where the
model takes a picture, else by a crossfade of latents. Where the end meets the beginning the latents are crossfaded too,
so that the loop has no seam. Frames between the pictures need no weights; see docs/video-models.md.
"""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from avatar.core import weights
from avatar.core.errors import EngineError
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.drift import generator_for
from motion.engines.diffusion import Course, drifted
from motion.engines.diffusion_options import scheduler_of
from motion.engines.diffusion_weights import Loading, load_folder, model_folder, place, quiet_libraries, require_extra
from motion.engines.merging import merge
from motion.engines.tuned import Tuned, check_base
from motion.engines.video_options import Order, Traits, read_order
from motion.keyframes import PictureLoop, covering, within
from motion.options import BackdropOptions
from motion.rotation import orthogonal_plane

if TYPE_CHECKING:
    import torch

__all__ = ["Camera", "Shot", "VideoModel", "crossfaded", "denoised", "loop_of"]

_MOST_BYTES = 96_000_000


@dataclass(frozen=True)
class Shot:
    """One clip. ``index``: which of the clips it is. ``phases`` [f]: where its latent frames lie in the loop, 0..1.
    ``noise`` float32 [f, c, h, w]. ``picture`` uint8 [h, w, 3] that it begins with, where the model takes one."""

    index: int
    phases: np.ndarray
    noise: np.ndarray
    picture: np.ndarray | None


class Camera(ABC):
    """A loaded model with its order: shoots clips, and develops them."""

    def __init__(self, pipeline: Any, order: Order) -> None:
        self.pipeline, self.order, self.device = pipeline, order, order.loading.device
        self.scheduler = scheduler_of(pipeline, order.shooting.scheduler)

    @property
    @abstractmethod
    def latent_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a latent frame."""
        ...

    @abstractmethod
    def shoot(self, shot: Shot, progress: Progress) -> torch.Tensor:
        """Latents [f, c, h, w] of a clip."""
        ...

    @abstractmethod
    def develop(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures float [n, 3, h, w] in -1..1 of latents [f, c, h, w] that follow one another."""
        ...

    def course(self, phases: np.ndarray) -> Course:
        """The drift at ``phases``."""
        return Course(self.order.drift, phases, self.order.seed, "anchor")

    def tensor(self, values: np.ndarray, like: torch.Tensor | None = None) -> torch.Tensor:
        """``values`` on the device of the model, in the type of ``like``."""
        import torch

        made = torch.from_numpy(np.ascontiguousarray(values))
        return made.to(self.device, None if like is None else like.dtype)

    def draw(self, purpose: str) -> torch.Generator:
        """A generator for one purpose of this order."""
        import torch

        return torch.Generator("cpu").manual_seed(int(generator_for(self.order.seed, purpose).integers(2**62)))

    def watched(self, progress: Progress) -> Callable[..., dict[str, Any]]:
        """A callback for pipelines of diffusers that reports, and so may stop, after each step."""
        steps = self.order.shooting.steps

        def told(_: Any, step: int, __: Any, kept: dict[str, Any]) -> dict[str, Any]:
            progress(min(1.0, (step + 1) / steps), "diffusing the backdrop")
            return kept

        return told


class VideoModel(ABC):
    """A backdrop engine: what a video model is given, and the loop that is made of its clips. A new one names its
    traits and its camera."""

    traits: ClassVar[Traits]

    def card(self) -> EngineCard:
        """Name, version, licence; MissingEngine where the extra is not installed."""
        require_extra()
        return EngineCard(self.traits.name, "1", "Apache-2.0", None, "the model's own: read it on its page")

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        """Read the order, look through the weights, load them, shoot the clips and develop the loop.

        OptionError for options and models that cannot be used, MissingEngine for a missing extra or file, EngineError
        for too little memory: each before anything is loaded.
        """
        order = read_order(options, self.traits)
        require_extra()
        progress(0.0, "loading the model")
        camera = self.camera(self.load(order, options), order)
        return _filmed(self.traits, camera, progress.part(0.05, 1.0))

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> PictureLoop:
        """Frames of the loop; the model is not needed any more."""
        return PictureLoop(plan, size, fps, device)

    def load(self, order: Order, options: BackdropOptions) -> Any:
        """The pipeline, kept for the next plan of this process."""
        folder = model_folder(self.model(options), order.loading.variant)
        check_base(order.tuned, folder, order.loading.variant)
        classes = tuple(self.traits.classes.items())
        return _loaded(folder, classes, order.loading, self.parts(folder, order), order.tuned)

    def parts(self, folder: Path, order: Order) -> tuple[Callable[[], dict[str, Any]], ...]:
        """What makes the parts of the pipeline that its folder does not hold; the same for equal arguments."""
        return ()

    @abstractmethod
    def camera(self, pipeline: Any, order: Order) -> Camera:
        """The camera of a loaded pipeline."""
        ...

    def model(self, options: BackdropOptions) -> str:
        """The model that is named, else the pulled weights; MissingEngine tells how to get them."""
        named = options.engine_options.get("model")
        return named or weights.resolve(self.traits.weights, cache_folder())


@functools.lru_cache(maxsize=1)
def _loaded(
    folder: Path, classes: tuple[tuple[str, Any], ...], loading: Loading, parts: tuple[Any, ...], tuned: Tuned | None
) -> Any:
    """The pipeline. What turns latents into pictures stays in float32."""
    import torch

    given = {name: part for make in parts for name, part in make().items()}
    pipeline = load_folder(folder, dict(classes), loading, given)
    if tuned is not None:
        merge(tuned, pipeline.unet)
    if loading.precision != "float32":
        with quiet_libraries():
            pipeline.vae.to(dtype=torch.float32)
    return place(pipeline, loading)


def _filmed(traits: Traits, camera: Camera, progress: Progress) -> BackdropPlan:
    """The plan of the loop; EngineError where memory is short after all."""
    import torch

    order, shooting = camera.order, camera.order.shooting
    if shooting.tiling:
        _tile(camera.pipeline.vae)
    try:
        with torch.inference_mode(), quiet_libraries():
            latents = _clips(traits, camera, progress.part(0.0, 0.85))
            _require_numbers(latents)
            pictures = _developed(traits, camera, latents, progress.part(0.85, 1.0))
    except torch.OutOfMemoryError as error:
        raise EngineError(
            f"Engine {traits.name} ran out of memory on {camera.device}: try --backdrop-option tiling=on, "
            "offload=model, fewer frames or a smaller side."
        ) from error
    progress(1.0, "backdrop")
    period = len(pictures) / shooting.fps
    notes = (order.words.notes if order.words else ()) + (_how_it_loops(shooting.loop, period),)
    settings = {"path": "orbit", "seed": order.seed, "drift": order.drift.path, **vars(shooting)}
    if order.tuned is not None:
        notes, settings = (*notes, order.tuned.note), settings | order.tuned.settings
    return BackdropPlan(traits.name, period, {"pictures": pictures}, settings, order.reading, notes)


def _how_it_loops(loop: str, period: float) -> Message:
    seconds = f"{period:.1f}"
    if loop == "crossfade":
        return Message("backdrop_clip_crossfade", seconds=seconds)
    return Message("backdrop_clip_bounce" if loop == "bounce" else "backdrop_clip_cut", seconds=seconds)


def _tile(vae: Any) -> None:
    """Encode and decode in tiles and one picture at a time: less memory, more time."""
    for name in ("enable_slicing", "enable_tiling"):
        if hasattr(vae, name):
            getattr(vae, name)()


def _require_numbers(latents: torch.Tensor) -> None:
    if not bool(latents.isfinite().all()):
        raise EngineError(
            "The model gave no usable picture: its weights are damaged, or half precision is too coarse for them; try "
            "--backdrop-option precision=float32."
        )


def _clips(traits: Traits, camera: Camera, progress: Progress) -> torch.Tensor:
    """The latents [n, c, h, w] of all clips, joined."""
    import torch

    shooting, order = camera.order.shooting, camera.order
    count = (shooting.frames - 1) // traits.every + 1
    if order.film is not None:
        count = min(count, len(order.film))
    noises = _noises(traits, camera, count)
    film: torch.Tensor | None = None
    picture = order.picture
    for index, noise in enumerate(noises):
        phases = (index + np.arange(count) / count) / shooting.clips
        part = progress.part(index / shooting.clips, (index + 1) / shooting.clips)
        clip = camera.shoot(Shot(index, phases, noise, picture), part).float().cpu()
        film = clip if film is None else _continued(film, clip, shooting.overlap, picture is not None)
        if picture is not None and index + 1 < shooting.clips:
            picture = _pixels(camera.develop(clip.to(camera.device))[-1])
    assert film is not None
    return torch.as_tensor(film)


def _noises(traits: Traits, camera: Camera, count: int) -> np.ndarray:
    """The noise float32 [clips, f, c, h, w]: that of the first clip, turned on the path of the drift from clip to
    clip; it stays a unit Gaussian."""
    clips, shape = camera.order.shooting.clips, (count, *camera.latent_shape)
    draw = generator_for(camera.order.seed, "video/noise")
    centre = draw.standard_normal(math.prod(shape))
    if clips == 1 or traits.noise_drift != "clip":
        return np.tile(centre.astype(np.float32).reshape(shape), (clips, 1, 1, 1, 1))
    planes = (first := orthogonal_plane(centre[None], draw),
              orthogonal_plane(np.stack([centre, first.n1, first.n2]), draw))  # fmt: skip
    turned = drifted(centre, planes, camera.order.drift.strengths.noise, camera.course(np.arange(clips) / clips))
    return turned.astype(np.float32).reshape(clips, *shape)


def _continued(film: torch.Tensor, clip: torch.Tensor, overlap: int, begins_with_last: bool) -> torch.Tensor:
    """``clip`` after ``film``: it begins with the last picture, or fades in over ``overlap`` latent frames."""
    import torch

    if begins_with_last:
        return torch.cat([film, clip[1:]])
    return torch.cat([film[:-overlap], _faded(film[-overlap:], clip[:overlap]), clip[overlap:]])


def crossfaded(latents: torch.Tensor, overlap: int) -> torch.Tensor:
    """A loop [n - overlap, ...] of a film [n, ...]: its end fades into its beginning. Its first frame is that which
    followed its last one in the film. The film itself where it is too short for any."""
    import torch

    if overlap == 0:
        return latents
    return torch.cat([_faded(latents[-overlap:], latents[:overlap]), latents[overlap:-overlap]])


def _faded(away: torch.Tensor, towards: torch.Tensor) -> torch.Tensor:
    """From ``away`` [m, ...], which is the first frame, to the one before ``towards`` alone would be shown. Between
    two latents that have little in common the mean is too weak, so its length is kept."""
    import torch

    share = (torch.arange(len(away)) / len(away)).view(-1, *[1] * (away.ndim - 1)).to(away)
    mixed = away + share * (towards - away)
    axes = tuple(range(1, away.ndim))
    lengths = [part.square().sum(axes, keepdim=True).sqrt() for part in (away, towards, mixed)]
    wanted = lengths[0] + share * (lengths[1] - lengths[0])
    return mixed * (wanted / lengths[2].clamp_min(1e-12))


def _developed(traits: Traits, camera: Camera, latents: torch.Tensor, progress: Progress) -> np.ndarray:
    """The pictures uint8 [n, h, w, 3] of the loop, in the shape of the video, 96 MB at most."""
    shooting, size = camera.order.shooting, camera.order.options.size
    progress(0.0, "decoding the backdrop")
    if shooting.loop == "crossfade":
        latents = crossfaded(latents, min(shooting.overlap, (len(latents) - 1) // 2))
        decoded = _round(camera, latents, traits.warm, traits.every)
    else:
        decoded = camera.develop(latents.to(camera.device))
    return loop_of([covering(_pixels(one), size) for one in decoded], size.width, shooting.loop)


def _round(camera: Camera, latents: torch.Tensor, warm: int, every: int) -> torch.Tensor:
    """Pictures [n * every, 3, h, w] of a loop of latents [n, c, h, w].

    A decoder that looks back is given the end of the loop before the beginning, and the beginning again after the end:
    what follows the end fades into what the loop begins with.
    """
    import torch

    warm = min(warm, len(latents) - 1)
    whole = torch.cat([latents[len(latents) - warm :], latents, latents[:warm]])
    first, count = every * (warm - 1) + 1, every * len(latents)
    decoded = camera.develop(whole.to(camera.device))[first:]
    loop, after = decoded[:count].clone(), decoded[count:]
    share = (torch.arange(len(after)) / max(1, len(after))).to(loop)[:, None, None, None]
    loop[: len(after)] = after + share * (loop[: len(after)] - after)
    return loop


def loop_of(pictures: list[np.ndarray], width: int, loop: str) -> np.ndarray:
    """``pictures`` uint8 [h, w, 3] as a loop [n, h, w, 3] no wider than ``width``; with ``loop`` "bounce" it goes back
    the way it came."""
    if loop == "bounce":
        pictures = [*pictures, *pictures[-2:0:-1]]
    most = int(pictures[0].shape[1] * math.sqrt(_MOST_BYTES / (len(pictures) * pictures[0].size)))
    return np.stack([within(picture, min(width, most)) for picture in pictures])


def _pixels(picture: torch.Tensor) -> np.ndarray:
    """Pixels uint8 [h, w, 3] of a picture float [3, h, w] in -1..1."""
    found: np.ndarray = ((picture.float().clamp(-1.0, 1.0).cpu() + 1.0) * 127.5).round().byte().permute(1, 2, 0).numpy()
    return found


def denoised(
    camera: Camera, noise: torch.Tensor, predict: Callable[[torch.Tensor, Any], torch.Tensor], progress: Progress
) -> torch.Tensor:
    """Latents of ``noise``: each step of the camera's scheduler with what ``predict`` (latents, step) says, which is
    guided already."""
    import inspect

    scheduler = camera.scheduler
    scheduler.set_timesteps(camera.order.shooting.steps, device=camera.device)
    drawn = "generator" in inspect.signature(scheduler.step).parameters
    extra = {"generator": camera.draw("video/steps")} if drawn else {}
    latents = noise * scheduler.init_noise_sigma
    for done, step in enumerate(scheduler.timesteps):
        progress(done / len(scheduler.timesteps), "diffusing the backdrop")
        prediction = predict(scheduler.scale_model_input(latents, step), step)
        latents = scheduler.step(prediction.float(), step, latents, **extra).prev_sample
    return latents
