"""Prompts of a network that learned somebody's own pictures: which of them it means, and how the engine makes them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.progress import silent
from avatar.core.types import BackdropPlan, Size
from motion import BackdropOptions
from motion.embedding import embed
from motion.engines.embedded import Embedded, sampling_of
from motion.generator.codec import Codec, fit
from motion.generator.model import Sampling
from motion.learned import Learned
from motion.understanding import understand
from tests.small_generator import small_release

_SIZE = Size(96, 54)
_CAPTIONS = tuple(f"a {colour} neon {sign}" for colour in ("red", "blue", "green") for sign in ("heart", "star"))
_SIGN = "a red neon arrow"


@pytest.fixture(scope="module")
def learned() -> Learned:
    return Learned(_CAPTIONS, embed(list(_CAPTIONS)).astype(np.float32), {"pictures": "signs"})


@pytest.fixture(scope="module")
def model(learned: Learned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_release(tmp_path_factory.mktemp("learned"), fit([torch.rand(2, 3, 64, 64)]))
    learned.save(folder)
    return folder


def options(model: Path | None, prompt: str = _SIGN, **own: str) -> BackdropOptions:
    named = {} if model is None else {"model": str(model)}
    return BackdropOptions(
        _SIZE, prompt, engine_options={"steps": "1", "guidance": "1", "keyframes": "16", **named, **own}
    )


def planned(model: Path, prompt: str = _SIGN, **own: str) -> BackdropPlan:
    return Embedded().plan(options(model, prompt, **own), silent())


def test_what_was_learned_is_read_again(learned: Learned, model: Path) -> None:
    again = Learned.load(model)
    assert again is not None and again.captions == _CAPTIONS and again.facts == {"pictures": "signs"}
    assert np.array_equal(again.vectors, learned.vectors)


@pytest.mark.parametrize("file", ["learned.json", "learned.safetensors"])
def test_damaged_files_are_told(file: str, model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / file).write_bytes(b"{}")
    with pytest.raises(MissingEngine, match="missing or damaged: train it again"):
        Learned.load(copy)
    (copy / "learned.json").unlink()
    assert Learned.load(copy) is None


def test_the_nearest_caption_says_what_is_meant(learned: Learned) -> None:
    sign, ocean = (understand(text, embed([text])[0], learned) for text in (_SIGN, "calm ocean at dusk"))
    assert sign.learned and sign.reading.startswith("read as: a red neon ")
    assert not ocean.learned and ocean.plane is None and ocean.family == "ocean"
    assert ocean.reading == understand("calm ocean at dusk", embed(["calm ocean at dusk"])[0]).reading


@pytest.mark.parametrize(
    "prompt", ["blue water as far as you can see, sunny day", "sitting room at night, dim blue light", "neon street"]
)
def test_a_drawn_scene_in_a_light_is_not_taken_for_a_picture_in_that_light(prompt: str) -> None:
    captions = [
        f"a blue neon {sign} {where} at night" for sign in ("heart", "star") for where in ("on a wall", "by water")
    ]
    signs = Learned(tuple(captions), embed(captions).astype(np.float32), {})
    assert not understand(prompt, embed([prompt])[0], signs).learned
    assert understand(captions[0], embed(captions[:1])[0], signs).learned


def test_what_is_far_is_pulled_towards_the_captions(learned: Learned) -> None:
    near, far = embed([_CAPTIONS[0]])[0], embed(["quarterly report of the tax office"])[0]
    assert np.allclose(learned.pulled(near), near, atol=1e-6)
    assert learned.nearest(learned.pulled(far))[1] > learned.nearest(far)[1] + 0.2


def test_the_drift_turns_in_the_plane_of_the_captions(learned: Learned) -> None:
    vector = embed([_SIGN])[0]
    plane = learned.plane(vector)
    assert plane is not None
    assert abs(float(plane.n1 @ vector)) < 1e-6
    spread = learned.vectors - learned.vectors.mean(axis=0)
    kept = np.square(spread @ np.stack([plane.n1, plane.n2]).T).sum() / np.square(spread).sum()
    assert kept > 0.4  # of six captions, in two of their five directions
    one = Learned(_CAPTIONS[:1] * 3, learned.vectors[[0, 0, 0]], {})
    assert one.plane(vector) is None


def test_what_was_learned_begins_from_noise_and_the_rest_from_a_drawing(model: Path) -> None:
    sign, ocean = planned(model), planned(model, "calm ocean at dusk")
    assert (sign.settings["strength"], ocean.settings["strength"]) == (1.0, 0.6)
    assert planned(model, strength="0.5").settings["strength"] == 0.5
    usual = BackdropOptions(_SIZE, engine_options={})
    assert sampling_of(usual, learned=True) == Sampling(16, 2.0, 1.0)
    assert sign.reading == "read as: a red neon star" or sign.reading == "read as: a red neon heart"


def test_a_learned_place_moves_and_comes_back(model: Path) -> None:
    clip = Embedded().open(planned(model), _SIZE, 10.0, "cpu")
    first, middle, last = (clip.frame(index).clone() for index in (0, 60, 120))
    assert torch.allclose(first, last, atol=1e-4)
    assert float((first - middle).abs().mean()) > 1e-3


def test_a_plan_tells_its_way_and_an_older_one_is_measured(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(model)
    older = replace(plan, arrays={name: array for name, array in plan.arrays.items() if name != "way"})
    assert torch.equal(*(Embedded().open(one, _SIZE, 10.0, "cpu").frame(31) for one in (plan, older)))
    monkeypatch.setattr(Codec, "decode", lambda self, latents: pytest.fail("a picture was decoded to open the clip"))
    Embedded().open(plan, _SIZE, 10.0, "cpu")


@pytest.mark.parametrize("path", ["wander", "travel:calm ocean at dusk"])
def test_other_paths_of_a_learned_place(path: str, model: Path) -> None:
    plan = planned(model, path=path)
    assert plan.settings["strength"] == 1.0
    assert torch.isfinite(Embedded().open(plan, _SIZE, 10.0, "cpu").frame(7)).all()


def test_the_card_tells_whose_weights_they_are(model: Path, tmp_path: Path) -> None:
    engine = Embedded()
    card, plan = engine.card_of(options(model)), planned(model)
    assert card.weights_licence == "yours: trained on the pictures of signs, from Apache-2.0 weights"
    assert card.weights_sha256 != engine.card().weights_sha256 == engine.card_of(options(None)).weights_sha256
    assert plan.settings["weights_sha256"] == card.weights_sha256
    assert plan.settings["weights_licence"] == card.weights_licence
    plain = small_release(tmp_path, fit([torch.rand(2, 3, 64, 64)]))
    assert engine.card_of(options(plain)).weights_licence == "not stated"


def test_weights_that_changed_under_one_name_are_loaded_anew(model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    before = planned(copy)
    weights = copy / "unet" / "diffusion_pytorch_model.fp16.safetensors"
    from safetensors.torch import load_file, save_file

    save_file({name: 0.5 * value for name, value in load_file(weights).items()}, weights)
    after = planned(copy)
    assert after.settings["weights_sha256"] != before.settings["weights_sha256"]
    assert not np.array_equal(after.arrays["latents"], before.arrays["latents"])


def test_a_wrong_folder_is_told_in_a_sentence(model: Path, tmp_path: Path) -> None:
    (tmp_path / "run" / "strips").mkdir(parents=True)
    for folder, said in (
        (tmp_path / "run", "has no unet/ and no codec.safetensors: give the folder RUN/model"),
        (tmp_path / "no", "is no folder"),
    ):
        with pytest.raises(OptionError, match=said):
            planned(folder)
        with pytest.raises(OptionError, match=said):
            Embedded().card_of(options(folder))
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / "unet" / "diffusion_pytorch_model.fp16.safetensors").write_bytes(b"nothing")
    with pytest.raises(MissingEngine, match=r"copy.unet.*, or train it again"):
        planned(copy)
