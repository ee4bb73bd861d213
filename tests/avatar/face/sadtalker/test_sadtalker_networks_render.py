"""The networks that draw, against what the original networks gave for the same weights.

A weight of a motion below 0.001 counts as none. Where one lies within rounding of that cut, two right answers differ:
one voxel on the other side changes the picture by 0.004. So voxels that close to the cut (a ten-millionth) are put
where the original has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from avatar.face.renderer.dense_motion import Motion
from avatar.face.sadtalker.checkpoint import RenderNetworks, load_mapping, load_render_networks
from avatar.face.sadtalker.transform import move
from tests import sadtalker_weights as rule
from tests.avatar.face.sadtalker.test_sadtalker_networks import watched

FIXTURE = load_file(Path(__file__).parents[3] / "fixtures" / "sadtalker" / "networks.safetensors")


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def networks(sadtalker_weights: Path) -> RenderNetworks:
    return load_render_networks(sadtalker_weights)


def differences(actual: torch.Tensor, name: str) -> torch.Tensor:
    assert actual.shape == FIXTURE[name].shape, name
    return (actual - FIXTURE[name]).abs()


def assert_near(actual: torch.Tensor, name: str, limit: float) -> None:
    assert float(differences(actual, name).max()) < limit, name


def keypoints(size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Those of the source and of the driving frame."""
    source = rule.uniform(f"in/generator/{size}/kp_source", (1, 15, 3), -0.7, 0.7)
    return source, source + rule.uniform(f"in/generator/{size}/kp_driving_delta", (1, 15, 3), -0.15, 0.15)


def settled(motion: Motion, name: str) -> Motion:
    """``motion`` with the first frame's doubtful voxels where the original has them."""
    depth, row, column = FIXTURE[f"{name}/doubtful_voxels"].T
    deformation = motion.deformation.clone()
    deformation[0, depth, row, column] = FIXTURE[f"{name}/doubtful_places"]
    assert float((deformation - motion.deformation).abs().max()) < 2e-3
    return Motion(deformation, motion.occlusion)


def test_a_portrait_gives_keypoints(networks: RenderNetworks) -> None:
    detector, portrait = networks.keypoints, rule.image("in/kp_extractor/image", 256)
    torch.testing.assert_close(detector.down.weight[0, 0], FIXTURE["kp_extractor/blur"], rtol=0, atol=1e-7)
    with watched({"down": detector.down, "logits": detector.kp}) as seen:
        found = detector(portrait)
    assert_near(seen["down"][:, :, ::4, ::4], "kp_extractor/down", 1e-5)
    assert_near(seen["logits"][:, :, ::4, ::8, ::8], "kp_extractor/logits", 1e-3)
    assert_near(found, "kp_extractor/keypoints", 1e-4)


def test_the_generator_as_it_was_trained_step_by_step(sadtalker_weights: Path) -> None:
    generator = load_render_networks(sadtalker_weights, folded=False).generator
    motion, decoder = generator.dense_motion_network, generator.decoder
    parts = {
        "first": generator.first, "second": generator.second, "feature3d": generator.resblocks_3d,
        "compress": motion.compress, "hourglass": motion.hourglass, "third": generator.third,
        "fourth": generator.fourth, "fc": decoder.fc, "G_middle_0": decoder.get_submodule("G_middle_0"),
        "G_middle_5": decoder.get_submodule("G_middle_5"), "up_0": decoder.up_0, "up_1": decoder.up_1,
    }  # fmt: skip
    with watched(parts) as seen:
        encoded = generator.encode(rule.image("in/generator/128/image", 128))
        moved = settled(generator.motion(encoded, *keypoints(128)), "generator_128")
        picture = generator.draw(encoded, moved)
    slices = {
        "first": (16, 8, 8), "second": (16, 4, 4), "feature3d": (4, 4, 4, 4), "compress": (1, 4, 4, 4),
        "hourglass": (8, 4, 8, 8), "third": (8, 4, 4), "fourth": (8, 4, 4), "fc": (16, 4, 4), "G_middle_0": (16, 4, 4),
        "G_middle_5": (16, 4, 4), "up_0": (16, 8, 8), "up_1": (8, 16, 16),
    }  # fmt: skip
    for name, steps in slices.items():
        part = seen[name][(slice(None), *(slice(None, None, step) for step in steps))]
        wanted = FIXTURE[f"generator_128/{name}"]
        torch.testing.assert_close(part, wanted, rtol=0, atol=1e-4 * float(wanted.abs().max()), msg=name)
    assert_near(moved.occlusion, "generator_128/occlusion", 1e-4)
    assert_near(moved.deformation[:, ::2, ::2, ::2], "generator_128/deformation", 1e-4)
    assert_near(picture, "generator_128/picture", 1e-3)


def test_the_folded_generator_draws_a_batch_of_the_same(networks: RenderNetworks) -> None:
    generator = networks.generator
    encoded = generator.encode(rule.image("in/generator/128/image", 128))
    source, driving = keypoints(128)
    motion = generator.motion(encoded, source, torch.cat([driving, source]))
    pictures = generator.draw(encoded, settled(motion, "generator_128"))
    assert_near(pictures[:1], "generator_128/picture", 1e-3)
    assert float((pictures[1] - pictures[0]).abs().mean()) > 0.01


def test_a_full_size_picture_from_given_keypoints(networks: RenderNetworks) -> None:
    encoded = networks.generator.encode(rule.image("in/generator/256/image", 256))
    motion = networks.generator.motion(encoded, *keypoints(256))
    assert_near(motion.occlusion, "generator_256/occlusion", 1e-4)
    assert_near(motion.deformation[:, ::2, ::4, ::4], "generator_256/deformation", 1e-4)
    picture = networks.generator.draw(encoded, settled(motion, "generator_256"))[:, :, ::2, ::2]
    wrong = differences(picture, "generator_256/picture")
    assert float(wrong.mean()) < 1e-4
    assert float(wrong.max()) < 1e-3


@pytest.mark.parametrize(("full", "name"), [(False, "render_mapping_00229"), (True, "render_mapping_00109")])
def test_coefficients_and_a_portrait_give_a_picture(
    networks: RenderNetworks, sadtalker_weights: Path, full: bool, name: str
) -> None:
    mapping, portrait = load_mapping(sadtalker_weights, full), rule.image("in/render/image", 256)
    canonical = networks.keypoints(portrait)
    source = move(canonical, mapping(FIXTURE[f"{name}/source"][:, :, None].expand(-1, -1, 27)))
    pose = mapping(FIXTURE[f"{name}/windows"])
    driving = move(canonical, pose)
    assert_near(canonical, f"{name}/canonical", 1e-4)
    assert_near(source, f"{name}/kp_source", 1e-4)
    assert_near(driving, f"{name}/kp_driving", 1e-4)
    if not full:
        driving = move(canonical, pose, FIXTURE[f"{name}/angles"].expand(2, -1))
    picture = networks.generator.drive(networks.generator.encode(portrait), source, driving[:1])
    assert float(differences(picture[:, :, ::2, ::2], f"{name}/picture").mean()) < 5e-4
