"""Voices to hear and backdrops to look at: made by a worker while the request waits."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest
from PIL import Image

from avatar.core.errors import Cancelled, GovorunError, OptionError
from avatar.core.media import decode_audio, probe
from avatar.core.progress import Progress
from orchestrator.api import waiting
from orchestrator.api.app import create_app
from orchestrator.jobs.folder import JobFolder
from orchestrator.jobs.service import Service, service_of
from orchestrator.jobs.table import new_job
from orchestrator.previews.asked import FORMATS, BackdropAsked, SpeechAsked, result_of
from orchestrator.previews.make import make
from orchestrator.previews.order import order
from orchestrator.settings import Settings
from orchestrator.worker.lease import Watch
from tests.service.doors import Door, asked
from tests.service.inline import QUEUES, do_steps
from tests.service.live import LiveService, live

SILENT = Progress(lambda fraction, message: None)
HELLO = SpeechAsked(text="Hello there.", engine="tone", format="wav")
BLUE = BackdropAsked(backdrop="#2040a0", size="128x128", frames=3)


def made(request: SpeechAsked | BackdropAsked, folder: Path) -> Path:
    job = new_job("speech_1", request.model_dump_json())
    make(job, JobFolder(folder, job.id), SILENT)
    (result,) = (folder / "jobs" / job.id).iterdir()
    assert result.name == result_of(request)
    return result


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "pcm"])
def test_speech_comes_in_every_format(tmp_path: Path, kind: str) -> None:
    result = made(SpeechAsked(text="Hello there.", engine="tone", format=kind), tmp_path)
    codecs = {"wav": "pcm_s16le"}
    assert probe(result).audio_codec == codecs.get(kind, kind)
    samples = decode_audio(result, 16_000)
    assert 0.8 < len(samples) / 16_000 < 2.5
    assert np.abs(samples).max() > 0.1


def test_pcm_is_24_khz(tmp_path: Path) -> None:
    wav = decode_audio(made(HELLO, tmp_path / "a"), 24_000)
    raw = np.frombuffer(made(HELLO.model_copy(update={"format": "pcm"}), tmp_path / "b").read_bytes(), "<i2")
    assert abs(len(raw) - len(wav)) < 100


@pytest.mark.parametrize("speed", [0.25, 0.5, 2.0, 4.0])
def test_speed_changes_the_length(tmp_path: Path, speed: float) -> None:
    text = "One two three four five six seven eight nine ten. " * 3
    usual = len(decode_audio(made(SpeechAsked(text=text, engine="tone", format="wav"), tmp_path / "a"), 8000))
    request = SpeechAsked(text=text, engine="tone", format="wav", speed=speed)
    changed = len(decode_audio(made(request, tmp_path / "b"), 8000))
    assert changed * speed == pytest.approx(usual, rel=0.35)
    assert (changed > usual) == (speed < 1)


def test_a_backdrop_is_an_animated_picture(tmp_path: Path) -> None:
    with Image.open(made(BLUE, tmp_path)) as picture:
        assert picture.format == "WEBP"
        assert picture.size == (128, 128)
        colour = np.asarray(picture.convert("RGB")).reshape(-1, 3).mean(0)
    assert np.abs(colour - (0x20, 0x40, 0xA0)).max() < 6
    with Image.open(made(BackdropAsked(backdrop="ocean", size="128x128", frames=4), tmp_path / "b")) as picture:
        assert picture.n_frames == 4
        first = np.asarray(picture.convert("RGB"), float)
        picture.seek(2)
        assert np.abs(first - np.asarray(picture.convert("RGB"), float)).mean() > 0.5


def test_what_cannot_be_made_says_why(tmp_path: Path) -> None:
    with pytest.raises(GovorunError):
        made(SpeechAsked(text="Hello", voice="nobody"), tmp_path)
    with pytest.raises(OptionError, match="pixels a side"):
        made(BLUE.model_copy(update={"size": "1280x720"}), tmp_path)


def test_work_can_be_stopped(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled("enough")

    job = new_job("speech_1", HELLO.model_dump_json())
    with pytest.raises(Cancelled):
        make(job, JobFolder(tmp_path, job.id), Progress(stop))
    assert list((tmp_path / "jobs" / job.id).iterdir()) == []


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_connections: None) -> Service:
    monkeypatch.setattr("orchestrator.jobs.service.call_workers", lambda job_id, queues: None)
    return service_of(Settings(data_dir=tmp_path))


def test_the_same_is_not_made_twice(service: Service) -> None:
    first = order(service, HELLO)
    assert order(service, HELLO) == first
    assert do_steps(service) == ["quick"]
    assert service.jobs.get(first).state == "completed"
    assert order(service, HELLO) == first
    assert do_steps(service) == []
    assert order(service, HELLO, "somebody else") != first
    assert service.jobs.page() == []


def test_workers_are_called_once_for_what_is_new(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(service, "call", lambda job_id, queues: called.append((job_id, list(queues))))
    first = order(service, HELLO)
    assert order(service, HELLO) == first
    other = order(service, BLUE)
    assert called == [(first, ["quick"]), (other, ["quick"])]


def test_what_failed_or_was_stopped_is_made_anew(service: Service) -> None:
    first = order(service, HELLO)
    assert service.cancel(first)
    assert order(service, HELLO) == first
    assert do_steps(service) == ["quick"]
    service.storage.remove(first, "speech.wav")
    assert order(service, HELLO) == first
    assert do_steps(service) == ["quick"]
    assert service.storage.size(first, "speech.wav")


def test_many_may_ask_at_once(service: Service) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(order(service, BLUE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert service.claims.claim(QUEUES, "one", 30.0) is not None
    assert service.claims.claim(QUEUES, "two", 30.0) is None


def test_a_preview_that_nobody_waits_for_does_not_cost_the_worker(service: Service) -> None:
    """A video's step has to hear within two seconds; a preview may be loading libraries, which the next one needs."""
    order(service, HELLO)
    claim = service.claims.claim(QUEUES, "one", 30.0)
    assert claim is not None
    assert Watch(claim, service, 0)._grace() > 10.0
    assert Watch(replace(claim, name="0/speech"), service, 1)._grace() < 2.0


