"""How a bucket is asked: in which pieces, how often again, when it is left alone, and what is final."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, PartialCredentialsError

from avatar.core.errors import OutputError, StorageAway
from orchestrator.jobs import storage_s3
from orchestrator.jobs.storage_s3 import HASTY, PATIENT, Manners, S3Storage

AWAY = EndpointConnectionError(endpoint_url="http://s3")


class Server:
    """A bucket in memory; ``broken`` says what the next calls raise, ``breaks`` after how many bytes reading ends."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.broken: list[Exception] = []
        self.breaks: int | None = None
        self.pages = 1000
        self.times: dict[str, datetime] = {}
        self.uploads: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**given: Any) -> Any:
            self.asked.append((name, given))
            assert given["Bucket"] == "bucket"
            if self.broken:
                raise self.broken.pop(0)
            return getattr(self, f"_{name}")(**given)

        if name.startswith("_"):
            raise AttributeError(name)
        return call

    def _head_bucket(self, Bucket: str) -> None: ...

    def _head_object(self, Bucket: str, Key: str) -> dict[str, int]:
        if Key not in self.files:
            raise refusal("404", 404)
        return {"ContentLength": len(self.files[Key])}

    def _get_object(self, Bucket: str, Key: str, Range: str) -> dict[str, Any]:
        start, _, end = Range.removeprefix("bytes=").partition("-")
        return {"Body": Body(self.files[Key][int(start) : int(end) + 1], self.breaks)}

    def _list_objects_v2(self, Bucket: str, Prefix: str, ContinuationToken: str = "0") -> dict[str, Any]:
        keys = sorted(key for key in self.files if key.startswith(Prefix))
        first = int(ContinuationToken)
        shown = [{"Key": key, "Size": len(self.files[key]), "LastModified": self.times.get(key)}
                 for key in keys[first : first + self.pages]]  # fmt: skip
        more = first + self.pages < len(keys)
        token = {"NextContinuationToken": str(first + self.pages)} if more else {}
        return {**({"Contents": shown} if shown else {}), "IsTruncated": more, **token}

    def _delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> None:
        assert Delete["Quiet"] is True
        for one in Delete["Objects"]:
            del self.files[one["Key"]]

    def _list_multipart_uploads(self, Bucket: str, Prefix: str) -> dict[str, Any]:
        return {"Uploads": self.uploads} if self.uploads else {}

    def _abort_multipart_upload(self, Bucket: str, Key: str, UploadId: str) -> None: ...


class Body(io.BytesIO):
    def __init__(self, data: bytes, breaks: int | None) -> None:
        super().__init__(data)
        self._breaks = breaks

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        assert size == 1 << 18
        yield self.read() if self._breaks is None else self.read(self._breaks)
        if self._breaks is not None and self.tell() < len(self.getvalue()):
            raise OSError("broken")


