"""The training run of the backdrop generator, on a handful of pictures and a narrow network."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel

from motion.generator import dataset, training
from motion.generator.captions import held_out_sentences, training_sentences
from motion.generator.codec import CHANNELS, Codec
from motion.generator.model import Generator, Sampling
from motion.scenes.families import FAMILIES


def _narrow() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        attention_head_dim=4,
        norm_num_groups=8,
        encoder_hid_dim=384,
        encoder_hid_dim_type="image_proj",
        addition_embed_type="image",
    )


@pytest.fixture(scope="module", autouse=True)
def few_sentences() -> Iterator[None]:
    """A few sentences a family: putting all of them into vectors takes a minute."""
    dataset._about.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "training_sentences", lambda: training_sentences()[::80])
        yield
    dataset._about.cache_clear()


@pytest.fixture(scope="module")
def pictures(few_sentences: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two small shards."""
    folder = tmp_path_factory.mktemp("training")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "_FITTED_ON", 56)
        patch.setattr(dataset, "_SHARD", 6)
        first = next(dataset.write_shards(folder, 1))
        assert list(dataset.write_shards(folder, 2)) == [first.with_name("shard-00001.npz")]
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_BATCH", 4), ("_LOOK_EVERY", 1), ("_SAVE_EVERY", 1), ("new_network", _narrow)):
        monkeypatch.setattr(training, name, value)


def _copy(pictures: Path, folder: Path) -> Path:
    for path in pictures.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_a_shard_holds_each_picture_and_its_mirror(pictures: Path) -> None:
    codec = Codec.load(pictures / "codec.safetensors")
    latents, vectors = dataset.load_shard(pictures / "shard-00000.npz")
    assert latents.shape == (12, CHANNELS, 16, 28)
    assert vectors.shape == (12, 384)
    drawn, mirrored = (codec.decode(torch.from_numpy(latents[i][None]).float()) for i in (0, 6))
    assert (drawn - mirrored.flip(-1)).abs().mean() < 0.01
    example = dataset.drawn_example(0, (224, 128))
    assert np.abs(drawn[0].permute(1, 2, 0).numpy() - example.picture).mean() < 0.03
    assert abs(np.linalg.norm(example.vector) - 1.0) < 1e-5


def test_shards_take_turns_among_the_shapes_that_are_drawn_later() -> None:
    assert set(dataset.SHAPES_IN_TURN) == set(dataset.PICTURE_SIZES) == {(224, 128), (128, 224), (160, 160)}


def test_a_picture_depends_on_its_number_alone() -> None:
    first, again = (dataset.drawn_example(33, (160, 160)) for _ in range(2))
    assert first.sentence.family == list(FAMILIES)[33 % len(FAMILIES)]
    np.testing.assert_array_equal(first.picture, again.picture)
    assert not np.array_equal(dataset.drawn_example(33, (160, 160), 10**6).picture, first.picture)


def test_held_out_pairs_are_in_no_training_sentence() -> None:
    trained = {sentence.text for sentence in training_sentences()}
    held = {sentence.text for sentence in held_out_sentences()}
    assert not trained & held
    assert 0.05 < len(held) / (len(held) + len(trained)) < 0.25


@pytest.mark.usefixtures("quick")
def test_an_interrupted_run_ends_as_if_nothing_had_happened(
    pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole, broken = (_copy(pictures, tmp_path_factory.mktemp(name)) for name in ("whole", "broken"))
    run = training.Run(views=20)
    lines = list(training.train(whole, run))
    assert len(lines) == 5
    assert lines[-1].startswith("20 views")
    assert len(list(islice(training.train(broken, run), 3))) == 3
    assert len(list(training.train(broken, run))) == 3
    ends = [Generator.load(folder / "release").network.state_dict() for folder in (whole, broken)]
    assert all(torch.equal(value, ends[1][name]) for name, value in ends[0].items())


@pytest.mark.usefixtures("quick")
def test_a_run_learns_and_its_release_draws(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_SAVE_EVERY", 1000)
    folder = _copy(pictures, tmp_path)
    losses = [float(line.split("loss ")[1].split()[0]) for line in training.train(folder, training.Run(views=400))]
    assert losses[-1] < 0.9 * losses[0]
    drawn = Generator.load(folder / "release").sample(
        torch.nn.functional.normalize(torch.ones(1, 384), dim=-1), torch.zeros(1, CHANNELS, 16, 28), Sampling(steps=2)
    )
    assert drawn.shape == (1, CHANNELS, 16, 28)
    assert torch.isfinite(drawn).all()
