"""The networks that run once a video or once a portrait, against what the original networks gave for the same weights.

The weights come from the names of their keys (``tests.sadtalker_weights``); so do most inputs. Tolerances are several
times the original's own distance from its float64 self.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from avatar.face.renderer import geometry
from avatar.face.sadtalker import mel, transform
from avatar.face.sadtalker.audio2pose import draw_latents, smooth
from avatar.face.sadtalker.checkpoint import CoefficientNetworks, load_coefficient_networks, load_mapping
from tests import sadtalker_weights as rule

FIXTURE = load_file(Path(__file__).parents[3] / "fixtures" / "sadtalker" / "networks.safetensors")


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def coefficient_networks(sadtalker_weights: Path) -> CoefficientNetworks:
    return load_coefficient_networks(sadtalker_weights)


def expected(name: str) -> torch.Tensor:
    return FIXTURE[name]


def assert_near(actual: torch.Tensor, name: str, limit: float) -> None:
    wanted = expected(name)
    assert actual.shape == wanted.shape
    assert float((actual - wanted).abs().max()) < limit, name


def mel_input(key: str, frames: int) -> torch.Tensor:
    return (2 * torch.from_numpy(rule.draw(key).standard_normal((frames, 1, 80, 16)))).clamp(-4, 4).float()


@contextmanager
def watched(parts: Mapping[str, nn.Module]) -> Iterator[dict[str, torch.Tensor]]:
    """What each of ``parts`` gives the first time that it is called."""
    seen: dict[str, torch.Tensor] = {}

    def note(key: str, value: torch.Tensor) -> None:
        seen.setdefault(key, value.clone())

    hooks = [part.register_forward_hook(lambda _, __, y, key=key: note(key, y)) for key, part in parts.items()]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


# The rule itself: first three values and sum of the absolute values of one tensor of each kind.
PROBES = {
    "generator.first.conv.weight": ([0.3398442, -0.1589778, -0.1640731], 362.0258),
    "generator.dense_motion_network.mask.weight": ([0.019049, -0.0031832, 0.0653923], 15804.92),
    "generator.decoder.conv_img.weight": ([0.0047567, 0.0075217, 0.0166264], 18.22806),
    "generator.decoder.up_1.conv_s.weight_u": ([-0.0322872, -0.1525306, -0.0339457], 6.115095),
    "generator.decoder.up_1.conv_s.weight_v": ([-0.0606768, -0.0668801, -0.0053746], 12.83375),
    "kp_extractor.kp.bias": ([-0.059151, -0.0642652, -0.0672664], 1.08025),
    "kp_extractor.down.weight": ([0.0, 1e-07, 7e-07], 3.0),
    "audio2exp.audio_encoder.0.conv_block.1.running_mean": ([0.0676204, 0.0143105, -0.0233865], 2.593353),
    "audio2exp.audio_encoder.0.conv_block.1.running_var": ([0.7434751, 1.153788, 0.8113287], 33.25959),
    "audio2exp.audio_encoder.0.conv_block.1.weight": ([1.0797228, 0.9631504, 1.0985965], 31.94546),
    "audio2pose.netG.decoder.classbias": ([-1.3846655, -0.0055522, -0.7346598], 2378.381),
    "face_3drecon.final_layers.0.weight": ([-0.0489136, 0.0109976, -0.0197951], 4084.935),
    "mapping_00109.fc_exp.weight": ([0.0002768, -0.0004228, 0.0048349], 81.25216),
    "mapping_00229.fc_t.weight": ([0.001315, -0.0028395, 0.008089], 11.08238),
}


@pytest.mark.parametrize("key", PROBES)
def test_the_rule_makes_the_same_weights_as_elsewhere(key: str) -> None:
    shapes = {name: shape for file in rule.official_keys().values() for name, shape in file.items()}
    first, total = PROBES[key]
    made = rule.tensor(key, shapes).double().flatten()
    assert made[:3].tolist() == pytest.approx(first, abs=1e-6)
    assert float(made.abs().sum()) == pytest.approx(total, rel=1e-5)


def test_sound_gives_expressions(coefficient_networks: CoefficientNetworks) -> None:
    network = coefficient_networks.audio2exp
    mels = mel_input("in/audio2exp/mel", 12)
    assert_near(network.audio_encoder(mels)[:2], "audio2exp/embedding", 2e-4)
    reference, blink = rule.normal("in/audio2exp/ref", (12, 64)), rule.uniform("in/audio2exp/ratio", (12, 1))
    assert_near(network(mels, reference, blink), "audio2exp/expression", 2e-4)


def test_long_sound_is_heard_in_parts(coefficient_networks: CoefficientNetworks) -> None:
    encoder, mels = coefficient_networks.audio2exp.audio_encoder, rule.normal("long", (40, 1, 80, 16))
    torch.testing.assert_close(encoder(mels)[35:], encoder(mels[35:]), rtol=0, atol=1e-5)


@pytest.mark.parametrize("frames", [20, 46])
def test_sound_gives_poses(coefficient_networks: CoefficientNetworks, frames: int) -> None:
    name = f"audio2pose/T{frames}"
    mels, latents = mel_input(f"in/{name}/mel", frames), rule.normal(f"in/{name}/z", ((frames - 2) // 32 + 1, 1, 64))
    style, reference = int(expected(f"{name}/style")), expected(f"{name}/reference")
    decoder = coefficient_networks.audio2pose.netG.decoder
    parts = {"audio": decoder.linear_audio, "mlp": decoder.MLP, "resunet": decoder.resunet}
    with watched(parts) as seen:
        poses = coefficient_networks.audio2pose(mels, reference, style, latents[:, 0])
    for key, value in seen.items():
        assert_near(value.reshape(expected(f"{name}/{key}").shape), f"{name}/{key}", 2e-4)
    assert_near(poses, f"{name}/poses", 2e-4)
    assert_near(torch.from_numpy(smooth(poses.numpy())), f"{name}/smooth", 2e-4)


@pytest.mark.parametrize("frames", [1, 2, 3, 33, 34])
def test_poses_of_any_number_of_frames(coefficient_networks: CoefficientNetworks, frames: int) -> None:
    latents = draw_latents(frames, np.random.default_rng(1))
    reference = torch.linspace(-1, 1, 6)
    poses = coefficient_networks.audio2pose(mel_input("short", frames), reference, 45, latents)
    assert poses.shape == smooth(poses.numpy()).shape == (frames, 6)
    assert torch.equal(poses[0], reference)


def test_equal_generators_move_the_head_alike() -> None:
    first, again, other = (draw_latents(46, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.shape == (2, 64)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_an_unknown_style_is_refused(coefficient_networks: CoefficientNetworks) -> None:
    with pytest.raises(ValueError, match=r"46 is not in 0\.\.45"):
        coefficient_networks.audio2pose(mel_input("short", 5), torch.zeros(6), 46, torch.zeros(1, 64))


def test_a_picture_gives_coefficients(coefficient_networks: CoefficientNetworks) -> None:
    layer = rule.image("in/face_3drecon/image", 224)
    for part in list(coefficient_networks.recon.backbone)[:-1]:
        layer = part(layer)
    assert_near(layer[:, ::16, ::4, ::4], "face_3drecon/layer3", 1e-3)
    picture = rule.image("in/face_3drecon/image", 224)
    assert_near(coefficient_networks.recon(picture), "face_3drecon/coefficients", 1e-3)


@pytest.mark.parametrize(("full", "name", "coefficients"), [(False, "mapping_00229", 70), (True, "mapping_00109", 73)])
def test_windows_of_coefficients_give_poses(sadtalker_weights: Path, full: bool, name: str, coefficients: int) -> None:
    pose = load_mapping(sadtalker_weights, full)(rule.normal(f"in/{name}/semantics", (2, coefficients, 27)))
    for key, value in zip(("yaw", "pitch", "roll", "t", "exp"), pose_parts(pose), strict=True):
        assert_near(value, f"{name}/{key}", 2e-4)


def pose_parts(pose: transform.HeadPose) -> tuple[torch.Tensor, ...]:
    return pose.yaw, pose.pitch, pose.roll, pose.translation, pose.expression


def kp_transform(name: str) -> torch.Tensor:
    return expected(f"kp_transform/{name}")


@pytest.fixture
def some_pose() -> transform.HeadPose:
    return transform.HeadPose(*(kp_transform(f"in_{name}") for name in ("yaw", "pitch", "roll", "t", "exp")))


def test_keypoints_turn_with_the_head(some_pose: transform.HeadPose) -> None:
    canonical = kp_transform("in_kp_canonical")
    degrees = torch.stack([kp_transform(f"out_deg_{name}") for name in ("yaw", "pitch", "roll")], dim=1)
    torch.testing.assert_close(some_pose.angles(), degrees, rtol=0, atol=1e-4)
    assert_near(transform.rotation(some_pose.angles()), "kp_transform/out_rotation", 1e-5)
    assert_near(transform.rotation(torch.tensor([[30.0, 20, 10]])), "kp_transform/out_rotation_30_20_10", 1e-5)
    assert_near(transform.move(canonical, some_pose), "kp_transform/out_kp", 1e-5)


def test_given_angles_replace_those_of_the_pose(some_pose: transform.HeadPose) -> None:
    canonical, angles = kp_transform("in_kp_canonical"), kp_transform("in_override_deg_yaw_pitch_roll")
    assert_near(transform.move(canonical, some_pose, angles), "kp_transform/out_kp_override", 1e-5)
    kept = transform.move(canonical, some_pose, torch.full((3, 3), float("nan")))
    assert torch.equal(kept, transform.move(canonical, some_pose))


def test_grid_and_blobs() -> None:
    grid = geometry.corner_grid((4, 6, 8))
    assert_near(grid, "kp_transform/out_grid_4x6x8", 1e-6)
    assert_near(geometry.heat(kp_transform("in_kp_canonical")[:1], grid), "kp_transform/out_gaussian_4x6x8", 1e-5)


def test_levels_of_the_mel_spectrogram() -> None:
    samples = expected("mel/samples").numpy()
    frames = mel.frame_count(len(samples))
    assert frames == 51
    assert_near(torch.from_numpy(mel.mel_spectrogram(samples[: frames * 640])), "mel/levels", 1e-5)
    np.testing.assert_array_equal(mel.window_indices(frames, 164), expected("mel/rows").numpy())
    windows = mel.mel_windows(samples)
    assert windows.shape == (51, 1, 80, 16)
    assert_near(torch.from_numpy(windows[[0, 3, 50], 0]), "mel/windows", 1e-5)


def test_silence_and_no_sound_at_all() -> None:
    assert (mel.mel_windows(np.zeros(1280, np.float32)) == -4).all()
    assert mel.mel_windows(np.zeros(0, np.float32)).shape == (0, 1, 80, 16)