def test_who_waits_too_long_is_told(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_PATIENCE", 0.2)
    door = Door(create_app(service.settings))
    late = door.ask("POST", "/v1/backdrops/preview", json={"prompt": "#204060", "size": "128x128"})
    assert late.status_code == 503
    assert late.headers["Retry-After"] == "5"
    assert asked(late).code == "busy"
    assert service.jobs.counts() == {"cancelled": 1}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "@/etc/passwd"}, "prompt"),
        ({"prompt": "photo"}, "prompt"),
        ({"prompt": "#12"}, None),
        ({"prompt": "sea", "size": "9x9"}, "size"),
        ({"prompt": "sea", "size": "1280x720"}, "size"),
        ({"prompt": "sea", "frames": 1000}, "frames"),
        ({"prompt": "sea", "engine": "kandinsky"}, "engine"),
        ({"prompt": "sea", "path": "x"}, "path"),
    ],
)
def test_previews_are_checked_at_the_door(service: Service, body: dict[str, object], param: str | None) -> None:
    refused = Door(create_app(service.settings)).ask("POST", "/v1/backdrops/preview", json=body)
    assert refused.status_code == 400
    assert asked(refused).param == param


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"input": ""}, 400),
        ({"input": "x" * 4097}, 400),
        ({"input": "Hello", "voice": "/etc/passwd.onnx"}, 400),
        ({"input": "Hello", "voice": "../../voice.onnx"}, 400),
        ({"input": "Hello [voice:/tmp/a.onnx] you"}, 400),
        ({"input": "Hello [nonsense] you"}, 400),
        ({"input": "Hello", "speed": 9}, 400),
        ({"input": "Hello", "response_format": "midi"}, 400),
        ({"input": "Hello", "model": "gpt-9"}, 404),
        ({"input": "Hello", "model": "recorded"}, 404),
        ({"input": "Hello", "instructions": "whisper"}, 400),
        ({"input": "Hello", "stream_format": "sse"}, 400),
        ([], 400),
    ],
)
def test_speech_is_checked_at_the_door(service: Service, body: object, status: int) -> None:
    door = Door(create_app(service.settings))
    assert door.ask("POST", "/v1/audio/speech", json=body).status_code == status
    assert service.jobs.counts() == {}


@pytest.fixture(scope="module")
def quick_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live(tmp_path_factory.mktemp("quick")) as service:
        yield service


def test_the_openai_client_speaks(quick_service: LiveService, tmp_path: Path) -> None:
    client = openai.OpenAI(base_url=quick_service.base_url, api_key="any", max_retries=3)
    spoken = client.audio.speech.create(model="tone", input="Hello there.", voice="tone", response_format="wav")
    spoken.write_to_file(tmp_path / "a.wav")
    assert len(decode_audio(tmp_path / "a.wav", 8000)) > 4000
    real = client.audio.speech.with_streaming_response
    with real.create(model="govorun", input="Hello there.", voice="en_US-joe") as response:
        assert response.headers["content-type"] == "audio/mpeg"
        response.stream_to_file(tmp_path / "b.mp3")
    assert len(decode_audio(tmp_path / "b.mp3", 8000)) > 4000
    with pytest.raises(openai.BadRequestError, match="nobody"):
        client.audio.speech.create(model="govorun", input="Hello there.", voice="nobody")
    with pytest.raises(openai.NotFoundError):
        client.audio.speech.create(model="gpt-9", input="Hello there.", voice="tone")
    assert "govorun" in [model.id for model in client.models.list()]
    assert client.models.retrieve("speech/piper").owned_by == "govorun"


def test_samples_and_previews_over_http(quick_service: LiveService) -> None:
    with httpx.Client(base_url=quick_service.url, timeout=120) as client:
        sample = client.get("/v1/voices/tone/sample")
        assert (sample.status_code, sample.headers["content-type"]) == (200, "audio/mpeg")
        assert client.get("/v1/voices/nobody/sample").status_code == 404
        preview = client.post("/v1/backdrops/preview", json={"prompt": "#204060", "size": "128x128", "frames": 2})
        assert (preview.status_code, preview.headers["content-type"]) == (200, "image/webp")
        assert Image.open(io.BytesIO(preview.content)).size == (128, 128)


def test_a_client_that_leaves_stops_the_work(tmp_path: Path) -> None:
    with live(tmp_path, workers=0) as lonely:
        jobs = service_of(Settings(data_dir=tmp_path)).jobs
        client = HTTPConnection(lonely.url.removeprefix("http://"))
        client.request("POST", "/v1/audio/speech", b'{"input": "Hello."}', {"Content-Type": "application/json"})
        _await(lambda: jobs.counts() == {"queued": 1})
        client.close()
        _await(lambda: jobs.counts() == {"cancelled": 1})
        assert jobs.counts() == {"cancelled": 1}


def _await(what: Callable[[], bool]) -> None:
    """Until ``what`` is true, a minute at most."""
    deadline = time.monotonic() + 60.0
    while not what() and time.monotonic() < deadline:
        time.sleep(0.05)
