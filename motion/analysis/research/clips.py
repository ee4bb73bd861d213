"""Moving scenes as rows of states, kept in files; whether their embeddings change as their pixels do."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from avatar.core.progress import silent
from motion.analysis import plots
from motion.analysis.report import Table
from motion.analysis.research.page import Made
from motion.analysis.statistics import fisher, mean_correlation, pearson
from motion.encoders import encoder_of
from motion.next_state.clips import HELD_OUT, Clip, drawn_clips, keep_clips, kept_clips
from motion.rotation import angle_between
from motion.scenes.families import FAMILIES

__all__ = ["SPLITS", "TRAINED_ON", "clip_change", "clips_of", "others_of"]

SPLITS = {"first": HELD_OUT, "second": tuple(sorted(FAMILIES))[0::5]}
"""Families that are held out: on the first the networks were settled, the second were looked at when they were."""
TRAINED_ON = 132
_TRIED_ON, _TRAINED_SEED, _TRIED_SEED = 30, 10_000, 900_000


def clips_of(out: Path, split: str) -> list[Clip]:
    """30 clips of the families that are held out in ``split``, five of each."""
    return _clips(out / f"clips-{split}-held-out.npz", _TRIED_ON, _TRIED_SEED, SPLITS[split])


def others_of(out: Path, split: str) -> list[Clip]:
    """132 clips of the other families, six of each."""
    others = tuple(family for family in FAMILIES if family not in SPLITS[split])
    return _clips(out / f"clips-{split}-learned.npz", TRAINED_ON, _TRAINED_SEED, others)


def clip_change(out: Path) -> Made:
    """Embedding change against pixel change on clips of families that no model of next states was trained on."""
    clips = clips_of(out, "first")
    angles = [np.degrees(angle_between(clip.states[:-1], clip.states[1:])) for clip in clips]
    each = [pearson(angle, clip.changed) for angle, clip in zip(angles, clips, strict=True)]
    rs = np.array([r for r in each if not math.isnan(r)])
    means = np.array([(float(a.mean()), float(clip.changed.mean())) for a, clip in zip(angles, clips, strict=True)])
    within, between = mean_correlation(rs), fisher(*means.T)
    rows = [
        ("within a clip, mean of clips", str(within), within.n, int((rs > 0).sum())),
        ("between clips, mean of each", str(between), between.n, ""),
    ]
    table = Table("clip-change", ("r of embedding change and pixel change", "r [95 %]", "clips", "above 0"), rows)
    one = {f"{family}, r {each[k]:.2f}": (angles[k], clips[k].changed) for k, family in enumerate(SPLITS["first"])}
    names = ("embedding, degrees", "pixels, of 255")
    return [table], {"research-clip-change": plots.pairs(one, names, "step")}


def _clips(path: Path, count: int, seed: int, families: tuple[str, ...]) -> list[Clip]:
    wanted: dict[str, object] = {"count": count, "seed": seed, "families": families, "encoder": "scene"}
    kept = kept_clips(path, wanted)
    if kept is None:
        kept = drawn_clips(encoder_of(), count, seed, families, silent())
        path.parent.mkdir(parents=True, exist_ok=True)
        keep_clips(path, wanted, kept)
    return kept
