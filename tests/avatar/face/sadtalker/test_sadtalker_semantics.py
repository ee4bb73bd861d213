"""SadTalker's coefficients along the video: windows, motion, blinks, references, options."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from avatar.core.errors import OptionError
from avatar.core.media import VideoWriter
from avatar.core.progress import silent
from avatar.core.types import GestureTrack, Size
from avatar.face import FaceOptions, check_engine_options
from avatar.face.sadtalker.driving import angle_track, native_frames
from avatar.face.sadtalker.options import SadTalkerOptions
from avatar.face.sadtalker.poses import blink_ratio, gesture_lids, gesture_poses, lent_poses, looped
from avatar.face.sadtalker.references import read_reference
from avatar.face.sadtalker.semantics import degrees_along, driving, native_positions, windows
from tests.portraits import PORTRAITS, draw_portrait

_KNOWN = load_file(Path(__file__).parents[3] / "fixtures" / "sadtalker" / "semantics.safetensors")


# -- windows -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("still", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_the_windows_of_the_original(whole: bool, still: bool) -> None:
    coefficients = driving(
        _KNOWN["in_generated_coeff70"], _KNOWN["in_source_coeff73"][0], whole, expression_scale=1.3, still=still
    )
    found = windows(coefficients, native_positions(5, 25.0))
    wanted = _KNOWN[f"out_target_{'full' if whole else 'crop'}_{'still' if still else 'move'}"]
    assert found.shape == (5, 73 if whole else 70, 27)
    assert np.abs(found[[0, 2, 4, 4]] - wanted).max() < 1e-6


def test_another_frame_rate_changes_the_frames_and_not_the_motion() -> None:
    coefficients = np.random.default_rng(1).normal(size=(40, 70)).astype(np.float32)
    at_25 = windows(coefficients, native_positions(40, 25.0))
    at_50 = windows(coefficients, native_positions(79, 50.0))
    assert np.allclose(at_50[::2], at_25, atol=1e-6)
    assert np.allclose(at_50[1:-1:2], (at_25[:-1] + at_25[1:]) / 2, atol=1e-6)


@pytest.mark.parametrize(("frames", "fps"), [(1, 25), (40, 25), (100, 60), (7, 10), (90, 29.97)])
def test_the_native_frames_cover_the_video(frames: int, fps: float) -> None:
    last = native_positions(frames, fps)[-1]
    assert last <= native_frames(frames, fps) - 1 + 1e-6 < last + 1


# -- motion ------------------------------------------------------------------------------------------------------------


def test_the_ramps_of_the_original_stop_short_and_ours_arrive() -> None:
    assert degrees_along((0, 10), 5, compat=True) == pytest.approx(_KNOWN["out_yaw_seq"].ravel()[:5])
    assert degrees_along((-5,), 5, compat=True) == pytest.approx(_KNOWN["out_pitch_seq"].ravel()[:5])
    assert degrees_along((0, 10), 5, compat=False) == pytest.approx([0, 2.5, 5, 7.5, 10])
    assert degrees_along((0, 20, -20), 9, compat=False)[[0, 4, 8]] == pytest.approx([0, 20, -20])


def test_given_angles_replace_only_themselves() -> None:
    track = angle_track(SadTalkerOptions.of({"yaw": "-10,10"}), 50, 50.0)
    assert track is not None
    assert track[[0, -1], 0] == pytest.approx([-10, 10])
    assert np.isnan(track[:, 1:]).all()
    assert angle_track(SadTalkerOptions(), 50, 50.0) is None


def _gestures(frames: int, fps: float, **tracks: float) -> GestureTrack:
    names = ("yaw", "pitch", "roll", "sway_x", "sway_y", "shoulders", "lean", "brows", "gaze_x", "gaze_y", "lids")
    return GestureTrack(fps, **{name: np.full(frames, tracks.get(name, 0.0), np.float32) for name in names})


def _turned(angles: np.ndarray, point: tuple[float, float, float]) -> np.ndarray:
    """``point`` of the face model (x right, y up, z to the viewer) after its rotation Rz Ry Rx."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles), np.sin(angles)
    around_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    around_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    around_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    moved: np.ndarray = around_z @ around_y @ around_x @ np.array(point)
    return moved


