"""The recipe of a video, written once: its steps, what each needs and makes, who runs it, and how it is shown.

    portrait ──┐
    speech ────┴─► face ──┐
    backdrop ─────────────┴─► draft, segment 0, 1, 2, ... ──► join

A backdrop that is the photo's own background in motion waits for the portrait.

A job has one or more scenes, each with steps of its own; one join ends the job. The first scene begins with a draft,
its first seconds with sound, where the video has more than one segment. A worker claims a step by its name:
``0/speech``, ``0/segment/3``, ``join``. A preview (a voice sample, a thumbnail) is a job of the single step ``quick``.

The command line, the Celery workers, the transfer of files, the time that is left, the metrics and the bar read
:data:`STEPS`. A new step is a row here and a function in :mod:`orchestrator.video.run`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from avatar.core.progress import Progress
from orchestrator.video import run
from orchestrator.video.place import Outcome, Place, Step
from orchestrator.video.request import RenderRequest
from orchestrator.video.scenes import naming_scene

__all__ = [
    "JOIN",
    "ON_DEVICE",
    "PREPARING",
    "QUICK",
    "STAGES",
    "STEPS",
    "Row",
    "Run",
    "first_steps",
    "moved_scenes",
    "ready",
    "run_step",
    "share_done",
    "shares",
    "stage_of",
    "step_of",
]

QUICK = "quick"
Run = Callable[[Step, Place, Progress], Outcome]


@dataclass(frozen=True)
class Row:
    """One step. ``run`` does it. ``shown_as``: the stage that people are told. ``weight``: its share of the whole.

    ``needs``: steps of the same scene that come before it. ``reads``: artefacts that it reads; it makes one of its own
    name. ``moved``: those that it needs and reads besides where the photo's own background is set in motion.
    ``inputs``: files of the user that it reads. ``on_device``: whether it computes on a GPU where there is one.
    ``grows_with``: what its cost is a line through: ``seconds`` of the video, ``pixels`` drawn, whether the backdrop is
    described in ``words``, or nothing. ``usually``: that line, (fixed, each), in seconds of one core, measured with the
    engines of the package: for a machine that has finished no video yet. ``fixed_share``: of the cost, where the videos
    that are finished are too much alike to tell.
    """

    name: str
    run: Run
    shown_as: str
    weight: float = 0.0
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    on_device: bool = False
    grows_with: Literal["", "seconds", "pixels", "words"] = ""
    usually: tuple[float, float] | None = None
    fixed_share: float = 0.0
    moved: tuple[str, ...] = ()

    def needs_in(self, moved: bool) -> set[str]:
        """The steps that come before it in a scene whose photo's background is ``moved``, or is not."""
        return {*self.needs, *(self.moved if moved else ())}


_TABLE = (
    Row("portrait", run.portrait, "photo", 0.06, inputs=("photo",), usually=(5.0, 0.0)),
    Row(
        "speech", run.speech, "speech", 0.1, inputs=("audio", "lexicon"),
        grows_with="seconds", usually=(3.0, 0.1), fixed_share=0.3,
    ),
    Row(
        "backdrop", run.backdrop, "backdrop", 0.02, inputs=("backdrop", "influence"), on_device=True,
        grows_with="words", usually=(0.5, 10.0), moved=("portrait",),
    ),
    Row(
        "face", run.face, "face", 0.02, needs=("portrait", "speech"), reads=("portrait", "speech"), on_device=True,
        grows_with="seconds", usually=(3.0, 0.05), fixed_share=0.3,
    ),
    Row(
        "draft", run.draft, "video", needs=("face", "backdrop"), reads=("portrait", "speech", "face", "backdrop"),
        inputs=("logo", "font"), on_device=True, grows_with="pixels",
    ),
    Row(
        "segment", run.segment, "video", 0.7, needs=("face", "backdrop"),
        reads=("portrait", "speech", "face", "backdrop"), inputs=("logo", "font"), on_device=True,
        grows_with="pixels", usually=(0.0, 0.11),
    ),
    Row(
        "join", run.join, "join", 0.1, needs=("segment",), inputs=("music",),
        grows_with="seconds", usually=(1.5, 0.15), fixed_share=0.7,
    ),
)  # fmt: skip
STEPS: Mapping[str, Row] = {row.name: row for row in _TABLE}
"""Every step by its name, in the order in which they should be begun."""
STAGES = tuple(dict.fromkeys(row.shown_as for row in _TABLE))
"""What a video is at, in order."""
JOIN = "join"
ON_DEVICE = tuple(row.name for row in _TABLE if row.on_device)
PREPARING = tuple(row.name for row in _TABLE if not {"face", "segment"} & set(row.needs))
"""What a scene has once: all that comes before its pictures."""


