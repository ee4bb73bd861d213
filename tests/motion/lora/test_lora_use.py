"""A LoRA in the engines: by folder and by name, how much of it, and what is refused before anything is loaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.places import cache_folder
from avatar.core.progress import silent
from avatar.core.types import BackdropPlan, Size
from motion import ENGINES, BackdropOptions
from motion.engines import stable_diffusion, video
from motion.engines.tuned import digest_of, find_tuned
from orchestrator.cli import main
from orchestrator.video.folder import Keys, hashes_of
from orchestrator.video.request import RenderRequest
from tests.diffusion_models import save_single_file, save_stable_diffusion_xl
from tests.lora_runs import films, run, tuned

_SIZE = Size(64, 64)
_QUICK: dict[str, dict[str, str]] = {
    "stable-diffusion": {"steps": "2", "keyframes": "3", "pictures": "3", "side": "64"},
    "animatediff": {"steps": "2", "frames": "4", "side": "64"},
    "text2video-zero": {"steps": "4", "frames": "3", "side": "64"},
    "gen1": {"steps": "2", "frames": "3", "side": "64"},
    "svd": {"steps": "2", "frames": "3", "side": "64"},
}


@pytest.fixture(scope="session")
def given(place: Path, models: dict[str, Path]) -> dict[str, dict[str, str]]:
    """For each engine: its model and what else it needs."""
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(place / "picture.png")
    film = films(place / "film", count=1) / "film-0.mp4"
    own = {name: {"model": str(models["sd"])} | _QUICK[name] for name in _QUICK}
    own["svd"] |= {"model": str(models["svd"]), "picture": str(place / "picture.png")}
    for name in ("animatediff", "gen1"):
        own[name]["adapter"] = str(models["adapter"])
    own["gen1"] |= {"controlnet": str(models["controlnet"]), "film": str(film)}
    return own


def lora_of(models: dict[str, Path], place: Path, engine: str) -> Path:
    kind = "svd" if engine == "svd" else "sd"
    return tuned(models[kind], place, kind)


def plan(engine: str, own: dict[str, str]) -> BackdropPlan:
    options = BackdropOptions(_SIZE, "" if engine == "svd" else "calm ocean at dusk", engine_options=own)
    found: BackdropPlan = ENGINES.resolve(engine)().plan(options, silent())
    return found


@pytest.mark.parametrize("engine", sorted(_QUICK))
def test_it_changes_what_the_engine_draws_by_its_scale(
    given: dict[str, dict[str, str]], models: dict[str, Path], place: Path, engine: str
) -> None:
    own, lora = given[engine], lora_of(models, place, engine)
    plain = plan(engine, own)
    none, half, whole = (plan(engine, own | {"lora": str(lora), "lora_scale": scale}) for scale in ("0", "0.5", "1"))
    shown = [one.arrays["pictures"].astype(float) for one in (plain, none, half, whole)]
    assert np.array_equal(shown[0], shown[1])
    assert np.abs(shown[2] - shown[0]).mean() > 0.0
    assert np.abs(shown[3] - shown[2]).mean() > 0.0
    assert np.array_equal(plan(engine, own).arrays["pictures"], plain.arrays["pictures"])  # it is gone again
    assert "lora" not in plain.settings
    assert whole.settings["lora_sha256"] == digest_of([lora / "pytorch_lora_weights.safetensors"])
    assert whole.settings["lora_scale"] == 1.0
    (note,) = [one for one in whole.notes if one.reason == "backdrop_lora"]
    assert str(whole.settings["lora_sha256"]) in note
    assert all(one.reason != "backdrop_lora" for one in plain.notes)


def test_what_is_added_is_up_times_down(models: dict[str, Path], place: Path) -> None:
    from diffusers import StableVideoDiffusionPipeline

    from motion.engines.merging import merge
    from motion.engines.tuned import Tuned

    lora = lora_of(models, place, "svd")
    saved = load_file(lora / "pytorch_lora_weights.safetensors")
    unet = StableVideoDiffusionPipeline.from_pretrained(models["svd"]).unet
    before = {name: one.clone() for name, one in unet.state_dict().items()}
    merge(Tuned("x", lora, "", "svd", "", "", scale=2.0), unet)
    changed = {name for name, one in unet.state_dict().items() if not torch.equal(one, before[name])}
    layers = {name.removeprefix("unet.").split(".lora.")[0] for name in saved}
    assert changed == {f"{layer}.weight" for layer in layers}
    layer = sorted(layers)[0]
    up, down = (saved[f"unet.{layer}.lora.{side}.weight"] for side in ("up", "down"))
    added = unet.state_dict()[f"{layer}.weight"] - before[f"{layer}.weight"]
    assert torch.allclose(added, 2.0 * up @ down, atol=1e-5)


@pytest.fixture
def nothing_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading a model fails the test."""

    def loads(*_: object) -> None:
        raise AssertionError("a model is loaded")

    monkeypatch.setattr(stable_diffusion, "load_folder", loads)
    monkeypatch.setattr(video, "load_folder", loads)


