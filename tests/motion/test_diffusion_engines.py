"""Stable Diffusion and Kandinsky with tiny random weights: the drift, the loop, the options and the refusals."""

from __future__ import annotations

import functools
import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from diffusers import DiffusionPipeline

from avatar.core.errors import Cancelled, EngineError, MissingEngine, OptionError
from avatar.core.progress import Progress, silent
from avatar.core.types import BackdropPlan, Size
from motion import ENGINES, BackdropOptions
from motion.engines import diffusion
from motion.engines.diffusion import joint_planes
from motion.engines.diffusion_weights import model_folder
from motion.engines.kandinsky import Kandinsky
from motion.engines.stable_diffusion import StableDiffusion, turned_together
from motion.rotation import angle_between

_SIZE = Size(128, 72)
_QUICK = {"steps": "2", "keyframes": "4", "pictures": "4"}
_ENGINES = {"sd1": StableDiffusion, "sd2": StableDiffusion, "sdxl": StableDiffusion, "kandinsky": Kandinsky}
every_model = pytest.mark.parametrize("model", sorted(_ENGINES))
every_engine = pytest.mark.parametrize("model", ["sd1", "kandinsky"])


def options(folder: Path | str, prompt: str = "calm ocean at dusk", seed: str = "0", **own: str) -> BackdropOptions:
    quick = _QUICK | ({"prior_steps": "2"} if "decoder" in str(folder) else {})
    return BackdropOptions(_SIZE, prompt, int(seed), engine_options={"model": str(folder)} | quick | own)


def planned(models: dict[str, Path], model: str, **changes: str) -> BackdropPlan:
    """The plan, made once for equal arguments."""
    return _planned(model, models[model], tuple(sorted(changes.items())))


@functools.cache
def _planned(model: str, folder: Path, changes: tuple[tuple[str, str], ...]) -> BackdropPlan:
    return _ENGINES[model]().plan(options(folder, **dict(changes)), silent())


def pictures(models: dict[str, Path], model: str, **changes: str) -> np.ndarray:
    return planned(models, model, **changes).arrays["pictures"].astype(float)


def change(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first - second).mean())


def neighbours(loop: np.ndarray) -> np.ndarray:
    """Change from each picture to the next, the last of them over the seam."""
    return np.abs(loop - np.roll(loop, -1, axis=0)).mean(axis=(1, 2, 3))


@every_model
def test_a_loop_without_a_seam_that_depends_on_the_seed_alone(diffusion_models: dict[str, Path], model: str) -> None:
    loop = pictures(diffusion_models, model)
    assert loop.shape[0] == 4 and loop.shape[3] == 3
    assert loop.shape[2] / loop.shape[1] == pytest.approx(128 / 72, rel=0.05)
    assert loop[0].std() > 5.0
    changes = neighbours(loop)
    assert changes.min() > 0.0
    assert changes[-1] <= 1.5 * np.median(changes)
    told: list[tuple[float, str]] = []
    again = _ENGINES[model]().plan(
        options(diffusion_models[model]), Progress(lambda fraction, message: told.append((fraction, message)))
    )
    assert np.array_equal(loop, again.arrays["pictures"])
    assert told[0] == (0.0, "loading the model")
    assert told == sorted(told, key=lambda one: one[0])
    assert told[-1][0] == 1.0
    assert change(loop, pictures(diffusion_models, model, seed="1")) > changes.max()


@every_engine
def test_text_and_noise_drift_apart(diffusion_models: dict[str, Path], model: str) -> None:
    still = pictures(diffusion_models, model, text_force="0", noise_drift="0")
    assert neighbours(still).max() == 0.0
    for one, other in (("text_force", "noise_drift"), ("noise_drift", "text_force")):
        little, much = (
            neighbours(pictures(diffusion_models, model, **{one: degrees, other: "0"})).mean()
            for degrees in ("8", "40")
        )
        assert 0.0 < little < much


def test_tokens_turn_with_their_pooled_embedding() -> None:
    draw = np.random.default_rng(0)
    tokens, pooled = draw.standard_normal((77, 48)).astype(np.float32), draw.standard_normal(48).astype(np.float32)
    points = pooled + 0.3 * draw.standard_normal((5, 48)).astype(np.float32)
    turned = turned_together(np.concatenate([tokens, pooled[None]]), pooled, points)
    assert turned.shape == (5, 78, 48)
    assert np.allclose(np.linalg.norm(turned[:, :77], axis=2), np.linalg.norm(tokens, axis=1), rtol=1e-5)
    gram = np.einsum("kid,kjd->kij", turned[:, :77], turned[:, :77])
    assert np.allclose(gram, tokens @ tokens.T, atol=1e-3)
    assert max(angle_between(end, point) for end, point in zip(turned[:, 77], points, strict=True)) < 1e-4


