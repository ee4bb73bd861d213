"""Worker processes in which a stage is killed, hangs, or runs out of memory or disk: a job is done, or says why."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import DiskFull
from avatar.core.media import decode_audio, read_frames
from orchestrator.jobs.claims import MOST_TRIES
from orchestrator.jobs.room import enough_to_work
from orchestrator.jobs.service import Service, service_of
from orchestrator.settings import Settings
from orchestrator.video.request import RenderRequest, request_of
from orchestrator.worker.attempt import work_on
from orchestrator.worker.lease import HUNG
from tests.service.crew import FAKES, Crew, calling, wait_for, wait_for_end

ALL = ("portrait", "speech", "backdrop", "face", "draft", "segment", "join")
REPORTING = ("portrait", "speech", "face", "segment", "join")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", lease_seconds=2.0)


@pytest.fixture
def service(settings: Settings) -> Service:
    return calling(settings)


@pytest.fixture
def request_(small_portrait_png: Path) -> RenderRequest:
    """A video of more than one segment."""
    text = "One two three four five six seven. " * 6
    return request_of(photo=small_portrait_png, text=text, **{**FAKES, "fps": 25})


@pytest.fixture
def struck(tmp_path: Path) -> Path:
    """Where troubled workers count what happened."""
    folder = tmp_path / "struck"
    folder.mkdir()
    return folder


def _troubled(service: Service, size: int, struck: Path, troubles: Sequence[Mapping[str, object]]) -> Crew:
    return Crew(service.settings, size, TROUBLE=json.dumps(troubles), TROUBLE_FOLDER=str(struck))


def _left_over(service: Service, job_id: str) -> list[str]:
    """Files of a job that nobody needs any more."""
    folder = service.folder(job_id).folder
    hidden = list(folder.rglob(".*"))
    return [str(path.relative_to(folder)) for path in [*hidden, *folder.glob("work/*/segment*")]]


def _same_video(first: Path, second: Path) -> bool:
    frames = zip(read_frames(first), read_frames(second), strict=True)
    same_sound = np.array_equal(decode_audio(first, 16000), decode_audio(second, 16000))
    return all(np.array_equal(*pair) for pair in frames) and same_sound


@pytest.mark.parametrize(("when", "stages"), [("within", REPORTING), ("behind", ALL)])
def test_a_worker_killed_in_every_stage_changes_nothing(
    service: Service, request_: RenderRequest, struck: Path, when: str, stages: Sequence[str]
) -> None:
    """Kill -9 once in each stage; the second job is not disturbed any more, and gives the same video."""
    troubles = [{"step": stage, "kind": "kill", "when": when} for stage in stages]
    with _troubled(service, 2, struck, troubles) as workers:
        jobs = [service.submit(request_) for _ in range(2)]
        ends = [wait_for_end(service, job.id, workers) for job in jobs]
        assert [job.state for job in ends] == ["completed"] * 2, workers.words()
    assert {path.name for path in struck.iterdir()} == {f"{stage}-0-0" for stage in stages}
    assert workers.ends.count(-9) == len(stages)
    assert _same_video(*(service.folder(job.id).video for job in jobs))
    assert not [left for job in jobs for left in _left_over(service, job.id)]


WRONG = [
    ("kill", "worker_lost", "stage speech was lost 3 times"),
    ("hang", "engine_failed", "stage speech hung: it said nothing for 10 seconds"),
    ("memory", "engine_failed", "stage speech ran out of memory: try a smaller size"),
    ("raise", "engine_failed", "stage speech failed: RuntimeError: the engine is broken"),
]


def test_a_stage_that_goes_wrong_again_and_again_fails_its_job_once_with_the_reason(
    settings: Settings, request_: RenderRequest, struck: Path
) -> None:
    """Poisoned jobs stop after three tries each; the job behind them is done."""
    troubles = [
        {"step": "speech", "kind": kind, "times": 9, "when": "before", "seed": seed}
        for seed, (kind, _, _) in enumerate(WRONG, 1)
    ]
    service = calling(settings.model_copy(update={"stall_seconds": 10.0}))
    with _troubled(service, 2, struck, troubles) as workers:
        jobs = [service.submit(request_.model_copy(update={"seed": seed})) for seed in range(1, len(WRONG) + 2)]
        *ends, last = [wait_for_end(service, job.id, workers) for job in jobs]
    assert last.state == "completed", workers.words()
    for job, (kind, code, words) in zip(ends, WRONG, strict=True):
        assert (job.state, job.error_code) == ("failed", code), (kind, job.error_message)
        assert re.search(words, job.error_message), job.error_message
        assert not _left_over(service, job.id)
        assert not list(service.folder(job.id).folder.glob("*.mp4"))
    assert len(list(struck.iterdir())) == MOST_TRIES * len(WRONG)


def test_cancel_stops_a_stage_that_reports(service: Service, request_: RenderRequest) -> None:
    words = request_.model_copy(update={"text": (request_.text or "") * 16})
    with Crew(service.settings, 1) as workers:
        job = service.submit(words)
        wait_for(lambda: service.claims.seconds_by_kind(job.id).get("segment", 0.0) > 0.0, workers)
        wait_for(lambda: service.claims.running(job.id) == 1, workers)
        _cancel(service, job.id, workers)
        assert not service.folder(job.id).work.exists()
        after = service.submit(request_)
        assert wait_for_end(service, after.id, workers).state == "completed", workers.words()
    assert not service.folder(job.id).video.exists()


def test_cancel_ends_the_process_of_a_stage_that_does_not_hear(
    service: Service, request_: RenderRequest, struck: Path
) -> None:
    with _troubled(service, 1, struck, [{"step": "speech", "kind": "hang"}]) as workers:
        job = service.submit(request_)
        wait_for(lambda: any(struck.iterdir()), workers)
        _cancel(service, job.id, workers)
        wait_for(lambda: workers.ends == [HUNG], workers)
        assert wait_for_end(service, job.id, workers).state == "cancelled"
        after = service.submit(request_)
        assert wait_for_end(service, after.id, workers).state == "completed", workers.words()


def _cancel(service: Service, job_id: str, workers: Crew) -> None:
    """Two seconds are the aim on a machine that is not busy; a busy one gets more."""
    assert service.cancel(job_id)
    began = time.monotonic()
    wait_for(lambda: service.claims.running(job_id) == 0, workers)
    took = time.monotonic() - began
    logging.getLogger(__name__).info("free %.2f s after the cancellation", took)
    assert took < 15.0
    assert wait_for_end(service, job_id, workers).state == "cancelled"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    if os.getuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small disk: a full one is not tried for real")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], check=False)
    if mounted.returncode != 0:
        pytest.skip("no small disk can be mounted here: a full one is not tried for real")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def cramped(small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service on the small disk; its tables lie elsewhere, and what is held is looked at again at once."""
    monkeypatch.setattr("orchestrator.worker.outcome._LOOK_AGAIN", 0.0)
    service = service_of(Settings(data_dir=small_disk, database=f"sqlite:///{tmp_path}/jobs.sqlite", reserve_mb=0))
    service.call = lambda job_id, queues: None
    return service


