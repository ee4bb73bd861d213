"""Crops, pasting, sliders and driving against what the original's own pipeline gave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from avatar.face.liveportrait.checkpoint import MotionNetworks, Painter, load_motion_networks, load_painter
from avatar.face.liveportrait.controls import Controls, edited
from avatar.face.liveportrait.crop import (
    IBUG_68,
    Marks,
    border_mask,
    crop_matrix,
    cropped,
    driving_box,
    driving_matrix,
    halved,
    inverse,
    pasted,
    seen,
)
from avatar.face.liveportrait.following import Followed, Manner, SeenOpenings, follow
from avatar.face.liveportrait.openings import OpeningMarks, Openings, openings
from avatar.face.liveportrait.pose import FaceMotion, keypoints, rotation
from avatar.face.liveportrait.retargeting import open_eyes, open_lips, stitched
from avatar.face.liveportrait.sitter import read_faces
from avatar.face.liveportrait.smoothing import smoothed
from tests.avatar.face.liveportrait.test_liveportrait_networks import POINTS, assert_near, pictures, strided
from tests.liveportrait_weights import fixture
from tests.weight_rule import image

# The landmark sets of the detectors that the fixtures were made with.
POINTS_106 = Marks((33, 35, 40, 39), (87, 89, 94, 93), (52, 61))
POINTS_203 = Marks((0, 6, 12, 18), (24, 30, 36, 42), (48, 66))
POINTS_5 = Marks((0,), (1,), (3, 4))
OPENINGS_203 = OpeningMarks(((6, 18), (0, 12)), ((30, 42), (24, 36)), ((90, 102), (48, 66)))
MARKS = {"106": POINTS_106, "203": POINTS_203, "68": IBUG_68, "5": POINTS_5}
PIXEL = 2e-3


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def networks(liveportrait_weights: Path) -> MotionNetworks:
    return load_motion_networks(liveportrait_weights)


@pytest.fixture
def crops() -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in fixture("crop_paste").items()}


def assert_levels(actual: np.ndarray, wanted: np.ndarray, most: int = 1) -> None:
    assert actual.shape == wanted.shape
    assert np.abs(actual.astype(int) - wanted).max() <= most


@pytest.mark.parametrize("points", MARKS)
def test_the_crop_lies_about_the_face(points: str, crops: dict[str, np.ndarray]) -> None:
    matrix = crop_matrix(crops[f"in_lmk{points}"], MARKS[points])
    assert np.abs(matrix - crops[f"out_M_o2c_{points}"]).max() < PIXEL
    assert np.abs(inverse(matrix) - crops[f"out_M_c2o_{points}"]).max() < PIXEL
    moved = crops[f"in_lmk{points}"] @ matrix[:2, :2].T + matrix[:2, 2]
    assert np.abs(moved - crops[f"out_pt_crop_{points}"]).max() < PIXEL


def test_other_crops(crops: dict[str, np.ndarray]) -> None:
    points = crops["in_lmk106"]
    upright = crop_matrix(points, POINTS_106, turned=False)
    small = crop_matrix(points, POINTS_106, side=224, scale=1.5, rise=-0.1)
    for matrix, name in (
        (upright, "106_norot"),
        (small, "106_landmark224"),
        (crop_matrix(points, POINTS_106), "106_vx02"),
    ):
        assert np.abs(matrix - crops[f"out_M_o2c_{name}"]).max() < PIXEL
    small_crop = cropped(crops["in_image_u8"], crops["out_M_o2c_106_landmark224"], 224)
    assert_levels(small_crop[::7, ::7], crops["out_landmark224_s"])


@pytest.mark.parametrize("points", ["106", "203"])
def test_what_the_networks_see(points: str, crops: dict[str, np.ndarray]) -> None:
    crop = cropped(crops["in_image_u8"], crops[f"out_M_o2c_{points}"])
    assert_levels(crop[::8, ::8], crops[f"out_crop_{points}_s"])
    assert_levels(crop[240:272, 240:272], crops[f"out_crop_{points}_c"])
    assert_levels(halved(crop)[::4, ::4], crops[f"out_crop256_{points}"])


def test_a_fine_photo_is_seen_without_false_patterns() -> None:
    fine = np.zeros((1800, 1800, 3), np.uint8)
    fine[:, ::2] = 255  # far finer than the crop's pixels
    fine[:, 900:] = 200
    matrix = np.array([[0.2, 0.02, 60.0], [-0.02, 0.2, 90.0], [0, 0, 1]])
    wrong, right = cropped(fine, matrix), seen(fine, matrix)
    inside = (slice(150, 350), slice(90, 200))
    assert wrong[inside].std() > 60 > 10 > right[inside].std()
    edges = [
        np.argmax(np.abs(np.diff(picture[250, 200:300, 0].astype(int))))
        for picture in (right, cropped(cv2.blur(fine, (9, 9)), matrix))
    ]
    assert abs(edges[0] - edges[1]) <= 1  # nothing has moved
    coarse = np.array([[0.8, 0.0, 10.0], [0.0, 0.8, 10.0], [0, 0, 1]])
    assert np.array_equal(seen(fine, coarse), cropped(fine, coarse))


def test_the_crop_of_a_driving_video(crops: dict[str, np.ndarray]) -> None:
    points = crops["in_lmk203"]
    boxes = np.stack([driving_box(points + shift, POINTS_203) for shift in ((0, 0), (6, -4))])
    assert np.abs(boxes - crops["out_driving_bboxes"]).max() < PIXEL
    matrix = driving_matrix(boxes.mean(axis=0))
    assert np.abs(matrix - crops["out_driving_M_o2c"]).max() < PIXEL
    assert np.abs(points @ matrix[:2, :2].T + matrix[:2, 2] - crops["out_driving_lmk"]).max() < PIXEL
    crop = cropped(crops["in_image_u8"], crops["out_driving_M_o2c"])
    assert_levels(crop[::8, ::8], crops["out_driving_crop_s"])


def test_the_crop_goes_back_into_the_photo(crops: dict[str, np.ndarray]) -> None:
    photo, back = crops["in_image_u8"], crops["out_M_c2o_106"]
    assert np.array_equal(border_mask()[:24, :24], crops["const_mask_corner"])
    share = cv2.warpAffine(border_mask(), back[:2], (photo.shape[1], photo.shape[0]), flags=cv2.INTER_LINEAR)
    assert np.abs(share[::3, ::3] / 255 - crops["out_mask_ori_s"]).max() < 1e-6
    drawn = np.floor(255 * image("in/paste/generated", 512)[0].permute(1, 2, 0).numpy() + 0.5).astype(np.uint8)
    whole = pasted(photo, drawn, back)
    assert_levels(whole[::2, ::2], crops["out_pasted"])
    assert_levels(whole[:64, :64], crops["out_pasted_corner"])
    untouched = share == 0
    assert untouched.any()
    assert np.array_equal(whole[untouched], photo[untouched])


def test_openings_and_what_the_networks_are_asked() -> None:
    wanted = fixture("stitching_retargeting")
    for row, points in enumerate(wanted["in_lmk203"].numpy()):
        found = openings(points, OPENINGS_203)
        assert [found.left, found.right] == pytest.approx(wanted["out_eye_ratio"][row].tolist(), abs=1e-6)
        assert found.lips == pytest.approx(float(wanted["out_lip_ratio"][row]), abs=1e-6)
        asked = [found.left, found.right, float(wanted["in_target_eye"][row])]
        assert asked == pytest.approx(wanted["mid_eye_input_ratios"][row].tolist(), abs=1e-6)
        asked = [found.lips, float(wanted["in_target_lip"][row])]
        assert asked == pytest.approx(wanted["mid_lip_input_ratios"][row].tolist(), abs=1e-6)
    found = openings(wanted["in_lmk203"][1].numpy(), OPENINGS_203)
    assert [found.left, found.right, 0.25] == pytest.approx(wanted["out_combined_eye_row1_t025"][0].tolist(), abs=1e-6)
    assert [found.lips, 0.25] == pytest.approx(wanted["out_combined_lip_row1_t025"][0].tolist(), abs=1e-6)


@pytest.mark.parametrize("noise", ["1e-05", "3e-07"])
def test_a_shaky_track_is_smoothed(noise: str) -> None:
    wanted = fixture("kalman")
    result = smoothed(wanted["in_x"][:, 0].numpy(), float(noise))
    assert np.abs(result - wanted[f"out_smoothed_{noise}"].numpy()).max() < 1e-6


# -- driving -----------------------------------------------------------------------------------------------------------


def motion_in(values: dict[str, torch.Tensor], whose: str) -> FaceMotion:
    """The motion that the fixture names, its canonical keypoints where it has any."""
    take = lambda name: values[f"in_{whose}_{name}"]  # noqa: E731
    angles = torch.cat([take(name) for name in ("pitch", "yaw", "roll")], dim=1)
    canonical = values["in_source_kp"]
    turned = values.get(f"in_{whose}_R", rotation(angles))
    return FaceMotion(canonical, take("exp"), angles, turned, take("t"), take("scale"))


NEVER_STITCHED = {"stitch": False}
WAYS: dict[str, dict[str, object]] = {
    "rel_all": {},
    "rel_all_exprfriendly": {},  # with one still photo the original's option changes nothing
    "rel_all_exprfriendly_m13": {"multiplier": 1.3},
    "rel_all_m07": {"multiplier": 0.7},
    "rel_all_nostitch": NEVER_STITCHED,
    "rel_all_normlip_open": {"close_lips": True},
    "rel_all_normlip_open_nostitch": {"close_lips": True, **NEVER_STITCHED},
    "rel_all_normlip_closed": {"close_lips": True},
    "rel_all_eyeretarget": {"eyes": True},
    "rel_all_lipretarget": {"lips": True},
    "rel_all_eyeliprt": {"eyes": True, "lips": True},
    "rel_exp": {"region": "expression"},
    "rel_pose": {"region": "pose"},
    "rel_lip": {"region": "lips"},
    "rel_eyes": {"region": "eyes"},
    "abs_all": {"relative": False},
    "abs_all_eyeliprt": {"relative": False, "eyes": True, "lips": True},
    "abs_all_eyeliprt_nostitch": {"relative": False, "eyes": True, "lips": True, **NEVER_STITCHED},
    "abs_exp": {"relative": False, "region": "expression"},
    "abs_pose": {"relative": False, "region": "pose"},
    "abs_lip": {"relative": False, "region": "lips"},
    "abs_eyes": {"relative": False, "region": "eyes"},
    "image_rel_all": {},
    "image_rel_lip": {"region": "lips"},
    "image_rel_eyes": {"region": "eyes"},
    "image_abs_all": {"relative": False},
}


def followed(values: dict[str, torch.Tensor], landmarks: str) -> Followed:
    motion = motion_in(values, "source")
    return Followed(motion, keypoints(motion), openings(values[landmarks].numpy(), OPENINGS_203))


def test_every_way_of_the_fixtures_is_tried() -> None:
    assert {name.removeprefix("out_xd_") for name in fixture("driving") if name.startswith("out_xd_")} == {
        *WAYS,
        "controls",
    }


@pytest.mark.parametrize("name", WAYS)
def test_a_face_follows_another(name: str, networks: MotionNetworks) -> None:
    values = fixture("driving")
    sitter = followed(values, "in_lmk203_closed" if name.endswith("closed") else "in_lmk203_open")
    assert_near(sitter.source, values["out_x_s"], POINTS)
    driving, apart = (
        motion_in(values, "driving"),
        SeenOpenings(values["in_c_eyes"][:, 0].numpy(), values["in_c_lip"][:, 0].numpy()),
    )
    still = name.startswith("image_")
    if still:
        driving = FaceMotion(
            driving.canonical,
            *(getattr(driving, part)[:1] for part in ("expression", "angles", "rotation", "translation", "scale")),
        )
    found = follow(sitter, driving, apart, networks, Manner(**WAYS[name]), still)  # type: ignore[arg-type]
    assert_near(found, values[f"out_xd_{name}"], POINTS, name)


# The columns of the fixtures' sliders.
COLUMNS = (
    "eye_ratio", "lip_ratio", "pitch", "yaw", "roll", "shift_x", "shift_y", "zoom", "pout", "purse", "grin", "lip_open",
    "smile", "wink", "brows", "gaze_x", "gaze_y",
)  # fmt: skip


def by_sliders(
    row: list[float], motion: FaceMotion, own: Openings, networks: MotionNetworks, stitch: bool
) -> torch.Tensor:
    """What the original's page of sliders does. It alone lets the depth of the translation count."""
    values = dict(zip(COLUMNS, row, strict=True))
    eyes, lips = values.pop("eye_ratio"), values.pop("lip_ratio")
    source = keypoints(motion)
    points = keypoints(edited(motion, Controls(**values)))
    points = points + motion.translation[:, None] * motion.translation.new_tensor([0.0, 0.0, 1.0])
    if eyes or lips:
        points = points + open_eyes(networks.eyes, source, (own.left, own.right), torch.tensor([eyes]))
        points = points + open_lips(networks.lips, source, own.lips, torch.tensor([lips]))
    return stitched(networks.stitching, source, points) if stitch else points