def test_planes_of_several_encoders_mean_the_same_light() -> None:
    draw = np.random.default_rng(1)
    light = draw.standard_normal((11, 4)) * [9.0, 7.0, 5.0, 3.0]
    light[0] = 0.0
    spaces = [light @ draw.standard_normal((4, d)) + 20.0 * draw.standard_normal(d) for d in (30, 50)]
    planes = joint_planes(spaces)
    for space, pair in zip(spaces, planes, strict=True):
        rows = np.stack([row for plane in pair for row in (plane.n1, plane.n2)])
        assert np.allclose(rows @ rows.T, np.eye(4), atol=1e-9)
        assert np.abs(rows @ space[0]).max() < 1e-6 * np.linalg.norm(space[0])
    first, second = (pair[0].coordinates(space - space[0])[0][1:] for space, pair in zip(spaces, planes, strict=True))
    assert np.corrcoef(first, second)[0, 1] > 0.8


@every_engine
def test_a_travel_arrives_and_returns(diffusion_models: dict[str, Path], model: str) -> None:
    path = {"path": "travel:purple nebula", "noise_drift": "0", "text_force": "0"}
    loop = pictures(diffusion_models, model, **path)
    there = pictures(diffusion_models, model, prompt="purple nebula", text_force="0", noise_drift="0")
    here = pictures(diffusion_models, model, text_force="0", noise_drift="0")
    assert change(loop[2], there[0]) <= 1.0 < change(loop[0], there[0])
    assert change(loop[0], here[0]) <= 1.0
    assert change(loop[1], loop[3]) < 0.5 * change(loop[0], loop[2])


@every_engine
def test_a_wander_never_comes_back_in_step(diffusion_models: dict[str, Path], model: str) -> None:
    plan = planned(diffusion_models, model, path="wander")
    clip = _ENGINES[model]().open(plan, _SIZE, 25.0, "cpu")
    turn = round(plan.period * 25.0)
    assert all(float((clip.frame(k) - clip.frame(k + turn)).abs().max()) > 1e-3 for k in (1, 40, 200))
    changes = neighbours(plan.arrays["pictures"].astype(float))
    assert changes[-1] <= 1.5 * changes.max()


@every_engine
@pytest.mark.parametrize(
    "own",
    [{"negative": "people, text"}, {"guidance": "1"}, {"steps": "3"}, {"scheduler": "dpm"}],
)
def test_options_act(diffusion_models: dict[str, Path], model: str, own: dict[str, str]) -> None:
    assert change(pictures(diffusion_models, model), pictures(diffusion_models, model, **own)) > 0.1


@every_engine
def test_how_many_are_diffused_at_once_changes_nothing(diffusion_models: dict[str, Path], model: str) -> None:
    assert change(pictures(diffusion_models, model), pictures(diffusion_models, model, batch="3")) < 0.2


@every_engine
def test_each_frame_may_start_from_the_one_before(diffusion_models: dict[str, Path], model: str) -> None:
    own = {"steps": "4", "text_force": "40", "noise_drift": "60"}
    alone, chained = (neighbours(pictures(diffusion_models, model, **own, strength=s)) for s in ("1", "0.5"))
    assert 0.0 < chained.mean() < 0.8 * alone.mean()
    assert chained[-1] <= 1.5 * chained.max()


@every_engine
def test_frames_need_no_weights(diffusion_models: dict[str, Path], model: str) -> None:
    plan = planned(diffusion_models, model)
    assert sum(array.nbytes for array in plan.arrays.values()) == plan.arrays["pictures"].nbytes < 1_000_000
    clip = _ENGINES[model]().open(plan, Size(256, 144), 25.0, "cpu")
    assert clip.frame(100_000).shape == (3, 144, 256)


def test_a_loop_of_large_pictures_stays_small(
    diffusion_models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = planned(diffusion_models, "sd1").arrays["pictures"]
    monkeypatch.setattr(diffusion, "_MOST_BYTES", usual.size // 4)
    plan = StableDiffusion().plan(options(diffusion_models["sd1"]), silent())
    assert plan.arrays["pictures"].nbytes <= usual.size // 4


@every_engine
def test_it_can_be_stopped_while_it_diffuses(diffusion_models: dict[str, Path], model: str) -> None:
    def stop(fraction: float, message: str) -> None:
        if message == "diffusing the backdrop":
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        _ENGINES[model]().plan(options(diffusion_models[model]), Progress(stop))


def test_russian_is_read_in_english_and_english_is_left_alone(diffusion_models: dict[str, Path]) -> None:
    assert planned(diffusion_models, "sd1", prompt="спокойный океан").reading == "read as: calm ocean"
    plan = planned(diffusion_models, "sd1", prompt="A café, (soft) light")
    assert plan.reading == "read as: A café, (soft) light"


@every_engine
@pytest.mark.parametrize("prompt", ["", "🙂🙂", "平静的海洋", "بحر هادئ", "12 345", "sea " * 300])
def test_prompts_that_cannot_be_read_are_refused_before_anything_is_loaded(model: str, prompt: str) -> None:
    with pytest.raises(OptionError, match="prompt"):
        _ENGINES[model]().plan(options("/nowhere/at-all", prompt=prompt), silent())


@pytest.mark.parametrize("name", ["stable-diffusion", "kandinsky"])
@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"steps": "0"}, "1 to 250"),
        ({"keyframes": "2.5"}, "keyframes"),
        ({"keyframes": "9", "pictures": "3"}, "pictures"),
        ({"scheduler": "magic"}, "ddim"),
        ({"mode": "last"}, "anchor, chain"),
        ({"precision": "float16"}, "CUDA"),
        ({"offload": "model"}, "CUDA"),
        ({"path": "spiral"}, "orbit"),
        ({"text_force": "90"}, "text_force"),
        ({"model": ""}, "--backdrop-model"),
        ({"model": "no folder at all"}, "no folder"),
        ({"colour": "red"}, "no option"),
    ],
)
def test_options_that_cannot_be_used_are_refused(name: str, own: dict[str, str], told: str) -> None:
    wrong = BackdropOptions(_SIZE, "calm ocean", engine_options={"model": "/nowhere/decoder"} | own)
    with pytest.raises(OptionError, match=told):
        ENGINES.resolve(name)().plan(wrong, silent())


