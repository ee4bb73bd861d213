"""LivePortrait's engine over small networks: what each option does to the plan and to the frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from avatar.core.errors import Cancelled, MissingEngine, OptionError, PhotoError
from avatar.core.media import VideoWriter
from avatar.core.progress import Progress, silent
from avatar.core.types import FacePlan, Phoneme, Portrait, Size, Speech
from avatar.face import FaceOptions, check_engine_options, tracking
from avatar.face.engines import liveportrait
from avatar.face.engines.liveportrait import LivePortrait
from avatar.face.liveportrait import driving, response
from avatar.face.liveportrait.acting import close_up
from avatar.face.liveportrait.options import SLIDERS, SOURCES
from avatar.face.liveportrait.response import Mouth
from avatar.face.liveportrait.sources import Scene, Studio, Track
from tests import liveportrait_small, sadtalker_small
from tests.portraits import PORTRAITS, draw_portrait

_SIZE = Size(128, 128)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with pytest.MonkeyPatch.context() as patch:
        yield liveportrait_small.install(tmp_path_factory.mktemp("weights"), patch)
    liveportrait.forget()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path))


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return sadtalker_small.sitter()


@pytest.fixture(scope="module")
def film(portrait: Portrait, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A face that moves down, a fifth of a second at 50 frames a second, wider than high."""
    path = tmp_path_factory.mktemp("film") / "lent.mp4"
    wide = np.pad(portrait.pixels, ((0, 0), (40, 40), (0, 0)), mode="edge")
    with VideoWriter(path, Size(592, 512), 50.0) as writer:
        for shift in range(0, 40, 4):
            writer.write(np.ascontiguousarray(np.roll(wide, shift, axis=0)))
    return str(path)


@pytest.fixture(scope="module", autouse=True)
def _watched_once() -> Iterator[None]:
    """The face is looked for once in each film."""
    seen: dict[Path, list[tuple[np.ndarray, np.ndarray | None]]] = {}

    def tracked(path: Path) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        if path not in seen:
            seen[path] = list(tracking.tracked(path))
        return iter(seen[path])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driving, "tracked", tracked)
        yield


def _speech() -> Speech:
    phones = (Phoneme(0.1, 0.3, "a", 1), Phoneme(0.3, 0.4, "m"), Phoneme(0.4, 0.7, "u", 1))
    return Speech(np.zeros(16000, np.float32), 16000, "en", phones, energy=np.full(100, 0.8, np.float32))


def _plan(
    portrait: Portrait, weights: dict[str, str], fps: float = 25.0, keep: bool = True, expression: str = "neutral",
    frames: int | None = None, **given: str,
) -> FacePlan:  # fmt: skip
    given = {"measure": "off", **given} if given.get("motion", "rig") == "rig" and "driving" not in given else given
    options = FaceOptions(_SIZE, fps, keep, expression, 0, {**weights, **given})
    gestures = sadtalker_small.gestures(frames or round(fps), fps)
    return LivePortrait().plan(portrait, _speech(), gestures, options, silent())


def _points(portrait: Portrait, weights: dict[str, str], **options: object) -> np.ndarray:
    return _plan(portrait, weights, **options).tracks["keypoints"]  # type: ignore[arg-type]


def _frames(plan: FacePlan, portrait: Portrait, start: int, stop: int) -> torch.Tensor:
    return torch.cat(list(LivePortrait().open(plan, portrait, "cpu").frames(start, stop)))


def test_a_plan_holds_keypoints_alone(portrait: Portrait, weights: dict[str, str]) -> None:
    plan = _plan(portrait, weights)
    assert plan.tracks["keypoints"].shape == (25, 21, 3)
    assert plan.tracks["keypoints"].dtype == np.float32
    assert plan.constants["source"].shape == (1, 21, 3)
    assert len(str(plan.constants["weights_sha256"])) == 64
    assert sum(track.nbytes for track in plan.tracks.values()) == 25 * 252
    assert np.array_equal(plan.tracks["keypoints"], _points(portrait, weights))


def test_phonemes_gestures_and_moods_move_the_rig(portrait: Portrait, weights: dict[str, str]) -> None:
    plain = _points(portrait, weights)
    for given in ({"mouth": "0"}, {"still": "on"}, {"stitch": "off"}, {"scale": "2.8"}, {"smile": "0.8"}):
        assert np.abs(_points(portrait, weights, **given) - plain).max() > 1e-4, given
    assert np.abs(_points(portrait, weights, expression="happy") - plain).max() > 1e-3
    speaking = _points(portrait, weights, still="on", stitch="off")
    assert np.abs(np.diff(speaking, axis=0)).max() > 1e-4
    notes = " ".join(_plan(portrait, weights).notes)
    assert "shoulders" in notes
    assert "measured" not in notes


