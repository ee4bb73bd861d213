"""Which pieces of a job may be worked on, from what is done already.

    portrait ──┐
    speech ────┴─► face ──┐
    backdrop ─────────────┴─► segment 0, 1, 2, ... ──► join

A job has one or more scenes, each with pieces of its own; one join ends the job. Pieces are named ``0/speech``,
``0/segment/3``, ``join``. A quick job (a voice sample, a thumbnail) is a single piece, ``quick``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

__all__ = ["JOIN", "QUICK", "Piece", "pieces_in_all", "ready"]

JOIN = "join"
QUICK = "quick"
_FIRST = ("portrait", "speech", "backdrop")


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
        if rest or stage not in (*_FIRST, "face"):
            raise ValueError(f"unknown piece {name!r}")
        return cls(stage, int(scene))


def ready(scenes: int, done: Collection[str], segments: Mapping[int, int]) -> list[str]:
    """Names that may be worked on now, in the order in which they should be.

    ``segments``: how many segments a scene has, known once its face is planned; KeyError where it is missing then.
    """
    found = [name for scene in range(scenes) for name in _of_scene(scene, done, segments)]
    return found or [JOIN]


def pieces_in_all(scenes: int, segments: Mapping[int, int]) -> int:
    """How many pieces a job has, as far as is known."""
    return scenes * 4 + sum(segments.values()) + 1


def _of_scene(scene: int, done: Collection[str], segments: Mapping[int, int]) -> list[str]:
    wanted = [f"{scene}/{stage}" for stage in _FIRST]
    if f"{scene}/speech" in done and f"{scene}/portrait" in done:
        wanted.append(f"{scene}/face")
    if f"{scene}/face" in done and f"{scene}/backdrop" in done:
        wanted += [f"{scene}/segment/{number}" for number in range(segments[scene])]
    return [name for name in wanted if name not in done]
