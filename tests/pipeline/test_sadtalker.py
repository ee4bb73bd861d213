"""A video by SadTalker from a checkpoint in the published layout, and what is said where something is missing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.media import read_frames, write_wav
from avatar.core.progress import silent
from avatar.core.types import FacePlan, Portrait, Size, Speech
from avatar.face import FaceOptions
from avatar.face.engines import sadtalker
from avatar.face.engines.sadtalker import SadTalker
from avatar.face.sadtalker.checkpoint import MAPPINGS, main_file
from orchestrator.cli.main import run
from tests import sadtalker_small

_SIZE = Size(128, 128)


@pytest.fixture
def _forgotten() -> Iterator[None]:
    """The large networks are dropped afterwards."""
    yield
    sadtalker.forget()


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("_forgotten")
def test_a_published_checkpoint_speaks(
    sadtalker_weights: Path, small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The networks at full size; with weights drawn by a rule the face is noise, and the rest of the photo is not."""
    monkeypatch.setenv("GOVORUN_WORKERS", "1")
    seconds = np.arange(3200) / 16000
    hum = sum(0.2 * np.sin(2 * np.pi * 140 * k * seconds) / k for k in range(1, 9)) * np.sin(np.pi * seconds / 0.2)
    write_wav(tmp_path / "voice.wav", hum.astype(np.float32), 16000)
    output = tmp_path / "a.mp4"
    asked = ["--photo", str(small_portrait_png), "--audio", str(tmp_path / "voice.wav"), "--fps", "10", "--quiet"]
    engine = ["--face-engine", "sadtalker", "--face-option", f"weights={sadtalker_weights}", "--size", str(_SIZE)]
    assert run(["render", *asked, *engine, "--backdrop", "photo", "-o", str(output)]) == 0
    frames = np.stack(list(read_frames(output))).astype(int)
    assert frames.shape == (2, 128, 128, 3)
    sidecar = json.loads(output.with_suffix(".json").read_text())
    card = sidecar["engines"]["face"]
    content = (sadtalker_weights / main_file(256)).read_bytes()
    assert (card["name"], card["weights_sha256"]) == ("sadtalker", hashlib.sha256(content).hexdigest())
    assert sidecar["options"]["face_option"] == {"weights": sadtalker_weights.name}
    change = np.abs(frames[1:] - frames[:-1]).mean(axis=(0, 3))
    assert change[40:90, 40:90].mean() > 1 > change[:6].mean()


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return sadtalker_small.sitter()


def test_missing_weights_are_named_with_the_way_to_get_them(
    portrait: Portrait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path))
    speech = Speech(np.zeros(1600, np.float32), 16000, "en")
    gestures = sadtalker_small.gestures(3, 25.0)
    for given in ({}, {"weights": str(tmp_path)}):
        with pytest.raises(MissingEngine, match="govorun models pull sadtalker"):
            SadTalker().plan(portrait, speech, gestures, FaceOptions(_SIZE, engine_options=given), silent())


@pytest.mark.parametrize(("there", "lacking"), [("", main_file(256)), (main_file(256), MAPPINGS[True][0])])
def test_the_file_that_lacks_is_named(there: str, lacking: str, portrait: Portrait, tmp_path: Path) -> None:
    for name in filter(None, [there]):
        (tmp_path / name).touch()
    given = FaceOptions(_SIZE, engine_options={"weights": str(tmp_path)})
    speech, gestures = Speech(np.zeros(1600, np.float32), 16000, "en"), sadtalker_small.gestures(3, 25.0)
    with pytest.raises(MissingEngine, match=f"lacks {re.escape(lacking)}"):
        SadTalker().plan(portrait, speech, gestures, given, silent())


def test_a_device_or_precision_that_is_not_here_is_an_error(portrait: Portrait, sadtalker_weights: Path) -> None:
    kept = json.dumps({"weights": str(sadtalker_weights), "half": "on"})
    plan = FacePlan("sadtalker", _SIZE, 25.0, 1, True, {}, {"options": np.array(kept)})
    if not torch.cuda.is_available():
        with pytest.raises(MissingEngine, match="use --device cpu"):
            SadTalker().open(plan, portrait, "cuda")
    with pytest.raises(OptionError, match="need device cuda"):
        SadTalker().open(plan, portrait, "cpu")


def test_a_wrong_option_ends_before_anything_is_made(small_portrait_png: Path, tmp_path: Path) -> None:
    asked = ["--photo", str(small_portrait_png), "--text", "Hello.", "--face-engine", "sadtalker"]
    status = run(["render", *asked, "--face-option", "pose_style=99", "-o", str(tmp_path / "a.mp4")])
    assert status == OptionError.exit_code
    assert list(tmp_path.iterdir()) == []
