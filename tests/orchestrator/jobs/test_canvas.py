"""The stages as Celery tasks, run by real worker processes over every broker."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from queue import Empty

import pytest
from celery import Celery

from avatar.core.media import read_frames
from orchestrator.jobs.celery_app import queue_configuration
from orchestrator.settings import Settings
from orchestrator.video.request import request_of
from tests.service.crew import FAKES, Crew, calling, wait_for_end

WORDS = "One two three four five six seven. " * 12


@pytest.fixture
def settings(broker: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, broker=broker)


def test_jobs_end_as_they_should(settings: Settings, small_portrait_png: Path, landscape_png: Path) -> None:
    """One worker serves them all: a video of several segments, a photo without a face, and one that is not wanted."""
    service = calling(settings)
    with Crew(settings, 1) as workers:
        good = service.submit(request_of(photo=small_portrait_png, text=WORDS, **FAKES))
        faceless = service.submit(request_of(photo=landscape_png, text="Hello.", **FAKES))
        unwanted = service.submit(request_of(photo=small_portrait_png, text=WORDS * 10, seed=1, **FAKES))
        assert service.cancel(unwanted.id)
        done, failed, left = (wait_for_end(service, job.id, workers) for job in (good, faceless, unwanted))

    assert (done.state, done.progress) == ("completed", 1.0), workers.words()
    video = service.folder(good.id).video
    sidecar = json.loads(video.with_suffix(".json").read_text())
    assert sidecar["frames"] > 250
    assert sum(1 for _ in read_frames(video)) == sidecar["frames"]
    assert video.with_suffix(".vtt").read_text().startswith("WEBVTT")

    assert (failed.state, failed.error_code) == ("failed", "invalid_photo")
    assert "face" in failed.error_message

    assert left.state == "cancelled"
    assert not service.folder(unwanted.id).video.exists()


def test_a_message_of_a_killed_process_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half written or half taken: what was in it is called again from the table."""
    configuration = queue_configuration(Settings(data_dir=tmp_path))
    with Celery("reader", set_as_current=False) as reader:
        reader.config_from_object(configuration)
        forgotten = tmp_path / "queue" / "messages" / ".1_a.cpu.msg"
        forgotten.write_text('{"bo')
        with reader.connection_for_read() as connection, connection.SimpleQueue("cpu") as queue:
            with pytest.raises(Empty):
                queue.get(block=False)
            assert forgotten.exists()
            monkeypatch.setattr("orchestrator.jobs.folder_transport._FORGOTTEN_SECONDS", -1.0)
            with pytest.raises(Empty):
                queue.get(block=False)
            assert not forgotten.exists()


def test_workers_that_start_together_all_find_their_queues(tmp_path: Path) -> None:
    """Whoever binds a queue changes the table whole: nobody reads half of it, and nothing of another is lost."""
    configuration = queue_configuration(Settings(data_dir=tmp_path))
    table = tmp_path / "queue" / "control" / "shared.exchange"
    with Celery("starter", set_as_current=False) as starter:
        starter.config_from_object(configuration)
        with starter.connection_for_write() as connection:
            channels = [connection.channel() for _ in range(4)]
            table.write_text("")  # as left by one that was killed while it wrote
            assert channels[0].get_table("shared") == []
            threads = [
                threading.Thread(target=channel._queue_bind, args=("shared", "key", "", f"queue{n}{k}"))
                for n, channel in enumerate(channels)
                for k in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            bound = channels[0].get_table("shared")
    assert sorted(one.queue for one in bound) == sorted(f"queue{n}{k}" for n in range(4) for k in range(8))