@pytest.mark.parametrize(
    ("gesture", "point", "axis", "sign"),
    [("yaw", (0, 0, 1), 0, 1), ("pitch", (0, 0, 1), 1, -1), ("roll", (0, 1, 0), 0, 1)],
)
def test_gestures_turn_the_face_model_their_way(
    gesture: str, point: tuple[float, float, float], axis: int, sign: int
) -> None:
    pose = gesture_poses(_gestures(3, 25.0, **{gesture: 10.0}), 3, np.zeros(6))[1]
    assert _turned(pose[:3], point)[axis] * sign == pytest.approx(np.sin(np.radians(10)), abs=1e-3)


def test_gestures_shift_the_head_right_and_down() -> None:
    pose = gesture_poses(_gestures(3, 25.0, sway_x=0.1, sway_y=0.1), 3, np.full(6, 2.0))[1]
    assert pose[3] > 2 > pose[4]
    assert pose[[0, 1, 2, 5]] == pytest.approx([2, 2, 2, 2])


def test_lids_keep_their_time_at_another_rate() -> None:
    gestures = _gestures(100, 50.0)
    gestures.lids[40:50] = 1.0
    lids = gesture_lids(gestures, 50)
    assert lids[20:25].min() == 1.0
    assert lids.sum() == pytest.approx(5.0)


@pytest.mark.parametrize(("frames", "seed"), [(300, 77), (51, 1234)])
def test_the_blinks_of_the_original(frames: int, seed: int) -> None:
    source = random.Random(seed)
    found = blink_ratio(frames, lambda low, high: source.choice(range(low, high)))
    assert np.array_equal(found, _KNOWN[f"out_blinks_{frames}_seed{seed}"])


def test_a_video_of_any_length_has_blinks_inside_it() -> None:
    for frames in range(1, 90):  # 21 frames stop the original with an error
        ratio = blink_ratio(frames, lambda low, high: low)
        assert len(ratio) == frames
        assert ratio[-1] == 0
        assert ratio.any() == (frames > 21)


def test_lent_motion_of_the_original() -> None:
    wanted = _KNOWN["out_lent_pred70"][:, 64:]
    found = lent_poses(_KNOWN["in_lent_pred70"][:, 64:], _KNOWN["in_lent_coeff73"][:, 64:70], compat=True)
    assert np.abs(found - wanted).max() < 1e-6
    eyes = looped(_KNOWN["in_eyes_coeff73"][:, :64], 51, compat=True)
    assert np.array_equal(eyes, _KNOWN["out_eyes_expression"])


def test_lent_motion_does_not_jump_where_it_repeats() -> None:
    lent = np.linspace(0, 1, 10)[:, None] * np.ones(6)
    ours = lent_poses(np.zeros((60, 6)), lent, compat=False)
    original = lent_poses(np.zeros((60, 6)), lent, compat=True)
    assert np.abs(np.diff(ours, axis=0)).max() < 0.12 < np.abs(np.diff(original, axis=0)).max()
    assert looped(lent[:1], 5, compat=False).shape == (5, 6)


# -- references --------------------------------------------------------------------------------------------------------


def _brightness(pictures: torch.Tensor) -> torch.Tensor:
    """Stands for the reconstruction: every coefficient is the picture's brightness."""
    return pictures.mean(dim=(1, 2, 3))[:, None].expand(-1, 257)


def _film(path: Path, frames: list[np.ndarray], fps: float) -> Path:
    height, width = frames[0].shape[:2]
    with VideoWriter(path, Size(width, height), fps, crf=10) as writer:
        for frame in frames:
            writer.write(frame)
    return path


def test_a_reference_is_read_at_the_native_rate(tmp_path: Path) -> None:
    face = draw_portrait(PORTRAITS["woman"])
    shades = [(face * level).astype(np.uint8) for level in np.linspace(1.0, 0.6, 9)]
    path = _film(tmp_path / "shades.mp4", shades, 50.0)
    rows = read_reference(path, 100, SadTalkerOptions(), _brightness, silent())  # type: ignore[arg-type]
    as_is = read_reference(path, 100, SadTalkerOptions(compat=True), _brightness, silent())  # type: ignore[arg-type]
    assert rows.shape == (5, 73)
    assert as_is.shape == (9, 73)
    assert rows[-1, 0] == pytest.approx(0.6 * rows[0, 0], abs=0.02)
    assert len(read_reference(path, 3, SadTalkerOptions(), _brightness, silent())) == 3  # type: ignore[arg-type]


