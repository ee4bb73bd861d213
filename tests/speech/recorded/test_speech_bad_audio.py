"""Recordings as people have them: what can be used is used, with a note; what cannot is refused with a reason."""

from __future__ import annotations

import shutil
import subprocess
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import resample_poly

from avatar.core.errors import AudioError, Cancelled
from avatar.core.media import ffmpeg_binary, write_wav
from avatar.core.program import reason
from avatar.core.progress import Progress, silent
from avatar.core.types import Speech
from speech import SpeechOptions, parse, speak
from speech.recorded.recording import Recording, clock, promised_seconds, read_recording

TEXT = "My sister works in a small bakery by the park. They open at seven and bake all morning."
RATE = 22_050


@dataclass(frozen=True)
class Spoken:
    samples: np.ndarray
    speech: Speech


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Spoken:
    speech = speak(parse(TEXT), "piper", SpeechOptions(seed=5), silent(), tmp_path_factory.mktemp("truth"))
    return Spoken(np.array(speech.samples), speech)


def write(path: Path, channels: np.ndarray, rate: int = RATE) -> Path:
    """16-bit WAV of [n, channels], what is beyond full scale cut off."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(np.clip(channels, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def convert(source: Path, target: Path, *arguments: str) -> Path:
    subprocess.run(
        [ffmpeg_binary(), "-loglevel", "error", "-y", "-i", str(source), *arguments, str(target)], check=True
    )
    return target


def read(path: Path, trim: bool = False) -> Recording:
    return read_recording(path, path.parent / "scratch", trim, silent())


def likeness(recording: Recording, spoken: Spoken) -> float:
    """Correlation with what was spoken."""
    wanted = resample_poly(spoken.samples, 320, 441)
    length = min(len(wanted), len(recording.heard))
    return float(np.corrcoef(wanted[:length], recording.heard[:length])[0, 1])


def chords(seconds: float) -> np.ndarray:
    """A slow progression of held chords with overtones."""
    time = np.arange(RATE) / RATE
    bars = [
        sum(np.sin(2 * np.pi * f * k * time) / k for f in chord for k in (1, 2, 3, 4))
        for chord in ((220, 277, 330), (196, 247, 294), (175, 220, 262))
    ]
    return np.resize(np.concatenate(bars) * 0.07, int(seconds * RATE)).astype(np.float32)


UNUSABLE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "silence": (lambda folder: write(folder / "a.wav", np.zeros((RATE * 3, 1))), "is silent"),
    "only an offset": (lambda folder: write(folder / "a.wav", np.full((RATE * 3, 1), 0.4)), "is silent"),
    "white noise": (
        lambda folder: write(folder / "a.wav", np.random.default_rng(0).normal(0, 0.1, (RATE * 4, 1))),
        "only steady noise or music",
    ),
    "music": (lambda folder: write(folder / "a.wav", chords(6)[:, None]), "only steady noise or music"),
    "no samples": (lambda folder: write(folder / "a.wav", np.zeros((0, 1))), "cannot be used|is empty"),
    "a blink": (lambda folder: write(folder / "a.wav", np.full((900, 1), 0.3)), "shorter than 0.2 s"),
    "an empty file": (lambda folder: touched(folder / "a.mp3", b""), "a.mp3 cannot be used"),
    "words": (lambda folder: touched(folder / "a.mp3", b"these are words, no sound"), "a.mp3 cannot be used"),
    "a folder": (lambda folder: folder, "no file"),
}


def touched(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_holds_no_speech_is_refused(name: str, tmp_path: Path) -> None:
    make, reason = UNUSABLE[name]
    with pytest.raises(AudioError, match=reason):
        read(make(tmp_path))
    scratch = tmp_path / "scratch"
    assert not scratch.exists() or list(scratch.iterdir()) == []


def test_a_picture_named_as_sound_is_refused(tmp_path: Path, portrait_png: Path) -> None:
    shutil.copy(portrait_png, tmp_path / "voice.mp3")
    with pytest.raises(AudioError, match=r"voice\.mp3 cannot be used as a recording: it has no sound"):
        read(tmp_path / "voice.mp3")


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    command = ("-f", "lavfi", "-i", "color=size=64x64:duration=1", "-pix_fmt", "yuv420p", str(tmp_path / "mute.mp4"))
    subprocess.run([ffmpeg_binary(), "-loglevel", "error", *command], check=True)
    with pytest.raises(AudioError, match="it has no sound"):
        read(tmp_path / "mute.mp4")


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".ogg", ".flac", ".mp4"])
def test_every_format_sounds_alike(suffix: str, spoken: Spoken, tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", spoken.samples[:, None])
    picture = ("-f", "lavfi", "-i", "color=size=64x64:duration=2", "-shortest") if suffix == ".mp4" else ()
    recording = read(convert(source, tmp_path / f"b{suffix}", *picture))
    assert recording.notes == ()
    assert likeness(recording, spoken) > 0.9


def test_a_wrong_name_does_not_matter(spoken: Spoken, tmp_path: Path) -> None:
    path = write(tmp_path / "really_a_wav.mp3", spoken.samples[:, None])
    assert likeness(read(path), spoken) > 0.99


def test_low_and_high_rates_are_read(spoken: Spoken, tmp_path: Path) -> None:
    low = read(write(tmp_path / "low.wav", resample_poly(spoken.samples, 160, 441)[:, None], 8_000))
    assert "only 8000 Hz" in low.notes[0]
    high = read(write(tmp_path / "high.wav", resample_poly(spoken.samples, 1280, 147)[:, None], 192_000))
    assert high.notes == ()
    assert min(likeness(low, spoken), likeness(high, spoken)) > 0.9


def test_channels_are_mixed_so_that_the_voice_is_heard(spoken: Spoken, tmp_path: Path) -> None:
    voice, nothing = spoken.samples, np.zeros_like(spoken.samples)
    for name, channels in (
        ("stereo", (voice, 0.8 * voice)),
        ("left", (voice, nothing)),
        ("5.1", (nothing, nothing, voice, nothing, nothing, nothing)),
    ):
        recording = read(write(tmp_path / f"{name}.wav", np.stack(channels, axis=1)))
        assert recording.notes == (), name
        assert likeness(recording, spoken) > 0.99, name


def test_channels_that_cancel_each_other_are_not_added(spoken: Spoken, tmp_path: Path) -> None:
    channels = np.stack([spoken.samples, -0.97 * spoken.samples], axis=1)
    recording = read(write(tmp_path / "phase.wav", channels))
    assert recording.notes == ("The two channels of the recording cancel each other: only the left one is used.",)
    assert likeness(recording, spoken) > 0.99


def test_clipping_is_told(spoken: Spoken, tmp_path: Path) -> None:
    loud = spoken.samples / np.percentile(np.abs(spoken.samples), 97)
    assert "clipped" in " ".join(read(write(tmp_path / "loud.wav", loud[:, None])).notes)
    quiet_after = np.clip(loud, -1, 1) * 0.3
    assert "clipped" in " ".join(read(write(tmp_path / "quiet.wav", quiet_after[:, None])).notes)


@pytest.mark.parametrize("level", [0.035, 0.01, 0.004])
def test_a_quiet_recording_is_not_taken_for_a_clipped_one(level: float, spoken: Spoken, tmp_path: Path) -> None:
    quiet = spoken.samples / np.abs(spoken.samples).max() * level
    assert read(write(tmp_path / "quiet.wav", quiet[:, None])).notes == ()
    clipped = np.clip(spoken.samples / np.percentile(np.abs(spoken.samples), 97), -1, 1) * level
    assert "clipped" in " ".join(read(write(tmp_path / "clipped.wav", clipped[:, None])).notes)


def test_an_offset_is_taken_out(spoken: Spoken, tmp_path: Path) -> None:
    recording = read(write(tmp_path / "offset.wav", 0.6 * spoken.samples[:, None] + 0.25))
    assert "offset was taken out" in recording.notes[0]
    assert abs(recording.sound.mean()) < 1e-3
    assert likeness(recording, spoken) > 0.99


def test_a_truncated_file_is_used_as_far_as_it_goes(spoken: Spoken, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.wav", np.tile(spoken.samples, 2)[:, None])
    half = touched(tmp_path / "half.wav", whole.read_bytes()[: whole.stat().st_size // 2])
    recording = read(half)
    assert len(recording.heard) / 16_000 == pytest.approx(spoken.speech.seconds, abs=0.1)
    (note,) = recording.notes
    assert note.startswith(f"The file is damaged or cut off: it promises {clock(2 * spoken.speech.seconds)}, but holds")
    flac = convert(whole, tmp_path / "whole.flac")
    cut = touched(tmp_path / "cut.flac", flac.read_bytes()[: flac.stat().st_size // 2])
    assert "damaged or cut off: it promises" in " ".join(read(cut).notes)
    movie = convert(whole, tmp_path / "whole.m4a")
    with pytest.raises(AudioError, match="cannot be used"):
        read(touched(tmp_path / "cut.m4a", movie.read_bytes()[: movie.stat().st_size // 2]))


def test_a_wav_of_unknown_length_promises_nothing(spoken: Spoken, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.wav", spoken.samples[:, None])
    assert promised_seconds(whole) == pytest.approx(spoken.speech.seconds, abs=0.01)
    content = bytearray(whole.read_bytes())
    for size in (0xFFFFFFFF, 0):
        content[40:44] = size.to_bytes(4, "little")
        assert promised_seconds(touched(tmp_path / "stream.wav", bytes(content))) == 0.0
    assert promised_seconds(touched(tmp_path / "short.wav", bytes(content[:30]))) == 0.0
    assert promised_seconds(touched(tmp_path / "other.mp3", b"ID3")) == 0.0


def test_what_is_said_of_a_damaged_file_names_no_place_in_memory(spoken: Spoken, tmp_path: Path) -> None:
    said = b"[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55d0c8a1b2c0] moov atom not found\n[in#0 @ 0x7f00] Error opening input"
    assert reason(said) == "Error opening input"
    assert reason(said.split(b"\n")[0]) == "moov atom not found"
    movie = convert(write(tmp_path / "a.wav", spoken.samples[:, None]), tmp_path / "a.m4a").read_bytes()
    for part in (2, 3):
        with pytest.raises(AudioError) as refused:
            read(touched(tmp_path / "cut.m4a", movie[: len(movie) // part]))
        assert "@" not in str(refused.value) and "0x" not in str(refused.value)


def test_noise_under_a_voice_is_told(spoken: Spoken, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, spoken.samples.std() * 0.8, len(spoken.samples))
    notes = read(write(tmp_path / "noisy.wav", 0.3 * (spoken.samples + noise)[:, None])).notes
    assert "much noise" in " ".join(notes)


def test_music_before_the_voice_is_told_with_its_place(spoken: Spoken, tmp_path: Path) -> None:
    sound = np.concatenate([np.tile(spoken.samples, 6)[: 30 * RATE], chords(31)])
    notes = read(write(tmp_path / "jingle.wav", sound[:, None])).notes
    assert notes == ("At 0:30 the recording has noise or music instead of speech.",)


def test_silence_is_cut_only_on_request(spoken: Spoken, tmp_path: Path) -> None:
    pause = np.zeros(2 * RATE, np.float32)
    path = write(tmp_path / "slow.wav", np.concatenate([pause, spoken.samples, pause])[:, None])
    kept, cut = read(path), read(path, trim=True)
    assert len(kept.sound) / 48_000 == pytest.approx(spoken.speech.seconds + 4, abs=0.05)
    assert len(cut.sound) / 48_000 == pytest.approx(len(cut.heard) / 16_000, abs=0.001)
    assert len(cut.sound) / 48_000 < spoken.speech.seconds + 0.5


def test_reading_can_be_cancelled_at_every_stage_and_leaves_nothing(spoken: Spoken, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, spoken.samples, RATE)
    heard: list[float] = []
    read_recording(path, tmp_path / "scratch", False, Progress(lambda fraction, message: heard.append(fraction)))
    assert heard == sorted(heard) and len(heard) >= 5

    for limit in sorted(set(heard)):

        def stop(fraction: float, message: str, limit: float = limit) -> None:
            if fraction >= limit:
                raise Cancelled("stopped")

        with pytest.raises(Cancelled):
            read_recording(path, tmp_path / "scratch", False, Progress(stop))
        assert list((tmp_path / "scratch").iterdir()) == []
