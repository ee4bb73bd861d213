"""A step of a video, and the place where steps work: all that a step is given beside its progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.provenance.signing import Signing
from orchestrator.video.folder import Segment, WorkFolder
from orchestrator.video.outputs import Outputs
from orchestrator.video.request import RenderRequest

__all__ = ["Cut", "Outcome", "Place", "Step"]

Cut = Callable[[WorkFolder, Segment, Path], bool]
"""Put the frames of a segment at a path from an earlier video that has the same ones; False where there is none."""


@dataclass(frozen=True)
class Step:
    """``kind``: a name of the table in :mod:`orchestrator.video.steps`; its ``scene`` and number of ``segment``, both 0
    where they say nothing."""

    kind: str
    scene: int = 0
    segment: int = 0


@dataclass(frozen=True)
class Outcome:
    """``frames`` that were planned or drawn; ``segments`` of the scene where its face was planned; ``notes`` for the
    user where the video is finished."""

    frames: int = 0
    segments: int | None = None
    notes: tuple[str, ...] = ()


def _never(work: WorkFolder, segment: Segment, path: Path) -> bool:
    return False


@dataclass(frozen=True)
class Place:
    """Where the steps of one video find what they need and leave what they make, in this process.

    ``folder`` holds the work folder of each scene under its number. ``device``: what draws where a scene says ``auto``.
    ``portraits``, ``backdrops``, ``segments``: folders of what this machine prepared and drew before. ``outputs``: the
    files of the finished video; ``poster``, ``draft`` and the folder ``pieces``: what is shown before, where wanted.
    ``cut``: frames of an earlier video. ``spent``: seconds of each stage so far. ``facts``: what the sidecar says
    beside what the steps know.
    ``signing``: how the finished files are signed; where nothing is said they are not. ``cores``: how many a step may
    keep busy; the worker of a queue has one.
    """

    folder: Path
    scenes: tuple[RenderRequest, ...]
    device: str = "auto"
    portraits: Path | None = None
    backdrops: Path | None = None
    outputs: Outputs | None = None
    poster: Path | None = None
    draft: Path | None = None
    pieces: Path | None = None
    cut: Cut = _never
    spent: Callable[[], Mapping[str, float]] = dict
    facts: Mapping[str, object] = field(default_factory=dict)
    signing: Signing | None = None
    segments: Path | None = None
    cores: int = 1

    @classmethod
    def of_folder(cls, folder: Path, device: str, segments: Path | None = None, backdrops: Path | None = None) -> Place:
        """A place to draw in, from the work folders that lie below ``folder``."""
        numbers = range(sum(path.name.isdigit() for path in folder.iterdir()))
        scenes = tuple(WorkFolder.open(folder / str(number)).request for number in numbers)
        return cls(folder, scenes, device, segments=segments, backdrops=backdrops)

    def work(self, scene: int) -> WorkFolder:
        """The work folder of a scene."""
        return WorkFolder.of(self.folder / str(scene), self.scenes[scene], (scene, len(self.scenes)))

    def works(self) -> list[WorkFolder]:
        """The work folders of all scenes, in order."""
        return [self.work(scene) for scene in range(len(self.scenes))]

    def device_of(self, scene: int) -> str:
        """What draws the scene, as it was asked for: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``."""
        wanted = self.scenes[scene].device
        return self.device if wanted == "auto" else wanted
