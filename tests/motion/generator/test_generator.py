"""The embedded generator's engine on an untrained network in the layout of a release: files, drift, frames, errors."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from avatar.core import artefacts
from avatar.core.errors import MissingEngine, OptionError
from avatar.core.progress import silent
from avatar.core.types import BackdropPlan, Size
from motion import BackdropOptions
from motion.asked import read_asked
from motion.drift import Strengths
from motion.engines.embedded import Embedded, sampling_of
from motion.generator.codec import Codec, fit
from motion.generator.keyframes import changes_of, laid_scenes, picture_size, refined, start_of
from motion.generator.model import Generator, Sampling
from motion.generator.moments import moments
from motion.rotation import angle_between
from tests.small_generator import small_release

_SIZE = Size(96, 54)
_OWN = ("model", "steps", "guidance", "keyframes")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_release(tmp_path_factory.mktemp("release"), fit([torch.rand(2, 3, 64, 64)]))


def options(release: Path, prompt: str = "calm ocean at dusk", **changes: object) -> BackdropOptions:
    quick = {"steps": "1", "guidance": "1", "keyframes": "24"}  # a third of the usual ones
    own = {"model": str(release), **quick, **changes.pop("own", {})}  # type: ignore[dict-item]
    return BackdropOptions(size=_SIZE, prompt=prompt, engine_options=own, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def plan(release: Path) -> BackdropPlan:
    return Embedded().plan(options(release, seed=3), silent())


def test_a_loop_closes_and_is_the_same_whoever_asks(plan: BackdropPlan, tmp_path: Path) -> None:
    artefacts.save(tmp_path / "plan.npz", plan)
    again = artefacts.load(tmp_path / "plan.npz", BackdropPlan)
    clip, other = Embedded().open(plan, _SIZE, 25.0, "cpu"), Embedded().open(again, _SIZE, 25.0, "cpu")
    straight = [clip.frame(index).clone() for index in range(6)]
    assert straight[0].shape == (3, 54, 96)
    assert torch.equal(other.frame(5), straight[5])
    assert torch.equal(other.frame(2), straight[2])
    assert torch.allclose(clip.frame(300), straight[0], atol=1e-5)
    assert float((clip.frame(150) - straight[0]).abs().mean()) > 1e-3


def test_frames_move_evenly(plan: BackdropPlan) -> None:
    clip = Embedded().open(plan, Size(224, 128), 10.0, "cpu")
    frames = torch.stack([clip.frame(index) for index in range(121)])
    steps = (frames[1:] - frames[:-1]).square().mean(dim=(1, 2, 3)).sqrt()
    assert float(steps.max() / steps.median()) < 1.2
    assert float(steps[-1] / steps.median()) < 1.2


def test_a_wander_does_not_come_back(release: Path) -> None:
    made = Embedded().plan(options(release, path="wander", period_s=4.0), silent())
    clip = Embedded().open(made, _SIZE, 25.0, "cpu")
    first = clip.frame(0)
    assert all(float((clip.frame(100 * turn) - first).abs().mean()) > 1e-4 for turn in (1, 2, 5, 8, 13))
    assert torch.isfinite(clip.frame(1_000_000)).all()


def test_a_travel_leads_from_one_prompt_to_the_other(release: Path) -> None:
    asked = read_asked(options(release, "calm ocean", path="travel:purple nebula", own={}), "embedded", _OWN)
    made = moments(asked, 0, (12, 4, 4), np.array([0.0, 0.5]), np.array([0.0, 0.5]))
    assert np.allclose(made.vectors, [stop.vector for stop in asked.stops], atol=1e-6)
    assert made.shares.tolist() == [0.0, 1.0]
    assert [stop.family for stop in asked.stops] == ["ocean", "nebula"]


@pytest.mark.parametrize(("text", "noise"), [(0.0, 0.0), (20.0, 5.0), (5.0, 40.0)])
def test_strengths_are_the_angles_of_the_cones(release: Path, text: float, noise: float) -> None:
    asked = read_asked(options(release, own={}), "embedded", _OWN)
    turned = read_asked(options(release, text_force=text, noise_drift=noise), "embedded", _OWN)
    phases = np.arange(5) / 5
    made = moments(turned, 7, (12, 16, 28), phases, phases)
    lengths = np.linalg.norm(made.noise.reshape(5, -1), axis=1)
    assert turned.strengths == Strengths(text, noise)
    assert np.allclose(lengths, lengths[0], rtol=1e-5)
    assert abs(float(made.noise.std()) - 1.0) < 0.03
    for vector in made.vectors:
        assert np.degrees(angle_between(vector, asked.stops[0].vector)) == pytest.approx(text, abs=0.05)
    opposite = np.degrees(angle_between(made.noise[0].ravel(), made.noise[1].ravel()))
    assert opposite == pytest.approx(np.degrees(2 * np.arcsin(np.sin(np.radians(noise)) * np.sin(np.pi / 5))), abs=0.05)


def test_less_noise_keeps_more_of_the_drawn_scene(release: Path) -> None:
    asked = options(release)
    drift = read_asked(asked, "embedded", _OWN)
    made = moments(drift, 0, (12, 16, 28), np.zeros(1), np.zeros(1))
    generator = Generator.load(release)
    start = start_of(generator.codec, laid_scenes(drift, 0, (224, 128)), made.looks, made.shares, (224, 128))
    changes = []
    for strength in (0.1, 0.5, 0.9):
        latents = refined(generator, made.vectors, made.noise, start, Sampling(4, 1.0, strength), silent())
        changes.append(float(np.abs(changes_of(generator.codec, latents, start)).mean()))
    assert changes[0] < 0.5 * changes[1] < 0.5 * changes[2]


def test_a_keyframe_does_not_depend_on_how_many_there_are(release: Path) -> None:
    generator = Generator.load(release)
    draw = np.random.default_rng(0)
    vectors, noise = draw.standard_normal((5, 384), np.float32), draw.standard_normal((5, 12, 4, 4), np.float32)
    few, many = (refined(generator, vectors[:k], noise[:k], None, Sampling(2), silent()) for k in (2, 5))
    assert torch.equal(few, many[:2])


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1280, 720), (224, 128)), ((720, 1280), (128, 224)), ((600, 600), (160, 160)), ((4000, 500), (224, 128))],
)
def test_the_nearest_shape_is_drawn(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert picture_size(Size(*size)) == expected


@pytest.mark.parametrize("size", [(54, 96), (60, 60), (200, 20), (16, 160)])
def test_every_frame_shape_is_filled(plan: BackdropPlan, size: tuple[int, int]) -> None:
    assert Embedded().open(plan, Size(*size), 25.0, "cpu").frame(9).shape == (3, size[1], size[0])


@pytest.mark.parametrize(
    "own", [{"strength": "2"}, {"steps": "2.5"}, {"guidance": "no"}, {"model": "/no/such/folder"}, {"colour": "red"}]
)
def test_own_options_that_cannot_be_used_are_refused(release: Path, own: dict[str, str]) -> None:
    with pytest.raises(OptionError):
        Embedded().plan(options(release, own=own), silent())


def test_own_options_reach_the_sampling(release: Path) -> None:
    asked = options(release, own={"strength": "0.4", "steps": "12", "guidance": "2"})
    assert sampling_of(asked) == Sampling(12, 2.0, 0.4)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("name", "harm", "named"),
    [
        ("codec.safetensors", Path.unlink, "codec.safetensors"),
        ("codec.safetensors", _cut, "codec.safetensors"),
        ("unet/diffusion_pytorch_model.fp16.safetensors", Path.unlink, "diffusion_pytorch_model"),
        ("unet/diffusion_pytorch_model.fp16.safetensors", _cut, "diffusion_pytorch_model"),
        ("unet/config.json", Path.unlink, "config.json"),
        ("unet/config.json", lambda path: path.write_text("{"), "config.json"),
    ],
)
def test_harmed_weights_are_named(release: Path, tmp_path: Path, name: str, harm: object, named: str) -> None:
    folder = shutil.copytree(release, tmp_path / "release")
    harm(folder / name)  # type: ignore[operator]
    with pytest.raises(MissingEngine, match=named) as caught:
        Embedded().plan(options(folder), silent())
    assert "reinstall" in str(caught.value)


def test_the_codec_gives_back_what_it_was_fitted_to() -> None:
    ramp = torch.linspace(0, 1, 96)
    pictures = torch.stack([ramp.expand(3, 64, 96), ramp.flip(0).expand(3, 64, 96) * 0.5])
    codec: Codec = fit([pictures])
    again = codec.decode(codec.encode(pictures))
    assert float((again - pictures).abs().mean()) < 0.01


def test_the_codec_decodes_one_picture_as_it_decodes_many() -> None:
    draw = torch.Generator().manual_seed(2)
    codec = fit([torch.rand(4, 3, 64, 96, generator=draw)])
    latents = torch.randn(2, 12, 5, 7, generator=draw)
    for one, whole in zip(latents, codec.decode(latents), strict=True):
        torch.testing.assert_close(
            torch.from_numpy(codec.picture(one.numpy())), whole.permute(1, 2, 0), atol=1e-5, rtol=0.0
        )
