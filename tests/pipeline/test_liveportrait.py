"""Videos by LivePortrait from checkpoints in the published layout: by the command line, and by a job on a GPU's queue.

The networks have their full size; with weights drawn by a rule the face is noise, and the rest of the photo is not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.media import read_frames, write_wav
from avatar.core.types import FacePlan, Size
from avatar.face.engines import liveportrait
from avatar.face.engines.liveportrait import LivePortrait
from orchestrator.cli.main import run
from orchestrator.jobs.claims import Claim
from orchestrator.jobs.service import Service
from orchestrator.video.request import request_of
from orchestrator.video.steps import ON_DEVICE
from orchestrator.worker.attempt import work_on
from tests import liveportrait_small, sadtalker_small
from tests.service.inline import open_service

_SIZE = Size(256, 256)


@pytest.fixture
def _forgotten() -> Iterator[None]:
    """The large networks are dropped afterwards."""
    yield
    liveportrait.forget()


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """A hum as long as two frames of a video at 10 frames a second."""
    seconds = np.arange(3200) / 16000
    hum = sum(0.2 * np.sin(2 * np.pi * 140 * k * seconds) / k for k in range(1, 9)) * np.sin(np.pi * seconds / 0.2)
    write_wav(tmp_path / "voice.wav", hum.astype(np.float32), 16000)
    return tmp_path / "voice.wav"


def _assert_a_face_of_noise(video: Path, photo: Path) -> None:
    from PIL import Image

    frames = np.stack(list(read_frames(video))).astype(int)
    assert frames.shape == (2, 256, 256, 3)
    with Image.open(photo) as picture:
        away = np.abs(frames[0] - np.asarray(picture.convert("RGB"), int)).mean(axis=2)
    assert away[100:200, 80:180].mean() > 25
    assert away[:8, :40].mean() < 12  # a corner that the crop leaves alone, but for the encoding


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("_forgotten")
def test_published_checkpoints_speak(
    liveportrait_weights: Path, small_portrait_png: Path, voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_WORKERS", "1")
    given = {"weights": str(liveportrait_weights), "measure": "off"}
    output = tmp_path / "a.mp4"
    asked = ["--photo", str(small_portrait_png), "--audio", str(voice), "--fps", "10", "--quiet", "--size", str(_SIZE)]
    engine = ["--face-engine", "liveportrait", *(f"--face-option={name}={value}" for name, value in given.items())]
    assert run(["render", *asked, *engine, "--backdrop", "photo", "-o", str(output)]) == 0
    _assert_a_face_of_noise(output, small_portrait_png)
    sidecar = json.loads(output.with_suffix(".json").read_text())
    content = (liveportrait_weights / "base_models" / "spade_generator.pth").read_bytes()
    card = sidecar["engines"]["face"]
    assert (card["name"], card["weights_sha256"]) == ("liveportrait", hashlib.sha256(content).hexdigest())
    assert card["weights_licence"].startswith("MIT")
    assert sidecar["options"]["face_option"] == {"weights": liveportrait_weights.name, "measure": "off"}


@pytest.mark.usefixtures("_forgotten")
def test_a_job_draws_faces_on_a_queue_of_their_own(
    small_portrait_png: Path, voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With small networks, whose file is of the published layout, too."""
    (tmp_path / "weights").mkdir()
    given = {**liveportrait_small.install(tmp_path / "weights", monkeypatch), "measure": "off"}
    done = _as_a_job(tmp_path, monkeypatch, small_portrait_png, voice, given)
    assert [queue for name, queue in done if name.split("/")[1:2] in (["face"], ["segment"])] == ["gpu", "gpu"]


def _as_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photo: Path, voice: Path, given: dict[str, str]
) -> list[tuple[str, str]]:
    """The same by the service, one worker for each queue; the steps in order with their queues."""
    service = open_service(tmp_path / "data", monkeypatch)
    monkeypatch.setattr(Service, "queues_of", lambda service, scenes: dict.fromkeys(ON_DEVICE, "gpu"))
    wanted = {"fps": 10, "size": str(_SIZE), "backdrop": "photo", "device": "cpu", "face_engine": "liveportrait"}
    job, done = service.submit(request_of(photo=photo, audio=voice, face_option=given, **wanted)), []
    while len(done) < 20 and (claims := [found for queue in ("cpu", "gpu") if (found := _claim(service, queue))]):
        for claim, queue in claims:
            work_on(claim, service)
            done.append((claim.name, queue))
    ended = service.jobs.get(job.id)
    assert (ended.state, ended.error_message) == ("completed", "")
    video = service.folder(job.id).video
    assert np.stack(list(read_frames(video))).shape == (2, 256, 256, 3)
    assert json.loads(video.with_suffix(".json").read_text())["engines"]["face"]["name"] == "liveportrait"
    return done


def _claim(service: Service, queue: str) -> tuple[Claim, str] | None:
    claim = service.claims.claim([queue], queue, 60.0)
    return None if claim is None else (claim, queue)


def test_a_device_or_precision_that_is_not_here_is_an_error(liveportrait_weights: Path) -> None:
    kept = json.dumps({"weights": str(liveportrait_weights), "half": "on"})
    constants = {"options": np.array(kept), "matrix": np.eye(3), "source": np.zeros((1, 21, 3), np.float32)}
    plan = FacePlan("liveportrait", _SIZE, 25.0, 1, True, {}, constants)
    portrait = sadtalker_small.sitter()
    if not torch.cuda.is_available():
        with pytest.raises(MissingEngine, match="use --device cpu"):
            LivePortrait().open(plan, portrait, "cuda")
    with pytest.raises(OptionError, match="need device cuda"):
        LivePortrait().open(plan, portrait, "cpu")


def test_a_wrong_option_ends_before_anything_is_made(small_portrait_png: Path, tmp_path: Path) -> None:
    asked = ["--photo", str(small_portrait_png), "--text", "Hello.", "--face-engine", "liveportrait"]
    status = run(["render", *asked, "--face-option", "smile=99", "-o", str(tmp_path / "a.mp4")])
    assert status == OptionError.exit_code
    assert list(tmp_path.iterdir()) == []
