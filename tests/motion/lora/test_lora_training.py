"""Training a LoRA on tiny models with random weights: which layers learn, that they do, stopping and going on."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline, StableVideoDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file

from avatar.core.errors import Cancelled, EngineError, InputError, MediaError, MissingEngine, OptionError
from avatar.core.progress import Progress, silent
from motion.engines.tuned import unet_digest
from motion.lora import training
from motion.lora.adapter import insert, put_back, taken_out
from motion.lora.config import Config, read_config
from motion.lora.moving import MovingObjective
from motion.lora.sources import sources_of
from motion.lora.still import StillObjective
from tests.lora_runs import QUICK, films, pictures, run, tuned

_PARTS = ("to_q", "to_k", "to_v", "to_out.0")


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = load_file(folder / "pytorch_lora_weights.safetensors")
    return found


def losses_of(run_folder: Path) -> list[tuple[int, float, float]]:
    with (run_folder / "losses.csv").open() as file:
        return [(int(row[0]), float(row[1]), float(row[2])) for row in list(csv.reader(file))[1:]]


def unet_of(model: Path) -> torch.nn.Module:
    kind = json.loads((model / "model_index.json").read_text())["_class_name"]
    pipelines = {one.__name__: one for one in (StableDiffusionPipeline, StableVideoDiffusionPipeline)}
    unet: torch.nn.Module = pipelines[kind].from_pretrained(model).unet
    return unet


@pytest.mark.parametrize("kind", ["sd", "svd"])
def test_only_the_layers_that_are_meant_learn(models: dict[str, Path], place: Path, kind: str) -> None:
    unet = unet_of(models[kind])
    before = {name: value.clone() for name, value in unet.state_dict().items()}
    expected = {
        name: layer.weight.shape
        for name, layer in unet.named_modules()
        if name.endswith(_PARTS) and (kind == "sd" or ".temporal_transformer_blocks." in name)
        if kind == "sd" or not name.endswith(("attn2.to_q", "attn2.to_k"))
    }
    objective = {"sd": StillObjective, "svd": MovingObjective}[kind]
    learned = insert(unet, objective.targets, Config(model="-", films="-", rank=4))
    assert len(expected) >= 8
    assert len(learned) == 2 * len(expected)
    assert {id(one) for one in unet.parameters() if one.requires_grad} == {id(one) for one in learned}
    after = {name.replace(".base_layer.", "."): value for name, value in unet.state_dict().items()}
    assert all(torch.equal(after[name], value) for name, value in before.items())

    found = weights_of(tuned(models[kind], place, kind))
    assert len(found) == 2 * len(expected)
    for name, (out, into) in expected.items():
        assert found[f"unet.{name}.lora.down.weight"].shape == (4, into)
        assert found[f"unet.{name}.lora.up.weight"].shape == (out, 4)
        assert found[f"unet.{name}.lora.up.weight"].abs().max() > 1e-3


@pytest.mark.parametrize("kind", ["sd", "sd2", "svd"])
def test_what_is_kept_aside_is_told_better(models: dict[str, Path], tmp_path: Path, kind: str) -> None:
    own: dict[str, object] = {"pictures": str(pictures(tmp_path / "material"))}
    if kind == "svd":
        shutil.rmtree(tmp_path / "material")
        own = {"films": str(films(tmp_path / "material", count=1, length=24)), "frames": 4, "rate": 8.0}
    done = run(tmp_path / "run", model=str(models[kind]), steps=40, every=20, rank=16, dropout=0.0, **own)
    losses = losses_of(tmp_path / "run")
    assert [step for step, _, _ in losses] == [0, 20, 40]
    assert done.before == losses[0][2]
    assert done.best == min(aside for _, _, aside in losses) < 0.97 * done.before


@pytest.mark.parametrize("kind", ["sd", "svd"])
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(
    models: dict[str, Path], place: Path, tmp_path: Path, kind: str
) -> None:
    whole = tuned(models[kind], place, kind)
    config = json.loads((whole.parent / "config.json").read_text())
    own = {name: config[name] for name in ("model", "films", "frames", "rate")}
    for words in ("encoding film-1", "step 3,", "step 14,"):
        with pytest.raises(Cancelled):
            run(tmp_path / "run", Progress(stopping(words)), **own)
    assert [step for step, _, _ in losses_of(tmp_path / "run")] == [0, 10]
    again = run(tmp_path / "run", **own)
    assert losses_of(tmp_path / "run") == losses_of(whole.parent)
    assert file_of(again.folder) == file_of(whole)
    assert file_of(run(tmp_path / "run", **own).folder) == file_of(whole)  # nothing is left to do


def stopping(words: str):  # type: ignore[no-untyped-def]
    def sink(_: float, message: str) -> None:
        if words in message:
            raise Cancelled("enough")

    return sink


def file_of(folder: Path) -> bytes:
    return (folder / "pytorch_lora_weights.safetensors").read_bytes()


def test_the_material_is_made_once(models: dict[str, Path], tmp_path: Path) -> None:
    own = {"model": str(models["sd"]), "films": str(films(tmp_path / "films")), "rate": 4.0, "steps": 2, "every": 2}
    run(tmp_path / "run", **own)
    shutil.rmtree(tmp_path / "films")
    assert run(tmp_path / "run", **own).steps == 2


def test_more_steps_go_on_and_another_run_does_not(models: dict[str, Path], place: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tuned(models["sd"], place, "sd").parent, tmp_path / "run")
    config = json.loads((folder / "config.json").read_text())
    own = {name: config[name] for name in ("model", "films", "rate")}
    assert run(folder, **own, steps=25).steps == 25
    for changed in ({"seed": 1}, {"rank": 2}, {"model": str(models["sd2"])}):
        with pytest.raises(OptionError, match="another configuration"):
            run(folder, **(own | changed))


def test_a_mistake_may_be_mended_in_the_same_folder(models: dict[str, Path], tmp_path: Path) -> None:
    own = {"model": str(models["sd"]), "steps": 1, "every": 1}
    with pytest.raises(OptionError, match="There is no picture"):
        run(tmp_path / "run", **own, pictures=str(tmp_path))
    assert run(tmp_path / "run", **own, pictures=str(pictures(tmp_path / "pictures"))).steps == 1


def test_another_seed_is_another_run(models: dict[str, Path], place: Path, tmp_path: Path) -> None:
    whole = tuned(models["sd"], place, "sd")
    config = json.loads((whole.parent / "config.json").read_text())
    other = run(tmp_path / "run", model=config["model"], films=config["films"], rate=4.0, seed=1)
    assert file_of(other.folder) != file_of(whole)


def test_it_ends_when_nothing_gets_better_and_keeps_the_best(models: dict[str, Path], tmp_path: Path) -> None:
    own = {"model": str(models["sd"]), "pictures": str(pictures(tmp_path / "pictures"))}
    done = run(tmp_path / "run", **own, steps=50, every=2, patience=2, learning_rate=1.0)
    assert done.steps < 50
    assert done.best_step == done.steps - 4
    if done.best_step == 0:
        assert all(not one.any() for name, one in weights_of(done.folder).items() if ".up." in name)


def test_strips_show_the_real_pictures_above_those_of_the_model(models: dict[str, Path], place: Path) -> None:
    for kind, columns in (("sd", 2), ("svd", 4)):
        strips = tuned(models[kind], place, kind).parent / "strips"
        assert sorted(path.name for path in strips.iterdir()) == ["000000.png", "best.png"]
        first, best = (np.asarray(Image.open(strips / name)) for name in ("000000.png", "best.png"))
        assert first.shape == best.shape == (2 * 134, columns * 134, 3)
        assert np.array_equal(first[:128], best[:128])
        assert not np.array_equal(first[134:], best[134:])
        assert np.abs(first[4, 60].astype(int) - 40).max() < 12  # the ground of the film
        assert (first[:128, :128, 0] > 180).mean() > 0.05  # and its box


def test_the_card_says_what_it_is_and_names_no_folder(models: dict[str, Path], place: Path) -> None:
    text = (tuned(models["sd"], place, "sd") / "card.json").read_text()
    card = json.loads(text)
    assert (card["kind"], card["rank"], card["alpha"]) == ("stable-diffusion", 4, 4)
    assert card["base"] == models["sd"].name
    assert card["base_sha256"] == unet_digest(models["sd"])
    assert card["captions"] == ["a red box"]
    assert "base model" in card["licence"]
    assert str(place) not in text


def test_diffusers_reads_it(models: dict[str, Path], tmp_path: Path) -> None:
    own = {"model": str(models["sd"]), "pictures": str(pictures(tmp_path / "pictures"))}
    folder = run(tmp_path / "run", **own, alpha=12).folder
    pipeline = StableDiffusionPipeline.from_pretrained(models["sd"])
    given = (torch.randn(1, 4, 8, 8), torch.tensor(500), torch.randn(1, 77, 32))
    with torch.no_grad():
        plain = pipeline.unet(*given).sample
        pipeline.load_lora_weights(folder)
        theirs = pipeline.unet(*given).sample
        trained = unet_of(models["sd"])
        insert(trained, StillObjective.targets, Config(model="-", films="-", rank=4, alpha=12))
        put_back(trained, torch.load(tmp_path / "run" / "state.pt", weights_only=True)["best"])
        ours = trained(*given).sample
    assert torch.allclose(theirs, ours, atol=1e-5)
    assert (theirs - plain).abs().max() > 1e-3


def test_peft_reads_that_of_a_film_model(models: dict[str, Path], place: Path) -> None:
    from peft import LoraConfig, inject_adapter_in_model, set_peft_model_state_dict

    saved = weights_of(tuned(models["svd"], place, "svd"))
    unet = unet_of(models["svd"])
    layers = sorted({name.removeprefix("unet.").split(".lora.")[0] for name in saved})
    inject_adapter_in_model(LoraConfig(r=4, lora_alpha=4, target_modules=layers), unet)
    theirs = {
        name.removeprefix("unet.").replace(".lora.down.", ".lora_A.").replace(".lora.up.", ".lora_B."): one
        for name, one in saved.items()
    }
    left = set_peft_model_state_dict(unet, theirs)
    assert not left.unexpected_keys
    assert all(torch.equal(taken_out(unet)[name], one) for name, one in saved.items())


class Knowing(torch.nn.Module):
    """A UNet that knows the latents ``x0``, and so says exactly what it should; it keeps what it was given."""

    def __init__(self, unet: torch.nn.Module, x0: torch.Tensor) -> None:
        super().__init__()
        self.config, self.conv_in, self.x0 = unet.config, unet.conv_in, x0
        self.seen: list[dict[str, torch.Tensor]] = []

    def forward(self, noised: torch.Tensor, step: torch.Tensor, **conditions: torch.Tensor) -> object:
        self.seen.append({"noised": noised, "step": step, **conditions})
        return type("Said", (), {"sample": self.said(noised, step)})

    def said(self, noised: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        sigma = (4.0 * step).exp().view(-1, 1, 1, 1, 1)
        noise = (noised[:, :, :4] * (sigma.square() + 1.0).sqrt() - self.x0) / sigma
        return (noise - sigma * self.x0) / (sigma.square() + 1.0).sqrt()


class KnowingStill(Knowing):
    """The same of pictures, for noise or for velocity."""

    alphas: torch.Tensor
    velocity: bool

    def said(self, noised: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        kept = self.alphas[step].view(-1, 1, 1, 1)
        noise = (noised - kept.sqrt() * self.x0) / (1.0 - kept).sqrt()
        return kept.sqrt() * noise - (1.0 - kept).sqrt() * self.x0 if self.velocity else noise


def asked(*levels: float, dropped: tuple[bool, ...]) -> training.Asked:
    return training.Asked(np.array(levels), np.array(dropped), any_look=True)


@pytest.mark.parametrize("kind", ["sd", "sd2"])
def test_what_a_picture_model_is_trained_to_say(models: dict[str, Path], kind: str) -> None:
    pipeline = StableDiffusionPipeline.from_pretrained(models[kind])
    objective = StillObjective(pipeline, Config(model="-", films="-"), "cpu")
    latents = torch.randn(2, 4, 8, 8)
    knowing = KnowingStill(pipeline.unet, latents)
    knowing.alphas = torch.cumprod(1.0 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2, 0)
    knowing.velocity = kind == "sd2"
    objective.unet = knowing
    words = torch.randn(2, 77, 32)
    levels = asked(0.05, 0.9, dropped=(False, False))
    loss = objective.loss({"latents": latents}, words, levels, np.random.default_rng(0))
    assert float(loss) < 1e-6
    assert knowing.seen[0]["step"].tolist() == [50, 900]
    assert torch.equal(knowing.seen[0]["encoder_hidden_states"], words)
    knowing.x0 = latents + 0.5
    assert float(objective.loss({"latents": latents}, words, levels, np.random.default_rng(0))) > 0.05


def test_what_a_film_model_is_trained_to_say(models: dict[str, Path]) -> None:
    pipeline = StableVideoDiffusionPipeline.from_pretrained(models["svd"])
    objective = MovingObjective(pipeline, Config(model="-", films="-", rate=8.0, motion=99), "cpu")
    clip = np.random.default_rng(0).integers(0, 255, (3, 64, 64, 3), np.uint8)
    with torch.no_grad():
        sample = objective.sample(pipeline, clip, np.random.default_rng(1))
        first = pipeline.vae.encode(torch.from_numpy(clip[:1]).permute(0, 3, 1, 2).float() / 127.5 - 1.0)
    first_latents = first.latent_dist.mode()[0]
    assert torch.allclose(sample["latents"][0], first_latents * pipeline.vae.config.scaling_factor, atol=1e-4)
    assert float(sample["strengths"][0]) == pytest.approx(0.02)
    away = [float((one - first_latents).square().mean()) for one in sample["seen"]]
    assert np.argsort(away).tolist() == np.argsort(sample["strengths"].numpy()).tolist()

    batch = {name: torch.stack([one, one]) for name, one in sample.items()}
    knowing = Knowing(pipeline.unet, batch["latents"])
    objective.unet = knowing
    loss = objective.loss(batch, torch.zeros(2, 0), asked(0.5, 0.8413, dropped=(False, True)), np.random.default_rng(0))
    assert float(loss) < 1e-6
    (seen,) = knowing.seen
    assert torch.allclose(4.0 * seen["step"], torch.tensor([0.7, 2.3]), atol=1e-3)  # mean, and a deviation more
    assert seen["added_time_ids"][:, :2].tolist() == [[7.0, 99.0]] * 2
    assert all(float(one) in sample["strengths"].tolist() for one in seen["added_time_ids"][:, 2])
    assert torch.equal(seen["noised"][0, 0, 4:], seen["noised"][0, 2, 4:])
    assert any(torch.equal(seen["noised"][0, 0, 4:], one) for one in sample["seen"])
    assert not seen["noised"][1, :, 4:].any()  # dropped
    assert not seen["encoder_hidden_states"][1].any()
    assert torch.equal(seen["encoder_hidden_states"][0], sample["embedding"])


def test_captions_are_beside_the_films_or_in_a_table(tmp_path: Path) -> None:
    folder = films(tmp_path / "films", count=3, captions=("a  red\nbox", "", "other"))
    assert [one.caption for one in sources_of(folder, films=True)] == ["a red box", "", "other"]
    (folder / "metadata.jsonl").write_text('{"file_name": "film-1.mp4", "text": "told"}\n\n')
    assert [one.caption for one in sources_of(folder, films=True)] == ["a red box", "told", "other"]
    (folder / "metadata.jsonl").write_text('{"file": "film-1.mp4"}\n')
    with pytest.raises(OptionError, match="file_name"):
        sources_of(folder, films=True)
    (folder / "metadata.jsonl").unlink()
    (folder / "folder.mp4").mkdir()
    (folder / ".hidden.mp4").write_bytes(b"")
    assert [one.name for one in sources_of(folder, films=True)] == [f"film-{number}.mp4" for number in range(3)]
    (folder / "film-0.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(OptionError, match="UTF-8"):
        sources_of(folder, films=True)


def test_whole_films_are_kept_aside_where_there_are_enough(models: dict[str, Path], tmp_path: Path) -> None:
    material, rows = material_of(models["sd"], tmp_path, films(tmp_path / "films", count=6, length=8), rate=4.0)
    aside = {row["source"] for row in rows if row["id"] in material.aside}
    assert len(aside) == 1
    assert material.some_aside(99) == material.aside
    assert material.some_aside(2) == (material.aside[0], material.aside[-1])
    assert {row["id"] for row in rows if row["source"] in aside} == set(material.aside)
    assert {row["source"] for row in rows if row["id"] in material.samples} == {row["source"] for row in rows} - aside


def material_of(
    model: Path, folder: Path, source: Path, **options: float
) -> tuple[training.Material, list[dict[str, str]]]:
    pipeline = StableDiffusionPipeline.from_pretrained(model)
    config = Config(model="-", films=str(source), side=64, **options)  # type: ignore[arg-type]
    with torch.no_grad():
        objective = StillObjective(pipeline, config, "cpu")
        material = training.gathered(folder / "material", objective, pipeline, silent())
    return material, json.loads((folder / "material" / "index.json").read_text())["samples"]


def test_frames_of_a_long_film_are_spread_over_it(models: dict[str, Path], tmp_path: Path) -> None:
    folder = films(tmp_path / "films", count=1, length=40)
    material, rows = material_of(models["sd"], tmp_path, folder, rate=8.0, frames=5)
    assert len(rows) == 5
    left = [int(np.argmax(material.pixels(row["id"])[0, 64, :, 0] > 120)) for row in rows]
    assert left[0] < left[1] < left[2]  # a second apart, no frame beside the other
    assert left[1] - left[0] > 30


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"films": ""}, "--films DIR, or --pictures DIR"),
        ({"pictures": "both"}, "--films DIR, or --pictures DIR"),
        ({"model": ""}, "needs a model"),
        ({"rank": 0}, "rank is 0: give a whole number from 1"),
        ({"steps": 2.5}, "steps is 2.5: give a whole number"),
        ({"learning_rate": "fast"}, "learning_rate is 'fast'"),
        ({"name": "../up"}, "cannot be used"),
        ({"name": "svd"}, "cannot be used"),
        ({"colour": "red"}, "Unknown training option 'colour'"),
        ({"variant": 16}, "give a text"),
    ],
)
def test_options_of_training_that_cannot_be_used(options: dict[str, object], told: str) -> None:
    with pytest.raises(OptionError, match=told):
        read_config(None, {"model": "m", "films": "f", **options})


def test_options_come_from_a_file_and_what_is_given_counts(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text('model = "m"\nfilms = "f"\nrank = 32\nsteps = 7\n')
    config = read_config(tmp_path / "run.toml", {"steps": 9})
    assert (config.rank, config.steps, config.gain) == (32, 9, 1.0)
    with pytest.raises(InputError, match="cannot be read"):
        read_config(tmp_path / "none.json", {})


def test_what_cannot_be_trained_is_told_in_a_sentence(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, shown = films(tmp_path / "films", length=3), pictures(tmp_path / "pictures", count=1)
    empty = tmp_path / "empty"
    empty.mkdir()
    other = tmp_path / "wan"
    other.mkdir()
    (other / "model_index.json").write_text('{"_class_name": "WanPipeline"}')
    wrong: list[tuple[dict[str, object], type[Exception], str]] = [
        ({"model": str(other)}, OptionError, "is a WanPipeline: a LoRA is trained for"),
        ({"model": str(models["svd"]), "pictures": str(shown), "films": ""}, OptionError, "learns from films"),
        ({"model": str(empty)}, MissingEngine, "model_index.json"),
        ({"model": "no folder at all"}, OptionError, "no folder"),
        ({"films": str(empty)}, OptionError, "There is no film in"),
        ({"films": "", "pictures": str(shown)}, OptionError, "One sample is too little"),
        ({"model": str(models["svd"]), "frames": 14}, MediaError, "film-0.mp4 is too short: give at least 2.0 seconds"),
        ({"side": 8}, OptionError, "side is 8: this model needs at least 16"),
    ]
    for number, (options, kind, told) in enumerate(wrong):
        with pytest.raises(kind, match=told):
            run(tmp_path / f"run-{number}", **({"model": str(models["sd"]), "films": str(folder)} | options))
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda what: None if what == "peft" else found(what))
    with pytest.raises(MissingEngine, match=r"needs peft: pip install 'govorun\[diffusion\]'"):
        run(tmp_path / "run", model=str(models["sd"]), films=str(folder))


def test_a_model_that_predicts_something_else_is_refused(models: dict[str, Path], tmp_path: Path) -> None:
    model = shutil.copytree(models["sd"], tmp_path / "model")
    path = model / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"prediction_type": "sample"}))
    with pytest.raises(OptionError, match="predicts sample"):
        run(tmp_path / "run", model=str(model), pictures=str(pictures(tmp_path / "pictures")))


def test_short_memory_is_told(models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*_: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(training, "gathered", short)
    with pytest.raises(EngineError, match="ran out of memory on cpu: give a smaller --side"):
        run(tmp_path / "run", model=str(models["sd"]), pictures=str(pictures(tmp_path / "pictures")))


def test_the_defaults_are_what_the_help_says() -> None:
    config = Config(model="m", films="f")
    assert (config.steps, config.rank, config.patience, config.learning_rate) == (1000, 8, 8, 1e-4)
    assert set(QUICK) <= set(config.identity) | {"steps"}
