"""Which answers of S3 are final, and which are worth asking again."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from orchestrator.jobs.storage_s3 import S3Storage, StorageAway


def _judge(status: int) -> None:
    storage = S3Storage.__new__(S3Storage)  # no server is asked
    storage._bucket = "govorun"
    answer = {"Error": {"Code": "Odd", "Message": "odd"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    storage._refuse_what_stays(ClientError(answer, "PutObject"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "why"), [(400, "the request"), (401, "access"), (403, "access"), (411, "the request"), (499, "request")]
)
def test_what_the_client_did_wrong_is_final(status: int, why: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(StorageAway):
        _judge(status)
    assert why in caplog.text


@pytest.mark.parametrize("status", [0, 399, 408, 429, 500, 503])
def test_what_may_pass_is_asked_again(status: int) -> None:
    _judge(status)
