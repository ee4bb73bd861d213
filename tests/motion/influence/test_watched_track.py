"""A film as a track: how many frames, what each gives, when it is cut, too short or still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import MediaError
from avatar.core.progress import Progress, silent
from avatar.core.types import Size
from motion.influence.cues import moving_edges
from motion.influence.track import RATE, SECONDS, Track, _check, _started, batches, watch
from tests.motion.films import moving, write


class Keeps:
    """An encoder that remembers frames and turns by what it is told a frame."""

    name, dimension, size = "keeps", 2, Size(128, 72)

    def __init__(self, step: float = 0.1) -> None:
        self.seen: list[np.ndarray] = []
        self._step = step

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        angle = self._step * (len(self.seen) + np.arange(len(pictures)))
        self.seen += list(pictures)
        return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)

    def encode_texts(self, texts: list[str]) -> None:
        return None


def means(frame: np.ndarray) -> np.ndarray:
    return np.full(64, frame.mean(), np.float32)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("films") / "moving.mp4", moving(40))


def test_every_moment_has_its_state_edges_and_depth(film: Path) -> None:
    encoder, told = Keeps(), list[tuple[float, str]]()
    track = watch(film, encoder, means, Progress(lambda f, m: told.append((f, m))), 8.0, 2.5)
    assert (len(track.states), len(track.edges), len(track.depths)) == (20, 20, 20)
    assert len(encoder.seen) == 21 and track.rate == 8.0 and track.cut
    assert np.allclose(track.states[:, 0], np.cos(0.1 * np.arange(20)), atol=1e-6)
    for k in (1, 7, 19):
        assert np.allclose(track.edges[k], moving_edges(encoder.seen[k - 1], encoder.seen[k]))
        assert track.depths[k][0] == pytest.approx(encoder.seen[k].mean())
    assert np.array_equal(track.edges[0], track.edges[1]) and not np.array_equal(track.edges[1], track.edges[2])
    assert told == [(pytest.approx(16 / 20), "watching the film"), (1.0, "watching the film")]


def test_a_film_that_ends_first_is_not_cut(film: Path) -> None:
    track = watch(film, Keeps(), means, silent(), 8.0, 5.0)
    assert len(track.states) == 40 and not track.cut
    assert watch(film, Keeps(), means, silent(), 8.0, 4.875).cut
    least = watch(film, Keeps(), means, silent(), 8.0, 0.1)
    assert len(least.states) == 4 and least.cut
    assert (RATE, SECONDS) == (4.0, 32.0)
    usual = watch(film, Keeps(), means, silent())
    assert len(usual.states) == 20 and usual.rate == 4.0 and not usual.cut


def track(count: int, angle: float, rate: float = 4.0) -> Track:
    turned = np.concatenate([np.zeros(1), np.full(count - 1, angle)])
    states = np.stack([np.cos(turned), np.sin(turned)], axis=1)
    return Track(states, np.ones((count, 64)), np.ones((count, 64)), rate)


def test_short_and_still_films_are_told_apart() -> None:
    path = Path("a.mp4")
    _check(path, track(4, 0.0011), 0.25)
    with pytest.raises(MediaError, match=r"a.mp4 is too short to move anything: use one of at least 0.5 seconds"):
        _check(path, track(3, 0.5, 8.0), 9.0)
    with pytest.raises(MediaError, match="too short"):
        _check(path, track(2, 0.5), 9.0)
    for still in ((track(4, 0.0009), 9.0), (track(4, 0.5), 0.249), (track(1, 0.0), 9.0)):
        with pytest.raises(MediaError, match=r"Nothing moves in the film a.mp4"):
            _check(path, *still)


def test_what_changes_is_looked_for_against_the_first_frame(tmp_path: Path) -> None:
    still = write(tmp_path / "still.mp4", np.repeat(moving(1), 16, axis=0))
    with pytest.raises(MediaError, match="Nothing moves"):
        watch(still, Keeps(), means, silent(), 8.0)
    back = np.repeat(moving(1), 16, axis=0)
    back[5:9] = 255 - back[5:9]
    assert len(watch(write(tmp_path / "back.mp4", back), Keeps(), means, silent(), 8.0).states) == 16


def test_one_frame_has_its_own_edges() -> None:
    edges = [np.full(64, k) for k in range(4)]
    assert _started(edges)[:, 0].tolist() == [1, 1, 2, 3]
    assert _started(edges[:1])[:, 0].tolist() == [0]


@pytest.mark.parametrize(
    ("count", "most", "sizes"), [(33, None, [16, 16, 1]), (33, 18, [16, 2]), (5, 16, [5]), (40, 16, [16])]
)
def test_batches_are_of_sixteen(count: int, most: int | None, sizes: list[int]) -> None:
    taken: list[int] = []

    def frames() -> Iterator[np.ndarray]:
        for k in range(count):
            taken.append(k)
            yield np.full((2, 2, 3), k)

    found = list(batches(frames(), most))
    assert [len(batch) for batch in found] == sizes and len(taken) == sum(sizes)
    assert [int(batch[0, 0, 0, 0]) for batch in found] == [16 * k for k in range(len(sizes))]
