"""The API where files are kept in S3: what is handed out, made again and deleted never lay on a disk of the API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest

from tests.service.live import FAKES, LiveService, live
from tests.service.servers import S3


@pytest.fixture
def service(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveService]:
    """A service over a bucket of its own."""
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    boto3.client("s3", endpoint_url=s3.url).create_bucket(Bucket="doors")
    with live(tmp_path, environment={"GOVORUN_STORAGE": "s3://doors", "GOVORUN_S3_ENDPOINT": s3.url}) as service:
        yield service


def test_videos_are_handed_out_and_made_again_from_s3(service: LiveService, s3: S3, small_portrait_png: Path) -> None:
    bucket = boto3.resource("s3", endpoint_url=s3.url).Bucket("doors")
    with httpx.Client(base_url=service.base_url, timeout=60) as client:
        data, files = {"prompt": "Good morning.", **FAKES}, {"input_reference": small_portrait_png.read_bytes()}
        first = _finished(client, client.post("/videos", data=data, files=files))
        whole = client.get(f"/videos/{first['id']}/content").content
        part = client.get(f"/videos/{first['id']}/content", headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, whole[100:200])
        assert {"video", "thumbnail", "vtt"} <= set(first["urls"])

        again = _finished(client, client.post(f"/videos/{first['id']}/remix", json={"prompt": "Good evening to you."}))
        assert again["remixed_from_video_id"] == first["id"]
        assert float(again["seconds"]) > float(first["seconds"])

        for video in (first, again):
            assert client.delete(f"/videos/{video['id']}").status_code == 200
    assert not list(bucket.objects.all())
    assert service.leftovers() == []
    assert not [path for path in (service.data_dir / "jobs").rglob("*") if path.is_file()]


def _finished(client: httpx.Client, made: httpx.Response) -> dict:
    assert made.status_code == 200, made.text
    deadline = time.monotonic() + 120
    while (video := client.get(f"/videos/{made.json()['id']}").json())["status"] in ("queued", "in_progress"):
        assert time.monotonic() < deadline, video
        time.sleep(0.1)
    assert video["status"] == "completed", video
    return video
