"""Files of jobs in S3, or in what speaks like it (``GOVORUN_S3_ENDPOINT``); credentials as AWS's tools find them.

A key is ``PREFIX/ID/NAME`` and appears whole or not at all. Large files travel in parts, so memory stays flat. Workers
ask a server that does not answer again for a minute; the API gives up within seconds and then leaves the server alone
for a while, so that one part that is away does not hold up the others. Where the files lie and what is wrong is told to
the log alone: what is raised may be read by anybody.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from avatar.core.artefacts import appearing
from avatar.core.errors import OptionError, OutputError, StorageAway
from avatar.core.reasons import Message

__all__ = ["HASTY", "PATIENT", "Manners", "S3Storage"]

_LOG = logging.getLogger(__name__)
_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_PART = 8 << 20
_CHUNK = 1 << 18
_BATCH = 1000
_BREAKS = 5
_FORGOTTEN = timedelta(days=1)
_MISSING = ("404", "NoSuchKey", "NotFound")
T = TypeVar("T")


class _Missing(Exception):  # noqa: N818 - an answer, not a failure
    """There is no such key."""


@dataclass(frozen=True)
class Manners:
    """How a server is asked that does not answer; in seconds.

    ``patience``: how long it is asked again. ``connect``, ``read``: how long one try waits. ``tries``: of the library,
    for each of ours. ``rest``: how long the server is not asked at all after it did not answer.
    """

    patience: float
    connect: float
    read: float
    tries: int
    rest: float


PATIENT = Manners(patience=60.0, connect=5.0, read=30.0, tries=2, rest=0.0)
"""Of workers: what they made must not be lost."""
HASTY = Manners(patience=0.5, connect=1.5, read=3.0, tries=1, rest=5.0)
"""Of the API: somebody waits."""


class S3Storage:
    """One bucket, safe to use from many threads. ``place``: ``s3://bucket/prefix``. Errors are StorageAway."""

    copies = True

    def __init__(self, place: str, endpoint: str = "", manners: Manners = PATIENT) -> None:
        self._bucket, _, prefix = place.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._manners = manners
        self._client = _client(endpoint, manners)
        self._lock = Lock()
        self._asked_from = 0.0  # the server is left alone until then (monotonic), 0 while it answers

    def names(self, job_id: str) -> dict[str, int]:
        """See :class:`~orchestrator.jobs.storage.Storage`."""
        prefix = self._key(job_id, "")
        return {entry["Key"][len(prefix) :]: int(entry["Size"]) for entry in self._entries(prefix)}

    def size(self, job_id: str, name: str) -> int | None:
        """See :class:`~orchestrator.jobs.storage.Storage`."""
        try:
            return int(self._ask("head_object", Key=self._key(job_id, name))["ContentLength"])
        except _Missing:
            return None

    def read(self, job_id: str, name: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """See :class:`~orchestrator.jobs.storage.Storage`; a connection that breaks is taken up where it broke."""
        size = self.size(job_id, name)
        if size is None:
            raise _gone(job_id, name)
        end = size if stop is None else min(stop, size)
        breaks = 0
        while start < end:
            for chunk in self._until_it_breaks(job_id, name, start, end):
                start += len(chunk)
                yield chunk
            breaks += 1
            if start < end and breaks > _BREAKS:
                raise StorageAway(Message("storage_away"))

    def fetch(self, job_id: str, name: str, target: Path) -> None:
        """See :class:`~orchestrator.jobs.storage.Storage`."""
        with appearing(target) as partial, partial.open("wb") as file:
            file.writelines(self.read(job_id, name))

    def store(self, job_id: str, name: str, source: Path) -> None:
        """See :class:`~orchestrator.jobs.storage.Storage`."""
        from boto3.s3.transfer import TransferConfig

        config = TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, use_threads=False)
        key = self._key(job_id, name)

        def upload() -> None:
            with source.open("rb") as file:
                self._client.upload_fileobj(file, self._bucket, key, Config=config)

        self._insistently(upload)

    def remove(self, job_id: str, *names: str) -> None:
        """See :class:`~orchestrator.jobs.storage.Storage`."""
        self._delete([self._key(job_id, name) for name in names])

    def remove_job(self, job_id: str) -> None:
        """See :class:`~orchestrator.jobs.storage.Storage`."""
        self._delete([entry["Key"] for entry in self._entries(self._key(job_id, ""))])

    def jobs(self, before: float) -> list[str]:
        """See :class:`~orchestrator.jobs.storage.Storage`; uploads begun a day ago and not ended are given up."""
        self._give_up_uploads()
        newest: dict[str, datetime] = {}
        for entry in self._entries(self._prefix):
            job_id, slash, _ = entry["Key"][len(self._prefix) :].partition("/")
            if slash:
                newest[job_id] = max(entry["LastModified"], newest.get(job_id, entry["LastModified"]))
        limit = datetime.fromtimestamp(before, UTC)
        return sorted(job_id for job_id, moment in newest.items() if moment < limit)

    def check(self) -> None:
        """See :class:`~orchestrator.jobs.storage.Storage`; the server is asked once."""
        try:
            self._insistently(lambda: self._client.head_bucket(Bucket=self._bucket), patience=0.0)
        except _Missing as error:
            raise self._refused(f"there is no bucket {self._bucket!r}: make it, or change GOVORUN_STORAGE") from error

    def _key(self, job_id: str, name: str) -> str:
        return f"{self._prefix}{job_id}/{name}"

    def _entries(self, prefix: str) -> Iterator[dict[str, Any]]:
        token: dict[str, str] = {}
        while True:
            page = self._ask("list_objects_v2", Prefix=prefix, **token)
            yield from page.get("Contents", [])
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def _until_it_breaks(self, job_id: str, name: str, start: int, end: int) -> Iterator[bytes]:
        from botocore.exceptions import HTTPClientError, IncompleteReadError

        try:
            answer = self._ask("get_object", Key=self._key(job_id, name), Range=f"bytes={start}-{end - 1}")
        except _Missing as error:
            raise _gone(job_id, name) from error
        try:
            with closing(answer["Body"]) as body:
                yield from body.iter_chunks(_CHUNK)
        except (HTTPClientError, IncompleteReadError, OSError) as error:
            _LOG.warning("the storage broke off in the middle of %s of %s (%s)", name, job_id, error)

    def _delete(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _BATCH):
            objects = [{"Key": key} for key in keys[start : start + _BATCH]]
            self._ask("delete_objects", Delete={"Objects": objects, "Quiet": True})

    def _give_up_uploads(self) -> None:
        page = self._ask("list_multipart_uploads", Prefix=self._prefix)
        for upload in page.get("Uploads", []):
            if upload["Initiated"] < datetime.now(UTC) - _FORGOTTEN:
                self._ask("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])

    def _ask(self, operation: str, **arguments: Any) -> Any:
        function = getattr(self._client, operation)
        return self._insistently(lambda: function(Bucket=self._bucket, **arguments))

    def _insistently(self, action: Callable[[], T], patience: float | None = None) -> T:
        """The result of ``action``; _Missing for a key that is not there, StorageAway for what will not get better."""
        self._leave_alone()
        try:
            result = self._tried(action, self._manners.patience if patience is None else patience)
        except StorageAway:
            self._asked_from = time.monotonic() + self._manners.rest if self._manners.rest else 0.0
            raise
        self._asked_from = 0.0
        return result

    def _leave_alone(self) -> None:
        """StorageAway at once while the server rests; behind that one caller asks it, and the others wait for what it
        finds."""
        with self._lock:
            if time.monotonic() < self._asked_from:
                raise StorageAway(Message("storage_away"))
            if self._asked_from:
                self._asked_from = time.monotonic() + self._manners.rest

    def _tried(self, action: Callable[[], T], patience: float) -> T:
        from botocore.exceptions import BotoCoreError, ClientError

        deadline, pause = time.monotonic() + patience, _PAUSE
        while True:
            try:
                return action()
            except (BotoCoreError, ClientError) as error:
                self._refuse_what_stays(error)
                if time.monotonic() + pause > deadline:
                    _LOG.error("the storage s3://%s does not answer (%s)", self._bucket, error)
                    raise StorageAway(Message("storage_away")) from error
                _LOG.warning("the storage is away (%s), trying again", error)
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, 2.0 * pause)

    def _refuse_what_stays(self, error: Exception) -> None:
        from botocore.exceptions import ClientError, NoCredentialsError, PartialCredentialsError

        if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
            raise self._refused("there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") from error
        if not isinstance(error, ClientError):
            return
        code = str(error.response["Error"].get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code in _MISSING:
            self._asked_from = 0.0
            raise _Missing from error
        if code == "NoSuchBucket":
            raise self._refused(f"there is no bucket {self._bucket!r}: make it, or change GOVORUN_STORAGE") from error
        if status in (401, 403):
            raise self._refused(f"it refuses access ({code}): check the rights") from error
        if 400 <= status < 500 and status not in (408, 429):
            raise self._refused(f"it refuses the request ({error})") from error

    def _refused(self, why: str) -> StorageAway:
        """What to raise; the reason is told to the log."""
        _LOG.error("the storage s3://%s cannot be used: %s", self._bucket, why)
        return StorageAway(Message("storage_refuses"))


def _gone(job_id: str, name: str) -> OutputError:
    return OutputError(f"The file {name} of job {job_id} is not there any more.")


def _client(endpoint: str, manners: Manners) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise OptionError("GOVORUN_STORAGE names S3: install the extra, pip install 'govorun[cluster]'.") from error
    config = Config(
        connect_timeout=manners.connect,
        read_timeout=manners.read,
        retries={"mode": "standard", "total_max_attempts": manners.tries},
        s3={"addressing_style": "path"} if endpoint else {},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    session = boto3.session.Session()
    region = session.region_name or ("us-east-1" if endpoint else None)
    return session.client("s3", endpoint_url=endpoint or None, region_name=region, config=config)
