"""A worker without the service's disk fetches what its step reads or has made before, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.jobs.folder import JobFolder
from orchestrator.video.place import Step
from orchestrator.video.request import request_of
from orchestrator.worker.files import _needed


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        (Step("segment", 0, 3), {"segment-*-0003.*", "backdrop-*", "face-*", "portrait-*", "speech-*"}),
        (Step("face", 1), {"face-*", "portrait-*", "speech-*"}),
        (Step("speech", 1), {"speech-*"}),
        (Step("portrait", 0), {"portrait-*"}),
        (Step("backdrop", 0), {"backdrop-*"}),
    ],
)
def test_a_step_is_given_what_it_reads_and_what_it_has_made(
    step: Step, wanted: set[str], small_portrait_png: Path, tmp_path: Path
) -> None:
    folder = JobFolder(tmp_path, "video_1")
    scenes = folder.take_in([request_of(photo=small_portrait_png, text=text) for text in ("One.", "Two.")])
    names = _needed(folder, step, scenes)
    work = f"work/{step.scene}/"
    assert {name.removeprefix(work) for name in names if name.startswith(work)} == {"request.json", *wanted}
    assert any("photo" in name for name in names) == (step.kind == "portrait")


def test_who_joins_is_given_the_work_of_all_scenes(small_portrait_png: Path, tmp_path: Path) -> None:
    folder = JobFolder(tmp_path, "video_1")
    scenes = folder.take_in([request_of(photo=small_portrait_png, text=text) for text in ("One.", "Two.")])
    assert {"work/0/*", "work/1/*", "*.jpg"} <= set(_needed(folder, Step("join"), scenes))
    assert _needed(folder, Step("quick"), scenes) == ("inputs/*",)
