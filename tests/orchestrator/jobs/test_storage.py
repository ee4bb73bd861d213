"""Files of jobs: the same rules in a folder and in S3, and workers that share no disk."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from avatar.core.errors import OutputError, StorageAway
from avatar.core.media import read_frames
from orchestrator.jobs.folder import JobFolder
from orchestrator.jobs.service import Service, service_of
from orchestrator.jobs.storage import LocalStorage, Storage
from orchestrator.jobs.storage_s3 import HASTY, PATIENT, S3Storage
from orchestrator.previews.asked import BackdropAsked
from orchestrator.previews.order import order
from orchestrator.settings import Settings
from orchestrator.video.request import RenderRequest, request_of
from orchestrator.worker.attempt import work_on
from orchestrator.worker.tidy import tidy_up
from tests.loopback import Loopback
from tests.service.crew import FAKES, Crew, calling, wait_for, wait_for_end
from tests.service.servers import S3, Wire

JOB = "video_1"


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def bucket(s3: S3, credentials: None) -> Iterator[Any]:
    """An empty bucket ``govorun``."""
    found = boto3.resource("s3", endpoint_url=s3.url).Bucket("govorun")
    found.create()
    yield found
    found.objects.delete()


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return LocalStorage(tmp_path)
    request.getfixturevalue("bucket")
    return S3Storage("s3://govorun/films", request.getfixturevalue("s3").url)


@pytest.fixture
def folder(storage: Storage, tmp_path: Path) -> JobFolder:
    return JobFolder(tmp_path, JOB, storage)


def _write(folder: JobFolder, name: str, content: bytes) -> None:
    path = folder.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_any_part_of_a_file_is_read(storage: Storage, folder: JobFolder) -> None:
    content = os.urandom(700_000)
    _write(folder, "video.mp4", content)
    folder.store("*")
    assert storage.size(JOB, "video.mp4") == len(content)
    assert b"".join(storage.read(JOB, "video.mp4")) == content
    assert b"".join(storage.read(JOB, "video.mp4", 10, 20)) == content[10:20]
    assert b"".join(storage.read(JOB, "video.mp4", 600_000)) == content[600_000:]
    assert b"".join(storage.read(JOB, "video.mp4", 5, 5)) == b""
    assert storage.size(JOB, "draft.mp4") is None
    assert storage.size("video_2", "video.mp4") is None
    with pytest.raises(OutputError, match=r"draft\.mp4 of job video_1 is not there"):
        list(storage.read(JOB, "draft.mp4"))


def test_a_job_is_removed_with_all_its_files_and_no_other_job(
    storage: Storage, folder: JobFolder, tmp_path: Path
) -> None:
    other = JobFolder(tmp_path, "video_10", storage)
    for place in (folder, other):
        for name in ("video.mp4", "work/0/face-1.npz", "work/0/.face-1.npz.x", "work/0/scratch/a.wav"):
            _write(place, name, b"content")
        place.store("*", "work/*/*")
    assert storage.names(JOB) == {"video.mp4": 7, "work/0/face-1.npz": 7}
    folder.drop_work()
    assert storage.names(JOB) == {"video.mp4": 7}
    assert not folder.work.exists()
    folder.remove()
    assert storage.names(JOB) == {}
    assert not folder.folder.exists()
    assert len(storage.names("video_10")) == 2


def test_jobs_that_nobody_wrote_to_for_long_are_listed(storage: Storage, folder: JobFolder) -> None:
    assert storage.jobs(time.time()) == []
    _write(folder, "video.mp4", b"content")
    folder.store("*")
    assert storage.jobs(time.time() - 60.0) == []
    assert storage.jobs(time.time() + 60.0) == [JOB]


def test_a_job_is_as_old_as_its_newest_file(storage: Storage, folder: JobFolder) -> None:
    _write(folder, "a.mp4", b"first")
    folder.store("*")
    time.sleep(1.1)  # S3 tells moments in seconds
    between = float(int(time.time()))
    _write(folder, "b.mp4", b"second")
    folder.store("*")
    assert storage.jobs(between) == []


def test_uploads_that_nobody_ends_are_given_up_after_a_day(
    bucket: Any, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = S3Storage("s3://govorun/films", s3.url)
    now = datetime.now(UTC)
    begun = {f"films/{JOB}/{hours}.mp4": now - timedelta(hours=hours) for hours in (1, 23, 25, 200)}
    uploads = [{"Key": key, "UploadId": key, "Initiated": moment} for key, moment in begun.items()]
    given_up: list[str] = []
    monkeypatch.setattr(storage._client, "list_multipart_uploads", lambda **_: {"Uploads": uploads})
    monkeypatch.setattr(storage._client, "abort_multipart_upload", lambda Key, **_: given_up.append(Key))
    storage.jobs(time.time())
    assert given_up == [f"films/{JOB}/25.mp4", f"films/{JOB}/200.mp4"]


def test_input_files_are_kept_once_and_found_again_elsewhere(
    storage: Storage, folder: JobFolder, tmp_path: Path, small_portrait_png: Path
) -> None:
    lexicon = tmp_path / "Words.TXT"
    lexicon.write_text("govorun g o v")
    scenes = [request_of(photo=small_portrait_png, text=text, lexicon=lexicon) for text in ("One.", "Two.")]
    kept = folder.take_in(scenes)
    assert kept[0].photo == kept[1].photo
    assert not kept[0].photo.is_absolute()
    assert set(storage.names(JOB)) == set(folder.inputs_of(kept[0]).values())
    elsewhere = JobFolder(tmp_path / "elsewhere", JOB, storage)
    elsewhere.fetch("inputs/*")
    if storage.copies:
        assert elsewhere.placed(kept[0]).photo.read_bytes() == small_portrait_png.read_bytes()
        elsewhere.drop_copy()
        assert not elsewhere.folder.exists()
        assert storage.names(JOB)


def test_large_files_travel_in_parts(bucket: Any, s3: S3, tmp_path: Path) -> None:
    storage = S3Storage("s3://govorun", s3.url)
    content = os.urandom(1 << 20) * 20
    (tmp_path / "in").write_bytes(content)
    storage.store(JOB, "video.mp4", tmp_path / "in")
    assert "-" in bucket.Object(f"{JOB}/video.mp4").e_tag
    storage.fetch(JOB, "video.mp4", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_a_file_that_breaks_off_leaves_nothing_behind(bucket: Any, s3: S3, tmp_path: Path) -> None:
    storage = S3Storage("s3://govorun", s3.url)
    with pytest.raises(OutputError, match="is not there any more"):
        storage.fetch(JOB, "video.mp4", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_server_that_is_away_is_asked_again(
    tmp_path: Path, credentials: None, caplog: pytest.LogCaptureFixture
) -> None:
    with S3(tmp_path) as server:
        boto3.client("s3", endpoint_url=server.url).create_bucket(Bucket="govorun")
        storage = S3Storage("s3://govorun", server.url, replace(PATIENT, patience=1.0))
        storage.check()
        server.stop()
        with pytest.raises(StorageAway, match="does not answer") as caught:
            storage.names(JOB)
        assert "trying again" in caplog.text
        assert "s3://govorun does not answer (Could not connect" in caplog.text
        assert not {"govorun", str(server.port)} & set(re.findall(r"\w+", str(caught.value)))
        with pytest.raises(StorageAway, match="does not answer"):
            storage.check()


def test_who_waits_is_not_kept_waiting_and_learns_when_it_is_back(
    tmp_path: Path, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failure the server is left alone for a while; then one caller asks for all."""
    now = [1000.0]
    with S3(tmp_path) as server:
        boto3.client("s3", endpoint_url=server.url).create_bucket(Bucket="govorun")
        storage = S3Storage("s3://govorun", server.url, HASTY)
        assert storage.names(JOB) == {}
        asked = _counted(storage, monkeypatch)
        server.stop()
        monkeypatch.setattr(
            "orchestrator.jobs.storage_s3.time", SimpleNamespace(monotonic=lambda: now[0], sleep=_later(now))
        )
        for _ in range(3):
            with pytest.raises(StorageAway):
                storage.size(JOB, "video.mp4")
        assert len(asked) == 2  # of the first alone: at once and after a quarter of a second
        server.start()
        boto3.client("s3", endpoint_url=server.url).create_bucket(Bucket="govorun")
        now[0] += HASTY.rest - 0.1
        with pytest.raises(StorageAway):
            storage.size(JOB, "video.mp4")
        now[0] += 0.2
        assert storage.size(JOB, "video.mp4") is None
        assert storage.names(JOB) == {}


