"""The skeleton and its drawing: natural lengths, where the photo shows the person, moved by the gestures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.core.types import Cue, GestureTrack, Phoneme, Portrait, Size, Speech, Word
from avatar.face.canonical import FACE_OVAL
from avatar.face.framing import Framing
from avatar.face.photo import detect_faces
from avatar.face.wan_animate.drawing import LIMBS, draw_skeleton
from avatar.face.wan_animate.skeleton import BODY, HAND, skeleton
from motion import gesture
from tests.portraits import PORTRAITS, draw_portrait

_SIZE = Size(800, 1000)
_SHOWN = Framing(1.0, 144.0, 40.0)
_LEFT, _RIGHT = BODY.index("left wrist"), BODY.index("right wrist")


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    pixels = draw_portrait(PORTRAITS["man"])
    landmarks = detect_faces(pixels)[0]
    alpha = np.zeros(pixels.shape[:2], np.float32)
    alpha[:, 200:312] = 1.0
    alpha[400:, 90:422] = 1.0
    return Portrait(pixels, landmarks, alpha, pixels, "0")


def _speech(seconds: float = 9.0, *cues: Cue) -> Speech:
    starts = np.arange(0.5, seconds - 1.0, 0.25)
    phones = tuple(Phoneme(t, t + 0.2, "ɑ", int(k % 4 == 0)) for k, t in enumerate(starts))
    words = tuple(Word(p.start, p.end, "word") for p in phones)
    energy = np.full(int(100 * seconds), 0.8, np.float32)
    return Speech(np.zeros(int(16000 * seconds), np.float32), 16000, "en", phones, words, cues, energy)


def _still(frames: int = 2, **tracks: float) -> GestureTrack:
    names = ["yaw", "pitch", "roll", "sway_x", "sway_y", "shoulders", "lean", "brows", "gaze_x", "gaze_y", "lids"]
    return GestureTrack(25.0, **{name: np.full(frames, tracks.get(name, 0.0), np.float32) for name in names})


def _hands(raised: float, *rest: float) -> np.ndarray:
    return np.tile(np.array([raised, *rest, *[0.0] * (5 - len(rest))], np.float32), (2, 2, 1))


def _shoulders(points: np.ndarray) -> np.ndarray:
    return points[[BODY.index("right shoulder"), BODY.index("left shoulder")]]


def test_points_lie_where_the_photo_shows_the_person(portrait: Portrait) -> None:
    made = skeleton(portrait, _SHOWN, _SIZE, _still())
    points = made.points[0]
    where = _SHOWN.apply(portrait.landmarks)
    assert np.abs(points[BODY.index("nose")] - where[1, :2]).max() < 1
    assert np.abs(points[BODY.index("right eye")] - where[468, :2]).max() < 1
    assert points[BODY.index("right eye"), 0] < points[BODY.index("left eye"), 0]  # the person's own right
    right, left = _shoulders(points) - (_SHOWN.dx, _SHOWN.dy)
    assert 90 < right[0] < 200 < 312 < left[0] < 422
    assert 390 < right[1] < 470
    assert not made.known[[BODY.index(name) for name in ("left knee", "right ankle", "right toe")]].any()


@pytest.mark.parametrize("style", ["calm", "lively"])
def test_bones_are_never_longer_than_they_are(portrait: Portrait, style: str) -> None:
    track = gesture(_speech(9.0, Cue(6.0, 6.0, "shrug")), 25.0, 225, style, 4)
    points = skeleton(portrait, _SHOWN, _SIZE, replace(track, lean=0 * track.lean)).points
    iod = portrait.iod * _SHOWN.scale
    for first, last, most in (("left shoulder", "left elbow", 3.72), ("left elbow", "left wrist", 3.24)):
        length = np.linalg.norm(points[:, BODY.index(first)] - points[:, BODY.index(last)], axis=1) / iod
        assert length.max() <= most + 1e-3  # a picture shows a bone foreshortened, never longer
    for palm in (len(BODY), len(BODY) + HAND):
        reach = np.linalg.norm(points[:, palm + 1 : palm + HAND] - points[:, palm, None], axis=2) / iod
        assert 0.2 < reach[:, [3, 7, 11]].max() < 2.5
    assert np.array_equal(points[:, len(BODY)], points[:, _LEFT])  # the hand hangs on its wrist
    assert np.array_equal(points[:, len(BODY) + HAND], points[:, _RIGHT])
    speed = np.linalg.norm(np.diff(points[:, [_LEFT, _RIGHT]], axis=0), axis=2).max() * 25 / iod
    assert speed < 25  # IOD a second: about 2.2 m/s


def test_the_head_turns_as_it_is_told(portrait: Portrait) -> None:
    rest = skeleton(portrait, _SHOWN, _SIZE, _still()).points[0]
    nose, ear = BODY.index("nose"), BODY.index("right ear")
    for tracks, axis, sign in (({"yaw": 10.0}, 0, 1), ({"pitch": 8.0}, 1, 1), ({"roll": 8.0}, 0, 1)):
        moved = skeleton(portrait, _SHOWN, _SIZE, _still(**tracks)).points[0] - rest
        place = BODY.index("left eye") if "roll" in tracks else nose
        assert sign * moved[place, axis] > 0.03 * portrait.iod, tracks
        assert np.abs(moved[BODY.index("neck")]).max() < 1e-3
    tilted = skeleton(portrait, _SHOWN, _SIZE, _still(roll=8.0)).points[0] - rest
    assert tilted[ear, 1] < 0 < tilted[BODY.index("left ear"), 1]  # to the viewer's right that side goes down
    swayed = skeleton(portrait, _SHOWN, _SIZE, _still(sway_x=0.1)).points[0] - rest
    assert swayed[nose, 0] == pytest.approx(0.1 * portrait.iod, rel=1e-3)
    assert swayed[BODY.index("neck"), 0] == pytest.approx(0.05 * portrait.iod, rel=1e-3)


def test_who_leans_in_grows_about_a_place_below_the_shoulders(portrait: Portrait) -> None:
    rest, near = (skeleton(portrait, _SHOWN, _SIZE, _still(lean=lean)).points[0] for lean in (0.0, 0.1))
    places = (near - 1.1 * rest) / -0.1  # what does not move
    assert np.ptp(places, axis=0).max() < 1.0
    shoulders, iod = _shoulders(rest).mean(axis=0), portrait.iod * _SHOWN.scale
    assert places.mean(axis=0) == pytest.approx(shoulders + np.array([0.0, 5.0 * iod]), abs=1.0)


def test_a_shrug_lifts_the_shoulders_and_opens_the_hands(portrait: Portrait) -> None:
    cues = (Cue(5.0, 5.0, "shrug"),)
    told, plain = (gesture(replace(_speech(9.0), cues=given), 25.0, 225, "calm", 1) for given in (cues, ()))
    shrugging, talking = (skeleton(portrait, _SHOWN, _SIZE, track).points for track in (told, plain))
    at = int(5.35 * 25)
    lift = (talking[at] - shrugging[at])[:, 1] / portrait.iod
    assert _shoulders(lift).min() > 0.05
    apart = shrugging[at, _LEFT, 0] - shrugging[at, _RIGHT, 0]
    assert apart > 1.2 * (talking[:, _LEFT, 0] - talking[:, _RIGHT, 0]).min()
    assert told.hands[at, :, 4].min() > 0.8  # palms up
    assert told.hands[at, :, 0].min() > 0.9


def test_hands_rise_only_as_far_as_a_close_picture_is_high(portrait: Portrait) -> None:
    raised = replace(_still(), hands=_hands(1.0))
    wide, close = (skeleton(portrait, _SHOWN, size, raised).points[0] for size in (_SIZE, Size(800, 640)))
    assert close[_LEFT, 1] < wide[_LEFT, 1]
    resting = skeleton(portrait, _SHOWN, _SIZE, _still()).points[0]
    assert resting[_LEFT, 1] > wide[_LEFT, 1] + portrait.iod
    none = skeleton(portrait, _SHOWN, _SIZE, raised, hands=0.0).points[0]
    assert np.allclose(none, resting, atol=1e-3)


def test_what_a_hand_does_is_seen(portrait: Portrait) -> None:
    def made(*how: float) -> np.ndarray:
        return skeleton(portrait, _SHOWN, _SIZE, replace(_still(), hands=_hands(1.0, *how))).points[0]

    plain = made()
    out, up = made(0.5), made(0.0, 0.5)
    assert out[_LEFT, 0] > plain[_LEFT, 0] + 10 and out[_RIGHT, 0] < plain[_RIGHT, 0] - 10
    assert up[_LEFT, 1] < plain[_LEFT, 1] - 10
    thumb, palm = len(BODY) + 4, len(BODY)
    turned = made(0.0, 0.0, 0.0, 1.0)
    assert turned[thumb, 0] - turned[palm, 0] > plain[thumb, 0] - plain[palm, 0] + 5  # palm up: the thumb outwards
    spread = made(0.0, 0.0, 0.0, 0.0, 1.0)
    tips = [palm + 8, palm + 20]
    assert np.linalg.norm(np.diff(spread[tips], axis=0)) > np.linalg.norm(np.diff(plain[tips], axis=0))


def test_shoulders_that_the_photo_does_not_show_lie_where_they_usually_are(portrait: Portrait) -> None:
    cut = replace(portrait, alpha=np.ones_like(portrait.alpha))
    middle = portrait.landmarks[list(FACE_OVAL), 0].mean() + _SHOWN.dx
    right, left = _shoulders(skeleton(cut, _SHOWN, _SIZE, _still()).points[0])
    assert left[0] - middle == pytest.approx(1.9 * portrait.iod, rel=0.02)
    assert right[1] == left[1]


def test_the_drawing_has_the_colours_that_the_model_knows() -> None:
    points = np.zeros((len(BODY) + 2 * HAND, 2), np.float32)
    points[[BODY.index("neck"), BODY.index("right shoulder"), BODY.index("nose")]] = [(200, 200), (100, 200), (200, 90)]
    known = np.zeros(len(points), bool)
    known[[0, 1, 2]] = True
    picture = draw_skeleton(points, known, Size(400, 400))
    assert tuple(picture[200, 150]) == (153, 0, 0)  # neck to right shoulder, 60 % of red
    assert tuple(picture[140, 200]) == (0, 0, 153)  # neck to nose
    assert tuple(picture[200, 100]) == (255, 170, 0)  # the shoulder's own
    assert tuple(picture[0, 0]) == (0, 0, 0)
    assert (picture.any(axis=2)).sum() < 2000
    assert len(LIMBS) == 19


def test_the_drawing_of_a_hand_goes_round_the_hues() -> None:
    points = np.zeros((len(BODY) + 2 * HAND, 2), np.float32)
    known = np.zeros(len(points), bool)
    hand = len(BODY)
    known[hand : hand + HAND] = True
    points[hand : hand + HAND] = [(200, 300)] + [(100 + 50 * finger, 280 - 40 * bone) for finger in range(5)
                                                for bone in range(4)]  # fmt: skip
    picture = draw_skeleton(points, known, Size(400, 400))
    assert tuple(picture[260, 100]) == (255, 77, 0)  # second bone of the thumb
    assert tuple(picture[280, 100]) == (0, 0, 255)  # a knuckle


def test_what_lies_outside_is_not_drawn_nor_what_ends_there() -> None:
    points = np.full((len(BODY) + 2 * HAND, 2), 50.0, np.float32)
    known = np.zeros(len(points), bool)
    known[[1, 2]] = True
    points[2] = (150, 50)
    inside = draw_skeleton(points, known, Size(200, 100))
    outside = draw_skeleton(points, known, Size(120, 100))
    assert inside[50, 100].any()
    assert not outside[50, 60:].any()
    assert outside[50, 50].any()


def test_a_limb_that_leans_is_drawn_along_its_ends() -> None:
    points = np.zeros((len(BODY) + 2 * HAND, 2), np.float32)
    known = np.zeros(len(points), bool)
    known[[1, 2]] = True
    points[1], points[2] = (100, 100), (300, 240)
    picture = draw_skeleton(points, known, Size(400, 400))
    assert picture[170, 200].any() and picture[135, 150].any() and picture[205, 250].any()
    assert not picture[205, 150].any() and not picture[135, 250].any()
