"""``govorun train backdrop`` from a folder of pictures to a video whose sidecar says whose weights drew the place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar.core.media import read_frames
from motion.engines import embedded
from motion.generator import material, strips, tuning
from motion.generator.codec import Codec
from motion.generator.model import Sampling
from orchestrator.cli import main
from tests.captioned import write_pictures
from tests.small_generator import small_release

_SMALL = ["--size", "128x128", "--fps", "10"]
_QUICK = ["steps=1", "guidance=1", "keyframes=16"]
_OWN = [word for option in _QUICK for word in ("--backdrop-option", option)]
_PROMPT = "a red bar"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where pictures, runs and the cache lie; the network that training goes on from is a small one."""
    folder = tmp_path_factory.mktemp("train")
    base = small_release(folder / "base", Codec.load(embedded.WEIGHTS / "codec.safetensors"))
    write_pictures(folder / "bars")
    options = {"pictures": str(folder / "bars"), "steps": 2, "look": 1, "batch": 4, "drawn": 0, "strips": 1}
    (folder / "quick.json").write_text(json.dumps(options), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "WEIGHTS", base)
        patch.setattr(material, "FAMILIES", dict.fromkeys(("ocean",)))
        patch.setattr(strips, "_SAMPLING", Sampling(steps=1, guidance=1.0))
        patch.setenv("GOVORUN_CACHE", str(folder / "cache"))
        yield folder


def train(folder: Path, run: str, *words: str) -> int:
    config = ["--config", str(folder / "quick.json"), "-o", str(folder / run)]
    return main.run(["train", "backdrop", *config, *words])


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    assert train(folder, "run", "--name", "my-bars", "-q") == 0
    return folder / "run" / "model"


def frames(video: Path) -> np.ndarray:
    return np.stack(list(read_frames(video)))


def loop(folder: Path, model: str, output: str, prompt: str = _PROMPT) -> np.ndarray:
    words = [prompt, "--seconds", "2", "--backdrop-model", model, *_SMALL, *_OWN, "-o", str(folder / output)]
    assert main.run(["backdrop", *words]) == 0
    return frames(folder / output)


def test_the_result_is_named_told_and_goes_on(model: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(folder, "run", "--name", "my-bars") == 0
    assert capsys.readouterr().out.startswith("my-bars  step ")
    assert train(folder, "run") == 0
    assert capsys.readouterr().out.startswith(f"{model}  step ")


def test_name_and_folder_draw_the_same(model: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = loop(folder, "my-bars", "named.mp4")
    assert "loop; read as: a red bar number" in capsys.readouterr().out
    assert np.array_equal(named, loop(folder, str(model), "folder.mp4"))
    assert np.abs(named.astype(float) - np.roll(named, 10, axis=0)).mean() > 0.1


def test_it_stands_in_the_list_of_models(model: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["models", "--json"]) == 0
    (listed,) = (one for one in json.loads(capsys.readouterr().out) if one["name"] == "my-bars")
    assert listed["state"] == "ready" and listed["licence"].startswith("yours: trained on the pictures of bars")
    assert main.run(["models", "path", "my-bars"]) == 0
    assert capsys.readouterr().out == f"{folder / 'cache' / 'weights' / 'my-bars'}\n"


def test_a_video_tells_whose_weights_drew_its_place_and_forgets_no_training(
    model: Path, folder: Path, small_portrait_png: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fakes = ["--speech-engine", "tone", "--face-engine", "still", "--text", "One two.", *_SMALL, *_OWN]
    words = ["render", "--photo", str(small_portrait_png), *fakes, "--backdrop", _PROMPT]
    named = ["--backdrop-model", "again"]
    drawn = []
    for run, seed in (("first", "5"), ("second", "6")):
        main.run(["models", "remove", "again"])
        assert train(folder, run, "--seed", seed, "--learning-rate", "0.01", "--name", "again", "-q") == 0
        output = folder / f"{run}.mp4"
        assert main.run([*words, *named, "-o", str(output), "-q"]) == 0, capsys.readouterr().err
        drawn.append(frames(output))
        card = json.loads(output.with_suffix(".json").read_text())["engines"]["backdrop"]
        weights = folder / run / "model" / "unet" / "diffusion_pytorch_model.fp16.safetensors"
        assert card["name"] == "embedded" and card["weights_licence"].startswith(
            "yours: trained on the pictures of bars"
        )
        assert card["weights_sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert not np.array_equal(*drawn)  # the plan that was kept of the first is not that of the second


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--name", "sdxl"], "The name sdxl is taken: choose another one; see `govorun models`."),
        (["--pictures", "nowhere"], "The folder nowhere of pictures does not exist: give one with captioned pictures."),
        (["--steps", "0"], "Training option steps is 0: give a whole number from 1 to 1e+06."),
    ],
)
def test_what_cannot_be_used_is_told_at_the_door(
    words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(folder, "refused", *words) == 2
    assert capsys.readouterr().err == f"govorun: {said}\n"
    assert not (folder / "refused").exists()


def test_without_pictures_and_with_a_wrong_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["train", "backdrop", "-o", str(folder / "none")]) == 2
    assert "give --pictures DIR" in capsys.readouterr().err
    output = str(folder / "wrong.mp4")
    assert main.run(["backdrop", _PROMPT, "--backdrop-model", str(folder / "bars"), *_SMALL, "-o", output]) == 2
    assert "bars' has no unet/ and no codec.safetensors: give the folder" in capsys.readouterr().err


def test_ctrl_c_says_how_to_go_on(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*rest: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tuning, "flow_step", stopped)
        assert train(folder, "stopped") == 130
    assert f"the same command goes on where {folder / 'stopped'} was left" in capsys.readouterr().err
    assert train(folder, "stopped", "-q") == 0
