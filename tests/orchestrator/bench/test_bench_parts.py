"""Whose processor time it was: parts by the stack, commands by their arguments, the floor's command."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import EngineError
from avatar.core.media import VideoWriter, join, probe, read_frames
from avatar.core.types import Size
from orchestrator.bench.commands import ENCODE, WORKER, floor_command, kind_of
from orchestrator.bench.floor import encoding, remap_uint8, sample_float32
from orchestrator.bench.parts import (
    ANYWHERE,
    DRAWN,
    INNERMOST,
    PARTS,
    REST,
    SAMPLING,
    Sampler,
    files_of,
    part_of,
    stacks_of,
)

ROOT = Path(__file__).parents[3]
_SAID = f"""Thread 0x00007f1 (most recent call first):
  File "{ROOT}/avatar/face/warp.py", line 3 in bend
  File "/lib/queue, line.py", line 7 in <lambda>

Current thread 0x00007f2 [sampler] (most recent call first):
  File "<frozen importlib._bootstrap>", line 1 in _call
"""
_BURN = """
import time

def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(2000))
"""


@pytest.mark.parametrize(
    ("files", "part"),
    [
        (["avatar/face/warp.py", "avatar/compose/segment.py", "orchestrator/video/run.py"], "face"),
        (["/usr/lib/torch/nn/functional.py", "avatar/compose/blend.py", "orchestrator/video/run.py"], "blending"),
        (["motion/engines/embedded.py", "avatar/compose/segment.py"], "backdrop"),
        (["avatar/core/program.py", "avatar/core/media.py", "avatar/compose/segment.py"], "handing to the encoder"),
        (["avatar/face/vision/points.py", "avatar/face/quality.py", "orchestrator/video/finish.py"], "measuring"),
        (["avatar/core/media.py", "orchestrator/video/quality.py", "orchestrator/video/finish.py"], "measuring"),
        (["avatar/core/program.py", "orchestrator/video/finish.py"], "joining"),
        (["avatar/face/vision/points.py", "orchestrator/video/prepare.py"], "photo and plans"),
        (["speech/espeak/library.py", "orchestrator/video/prepare.py"], "speech"),
        (["torch/__init__.py", "<frozen importlib._bootstrap>", "avatar/face/warp.py"], "loading libraries"),
        (["orchestrator/video/run.py"], REST),
        (["/home/somebody/motion/engine.py"], REST),
        ([], REST),
    ],
)
def test_a_stack_belongs_to_a_part(files: list[str], part: str) -> None:
    assert part_of(files) == part


def test_the_rooms_that_parts_are_told_by_are_there() -> None:
    named = [beginning for beginning, _ in (*ANYWHERE, *INNERMOST) if not beginning.startswith("<")]
    assert not [name for name in named if not (ROOT / name).exists()]


def test_every_part_has_its_row() -> None:
    told = {part for _, part in (*ANYWHERE, *INNERMOST)} | {"encoder", "workers", REST}
    assert sorted(told) == sorted(PARTS) and set(DRAWN) < set(PARTS)


def test_files_of_the_project_are_told_from_its_root() -> None:
    assert files_of(sys._getframe())[0] == "tests/orchestrator/bench/test_bench_parts.py"


def test_stacks_are_read_from_what_the_fault_handler_writes() -> None:
    files = ["avatar/face/warp.py", "/lib/queue, line.py"]
    assert stacks_of(_SAID) == {0x7F1: files, 0x7F2: ["<frozen importlib._bootstrap>"]}


def _burner(file: str) -> dict:
    """A function ``burn(seconds)`` that keeps one processor busy, as if it stood in ``file`` of the project."""
    names: dict = {}
    exec(compile(_BURN, str(ROOT / file), "exec"), names)
    return names


def test_what_the_sampler_finds_is_what_the_threads_worked_and_adds_up() -> None:
    face, motion = _burner("avatar/face/warp.py")["burn"], _burner("motion/rotation.py")["burn"]
    began = time.process_time()
    sampler = Sampler()
    sampler.start()
    other = threading.Thread(target=motion, args=(0.2,))
    other.start()
    for _ in range(100):  # threads that begin and end meanwhile
        threading.Thread(target=motion, args=(0.0,)).start()
    for _ in range(4):
        face(0.1)
        time.sleep(0.01)
    other.join()
    sampler.finish()
    whole = time.process_time() - began
    found = sampler.seconds
    # Wide enough for a sampler that waits for a core while others work.
    assert found["face"] == pytest.approx(0.4, abs=0.18)
    assert 0.05 < found["backdrop"] < min(0.4, found["face"])
    assert sum(found.values()) == pytest.approx(whole, rel=0.15)
    assert 0.0 < found[SAMPLING] < 0.5 * whole


def test_what_was_worked_before_the_sampler_is_not_counted() -> None:
    burn = _burner("avatar/face/warp.py")["burn"]
    burn(0.3)
    sampler = Sampler()
    burn(0.1)
    sampler._look()
    burn(0.1)
    sampler._look()
    sampler._look()
    assert 0.1 < sum(sampler.seconds.values()) < 0.3, "0.2 s were worked since, and 0.3 s before"


def _written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that the product's own writer and joiner ran, with 12 frames in ``folder``."""
    ran: list[list[str]] = []

    class Noted(subprocess.Popen):
        def __init__(self, args: list[str], **named: object) -> None:
            ran.append([str(word) for word in args])
            super().__init__(args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", Noted)
    frames = np.random.default_rng(0).integers(0, 255, (12, 64, 96, 3), np.uint8)
    with VideoWriter(folder / "s.mp4", Size(96, 64), 25) as writer:
        writer.write(frames)
    join([folder / "s.mp4"], np.zeros(16000, np.float32), 16000, 12, 25, folder / "whole.mp4")
    list(read_frames(folder / "whole.mp4"))
    monkeypatch.undo()
    return ran


def test_the_commands_of_the_product_are_known_by_what_they_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [kind_of(command) for command in _written(tmp_path, monkeypatch)]
    assert [kind for kind in kinds if kind != "ask ffmpeg"] == [ENCODE, "join", "look at a file", "decode pictures"]
    assert kind_of(["python", "-m", "orchestrator.video.render_child", "F", "cpu"]) == WORKER
    assert kind_of(["/bin/ffmpeg", "-i", "a.mp4", "-c:v", "libx264", "b.mp4"]) == "encode again"


def test_the_floor_encodes_with_the_settings_of_the_render_and_converts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (encode,) = [command for command in _written(tmp_path, monkeypatch) if kind_of(command) == ENCODE]
    command = floor_command(encode, Path("in.yuv"), "96x64", "25", Path("out.mp4"))
    own = encode[encode.index("-f", encode.index("-i")) : -1]
    assert command[-len(own) - 1 :] == [*own, "out.mp4"] and "-crf" in own and "-x264-params" in own
    assert not {"-filter_complex", "-map", "rgb24"} & set(command)
    assert command[command.index("-pix_fmt") + 1] == "yuv420p"
    assert encoding(tmp_path / "whole.mp4", encode, 5) > 0.0
    with pytest.raises(EngineError, match=r"commands\.py"):
        floor_command(["ffmpeg", "-i", "a.mp4", "b.mp4"], Path("in.yuv"), "96x64", "25", Path("out.mp4"))


def test_a_command_that_takes_yuv_already_is_understood_too() -> None:
    encode = ["ffmpeg", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "8x8", "-i", "pipe:", "-vcodec", "libx264", "o"]
    assert kind_of(encode) == ENCODE
    command = floor_command(encode, Path("in.yuv"), "8x8", "25", Path("out.mp4"))
    assert command[command.index("-i") :] == ["-i", "in.yuv", "-vcodec", "libx264", "out.mp4"]


def test_the_encoder_of_the_floor_gives_as_many_frames_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (encode,) = [command for command in _written(tmp_path, monkeypatch) if kind_of(command) == ENCODE]
    raw, made = tmp_path / "f.yuv", tmp_path / "f.mp4"
    raw.write_bytes(bytes(7 * 96 * 64 * 3 // 2))
    subprocess.run(floor_command(encode, raw, "96x64", "25", made), check=True)
    assert round(probe(made).seconds * 25) == 7 and probe(made).size == Size(96, 64)


def test_a_larger_frame_costs_more_to_sample() -> None:
    for sample in (sample_float32, remap_uint8):
        assert sample(Size(512, 512), 9) > 3 * sample(Size(128, 128), 9) > 0.0
