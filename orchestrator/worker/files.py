"""What a step needs from the storage and what it leaves there; nothing is moved where the folder is shared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from orchestrator.jobs.folder import PIECES, JobFolder
from orchestrator.video.place import Step
from orchestrator.video.request import RenderRequest
from orchestrator.video.steps import JOIN, QUICK, STEPS

__all__ = ["at_hand"]


@contextmanager
def at_hand(folder: JobFolder, step: Step, scenes: Sequence[RenderRequest]) -> Iterator[None]:
    """What ``step`` needs is in ``folder`` within the block; what it made is kept when the block ends well."""
    folder.fetch(*_needed(folder, step, scenes))
    yield
    folder.store("*", f"work/{step.scene}/*", f"{PIECES}/*")


def _needed(folder: JobFolder, step: Step, scenes: Sequence[RenderRequest]) -> tuple[str, ...]:
    if step.kind == JOIN:
        return (
            *(f"work/{scene}/*" for scene in range(len(scenes))),
            "*.jpg",
            *_given(folder, step, scenes),
            *_heard(folder, scenes),
        )
    if step.kind == QUICK:
        return ("inputs/*",)
    work, request, row = f"work/{step.scene}", scenes[step.scene], STEPS[step.kind]
    made = f"{work}/segment-*-{step.segment:04d}.*" if step.kind == "segment" else f"{work}/{step.kind}-*"
    read = {*row.reads, *(row.moved if request.moves_photo_background else ())}
    return (f"{work}/request.json", made, *(f"{work}/{kind}-*" for kind in sorted(read)), *_given(folder, step, scenes))


def _given(folder: JobFolder, step: Step, scenes: Sequence[RenderRequest]) -> list[str]:
    """Files of the user that the step reads; those of the first scene hold for the whole video."""
    inputs = folder.inputs_of(scenes[step.scene])
    return [inputs[kind] for kind in STEPS[step.kind].inputs if kind in inputs]


def _heard(folder: JobFolder, scenes: Sequence[RenderRequest]) -> list[str]:
    """Films behind of which the sound is wanted."""
    return [folder.inputs_of(scene)["backdrop"] for scene in scenes if scene.backdrop_level is not None]
