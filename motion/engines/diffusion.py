"""What the large diffusion engines share: the reference frames of a loop, and the pictures between them.

A loop has a few reference frames, one every k frames. Each is diffused from its own noise under its own embedding,
both on their drift's path; with ``strength`` below 1 it starts from the reference frame before it instead. A closed
curve through their latents, walked at even speed, gives the frames between, which are decoded once, here: a worker that
draws frames needs no weights, and a longer video costs no more diffusion.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from avatar.core.errors import EngineError
from avatar.core.progress import Progress
from avatar.core.types import BackdropPlan, Size
from motion.asked import DriftAsked
from motion.drift import ClosedSpline, generator_for, orbit, wander
from motion.driven import Driven, driven_of
from motion.engines.diffusion_options import Sampling, Words
from motion.keyframes import covering, within
from motion.options import BackdropOptions, influence_settings
from motion.rotation import Plane, orthogonal_plane, principal_planes

if TYPE_CHECKING:
    import torch

__all__ = ["VARIATIONS", "Course", "Network", "drifted", "driven_drift", "joint_planes", "plan_loop"]

# The prompt under other light and weather: the directions in which these differ are those that the drift takes.
VARIATIONS = (
    "at dawn", "at noon", "at dusk", "at night", "in mist", "in warm light", "in cold light", "bright and clear",
    "soft and muted", "after rain",
)  # fmt: skip
_WARM_UP = 3
_MOST_BYTES = 96_000_000


class Network(Protocol):
    """A loaded model."""

    scheduler: Any
    device: str
    channels: int
    shrink: int
    multiple: int
    native_side: int

    def conditions(self, words: Words, course: Course, progress: Progress) -> Any:
        """What the diffusion is steered by at every phase of ``course``, of which rows can be taken."""
        ...

    def predict(self, latents: torch.Tensor, step: Any, conditions: Any, rows: list[int]) -> torch.Tensor:
        """The network's guided prediction for latents [k, c, h, w] under ``conditions`` of ``rows``."""
        ...

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures float [k, 3, h, w] in -1..1 of latents [k, c, h, w]."""
        ...


@dataclass(frozen=True)
class Course:
    """Where the reference frames lie: ``phases`` [k] of the loop, on the asked drift, or where they are ``driven``."""

    drift: DriftAsked
    phases: np.ndarray
    seed: int
    mode: str
    driven: Driven | None = None


def joint_planes(spaces: list[np.ndarray]) -> list[tuple[Plane, Plane]]:
    """Two planes in each of ``spaces`` [m, d] in which the prompt's variations (rows 1..) differ most, orthogonal to
    the prompt itself (row 0).

    The spaces are looked at together, so the same phase means the same light in each of them.
    """
    for space in spaces:
        _require_numbers(space, "embedding of the prompt")
    scaled = [space.astype(np.float64) / np.linalg.norm(space[0]) for space in spaces]
    widths = [space.shape[1] for space in spaces]
    own = np.zeros((len(spaces), sum(widths)))
    for k, (space, end) in enumerate(zip(scaled, np.cumsum(widths), strict=True)):
        own[k, end - widths[k] : end] = space[0]
    found = principal_planes(np.concatenate(scaled, axis=1)[1:], 2, orthogonal_to=own)
    rows = np.stack([direction for plane in found for direction in (plane.n1, plane.n2)])
    return [_orthonormal(block) for block in np.split(rows, np.cumsum(widths)[:-1], axis=1)]


def _require_numbers(values: np.ndarray, what: str) -> None:
    if not np.isfinite(values).all() or not np.any(values):
        raise EngineError(
            f"The model gave no usable {what}: its weights are damaged, or half precision is too coarse for them; try "
            "--backdrop-option precision=float32."
        )


def _orthonormal(rows: np.ndarray) -> tuple[Plane, Plane]:
    """Two planes that are orthogonal to one another from ``rows`` [4, d]."""
    basis, sizes = np.linalg.qr(rows.T)
    n = (basis * np.where(np.diag(sizes) < 0, -1.0, 1.0)).T
    return Plane(n[0], n[1]), Plane(n[2], n[3])


def drifted(centre: np.ndarray, planes: tuple[Plane, ...], degrees: float, course: Course) -> np.ndarray:
    """``centre`` [n] along the course, [k, n]: on a cone in the first plane (orbit), in both (wander)."""
    if course.driven is not None:
        return course.driven.vectors(centre, course.phases)
    tilt = math.radians(degrees)
    if course.drift.path == "wander":
        return wander(centre, planes, tilt, course.phases, course.seed, closed=True)
    return orbit(centre, planes[0], tilt, course.phases, course.mode)


def plan_loop(
    name: str,
    network: Network,
    words: Words,
    drift: DriftAsked,
    sampling: Sampling,
    options: BackdropOptions,
    progress: Progress,
    driven: Driven | None = None,
) -> BackdropPlan:
    """Diffuse the reference frames, decode the pictures between them. EngineError where memory is short."""
    import torch

    phases = np.arange(sampling.keyframes) / sampling.keyframes
    course = Course(drift, phases, options.seed, sampling.mode, driven)
    try:
        with torch.inference_mode():
            conditions = network.conditions(words, course, progress.part(0.0, 0.1))
            noise = _noise(network, course, _latent_shape(network, options.size, sampling.side))
            latents = _keyframes(network, noise, conditions, sampling, options.seed, progress.part(0.1, 0.85))
            _require_numbers(latents, "picture")
            even = driven is None or driven.name != "influence"
            pictures = _pictures(network, latents, sampling.pictures, options.size, even, progress.part(0.85, 1.0))
    except torch.OutOfMemoryError as error:
        raise EngineError(
            f"Engine {name} ran out of memory on {network.device}: try --backdrop-option batch=1, offload=model or a "
            "smaller side."
        ) from error
    progress(1.0, "backdrop")
    settings = {**_settings(course, sampling), **influence_settings(options)}
    notes = (*words.notes, *(driven.notes if driven else ()))
    return BackdropPlan(name, drift.period, {"pictures": pictures}, settings, words.reading, notes)


def driven_drift(options: BackdropOptions, drift: DriftAsked, progress: Progress) -> tuple[DriftAsked, Driven | None]:
    """``drift`` in the time of the film or model that drives it, and that; errors of ``driven_of``."""
    driven = driven_of(options, drift, progress)
    return (drift, None) if driven is None else (dataclasses.replace(drift, period=driven.period), driven)


def _settings(course: Course, sampling: Sampling) -> dict[str, str | float | int]:
    """What the plan keeps of how it was made."""
    strengths = course.drift.strengths
    drift = {"text_force": strengths.text, "noise_drift": strengths.noise}
    path = course.drift.path if course.driven is None else course.driven.name
    return {"path": path, "seed": course.seed, **drift, **vars(sampling)}


def _latent_shape(network: Network, size: Size, side: int) -> tuple[int, int, int]:
    """Channels, height and width of latents of about ``side`` squared pixels in the shape of ``size``."""
    area, shape = (side or network.native_side) ** 2, size.width / size.height
    width, height = math.sqrt(area * shape), math.sqrt(area / shape)
    step = network.shrink * network.multiple
    wide, high = (max(1, round(length / step)) * network.multiple for length in (width, height))
    return network.channels, high, wide


def _noise(network: Network, course: Course, shape: tuple[int, int, int]) -> np.ndarray:
    """Noise float32 [k, c, h, w] that drifts as a whole and stays a unit Gaussian."""
    draw = generator_for(course.seed, "diffusion/noise")
    centre = draw.standard_normal(math.prod(shape))
    first = orthogonal_plane(centre[None], draw)
    second = orthogonal_plane(np.stack([centre, first.n1, first.n2]), draw)
    if course.driven is not None:
        points = course.driven.noise(centre, course.phases, shape)
    else:
        points = drifted(centre, (first, second), course.drift.strengths.noise, course)
    return points.astype(np.float32).reshape(len(points), *shape)


def _keyframes(
    network: Network, noise: np.ndarray, conditions: Any, sampling: Sampling, seed: int, progress: Progress
) -> np.ndarray:
    """Latents float32 [k, c, h, w] of the reference frames."""
    import torch

    every = torch.from_numpy(noise)
    if sampling.strength < 1.0:
        return _chained(network, every, conditions, sampling, seed, progress)
    found, count = [], len(noise)
    for first in range(0, count, sampling.batch):
        rows = list(range(first, min(first + sampling.batch, count)))
        part = progress.part(first / count, (rows[-1] + 1) / count)
        found.append(_diffuse(network, every[rows], conditions, rows, sampling, seed, part).cpu())
    return torch.cat(found).numpy()


def _chained(
    network: Network, noise: torch.Tensor, conditions: Any, sampling: Sampling, seed: int, progress: Progress
) -> np.ndarray:
    """Each reference frame from the one before. A few are made ahead, so that the first knows its past too; what is
    left between the last and the first is spread over the loop, so that it closes."""
    count = len(noise)
    order = [k % count for k in range(-_WARM_UP, count + 1)]
    made: list[np.ndarray] = []
    last = None
    for done, row in enumerate(order):
        part = progress.part(done / len(order), (done + 1) / len(order))
        last = _diffuse(network, noise[[row]], conditions, [row], sampling, seed, part, last)
        made.append(last.cpu().numpy()[0])
    loop = np.stack(made[_WARM_UP:])
    share = np.arange(count + 1, dtype=np.float32)[:, None, None, None] / count
    return (loop - share * (loop[-1] - loop[0]))[:count]


def _diffuse(
    network: Network,
    noise: torch.Tensor,
    conditions: Any,
    rows: list[int],
    sampling: Sampling,
    seed: int,
    progress: Progress,
    start: torch.Tensor | None = None,
) -> torch.Tensor:
    """Latents [k, c, h, w] from ``noise``, or from ``start`` as far as the strength says."""
    scheduler, noise = network.scheduler, noise.to(network.device)
    scheduler.set_timesteps(sampling.steps, device=network.device)
    skipped = 0 if start is None else sampling.steps - max(1, int(sampling.steps * sampling.strength))
    begin = skipped * scheduler.order
    steps = scheduler.timesteps[begin:]
    if start is None:
        latents = noise * scheduler.init_noise_sigma
    else:
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(begin)
        latents = scheduler.add_noise(start, noise, steps[:1].repeat(len(noise)))
    extra = _extra_noise(scheduler, seed, len(rows))
    for done, step in enumerate(steps):
        progress(done / len(steps), "diffusing the backdrop")
        prediction = network.predict(scheduler.scale_model_input(latents, step), step, conditions, rows)
        latents = scheduler.step(prediction, step, latents, **extra).prev_sample
    return latents


def _extra_noise(scheduler: Any, seed: int, count: int) -> dict[str, Any]:
    """The generators of schedulers that add noise at each step: the same noise for each of ``count`` frames."""
    import torch

    if "generator" not in inspect.signature(scheduler.step).parameters:
        return {}
    number = int(generator_for(seed, "diffusion/steps").integers(2**62))
    return {"generator": [torch.Generator("cpu").manual_seed(number) for _ in range(count)]}


def _pictures(
    network: Network, latents: np.ndarray, count: int, size: Size, even: bool, progress: Progress
) -> np.ndarray:
    """Pictures uint8 [count, h, w, 3], if wanted at ``even`` speed, along the closed curve through ``latents``, in the
    shape of ``size`` and not larger; all of them take 96 MB at most."""
    import torch

    curve, found, width = ClosedSpline(latents, even=even), [], size.width
    for k in range(count):
        progress(k / count, "decoding the backdrop")
        point = torch.from_numpy(curve.at(k / count).astype(np.float32))[None]
        decoded = network.decode(point.to(network.device))[0].float().clamp(-1.0, 1.0).cpu()
        pixels = ((decoded + 1.0) * 127.5).round().byte().permute(1, 2, 0).numpy()
        shaped = covering(pixels, size)
        width = min(width, int(shaped.shape[1] * math.sqrt(_MOST_BYTES / (count * shaped.size))))
        found.append(within(shaped, width))
    return np.stack(found)
