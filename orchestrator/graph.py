"""Which pieces of a job may be worked on, from what is done already.

    portrait ──┐
    speech ────┴─► face ──┐
    backdrop ─────────────┴─► draft, segment 0, 1, 2, ... ──► join

A job has one or more scenes, each with pieces of its own; one join ends the job. The first scene begins with a draft,
the first seconds with sound, where the video has more than one segment. Pieces are named ``0/speech``,
``0/segment/3``, ``join``. A quick job (a voice sample, a thumbnail) is a single piece, ``quick``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

__all__ = ["JOIN", "QUICK", "STAGES", "Piece", "ready", "share_done", "stage_of"]

JOIN = "join"
QUICK = "quick"
STAGES = ("speech", "backdrop", "face", "video", "join")
"""What a job is at, in the order in which a job that does one thing after another goes through them."""
_FIRST = ("portrait", "speech", "backdrop")
_SHOWN = {"portrait": "speech", "draft": "video", "segment": "video"}
_WEIGHTS = (0.25, 0.7, 0.05)  # of planning, drawing and joining


@dataclass(frozen=True)
class Piece:
    """A parsed name: ``stage`` of ``scene``, and the number of the segment (0 elsewhere)."""

    stage: str
    scene: int = 0
    segment: int = 0

    @classmethod
    def of(cls, name: str) -> Piece:
        """Parse ``name``; ValueError for one that no job has."""
        if name in (JOIN, QUICK):
            return cls(name)
        scene, stage, *rest = name.split("/")
        if stage == "segment" and len(rest) == 1:
            return cls(stage, int(scene), int(rest[0]))
        if rest or stage not in (*_FIRST, "face", "draft"):
            raise ValueError(f"unknown piece {name!r}")
        return cls(stage, int(scene))


def stage_of(name: str) -> str:
    """The stage of a job that works on the piece ``name``, one of STAGES; "" for a quick job."""
    stage = Piece.of(name).stage
    return "" if stage == QUICK else _SHOWN.get(stage, stage)


def ready(scenes: int, done: Collection[str], segments: Mapping[int, int]) -> list[str]:
    """Names that may be worked on now, in the order in which they should be.

    ``segments``: how many segments a scene has, known once its face is planned; KeyError where it is missing then.
    """
    found = [name for scene in range(scenes) for name in _of_scene(scene, done, segments, scenes == 1)]
    return found or [JOIN]


def share_done(scenes: int, fractions: Mapping[str, float], segments: Mapping[int, int]) -> float:
    """How much of a job is done, 0..1. ``fractions``: name -> how much of a piece that has begun is done, 1 for all."""
    plans = [fractions.get(f"{scene}/{stage}", 0.0) for scene in range(scenes) for stage in (*_FIRST, "face")]
    lengths = {scene: segments.get(scene, 1) for scene in range(scenes)}
    drawn = sum(fractions.get(f"{scene}/segment/{k}", 0.0) for scene, count in lengths.items() for k in range(count))
    shares = (sum(plans) / len(plans), drawn / sum(lengths.values()), fractions.get(JOIN, 0.0))
    return sum(weight * share for weight, share in zip(_WEIGHTS, shares, strict=True))


def _of_scene(scene: int, done: Collection[str], segments: Mapping[int, int], lone: bool) -> list[str]:
    wanted = [f"{scene}/{stage}" for stage in _FIRST]
    if f"{scene}/speech" in done and f"{scene}/portrait" in done:
        wanted.append(f"{scene}/face")
    if f"{scene}/face" in done and f"{scene}/backdrop" in done:
        drafted = scene == 0 and not (lone and segments[scene] == 1)
        wanted += [f"{scene}/draft"] * drafted
        wanted += [f"{scene}/segment/{number}" for number in range(segments[scene])]
    return [name for name in wanted if name not in done]
