"""MagicVideo's design: adapters that begin by changing nothing, attention that sees no later frame, training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.media import VideoWriter
from avatar.core.progress import silent
from avatar.core.types import Size
from motion.engines.magic import Magic
from motion.magic import training
from motion.magic.network import FrameNorm, FrameScale, MagicAdapter, MagicUNet, mixed, new_adapter
from motion.magic.training import Steps, films_of, generated, load, train
from motion.magic.tuning import Tuning, tune
from motion.options import BackdropOptions
from motion.trials.magic import measured
from tests.diffusion_models import tiny_unet

_FRAMES = 5


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    torch.manual_seed(7)


@pytest.fixture
def unet() -> UNet2DConditionModel:
    torch.manual_seed(3)
    return tiny_unet(cross_attention_dim=32).eval()


def awake(adapter: MagicAdapter) -> MagicAdapter:
    """``adapter`` as if trained: what a new one has at zero is random."""
    torch.manual_seed(4)
    for weight in adapter.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.2)
    return adapter


@torch.inference_mode()
def told(network: MagicUNet, films: torch.Tensor) -> torch.Tensor:
    made: torch.Tensor = network(films, torch.tensor(500), torch.ones(len(films) * _FRAMES, 7, 32)).sample
    return made


def test_a_new_adapter_changes_nothing(unet: UNet2DConditionModel) -> None:
    films = torch.randn(2, 4, _FRAMES, 8, 8)
    with torch.inference_mode():
        pictures = films.transpose(1, 2).flatten(0, 1)
        alone = unet(pictures, torch.tensor(500), torch.ones(len(pictures), 7, 32)).sample
    together = told(MagicUNet.of(unet, new_adapter(unet, 8, 2)).eval(), films)
    assert torch.allclose(together.transpose(1, 2).flatten(0, 1), alone, atol=1e-5)


def test_a_frame_sees_earlier_ones_and_itself_only(unet: UNet2DConditionModel) -> None:
    films = torch.randn(1, 4, _FRAMES, 8, 8)
    other = films.clone()
    other[:, :, 3] += 1.0
    for directed in (True, False):
        network = MagicUNet.of(unet, awake(new_adapter(unet, 8, 2, directed=directed))).eval()
        changes = (told(network, films) - told(network, other)).abs().amax(dim=(0, 1, 3, 4))
        assert (changes[3:] > 1e-3).all()
        assert bool((changes[:3] == 0.0).all()) == directed


def test_each_frame_has_its_own_scale_after_each_convolution(unet: UNet2DConditionModel) -> None:
    adapter = new_adapter(unet, 8, 2)
    network = MagicUNet.of(unet, adapter).eval()
    resnets = [part for name, part in network.named_modules() if name.endswith((".conv1", ".conv2"))]
    assert resnets
    assert all(isinstance(part[1], FrameScale) for part in resnets)
    films = torch.randn(1, 4, 1, 8, 8).expand(-1, -1, _FRAMES, -1, -1)
    assert torch.allclose(told(network, films)[:, :, 0], told(network, films)[:, :, 4], atol=1e-6)
    with torch.no_grad():
        adapter.scales["mid_block-resnets-0-conv1"].shift[4] += torch.randn(
            32
        )  # the same for all would be normalised away
    moved = told(network, films)
    assert torch.allclose(moved[:, :, 0], moved[:, :, 3], atol=1e-6)
    assert (moved[:, :, 0] - moved[:, :, 4]).abs().max() > 1e-3


def test_an_adapter_is_read_again_as_it_was(unet: UNet2DConditionModel, tmp_path: Path) -> None:
    adapter = awake(new_adapter(unet, 8, 2, shared_noise=0.25))
    adapter.save_pretrained(tmp_path)
    again = MagicAdapter.from_pretrained(tmp_path)
    assert again.config["shared_noise"] == 0.25
    films = torch.randn(1, 4, _FRAMES, 8, 8)
    first, second = (told(MagicUNet.of(unet, one).eval(), films) for one in (adapter, again))
    assert torch.equal(first, second)


def test_frames_are_normalised_alone() -> None:
    films = torch.randn(2, 8, 3, 4, 4)
    films[:, :, 2] *= 100.0
    norm = FrameNorm(2, 8)
    assert torch.allclose(norm(films)[:, :, 1], torch.nn.functional.group_norm(films[:, :, 1], 2), atol=1e-5)


def test_noise_in_common_stays_unit_noise() -> None:
    noise = mixed(torch.from_numpy(np.random.default_rng(0).standard_normal((4, 40_000))), 0.3)
    assert np.allclose(np.cov(noise.numpy()), 0.3 + 0.7 * np.eye(4), atol=0.03)
    one = mixed(torch.randn(4, 10), 1.0)
    assert torch.allclose(one[0], one[3])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run on a few films."""
    folder = tmp_path_factory.mktemp("magic")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_PICTURES", 24)
        patch.setattr(training, "_FILMS", 12)
        patch.setattr(training, "ADAPTERS", {"magic": True})
        lines = list(train(folder, 0, Steps(image=60, adapter=50, pictures=8, films=2)))
    assert [line.split(":")[0] for line in lines] == ["image", "magic"]
    return folder


