"""Scenes end to end: whatever their lengths and rates, every sound stays with its frame."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.core.media import VideoWriter, decode_audio, join, probe
from avatar.core.types import FacePlan, Size, Speech, Word, frame_count
from orchestrator.video import spritesheet
from orchestrator.video.folder import WorkFolder, segments_of
from orchestrator.video.request import request_of
from orchestrator.video.timeline import Scene, captions_of, lay_out, sound_of
from orchestrator.video.transitions import pictures_of

FPS = 24.0
SIZE = Size(128, 128)


def _clicking(seconds: float, rate: int) -> Speech:
    """Silence with one click in the middle."""
    samples = np.zeros(round(seconds * rate), np.float32)
    samples[len(samples) // 2] = 1.0
    return Speech(samples, rate, "en", words=(Word(0.1, seconds - 0.1, "word."),))


def _scenes(folder: Path, photo: Path, speeches: list[Speech]) -> tuple[Scene, ...]:
    works = []
    for number, speech in enumerate(speeches):
        request = request_of(photo=photo, text="word.", size="128x128", fps=FPS)
        work = WorkFolder.create(folder / str(number), request)
        frames = frame_count(speech.seconds, FPS)
        work.save_speech(speech)
        work.save_face(FacePlan("still", SIZE, FPS, frames, False, {}))
        works.append(work)
    return lay_out(works)


def test_sound_does_not_drift_over_many_scenes_of_different_rates(small_portrait_png: Path, tmp_path: Path) -> None:
    lengths = [0.31 + 0.037 * k for k in range(20)]
    rates = [(16_000, 22_050, 24_000)[k % 3] for k in range(20)]
    speeches = [_clicking(seconds, rate) for seconds, rate in zip(lengths, rates, strict=True)]
    scenes = _scenes(tmp_path, small_portrait_png, speeches)
    rate, blocks = sound_of(scenes, tmp_path)
    sound = np.concatenate(list(blocks))
    assert rate == 24_000
    assert len(sound) == round(scenes[-1].end * rate)
    for scene in scenes:
        begin, end = round(scene.start * rate), round(scene.end * rate)
        heard = (begin + int(np.argmax(sound[begin:end]))) / rate - scene.start
        assert heard == pytest.approx(scene.speech.seconds / 2, abs=0.001)


def test_the_joined_file_has_the_sound_of_each_scene_at_its_first_frame(
    small_portrait_png: Path, tmp_path: Path
) -> None:
    loud = np.full(16_000, 0.5, np.float32)
    speeches = [replace(_clicking(0.99, 16_000)), Speech(loud, 16_000, "en"), _clicking(0.5, 22_050)]
    scenes = _scenes(tmp_path, small_portrait_png, speeches)
    for scene in scenes:
        for segment in segments_of(scene.face.frames):
            with VideoWriter(scene.work.segment_path(segment), SIZE, FPS) as writer:
                writer.write(np.zeros((segment.stop - segment.start, 128, 128, 3), np.uint8))
    rate, blocks = sound_of(scenes, tmp_path)
    frames = sum(scene.face.frames for scene in scenes)
    join(pictures_of(scenes, tmp_path), blocks, rate, frames, FPS, tmp_path / "out.mp4")
    back = decode_audio(tmp_path / "out.mp4", 48_000)
    onset = np.flatnonzero(np.abs(back[24_000 + 4800 :]) > 0.3)[0] + 24_000 + 4800
    assert onset / 48_000 == pytest.approx(scenes[1].start, abs=0.01)
    assert probe(tmp_path / "out.mp4").seconds == pytest.approx(frames / FPS, abs=0.03)


def test_a_scene_that_ends_loud_is_faded_and_a_lone_scene_is_left_alone(
    small_portrait_png: Path, tmp_path: Path
) -> None:
    loud = Speech(np.ones(16_000, np.float32), 16_000, "en")
    lone = np.concatenate(list(sound_of(_scenes(tmp_path / "1", small_portrait_png, [loud]), tmp_path)[1]))
    assert (lone == 1.0).all()
    pair = np.concatenate(list(sound_of(_scenes(tmp_path / "2", small_portrait_png, [loud, loud]), tmp_path)[1]))
    assert np.abs(np.diff(pair)).max() < 0.03


def test_captions_follow_their_scene_and_end_with_it(small_portrait_png: Path, tmp_path: Path) -> None:
    scenes = _scenes(tmp_path, small_portrait_png, [_clicking(1.1, 16_000)] * 3)
    cues = captions_of(scenes)
    assert [cue.start for cue in cues] == pytest.approx([scene.start + 0.1 for scene in scenes])
    assert all(cue.end <= scene.end for cue, scene in zip(cues, scenes, strict=True))


def test_the_sheet_of_a_long_video_shows_the_beginning_of_every_segment(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spritesheet, "_SHORT", 100)
    lengths = [300, 260]
    speeches = [Speech(np.zeros(round(16_000 * n / FPS), np.float32), 16_000, "en") for n in lengths]
    scenes = _scenes(tmp_path, small_portrait_png, speeches)
    for scene in scenes:
        for segment in segments_of(scene.face.frames):
            grey = 40 + (scene.first + segment.start) // 4
            pictures = np.zeros((segment.stop - segment.start, 128, 128, 3), np.uint8)
            pictures[0] = grey
            with VideoWriter(scene.work.segment_path(segment), SIZE, FPS) as writer:
                writer.write(pictures)
    rate, blocks = sound_of(scenes, tmp_path)
    join(pictures_of(scenes, tmp_path), blocks, rate, sum(lengths), FPS, tmp_path / "out.mp4")
    told = spritesheet.write_sheet(scenes, tmp_path / "out.mp4", tmp_path / "spritesheet.jpg")["spritesheet"]
    assert told == {"columns": 10, "tile": "160x160", "seconds": [0.0, 10.417, 12.5, 22.917]}
    with Image.open(tmp_path / "spritesheet.jpg") as picture:
        seen = [picture.convert("L").getpixel((80 + 160 * column, 80)) for column in range(5)]
    assert seen == pytest.approx([40, 102, 115, 177, 0], abs=4)


def test_what_is_spoken_beyond_a_scene_is_cut_at_its_end(small_portrait_png: Path, tmp_path: Path) -> None:
    first = Speech(np.zeros(16_000, np.float32), 16_000, "en", words=(Word(0.2, 0.9, "One."),))
    said = (Word(0.1, 0.6, "two"), Word(0.7, 1.6, "three"), Word(1.2, 1.5, "beyond"))
    second = Speech(np.zeros(16_000, np.float32), 16_000, "en", words=said)
    scenes = _scenes(tmp_path, small_portrait_png, [first, second])
    assert scenes[1].end - scenes[1].start == pytest.approx(1.0)
    assert [list(scene.spoken()) for scene in scenes] == [
        [(0.2, 0.9)], [(0.1, 0.6), (0.7, pytest.approx(1.0))],
    ]  # fmt: skip