def step_of(name: str) -> Step:
    """The step of this name; ValueError for a name that no job has."""
    if name in (JOIN, QUICK):
        return Step(name)
    scene, kind, *rest = name.split("/")
    if kind not in STEPS or kind == JOIN or len(rest) != (kind == "segment"):
        raise ValueError(f"unknown step {name!r}")
    return Step(kind, int(scene), *map(int, rest))


def stage_of(name: str) -> str:
    """The stage, one of STAGES, of the step of this name; "" for a preview."""
    kind = step_of(name).kind
    return "" if kind == QUICK else STEPS[kind].shown_as


def run_step(step: Step, place: Place, progress: Progress) -> Outcome:
    """Do the step in this process; a GovorunError says why it cannot be done, and in which of several scenes."""
    run_it = STEPS[step.kind].run
    if step.kind == JOIN:
        return run_it(step, place, progress)
    with naming_scene(step.scene, len(place.scenes)):
        return run_it(step, place, progress)


def shares() -> dict[str, float]:
    """Stage -> its share of the whole, in order; they add up to 1."""
    return {stage: sum(row.weight for row in _TABLE if row.shown_as == stage) for stage in STAGES}


def first_steps(done: Collection[str], moved: bool = False) -> list[str]:
    """Kinds of PREPARING that may begin once those in ``done`` are done. ``moved``: whether the photo's background is
    set in motion."""
    return [kind for kind in PREPARING if kind not in done and STEPS[kind].needs_in(moved) <= set(done)]


def moved_scenes(scenes: Sequence[RenderRequest]) -> tuple[int, ...]:
    """Numbers of the scenes whose photo's background is set in motion."""
    return tuple(number for number, scene in enumerate(scenes) if scene.moves_photo_background)


def ready(scenes: int, done: Collection[str], segments: Mapping[int, int], moved: Collection[int] = ()) -> list[str]:
    """Names of steps that may be done now, in the order in which they should be.

    ``segments``: how many segments a scene has, known once its face is planned; KeyError where it is missing then.
    ``moved``: scenes whose photo's background is set in motion.
    """
    found = [name for scene in range(scenes) for name in _of_scene(scene, done, segments, scenes == 1, scene in moved)]
    return found or [JOIN]


def share_done(scenes: int, fractions: Mapping[str, float], segments: Mapping[int, int]) -> float:
    """How much of a job is done, 0..1. ``fractions``: name -> how much of a step that has begun is done, 1 for all."""
    prepared = sum(
        STEPS[kind].weight * fractions.get(f"{scene}/{kind}", 0.0) for scene in range(scenes) for kind in PREPARING
    )
    lengths = {scene: segments.get(scene, 1) for scene in range(scenes)}
    drawn = sum(fractions.get(f"{scene}/segment/{k}", 0.0) for scene, count in lengths.items() for k in range(count))
    joined = STEPS[JOIN].weight * fractions.get(JOIN, 0.0)
    return prepared / scenes + STEPS["segment"].weight * drawn / sum(lengths.values()) + joined


def _of_scene(scene: int, done: Collection[str], segments: Mapping[int, int], lone: bool, moved: bool) -> list[str]:
    finished = {kind for kind in PREPARING if f"{scene}/{kind}" in done}
    wanted = [f"{scene}/{kind}" for kind in first_steps(finished, moved)]
    if finished >= set(STEPS["segment"].needs):
        drafted = scene == 0 and not (lone and segments[scene] == 1)
        drawn = [f"{scene}/draft"] * drafted + [f"{scene}/segment/{number}" for number in range(segments[scene])]
        wanted += [name for name in drawn if name not in done]
    return wanted
