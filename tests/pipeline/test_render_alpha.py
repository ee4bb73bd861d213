"""A video and the person alone, transparent, beside it: through the recipe, scene by scene."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.core.errors import OptionError
from avatar.core.media import probe, read_frames
from orchestrator import render
from orchestrator.video.request import request_of

FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128", "fps": 10}


def pictures(path: Path) -> list[np.ndarray]:
    with zipfile.ZipFile(path) as file:
        names = [name for name in file.namelist() if name.endswith(".png")]
        assert names == [f"{number:06d}.png" for number in range(len(names))]
        return [np.asarray(Image.open(io.BytesIO(file.read(name)))).astype(float) for name in names]


def test_scenes_become_one_transparent_video_of_each_kind(small_portrait_png: Path, tmp_path: Path) -> None:
    scenes = [
        request_of(photo=small_portrait_png, text=text, alpha="png,webm", **{**FAKES, "backdrop": ground})
        for text, ground in (("One.", "#203040"), ("Two three.", "#d0c0b0"))
    ]
    result = render(scenes=scenes, output=tmp_path / "a.mp4")
    assert set(result.transparent) == {"webm", "png"}
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "a.json", "a.webm", "a-frames.zip"}
    shown = pictures(tmp_path / "a-frames.zip")
    assert len(shown) == result.frames
    assert probe(tmp_path / "a.webm").seconds == pytest.approx(result.seconds, abs=0.12)
    assert json.loads(result.sidecar.read_text())["scenes"][0]["options"]["alpha"] == ["webm", "png"]
    for number, ground in ((0, (0x20, 0x30, 0x40)), (result.frames - 1, (0xD0, 0xC0, 0xB0))):
        alpha = shown[number][..., 3:] / 255
        assert 0.2 < alpha.mean() < 0.9
        composed = shown[number][..., :3] * alpha + np.array(ground) * (1 - alpha)
        frame = list(read_frames(result.path))[number].astype(float)
        assert np.abs(composed - frame).mean() < 4.0, "light of the backdrop on the outline, and H.264, apart"


def test_a_kept_background_and_alpha_contradict(small_portrait_png: Path) -> None:
    with pytest.raises(OptionError, match="leave one of them out"):
        request_of(photo=small_portrait_png, text="One.", **{**FAKES, "backdrop": "photo"}, alpha="webm")
    with pytest.raises(OptionError, match="unknown alpha 'gif': choose among webm, mov, png"):
        request_of(photo=small_portrait_png, text="One.", **FAKES, alpha="gif")
