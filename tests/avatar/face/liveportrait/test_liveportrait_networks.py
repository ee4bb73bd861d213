"""LivePortrait's networks against what the original networks gave for the same weights.

The weights come from the names of their keys (``tests.weight_rule``); so do the large inputs. Tolerances are several
times the original's own distance from its float64 self.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from avatar.face.liveportrait.checkpoint import MotionNetworks, Painter, load_motion_networks, load_painter
from avatar.face.liveportrait.motion_extractor import Heads
from avatar.face.liveportrait.pose import FaceMotion, keypoints, motion_of, rotation
from avatar.face.liveportrait.retargeting import open_eyes, open_lips, stitched
from avatar.face.renderer.dense_motion import Motion
from avatar.face.renderer.warping import EncodedPortrait
from tests.avatar.face.sadtalker.test_sadtalker_networks import watched
from tests.liveportrait_weights import fixture, official_keys, probes, state_of
from tests.weight_rule import volume

NETWORK, WARP, PICTURE, POINTS = 1e-4, 5e-4, 1e-4, 1e-5


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def trained(liveportrait_weights: Path) -> Painter:
    """The networks as they were trained, every step where the fixtures look."""
    return load_painter(liveportrait_weights, folded=False)


@pytest.fixture(scope="module")
def painter(liveportrait_weights: Path) -> Painter:
    """The networks as the engine runs them."""
    return load_painter(liveportrait_weights)


@pytest.fixture(scope="module")
def motion_networks(liveportrait_weights: Path) -> MotionNetworks:
    return load_motion_networks(liveportrait_weights)


def assert_near(actual: torch.Tensor, wanted: torch.Tensor, limit: float, name: str = "") -> None:
    assert actual.shape == wanted.shape, name
    assert float((actual - wanted).abs().max()) < limit, name


def strided(x: torch.Tensor, *steps: int) -> torch.Tensor:
    """Every so many of the last axes."""
    return x[(..., *(slice(None, None, step) for step in steps))]


def pictures(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 [b, h, w, 3] as the networks see them."""
    return pixels.permute(0, 3, 1, 2).float() / 255


def test_the_rule_makes_the_same_weights_as_elsewhere() -> None:
    wrong, known = [], probes()
    for file in official_keys().values():
        for prefix, shapes in file["groups"].items():
            for key, value in state_of(prefix, shapes).items():
                first, _, total = known.pop(f"{prefix}{key}")
                made = value.double().flatten()
                near = np.allclose(made[: len(first)], first, atol=1e-6, rtol=1e-5)
                wrong += [] if near and float(made.abs().sum()) == pytest.approx(total, rel=1e-5) else [key]
    assert wrong == []
    assert not known


def test_a_portrait_gives_features(trained: Painter) -> None:
    wanted, network = fixture("appearance"), trained.appearance
    parts = {"first": network.first, "down0": network.down_blocks[0], "down1": network.down_blocks[1],
             "second": network.second, "3dr0": network.resblocks_3d[0]}  # fmt: skip
    steps = {"first": (4, 16, 16), "down0": (4, 8, 8), "down1": (4, 4, 4), "second": (8, 4, 4), "3dr0": (2, 2, 8, 8)}
    with watched(parts) as seen:
        features = network(pictures(wanted["in_image_u8"][None]))
    for name, value in seen.items():
        assert_near(strided(value, *steps[name]), wanted[f"mid_{name}_s"], NETWORK, name)
    assert_near(strided(features, 8, 8), wanted["out_feature_s"], NETWORK)
    assert_near(features[:, :6, :, 30:36, 30:36], wanted["out_feature_crop"], NETWORK)
    assert_near(features.mean((3, 4)), wanted["out_feature_mean_cd"], NETWORK)


def test_pictures_give_poses(motion_networks: MotionNetworks) -> None:
    wanted, detector = fixture("motion_extractor"), motion_networks.extractor.detector
    block = detector.stages[0][0]
    parts = {"stem": detector.downsample_layers[0], "block00_dwconv": block.dwconv, "block00_grn": block.grn,
             "block00": block, "pooled": detector.norm}  # fmt: skip
    parts |= {f"stage{i}": detector.stages[i] for i in range(4)}
    steps = {"stem": (4, 16, 16), "block00_dwconv": (4, 16, 16), "block00_grn": (16, 16, 8), "block00": (4, 16, 16),
             "stage0": (4, 16, 16), "stage1": (4, 8, 8), "stage2": (8, 4, 4), "stage3": (8, 2, 2)}  # fmt: skip
    with watched(parts) as seen:
        heads = motion_networks.extractor(pictures(wanted["in_images_u8"]))
    assert_near(seen.pop("pooled"), wanted["mid_pooled"], NETWORK)
    for name, value in seen.items():
        assert_near(strided(value, *steps[name]), wanted[f"mid_{name}_s"], NETWORK, name)
    for name in ("kp", "scale", "pitch", "yaw", "roll", "t", "exp"):
        assert_near(getattr(heads, name), wanted[f"out_{name}"], NETWORK, name)


