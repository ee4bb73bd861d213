"""The sound of a finished video with music: levels in speech and pauses, loudness, peaks, channels.

Speech is alike in both channels and the tunes are not, so the difference of the channels is music alone.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.compose.bed import LIFT_DB
from avatar.core.errors import Cancelled, DiskFull
from avatar.core.loudness import measured
from avatar.core.media import VideoWriter, decode_audio, read_audio
from avatar.core.progress import Progress, silent
from avatar.core.types import FacePlan, Phoneme, Size, Speech, frame_count
from orchestrator.video import outputs, soundtrack
from orchestrator.video.finish import _join
from orchestrator.video.folder import WorkFolder, segments_of
from orchestrator.video.outputs import outputs_of
from orchestrator.video.request import request_of
from orchestrator.video.soundtrack import CEILING_DBTP, soundtrack_of
from orchestrator.video.timeline import Scene, lay_out
from tests.tunes import RATE, chord, write_tune

FPS, SIZE = 10.0, Size(128, 128)
SPOKEN = ((0.2, 4.0), (8.0, 12.0))
SECONDS = 16.0


def speech(rate: int = 24_000, level: float = 0.25, seconds: float = SECONDS) -> Speech:
    """Noise in syllables while somebody speaks, silence else."""
    t = np.arange(round(seconds * rate)) / rate
    heard = sum(((t >= start) & (t < end)) for start, end in SPOKEN)
    syllables = np.sin(2 * np.pi * 2.5 * t) ** 4
    samples = heard * syllables * np.random.default_rng(3).normal(0, level, len(t)).clip(-1, 1)
    phonemes = tuple(Phoneme(start, end, "a") for start, end in SPOKEN if end <= seconds)
    return Speech(samples.astype(np.float32), rate, "en", phonemes)


def scenes_of(folder: Path, photo: Path, speeches: list[Speech], **options: object) -> tuple[Scene, ...]:
    works = []
    for number, spoken in enumerate(speeches):
        request = request_of(photo=photo, text="word.", size=str(SIZE), fps=FPS, **options)
        work = WorkFolder.create(folder / str(number), request)
        work.save_speech(spoken)
        work.save_face(FacePlan("still", SIZE, FPS, frame_count(spoken.seconds, FPS), False, {}))
        works.append(work)
    return lay_out(works)


def heard(scenes: tuple[Scene, ...], scratch: Path) -> tuple[np.ndarray, dict[str, Any]]:
    track = soundtrack_of(scenes, scratch, silent())
    assert (track.rate, track.channels) == (RATE, 2)
    return np.concatenate(list(track.blocks())), dict(track.facts)


def level(samples: np.ndarray, start: float, end: float) -> float:
    """Of what differs in the channels between two moments, in dB."""
    part = samples[round(start * RATE) : round(end * RATE)].astype(np.float64)
    return float(10 * np.log10(np.mean((part[:, 0] - part[:, 1]) ** 2)))


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tune(tmp_path_factory.mktemp("tunes") / "tune.wav", chord(5.0, 220.0, 331.0))


def test_music_is_down_under_speech_and_up_in_pauses(tune: Path, small_portrait_png: Path, tmp_path: Path) -> None:
    scenes = scenes_of(tmp_path, small_portrait_png, [speech()], music=tune, music_volume=-20)
    samples, facts = heard(scenes, tmp_path)
    assert len(samples) == SECONDS * RATE
    under, pause = level(samples, 1.5, 4.2), level(samples, 5.4, 7.6)
    assert pause - under == pytest.approx(LIFT_DB, abs=0.5)
    assert level(samples, 8.0, 12.2) == pytest.approx(under, abs=0.5)
    assert level(samples, 0.0, 0.1) < under - 20 and level(samples, 15.9, 16.0) < pause - 20
    music = facts["music"]
    lies = music["lufs"] + music["gain_db"] - facts["speech_lufs"]
    assert lies == pytest.approx(-20, abs=0.01)
    assert (music["file"], music["loop_seconds"]) == ("tune.wav", 5.0)
    side = samples[:, 0] - samples[:, 1]
    smooth = np.abs(np.diff(chord(1.0, 220.0, 331.0, level=0.22), axis=0)).sum(axis=1).max() / 0.22
    assert np.abs(np.diff(side)).max() < 1.2 * smooth * np.abs(side).max() / 2


@pytest.mark.parametrize(
    ("options", "target"), [({}, -16.0), ({"loudness": -23}, -23.0), ({"loudness": -12, "music_volume": -6}, -12.0)]
)
def test_the_whole_is_as_loud_as_asked(
    tune: Path, small_portrait_png: Path, tmp_path: Path, options: dict[str, Any], target: float
) -> None:
    samples, facts = heard(scenes_of(tmp_path, small_portrait_png, [speech()], music=tune, **options), tmp_path)
    found = measured(iter((samples,)), RATE)
    assert found.lufs == pytest.approx(target, abs=0.2)
    assert found.peak <= CEILING_DBTP
    assert facts["target_lufs"] == target and facts["limited"] == (target == -12.0)


def test_a_loudness_needs_no_music(small_portrait_png: Path, tmp_path: Path) -> None:
    samples, facts = heard(scenes_of(tmp_path, small_portrait_png, [speech()], loudness=-20), tmp_path)
    assert measured(iter((samples,)), RATE).lufs == pytest.approx(-20, abs=0.2)
    assert np.array_equal(samples[:, 0], samples[:, 1]) and "music" not in facts


def test_speech_alone_is_left_as_it_is(small_portrait_png: Path, tmp_path: Path) -> None:
    spoken = speech()
    track = soundtrack_of(scenes_of(tmp_path, small_portrait_png, [spoken]), tmp_path, silent())
    assert (track.rate, track.channels, track.facts) == (24_000, 1, {})
    assert np.array_equal(np.concatenate(list(track.blocks())), spoken.samples)


def test_mono_music_is_alike_in_both_channels(small_portrait_png: Path, tmp_path: Path) -> None:
    mono = write_tune(tmp_path / "mono.wav", chord(30.0, 262.0))
    samples, facts = heard(scenes_of(tmp_path, small_portrait_png, [speech()], music=mono), tmp_path)
    assert np.array_equal(samples[:, 0], samples[:, 1])
    pause = samples[round(5.5 * RATE) : round(7.5 * RATE), 0]
    assert np.sqrt(np.mean(pause**2)) > 0.01 and "loop_seconds" not in facts["music"]


def test_a_script_of_pauses_alone_has_music(tune: Path, small_portrait_png: Path, tmp_path: Path) -> None:
    quiet = Speech(np.zeros(8 * 24_000, np.float32), 24_000, "en")
    samples, facts = heard(scenes_of(tmp_path, small_portrait_png, [quiet], music=tune), tmp_path)
    assert measured(iter((samples,)), RATE).lufs == pytest.approx(-16, abs=0.2)
    assert facts["speech_lufs"] is None


def test_one_bed_goes_through_scenes_of_different_rates(tune: Path, small_portrait_png: Path, tmp_path: Path) -> None:
    pair = scenes_of(tmp_path, small_portrait_png, [speech(seconds=6.03), speech(22_050)], music=tune)
    samples, _ = heard(pair, tmp_path)
    assert len(samples) == round(pair[-1].end * RATE)
    ends = pair[1].start
    assert level(samples, ends - 0.3, ends + 0.2) == pytest.approx(level(samples, 2.0, 4.0), abs=3 + LIFT_DB)
    assert level(samples, ends + 0.25, ends + 4.0) == pytest.approx(level(samples, 2.0, 4.0), abs=1.0)


def test_equal_requests_sound_alike(tune: Path, small_portrait_png: Path, tmp_path: Path) -> None:
    twins = [
        heard(scenes_of(tmp_path / name, small_portrait_png, [speech()], music=tune), tmp_path / name)[0]
        for name in ("a", "b")
    ]
    assert np.array_equal(*twins)


def test_the_files_have_the_sound_that_was_measured(tune: Path, small_portrait_png: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"music": tune, "alpha": "mov,png", "loudness": -14, "music_volume": -12}
    scenes = scenes_of(tmp_path, small_portrait_png, [speech()], **options)
    from avatar.compose.transparent import TransparentWriter

    for segment in segments_of(scenes[0].face.frames):
        pictures = np.zeros((segment.stop - segment.start, 128, 128, 4), np.uint8)
        with VideoWriter(scenes[0].work.segment_path(segment), SIZE, FPS) as writer:
            writer.write(pictures[..., :3].copy())
        for kind, path in scenes[0].work.transparent_paths(segment).items():
            with TransparentWriter(path, SIZE, FPS, kind) as transparent:
                transparent.write(pictures)
    wanted = outputs_of(tmp_path / "out.mp4", (), alpha=("mov", "png"))
    told = _join(scenes, wanted, silent())["sound"]
    found = measured(read_audio(wanted.video, RATE, 2), RATE)
    assert found.lufs == told["lufs"] == pytest.approx(-14, abs=0.5)
    assert found.peak == told["true_peak_dbtp"] <= CEILING_DBTP
    assert json.loads(json.dumps(told)) == told
    mixed, _ = heard(scenes, tmp_path)
    for path in (wanted.video, wanted.transparent["mov"]):
        back = np.concatenate(list(read_audio(path, RATE, 2)))
        assert level(back, 5.4, 7.6) == pytest.approx(level(mixed, 5.4, 7.6), abs=0.3)
    with zipfile.ZipFile(wanted.transparent["png"]) as pictures:
        (tmp_path / "sound.wav").write_bytes(pictures.read("sound.wav"))
    back = np.concatenate(list(read_audio(tmp_path / "sound.wav", RATE, 2)))
    assert np.abs(back - mixed).max() < 1e-4
    assert len(decode_audio(wanted.video, RATE)) >= SECONDS * RATE


def test_it_can_be_stopped_and_wants_room(
    tune: Path, small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = scenes_of(tmp_path, small_portrait_png, [speech()], music=tune)

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.45:
            raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        soundtrack_of(scenes, tmp_path, Progress(stop))
    monkeypatch.setattr(outputs, "_LEAST_FREE", 1 << 60)
    with pytest.raises(DiskFull):
        soundtrack_of(scenes, tmp_path, silent())


def test_long_pieces_are_decoded_again_and_short_ones_kept(
    tune: Path, small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = scenes_of(tmp_path, small_portrait_png, [speech()], music=tune)
    kept, _ = heard(scenes, tmp_path)
    monkeypatch.setattr(soundtrack, "_KEPT_S", 0.0)
    decoded, _ = heard(scenes, tmp_path)
    assert np.array_equal(kept, decoded)
