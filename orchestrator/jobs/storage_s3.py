"""Files of jobs in S3, or in what speaks like it (``GOVORUN_S3_ENDPOINT``); credentials as AWS's tools find them.

A key is ``PREFIX/ID/NAME`` and appears whole or not at all. Large files travel in parts, so memory stays flat. A server
that does not answer is asked again for a minute; a refusal is an error at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from avatar.core.artefacts import appearing
from avatar.core.errors import OptionError, OutputError

__all__ = ["S3Storage"]

_LOG = logging.getLogger(__name__)
_PATIENCE, _PAUSE, _LONGEST_PAUSE = 60.0, 0.25, 5.0
_PART = 8 << 20
_CHUNK = 1 << 18
_BATCH = 1000
_BREAKS = 5
_FORGOTTEN = timedelta(days=1)
_MISSING = ("404", "NoSuchKey", "NotFound")
T = TypeVar("T")


class _Missing(Exception):  # noqa: N818 - an answer, not a failure
    """There is no such key."""


class S3Storage:
    """One bucket, safe to use from many threads. ``place``: ``s3://bucket/prefix``; ``patience`` in seconds."""

    copies = True

    def __init__(self, place: str, endpoint: str = "", patience: float = _PATIENCE) -> None:
        self._bucket, _, prefix = place.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._patience = patience
        self._client = _client(endpoint)

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
                raise OutputError(
                    f"The storage breaks off in the middle of {name} of job {job_id}: look at its server."
                )

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
            raise OutputError(f"There is no bucket {self._bucket!r}: make it, or change GOVORUN_STORAGE.") from error

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
        """The result of ``action``; _Missing for a key that is not there, OutputError for what will not get better."""
        from botocore.exceptions import BotoCoreError, ClientError

        deadline, pause = time.monotonic() + (self._patience if patience is None else patience), _PAUSE
        while True:
            try:
                return action()
            except (BotoCoreError, ClientError) as error:
                self._refuse_what_stays(error)
                if time.monotonic() + pause > deadline:
                    raise OutputError(f"The storage s3://{self._bucket} does not answer ({error}).") from error
                _LOG.warning("the storage is away (%s), trying again", error)
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, 2.0 * pause)

    def _refuse_what_stays(self, error: Exception) -> None:
        from botocore.exceptions import ClientError, NoCredentialsError, PartialCredentialsError

        if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
            raise OutputError(
                "There are no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            ) from error
        if not isinstance(error, ClientError):
            return
        code = str(error.response["Error"].get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code in _MISSING:
            raise _Missing from error
        if code == "NoSuchBucket":
            raise OutputError(f"There is no bucket {self._bucket!r}: make it, or change GOVORUN_STORAGE.") from error
        if status in (401, 403):
            raise OutputError(f"The storage s3://{self._bucket} refuses access ({code}): check the rights.") from error
        if 400 <= status < 500 and status not in (408, 429):
            raise OutputError(f"The storage s3://{self._bucket} refuses the request ({error}).") from error


def _gone(job_id: str, name: str) -> OutputError:
    return OutputError(f"The file {name} of job {job_id} is not there any more.")


def _client(endpoint: str) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise OptionError("GOVORUN_STORAGE names S3: install the extra, pip install 'govorun[cluster]'.") from error
    config = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 2},
        s3={"addressing_style": "path"} if endpoint else {},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    session = boto3.session.Session()
    region = session.region_name or ("us-east-1" if endpoint else None)
    return session.client("s3", endpoint_url=endpoint or None, region_name=region, config=config)
