"""Films and next-state models drive the engines: embedded, painted, Stable Diffusion, Kandinsky."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    DPTConfig,
    DPTForDepthEstimation,
    DPTImageProcessor,
)

from avatar.core.errors import OptionError
from avatar.core.progress import silent
from avatar.core.types import BackdropPlan, Size
from motion import ENGINES, BackdropOptions, Influence
from motion.encoders import encoder_of
from motion.generator.curve import TimedCurve
from motion.generator.model import Generator, Sampling
from motion.influence.cues import depth_of
from motion.next_state.model import NextState
from motion.next_state.networks import Shape, new_network
from tests.diffusion_models import tokenizer
from tests.motion.films import moving, write

_SIZE = Size(128, 72)
_TINY = {"steps": "2", "keyframes": "6", "pictures": "6"}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("films") / "moving.mp4", moving(12))


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP of random weights whose pictures are as wide as the tiny models' embeddings."""
    folder = tmp_path_factory.mktemp("clip")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = CLIPVisionConfig(hidden_size=16, projection_dim=32, intermediate_size=20, num_attention_heads=2,
                                  num_hidden_layers=1, image_size=32, patch_size=16)  # fmt: skip
        CLIPVisionModelWithProjection(config).save_pretrained(folder)
    return folder


def planned(engine: str, film: Path | None, own: dict[str, str], **influence: object) -> BackdropPlan:
    chosen = None if film is None else Influence(film, **influence)  # type: ignore[arg-type]
    options = BackdropOptions(_SIZE, "calm ocean at dusk", engine_options=own, influence=chosen)
    return ENGINES.resolve(engine)().plan(options, silent())


def steps(pictures: np.ndarray) -> np.ndarray:
    return np.abs(np.diff(pictures.astype(float), axis=0)).mean(axis=(1, 2, 3))


@pytest.mark.parametrize("model", ["sd1", "kandinsky"])
def test_a_film_moves_a_diffusion_engine(
    diffusion_models: dict[str, Path], film: Path, clip_folder: Path, model: str
) -> None:
    own = {"model": str(diffusion_models[model]), "encoder": str(clip_folder), **_TINY}
    own |= {"prior_steps": "2"} if model == "kandinsky" else {}
    name = "kandinsky" if model == "kandinsky" else "stable-diffusion"
    weak, strong = (planned(name, film, own, gain=gain, mode="chain") for gain in (0.0, 2.0))
    assert steps(weak.arrays["pictures"]).max() == 0.0
    assert steps(strong.arrays["pictures"]).mean() > 0.0
    assert strong.period == 2.5 and strong.settings["path"] == "influence"
    again = planned(name, film, own, gain=2.0, mode="chain")
    assert np.array_equal(strong.arrays["pictures"], again.arrays["pictures"])


def test_kandinsky_goes_where_a_next_state_model_says(diffusion_models: dict[str, Path], tmp_path: Path) -> None:
    shape = Shape("rotation", 32, 32, 2, 8)
    NextState(new_network(shape, 3).eval(), shape, {}).save(tmp_path)
    own = {"model": str(diffusion_models["kandinsky"]), "prior_steps": "2", "next_state": str(tmp_path), **_TINY}
    moved = planned("kandinsky", None, {**own, "path": "predicted", "noise_drift": "0", "text_force": "30"})
    assert moved.settings["path"] == "predicted"
    assert steps(moved.arrays["pictures"]).max() > 0.0
    wrong = Shape("simple", 12, 12, 1, 8)
    NextState(new_network(wrong).eval(), wrong, {}).save(tmp_path / "wrong")
    with pytest.raises(OptionError, match="does not fit"):
        planned("kandinsky", None, {**own, "path": "predicted", "next_state": str(tmp_path / "wrong")})


@pytest.mark.parametrize("scenario", ["A0", "A1"])
def test_a_film_moves_a_painted_scene_in_its_own_time(film: Path, scenario: str) -> None:
    plan = planned("painted", film, {}, gain=1.0, mode="chain", scenario=scenario)
    assert plan.period == 2.5 and len(plan.arrays["way"]) == 10
    assert (np.ptp(plan.arrays["noise"], axis=0).max() > 1e-6) == (scenario == "A1")
    clip = ENGINES.resolve("painted")().open(plan, _SIZE, 8.0, "cpu")
    first, later, turned = (clip.frame(k) for k in (0, 8, 20))
    assert not torch.equal(first, later) and torch.equal(first, turned)