@pytest.mark.parametrize("stage", ["0/portrait", "0/speech", "0/face", "0/segment/0", "join"])
def test_a_disk_that_is_full_holds_a_job_until_there_is_room(
    cramped: Service, small_disk: Path, request_: RenderRequest, stage: str
) -> None:
    """Nothing half written is left, nothing counts as a try, and nothing is lost."""
    job, held = cramped.submit(request_), 0
    while (claim := cramped.claims.claim(["cpu"], "w", 30.0)) is not None:
        if claim.name != stage or held == MOST_TRIES + 1:
            work_on(claim, cramped)
            continue
        _fill(small_disk)
        work_on(claim, cramped)
        (small_disk / "filler").unlink()
        assert (claim.tries, cramped.jobs.state(job.id)) == (1, "in_progress")
        assert not list(cramped.folder(job.id).folder.rglob(".*"))
        held += 1
    assert held == MOST_TRIES + 1
    assert cramped.jobs.get(job.id).state == "completed", cramped.jobs.get(job.id).error_message


def test_a_disk_that_is_full_for_a_day_fails_the_job_with_a_sentence(
    cramped: Service, small_disk: Path, request_: RenderRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = cramped.submit(request_)
    monkeypatch.setattr("orchestrator.worker.outcome._LONGEST_HOLD", -1.0)
    while (claim := cramped.claims.claim(["cpu"], "w", 30.0)) is not None:
        if claim.name == "0/segment/0":
            _fill(small_disk)
            claim = replace(claim, tries=MOST_TRIES)
        work_on(claim, cramped)
    failed = cramped.jobs.get(job.id)
    assert failed.state == "failed"
    assert re.search("full|[Nn]o space left|MB free", failed.error_message), failed.error_message
    assert not _left_over(cramped, job.id)
    assert not cramped.folder(job.id).video.exists()


def test_a_disk_that_is_nearly_full_takes_no_new_job(cramped: Service, request_: RenderRequest) -> None:
    """The reserve is for what has begun; what is refused leaves nothing behind."""
    settings = cramped.settings.model_copy(update={"reserve_mb": 64})
    full = service_of(settings, call=lambda job_id, queues: None)
    with pytest.raises(DiskFull, match="too little room"):
        full.submit(request_)
    assert not list((settings.data_dir / "jobs").glob("*"))
    assert enough_to_work(settings)
    assert not enough_to_work(settings.model_copy(update={"reserve_mb": 8 * 25}))


def _fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 14))
