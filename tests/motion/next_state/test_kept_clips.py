"""Rows of states: pieces of films, moving scenes, and what is kept of them for the next run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import MediaError, OptionError
from avatar.core.progress import Progress, silent
from avatar.core.types import Size
from motion.drift import generator_for
from motion.generator.dataset import soften_picture
from motion.next_state.clips import (
    ENDINGS,
    HELD_OUT,
    Clip,
    changes_of,
    drawn_clips,
    drawn_frames,
    film_clips,
    keep_clips,
    kept_clips,
)  # fmt: skip
from motion.scenes.families import FAMILIES, scene
from motion.scenes.tones import look_from_vector
from tests.motion.films import moving, write


class Means:
    """An encoder of the mean colour of a frame, and of the length of a text."""

    name, dimension, size = "means", 3, Size(32, 18)
    reads = True

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        means = pictures.astype(np.float32).mean(axis=(1, 2))
        unit: np.ndarray = means / np.linalg.norm(means, axis=1, keepdims=True)
        return unit

    def encode_texts(self, texts: list[str]) -> np.ndarray | None:
        return np.array([[len(text), 1.0, 0.0] for text in texts], np.float32) if self.reads else None


class Blind(Means):
    reads = False


def test_a_film_is_cut_into_pieces_of_64_states_and_a_rest_of_six(tmp_path: Path) -> None:
    for count, lengths in ((69, [64]), (70, [64, 6]), (6, [6]), (64, [64]), (133, [64, 64])):
        folder = tmp_path / str(count)
        folder.mkdir()
        write(folder / "a.mp4", moving(count, Size(32, 18)))
        found = film_clips(folder, Means(), 8.0, silent())
        assert [len(clip.states) for clip in found] == lengths
        assert {clip.name for clip in found} == {"a"} and found[0].changed.size == 0
        assert all(np.array_equal(clip.text, clip.states[-1]) for clip in found)
    assert found[0].states.dtype == np.float32 and not np.array_equal(found[0].states[0], found[1].states[0])


def test_words_beside_a_film_are_its_text(tmp_path: Path) -> None:
    write(tmp_path / "b.mp4", moving(12, Size(32, 18)))
    write(tmp_path / "a.MP4", moving(8, Size(32, 18)))
    (tmp_path / "b.txt").write_text("\ufeff  seven!!\n", encoding="utf-8")
    told: list[tuple[float, str]] = []
    first, second = film_clips(tmp_path, Means(), 8.0, Progress(lambda f, m: told.append((f, m))))
    assert (first.name, second.name) == ("a", "b")
    assert second.text.tolist() == [7.0, 1.0, 0.0] and np.array_equal(first.text, first.states[-1])
    assert told == [(0.5, "reading a.MP4"), (1.0, "reading b.mp4")]
    assert np.array_equal(film_clips(tmp_path, Blind(), 8.0, silent())[1].text, second.states[-1])


def test_folders_and_films_that_give_nothing_are_told(tmp_path: Path) -> None:
    listed = r"\.mp4, \.mov, \.mkv, \.webm, \.avi, \.m4v, \.gif files"
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(OptionError, match=f"There is no film in {folder}: give a folder with {listed}"):
            film_clips(folder, Means(), 8.0, silent())
    write(tmp_path / "short.mp4", moving(5, Size(32, 18)))
    with pytest.raises(MediaError, match=r"The film short\.mp4 is too short: give at least 0\.75 seconds\."):
        film_clips(tmp_path, Means(), 8.0, silent())
    assert len(ENDINGS) == 7 and tuple(sorted(FAMILIES))[2::5] == HELD_OUT and len(HELD_OUT) >= 5


def test_a_moving_scene_goes_from_one_tone_to_another() -> None:
    encoder, family, seed = Means(), "ocean", 5
    name, told, frames = drawn_frames(family, seed, 7, encoder)
    assert frames.shape == (7, 18, 32, 3) and frames.dtype == np.uint8
    draw = generator_for(seed, "moving scene/ocean")
    tones = FAMILIES[family].tones
    first, last = (str(one) for one in draw.choice(list(tones), 2, replace=False))
    begin, lasts, speed = draw.uniform(-3.0, 3.0), draw.uniform(8.0, 16.0), draw.uniform(0.004, 0.02)
    shape, phase = draw.standard_normal(12), draw.random()
    laid = scene(family, 40, 22, seed)
    for t in (0, 3, 6):
        share = min(1.0, max(0.0, (t - begin) / lasts))
        share = share * share * (3.0 - 2.0 * share)
        look = np.concatenate([(1.0 - share) * tones[first].vector + share * tones[last].vector, shape])
        drawn = np.clip(laid.draw(look_from_vector(look), (phase + t * speed) % 1.0), 0.0, 1.0).astype(np.float32)
        wanted = np.rint(soften_picture(drawn, (32, 18)) * 255.0)
        assert np.abs(frames[t] - wanted).max() <= 1.0 and np.abs(frames[t] - wanted).mean() < 0.01
    caption = str(draw.choice(list(FAMILIES[family].captions)))
    assert (name, told) == (f"ocean: {first} to {last}", f"{caption}, {last}")


def test_drawn_clips_take_families_in_turn_and_seeds_in_a_row() -> None:
    told: list[tuple[float, str]] = []
    found = drawn_clips(Means(), 3, 4, ("ocean", "clouds"), Progress(lambda f, m: told.append((f, m))), 6)
    for number, (clip, family) in enumerate(zip(found, ("ocean", "clouds", "ocean"), strict=True)):
        name, text, frames = drawn_frames(family, 4 + number, 6, Means())
        assert clip.name == name and clip.text[0] == len(text)
        assert np.array_equal(clip.states, Means().encode(frames)) and np.array_equal(clip.changed, changes_of(frames))
    assert told[0] == (pytest.approx(1 / 3), "drawing moving scenes") and told[-1][0] == 1.0
    assert len(drawn_clips(Means(), 1, 4, ("ocean",), silent())[0].states) == 16
    with pytest.raises(OptionError, match="Encoder means cannot read words: train on films, or take the encoder scene"):
        drawn_clips(Blind(), 1, 4, ("ocean",), silent(), 6)


def test_changes_are_mean_differences_either_way() -> None:
    frames = np.zeros((3, 2, 2, 3), np.uint8)
    frames[1] += 10
    frames[2, 0] = 4
    assert changes_of(frames).tolist() == [10.0, 8.0] and changes_of(frames).dtype == np.float32


def test_clips_are_kept_for_what_they_were_made_of_alone(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    clips = [
        Clip(draw.random((5, 3)).astype(np.float32), np.ones(2, np.float32), "a", np.arange(4, dtype=np.float32)),
        Clip(draw.random((2, 3)).astype(np.float32), np.zeros(2, np.float32), "b"),
        Clip(draw.random((7, 3)).astype(np.float32), np.full(2, 3, np.float32), "c", np.full(6, 2, np.float32)),
    ]
    path, wanted = tmp_path / "kept.npz", {"films": tmp_path, "rate": 4.0}
    assert kept_clips(path, wanted) is None
    keep_clips(path, wanted, clips)
    found = kept_clips(path, {"rate": 4.0, "films": tmp_path})
    assert found is not None and [clip.name for clip in found] == ["a", "b", "c"]
    for one, other in zip(found, clips, strict=True):
        for name in ("states", "text", "changed"):
            assert np.array_equal(getattr(one, name), getattr(other, name))
    assert kept_clips(path, {"films": tmp_path, "rate": 5.0}) is None
    path.write_bytes(b"damaged")
    assert kept_clips(path, wanted) is None
    np.savez(path, other=np.zeros(1))
    assert kept_clips(path, wanted) is None