def test_keypoints_turn_with_the_head() -> None:
    wanted = fixture("keypoint_transform")
    given = {name: wanted[f"in_{name}"] for name in ("kp", "scale", "pitch", "yaw", "roll", "t", "exp")}
    motion = motion_of(Heads(**given))
    angles = torch.cat([wanted[f"out_deg_{name}"] for name in ("pitch", "yaw", "roll")], dim=1)
    assert_near(motion.angles, angles, 1e-4)
    assert_near(motion.rotation, wanted["out_R"], POINTS)
    assert_near(rotation(torch.tensor([[30.0, 20.0, 10.0]])), wanted["out_R_pitch30_yaw20_roll10"], POINTS)
    turned = motion.rotation
    assert_near(turned[1] @ turned[2].T @ turned[0], wanted["out_R_rel"], POINTS)
    assert_near(keypoints(motion), wanted["out_x"], POINTS)
    exact = FaceMotion(motion.canonical, motion.expression, angles, rotation(angles), motion.translation, motion.scale)
    assert_near(keypoints(exact), wanted["out_x_from_degrees"], POINTS)


def test_small_networks_shift_keypoints(motion_networks: MotionNetworks) -> None:
    wanted = fixture("stitching_retargeting")
    source, driving = wanted["in_kp_source"], wanted["in_kp_driving"]
    for row in range(len(source)):
        one = slice(row, row + 1)
        left, right = wanted["out_eye_ratio"][row].tolist()
        eyes = open_eyes(motion_networks.eyes, source[one], (left, right), wanted["in_target_eye"][row])
        lips = open_lips(
            motion_networks.lips, source[one], float(wanted["out_lip_ratio"][row]), wanted["in_target_lip"][row]
        )
        assert_near(eyes, wanted["out_eye_delta"][one], POINTS)
        assert_near(lips, wanted["out_lip_delta"][one], POINTS)
        assert_near(stitched(motion_networks.stitching, source[one], driving[one]), wanted["out_stitched"][one], POINTS)
    raw = motion_networks.stitching(torch.cat([source.flatten(1), driving.flatten(1)], dim=1))
    assert_near(raw, wanted["out_stitch_raw"], POINTS)


# How each size of the warping fixtures was thinned out.
WARP_STEPS = {
    32: {"preview": (4, 4, 4), "hourglass_in": (5, 8, 8), "hourglass_out": (5, 8, 8), "enc0": (8, 5, 4, 4),
         "mask_softmax": (5, 4, 4), "third": (8, 2, 2), "deformation": (3, 2, 2, 1), "feature": (4, 2, 2)},
    64: {"preview": (4, 8, 8), "hourglass_in": (5, 16, 16), "hourglass_out": (5, 16, 16), "enc0": (8, 5, 8, 8),
         "mask_softmax": (5, 8, 8), "third": (8, 4, 4), "deformation": (3, 4, 4, 1), "feature": (4, 4, 4)},
}  # fmt: skip


