"""What objectives share, and what the moving one tells its model: sizes, encoded pictures, noise and conditions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from avatar.core.errors import OptionError
from avatar.core.types import Size
from motion.lora.config import Config
from motion.lora.moving import MovingObjective
from motion.lora.objective import Asked, noise_of


class Vae:
    """Latents are means of blocks; remembers how many pictures it was given at once."""

    dtype = torch.float32
    config = SimpleNamespace(block_out_channels=(1, 2, 3), scaling_factor=0.5)

    def __init__(self) -> None:
        self.counts: list[int] = []

    def encode(self, pixels: torch.Tensor) -> SimpleNamespace:
        self.counts.append(len(pixels))
        small = torch.nn.functional.avg_pool2d(pixels, 4)
        return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: small))


class Unet:
    """Says what it is told to, and remembers what it was asked."""

    conv_in = SimpleNamespace(weight=torch.zeros(1))
    config = SimpleNamespace(sample_size=24, block_out_channels=(1, 2))

    def __init__(self, said: torch.Tensor | None = None) -> None:
        self.said, self.asked = said, dict[str, Any]()

    def __call__(self, noised: torch.Tensor, step: torch.Tensor, **more: Any) -> SimpleNamespace:
        self.asked = {"noised": noised, "step": step, **more}
        return SimpleNamespace(sample=torch.zeros_like(noised[:, :, :3]) if self.said is None else self.said)


def objective(unet: Unet | None = None, **own: Any) -> MovingObjective:
    pipeline = SimpleNamespace(unet=unet or Unet(), vae=Vae(), scheduler=None)
    return MovingObjective(pipeline, Config(model="m", films="f", **own), "cpu")


def test_usual_clips_are_those_of_the_model() -> None:
    assert (objective().frames, objective().rate, objective().most) == (14, 7.0, 0)
    assert (objective(frames=1).frames, objective(frames=2).frames, objective(frames=9).frames) == (2, 2, 9)
    assert objective(rate=4.5).rate == 4.5
    assert (MovingObjective.kind, MovingObjective.pipeline) == ("svd", "StableVideoDiffusionPipeline")
    assert not MovingObjective.takes_pictures
    assert objective().words(None, ["a", "b"]).shape == (2, 0)


def test_pictures_have_the_side_of_the_model_or_the_one_that_is_asked_for() -> None:
    assert objective().shrink == 4
    assert objective().size(Size(100, 100)) == Size(96, 96)
    assert objective().size(Size(200, 100)) == Size(136, 64)
    assert objective(side=8).size(Size(10, 10)) == Size(8, 8)
    with pytest.raises(OptionError, match=r"side is 7: this model needs at least 8\."):
        objective(side=7).size(Size(10, 10))


def test_pictures_are_encoded_one_at_a_time_from_minus_one_to_one() -> None:
    made = objective()
    clip = np.zeros((2, 4, 8, 3), np.uint8)
    clip[0, :, 4:], clip[1] = 255, 51
    found = made.encoded(clip)
    assert made.vae.counts == [1, 1] and found.shape == (2, 3, 1, 2)
    assert torch.allclose(found[0], torch.tensor([-1.0, 1.0]).expand(3, 1, 2)) and torch.allclose(
        found[1], torch.tensor(-0.6)
    )
    noise = torch.stack([torch.full((3, 4, 8), 0.25), torch.full((3, 4, 8), -0.5)])
    noisy = made.encoded(clip, noise)
    assert torch.allclose(noisy - found, torch.tensor([0.25, -0.5])[:, None, None, None].expand_as(found))


def test_decoded_pictures_become_bytes() -> None:
    decoded = torch.tensor([-1.5, -1.0, 0.0, 0.5, 1.0, 2.0]).reshape(1, 1, 1, 6).expand(1, 3, 1, 6)
    found = objective().pixels(decoded)
    assert found.shape == (1, 1, 6, 3) and found.dtype == np.uint8
    assert found[0, 0, :, 1].tolist() == [0, 0, 128, 191, 255, 255]


def test_noise_is_that_of_its_generator() -> None:
    found = noise_of(np.random.default_rng(3), (2, 3), "cpu")
    assert found.dtype == torch.float32
    assert np.array_equal(found.numpy(), np.random.default_rng(3).standard_normal((2, 3), dtype=np.float32))


def test_a_sample_sees_its_first_picture_under_four_strengths_of_noise() -> None:
    made, clip = objective(), np.random.default_rng(0).integers(0, 255, (5, 8, 8, 3), dtype=np.uint8)
    asked: list[Any] = []

    def encode(picture: Any, device: str, count: int, guided: bool) -> torch.Tensor:
        asked.append((np.asarray(picture), device, count, guided))
        return torch.full((1, 1, 4), 2.0, dtype=torch.float16)

    found = made.sample(SimpleNamespace(_encode_image=encode), clip, np.random.default_rng(1))
    draw = np.random.default_rng(1)
    strengths = np.exp(draw.normal(-3.0, 0.5, 4)).astype(np.float32)
    strengths[0] = 0.02
    noise = noise_of(draw, (4, 3, 8, 8), "cpu") * torch.from_numpy(strengths)[:, None, None, None]
    assert np.allclose(found["strengths"], strengths)
    plain = made.encoded(clip)
    assert torch.allclose(found["latents"], 0.5 * plain)
    assert torch.allclose(found["seen"], made.encoded(np.repeat(clip[:1], 4, axis=0), noise), atol=1e-6)
    assert torch.equal(found["embedding"], torch.full((1, 4), 2.0))
    assert np.array_equal(asked[0][0], clip[0]) and asked[0][1:] == ("cpu", 1, False)


def batch() -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return {
        "latents": torch.randn(2, 3, 3, 2, 2, generator=draw),
        "seen": torch.randn(2, 4, 3, 2, 2, generator=draw),
        "strengths": torch.rand(2, 4, generator=draw),
        "embedding": torch.randn(2, 1, 4, generator=draw),
    }


@pytest.mark.parametrize("any_look", [False, True])
def test_the_model_is_told_everything_and_its_velocity_is_compared(any_look: bool) -> None:
    given = batch()
    asked = Asked(np.array([0.25, 0.5]), np.array([False, True]), any_look)
    draw = np.random.default_rng(9)
    which = draw.integers(4, size=2) if any_look else np.zeros(2, int)
    noise = noise_of(draw, (2, 3, 3, 2, 2), "cpu")
    sigma = torch.exp(torch.tensor([0.7 - 1.6 * 0.6744898, 0.7]))
    wide = sigma[:, None, None, None, None]
    length = (wide**2 + 1.0).sqrt()
    target = (noise - wide * given["latents"]) / length
    unet = Unet(target + 0.5)
    made = objective(unet, rate=6.0, motion=99)
    assert float(made.loss(given, torch.zeros(2, 0), asked, np.random.default_rng(9))) == pytest.approx(0.25, abs=1e-5)
    told = unet.asked
    assert torch.allclose(told["noised"][:, :, :3], (given["latents"] + wide * noise) / length, atol=1e-5)
    for row in range(2):
        seen = given["seen"][row, which[row]] * (1 - row)
        assert torch.allclose(told["noised"][row, :, 3:], seen.expand(3, -1, -1, -1))
        assert torch.allclose(told["encoder_hidden_states"][row], given["embedding"][row] * (1 - row))
        ids = [5.0, 99.0, float(given["strengths"][row, which[row]])]
        assert told["added_time_ids"][row].tolist() == pytest.approx(ids)
    assert torch.allclose(told["step"], 0.25 * sigma.log(), atol=1e-6)


def test_levels_at_both_ends_are_held_a_little_inside() -> None:
    for level, bound in ((0.0, -3.0902323), (1.0, 3.0902323), (0.0005, -3.0902323)):
        unet = Unet()
        made = objective(unet)
        asked = Asked(np.array([level, level]), np.zeros(2, bool), False)
        made.loss(batch(), torch.zeros(2, 0), asked, np.random.default_rng(0))
        assert unet.asked["step"].tolist() == pytest.approx([0.25 * (0.7 + 1.6 * bound)] * 2, abs=1e-4)
        assert unet.asked["added_time_ids"][0, 0] == 6.0


def test_a_slow_film_is_told_as_one_frame_a_second_at_least() -> None:
    unet = Unet()
    objective(unet, rate=1.0)._said(torch.zeros(1, 2, 3, 2, 2), torch.zeros(1), torch.zeros(1, 3, 2, 2),
                                    torch.zeros(1, 1, 4), torch.tensor([0.02]))  # fmt: skip
    assert unet.asked["added_time_ids"].tolist()[0] == pytest.approx([1.0, 127.0, 0.02])
