"""Whole videos with the weightless engines: files, sidecar, identity, cancelling, cleanliness."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from avatar.core.errors import Cancelled, EngineError, OptionError, PhotoError
from avatar.core.media import probe, read_frames
from avatar.core.progress import Progress, silent
from avatar.core.types import Speech
from orchestrator import render
from orchestrator.settings import load_settings
from orchestrator.video import prepare
from orchestrator.video.folder import WorkFolder, segments_of
from orchestrator.video.place import Place, Step
from orchestrator.video.render_crew import render_side_by_side
from orchestrator.video.request import request_of
from orchestrator.video.steps import STAGES
from speech import SpeechOptions
from speech.engines.tone import Tone
from speech.text.planning import Utterance
from tests.packets import packets

FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128", "fps": 10}
LONG = "One two three four five six seven. " * 12


def _leftovers() -> list[Path]:
    work = load_settings().work
    return list(work.iterdir()) if work.exists() else []


@pytest.fixture(autouse=True)
def _clean() -> None:
    assert _leftovers() == []


def test_a_video_with_its_companions(small_portrait_png: Path, tmp_path: Path) -> None:
    heard: dict[str, float] = {}

    def report(stage: str, fraction: float, message: str) -> None:
        assert fraction >= heard.get(stage, 0.0)
        heard[stage] = fraction

    output = tmp_path / "new" / "a.mp4"
    started = time.perf_counter()
    result = render(
        text="Hello [nod] there, *friend*.",
        photo=small_portrait_png,
        output=output,
        report=report,
        captions="srt,vtt",
        **FAKES,
    )
    elapsed = time.perf_counter() - started
    assert set(heard) == set(result.stage_seconds) == set(STAGES)
    assert set(heard.values()) == {1.0}
    assert sorted(p.name for p in output.parent.iterdir()) == ["a.json", "a.mp4", "a.srt", "a.vtt"]
    assert {path.stat().st_mode & 0o777 for path in output.parent.iterdir()} == {0o644}
    media = probe(output)
    assert (sum(1 for _ in read_frames(output)), media.fps) == (result.frames, 10)
    assert abs(media.seconds - result.seconds) < 0.05
    sidecar = json.loads(output.with_suffix(".json").read_text())
    assert [word[2].strip(",.") for word in sidecar["words"]] == ["Hello", "there", "friend"]
    assert all(start < end for start, end, _ in sidecar["phonemes"])
    assert ["nod", ""] in [cue[2:] for cue in sidecar["directions"]]
    assert {engine["name"] for engine in sidecar["engines"].values()} == {"tone", "still", "solid"}
    assert sidecar["script"] == "Hello [nod] there, *friend*."
    assert (sidecar["frames"], sidecar["size"], sidecar["seed"]) == (result.frames, "128x128", 0)
    spent = result.stage_seconds
    assert spent["face"] + spent["video"] + spent["join"] <= elapsed  # one after another
    assert all(seconds <= elapsed for seconds in spent.values())
    assert {stage: sidecar["stage_seconds"][stage] for stage in spent if stage != "join"} == {
        stage: round(seconds, 2) for stage, seconds in spent.items() if stage != "join"
    }
    assert 0.0 < sidecar["stage_seconds"]["join"] <= round(spent["join"], 2)
    assert _leftovers() == []


def test_the_time_of_a_stage_is_the_time_that_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock of our own: two parts of a stage add up, and what is between them does not count."""
    pipeline = importlib.import_module("orchestrator.video.render")
    now = [1000.0]
    monkeypatch.setattr(pipeline, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    heard: list[tuple[str, float]] = []
    run = pipeline._Run(lambda stage, fraction, message: heard.append((stage, fraction)))
    for part, seconds in (((0, 2), 0.5), ((1, 2), 2.0)):
        with run.timed("face", part) as progress:
            now[0] += seconds
            progress(0.5)
        now[0] += 7.0
    assert run.seconds == {"face": 2.5}
    assert heard == [("face", share) for share in (0.0, 0.25, 0.5, 0.5, 0.75, 1.0)]


def test_one_worker_or_three_make_the_same_frames(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    videos = []
    for workers in ("1", "3"):
        monkeypatch.setenv("GOVORUN_WORKERS", workers)
        result = render(
            text=LONG, photo=small_portrait_png, output=tmp_path / f"{workers}.mp4", captions="burn", **FAKES
        )
        assert result.frames > 250
        videos.append(result.path)
    first, second = (list(read_frames(video)) for video in videos)
    assert len(first) == len(second)
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert packets(videos[0]) == packets(videos[1])


@pytest.mark.parametrize("size", ["128x256", "256x144"])
def test_the_photo_keeps_its_background(small_portrait_png: Path, tmp_path: Path, size: str) -> None:
    options = FAKES | {"backdrop": "photo", "size": size}
    result = render(text="Hello.", photo=small_portrait_png, output=tmp_path / "a.mp4", **options)
    media = probe(result.path)
    assert str(media.size) == size
    assert "backdrop" not in json.loads(result.sidecar.read_text())["engines"]


def test_a_recording_is_spoken(small_portrait_png: Path, tmp_path: Path) -> None:
    spoken = render(text="Good morning to you.", photo=small_portrait_png, output=tmp_path / "a.mp4", **FAKES)
    options = {name: value for name, value in FAKES.items() if name != "speech_engine"}
    again = render(audio=spoken.path, photo=small_portrait_png, output=tmp_path / "b.mp4", **options)
    assert abs(again.seconds - spoken.seconds) < 0.2


def test_the_listener_can_cancel_in_the_middle(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_WORKERS", "2")

    def report(stage: str, fraction: float, message: str) -> None:
        if stage == "video" and fraction > 0:
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        render(text=LONG, photo=small_portrait_png, output=tmp_path / "a.mp4", report=report, **FAKES)
    assert list(tmp_path.iterdir()) == []
    assert _leftovers() == []
    assert _workers_below(load_settings().work) == []


def test_an_older_video_survives_a_failure(landscape_png: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"older")
    with pytest.raises(PhotoError):
        render(text="Hello.", photo=landscape_png, output=tmp_path / "a.mp4", **FAKES)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.mp4", b"older")]
    assert _leftovers() == []


@pytest.mark.parametrize("stage", ["speech", "video"])
def test_control_c_leaves_nothing(small_portrait_png: Path, tmp_path: Path, stage: str) -> None:
    """A real signal to a real process, in the middle of a stage."""
    cache, out = tmp_path / "cache", tmp_path / "out"
    code = (
        "import os\n"
        "from orchestrator.cli import main\n"
        "from orchestrator.video import render as pipeline\n"
        "inner = pipeline.render_video\n"
        "def report(stage, fraction, message):\n"
        f"    if stage == {stage!r} and fraction > 0:\n"
        "        os.write(1, b'there\\n')\n"
        "pipeline.render_video = lambda request, output, **more: inner(request, output, None, report, **more)\n"
        "main.main()\n"
    )
    options = [f"--{name.replace('_', '-')}={value}" for name, value in FAKES.items()]
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", code, "render", "--quiet", "--text", LONG * 10),
            *("--photo", str(small_portrait_png), *options, "-o", str(out / "a.mp4")),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "GOVORUN_CACHE": str(cache)},
        text=True,
        # a shell starts what runs in its background deaf to Ctrl-C, and so would be what the tests start
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    killer = threading.Timer(120, process.kill)
    killer.start()
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    finally:
        process.kill()
        process.wait()
        killer.cancel()
    assert process.returncode == 130
    assert said.strip().splitlines()[-1].startswith("govorun: Stopped")
    assert "Traceback" not in said
    assert not out.exists()
    assert list((cache / "work").iterdir()) == []
    assert _workers_below(cache) == []


def test_a_worker_that_is_killed_is_told(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_WORKERS", "2")

    def report(stage: str, fraction: float, message: str) -> None:
        if stage == "video":
            for pid in _processes_below(load_settings().work):
                with suppress(ProcessLookupError):  # the list is a moment old: one may have ended since
                    os.kill(pid, signal.SIGKILL)

    with pytest.raises(EngineError, match="ended with status -9"):
        render(text=LONG, photo=small_portrait_png, output=tmp_path / "a.mp4", report=report, **FAKES)
    assert list(tmp_path.iterdir()) == []
    assert _leftovers() == []


def test_speech_has_as_many_cores_as_the_drawing(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_WORKERS", "3")
    together = threading.Barrier(3, timeout=30.0)

    class Meeting(Tone):
        def speak(
            self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress
        ) -> Iterator[Speech]:
            together.wait()
            return super().speak(utterances, options, progress)

    monkeypatch.setattr("speech.engines.tone.Tone", Meeting)
    monkeypatch.setenv("GOVORUN_SENTENCE_CACHE_MB", "0")
    render(text="One. Two. Three.", photo=small_portrait_png, output=tmp_path / "a.mp4", **FAKES)


@pytest.fixture
def drawing_while_spoken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each sentence whether a process to draw the video is there."""
    found: list[bool] = []

    class Watched(Tone):
        def speak(
            self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress
        ) -> Iterator[Speech]:
            found.append(bool(_processes_below(load_settings().work)))
            return super().speak(utterances, options, progress)

    monkeypatch.setattr("speech.engines.tone.Tone", Watched)
    monkeypatch.setenv("GOVORUN_SENTENCE_CACHE_MB", "0")
    monkeypatch.setenv("GOVORUN_WORKERS", "2")
    return found


def test_a_long_script_is_spoken_while_the_processes_that_draw_it_start(
    small_portrait_png: Path, tmp_path: Path, drawing_while_spoken: list[bool]
) -> None:
    render(text=LONG * 2, photo=small_portrait_png, output=tmp_path / "a.mp4", **FAKES)
    assert drawing_while_spoken
    assert all(drawing_while_spoken)
    assert _leftovers() == []


@pytest.mark.parametrize(
    ("text", "gpu", "workers"), [("One.", False, "2"), (LONG * 2, True, "2"), (LONG * 2, False, "1")]
)
def test_no_process_starts_early_that_may_have_nothing_to_draw(
    small_portrait_png: Path,
    tmp_path: Path,
    drawing_while_spoken: list[bool],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    gpu: bool,
    workers: str,
) -> None:
    monkeypatch.setenv("GOVORUN_WORKERS", workers)
    monkeypatch.setattr("orchestrator.video.render.has_gpu", lambda: gpu)

    def report(stage: str, fraction: float, message: str) -> None:
        if stage == "face":
            raise Cancelled("seen enough")

    with pytest.raises(Cancelled):
        render(text=text, photo=small_portrait_png, output=tmp_path / "a.mp4", report=report, **FAKES)
    assert drawing_while_spoken
    assert not any(drawing_while_spoken)


def test_processes_that_started_early_end_with_a_video_that_is_stopped_before_it_is_drawn(
    small_portrait_png: Path, tmp_path: Path, drawing_while_spoken: list[bool]
) -> None:
    def report(stage: str, fraction: float, message: str) -> None:
        if stage == "face":
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        render(text=LONG * 2, photo=small_portrait_png, output=tmp_path / "a.mp4", report=report, **FAKES)
    assert any(drawing_while_spoken)
    assert _processes_below(load_settings().work) == []
    assert _leftovers() == []


def test_what_a_worker_raises_arrives(small_portrait_png: Path, tmp_path: Path) -> None:
    request = request_of(photo=small_portrait_png, text="Hello.", **FAKES)
    WorkFolder.create(tmp_path / "work" / "0", request)
    place = Place(tmp_path / "work", (request,), "cpu")
    with pytest.raises(FileNotFoundError, match="face-"):
        render_side_by_side(place, {Step("segment"): 250}, 1, silent())


def test_a_stage_that_finds_its_artefact_does_nothing(small_portrait_png: Path, tmp_path: Path) -> None:
    request = request_of(photo=small_portrait_png, text="Hello.", **FAKES)
    work = WorkFolder.create(tmp_path / "work" / "0", request)

    def all_stages() -> dict[str, int]:
        prepare.speak_script(work, silent())
        prepare.prepare_photo(work, None, silent())
        prepare.plan_face(work, silent())
        prepare.plan_backdrop(work, silent())
        steps = {Step("segment", 0, s.index): s.stop - s.start for s in segments_of(work.load_face().frames)}
        render_side_by_side(Place(tmp_path / "work", (request,), "cpu"), steps, 1, silent())
        return {path.name: path.stat().st_mtime_ns for path in work.folder.glob("*-*")}

    first = all_stages()
    assert sorted(name.partition("-")[0] for name in first) == sorted(
        ["speech", "speech", "portrait", "face", "backdrop", "segment"]
    )
    assert all_stages() == first


def _workers_below(folder: Path) -> list[int]:
    """Rendering processes that work in ``folder``; one that is ending gets a moment."""
    deadline = time.monotonic() + 3.0
    while (found := _processes_below(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _processes_below(folder: Path) -> list[int]:
    processes = psutil.process_iter(["cmdline"])
    return [p.pid for p in processes if any(word.startswith(str(folder)) for word in p.info["cmdline"] or [])]


def test_a_label_is_in_every_frame(small_portrait_png: Path, tmp_path: Path) -> None:
    frames = {}
    for label in (False, True):
        path = tmp_path / f"{label}.mp4"
        render(text="Привет.", photo=small_portrait_png, output=path, label=label, **FAKES)
        frames[label] = np.stack(list(read_frames(path))).astype(int)
    other = np.abs(frames[True] - frames[False]).max(axis=-1)
    assert (other[:, :20, 40:].reshape(len(other), -1).max(axis=1) > 80).all()
    assert (other[:, 60:] < 40).all()


def test_scenes_are_rendered_side_by_side_and_follow_one_another(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_WORKERS", "2")
    told: dict[str, float] = {}

    def report(stage: str, fraction: float, message: str) -> None:
        assert fraction >= told.get(stage, 0.0)
        told[stage] = fraction

    scenes = [{"text": "One.", "backdrop": "#a02020"}, {"text": "Two three.", "backdrop": "#20a020"}, {"seed": 1}]
    options = {**FAKES, "photo": small_portrait_png, "text": "And so on.", "captions": "srt"}
    result = render(scenes=scenes, output=tmp_path / "a.mp4", report=report, **options)
    assert told == dict.fromkeys(STAGES, 1.0)
    sidecar = json.loads((tmp_path / "a.json").read_text())
    assert [scene["script"] for scene in sidecar["scenes"]] == ["One.", "Two three.", "And so on."]
    frames = list(read_frames(tmp_path / "a.mp4"))
    assert len(frames) == result.frames == sidecar["frames"]
    starts = [round(scene["start"] * 10) for scene in sidecar["scenes"]]
    assert [int(frames[start][2, 2].argmax()) for start in starts] == [0, 1, 2]
    assert "And so on." in (tmp_path / "a.srt").read_text()


def test_a_wrong_scene_is_named(small_portrait_png: Path, tmp_path: Path) -> None:
    scenes = [{"text": "One."}, {"text": "Two.", "sise": "1x1"}]
    with pytest.raises(OptionError, match="Scene 2: Unknown option 'sise'"):
        render(scenes=scenes, photo=small_portrait_png, output=tmp_path / "a.mp4", **FAKES)