def test_a_model_of_another_kind_is_named(diffusion_models: dict[str, Path]) -> None:
    with pytest.raises(OptionError, match=r"is a KandinskyV22Pipeline: .* StableDiffusionXLPipeline"):
        own = {"model": str(diffusion_models["kandinsky"])}
        StableDiffusion().plan(BackdropOptions(_SIZE, "calm ocean", engine_options=own), silent())
    with pytest.raises(OptionError, match="prior=PATH_OR_ID"):
        Kandinsky().plan(options(diffusion_models["sd1"]), silent())


def test_the_prior_may_lie_elsewhere(diffusion_models: dict[str, Path], tmp_path: Path) -> None:
    prior = diffusion_models["kandinsky"].with_name("tiny-prior")
    moved = shutil.copytree(prior, tmp_path / "first-stage")
    assert (
        change(pictures(diffusion_models, "kandinsky"), pictures(diffusion_models, "kandinsky", prior=str(moved))) == 0
    )


def test_a_single_file_gives_the_pictures_of_its_folder(diffusion_models: dict[str, Path], tmp_path: Path) -> None:
    from tests.diffusion_models import save_single_file

    folder = diffusion_models["sd1"]
    file = save_single_file(folder, tmp_path / "model.safetensors")
    plan = StableDiffusion().plan(options(file, config=str(folder)), silent())
    assert np.array_equal(plan.arrays["pictures"], planned(diffusion_models, "sd1").arrays["pictures"])
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(MissingEngine, match=f"{file} is damaged"):
        StableDiffusion().plan(options(file, config=str(folder), side="64", variant="x"), silent())


@pytest.mark.parametrize(
    "damaged",
    [
        "model_index.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "scheduler/scheduler_config.json",
    ],
)
@pytest.mark.parametrize("how", ["missing", "cut"])
def test_a_damaged_file_is_named(diffusion_models: dict[str, Path], tmp_path: Path, damaged: str, how: str) -> None:
    folder = shutil.copytree(diffusion_models["sd1"], tmp_path / "model")
    file = folder / damaged
    if how == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(MissingEngine) as raised:
        StableDiffusion().plan(options(folder), silent())
    told = str(raised.value)
    assert str(folder) in told
    assert ("missing" if how == "missing" else "again") in told
    assert damaged.split("/")[0] in told


def test_a_missing_piece_of_spread_weights_is_named(diffusion_models: dict[str, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(diffusion_models["sd1"], tmp_path / "model")
    index = {"metadata": {}, "weight_map": {"conv_in.weight": "diffusion_pytorch_model-00002-of-00002.safetensors"}}
    (folder / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(MissingEngine, match=r"00002-of-00002\.safetensors is missing"):
        StableDiffusion().plan(options(folder), silent())


def test_weights_that_do_not_fit_their_configuration(diffusion_models: dict[str, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(diffusion_models["sd1"], tmp_path / "model")
    config = json.loads((folder / "unet" / "config.json").read_text())
    (folder / "unet" / "config.json").write_text(json.dumps(config | {"block_out_channels": [24, 32]}))
    with pytest.raises(EngineError, match=f"{folder} cannot be loaded"):
        StableDiffusion().plan(options(folder), silent())


@pytest.mark.parametrize("name", ["stable-diffusion", "kandinsky"])
def test_a_missing_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda what: None if what == "transformers" else found(what))
    with pytest.raises(MissingEngine, match=r"pip install 'govorun\[diffusion\]'"):
        ENGINES.resolve(name)().card()


def test_an_id_is_looked_for_in_the_cache_first_and_then_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def download(name: str, local_files_only: bool, **_: object) -> str:
        asked.append(local_files_only)
        if local_files_only:
            raise OSError("not cached")
        return str(tmp_path)

    monkeypatch.setattr(DiffusionPipeline, "download", download)
    assert model_folder("someone/model") == tmp_path
    assert asked == [True, False]


def test_an_id_that_cannot_be_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(name: str, **_: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr(DiffusionPipeline, "download", download)
    with pytest.raises(MissingEngine, match="someone/model is not on this machine and could not be downloaded"):
        model_folder("someone/model")
