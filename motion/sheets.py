"""Contact sheets of backdrops: prompts by seeds, and strips of one loop over time."""

from __future__ import annotations

import dataclasses

import numpy as np

from avatar.core.progress import Progress
from avatar.core.types import Size
from motion.options import BackdropEngine, BackdropOptions

__all__ = ["PROMPTS", "contact_sheet", "strip"]

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
    engine: BackdropEngine,
    options: BackdropOptions,
    prompts: tuple[str, ...],
    seeds: tuple[int, ...],
    progress: Progress,
) -> np.ndarray:
    """One picture uint8 [prompts * h, seeds * w, 3]: a row a prompt, a column a seed, each ``options.size``."""
    rows = []
    for i, prompt in enumerate(prompts):
        progress(i / len(prompts), prompt)
        row = [_picture(engine, dataclasses.replace(options, prompt=prompt, seed=seed), 0.1) for seed in seeds]
        rows.append(np.concatenate(row, axis=1))
    progress(1.0, "sheet")
    return np.concatenate(rows, axis=0)


def strip(engine: BackdropEngine, options: BackdropOptions, columns: int, progress: Progress) -> np.ndarray:
    """One loop as a picture uint8 [h, columns * w, 3], evenly spaced in time."""
    pictures = []
    for k in range(columns):
        pictures.append(_picture(engine, options, k / columns))
        progress((k + 1) / columns, "strip")
    return np.concatenate(pictures, axis=1)


def _picture(engine: BackdropEngine, options: BackdropOptions, turn: float) -> np.ndarray:
    plan = engine.plan(options, Progress(lambda fraction, message: None))
    size: Size = options.size
    fps = 24.0
    frame = engine.open(plan, size, fps, "cpu").frame(round(turn * plan.period * fps))
    return (frame.permute(1, 2, 0).cpu().numpy() * 255.0).round().astype(np.uint8)