def refusal(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Get")  # type: ignore[arg-type]


def bucket(manners: Manners = PATIENT) -> tuple[S3Storage, Server]:
    storage = S3Storage("s3://bucket/some/where", "", manners)
    return storage, storage._client


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Where the time is; first, then the pauses that were slept."""
    times = [1000.0]

    def sleep(seconds: float) -> None:
        times[0] += seconds
        times.append(seconds)

    monkeypatch.setattr(storage_s3, "_client", lambda endpoint, manners: Server())
    monkeypatch.setattr(storage_s3.time, "monotonic", lambda: times[0])
    monkeypatch.setattr(storage_s3.time, "sleep", sleep)
    return times


@pytest.mark.parametrize(
    ("place", "name", "prefix"),
    [("s3://a", "a", ""), ("s3://a/", "a", ""), ("s3://a/b", "a", "b/"), ("s3://a//b/c/", "a", "b/c/")],
)
def test_a_place_names_a_bucket_and_what_its_keys_begin_with(
    place: str, name: str, prefix: str, clock: list[float]
) -> None:
    storage = S3Storage(place)
    assert (storage._bucket, storage._key("job", "a.mp4")) == (name, f"{prefix}job/a.mp4")


@pytest.mark.parametrize(("manners", "figures"), [(PATIENT, (5.0, 30.0, 2)), (HASTY, (1.5, 3.0, 1))])
def test_the_library_is_told_how_long_to_wait(
    manners: Manners, figures: tuple[float, float, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    found = storage_s3._client("http://127.0.0.1:1", manners).meta
    assert (found.config.connect_timeout, found.config.read_timeout) == figures[:2]
    assert found.config.retries["total_max_attempts"] == figures[2]
    assert found.config.s3["addressing_style"] == "path"
    assert (found.region_name, found.endpoint_url) == ("us-east-1", "http://127.0.0.1:1")


def test_files_are_listed_over_many_pages_by_their_names(clock: list[float]) -> None:
    storage, server = bucket()
    server.files = {f"some/where/job/{k}": b"a" * k for k in range(5)} | {"some/where/jobs/x": b"", "job/y": b""}
    server.pages = 2
    assert storage.names("job") == {"0": 0, "1": 1, "2": 2, "3": 3, "4": 4}
    assert [given.get("ContinuationToken") for _, given in server.asked] == [None, "2", "4"]
    assert storage.names("none") == {}


def test_a_size_is_that_of_the_file_and_none_where_there_is_none(clock: list[float]) -> None:
    storage, server = bucket()
    server.files["some/where/job/a"] = b"abc"
    assert (storage.size("job", "a"), storage.size("job", "b")) == (3, None)
    assert len(clock) == 1


def test_a_part_is_read_from_its_first_byte_to_before_its_last(clock: list[float]) -> None:
    storage, server = bucket()
    server.files["some/where/job/a"] = b"0123456789"
    assert b"".join(storage.read("job", "a")) == b"0123456789"
    assert b"".join(storage.read("job", "a", 3)) == b"3456789"
    assert b"".join(storage.read("job", "a", 3, 5)) == b"34"
    assert b"".join(storage.read("job", "a", 3, 99)) == b"3456789"
    assert b"".join(storage.read("job", "a", 5, 5)) == b""
    ranges = [given["Range"] for name, given in server.asked if name == "get_object"]
    assert ranges == ["bytes=0-9", "bytes=3-9", "bytes=3-4", "bytes=3-9"]
    with pytest.raises(OutputError, match="b of job job is not there"):
        next(iter(storage.read("job", "b")))


def test_what_breaks_off_is_taken_up_where_it_broke_five_times(clock: list[float], tmp_path: Path) -> None:
    storage, server = bucket()
    server.files["some/where/job/a"], server.breaks = b"0123456789ab", 2
    storage.fetch("job", "a", tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"0123456789ab"
    ranges = [given["Range"] for name, given in server.asked if name == "get_object"]
    assert ranges == [f"bytes={start}-11" for start in range(0, 12, 2)]
    server.files["some/where/job/a"] += b"c"
    with pytest.raises(StorageAway):
        storage.fetch("job", "a", tmp_path / "half")
    assert not (tmp_path / "half").exists()


def test_many_files_are_removed_a_thousand_at_a_time(clock: list[float]) -> None:
    storage, server = bucket()
    names = [str(k) for k in range(2001)]
    server.files = {f"some/where/job/{name}": b"" for name in names} | {"some/where/other/a": b""}
    storage.remove("job", *names)
    sizes = [len(given["Delete"]["Objects"]) for name, given in server.asked]
    assert sizes == [1000, 1000, 1]
    assert list(server.files) == ["some/where/other/a"]
    server.files["some/where/job/b"] = b""
    storage.remove_job("job")
    assert list(server.files) == ["some/where/other/a"]


def test_jobs_are_old_where_their_newest_file_is(clock: list[float]) -> None:
    storage, server = bucket()
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    ages = {"a/1": 2.0, "a/2": 0.0, "b/1": 2.0, "b/2": 1.5, "c/1": 1.0, "loose": 9.0}
    server.files = {f"some/where/{name}": b"" for name in ages}
    server.times = {f"some/where/{name}": moment - timedelta(hours=hours) for name, hours in ages.items()}
    assert storage.jobs((moment - timedelta(hours=1)).timestamp()) == ["b"]
    assert storage.jobs((moment - timedelta(minutes=59)).timestamp()) == ["b", "c"]


def test_uploads_that_nobody_ended_for_a_day_are_given_up(clock: list[float]) -> None:
    storage, server = bucket()
    now = datetime.now(UTC)
    server.uploads = [{"Key": "some/where/a", "UploadId": "1", "Initiated": now - timedelta(hours=23)},
                      {"Key": "some/where/b", "UploadId": "2", "Initiated": now - timedelta(hours=25)}]  # fmt: skip
    storage.jobs(now.timestamp())
    given_up = [given for name, given in server.asked if name == "abort_multipart_upload"]
    assert given_up == [{"Bucket": "bucket", "Key": "some/where/b", "UploadId": "2"}]


def test_who_works_asks_again_for_a_minute_after_growing_pauses(clock: list[float]) -> None:
    storage, server = bucket(PATIENT)
    server.broken = [AWAY] * 7
    assert storage.size("job", "a") is None
    assert clock[1:] == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    server.broken = [AWAY] * 99
    with pytest.raises(StorageAway):
        storage.size("job", "a")
    assert sum(clock[8:]) == pytest.approx(57.75)
    server.broken = []
    assert storage.size("job", "a") is None


def test_who_is_in_a_hurry_leaves_a_silent_server_alone_for_five_seconds(clock: list[float]) -> None:
    storage, server = bucket(HASTY)
    server.broken = [AWAY] * 9
    with pytest.raises(StorageAway):
        storage.size("job", "a")
    tries = len(server.asked)
    assert tries == 2
    clock[0] += 4.9
    with pytest.raises(StorageAway):
        storage.size("job", "a")
    assert len(server.asked) == tries
    clock[0] += 0.2
    server.broken = []
    assert storage.size("job", "a") is None
    assert storage.size("job", "a") is None


def test_one_caller_asks_a_rested_server_and_the_others_wait_for_what_it_finds(clock: list[float]) -> None:
    storage, _ = bucket(HASTY)
    storage._asked_from = 1000.0
    storage._leave_alone()
    assert storage._asked_from == 1005.0
    with pytest.raises(StorageAway):
        storage._leave_alone()
    storage._asked_from = 0.0
    storage._leave_alone()
    assert storage._asked_from == 0.0


def test_a_check_asks_once_and_says_what_is_wrong_to_the_log_alone(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    storage, server = bucket(PATIENT)
    storage.check()
    server.broken = [AWAY] * 9
    with pytest.raises(StorageAway):
        storage.check()
    assert (len(server.asked), len(clock)) == (2, 1)
    for error, words in (
        (refusal("404", 404), "there is no bucket 'bucket'"),
        (refusal("NoSuchBucket", 404), "there is no bucket 'bucket'"),
        (refusal("AccessDenied", 403), "refuses access (AccessDenied)"),
        (refusal("Odd", 400), "refuses the request"),
        (NoCredentialsError(), "no credentials"),
        (PartialCredentialsError(provider="env", cred_var="x"), "no credentials"),
    ):
        server.broken = [error]
        caplog.clear()
        with pytest.raises(StorageAway) as told:
            storage.check()
        assert words in caplog.text
        assert "bucket" not in str(told.value)
        assert len(clock) == 1


@pytest.mark.parametrize("code", ["404", "NoSuchKey", "NotFound"])
def test_a_key_that_is_gone_is_an_answer(code: str, clock: list[float]) -> None:
    storage, server = bucket(HASTY)
    storage._asked_from = 900.0
    server.broken = [refusal(code, 404)]
    assert storage.size("job", "a") is None
    assert storage._asked_from == 0.0
