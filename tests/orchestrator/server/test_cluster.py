"""The service as a cluster has it: serve on Redis, on PostgreSQL and on a server of S3, all as they are."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import httpx
import pytest

from orchestrator.settings import Settings
from tests.orchestrator.server.test_serve import serving
from tests.service.servers import S3, FilesAsS3, Postgres, Redis, Wire

FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128", "fps": "10"}
SCENES = [{"prompt": "Good morning.", "photo": "head"}, {"prompt": "And good night.", "photo": "head"}]
INTERNALS = ("127.0.0.1", "cluster", "films", "s3", "boto")


@dataclass(frozen=True)
class Cluster:
    """``wire`` leads to the storage."""

    client: httpx.Client
    wire: Wire
    bucket: object
    data_dir: Path


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[FilesAsS3 | S3]:
    """A server of S3 that keeps files on a disk; moto's stand-in where rclone is not installed."""
    (tmp_path / "s3").mkdir()
    with (FilesAsS3 if FilesAsS3.program() else S3)(tmp_path / "s3") as server:
        yield server


@pytest.fixture
def cluster(
    redis: Redis, postgres: Postgres, s3: FilesAsS3 | S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster]:
    key, secret = FilesAsS3.keys
    for name, value in {"ACCESS_KEY_ID": key, "SECRET_ACCESS_KEY": secret, "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    session = boto3.session.Session(key, secret, region_name="us-east-1")  # the usual one keeps keys of other tests
    session.client("s3", endpoint_url=s3.url).create_bucket(Bucket="cluster")
    wire = Wire(s3.port)
    wire.join()
    with postgres.database() as database:
        settings = Settings(
            data_dir=tmp_path / "data",
            broker=f"{redis.url[:-1]}7",
            database=database,
            storage="s3://cluster/films",
            s3_endpoint=f"http://127.0.0.1:{wire.port}",
            lease_seconds=4,
        )
        bucket = session.resource("s3", endpoint_url=s3.url).Bucket("cluster")
        with serving(settings, "--workers", "1") as serve:
            with httpx.Client(base_url=f"{serve.url}/v1", timeout=60) as client:
                yield Cluster(client, wire, bucket, settings.data_dir)
            assert serve.signal(signal.SIGTERM) == 0
            assert "Traceback" not in serve.words
    wire.cut()


def test_scenes_are_made_remixed_and_deleted(cluster: Cluster, small_portrait_png: Path) -> None:
    files = {"head": small_portrait_png.read_bytes()}
    first = _finished(cluster, cluster.client.post("/videos", data={"scenes": _json(SCENES), **FAKES}, files=files))
    words = ("Good morning to you all.", SCENES[1]["prompt"])
    changed = [{"photo": f"scene:{number}:photo", "prompt": prompt} for number, prompt in enumerate(words)]
    again = _finished(cluster, cluster.client.post(f"/videos/{first['id']}/remix", json={"scenes": changed, **FAKES}))
    assert again["remixed_from_video_id"] == first["id"]
    assert [scene["prompt"] for scene in again["scenes"]] == ["Good morning to you all.", "And good night."]
    assert float(again["seconds"]) > float(first["seconds"])
    for video in (first, again):
        content = cluster.client.get(f"/videos/{video['id']}/content").content
        assert content[4:8] == b"ftyp"
        assert cluster.client.delete(f"/videos/{video['id']}").status_code == 200
    assert not list(cluster.bucket.objects.all())
    assert not [path for path in (cluster.data_dir / "jobs").rglob("*") if path.is_file()]


def test_a_storage_that_is_away_is_told_and_comes_back_by_itself(cluster: Cluster, small_portrait_png: Path) -> None:
    """Nobody waits long, nobody is told where it is, and what needs no file is answered as always."""
    files = {"input_reference": small_portrait_png.read_bytes()}
    post = lambda: cluster.client.post("/videos", data={"prompt": "Good morning.", **FAKES}, files=files)  # noqa: E731
    made = _finished(cluster, post())
    cluster.wire.cut()
    asked = [post, lambda: cluster.client.get(f"/videos/{made['id']}/content", params={"variant": "thumbnail"})]
    for ask in asked * 2:
        refused = ask()
        assert refused.status_code == 503, refused.text
        assert 1 <= int(refused.headers["Retry-After"]) <= 10
        assert refused.json()["error"]["reason"] == "storage_away"
        assert not [word for word in INTERNALS if word in refused.text]
    assert cluster.client.get(f"/videos/{made['id']}").json()["status"] == "completed"
    assert cluster.client.get("/videos").json()["data"][0]["id"] == made["id"]
    cluster.wire.join()
    deadline = time.monotonic() + 30
    while (answer := post()).status_code == 503 and time.monotonic() < deadline:
        time.sleep(float(answer.headers["Retry-After"]) / 4)
    _finished(cluster, answer)
    assert cluster.client.get(f"/videos/{made['id']}/content", params={"variant": "thumbnail"}).status_code == 200


def _json(value: object) -> str:
    return httpx.Request("POST", "http://x", json=value).content.decode()


def _finished(cluster: Cluster, made: httpx.Response) -> dict:
    assert made.status_code == 200, made.text
    deadline = time.monotonic() + 120
    while (video := cluster.client.get(f"/videos/{made.json()['id']}").json())["status"] in ("queued", "in_progress"):
        assert time.monotonic() < deadline, video
        time.sleep(0.1)
    assert video["status"] == "completed", video
    return video