def warp_input(side: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    wanted = fixture(f"warping_{side}")
    features = volume(f"in/warp/feature{side}", (1, 32, 16, side, side), (2, 8, 8))
    assert torch.equal(strided(features, 4, 4, 8, 8), wanted["in_feature_s"])
    return features, wanted["in_kp_source"], wanted["in_kp_driving"]


def assert_warped(painter: Painter, side: int, encoded: EncodedPortrait, motion: Motion) -> None:
    wanted, steps, middle = fixture(f"warping_{side}"), WARP_STEPS[side], side // 2 - 6
    features = painter.warping.features(encoded, motion)
    assert_near(strided(motion.deformation, *steps["deformation"]), wanted["out_deformation_s"], WARP, "deformation")
    assert_near(motion.occlusion, wanted["out_occlusion"], WARP, "occlusion")
    assert_near(strided(features, *steps["feature"]), wanted["out_feature_s"], WARP, "feature")
    window = slice(middle, middle + 12)
    assert_near(features[:, :8, window, window], wanted["out_feature_crop"], WARP, "feature crop")


@pytest.mark.parametrize("side", [32, 64])
def test_features_move_between_keypoints_step_by_step(trained: Painter, side: int) -> None:
    wanted, steps = fixture(f"warping_{side}"), WARP_STEPS[side]
    features, source, driving = warp_input(side)
    network = trained.warping.dense_motion_network
    parts = {"hourglass_in": network.hourglass.encoder, "hourglass_out": network.hourglass, "mask": network.mask,
             "enc0": network.hourglass.encoder.down_blocks[0], "third": trained.warping.third}  # fmt: skip
    entering: dict[str, torch.Tensor] = {}
    hook = network.hourglass.register_forward_pre_hook(lambda _, given: entering.setdefault("x", given[0].clone()))
    encoded = trained.warping.encoded(features)
    del parts["hourglass_in"]
    with watched(parts) as seen:
        motion = trained.warping.motion(encoded, source, driving)
        trained.warping.features(encoded, motion)
    hook.remove()
    assert_near(strided(encoded.preview, *steps["preview"]), wanted["mid_compressed_s"], NETWORK, "compressed")
    assert_near(strided(entering["x"], *steps["hourglass_in"]), wanted["mid_hourglass_in_s"], NETWORK, "input")
    for name in ("hourglass_out", "enc0", "third"):
        assert_near(strided(seen[name], *steps[name]), wanted[f"mid_{name}_s"], WARP, name)
    mask = torch.softmax(seen["mask"], dim=1)
    assert_near(strided(mask, *steps["mask_softmax"]), wanted["mid_mask_softmax_s"], WARP, "mask")
    assert_warped(trained, side, encoded, motion)


def test_the_folded_network_moves_a_batch_of_the_same(painter: Painter) -> None:
    features, source, driving = warp_input(32)
    encoded = painter.warping.encoded(features)
    motion = painter.warping.motion(encoded, source, torch.cat([driving, source]))
    assert_warped(painter, 32, encoded, Motion(motion.deformation[:1], motion.occlusion[:1]))
    assert float((motion.deformation[1] - motion.deformation[0]).abs().mean()) > 0.01


def decoder_input(side: int) -> torch.Tensor:
    features = 0.5 * volume(f"in/decoder/feature{side}", (1, 256, side, side), (4, 4))
    step = 4 if side == 16 else 8
    assert torch.equal(strided(features, 16, step, step), fixture(f"decoder_{side}")["in_feature_s"])
    return features


def test_features_give_a_picture_step_by_step(trained: Painter) -> None:
    wanted, decoder = fixture("decoder_16"), trained.decoder
    block = decoder.get_submodule("G_middle_0")
    parts = {"fc": decoder.fc, "G_middle_0_norm_0": block.norm_0, "G_middle_0": block,
             "G_middle_5": decoder.get_submodule("G_middle_5"), "up_0": decoder.up_0, "up_1": decoder.up_1,
             "before_shuffle": decoder.conv_img[0]}  # fmt: skip
    steps = {"up_1": (4, 8, 8), "before_shuffle": (8, 8)}
    with watched(parts) as seen:
        picture = decoder(decoder_input(16))
    for name, value in seen.items():
        assert_near(strided(value, *steps.get(name, (8, 4, 4))), wanted[f"mid_{name}_s"], NETWORK, name)
    assert_near(picture, wanted["out_image"], PICTURE)


def test_the_folded_decoder_draws_the_same(painter: Painter) -> None:
    assert_near(painter.decoder(decoder_input(16)), fixture("decoder_16")["out_image"], PICTURE)


def test_a_full_size_picture(painter: Painter) -> None:
    wanted, decoder = fixture("decoder_64"), painter.decoder
    parts = {"fc": decoder.fc, "G_middle_0": decoder.get_submodule("G_middle_0"),
             "G_middle_5": decoder.get_submodule("G_middle_5"), "up_0": decoder.up_0, "up_1": decoder.up_1}  # fmt: skip
    steps = {"up_0": (8, 16, 16), "up_1": (4, 32, 32)}
    with watched(parts) as seen:
        picture = decoder(decoder_input(64))
    for name, value in seen.items():
        limit = 5 * NETWORK * float(wanted[f"mid_{name}_s"].abs().max())  # a quarter of the products, more rounding
        assert_near(strided(value, *steps.get(name, (16, 8, 8))), wanted[f"mid_{name}_s"], limit, name)
    assert_near(strided(picture, 5, 5), wanted["out_image_s"], PICTURE)
    assert_near(picture[:, :, 240:304, 240:304], wanted["out_image_crop"], PICTURE)
