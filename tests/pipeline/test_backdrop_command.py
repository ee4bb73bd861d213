"""``govorun backdrop`` and the same engines in ``govorun render``: loops, sheets, options, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.core.media import read_frames
from orchestrator.cli import main

_SMALL = ["--size", "128x128", "--fps", "10"]
_QUICK = ["steps=2", "keyframes=4", "pictures=6"]


def backdrop(*words: str) -> int:
    return main.run(["backdrop", *words])


def diffused(folder: Path) -> list[str]:
    name = "kandinsky" if "decoder" in folder.name else "stable-diffusion"
    own = [word for option in _QUICK for word in ("--backdrop-option", option)]
    return ["--backdrop-engine", name, "--backdrop-model", str(folder), *own]


def frames(video: Path) -> np.ndarray:
    return np.stack(list(read_frames(video))).astype(float)


def seam_and_steps(video: Path) -> tuple[float, float]:
    """Change over the seam, and the median change from frame to frame."""
    loop = frames(video)
    changes = np.abs(loop - np.roll(loop, -1, axis=0)).mean(axis=(1, 2, 3))
    return float(changes[-1]), float(np.median(changes[:-1]))


@pytest.mark.parametrize("model", ["sd1", "sd2", "sdxl", "kandinsky"])
def test_a_loop_of_a_diffusion_engine(
    model: str, diffusion_models: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new" / "loop.mp4"
    drift = ["--path", "orbit", "--text-force", "20", "--noise-drift", "10", "--seconds", "3"]
    words = ["calm ocean at dusk", *_SMALL, *drift, *diffused(diffusion_models[model]), "-o", str(output)]
    assert backdrop(*words) == 0
    assert "3.00 s loop; read as: calm ocean at dusk" in capsys.readouterr().out
    assert len(frames(output)) == 30
    seam, step = seam_and_steps(output)
    assert seam <= 3.0 * step  # the encoder's first frame differs from the rest by itself


@pytest.mark.parametrize("model", ["sd1", "kandinsky"])
def test_a_whole_video_before_a_diffused_backdrop(
    model: str, diffusion_models: dict[str, Path], small_portrait_png: Path, tmp_path: Path
) -> None:
    output = tmp_path / "a.mp4"
    fakes = ["--speech-engine", "tone", "--face-engine", "still", "--text", "Hello there.", *_SMALL]
    words = ["--photo", str(small_portrait_png), *fakes, "--backdrop", "calm ocean at dusk", "-o", str(output), "-q"]
    path = ["--backdrop-option", "path=travel:purple nebula", "--backdrop-option", "text_force=10"]
    assert main.run(["render", *words, *diffused(diffusion_models[model]), *path]) == 0
    sidecar = json.loads(output.with_suffix(".json").read_text())
    assert sidecar["engines"]["backdrop"]["name"] in {"kandinsky", "stable-diffusion"}
    read = "read as: calm ocean at dusk; then purple nebula"
    told = {"reason": "backdrop_read", "params": {"reading": read, "place": read.removeprefix("read as: ")}}
    assert (f"backdrop {read}", told) in zip(sidecar["notes"], sidecar["note_reasons"], strict=True)


@pytest.mark.parametrize("model", ["animatediff", "magic", "svd"])
def test_a_clip_of_a_video_model(
    model: str, video_models: dict[str, Path], landscape_png: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "loop.mp4"
    place = f"@{landscape_png}" if model == "svd" else "calm ocean at dusk"
    words = [place, *_SMALL, "--seconds", "2", *_filmed(model, video_models), "-o", str(output)]
    assert backdrop(*words) == 0
    told = capsys.readouterr()
    assert "read as: calm ocean at dusk" in told.out or "picture landscape.png" in told.out
    assert "note: The backdrop is a clip of 0." in told.err
    assert len(frames(output)) == 20


@pytest.mark.parametrize("model", ["animatediff", "magic", "svd"])
def test_a_whole_video_before_a_clip(
    model: str, video_models: dict[str, Path], landscape_png: Path, small_portrait_png: Path, tmp_path: Path
) -> None:
    output = tmp_path / "a.mp4"
    place = f"@{landscape_png}" if model == "svd" else "calm ocean at dusk"
    fakes = ["--speech-engine", "tone", "--face-engine", "still", "--text", "Hello there.", *_SMALL]
    words = ["--photo", str(small_portrait_png), *fakes, "--backdrop", place, "-o", str(output), "-q"]
    assert main.run(["render", *words, *_filmed(model, video_models)]) == 0
    sidecar = json.loads(output.with_suffix(".json").read_text())
    assert sidecar["engines"]["backdrop"]["name"] == model
    assert any(told.get("reason") == "backdrop_clip_crossfade" for told in sidecar["note_reasons"] if told)


def _filmed(model: str, models: dict[str, Path]) -> list[str]:
    adapter = {"animatediff": "adapter", "magic": "magic"}.get(model)
    own = ["steps=2", "frames=4", "side=64", *([f"adapter={models[adapter]}"] if adapter else [])]
    folder = models["sd" if adapter else model]
    given = [word for option in own for word in ("--backdrop-option", option)]
    return ["--backdrop-engine", model, "--backdrop-model", str(folder), *given]


def test_the_length_and_the_path_are_those_that_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, told in (("wander", "2.00 s of a way without end"), ("travel:'purple nebula'", "2.00 s loop")):
        output = tmp_path / "a.mp4"
        words = ["calm ocean", *_SMALL, "--backdrop-engine", "painted", "--seconds", "2", "--path", path]
        assert backdrop(*words, "-o", str(output)) == 0
        assert told in capsys.readouterr().out
        assert len(frames(output)) == 20


def test_a_picture_turns_in_the_asked_time(landscape_png: Path, tmp_path: Path) -> None:
    output = tmp_path / "a.mp4"
    assert backdrop(f"@{landscape_png}", *_SMALL, "--seconds", "3", "-q", "-o", str(output)) == 0
    seam, step = seam_and_steps(output)
    assert len(frames(output)) == 30
    assert seam <= 2.0 * step + 0.5


def test_a_sheet_has_a_row_of_seeds_and_one_of_moments_for_each_place(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    words = ["calm ocean", "#336699", "--size", "256x128", "--backdrop-engine", "painted"]
    assert backdrop(*words[:1], *words[2:], "--sheet", str(sheet), "-q") == 0
    with Image.open(sheet) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(float)
    assert pixels.shape == (160 + 80, 1280, 3)
    seeds, moments = np.split(pixels[:160], 4, axis=1), np.split(pixels[160:], 8, axis=1)
    assert min(np.abs(a - b).mean() for a, b in zip(seeds, seeds[1:], strict=False)) > 1.0
    assert 0.0 < np.abs(moments[0] - moments[4]).mean() < np.abs(seeds[0] - seeds[1]).mean()
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.png"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([""], "empty"),
        (["   "], "empty"),
        (["🙂🙂"], "no English or Russian word"),
        (["平静的海洋"], "no English or Russian word"),
        (["بحر هادئ"], "no English or Russian word"),
        (["sea " * 300], "at most 1000"),
        (["sea", "--size", "0x0"], "nearest is 128x128"),
        (["sea", "--size", "1x1"], "nearest is 128x128"),
        (["sea", "--size", "100000x100000"], "nearest is 3840x3840"),
        (["sea", "--size", "large"], "WIDTHxHEIGHT"),
        (["sea", "--seconds", "-3"], "not between 2 and 600"),
        (["sea", "--seconds", "nan"], "not between 2 and 600"),
        (["sea", "--fps", "1"], "not between 10 and 60"),
        (["sea", "--seed", "-1"], "negative"),
        (["sea", "--path", "spiral"], "orbit, wander, predicted or travel"),
        (["sea", "--path", "travel:"], "orbit, wander, predicted or travel"),
        (["sea", "--path", "travel:🙂"], "no English or Russian word"),
        (["sea", "--text-force", "much"], "text_force"),
        (["sea", "--noise-drift", "-5"], "noise_drift"),
        (["sea", "--backdrop-engine", "dream"], "stable-diffusion"),
        (["sea", "--backdrop-engine", "stable-diffusion"], "--backdrop-model"),
        (["sea", "--backdrop-engine", "kandinsky", "--backdrop-model", "decoder"], "'decoder' is no folder"),
        (["sea", "--backdrop-option", "steps"], "KEY=VALUE"),
        (["#336699", "--path", "orbit"], "no option 'path'"),
        (["sea", "forest"], "one place"),
        (["photo"], "only in a whole video"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backdrop(*words, "-o", str(tmp_path / "a.mp4")) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Nothing to write"),
        (["--sheet", "a.jpg"], ".png"),
        (["--device", "cuda:77", "-o", "a.mp4"], "Device cuda:77 is not here"),
    ],
)
def test_a_place_with_nowhere_to_go(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert backdrop("sea", *words) in {2, 8}
    assert told in capsys.readouterr().err