def test_every_slider_changes_the_face(portrait: Portrait, weights: dict[str, str]) -> None:
    plain = _points(portrait, weights, stitch="off")
    for name, (_, high) in SLIDERS.items():
        moved = _points(portrait, weights, stitch="off", **{name: str(high)})
        assert np.abs(moved - plain).max() > 1e-3, name


def test_a_positive_yaw_turns_to_the_viewers_right(portrait: Portrait, weights: dict[str, str]) -> None:
    def depth_times_shift(degrees: str) -> float:
        moved, plain = (_points(portrait, weights, still="on", stitch="off", yaw=yaw)[0] for yaw in (degrees, "0"))
        return float(((moved - plain)[:, 0] * (plain[:, 2] - plain[:, 2].mean())).sum())

    assert depth_times_shift("10") < 0 < depth_times_shift("-10")  # what is nearer (smaller z) goes right


def test_the_mouth_is_measured_on_what_is_drawn(
    portrait: Portrait, weights: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []

    def look(picture: np.ndarray) -> Mouth:
        sizes.append(picture.shape)
        return Mouth(0.01 + 0.02 * len(sizes), 0.5)

    monkeypatch.setattr(response, "seen_mouth", look)
    first = _points(portrait, weights, measure="on")
    assert sizes == [(512, 512, 3)] * 8
    assert np.array_equal(first, _points(portrait, weights, measure="on"))
    assert len(sizes) == 8  # kept
    assert np.abs(first - _points(portrait, weights)).max() > 1e-5
    _points(portrait, weights, measure="on", scale="2.5")
    assert len(sizes) == 16
    assert any("do not quite meet" in note for note in _plan(portrait, weights, measure="on").notes)


def test_where_nothing_can_be_measured_it_is_said(
    portrait: Portrait, weights: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "seen_mouth", lambda picture: None)
    plan = _plan(portrait, weights, measure="on")
    assert any("could not be measured" in note for note in plan.notes)
    assert np.array_equal(plan.tracks["keypoints"], _points(portrait, weights))


def test_a_video_drives(portrait: Portrait, weights: dict[str, str], film: str) -> None:
    relative = _points(portrait, weights, driving=film)
    assert relative.shape == (25, 21, 3)
    start = _plan(portrait, weights, driving=film).constants["source"]
    unstitched = _points(portrait, weights, driving=film, stitch="off")
    assert np.abs(unstitched[0] - start).max() < 1e-5  # the first frame changes nothing
    assert np.abs(unstitched[4] - unstitched[0]).max() > 1e-4
    assert np.allclose(unstitched[1:4], unstitched[8:5:-1], atol=1e-6)  # ten frames at 50: there and back
    for given in (
        {"mode": "absolute"}, {"region": "pose"}, {"region": "lips"}, {"multiplier": "0.5"}, {"smooth": "on"},
        {"crop_driving": "off"}, {"follow_eyes": "on"}, {"follow_lips": "on"}, {"close_lips": "on"}, {"grin": "9"},
    ):  # fmt: skip
        other = _points(portrait, weights, driving=film, **given)
        if given == {"close_lips": "on"}:  # these lips are closed already
            assert np.array_equal(other, relative)
        else:
            assert np.abs(other - relative).max() > 1e-6, given
    assert any("have no effect" in note for note in _plan(portrait, weights, driving=film).notes)


def test_a_video_without_a_face_or_no_video_is_refused(
    portrait: Portrait, weights: dict[str, str], tmp_path: Path, landscape_png: Path
) -> None:
    path = tmp_path / "empty.mp4"
    with VideoWriter(path, Size(128, 128), 25.0) as writer:
        for _ in range(3):
            writer.write(np.full((128, 128, 3), 90, np.uint8))
    for file in (path, landscape_png):
        with pytest.raises(OptionError, match=r"No face was found|needs a video"):
            _plan(portrait, weights, driving=str(file))
    with pytest.raises(PhotoError, match="should lend its expression"):
        _plan(portrait, weights, look=str(landscape_png))


def test_the_embedded_animator_drives(portrait: Portrait, weights: dict[str, str]) -> None:
    points = _points(portrait, weights, motion="embedded", frames=9)
    assert points.shape == (9, 21, 3)
    assert np.abs(np.diff(points, axis=0)).max() > 1e-5
    happy = _points(portrait, weights, motion="embedded", expression="happy", frames=9)
    assert np.abs(points - happy).max() > 1e-6


def test_the_actor_is_seen_as_the_crop_sees_the_sitter(portrait: Portrait) -> None:
    matrix = np.array([[0.8, 0.1, 20.0], [-0.1, 0.8, 60.0], [0, 0, 1]])
    actor = close_up(portrait, matrix)
    assert actor.pixels.shape == (512, 512, 3)
    assert actor.iod == pytest.approx(portrait.iod * np.hypot(0.8, 0.1), rel=1e-5)
    x, y = portrait.landmarks[4, :2]
    assert actor.landmarks[4, :2] == pytest.approx([0.8 * x + 0.1 * y + 20, -0.1 * x + 0.8 * y + 60], abs=1e-3)


def test_another_photo_lends_its_expression(portrait: Portrait, weights: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "smiling.png"
    Image.fromarray(draw_portrait(PORTRAITS["light skin, smiling"])).save(path)
    assert np.abs(_points(portrait, weights, look=str(path)) - _points(portrait, weights)).max() > 1e-4


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("compat", ["off", "on"])
def test_batches_and_ranges_do_not_change_frames(
    portrait: Portrait, weights: dict[str, str], keep: bool, compat: str
) -> None:
    one, four = (
        _frames(_plan(portrait, weights, keep=keep, compat=compat, batch=batch), portrait, 3, 9) for batch in ("1", "4")
    )
    assert one.shape == (6, 4, 128, 128)
    assert torch.allclose(one, four, atol=1e-4 if compat == "off" else 1.5 / 255)
    assert not torch.equal(one[0], one[5])
    assert 0.1 < float(one[:, 3].mean()) <= 1


def test_the_frame_rate_changes_no_motion(portrait: Portrait, weights: dict[str, str], film: str) -> None:
    at_25, at_50 = (_points(portrait, weights, fps=fps, driving=film) for fps in (25.0, 50.0))
    assert np.allclose(at_50[::2], at_25, atol=1e-5)


def test_a_new_source_of_motion_is_one_entry(
    portrait: Portrait, weights: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a network that makes motion from sound would have to be."""

    class Nodding:
        def track(self, scene: Scene, studio: Studio, progress: Progress) -> Track:
            progress(1.0, "nodding")
            wave = torch.sin(torch.arange(scene.gestures.frames) / 5)
            return Track(studio.sitter.source + 0.05 * wave[:, None, None], ("It nods.",))

    monkeypatch.setattr(type(SOURCES), "resolve", lambda table, name: Nodding)
    plan = LivePortrait().plan(
        portrait, _speech(), sadtalker_small.gestures(25, 25.0), FaceOptions(_SIZE, engine_options=weights), silent()
    )
    assert plan.notes == ("It nods.",)
    assert plan.tracks["keypoints"].shape == (25, 21, 3)


@pytest.mark.parametrize("given", [{}, {"motion": "embedded"}, {"driving": "film"}])
def test_planning_stops_in_the_middle(
    given: dict[str, str], portrait: Portrait, weights: dict[str, str], film: str
) -> None:
    reached = []

    def stop(fraction: float, message: str) -> None:
        reached.append(fraction)
        if fraction > 0.3:
            raise Cancelled("stop")

    named = {name: film if value == "film" else value for name, value in given.items()}
    options = FaceOptions(_SIZE, engine_options={**weights, **named})
    with pytest.raises(Cancelled):
        LivePortrait().plan(portrait, _speech(), sadtalker_small.gestures(25, 25.0), options, Progress(stop))
    assert len(reached) > 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"wink": "99"}, "from 0 to 39"),
        ({"frown": "1"}, "has no option 'frown'"),
        ({"motion": "driving"}, "add driving=FILE"),
        ({"motion": "joyvasa"}, "choose rig, embedded, driving"),
        ({"driving": "/nowhere.mp4"}, "there is no file"),
        ({"look": "/nowhere.png"}, "name a photo"),
        ({"mode": "absolute"}, "has no effect with motion=rig"),
        ({"motion": "embedded", "mouth": "1"}, "has no effect with motion=embedded"),
        ({"batch": "0"}, "from 1 to 64"),
    ],
)
def test_wrong_options_are_told(given: dict[str, str], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        check_engine_options("liveportrait", given)


def test_missing_weights_are_named_with_the_way_to_get_them(portrait: Portrait, tmp_path: Path) -> None:
    for given in ({}, {"weights": str(tmp_path)}):
        with pytest.raises(MissingEngine, match="govorun models pull liveportrait"):
            LivePortrait().plan(
                portrait,
                _speech(),
                sadtalker_small.gestures(3, 25.0),
                FaceOptions(_SIZE, engine_options=given),
                silent(),
            )
