"""ffmpeg at work: files that players read, sound in step with pictures, nothing left behind when it fails."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import AudioError, MediaError, OutputError
from avatar.core.media import (
    VideoWriter,
    check_ffmpeg,
    decode_audio,
    ffmpeg_binary,
    ffmpeg_version,
    has_audio,
    join,
    probe,
    read_frames,
    write_wav,
)
from avatar.core.types import Size

SIZE = Size(64, 48)
RATE = 22_050


def grey(level: int) -> np.ndarray:
    return np.full((SIZE.height, SIZE.width, 3), level, np.uint8)


def segment(path: Path, levels: range, fps: float = 25.0) -> Path:
    with VideoWriter(path, SIZE, fps) as writer:
        for level in levels:
            writer.write(grey(level))
    return path


def click(seconds: float, at: float) -> np.ndarray:
    samples = np.zeros(int(seconds * RATE), np.float32)
    samples[int(at * RATE)] = 0.9
    return samples


def program(path: Path, says: str) -> Path:
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


# -- the binary --------------------------------------------------------------------------------------------------------


def test_the_packaged_ffmpeg_can_do_the_job() -> None:
    assert check_ffmpeg() == ffmpeg_version()
    assert Path(ffmpeg_binary()).is_file()


def test_a_chosen_ffmpeg_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVORUN_FFMPEG", "/nowhere/ffmpeg")
    with pytest.raises(MediaError, match="GOVORUN_FFMPEG names /nowhere/ffmpeg"):
        check_ffmpeg()


@pytest.mark.parametrize(
    ("says", "complaint"),
    [
        ("echo 'ffmpeg version 4.1.2 Copyright'", "4.1.2 is too old"),
        ("echo 'ffmpeg version 6.0 Copyright'", "lacks the encoder libx264"),
        ("exit 3", "does not run as ffmpeg"),
    ],
)
def test_an_ffmpeg_that_cannot_do_the_job_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, complaint: str
) -> None:
    monkeypatch.setenv("GOVORUN_FFMPEG", str(program(tmp_path / "ffmpeg", says)))
    with pytest.raises(MediaError, match=complaint):
        check_ffmpeg()


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.wav", "-i.wav", "it's; $(rm) %d.wav", "http:x.wav", "ünï 日本.wav"])
def test_sound_comes_back_whatever_the_file_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    sound = (0.5 * np.sin(np.arange(RATE) * 2 * np.pi * 440 / RATE)).astype(np.float32)
    write_wav(Path(name), sound, RATE)
    back = decode_audio(Path(name), RATE)
    assert back.dtype == np.float32
    assert len(back) == RATE
    assert np.abs(back - sound).max() < 1e-3
    assert has_audio(Path(name))


def test_sound_is_resampled_and_mixed_to_mono(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(np.tile(np.array([8000, 8000], "<i2"), 44_100).tobytes())
    back = decode_audio(path, 16_000)
    assert abs(len(back) - 16_000) <= 1
    assert back[8000] == pytest.approx(8000 / 32768, abs=1e-3)


def test_wav_is_clipped_not_wrapped(tmp_path: Path) -> None:
    write_wav(tmp_path / "loud.wav", np.array([2.0, -2.0], np.float32), RATE)
    back = decode_audio(tmp_path / "loud.wav", RATE)
    assert back[0] > 0.99
    assert back[1] < -0.99


def test_what_is_no_recording_is_said_to_be_none(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("these are words")
    empty = tmp_path / "empty.mp3"
    empty.touch()
    mute = segment(tmp_path / "mute.mp4", range(4))
    for path, complaint in (
        (tmp_path / "none.wav", "There is no file"),
        (tmp_path, "is no file"),
        (text, "cannot be used as a recording"),
        (empty, "cannot be used as a recording"),
        (mute, "it has no sound"),
    ):
        with pytest.raises(AudioError, match=complaint):
            decode_audio(path, RATE)
        assert not has_audio(path)


def test_a_playlist_reaches_no_network(tmp_path: Path) -> None:
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(AudioError):
        decode_audio(path, RATE)


def test_probe_says_what_a_file_holds(tmp_path: Path) -> None:
    found = probe(segment(tmp_path / "a.mp4", range(30), fps=30.0))
    assert (found.size, found.fps, found.video_codec, found.audio_codec) == (SIZE, 30.0, "h264", "")
    assert found.seconds == pytest.approx(1.0, abs=0.02)
    with pytest.raises(MediaError, match="no media file"):
        probe(Path(__file__))


def test_frames_can_be_read_at_another_size(tmp_path: Path) -> None:
    frames = list(read_frames(segment(tmp_path / "a.mp4", range(100, 105)), Size(32, 24)))
    assert [frame.shape for frame in frames] == [(24, 32, 3)] * 5


# -- writing -----------------------------------------------------------------------------------------------------------


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    digests = {
        hashlib.sha256(segment(tmp_path / name, range(20)).read_bytes()).hexdigest() for name in ("a.mp4", "b.mp4")
    }
    assert len(digests) == 1


def test_colours_survive(tmp_path: Path) -> None:
    colours = [(200, 30, 30), (30, 180, 60), (40, 60, 210), (250, 250, 250), (5, 5, 5)]
    with VideoWriter(tmp_path / "a.mp4", SIZE, 25.0) as writer:
        writer.write(np.stack([np.full((48, 64, 3), colour, np.uint8) for colour in colours]))
    for frame, colour in zip(read_frames(tmp_path / "a.mp4"), colours, strict=True):
        assert np.abs(frame.reshape(-1, 3).mean(0) - colour).max() < 5


@pytest.mark.parametrize("batch", [1, 3])
def test_planes_are_encoded_as_they_are(tmp_path: Path, batch: int) -> None:
    """Grey 100 of luma is no range to be turned: it stays luma 100."""
    planes = np.full((3, SIZE.height * 3 // 2, SIZE.width), 100, np.uint8)
    planes[:, SIZE.height :] = 140
    with VideoWriter(tmp_path / "a.mp4", SIZE, 25.0, planes=True) as writer:
        for first in range(0, 3, batch):
            writer.write(planes[first : first + batch] if batch > 1 else planes[first])
    command = [ffmpeg_binary(), "-v", "error", "-i", str(tmp_path / "a.mp4"), "-f", "rawvideo", "pipe:1"]
    shown = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.uint8)
    assert np.abs(shown.reshape(planes.shape).astype(int) - planes).max() <= 1


def test_a_writer_takes_the_frames_that_it_was_made_for(tmp_path: Path) -> None:
    for wrong in (grey(1), grey(1)[..., 0], np.zeros((SIZE.height * 3 // 2, SIZE.width), np.float32)):
        with (
            pytest.raises(ValueError, match="frames must be uint8"),
            VideoWriter(tmp_path / "a.mp4", SIZE, 25, planes=True) as file,
        ):
            file.write(wrong)
    assert list(tmp_path.iterdir()) == []


def test_wrong_frames_are_refused(tmp_path: Path) -> None:
    for wrong in (grey(1).astype(np.float32), grey(1)[:40], grey(1)[..., :1]):
        with pytest.raises(ValueError, match="frames must be uint8"), VideoWriter(tmp_path / "a.mp4", SIZE, 25) as file:
            file.write(wrong)
    assert list(tmp_path.iterdir()) == []


def test_an_error_while_writing_leaves_what_was_there(tmp_path: Path) -> None:
    path = segment(tmp_path / "a.mp4", range(3))
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt), VideoWriter(path, SIZE, 25.0) as writer:
        writer.write(grey(3))
        raise KeyboardInterrupt
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_a_folder_that_is_a_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Cannot write to"):
        VideoWriter(tmp_path / "file" / "a.mp4", SIZE, 25.0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_output_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = program(tmp_path / "ffmpeg", "echo 'Error writing trailer: No space left on device' >&2\nexit 1")
    monkeypatch.setenv("GOVORUN_FFMPEG", str(fake))
    with pytest.raises(OutputError, match="is full"), VideoWriter(tmp_path / "a.mp4", SIZE, 25.0) as writer:
        for level in range(200):
            writer.write(grey(level))
    assert [p.name for p in tmp_path.iterdir()] == ["ffmpeg"]


def test_an_ffmpeg_that_dies_is_a_media_error_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = program(tmp_path / "ffmpeg", "echo 'the moon is wrong' >&2\nexit 1")
    monkeypatch.setenv("GOVORUN_FFMPEG", str(fake))
    with pytest.raises(MediaError, match="the moon is wrong"), VideoWriter(tmp_path / "a.mp4", SIZE, 25.0) as writer:
        for level in range(200):
            writer.write(grey(level))


# -- joining -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [25.0, 29.97, 24.0])
def test_joined_segments_keep_every_frame_and_the_sound_its_place(tmp_path: Path, fps: float) -> None:
    parts = [
        segment(tmp_path / f"it's {index}.mp4", levels, fps)
        for index, levels in enumerate((range(50), range(50, 100), range(100, 107)))
    ]
    path = tmp_path / "out.mp4"
    seconds = 107 / fps
    join(parts, click(seconds - 0.02, 2.0), RATE, 107, fps, path, {"title": "A talk"})
    frames = list(read_frames(path))
    assert len(frames) == 107
    assert all(abs(int(frames[k][20, 20, 0]) - k) <= 3 for k in (0, 49, 50, 51, 99, 100, 106))
    sound = decode_audio(path, 48_000)
    assert abs(len(sound) / 48_000 - seconds) <= 1 / fps
    assert abs(int(np.abs(sound).argmax()) / 48_000 - 2.0) < 0.001
    found = probe(path)
    assert (found.video_codec, found.audio_codec, found.audio_rate) == ("h264", "aac", 48_000)


def test_sound_longer_than_the_video_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    join([segment(tmp_path / "a.mp4", range(25))], click(3.0, 0.5), RATE, 25, 25.0, path)
    assert abs(len(decode_audio(path, 48_000)) / 48_000 - 1.0) <= 0.04


def test_joined_files_start_with_their_index_and_are_the_same_again(tmp_path: Path) -> None:
    part = segment(tmp_path / "a.mp4", range(25))
    for name in ("x.mp4", "y.mp4"):
        join([part], click(1.0, 0.5), RATE, 25, 25.0, tmp_path / name)
    content = (tmp_path / "x.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert content == (tmp_path / "y.mp4").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "x.mp4", "y.mp4"]


def test_sound_may_be_a_memory_map(tmp_path: Path) -> None:
    np.save(tmp_path / "sound.npy", click(1.0, 0.25).astype(np.float64))
    part = segment(tmp_path / "a.mp4", range(25))
    join([part], np.load(tmp_path / "sound.npy", mmap_mode="r"), RATE, 25, 25.0, tmp_path / "out.mp4")
    sound = decode_audio(tmp_path / "out.mp4", 48_000)
    assert abs(int(np.abs(sound).argmax()) / 48_000 - 0.25) < 0.001


def test_a_damaged_segment_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video at all")
    with pytest.raises((MediaError, OutputError)):
        join([tmp_path / "a.mp4"], click(1.0, 0.5), RATE, 25, 25.0, tmp_path / "out.mp4")
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_finished_files_can_be_read_by_others(tmp_path: Path) -> None:
    mode = os.stat(segment(tmp_path / "a.mp4", range(3))).st_mode
    assert mode & stat.S_IRUSR
    assert not mode & stat.S_IXUSR