def test_a_short_run_makes_films_steadier_than_frame_by_frame(trained: Path) -> None:
    noise = torch.stack([mixed(film, 0.5) for film in torch.randn(4, 8, 48, 8, 8)])
    truth = films_of(0, range(1_000_000, 1_000_004))
    magic, alone = (measured(generated(load(trained, name), noise, 8), truth) for name in ("magic", None))
    assert magic["warped"] < 0.95 * alone["warped"]
    assert magic["cosine"] > alone["cosine"]


def test_the_picture_network_is_kept_and_what_is_there_not_trained_again(trained: Path) -> None:
    before = {name: part.clone() for name, part in load(trained).state_dict().items()}
    kept = load(trained, "magic").state_dict()
    shared = [name for name in before if name in kept]
    assert len(shared) > 20
    assert all(torch.equal(before[name], kept[name]) for name in shared)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "ADAPTERS", {"magic": True})
        assert list(train(trained, 0)) == []


def test_measures_tell_a_still_film_from_a_jittering_one() -> None:
    truth = films_of(1, range(3))
    still = measured(truth[:, :1].repeat(8, axis=1), truth)
    assert still["warped"] == still["change"] == 0.0
    assert still["cosine"] == pytest.approx(1.0)
    jitter = np.clip(truth + 0.1 * np.random.default_rng(0).standard_normal(truth.shape), 0.0, 1.0)
    steady, rough = measured(truth, films_of(1, range(3, 9))), measured(jitter, films_of(1, range(3, 9)))
    assert rough["warped"] > 3.0 * steady["warped"]
    assert rough["cosine"] < steady["cosine"]
    assert rough["distance"] > steady["distance"] + 10.0


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    with VideoWriter(folder / "orange_box.mp4", Size(64, 64), 8.0) as writer:
        for place in range(0, 36, 4):
            frame = np.full((64, 64, 3), 40, np.uint8)
            frame[20:44, place : place + 24] = (200, 120, 40)
            writer.write(frame)
    (folder / "orange_box.txt").write_text("an orange box goes to the right")
    return folder


def test_an_adapter_for_stable_diffusion_is_trained_on_films(
    video_models: dict[str, Path], films: Path, tmp_path: Path
) -> None:
    tuning = Tuning(steps=3, frames=4, side=64)
    assert [line.split()[0] for line in tune(video_models["sd"], films, tmp_path / "whole", tuning)] == ["3"]
    list(tune(video_models["sd"], films, tmp_path / "parts", Tuning(steps=2, frames=4, side=64)))
    list(tune(video_models["sd"], films, tmp_path / "parts", tuning))
    whole, parts = (MagicAdapter.from_pretrained(tmp_path / name / "adapter") for name in ("whole", "parts"))
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), parts.parameters(), strict=True))
    assert any(scale.shift.any() for scale in whole.scales.values())
    own = {"model": str(video_models["sd"]), "adapter": str(tmp_path / "whole" / "adapter"), "frames": "4",
           "side": "64", "steps": "2"}  # fmt: skip
    plan = Magic().plan(BackdropOptions(Size(96, 64), "orange box", 0, engine_options=own), silent())
    assert plan.arrays["pictures"][0].std() > 5.0


def test_frames_have_as_much_noise_in_common_as_the_adapter_says(video_models: dict[str, Path], tmp_path: Path) -> None:
    changes = []
    for share in (1.0, 0.5, 0.0):
        new_adapter(tiny_unet(), 4, 2, shared_noise=share).save_pretrained(tmp_path / str(share))
        own = {"model": str(video_models["sd"]), "adapter": str(tmp_path / str(share)), "frames": "4", "side": "64",
               "steps": "2", "text_force": "0", "loop": "cut"}  # fmt: skip
        plan = Magic().plan(BackdropOptions(Size(96, 64), "calm sea", 0, engine_options=own), silent())
        pictures = plan.arrays["pictures"].astype(float)
        changes.append(float(np.abs(np.diff(pictures, axis=0)).mean()))
    assert changes[0] < 0.1 < changes[1] < changes[2]


def test_films_that_cannot_be_learned_from_are_told(video_models: dict[str, Path], films: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="no film"):
        list(tune(video_models["sd"], tmp_path / "none", tmp_path / "run", Tuning()))
    with pytest.raises(OptionError, match=r"lasts 8\.0 s"):
        list(tune(video_models["sd"], films, tmp_path / "run", Tuning(frames=64, side=64)))
    with pytest.raises(MissingEngine, match="diffusers' layout"):
        list(tune(tmp_path, films, tmp_path / "run", Tuning()))


def test_the_page_trains_as_long_as_the_command_does_by_itself() -> None:
    page = Path(__file__).parents[2] / "docs" / "video-models.md"
    assert f"python -m motion.magic.tuning CHECKPOINT FILMS FOLDER --steps {Tuning().steps} " in page.read_text()
