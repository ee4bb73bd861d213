"""Rooms mixed by light: plates, hours, the drift, the gallery, and the light on the speaker."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.progress import silent
from avatar.core.types import BackdropPlan, GivesLight, Size
from motion import BackdropOptions
from motion.engines.rooms import RoomClip, Rooms
from motion.plates import FOLDER, KINDS, digest, room_named, rooms
from motion.rooms.daylight import HOURS, Mood, angle_of, between, hour_name, shares
from motion.rooms.gallery import gallery
from motion.rooms.light_map import light_map
from motion.rooms.mixing import Gains, Plate, irradiance, toned
from tests.rooms_small import write_room

_SIZE = Size(160, 90)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rooms")
    write_room(made, "open-office", 1)
    write_room(made, "open-office", 2)
    write_room(made, "server-room", 1, ("lamps", "screens", "strip"))
    return made


def planned(folder: Path, prompt: str, path: str = "orbit", **changes: object) -> BackdropPlan:
    own = {"model": str(folder), "path": path}
    options = BackdropOptions(size=_SIZE, prompt=prompt, engine_options=own)
    return Rooms().plan(dataclasses.replace(options, **changes), silent())  # type: ignore[arg-type]


def clip(plan: BackdropPlan, size: Size = _SIZE, fps: float = 25.0) -> RoomClip:
    return Rooms().open(plan, size, fps, "cpu")


def picture(folder: Path, prompt: str, **changes: object) -> np.ndarray:
    return clip(planned(folder, prompt, **changes)).frame(0).numpy()


def steps(frames: list[np.ndarray]) -> np.ndarray:
    return np.array([np.abs(b - a).mean() for a, b in zip(frames, frames[1:], strict=False)])


def test_hours_look_like_themselves(folder: Path) -> None:
    noon, sunset, night = (picture(folder, f"office at {hour}") for hour in ("noon", "sunset", "night"))
    assert noon.mean() > sunset.mean() > night.mean() > 0.05
    warmth = [shown[0].mean() / shown[2].mean() for shown in (noon, sunset)]
    assert warmth[1] > 1.2 * warmth[0]


def test_named_colours_and_clouds_are_seen(folder: Path) -> None:
    red, blue = picture(folder, "server room, red light"), picture(folder, "server room, blue light")
    assert red[0].mean() > 1.3 * red[2].mean()
    assert blue[2].mean() > 1.3 * blue[0].mean()
    sun, clouds = (shares(Mood(clouds=clouds))[0][KINDS.index("sun_high")] for clouds in (0.0, 0.9))
    assert clouds < 0.05 * sun


@pytest.mark.parametrize("path", ["orbit", "travel:office at night"])
@pytest.mark.parametrize("force", [5.0, 18.0])
def test_loops_close_and_go_on_evenly(folder: Path, path: str, force: float) -> None:
    made = clip(planned(folder, "office at sunset", path, text_force=force), fps=5.0)
    moved = steps([made.frame(k).numpy() for k in range(61)])
    assert np.array_equal(made.frame(0).numpy(), made.frame(60).numpy())
    assert moved[-1] <= 1.3 * np.median(moved)
    assert moved.max() <= 2.0 * np.median(moved)


def test_a_wide_turn_is_a_day_and_a_small_one_an_hour_or_two(folder: Path) -> None:
    def brightness(force: float) -> list[float]:
        made = clip(planned(folder, "office at noon", text_force=force), fps=2.0)
        return [float(made.frame(k).mean()) for k in range(24)]

    day, moment = brightness(50.0), brightness(18.0)
    assert min(day) < 0.62 * max(day)
    assert min(moment) > 0.85 * max(moment)
    assert abs(day[0] - moment[0]) < 0.06


def test_without_drift_it_is_a_still(folder: Path) -> None:
    made = clip(planned(folder, "office", text_force=0.0, noise_drift=0.0))
    assert np.array_equal(made.frame(0).numpy(), made.frame(140).numpy())


def test_a_wander_does_not_come_back(folder: Path) -> None:
    made = clip(planned(folder, "office at noon", "wander"), fps=2.0)
    assert np.abs(made.frame(0).numpy() - made.frame(24).numpy()).mean() > 1e-4


def test_seed_and_number_choose_the_room(folder: Path) -> None:
    chosen = [planned(folder, "office", seed=seed).settings for seed in range(4)]
    assert [one["room0"] for one in chosen] == ["open-office-1", "open-office-2"] * 2
    assert [one["mirrored0"] for one in chosen] == [0, 0, 1, 1]
    numbered = planned(folder, "open office 2 at night", seed=0)
    assert numbered.settings["room0"] == "open-office-2"
    assert "night" in numbered.reading


@pytest.mark.parametrize("size", [Size(160, 90), Size(128, 128), Size(90, 160), Size(320, 180)])
def test_every_format_is_filled(folder: Path, size: Size) -> None:
    frame = clip(planned(folder, "office at noon"), size).frame(3)
    assert tuple(frame.shape) == (3, size.height, size.width)
    assert 0.0 <= float(frame.min()) <= float(frame.max()) <= 1.0
    assert float(frame.std()) > 0.05


def test_dark_gradients_keep_their_steps() -> None:
    ramp = toned(np.linspace(0.0, 0.01, 2000, dtype=np.float32))
    assert np.all(np.diff(ramp) >= 0.0)
    assert np.diff(ramp).max() < 0.5


def test_mirrored_light_comes_from_the_other_side(folder: Path) -> None:
    room = room_named("open-office-1", folder)
    lights = []
    for mirrored in (False, True):
        plate = Plate(room, _SIZE, mirrored)
        lights.append(irradiance(plate, Gains(plate).of(Mood(angle_of("sunset")))))
    assert lights[0][0, 3] > 0.05
    assert np.allclose(lights[1][:, 3], -lights[0][:, 3])
    assert np.allclose(lights[1][:, [0, 1, 2, 8]], lights[0][:, [0, 1, 2, 8]])


def test_the_clip_gives_the_light_of_its_moment(folder: Path) -> None:
    made = clip(planned(folder, "office at noon", "travel:office at night"))
    assert isinstance(made, GivesLight)
    assert made.light(0).shape == (3, 9)
    assert made.light(0)[:, 0].mean() > 2.0 * made.light(150)[:, 0].mean()
    assert np.allclose(made.light(45), 0.5 * (made.light(44) + made.light(46)), atol=1e-4)


def test_the_day_goes_on_between_two_hours() -> None:
    there = between(Mood(angle_of("noon")), Mood(angle_of("night")), 0.55)
    assert hour_name(there.angle) in ("sunset", "dusk")
    assert all(hour_name(angle_of(name)) == name for name in HOURS)


def test_the_map_reads_the_hour_from_an_embedding() -> None:
    from motion.embedding import embed

    for told, hour in (("the room when the sun goes down", 18.2), ("a room in the middle of the night", 0.0)):
        felt = light_map().of(embed([told])[0])
        off = np.angle(np.exp(1j * (felt.angle - (hour - 12.0) * np.pi / 12.0))) * 12.0 / np.pi
        assert abs(off) < 3.0


def test_the_planes_are_orthogonal_to_the_prompt() -> None:
    centre = np.random.default_rng(0).standard_normal(384)
    day, weather = light_map().planes(centre)
    basis = np.stack([centre / np.linalg.norm(centre), day.n1, day.n2, weather.n1, weather.n2])
    assert np.allclose(basis @ basis.T, np.eye(5), atol=1e-9)


def test_the_gallery_names_words_that_lead_to_each_room(folder: Path) -> None:
    office, server = gallery(folder)
    assert [room["number"] for room in office["rooms"]] == [1, 2]
    assert {hour["name"] for hour in server["hours"]} == {"evening", "night"}
    plan = planned(folder, office["hours"][2]["prompt"]["en"])
    assert plan.settings["room0"].startswith("open-office")
    assert "sunset" in plan.reading


def test_far_words_name_the_nearest(folder: Path) -> None:
    plan = planned(folder, "quarterly tax accounting of submarines")
    (note,) = plan.notes
    assert "open office" in note
    assert "server room" in note


def test_rooms_that_are_missing_or_broken_are_told(tmp_path: Path) -> None:
    with pytest.raises(MissingEngine, match="no rooms"):
        planned(tmp_path, "office")
    with pytest.raises(OptionError, match="does not exist"):
        planned(tmp_path / "nowhere", "office")
    room = write_room(tmp_path / "a", "open-office")
    (room / "manifest.json").write_text('{"format": 2}', encoding="utf-8")
    with pytest.raises(MissingEngine, match="format 2"):
        rooms(tmp_path / "a")
    room = write_room(tmp_path / "b", "open-office")
    (room / "sky.webp").unlink()
    with pytest.raises(MissingEngine, match=r"sky\.webp"):
        picture(tmp_path / "b", "office")


def test_depth_moves_what_is_near_more(folder: Path) -> None:
    plate = Plate(room_named("open-office-1", folder), _SIZE, False)
    gains = Gains(plate).of(Mood())
    left, right = (cv2.cvtColor(plate.picture(gains, (side, 0.0)), cv2.COLOR_RGB2GRAY) for side in (-1.0, 1.0))
    far = float(np.abs(left[:15] - right[:15]).mean() / np.abs(np.diff(left[:15], axis=1)).mean())
    near = float(np.abs(left[-15:] - right[-15:]).mean() / np.abs(np.diff(left[-15:], axis=1)).mean())
    assert near > 1.5 * far


def test_the_card_says_which_plates_they_are() -> None:
    assert Rooms().card().weights_sha256 == digest(FOLDER)
