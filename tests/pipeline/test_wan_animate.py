"""Videos by Wan Animate from a tiny model of random weights: by the command line, and by a job on a GPU's queue."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.media import read_frames, write_wav
from orchestrator.cli.main import run
from orchestrator.jobs.service import Service
from orchestrator.video.request import request_of
from orchestrator.video.steps import ON_DEVICE
from orchestrator.worker.attempt import work_on
from tests.service.inline import open_service
from tests.video_models import save_wan_animate


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    model = save_wan_animate(tmp_path_factory.mktemp("wan-animate"))
    return {"weights": str(model), "side": "64", "steps": "1", "frames": "9", "overlap": "1"}


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """A hum as long as twelve frames of a video at 10 frames a second."""
    seconds = np.arange(19200) / 16000
    hum = sum(0.2 * np.sin(2 * np.pi * 140 * k * seconds) / k for k in range(1, 9)) * np.sin(5 * seconds) ** 2
    write_wav(tmp_path / "voice.wav", hum.astype(np.float32), 16000)
    return tmp_path / "voice.wav"


def test_the_command_line_and_a_job_draw_the_same_frames(
    given: dict[str, str], small_portrait_png: Path, voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_WORKERS", "1")
    output = tmp_path / "a.mp4"
    asked = ["--photo", str(small_portrait_png), "--audio", str(voice), "--fps", "10", "--quiet", "--size", "128x128"]
    engine = ["--face-engine", "wan-animate", *(f"--face-option={name}={value}" for name, value in given.items())]
    assert run(["render", *asked, *engine, "--backdrop", "photo", "-o", str(output)]) == 0
    drawn = np.stack(list(read_frames(output)))
    assert drawn.shape == (12, 128, 128, 3)
    sidecar = json.loads(output.with_suffix(".json").read_text())
    assert sidecar["engines"]["face"]["name"] == "wan-animate"
    assert sidecar["engines"]["face"]["weights_licence"] == "Apache-2.0"
    assert any("parts of 0.9 s" in note for note in sidecar["notes"])

    service = open_service(tmp_path / "data", monkeypatch)
    monkeypatch.setattr(Service, "queues_of", lambda service, scenes: dict.fromkeys(ON_DEVICE, "gpu"))
    wanted = {"fps": 10, "size": "128x128", "backdrop": "photo", "device": "cpu", "face_engine": "wan-animate"}
    job, done = service.submit(request_of(photo=small_portrait_png, audio=voice, face_option=given, **wanted)), []
    while len(done) < 20 and (claims := [(q, found) for q in ("cpu", "gpu") if (found := _claim(service, q))]):
        for queue, claim in claims:
            work_on(claim, service)
            done.append((claim.name, queue))
    ended = service.jobs.get(job.id)
    assert (ended.state, ended.error_message) == ("completed", "")
    assert [queue for name, queue in done if name.split("/")[1:2] in (["face"], ["segment"])] == ["gpu", "gpu"]
    assert np.array_equal(np.stack(list(read_frames(service.folder(job.id).video))), drawn)


def _claim(service: Service, queue: str) -> object:
    return service.claims.claim([queue], queue, 60.0)


def test_a_wrong_option_ends_before_anything_is_made(small_portrait_png: Path, tmp_path: Path) -> None:
    asked = ["--photo", str(small_portrait_png), "--text", "Hello.", "--face-engine", "wan-animate"]
    status = run(["render", *asked, "--face-option", "frames=76", "-o", str(tmp_path / "a.mp4")])
    assert status == OptionError.exit_code
    assert list(tmp_path.iterdir()) == []