def test_a_frame_without_a_face_keeps_the_points_before(tmp_path: Path) -> None:
    face = draw_portrait(PORTRAITS["woman"])
    path = _film(tmp_path / "gap.mp4", [np.zeros_like(face), face, np.zeros_like(face), face], 25.0)
    rows = read_reference(path, 10, SadTalkerOptions(), _brightness, silent())  # type: ignore[arg-type]
    assert rows[1, 0] < 0.1 < rows[0, 0] == pytest.approx(rows[2, 0], abs=0.02)


def test_a_reference_without_a_face_or_a_picture_is_refused(tmp_path: Path) -> None:
    path = _film(tmp_path / "empty.mp4", [np.zeros((64, 64, 3), np.uint8)] * 2, 25.0)
    with pytest.raises(OptionError, match="No face was found"):
        read_reference(path, 5, SadTalkerOptions(), _brightness, silent())  # type: ignore[arg-type]
    (tmp_path / "words.mp4").write_text("no film")
    for compat in (False, True):
        with pytest.raises(OptionError, match=r"words.mp4 .* needs a video"):
            read_reference(
                tmp_path / "words.mp4", 5, SadTalkerOptions(compat=compat), _brightness, silent()  # type: ignore[arg-type]
            )  # fmt: skip


# -- options -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"sise": "256"}, "no option 'sise': choose from size, preprocess"),
        ({"size": "300"}, "choose 256, 512"),
        ({"preprocess": "half"}, "choose crop, extcrop, resize, full, extfull"),
        ({"still": "yes"}, "choose on or off"),
        ({"pose_style": "46"}, "from 0 to 45"),
        ({"pose_style": "-1"}, "from 0 to 45"),
        ({"expression_scale": "nan"}, "from 0 to 3"),
        ({"expression_scale": "4"}, "from 0 to 3"),
        ({"yaw": "10;20"}, "degrees from -90 to 90"),
        ({"roll": ""}, "degrees from -90 to 90"),
        ({"pitch": "120"}, "degrees from -90 to 90"),
        ({"landmarks": "dlib"}, "choose facemesh, face-alignment"),
        ({"batch": "0"}, "from 1 to 64"),
        ({"reference_pose": "nowhere.mp4"}, "no file 'nowhere.mp4'"),
        ({"weights": "nowhere"}, "no folder 'nowhere'"),
        ({"gestures": "on", "pose_style": "3"}, "gestures=on and pose_style contradict"),
        ({"gestures": "on", "still": "on"}, "gestures=on and still contradict"),
        ({"still": "on", "pose_style": "3"}, "still=on and pose_style contradict"),
    ],
)
def test_a_wrong_option_is_refused_with_advice(given: dict[str, str], advice: str) -> None:
    with pytest.raises(OptionError, match=advice):
        SadTalkerOptions.of(given)


def test_gestures_step_back_for_another_motion() -> None:
    assert SadTalkerOptions.of({}).gestures
    assert SadTalkerOptions.of({"still": "off"}).gestures
    assert not SadTalkerOptions.of({"still": "on"}).gestures
    assert not SadTalkerOptions.of({"pose_style": "0"}).gestures
    assert SadTalkerOptions.of({"yaw": "-10,10"}).yaw == (-10, 10)


def test_a_wrong_face_option_is_found_before_anything_is_made() -> None:
    check_engine_options("sadtalker", {"size": "512"})
    with pytest.raises(OptionError, match="choose 256, 512"):
        check_engine_options("sadtalker", {"size": "5"})
    with pytest.raises(OptionError, match="Face engine still has no option 'size'"):
        check_engine_options("still", {"size": "256"})
    assert FaceOptions(Size(128, 128)).engine_options == {}
