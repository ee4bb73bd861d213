"""Contact sheets of backdrops: a place with several seeds, and moments of its loop."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from avatar.core.progress import Progress
from motion.options import BackdropEngine, BackdropOptions
from motion.picture import picture_of

__all__ = ["PROMPTS", "contact_sheet", "moments", "seeds_in_a_row"]

_FPS = 24.0
PROMPTS: tuple[str, ...] = (
    "calm ocean at dusk",
    "tropical beach at noon",
    "underwater light rays",
    "rain on a window at night",
    "mountains at dawn",
    "desert dunes at sunset",
    "snowy winter forest",
    "lavender field under a blue sky",
    "misty forest with sunbeams",
    "cherry blossom in spring",
    "northern lights",
    "above the clouds at sunset",
    "purple nebula",
    "city skyline at night",
    "neon street",
    "modern office",
    "news studio",
    "library with books",
    "cozy living room in the evening",
    "brick wall",
    "wooden wall",
    "red velvet curtain",
    "grey studio backdrop",
    "golden bokeh lights",
    "teal paper waves",
    "purple and pink gradient",
    "futuristic hologram grid",
    "soft pastel shapes",
)


def contact_sheet(
    rows: list[tuple[BackdropEngine, BackdropOptions]], seeds: int, columns: int, progress: Progress
) -> np.ndarray:
    """One picture uint8 [h, seeds * w, 3]: for each engine with options of size w x h a row of ``seeds`` seeds, and
    below it ``columns`` moments of the loop of the first."""
    strips = []
    for k, (engine, options) in enumerate(rows):
        part = progress.part(k / len(rows), (k + 1) / len(rows))
        row = seeds_in_a_row(engine, options, seeds, part.part(0.0, 0.8))
        loop = moments(engine, options, columns, part.part(0.8, 1.0))
        height = round(loop.shape[0] * row.shape[1] / loop.shape[1])
        strips += [row, cv2.resize(loop, (row.shape[1], height), interpolation=cv2.INTER_AREA)]
    progress(1.0, "sheet")
    return np.concatenate(strips, axis=0)


def seeds_in_a_row(engine: BackdropEngine, options: BackdropOptions, seeds: int, progress: Progress) -> np.ndarray:
    """The first frames of ``seeds`` seeds, from that of ``options`` on, side by side: uint8 [h, seeds * w, 3]."""
    found = []
    for k in range(seeds):
        part = progress.part(k / seeds, (k + 1) / seeds)
        found += _frames(engine, dataclasses.replace(options, seed=options.seed + k), [0.0], part)
    return np.concatenate(found, axis=1)


def moments(engine: BackdropEngine, options: BackdropOptions, columns: int, progress: Progress) -> np.ndarray:
    """One loop in ``columns`` moments, evenly spaced in time: uint8 [h, columns * w, 3]."""
    return np.concatenate(_frames(engine, options, [k / columns for k in range(columns)], progress), axis=1)


def _frames(
    engine: BackdropEngine, options: BackdropOptions, turns: list[float], progress: Progress
) -> list[np.ndarray]:
    """Pictures uint8 [h, w, 3] at ``turns`` of the period."""
    plan = engine.plan(options, progress)
    clip = engine.open(plan, options.size, _FPS, "cpu")
    frames = [clip.frame(round(turn * plan.period * _FPS)) for turn in turns]
    return [picture_of(frame) for frame in frames]