@pytest.mark.usefixtures("nothing_loads")
def test_what_does_not_belong_together_is_told_before_anything_is_loaded(
    given: dict[str, dict[str, str]],
    models: dict[str, Path],
    place: Path,
    tmp_path: Path,
) -> None:
    still, moving = (str(lora_of(models, place, engine)) for engine in ("stable-diffusion", "svd"))
    other = str(models["sd2"])
    xl = str(save_stable_diffusion_xl(tmp_path / "sdxl"))
    damaged = shutil.copytree(still, tmp_path / "damaged")
    (damaged / "card.json").write_text("{}")
    wrong: list[tuple[str, dict[str, str], type[Exception], str]] = [
        ("stable-diffusion", {"lora": moving}, OptionError, "is for svd models: it cannot be used with stable-diff"),
        ("svd", {"lora": still}, OptionError, "is for stable-diffusion models"),
        ("stable-diffusion", {"lora": still, "model": other}, OptionError, "was trained on sd, and sd2 has other"),
        ("animatediff", {"lora": still, "model": other}, OptionError, "lora_base=any"),
        ("stable-diffusion", {"lora": still, "model": xl}, OptionError, "other weights"),
        (
            "stable-diffusion",
            {"lora": still, "model": xl, "lora_base": "any"},
            OptionError,
            "does not fit sdxl, which has no layer",
        ),
        ("svd", {"lora": "no such"}, OptionError, "no folder that exists, and no name of `govorun models`"),
        ("svd", {"lora": str(tmp_path)}, MissingEngine, "is no LoRA of `govorun train lora`: it lacks pytorch_lora"),
        ("stable-diffusion", {"lora": str(damaged)}, MissingEngine, "card.json is damaged"),
        ("svd", {"lora_scale": "1"}, OptionError, "lora_scale belongs to a LoRA"),
        ("svd", {"lora": moving, "lora_scale": "2.1"}, OptionError, "from 0 to 2"),
        ("svd", {"lora": moving, "lora_base": "mine"}, OptionError, "own, any"),
    ]
    for engine, own, kind, told in wrong:
        with pytest.raises(kind, match=told):
            plan(engine, given[engine] | own)
    with pytest.raises(OptionError, match="no option 'lora'"):
        plan("wan", {"model": "/nowhere", "lora": still})
    with pytest.raises(OptionError, match="no option 'lora'"):
        plan("kandinsky", {"model": str(models["sd2"]), "lora": still})


def test_another_model_of_the_same_layers_is_taken_where_that_is_asked_for(
    given: dict[str, dict[str, str]], models: dict[str, Path], place: Path
) -> None:
    lora = str(lora_of(models, place, "stable-diffusion"))
    own = given["stable-diffusion"] | {"model": str(models["sd2"])}
    with_it = plan("stable-diffusion", own | {"lora": lora, "lora_base": "any"})
    assert not np.array_equal(with_it.arrays["pictures"], plan("stable-diffusion", own).arrays["pictures"])


def test_a_single_file_takes_one_where_that_is_asked_for(
    given: dict[str, dict[str, str]], models: dict[str, Path], place: Path, tmp_path: Path
) -> None:
    file = save_single_file(models["sd"], tmp_path / "one.safetensors")
    own = given["stable-diffusion"] | {"model": str(file), "config": str(models["sd"])}
    lora = {"lora": str(lora_of(models, place, "stable-diffusion"))}
    with pytest.raises(OptionError, match="lora_base=any"):
        plan("stable-diffusion", own | lora)
    merged = plan("stable-diffusion", own | lora | {"lora_base": "any"}).arrays["pictures"].astype(float)
    folder = plan("stable-diffusion", given["stable-diffusion"] | lora).arrays["pictures"].astype(float)
    assert np.abs(merged - folder).max() <= 1.0