def test_the_packaged_model_moves_a_painted_scene() -> None:
    plan = planned("painted", None, {"path": "predicted"})
    assert plan.settings["path"] == "predicted" and plan.period == 12.0
    ways = plan.arrays["way"]
    assert np.abs(np.diff(ways, axis=0)).max() > 1e-3
    assert np.allclose(np.linalg.norm(ways, axis=1), np.linalg.norm(ways[0]), atol=1e-4)


def test_a_film_moves_the_embedded_generator(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []

    def sample(self, vectors, noise, sampling: Sampling, drawn=None, report=lambda share: None):  # type: ignore[no-untyped-def]
        said.append(vectors)
        return drawn + 0.2 * vectors[:, :12, None, None]

    monkeypatch.setattr(Generator, "sample", sample)
    plan = planned("embedded", film, {}, gain=1.0, mode="chain", scenario="B2")
    assert plan.arrays["latents"].shape[0] == 10 and plan.period == 2.5
    assert {"influence_gain", "influence_mode", "influence_scenario"} <= set(plan.settings)
    assert torch.cat(said).shape[1] == 384
    clip = ENGINES.resolve("embedded")().open(plan, _SIZE, 4.0, "cpu")
    assert torch.equal(clip.frame(0), clip.frame(10)) and not torch.equal(clip.frame(0), clip.frame(3))


def test_time_is_kept_where_a_film_gives_it() -> None:
    keys = np.cumsum(np.array([0.0, 1.0, 5.0, 1.0]))[:, None, None, None].astype(np.float32)
    curve = TimedCurve(keys)
    assert [float(curve.at(k / 4).ravel()[0]) for k in range(5)] == [0.0, 1.0, 6.0, 7.0, 0.0]


def test_encoders_and_depth_models_by_folder(clip_folder: Path, tmp_path: Path) -> None:
    encoder = encoder_of(str(clip_folder))
    pictures = moving(3, Size(32, 32))
    vectors = encoder.encode(pictures)
    assert vectors.shape == (3, 32) == (3, encoder.dimension) and encoder.size == Size(32, 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.allclose(vectors[1:2], encoder.encode(pictures[1:2]), atol=1e-5)
    assert encoder.encode_texts(["a disc"]) is None
    letters = tokenizer()
    sides = {"hidden_size": 16, "intermediate_size": 20, "num_attention_heads": 2, "num_hidden_layers": 1}
    sides |= {"projection_dim": 24}
    vision = {**sides, "image_size": 32, "patch_size": 16}
    both = CLIPConfig(text_config={**sides, "vocab_size": letters.vocab_size}, vision_config=vision, projection_dim=24)
    CLIPModel(both).save_pretrained(tmp_path / "both")
    letters.save_pretrained(tmp_path / "both")
    reads = encoder_of(str(tmp_path / "both"))
    words = reads.encode_texts(["a disc", "a sea"])
    assert words is not None and words.shape == (2, 24) and reads.encode(pictures).shape == (3, 24)
    config = DPTConfig(hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=20, image_size=32,
                       patch_size=16, backbone_out_indices=[0, 1, 2, 3], neck_hidden_sizes=[8, 8, 8, 8],
                       fusion_hidden_size=8, is_hybrid=False, head_in_index=-1)  # fmt: skip
    DPTForDepthEstimation(config).save_pretrained(tmp_path)
    DPTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    field = depth_of(str(tmp_path))(pictures[0])
    assert field.shape == (64,) and (field > 0.0).all()
    for wrong, load in (("encoder", encoder_of), ("depth", depth_of)):
        with pytest.raises(OptionError, match="folder or id"):
            load(str(tmp_path / wrong))


def test_the_packaged_encoder_knows_light_and_words() -> None:
    encoder = encoder_of()
    frames = moving(6, encoder.size)
    vectors = encoder.encode(frames)
    assert vectors.shape == (6, 384) and np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    near, far = (float(vectors[0] @ vectors[k]) for k in (1, 5))
    assert near > far
    assert encoder.encode_texts(["calm ocean"]).shape == (1, 384)


def test_what_cannot_be_asked_together(film: Path) -> None:
    options = BackdropOptions(_SIZE, "calm ocean", influence=Influence(film), path="predicted")
    with pytest.raises(OptionError, match="exclude one another"):
        ENGINES.resolve("painted")().plan(options, silent())
    with pytest.raises(OptionError, match="--influence FILE"):
        alone = dataclasses.replace(options, influence=None, path="orbit", engine_options={"depth": "haze"})
        ENGINES.resolve("painted")().plan(alone, silent())