def test_one_asks_for_all(s3: S3, bucket: Any) -> None:
    """While the first caller after the rest has no answer yet, the others get none."""
    storage = S3Storage("s3://govorun", s3.url, HASTY)
    storage._asked_from = time.monotonic() - 1.0  # it was away, and has rested

    def ask() -> str:
        with pytest.raises(StorageAway):
            storage.size(JOB, "video.mp4")
        return "there"

    assert storage._insistently(ask) == "there"
    assert storage.size(JOB, "video.mp4") is None


def _later(now: list[float]) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        now[0] += seconds

    return sleep


def _counted(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is asked of the server from now on."""
    asked: list[str] = []
    head = storage._client.head_object
    monkeypatch.setattr(storage._client, "head_object", lambda **about: (asked.append(about["Key"]), head(**about))[1])
    return asked


def test_what_asking_again_does_not_mend_is_said_at_once(
    s3: S3, bucket: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = S3Storage("s3://nowhere", s3.url)
    for use in (elsewhere.check, lambda: elsewhere.names(JOB)):
        caplog.clear()
        with pytest.raises(StorageAway, match="lets nobody in") as caught:
            use()
        assert "there is no bucket 'nowhere': make it" in caplog.text
        assert "nowhere" not in str(caught.value)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    with pytest.raises(StorageAway, match="lets nobody in"):
        S3Storage("s3://govorun", s3.url).names(JOB)
    assert "no credentials" in caplog.text


def test_workers_without_a_shared_disk_make_one_video(
    bucket: Any, s3: S3, tmp_path: Path, redis_url: str, small_portrait_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three machines: one takes the order, two work; the frames are those of a machine alone."""
    machines = [_machine(tmp_path / name, redis_url, s3.url, f"sqlite:///{tmp_path}/jobs.sqlite") for name in "abc"]
    service = calling(machines[0])
    request = request_of(photo=small_portrait_png, text="One two three four five six seven. " * 30, **FAKES)
    with Crew(machines[1], 1) as first, Crew(machines[2], 1) as second:
        job = service.submit(request)
        done = wait_for_end(service, job.id, first)
        workers = set(_workers_of(service, job.id))
        assert done.state == "completed", first.words() + second.words()
    assert len(workers) == 2
    names = set(service.storage.names(job.id))
    assert {"video.mp4", "video.json", "video.srt", "video.vtt"} <= names
    assert not [name for name in names if "segment" in name]
    monkeypatch.setattr("orchestrator.worker.tidy._RESTING_SECONDS", -1.0)
    for machine in machines:
        tidy_up(service_of(machine))
        assert not list((machine.data_dir / "jobs").glob("*"))
    (tmp_path / "video.mp4").write_bytes(b"".join(service.storage.read(job.id, "video.mp4")))
    assert sum(1 for _ in read_frames(tmp_path / "video.mp4")) > 500
    assert service.remove(job.id)
    assert service.storage.names(job.id) == {}


def _machine(data_dir: Path, broker: str, endpoint: str, database: str) -> Settings:
    return Settings(data_dir=data_dir, broker=broker, database=database, storage="s3://govorun/x", s3_endpoint=endpoint)


def _workers_of(service: Service, job_id: str) -> Iterator[str]:
    from sqlalchemy import select

    from orchestrator.jobs.database import STEPS

    with service.claims._engine.connect() as connection:
        yield from connection.execute(select(STEPS.c.worker).where(STEPS.c.job == job_id)).scalars()


def test_a_changed_video_uses_again_what_an_earlier_one_left_in_s3(
    bucket: Any, s3: S3, tmp_path: Path, small_portrait_png: Path
) -> None:
    """Its makers have other folders than those of the first."""
    database = f"sqlite:///{tmp_path}/jobs.sqlite"
    first, second = (service_of(_machine(tmp_path / name, "", s3.url, database)) for name in "ab")
    request = request_of(photo=small_portrait_png, text="One two three.", **FAKES)
    old = _made(first, request)
    new = _made(second, request.model_copy(update={"backdrop": "#806040"}), like=old)
    assert {"video.mp4", "video.srt", "poster.jpg"} <= set(first.storage.names(new))
    assert [name for name in first.storage.names(old) if name.startswith("work/")] == []
    assert second.remove(old)
    assert first.storage.names(old) == {}


def _made(service: Service, request: RenderRequest, like: str | None = None) -> str:
    """A finished job of ``request``, done here."""
    service.call = lambda job_id, queues: None
    job = service.submit(request, like=like)
    kept = [name for name in service.storage.names(job.id) if "speech" in name]
    assert bool(kept) == (like is not None)
    while (claim := service.claims.claim(["cpu"], "w", 60.0)) is not None:
        work_on(claim, service)
    assert service.jobs.get(job.id).state == "completed", service.jobs.get(job.id).error_message
    assert not service.folder(job.id).folder.exists()
    return job.id


def test_a_quick_picture_travels_too(bucket: Any, s3: S3, tmp_path: Path) -> None:
    service = service_of(_machine(tmp_path / "a", "", s3.url, f"sqlite:///{tmp_path}/jobs.sqlite"))
    service.call = lambda job_id, queues: None
    job_id = order(service, BackdropAsked(backdrop="#204060", size="128x128", frames=2))
    claim = service.claims.claim(["quick"], "w", 60.0)
    assert claim is not None
    work_on(claim, service)
    assert service.jobs.get(job_id).state == "completed", service.jobs.get(job_id).error_message
    assert list(service.storage.names(job_id)) == ["backdrop.webp"]
    assert not service.folder(job_id).folder.exists()


def test_a_storage_that_is_away_for_a_while_delays_the_work_and_no_more(
    bucket: Any, s3: S3, tmp_path: Path, redis_url: str, small_portrait_png: Path
) -> None:
    wire = Wire(s3.port)
    wire.join()
    machine = _machine(tmp_path / "a", redis_url, f"http://127.0.0.1:{wire.port}", f"sqlite:///{tmp_path}/jobs.sqlite")
    service = calling(machine)
    with Crew(machine, 1) as workers:
        job = service.submit(request_of(photo=small_portrait_png, text="One two three. " * 20, **FAKES))
        wait_for(lambda: service.jobs.get(job.id).progress > 0, workers)
        wire.cut()
        time.sleep(5.0)
        wire.join()
        assert wait_for_end(service, job.id, workers).state == "completed", workers.words()
        assert not workers.ends
    wire.cut()


def test_a_storage_that_refuses_access_says_so(credentials: None, caplog: pytest.LogCaptureFixture) -> None:
    with Loopback() as server:
        server.answer("/govorun?list-type=2&prefix=video_1%2F&encoding-type=url", *[403] * 4)
        storage = S3Storage("s3://govorun", server.url)
        with pytest.raises(StorageAway, match="lets nobody in"):
            storage.names(JOB)
    assert "s3://govorun cannot be used: it refuses access (403): check the rights" in caplog.text
