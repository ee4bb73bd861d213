"""Films as they come: any rate, any size, HDR; and those that move nothing, in one sentence."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.core.errors import Cancelled, MediaError
from avatar.core.media import probe, read_film
from avatar.core.progress import Progress, silent
from avatar.core.types import Size
from motion.influence.cues import depth_of, moving_edges
from motion.influence.track import Track, batches, watch
from tests.motion.films import moving, recoded, write


class Colours:
    """An encoder that sees mean colours in four corners."""

    name, dimension, size = "colours", 12, Size(32, 18)

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        assert pictures.shape[1:] == (18, 32, 3) and len(pictures) <= 16
        halves = pictures.astype(np.float32).reshape(len(pictures), 2, 9, 2, 16, 3).mean(axis=(2, 4)).reshape(-1, 12)
        unit: np.ndarray = halves / np.linalg.norm(halves, axis=1, keepdims=True)
        return unit

    def encode_texts(self, texts: list[str]) -> None:
        return None


def watched(path: Path, seconds: float = 32.0) -> Track:
    return watch(path, Colours(), depth_of(), silent(), seconds=seconds)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("films") / "moving.mp4", moving(24))


def test_a_film_becomes_states_at_an_even_rate(film: Path) -> None:
    track = watched(film)
    assert track.states.shape == (12, 12) and track.edges.shape == track.depths.shape == (12, 64)
    assert np.allclose(np.linalg.norm(track.states, axis=1), 1.0, atol=1e-5)
    assert not track.cut
    assert np.array_equal(track.states, watched(film).states)
    steps = (track.states[1:] * track.states[:-1]).sum(axis=1)
    assert steps.max() < 0.99999


def test_a_long_film_is_read_as_far_as_it_is_needed(film: Path) -> None:
    track = watched(film, seconds=1.5)
    assert len(track.states) == 6 and track.cut
    assert np.array_equal(track.states, watched(film).states[:6])


def test_a_variable_rate_is_read_evenly(film: Path, tmp_path: Path) -> None:
    halves = "select='not(between(n,4,11)*mod(n,4))'"
    uneven = recoded(film, tmp_path / "uneven.mkv", "-vf", halves, "-fps_mode", "vfr")
    frames = list(read_film(uneven, Size(32, 18), 8.0))
    assert abs(len(frames) - 24) <= 1
    assert np.abs(frames[20].astype(int) - list(read_film(film, Size(32, 18), 8.0))[20]).mean() < 3.0


def test_a_large_film_is_scaled_while_it_is_decoded_and_covers_the_picture(tmp_path: Path) -> None:
    tall = write(tmp_path / "tall.mp4", moving(4, Size(144, 256)))
    (first, *_) = read_film(tall, Size(64, 36), 8.0)
    assert first.shape == (36, 64, 3)
    middle = moving(4, Size(144, 256))[0, 128 - 40 : 128 + 40].mean(axis=(0, 1))
    assert np.abs(first.mean(axis=(0, 1)) - middle).max() < 8.0


def test_hdr_is_mapped_to_the_usual_range(film: Path, tmp_path: Path) -> None:
    bright = "zscale=tin=bt709:min=bt709:pin=bt709:rin=tv:t=smpte2084:m=bt2020nc:p=bt2020:npl=203,format=yuv420p10le"
    tags = ("-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-color_primaries", "bt2020")
    hdr = recoded(
        film, tmp_path / "hdr.mp4", "-vf", bright, "-c:v", "libx265", "-x265-params", "log-level=none:pools=1", *tags
    )
    assert probe(hdr).high_range and not probe(film).high_range
    mapped, usual = (next(iter(read_film(path, Size(64, 36), 8.0))).astype(float) for path in (hdr, film))
    assert np.corrcoef(mapped.ravel(), usual.ravel())[0, 1] > 0.97
    assert mapped.std() > 0.5 * usual.std()


def test_what_moves_nothing_is_said_in_one_sentence(film: Path, tmp_path: Path) -> None:
    still = write(tmp_path / "still.mp4", np.repeat(moving(1), 16, axis=0))
    picture, broken = tmp_path / "picture.png", tmp_path / "broken.mp4"
    Image.fromarray(moving(1)[0]).save(picture)
    broken.write_bytes(film.read_bytes()[:800])
    short = write(tmp_path / "short.mp4", moving(4))
    for path, said in (
        (still, "Nothing moves"),
        (picture, "Nothing moves"),
        (short, "too short"),
        (broken, "broken.mp4"),
    ):
        with pytest.raises(MediaError, match=said) as told:
            watched(path)
        assert str(told.value).count(". ") == 0


def test_damage_in_the_middle_ends_the_film_there(film: Path, tmp_path: Path) -> None:
    whole = recoded(film, tmp_path / "whole.mkv", "-c", "copy").read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: int(len(whole) * 0.8)])
    assert 4 <= len(list(read_film(cut, Size(32, 18), 8.0))) < 24


def test_watching_can_be_stopped(film: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        watch(film, Colours(), depth_of(), Progress(stop))


def test_batches_close_what_they_read_from() -> None:
    closed = []

    def frames():  # type: ignore[no-untyped-def]
        try:
            for _ in range(1000):
                yield np.zeros((2, 2, 3), np.uint8)
        finally:
            closed.append(True)

    assert [len(batch) for batch in batches(frames(), 20)] == [16, 4]
    assert closed
    assert len(next(batches(islice(frames(), 3)))) == 3


def test_edges_are_where_something_moves() -> None:
    frames = moving(8)
    field = moving_edges(frames[1], frames[2]).reshape(8, 8)
    assert field[:, :4].sum() > 3.0 * field[:, 4:].sum()
    assert moving_edges(frames[1], frames[1]).max() == pytest.approx(1e-3)


def test_what_is_low_and_clear_counts_as_near() -> None:
    frame = np.full((72, 128, 3), 180, np.uint8)
    frame[36:, ::2] = 40
    depth = depth_of()(frame).reshape(8, 8)
    assert depth[6].mean() > 2.0 * depth[1].mean()
