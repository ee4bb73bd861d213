"""The dense warp on a real portrait: neutral frames, chunks, folds, mirrors, devices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from skimage import data

from avatar.core.errors import MissingEngine
from avatar.core.progress import silent
from avatar.core.types import FacePlan, GestureTrack, Phoneme, Portrait, Size, Speech
from avatar.face import FaceOptions
from avatar.face.canonical import Canonical
from avatar.face.canvas import framed_picture
from avatar.face.engines.embedded import Embedded
from avatar.face.framing import Framing, frame_person
from avatar.face.layers import build_layers
from avatar.face.matte import matte
from avatar.face.mouth_warp import InsideTracks
from avatar.face.photo import detect_faces
from avatar.face.ratios import UNITS
from avatar.face.rig import COEFFICIENTS, Rig
from avatar.face.spectacles import rims_of
from avatar.face.warp import Expression, PoseTracks, Warp

_SIZE = Size(256, 256)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    pixels = data.astronaut()
    landmarks = detect_faces(pixels)[0].astype(np.float32)
    alpha = np.ones(pixels.shape[:2], np.float32)
    return Portrait(pixels, landmarks, alpha, pixels, "0")


@pytest.fixture(scope="module")
def closed(portrait: Portrait) -> Portrait:
    """The same face, its landmarks said to have closed lips: what the rig then takes for a closed mouth."""
    landmarks = portrait.landmarks.copy()
    for top, bottom in (
        (13, 14),
        (312, 317),
        (82, 87),
        (311, 402),
        (81, 178),
        (310, 318),
        (80, 88),
        (415, 324),
        (191, 95),
    ):
        landmarks[[top, bottom]] = landmarks[[top, bottom]].mean(axis=0)
    return replace(portrait, landmarks=landmarks)


def _still(count: int) -> PoseTracks:
    zero = torch.zeros(count)
    return PoseTracks(zero, zero, zero, zero, zero, zero, zero)


def _inside(count: int) -> InsideTracks:
    zero, place = torch.zeros(count), torch.zeros(count, 2)
    return InsideTracks(place, place, place, zero, zero, zero, zero, zero, zero, zero)


def _face(coefficients: torch.Tensor | None = None, lids: float = 0.0) -> Expression:
    """One face that does nothing but what is said."""
    given = torch.zeros(1, len(COEFFICIENTS)) if coefficients is None else coefficients
    return Expression(given, torch.full((1, 2), lids), _inside(1), torch.zeros(1, 2), torch.zeros(1, len(UNITS)))


def _gestures(frames: int) -> GestureTrack:
    time = np.arange(frames, dtype=np.float32) / 25
    wave = lambda size, speed: (size * np.sin(speed * time)).astype(np.float32)  # noqa: E731
    lids = np.clip(wave(1.6, 3.0) - 0.6, 0, 1)
    return GestureTrack(25.0, wave(6, 2), wave(4, 2.5), wave(3, 1.7), wave(0.03, 1), wave(0.02, 1.3), wave(0.01, 1.1),
                        wave(0.005, 1), wave(0.5, 2), wave(1, 2), wave(0.5, 3), lids)  # fmt: skip


def _plan(portrait: Portrait, frames: int = 22, keep: bool = True) -> FacePlan:
    letters = "ɑbifuɛmoʊwpæ"
    phones = tuple(Phoneme(0.1 + 0.07 * i, 0.17 + 0.07 * i, c) for i, c in enumerate(letters))
    speech = Speech(np.zeros(int(frames * 40), np.float32), 1000, "en", phones, energy=np.ones(200, np.float32))
    return Embedded().plan(portrait, speech, _gestures(frames), FaceOptions(_SIZE, 25.0, keep), silent())


def test_zero_coefficients_give_the_photo_back(portrait: Portrait) -> None:
    layers = build_layers(portrait, Framing(0.5, 0.0, 0.0), _SIZE, True, "cpu")
    frame = Warp(layers).render(_face(), _still(1))[0, :3]
    pad = int(-layers.texture_origin[0])
    photo = layers.texture[0, :3, 2 * pad : -2 * pad : 2, 2 * pad : -2 * pad : 2]
    error = float((frame - photo[:, : frame.shape[1], : frame.shape[2]]).square().mean())
    assert -10 * np.log10(error) > 45


def test_any_chunk_gives_the_same_frames(portrait: Portrait) -> None:
    plan = _plan(portrait)
    whole = torch.cat(list(Embedded().open(plan, portrait, "cpu").frames(0, plan.frames)))
    assert whole.shape == (plan.frames, 4, _SIZE.height, _SIZE.width)
    pieces = [
        torch.cat(list(Embedded().open(plan, portrait, "cpu").frames(a, b))) for a, b in ((0, 7), (7, 8), (8, 22))
    ]
    assert torch.equal(whole, torch.cat(pieces))


def test_the_face_moves_and_every_frame_is_a_picture(portrait: Portrait) -> None:
    plan = _plan(portrait)
    frames = torch.cat(list(Embedded().open(plan, portrait, "cpu").frames(0, plan.frames)))
    assert torch.isfinite(frames).all() and frames.min() >= 0 and frames.max() <= 1
    assert (frames[1:] - frames[:-1]).abs().mean(dim=(1, 2, 3)).min() > 1e-4
    assert torch.allclose(frames[:, 3], torch.ones(()))


def test_the_corners_of_a_kept_background_stand_still(portrait: Portrait) -> None:
    plan = _plan(portrait)
    frames = torch.cat(list(Embedded().open(plan, portrait, "cpu").frames(0, plan.frames)))
    for corner in (frames[..., :10, :10], frames[..., :10, -10:], frames[..., -10:, :10], frames[..., -10:, -10:]):
        assert (corner - corner[:1]).abs().max() < 0.02
    middle = frames[..., 80:180, 80:180]
    assert (middle - middle[:1]).abs().max() > 0.2


def test_a_bust_that_is_cut_stands_still_along_the_edges_of_the_frame(portrait: Portrait) -> None:
    """Where the photo ends, the person ends: what moved there would show that nothing is below it."""
    for person, keep in ((portrait, True), (_bust(portrait), False)):
        frames = torch.cat(list(Embedded().open(_plan(person, keep=keep), person, "cpu").frames(0, 22)))
        moved = (frames[:, :3] - frames[:1, :3]).abs()
        assert moved[..., -2:, :].max() < 0.02
        assert not keep or max(moved[..., :2, :].max(), moved[..., :2].max(), moved[..., -2:].max()) < 0.02
        assert moved[..., 60:200, :].max() > 0.2


def _bust(portrait: Portrait) -> Portrait:
    """The person cut out of the photo, shoulders down to its lower edge."""
    alpha = np.zeros_like(portrait.alpha)
    alpha[20:, 120:380] = 1
    return replace(portrait, alpha=alpha)


def _posed(portrait: Portrait, keep: bool, **pose: float) -> torch.Tensor:
    """One frame [4, h, w] with the head as ``pose`` says, angles in radians, shifts in pixels."""
    size = Size(384, 384)
    warp = Warp(build_layers(portrait, frame_person(portrait, size, True), size, keep, "cpu"))
    still = vars(_still(1)) | {name: torch.tensor([value]) for name, value in pose.items()}
    return warp.render(_face(), PoseTracks(**still))[0]


@pytest.fixture(scope="module")
def matted(portrait: Portrait) -> Portrait:
    """The portrait with its real matte."""
    alpha, foreground = matte(portrait.pixels, portrait.landmarks)
    return replace(portrait, alpha=alpha, foreground=foreground)


def test_a_person_at_rest_before_the_kept_background_is_the_photo(matted: Portrait) -> None:
    size = Size(384, 384)
    picture, origin = framed_picture(matted, frame_person(matted, size, True), size, True)
    pad = int(-origin[0])
    photo = torch.from_numpy(picture[pad:-pad, pad:-pad, :3]).permute(2, 0, 1)
    error = float((_posed(matted, True)[:3] - photo).square().mean())
    assert -10 * np.log10(error) > 60


def test_a_kept_background_holds_still_beside_a_head_that_moves(matted: Portrait) -> None:
    rest, moved = _posed(matted, True), _posed(matted, True, yaw=0.2, x=8.0, roll=0.05)
    cut = _posed(matted, False)[3]
    person = torch.maximum(cut, _posed(matted, False, yaw=0.2, x=8.0, roll=0.05)[3])
    reach = torch.nn.functional.max_pool2d(person[None, None], 25, 1, 12)[0, 0]
    difference = (moved - rest).abs().amax(dim=0)
    assert difference[reach < 0.02].max() < 1e-6
    assert difference[cut > 0.98].max() > 0.3


def test_the_trunk_swings_with_the_head_by_half(matted: Portrait) -> None:
    size = Size(384, 384)
    framing = frame_person(matted, size, True)
    layers = build_layers(matted, framing, size, True, "cpu")
    x0, y0, x1, y1 = layers.head_box
    landmarks = framing.apply(matted.landmarks)
    at = lambda y: round((y - y0) / (y1 - y0) * 63)  # noqa: E731
    column = layers.sway_weight[:, round((landmarks[152, 0] - x0) / (x1 - x0) * 63)]
    assert column[at(landmarks[1, 1])] > 0.98
    assert 0.3 < column[at(landmarks[152, 1] + 1.0 * layers.iod)] <= 0.52
    assert column[at(size.height - 1)] < 0.02


@pytest.mark.parametrize("yaw", [-15.0, 15.0])
def test_a_far_turn_never_folds(matted: Portrait, yaw: float) -> None:
    size = Size(384, 384)
    warp = Warp(build_layers(matted, frame_person(matted, size, False), size, False, "cpu"))
    still = vars(_still(1)) | {"yaw": torch.tensor([np.radians(yaw)], dtype=torch.float32)}
    dx = warp._head_moves(PoseTracks(**still))[0, 0].numpy()
    step = (warp.layers.head_box[2] - warp.layers.head_box[0]) / 63
    assert 1 + np.diff(dx, axis=1).min() / step > 0.3
    assert np.abs(dx).max() > 0.12 * warp.layers.iod


def test_a_cut_out_person_stays_within_its_alpha(portrait: Portrait) -> None:
    person = _bust(portrait)
    plan = _plan(person, keep=False)
    frames = torch.cat(list(Embedded().open(plan, person, "cpu").frames(0, 8)))
    assert (frames[:, :3] <= frames[:, 3:] + 1e-5).all()
    assert frames[:, 3, :4, :4].max() == 0 and frames[:, 3].max() > 0.99


@pytest.mark.parametrize("mouth", ["own teeth", "closed", "dropped jaw"])
def test_random_expressions_never_fold(portrait: Portrait, closed: Portrait, mouth: str) -> None:
    rng = np.random.default_rng(5)
    face = Canonical.of(closed.landmarks if mouth == "closed" else portrait.landmarks)
    rig = Rig(face)
    if mouth == "dropped jaw":
        rig.mouth = replace(rig.mouth, jaw=0.15)
    step = 0.025
    grid = np.stack(np.meshgrid(np.arange(-1.2, 1.2, step), np.arange(-0.9, 1.8, step), [0.0]), axis=-1)[:, :, 0]
    upper, lower = rig.fields(grid)
    u, v = rig.mouth.coordinates(grid)
    above, below = (v < rig.mouth.upper(u)) | (np.abs(u) > 1.05), (v > rig.mouth.lower(u)) | (np.abs(u) > 1.05)
    largest = {"jaw": 0.12, "lower_lip": 0.06, "upper_lip": 0.04, "close": 1.1, "pucker": 0.24, "press_upper": 0.18,
               "press_lower": 0.30, "smile": 0.06, "frown": 0.05, "brows": 0.07, "brows_together": 0.05,
               "brows_inner": 0.074, "squint": 0.024, "cheek": 0.040}  # fmt: skip
    signed = {"wide": 0.09}
    for _ in range(60):
        weights = np.zeros(len(COEFFICIENTS))
        for name, most in largest.items():
            weights[COEFFICIENTS.index(name)] = rng.uniform(0, most)
        for name, most in signed.items():
            weights[COEFFICIENTS.index(name)] = rng.uniform(-most, most)
        for fields, where in ((upper, above), (lower, below)):
            move = np.tensordot(weights, fields, 1)[..., :2]
            (dxy, dxx), (dyy, dyx) = np.gradient(move[..., 0], step), np.gradient(move[..., 1], step)
            jacobian = (1 + dxx) * (1 + dyy) - dxy * dyx
            assert jacobian[where].min() > 0.05


def _mirrored(portrait: Portrait) -> Portrait:
    """The portrait seen in a mirror: pixels flipped, each landmark swapped with its partner of the other side."""
    points = Canonical.of(portrait.landmarks).points
    flipped = points * [-1, 1, 1]
    cost = np.linalg.norm(points[:468, None] - flipped[None, :468], axis=-1)
    partner = linear_sum_assignment(cost)[1]
    for left, right in ((33, 263), (61, 291), (234, 454), (13, 13), (159, 386), (78, 308)):
        assert partner[left] == right
    landmarks = portrait.landmarks.copy()
    landmarks[:468] = portrait.landmarks[partner]
    landmarks[468:] = portrait.landmarks[[473, 474, 475, 476, 477, 468, 469, 470, 471, 472]]
    landmarks[:, 0] = portrait.pixels.shape[1] - 1 - landmarks[:, 0]
    pixels = np.ascontiguousarray(portrait.pixels[:, ::-1])
    return replace(portrait, landmarks=landmarks, pixels=pixels, foreground=pixels)


def test_a_mirrored_photo_gives_mirrored_frames(portrait: Portrait) -> None:
    mirrored = _mirrored(portrait)
    framing = frame_person(portrait, _SIZE, True)
    other = frame_person(mirrored, _SIZE, True)
    weights = torch.zeros(1, len(COEFFICIENTS))
    for name, amount in {
        "jaw": 0.09,
        "lower_lip": 0.04,
        "wide": -0.05,
        "pucker": 0.2,
        "brows": 0.04,
        "smile": 0.03,
    }.items():
        weights[0, COEFFICIENTS.index(name)] = amount
    pictures = []
    for one, place, side in ((portrait, framing, 1.0), (mirrored, other, -1.0)):
        warp = Warp(build_layers(one, place, _SIZE, True, "cpu"))
        zero = torch.zeros(1)
        pose = PoseTracks(zero + side * 0.09, zero + 0.05, zero + side * 0.04, zero + side * 2.0, zero, zero, zero)
        pictures.append(warp.render(_face(weights, 0.7), pose)[0, :3])
    difference = (pictures[0] - pictures[1].flip(-1)).abs()
    moved = (pictures[0] - pictures[1]).abs()
    assert difference.mean() < 0.012 < moved.mean() / 4


def test_spectacles_are_seen_and_blinks_held(portrait: Portrait) -> None:
    face = Canonical.of(portrait.landmarks)
    assert rims_of(face, portrait.pixels) == "none"
    x0, x1 = portrait.landmarks[[33, 263], 0].astype(int)
    y = int(portrait.landmarks[168, 1])
    pixels = portrait.pixels.copy()
    pixels[y - 2 : y + 4, x0 - 6 : x1 + 6] = 8
    framed = replace(portrait, pixels=pixels)
    assert rims_of(face, pixels) == "thick"
    fine = portrait.pixels.copy()
    fine[y : y + 2, x0 - 6 : x1 + 6] = 8
    assert rims_of(face, fine) == "thin"
    assert _plan(replace(portrait, pixels=fine)).tracks["lids"].max() > 0.9
    plan = _plan(framed)
    assert not plan.tracks["lids"].any() and "spectacles" in plan.notes[0]
    assert _plan(portrait).tracks["lids"].any()


def test_a_missing_gpu_is_an_error(portrait: Portrait) -> None:
    if torch.cuda.is_available():
        pytest.skip("a CUDA device is here")
    with pytest.raises(MissingEngine, match="--device cpu"):
        Embedded().open(_plan(portrait), portrait, "cuda")
