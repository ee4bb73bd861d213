"""The real engines together: a few seconds of video, looked at with a decoder, a face finder and a recogniser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from avatar.core.media import decode_audio, probe, read_frames
from orchestrator import render
from orchestrator.bench.hearing import hear
from orchestrator.video.render import RenderResult

TEXT = "My mother bought a big map. We are happy to be here today."


@pytest.fixture(scope="module")
def clip(portrait_png: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderResult:
    output = tmp_path_factory.mktemp("real") / "clip.mp4"
    return render(text=TEXT, photo=portrait_png, output=output, size="256x256", captions="srt")


@pytest.fixture(scope="module")
def frames(clip: RenderResult) -> np.ndarray:
    """uint8 [n, h, w, 3]."""
    return np.stack(list(read_frames(clip.path)))


@pytest.fixture(scope="module")
def gaps(frames: np.ndarray) -> np.ndarray:
    """Inner-lip gap of every frame in units of the eye distance, [n]; every frame has to show a face."""
    from avatar.face.photo import detect_faces

    found = [detect_faces(np.repeat(np.repeat(frame, 2, axis=0), 2, axis=1)) for frame in frames]
    assert all(len(faces) == 1 for faces in found)
    marks = np.stack([faces[0] for faces in found])
    eyes = np.linalg.norm(marks[:, 33, :2] - marks[:, 263, :2], axis=1)
    return np.linalg.norm(marks[:, 13, :2] - marks[:, 14, :2], axis=1) / eyes


def test_the_file_is_what_players_expect(clip: RenderResult, frames: np.ndarray) -> None:
    media = probe(clip.path)
    assert (str(media.size), media.fps, media.video_codec, media.audio_codec) == ("256x256", 25, "h264", "aac")
    assert len(frames) == clip.frames
    sound = decode_audio(clip.path, 16000)
    assert abs(len(sound) / 16000 - clip.frames / 25) <= 0.04
    content = clip.path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_the_mouth_follows_the_sounds(clip: RenderResult, gaps: np.ndarray) -> None:
    phonemes = json.loads(clip.sidecar.read_text())["phonemes"]
    closed = [gaps[_frames(start, end)].min() for start, end, ipa in phonemes if ipa[0] in "pbm"]
    opened = [gaps[_frames(start, end)].max() for start, end, ipa in phonemes if ipa[0] in "aɑæʌ"]
    assert len(closed) >= 6
    assert len(opened) >= 3
    assert np.mean(np.asarray(closed) < 0.035) >= 0.8
    assert np.median(opened) > 0.06


def _frames(start: float, end: float) -> slice:
    return slice(max(0, int(start * 25) - 1), int(end * 25) + 2)


def test_the_backdrop_and_the_person_move(frames: np.ndarray) -> None:
    corner = frames[:, :40, :40].astype(float)
    head = frames[:, 60:200, 80:180].astype(float)
    assert np.abs(corner[-1] - corner[0]).mean() > 0.5
    assert np.abs(np.diff(head, axis=0)).mean() > 0.2


def test_the_words_are_understood(clip: RenderResult) -> None:
    from jiwer import wer

    heard = hear(decode_audio(clip.path, 16000), 16000, "en")
    assert wer(_plain(TEXT), _plain(heard)) < 0.15


def test_captions_carry_the_script(clip: RenderResult) -> None:
    assert _plain(TEXT) in _plain(re.sub(r"[\d:,]+ --> .*|^\d+$", "", clip.captions["srt"].read_text(), flags=re.M))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))
