"""Mistakes that look right, each made on purpose: the fixtures' tolerances must find every one of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, gelu, grid_sample, interpolate

from avatar.face.liveportrait import motion_extractor, pose, retargeting
from avatar.face.liveportrait.checkpoint import MotionNetworks, Painter, load_motion_networks, load_painter
from avatar.face.liveportrait.motion_extractor import Heads
from avatar.face.renderer import appearance, dense_motion, geometry, layers, spade, warping
from tests.avatar.face.liveportrait.test_liveportrait_networks import (
    NETWORK,
    PICTURE,
    POINTS,
    WARP,
    decoder_input,
    pictures,
    strided,
    warp_input,
)
from tests.liveportrait_weights import fixture

Mistake = Callable[[pytest.MonkeyPatch, Painter, MotionNetworks], None]


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def trained(liveportrait_weights: Path) -> Painter:
    return load_painter(liveportrait_weights, folded=False)


@pytest.fixture(scope="module")
def motion_networks(liveportrait_weights: Path) -> MotionNetworks:
    return load_motion_networks(liveportrait_weights)


def warp_error(painter: Painter) -> float:
    features, source, driving = warp_input(32)
    encoded = painter.warping.encoded(features)
    moved = painter.warping.features(encoded, painter.warping.motion(encoded, source, driving))
    return float((strided(moved, 4, 2, 2) - fixture("warping_32")["out_feature_s"]).abs().max()) / WARP


def picture_error(painter: Painter) -> float:
    return float((painter.decoder(decoder_input(16)) - fixture("decoder_16")["out_image"]).abs().max()) / PICTURE


def appearance_error(painter: Painter) -> float:
    wanted = fixture("appearance")
    features = painter.appearance(pictures(wanted["in_image_u8"][None]))
    return float((strided(features, 8, 8) - wanted["out_feature_s"]).abs().max()) / NETWORK


def heads_error(networks: MotionNetworks) -> float:
    wanted = fixture("motion_extractor")
    heads = networks.extractor(pictures(wanted["in_images_u8"][:1]))
    names = ("kp", "scale", "pitch", "yaw", "roll", "t", "exp")
    return max(float((getattr(heads, name) - wanted[f"out_{name}"][:1]).abs().max()) for name in names) / NETWORK


def keypoints_error() -> float:
    wanted = fixture("keypoint_transform")
    heads = Heads(**{name: wanted[f"in_{name}"] for name in ("kp", "scale", "pitch", "yaw", "roll", "t", "exp")})
    return float((pose.keypoints(pose.motion_of(heads)) - wanted["out_x"]).abs().max()) / POINTS


def small_error(networks: MotionNetworks) -> float:
    wanted = fixture("stitching_retargeting")
    one, source = slice(1, 2), wanted["in_kp_source"][1:2]
    left, right = wanted["out_eye_ratio"][1].tolist()
    own, target = float(wanted["out_lip_ratio"][1]), wanted["in_target_lip"][1]
    said = {
        "out_stitched": retargeting.stitched(networks.stitching, source, wanted["in_kp_driving"][one]),
        "out_eye_delta": retargeting.open_eyes(networks.eyes, source, (left, right), wanted["in_target_eye"][1]),
        "out_lip_delta": retargeting.open_lips(networks.lips, source, own, target),
    }
    return max(float((value - wanted[name][one]).abs().max()) for name, value in said.items()) / POINTS


WARPING: dict[str, Mistake] = {
    "samples at corners": lambda patch, p, m: patch.setattr(
        dense_motion, "grid_sample", lambda x, at, **_: grid_sample(x, at, align_corners=True)
    ),
    "samples beyond the border": lambda patch, p, m: patch.setattr(
        dense_motion, "grid_sample", lambda x, at, **_: grid_sample(x, at, padding_mode="border", align_corners=False)
    ),
    "cuts small weights": lambda patch, p, m: patch.setattr(p.warping.dense_motion_network, "least", 1e-3),
    "wider blobs": lambda patch, p, m: patch.setattr(geometry, "_SPREAD", 0.02),
    "negative blobs": lambda patch, p, m: patch.setattr(dense_motion, "heat", lambda *a: -geometry.heat(*a)),
    "depth as the slower index": lambda patch, p, m: patch.setattr(
        warping, "depth_to_channels", lambda x: x.transpose(1, 2).flatten(1, 2)
    ),
    "no slope after the third": lambda patch, p, m: patch.setattr(p.warping.third.activation, "negative_slope", 0.0),
    "the decoder's slope after the third": lambda patch, p, m: patch.setattr(
        p.warping.third.activation, "negative_slope", 0.2
    ),
    "smooth enlargement": lambda patch, p, m: [
        patch.setattr(block.resize, "mode", "trilinear")
        for block in p.warping.dense_motion_network.hourglass.decoder.up_blocks
    ],  # type: ignore[assignment, return-value]
    "occlusion left out": lambda patch, p, m: patch.setattr(
        p.warping.dense_motion_network.occlusion, "forward", lambda x: torch.full_like(x[:, :1], 20.0)
    ),
}

PICTURE_MISTAKES: dict[str, Mistake] = {
    "the warp's slope": lambda patch, p, m: patch.setattr(spade, "_SLOPE", 0.01),
    "pixels in columns first": lambda patch, p, m: patch.setattr(
        p.decoder.conv_img[1],
        "forward",
        lambda x: x.unflatten(1, (3, 2, 2)).permute(0, 1, 4, 3, 5, 2).flatten(4, 5).flatten(2, 3),
    ),
    "no spectral norm": lambda patch, p, m: patch.setattr(
        p.decoder.up_1.conv_s, "forward", lambda x: conv2d(x, p.decoder.up_1.conv_s.weight_orig)
    ),
    "spectral norms of rows": lambda patch, p, m: patch.setattr(
        p.decoder.up_1.conv_s,
        "forward",
        lambda x: conv2d(
            x, p.decoder.up_1.conv_s.weight_orig / p.decoder.up_1.conv_s.weight_orig.norm(dim=1, keepdim=True)
        ),
    ),
    "norms with a larger epsilon": lambda patch, p, m: patch.setattr(
        spade, "instance_norm", lambda x: torch.nn.functional.instance_norm(x, eps=1e-2)
    ),
    "shift and scale swapped": lambda patch, p, m: [
        patch.setattr(p.decoder.up_1.norm_0.mlp_gamma, "forward", p.decoder.up_1.norm_0.mlp_beta.forward),
    ],  # type: ignore[assignment, return-value]
    "smooth enlargement": lambda patch, p, m: patch.setattr(
        p.decoder.up_1.up, "forward", lambda x: interpolate(x, scale_factor=2, mode="bilinear")
    ),
}

HEADS: dict[str, Mistake] = {
    "an approximate GELU": lambda patch, p, m: patch.setattr(
        motion_extractor, "gelu", lambda x: gelu(x, approximate="tanh")
    ),
    "norms with the usual epsilon": lambda patch, p, m: [
        patch.setattr(part, "eps", 1e-5) for part in m.extractor.modules() if isinstance(part, nn.LayerNorm)
    ],  # type: ignore[assignment, return-value]
    "no competition of channels": lambda patch, p, m: patch.setattr(
        motion_extractor._ResponseNorm, "forward", lambda self, x: x + self.beta
    ),
    "competition without the input": lambda patch, p, m: patch.setattr(
        motion_extractor._ResponseNorm,
        "forward",
        lambda self, x, _was=motion_extractor._ResponseNorm.forward: _was(self, x) - x,
    ),
}

POINT_MISTAKES: dict[str, Mistake] = {
    "SadTalker's first bin": lambda patch, p, m: patch.setattr(pose, "_FIRST", -99.0),
    "a short pi": lambda patch, p, m: patch.setattr(math, "pi", 3.14),
    "rows turned as columns": lambda patch, p, m: patch.setattr(
        pose, "rotation", lambda angles, _was=pose.rotation: _was(angles).transpose(1, 2)
    ),
    "the other order of turns": lambda patch, p, m: patch.setattr(
        pose, "turns", lambda *a: geometry.turns(*a)[::-1]
    ),
    "expression outside the scale": lambda patch, p, m: patch.setattr(
        pose, "keypoints",
        lambda v, _was=pose.keypoints: _was(replace(v, expression=v.expression / v.scale[:, :, None])),
    ),
    "translation in depth": lambda patch, p, m: patch.setattr(
        pose, "keypoints",
        lambda v, _was=pose.keypoints: _was(v) + v.translation[:, None] * v.translation.new_tensor([0.0, 0.0, 1.0]),
    ),
}  # fmt: skip

SMALL: dict[str, Mistake] = {
    "stitched without the shift of all": lambda patch, p, m: patch.setattr(
        m.stitching, "forward",
        lambda x, _was=m.stitching.forward: _was(x) * (torch.arange(65) < 63),
    ),
    "driving before source": lambda patch, p, m: patch.setattr(
        m.stitching, "forward", lambda x, _was=m.stitching.forward: _was(x.roll(63, dims=1))
    ),
    "target before the own opening": lambda patch, p, m: patch.setattr(
        m.lips, "forward", lambda x, _was=m.lips.forward: _was(torch.cat([x[:, :63], x[:, 63:].flip(1)], dim=1))
    ),
    "eyes swapped": lambda patch, p, m: patch.setattr(
        m.eyes, "forward",
        lambda x, _was=m.eyes.forward: _was(torch.cat([x[:, :63], x[:, 63:65].flip(1), x[:, 65:]], dim=1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WARPING)
def test_the_warp(
    name: str, trained: Painter, motion_networks: MotionNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    WARPING[name](monkeypatch, trained, motion_networks)
    assert warp_error(trained) > 1


@pytest.mark.parametrize("name", PICTURE_MISTAKES)
def test_the_decoder(
    name: str, trained: Painter, motion_networks: MotionNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    PICTURE_MISTAKES[name](monkeypatch, trained, motion_networks)
    assert picture_error(trained) > 1


def test_the_appearance(trained: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appearance, "depth_to_volume", lambda x, depth: x.unflatten(1, (depth, -1)).transpose(1, 2))
    assert appearance_error(trained) > 1
    monkeypatch.undo()
    monkeypatch.setattr(layers, "relu", lambda x: torch.nn.functional.leaky_relu(x, 0.01))
    assert appearance_error(trained) > 1


@pytest.mark.parametrize("name", HEADS)
def test_the_heads(
    name: str, trained: Painter, motion_networks: MotionNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    HEADS[name](monkeypatch, trained, motion_networks)
    assert heads_error(motion_networks) > 1


@pytest.mark.parametrize("name", POINT_MISTAKES)
def test_the_keypoints(
    name: str, trained: Painter, motion_networks: MotionNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    POINT_MISTAKES[name](monkeypatch, trained, motion_networks)
    assert keypoints_error() > 1


@pytest.mark.parametrize("name", SMALL)
def test_the_small_networks(
    name: str, trained: Painter, motion_networks: MotionNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    SMALL[name](monkeypatch, trained, motion_networks)
    assert small_error(motion_networks) > 1


def test_without_a_mistake_everything_is_within(trained: Painter, motion_networks: MotionNetworks) -> None:
    errors = {
        "warp": warp_error(trained),
        "decoder": picture_error(trained),
        "appearance": appearance_error(trained),
        "heads": heads_error(motion_networks),
        "keypoints": keypoints_error(),
        "small": small_error(motion_networks),
    }
    assert max(errors.values()) < 1, errors