def test_sliders_move_the_face(networks: MotionNetworks) -> None:
    values = fixture("driving")
    sitter = followed(values, "in_lmk203_open")
    for row, stitch, wanted in zip(
        values["in_controls"].tolist(), values["in_controls_stitch"], values["out_xd_controls"], strict=True
    ):
        found = by_sliders(row, sitter.motion, sitter.own, networks, bool(stitch))
        assert_near(found[0], wanted, POINTS)


# -- the whole way -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def painter(liveportrait_weights: Path) -> Painter:
    return load_painter(liveportrait_weights)


def test_a_picture_and_driving_motions_give_frames(networks: MotionNetworks, painter: Painter) -> None:
    values = fixture("chain")
    picture = pictures(values["in_image_u8"][None])
    motion = read_faces(picture, networks.extractor)
    for name, value in (
        ("kp", motion.canonical),
        ("exp", motion.expression),
        ("t", motion.translation),
        ("scale", motion.scale),
    ):
        assert_near(value, values[f"mid_source_{name}"], POINTS, name)
    angles = torch.cat([values[f"mid_source_{name}"] for name in ("pitch", "yaw", "roll")], dim=1)
    assert_near(motion.angles, angles, 1e-4)
    sitter = Followed(motion, keypoints(motion), openings(values["in_lmk203"].numpy(), OPENINGS_203))
    assert_near(sitter.source, values["mid_x_s"], POINTS)
    values_driving = {**values, "in_source_kp": motion.canonical}
    nothing = SeenOpenings(np.zeros(3, np.float32), np.zeros(3, np.float32))
    points = follow(sitter, motion_in(values_driving, "driving"), nothing, networks, Manner(close_lips=True))
    assert_near(points, values["mid_x_d"], POINTS)
    by_hand = by_sliders(values["in_controls"].tolist(), motion, sitter.own, networks, stitch=True)
    assert_near(by_hand, values["mid_x_d_controls"], POINTS)
    encoded = painter.encode(picture)
    assert_near(strided(encoded.volume, 2, 2, 8, 8), values["mid_feature_s"], 1e-4)
    drawn = torch.cat(  # one by one: a processor gains nothing from batches
        [
            painter.draw(encoded, painter.motion(encoded, sitter.source, one))
            for one in torch.cat([points[:1], by_hand]).split(1)
        ]
    )
    wanted = {**values, **{name: value[:1] for name, value in values.items() if "images" in name}}
    assert_pictures(drawn[:1], wanted, "images")
    assert_pictures(drawn[1:], values, "image_controls")
    levels = (255 * strided(drawn[:1], 8, 8).clamp(0, 1)).to(torch.uint8).permute(0, 2, 3, 1)
    assert_levels(levels.numpy(), wanted["out_images_u8_s"].numpy())


def assert_pictures(drawn: torch.Tensor, values: dict[str, torch.Tensor], name: str) -> None:
    for part, wanted in ((strided(drawn, 8, 8), "s"), (drawn[:, :, 248:288, 248:288], "crop")):
        wrong = (part - values[f"out_{name}_{wanted}"]).abs()
        assert wrong.shape == values[f"out_{name}_{wanted}"].shape
        assert float(wrong.max()) < 2e-3
        assert float(wrong.mean()) < 2e-4
