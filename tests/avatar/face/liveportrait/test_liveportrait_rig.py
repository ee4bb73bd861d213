"""Our tracks to LivePortrait's keypoints: each moves what it should, the way it should, and closures close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from avatar.core.types import GestureTrack, Phoneme, Speech
from avatar.face.liveportrait.checkpoint import MotionNetworks
from avatar.face.liveportrait.controls import Controls, edited
from avatar.face.liveportrait.options import SLIDERS, LivePortraitOptions
from avatar.face.liveportrait.pose import FaceMotion, keypoints, rotation
from avatar.face.liveportrait.response import WIDEST, assumed
from avatar.face.liveportrait.retargeting import open_eyes, open_lips
from avatar.face.liveportrait.rig import Wishes, lid_table, lip_table, posed, wishes
from avatar.face.liveportrait.sitter import Sitter, sit
from avatar.face.visemes import MouthTracks, mouth_tracks
from tests import liveportrait_small, sadtalker_small

RISING = np.linspace(0, 1, 9).astype(np.float32)
FRAMES = len(RISING)


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def networks() -> MotionNetworks:
    return liveportrait_small.small_networks()


@pytest.fixture(scope="module")
def sitter(networks: MotionNetworks) -> Sitter:
    return sit(sadtalker_small.sitter(), networks, 2.3)


def lips(**tracks: np.ndarray) -> MouthTracks:
    names = ("gap", "wide", "pucker", "tuck", "press", "tongue", "tip", "between", "bite")
    return MouthTracks(**{name: tracks.get(name, np.zeros(FRAMES, np.float32)) for name in names})


def gestures(**tracks: np.ndarray) -> GestureTrack:
    names = ("yaw", "pitch", "roll", "sway_x", "sway_y", "shoulders", "lean", "brows", "gaze_x", "gaze_y", "lids")
    return GestureTrack(25.0, **{name: tracks.get(name, np.zeros(FRAMES, np.float32)) for name in names})


def wanted(
    sitter: Sitter, moods: dict[str, np.ndarray] | None = None, mouth: dict[str, np.ndarray] | None = None,
    purse: float = 1.0, still: bool = False, **tracks: np.ndarray,
) -> Wishes:  # fmt: skip
    options = LivePortraitOptions(still=still)
    return wishes(lips(**(mouth or {})), moods or {}, gestures(**tracks), sitter, purse, options)


def moved(sitter: Sitter, networks: MotionNetworks, wish: Wishes) -> torch.Tensor:
    """The keypoints before stitching."""
    return posed(sitter, sitter.motion, wish, assumed(sitter.mouth), networks, stitch=False)


TRACKS = {
    "rounding": {"mouth": {"pucker": RISING}},
    "narrow": {"mouth": {"wide": -0.25 * RISING}},
    "wide": {"mouth": {"wide": 0.18 * RISING}},
    "smile": {"moods": {"smile": 0.05 * RISING}},
    "frown": {"moods": {"frown": 0.04 * RISING}},
    "brows up": {"brows": RISING},
    "brows down": {"brows": -RISING},
    "gaze right": {"gaze_x": RISING},
    "gaze left": {"gaze_x": -RISING},
    "gaze down": {"gaze_y": RISING},
    "gaze up": {"gaze_y": -RISING},
    "sway": {"sway_x": 0.05 * RISING, "sway_y": 0.02 * RISING},
    "lean": {"lean": 0.03 * RISING},
}


@pytest.mark.parametrize("name", TRACKS)
def test_keypoints_follow_each_track_steadily(name: str, sitter: Sitter, networks: MotionNetworks) -> None:
    points = moved(sitter, networks, wanted(sitter, **TRACKS[name]))  # type: ignore[arg-type]
    way = (points - points[:1]).flatten(1)
    along = way @ (way[-1] / way[-1].norm())
    assert float(way[-1].norm()) > 1e-3
    assert (torch.diff(along) > 0).all()
    assert torch.allclose(way, way[-1] * (along / along[-1])[:, None], atol=1e-6)  # straight ahead


def test_gaze_and_brows_go_where_they_are_sent(sitter: Sitter, networks: MotionNetworks) -> None:
    def shift(point: int, axis: int, **tracks: np.ndarray) -> float:
        points = moved(sitter, networks, wanted(sitter, **tracks))
        return float(points[-1, point, axis] - points[0, point, axis])

    for eye in (11, 15):
        assert shift(eye, 0, gaze_x=RISING) > 0 > shift(eye, 0, gaze_x=-RISING)
        assert shift(eye, 1, gaze_y=RISING) > 0 > shift(eye, 1, gaze_y=-RISING)
    assert shift(1, 1, brows=RISING) > 0 > shift(2, 1, brows=RISING)
    right = moved(sitter, networks, wanted(sitter, sway_x=RISING))
    shift_x = right[-1, :, 0] - right[0, :, 0]
    assert shift_x.numpy() == pytest.approx(np.full(21, sitter.iod), rel=1e-5)


def test_the_lips_are_asked_for_more_the_wider_the_gap(sitter: Sitter) -> None:
    wish = wanted(sitter, mouth={"gap": 0.2 * RISING - 0.01})
    asked = assumed(sitter.mouth).opening(wish.gap)
    assert asked[0] == 0
    assert (np.diff(asked) > 0).all()
    assert asked[-1] == pytest.approx(0.19 / sitter.mouth, abs=1e-5)
    doubled = wishes(lips(gap=0.1 * RISING), {}, gestures(), sitter, 1.0, LivePortraitOptions(mouth=2.0))
    assert doubled.gap[-1] == pytest.approx(0.2)


def test_closures_ask_for_the_smallest_opening_there_is(sitter: Sitter, networks: MotionNetworks) -> None:
    phones = (Phoneme(0.1, 0.25, "a", 1), Phoneme(0.25, 0.33, "m"), Phoneme(0.33, 0.5, "a", 1), Phoneme(0.5, 0.56, "p"))
    speech = Speech(np.zeros(16000, np.float32), 16000, "en", phones, energy=np.full(100, 0.8, np.float32))
    for fps in (25.0, 12.0, 60.0):
        frames = round(fps)
        tracks = mouth_tracks(speech, fps, frames)
        hand = GestureTrack(fps, *(np.zeros(frames, np.float32) for _ in range(11)))
        wish = wishes(tracks, {}, hand, sitter, 1.0, LivePortraitOptions())
        asked = assumed(sitter.mouth).opening(wish.gap)
        for phone in phones[1::2]:
            at = round(((phone.start + phone.end) / 2 - 0.02) * fps)
            assert asked[at] == 0 < asked.max()
        closed = posed(sitter, sitter.motion, wish, assumed(sitter.mouth), networks, stitch=False)[at]
    sliders = Controls(**{name: wish.sliders.track(name)[at : at + 1] for name in SLIDERS})
    same = edited(sitter.motion, sliders)
    shut = keypoints(same) + open_lips(networks.lips, sitter.source, sitter.own.lips, torch.zeros(1))
    assert torch.allclose(closed, shut[0], atol=1e-6)


def test_eyes_close_with_the_lids_and_else_stay_as_they_are(sitter: Sitter, networks: MotionNetworks) -> None:
    table = lid_table(sitter, networks)
    own = (sitter.own.left, sitter.own.right)
    assert torch.allclose(table[:1], open_eyes(networks.eyes, sitter.source, own, torch.zeros(1)), atol=1e-6)
    assert float(table[-1].abs().max()) < 1e-6
    wish = wanted(sitter, lids=RISING)
    assert wish.eyes == pytest.approx(1 - RISING)
    squinting = wanted(sitter, moods={"squint": 0.02 * RISING})
    assert (np.diff(squinting.eyes) < 0).all()


def test_a_table_says_what_the_network_says(sitter: Sitter, networks: MotionNetworks) -> None:
    table = lip_table(sitter, networks)
    between = torch.tensor([0.113, 0.377, 0.8])
    exact = open_lips(networks.lips, sitter.source, sitter.own.lips, between)
    place = between / WIDEST * (len(table) - 1)
    below = place.long().clamp(max=len(table) - 2)
    found = torch.lerp(table[below], table[below + 1], (place - below)[:, None, None])
    assert float((found - exact).abs().max()) < 2e-3 * float((table[-1] - table[0]).abs().max() + 1)


def turn_in(points: torch.Tensor, motion: FaceMotion) -> np.ndarray:
    """The rotation that took the canonical keypoints to ``points`` [21, 3], whatever expression and place."""
    bare = (points - motion.translation[0] * torch.tensor([1.0, 1.0, 0.0])) / motion.scale[0] - motion.expression[0]
    return np.linalg.lstsq(motion.canonical[0].double().numpy(), bare.double().numpy(), rcond=None)[0]


def angles_of(turn: np.ndarray) -> np.ndarray:
    """Pitch, yaw and roll in degrees of a rotation for rows."""
    m = turn.T  # columns: Rz(roll) Ry(yaw) Rx(pitch)
    return np.degrees([np.arctan2(m[2, 1], m[2, 2]), -np.arcsin(m[2, 0]), np.arctan2(m[1, 0], m[0, 0])])


def test_the_head_turns_by_exactly_what_is_asked(sitter: Sitter, networks: MotionNetworks) -> None:
    wish = wanted(sitter, yaw=20 * RISING, pitch=-12 * RISING, roll=8 * RISING)
    resting = replace(wish, gap=np.zeros(FRAMES), eyes=np.ones(FRAMES))
    points = moved(sitter, networks, resting) - lip_table(sitter, networks)[0]
    for frame in range(FRAMES):
        found = angles_of(turn_in(points[frame], sitter.motion)) - sitter.motion.angles[0].numpy()
        assert found == pytest.approx([-12 * RISING[frame], -20 * RISING[frame], 8 * RISING[frame]], abs=0.1)
    steep = wanted(sitter, yaw=90 * RISING)
    assert float(steep.sliders.yaw.min()) == -25  # the sliders' range is not left


def test_directions_are_those_of_gestures(sitter: Sitter) -> None:
    nose, crown = torch.tensor([[0.0, 0.0, -0.5]]), torch.tensor([[0.0, -0.5, 0.0]])  # z goes into the picture

    def turned(point: torch.Tensor, **head: np.ndarray) -> torch.Tensor:
        sliders = wanted(sitter, **head).sliders
        angles = torch.stack([sliders.track(name) for name in ("pitch", "yaw", "roll")], dim=1)
        return (point @ rotation(angles))[-1, 0]

    assert float(turned(nose, yaw=10 * RISING)[0]) > 0.05  # to the viewer's right
    assert float(turned(nose, pitch=10 * RISING)[1]) > 0.05  # down
    assert float(turned(crown, roll=10 * RISING)[0]) > 0.05  # tilts to the viewer's right


def test_a_still_head_stays(sitter: Sitter, networks: MotionNetworks) -> None:
    wish = wanted(sitter, still=True, yaw=9 * RISING, sway_x=RISING, lean=0.1 * RISING)
    points = moved(sitter, networks, wish)
    assert torch.allclose(points, points[:1].expand_as(points), atol=1e-7)


def test_a_mouth_that_narrows_the_other_way_is_pursed_the_other_way(sitter: Sitter) -> None:
    ways = [wanted(sitter, mouth={"pucker": RISING}, purse=purse).sliders.purse[-1] for purse in (1.0, -1.0)]
    assert float(ways[0]) == -float(ways[1]) > 0
