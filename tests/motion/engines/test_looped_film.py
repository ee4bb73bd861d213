"""A film behind the speaker: which stretch, how its end turns into its beginning, which frame is shown when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import MediaError, OptionError
from avatar.core.progress import Progress, silent
from avatar.core.types import BackdropPlan, Size
from motion.engines import film as module
from motion.engines.film import Film, FilmClip, _Counted, _looped, stretch_of
from motion.options import BackdropOptions
from tests.motion.films import moving, write

SIZE = Size(64, 36)


def frames(count: int) -> list[np.ndarray]:
    return [np.full((1, 1, 3), 10 * k, np.uint8) for k in range(count)]


def shown(count: int, fade: int) -> list[int]:
    return [int(frame[0, 0, 0]) for frame in _looped(iter(frames(count)), fade)]


@pytest.mark.parametrize(
    ("count", "fade", "wanted"),
    [
        (4, 0, [0, 10, 20, 30]),
        (5, 1, [10, 20, 30, 20]),
        (6, 2, [20, 30, 27, 23]),
        (4, 2, [13, 17]),
        (3, 2, [0, 10, 20]),
        (1, 2, [0]),
        (2, 1, [5]),
        (0, 3, []),
    ],
)
def test_the_last_frames_turn_into_the_first(count: int, fade: int, wanted: list[int]) -> None:
    assert shown(count, fade) == wanted


def test_frames_that_are_taken_are_counted() -> None:
    counted = _Counted(iter(frames(3)))
    next(counted)
    assert counted.count == 1 and len(list(counted)) == 2 and counted.count == 3


def stretch(seconds: float = 10.0, **own: str) -> tuple[float, float]:
    return stretch_of(BackdropOptions(SIZE, image=Path("a/b.mp4"), engine_options=own), seconds)


def test_a_stretch_lies_within_the_film() -> None:
    assert stretch() == (0.0, 86400.0) and stretch(**{"from": "2", "to": "3.5"}) == (2.0, 3.5)
    assert stretch(0.0, **{"from": "50"}) == (50.0, 86400.0) and stretch(**{"from": "9.9"})[0] == 9.9
    for start, end in (("3", "3"), ("3", "2")):
        with pytest.raises(OptionError, match=rf"cannot be shown from 3 s to {end} s: let it end later\."):
            stretch(**{"from": start, "to": end})
    with pytest.raises(OptionError, match=r"The film b\.mp4 has nothing at 10\.0 seconds: begin earlier\."):
        stretch(**{"from": "10"})
    with pytest.raises(OptionError, match=r"from is -1: give a number from 0 to 86400"):
        stretch(**{"from": "-1"})
    with pytest.raises(OptionError, match=r"The film film has nothing"):
        stretch_of(BackdropOptions(SIZE, engine_options={"from": "10.04"}), 10.0)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("films") / "moving.mp4", moving(40))


def planned(film: Path, progress: Progress | None = None, **own: str) -> BackdropPlan:
    return Film().plan(BackdropOptions(SIZE, image=film, engine_options=own), progress or silent())


def test_a_plan_has_the_film_in_pieces_of_two_seconds(film: Path) -> None:
    told: list[tuple[float, str]] = []
    plan = planned(film, Progress(lambda f, m: told.append((round(f, 4), m))))
    assert plan.settings == {"rate": 8.0, "frames": 36, "file": "moving.mp4", "from": 0.0, "faded": 4}
    assert (plan.engine, plan.period, plan.reading, plan.notes) == ("film", 4.5, "film moving.mp4", ())
    ends = plan.arrays["ends"]
    assert len(ends) == 3 and ends[-1] == len(plan.arrays["data"]) and (np.diff(ends) > 0).all()
    assert told[0] == (0.025, "film") and told[35] == (0.9, "film") and told[-1] == (1.0, "film")
    cut = planned(film, fade="0", **{"from": "1", "to": "2.5"})
    assert (cut.settings["frames"], cut.settings["from"], cut.settings["faded"], cut.period) == (12, 1.0, 0, 1.5)
    with pytest.raises(OptionError, match=r"fade is 5.1: give a number from 0 to 5"):
        planned(film, fade="5.1")
    with pytest.raises(OptionError, match="choose from from, to, fade"):
        planned(film, speed="2")
    with pytest.raises(OptionError, match="The film backdrop needs a film: give @FILE"):
        Film().plan(BackdropOptions(SIZE), silent())


def test_only_a_long_film_is_told_to_begin_again(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for most, wanted in ((3.9, True), (4.1, False)):
        monkeypatch.setattr(module, "MOST_SECONDS", most)
        assert bool(planned(film, fade="0").notes) is wanted
    monkeypatch.setattr(module, "MOST_SECONDS", 3.0)
    plan = planned(film, fade="0")
    assert plan.settings["frames"] == 24
    assert plan.notes[0].startswith("The film moving.mp4 is longer than 3 seconds: it begins again")
    assert planned(film, fade="0", to="5").notes == () and planned(film, fade="0", **{"from": "1"}).notes == ()


def test_a_frame_of_the_video_is_that_of_its_moment(film: Path) -> None:
    plan, wanted = planned(film, fade="0"), moving(40, SIZE)
    clip = FilmClip(plan, SIZE, 20.0, "cpu")
    for index in (0, 1, 2, 3, 37, 40, 41, 62, 99, 100, 103, 12):
        number = int(index * 8 / 20 + 1e-6) % 40
        found = clip.byte_frame(index)
        assert np.abs(found.astype(int) - wanted[number]).mean() < 6.0
        others = [np.abs(found.astype(int) - each).mean() for each in wanted]
        assert abs(int(np.argmin(others)) - number) <= 1
        assert np.array_equal(
            clip.frame(index).numpy(), (found.transpose(2, 0, 1) / np.float32(255.0)).astype(np.float32)
        )
    short = BackdropPlan("film", 5.0, plan.arrays, {**plan.settings, "frames": 48}, "")
    with pytest.raises(
        MediaError, match=r"Frame 45 of the film behind the speaker is not there: render the video again"
    ):
        FilmClip(short, SIZE, 8.0, "cpu").byte_frame(45)