def test_a_name_finds_it_from_training_to_the_film(
    given: dict[str, dict[str, str]],
    models: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path / "cache"))
    folder = films(tmp_path / "films")
    words = ["train", "lora", "--model", str(models["svd"]), "--films", str(folder), "-o", str(tmp_path / "run")]
    numbers = ["--steps", "2", "--rank", "2", "--alpha", "4", "--learning-rate", "0.01", "--rate", "8", "--frames", "4"]
    more = ["--side", "64", "--patience", "3", "--seed", "5", "--name", "sea-lora", "--device", "cpu"]
    assert main.run([*words, *numbers, *more]) == 0
    out = capsys.readouterr().out
    assert str(tmp_path / "run" / "lora") in out and "2 steps, loss kept aside" in out
    card = json.loads((tmp_path / "run" / "lora" / "card.json").read_text())
    assert (card["name"], card["rank"], card["alpha"], card["seed"]) == ("sea-lora", 2, 4, 5)

    found = find_tuned("sea-lora")
    assert found.folder == cache_folder() / "weights" / "sea-lora"
    assert found.digest == card["sha256"]
    assert main.run(["models"]) == 0
    (line,) = [one for one in capsys.readouterr().out.splitlines() if one.startswith("sea-lora")]
    assert "ready" in line and "LoRA of models for svd" in line
    assert main.run(["models", "path", "sea-lora"]) == 0
    assert capsys.readouterr().out.strip() == str(found.folder)

    own = [f"{name}={value}" for name, value in given["svd"].items() if name not in ("model", "picture")]
    options = [part for one in ("lora=sea-lora", *own) for part in ("--backdrop-option", one)]
    drawn = ["render", "--text", "Hi.", "--voice", "espeak-en-us", "--layout", "none", "--size", "128x128", "-q"]
    shown = ["--backdrop", "@" + given["svd"]["picture"], "--backdrop-engine", "svd"]
    film = tmp_path / "sea.mp4"
    assert main.run([*drawn, *shown, "--backdrop-model", str(models["svd"]), *options, "-o", str(film)]) == 0
    sidecar = json.loads(film.with_suffix(".json").read_text())
    (said,) = [one["params"] for one in sidecar["note_reasons"] if one["reason"] == "backdrop_lora"]
    assert said == {"name": "sea-lora", "scale": "1", "sha256": found.digest}
    capsys.readouterr()
    assert main.run(["verify", "--json", str(film)]) == 0
    signed = json.loads(capsys.readouterr().out)["about"]["scenes"][0]["ingredients"]
    assert {"role": "lora", "sha256": found.digest} in signed
    assert main.run(["models", "remove", "sea-lora"]) == 0
    with pytest.raises(OptionError, match="no name of"):
        find_tuned("sea-lora")


def test_the_same_command_goes_on_and_a_stop_is_told(
    models: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from motion.lora import training

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "gathered", stop)
    words = ["train", "lora", "--model", str(models["sd"]), "--films", str(films(tmp_path / "films"))]
    assert main.run([*words, "-o", str(tmp_path / "run")]) == 130
    assert "goes on where" in capsys.readouterr().err
    assert main.run(["train", "lora", "--films", "x", "-o", str(tmp_path / "other")]) != 0
    assert "--model" in capsys.readouterr().err


def test_another_lora_under_the_same_name_is_another_backdrop(
    models: dict[str, Path], place: Path, tmp_path: Path, portrait_png: Path
) -> None:
    lora = shutil.copytree(lora_of(models, place, "svd"), tmp_path / "lora")
    plain = {"photo": portrait_png, "text": "Hello.", "backdrop": "calm ocean", "backdrop_engine": "animatediff"}
    request = RenderRequest(**plain, backdrop_option={"lora": str(lora)})
    before, keys = hashes_of(request), Keys.of(request)
    assert before["lora"] == digest_of([lora / "pytorch_lora_weights.safetensors"])
    assert "lora" not in hashes_of(RenderRequest(**plain))
    saved = load_file(lora / "pytorch_lora_weights.safetensors")
    save_file({name: 2.0 * one for name, one in saved.items()}, lora / "pytorch_lora_weights.safetensors")
    after = Keys.of(request)
    assert (after.backdrop != keys.backdrop, after.segment != keys.segment) == (True, True)
    assert (after.face, after.speech) == (keys.face, keys.speech)


def test_a_name_of_other_weights_is_told_before_training(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path / "cache"))
    own = {"model": str(models["sd"]), "films": str(films(tmp_path / "films")), "steps": 1, "every": 1}
    run(tmp_path / "one", **own, name="sea")
    for other, name in (("two", "sea"), ("three", "svd"), ("four", "../sea")):
        with pytest.raises(OptionError, match=r"is taken|cannot be used"):
            run(tmp_path / other, **own, name=name)
        assert not (tmp_path / other).exists()


def test_a_run_may_be_renamed(models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path / "cache"))
    own = {"model": str(models["sd"]), "films": str(films(tmp_path / "films")), "steps": 1, "every": 1}
    run(tmp_path / "run", **own)
    again = run(tmp_path / "run", **own, name="boxes")
    assert find_tuned("boxes").digest == find_tuned(str(again.folder)).digest
