"""A film behind the speaker: its frames in time, trimmed, looped softly, from any frame on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from avatar.core.errors import MediaError, OptionError
from avatar.core.media import VideoWriter, is_film
from avatar.core.progress import silent
from avatar.core.types import BackdropPlan, Size
from motion import ENGINES, BackdropOptions, choose
from motion.engines.film import Film

SIZE = Size(64, 48)
RATE = 20.0


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds whose brightness says the time: 30 at the beginning, and 30 more each second."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with VideoWriter(path, SIZE, RATE, crf=6) as writer:
        for number in range(120):
            writer.write(np.full((SIZE.height, SIZE.width, 3), 30 + round(1.5 * number), np.uint8))
    return path


def planned(film: Path, **options: str) -> BackdropPlan:
    return Film().plan(BackdropOptions(size=SIZE, image=film, engine_options=options), silent())


def level(plan: BackdropPlan, index: int, fps: float = RATE) -> float:
    frame = Film().open(plan, SIZE, fps, "cpu").frame(index)
    assert frame.shape == (3, SIZE.height, SIZE.width)
    return 255 * float(frame.mean())


def test_a_film_is_chosen_by_its_content(film: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "clip"
    renamed.write_bytes(film.read_bytes())
    assert choose(f"@{renamed}")[0] == "film"
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert choose(f"@{picture}")[0] == "image"
    assert "film" in ENGINES


@pytest.mark.parametrize(
    ("head", "film"),
    [
        (b"\x00\x00\x00\x18ftypisom\x00\x00", True),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", False),
        (b"\x00\x00\x00\x18ftypavif\x00\x00", False),
        (b"\x1aE\xdf\xa3 matroska    ", True),
        (b"RIFF\x00\x00\x00\x00AVI LIST", True),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", False),
        (b"GIF89a          ", False),
        (b"", False),
    ],
)
def test_films_are_told_from_pictures(tmp_path: Path, head: bytes, film: bool) -> None:
    (tmp_path / "x").write_bytes(head)
    assert is_film(tmp_path / "x") is film
    assert not is_film(tmp_path / "missing")


def test_it_runs_in_its_own_time(film: Path) -> None:
    plan = planned(film, fade="0")
    assert plan.period == pytest.approx(6.0)
    for fps in (20.0, 25.0, 50.0):
        for seconds in (0.0, 1.0, 2.5, 5.0):
            assert level(plan, round(seconds * fps), fps) == pytest.approx(30 + 30 * seconds, abs=3.0)


def test_in_order_or_not_the_frames_are_the_same(film: Path) -> None:
    plan = planned(film)
    clip = Film().open(plan, SIZE, 25.0, "cpu")
    in_order = [clip.frame(index).clone() for index in range(0, 300)]
    for index in (0, 1, 49, 50, 51, 137, 138, 299):
        assert torch.equal(Film().open(plan, SIZE, 25.0, "cpu").frame(index), in_order[index])
    again = Film().open(plan, SIZE, 25.0, "cpu")
    for index in (80, 3, 200, 200, 199):
        assert torch.equal(again.frame(index), in_order[index])


def test_it_is_trimmed(film: Path) -> None:
    plan = planned(film, **{"from": "2", "to": "4", "fade": "0"})
    assert plan.period == pytest.approx(2.0)
    assert level(plan, 0) == pytest.approx(90, abs=3)
    assert level(plan, 39) == pytest.approx(148.5, abs=3)
    assert level(plan, 40) == pytest.approx(90, abs=3)


def test_its_end_turns_into_its_beginning(film: Path) -> None:
    plan = planned(film, fade="1")
    frames = int(plan.settings["frames"])
    assert frames == 100
    levels = [level(plan, index) for index in range(frames + 1)]
    hard = planned(film, fade="0")
    jump = abs(level(hard, 119) - level(hard, 120))
    assert jump > 150
    assert max(abs(a - b) for a, b in zip(levels, levels[1:], strict=False)) < 0.1 * jump


def test_a_short_film_is_looped_as_it_is(film: Path) -> None:
    plan = planned(film, **{"to": "0.4", "fade": "2"})
    assert int(plan.settings["frames"]) == 8


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"from": "9"}, "nothing at 9"),
        ({"from": "3", "to": "2"}, "let it end later"),
        ({"speed": "2"}, "speed"),
    ],
)
def test_what_cannot_be_shown_is_told(film: Path, options: dict[str, str], told: str) -> None:
    with pytest.raises(OptionError, match=told):
        planned(film, **options)


def test_a_broken_film_is_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypisom\x00\x00" + bytes(500))
    with pytest.raises(MediaError, match="no media file"):
        planned(path)


def test_a_plan_that_lost_a_piece_is_told(film: Path) -> None:
    plan = planned(film)
    data = plan.arrays["data"].copy()
    data[: len(data) // 3] = 0
    broken = BackdropPlan("film", plan.period, {**plan.arrays, "data": data}, plan.settings)
    with pytest.raises(MediaError, match="is not there"):
        Film().open(broken, SIZE, RATE, "cpu").frame(5)
