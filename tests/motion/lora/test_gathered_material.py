"""What a LoRA is trained on: samples kept one a file, what is kept aside, and what is not made again."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from avatar.core.errors import MediaError, OptionError
from avatar.core.progress import Progress, silent
from avatar.core.types import Size
from motion.drift import generator_for
from motion.lora.material import Material, _aside, _small, gathered
from motion.lora.objective import Objective
from tests.motion.films import moving, write


class Means:
    """An objective whose samples are the means of their clip and a drawn number."""

    rate, frames, most = 8.0, 4, 0

    def __init__(self, folder: Path, films: bool) -> None:
        self.config = SimpleNamespace(films=str(folder) if films else "", pictures="" if films else str(folder), seed=3)
        self.made = 0

    def size(self, shape: Size) -> Size:
        return Size(shape.width // 4, shape.height // 4)

    def words(self, pipeline: Any, captions: list[str]) -> torch.Tensor:
        return torch.tensor([[float(len(one)), 7.0] for one in captions])

    def sample(self, pipeline: Any, clip: np.ndarray, draw: np.random.Generator) -> dict[str, torch.Tensor]:
        assert pipeline == "pipe" and clip.shape[1:] == (18, 32, 3)
        self.made += 1
        return {"latents": torch.tensor([clip.mean(), draw.random()]), "turned": torch.arange(6.0).reshape(2, 3).T}


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Two films, of two and three clips."""
    (tmp_path / "films").mkdir()
    for name, count in (("a", 9), ("b", 12)):
        write(tmp_path / "films" / f"{name}.mp4", moving(count))
    (tmp_path / "films" / "b.txt").write_text("box")
    return tmp_path / "films"


def material(run: Path, means: Means, progress: Progress | None = None) -> Material:
    return gathered(run, cast(Objective, means), "pipe", progress or silent())


def test_samples_captions_and_words_are_kept(films: Path, tmp_path: Path) -> None:
    run, told = tmp_path / "run", list[tuple[float, str]]()
    run.mkdir()
    means = Means(films, True)
    found = material(run, means, Progress(lambda f, m: told.append((round(f, 4), m))))
    index = json.loads((run / "index.json").read_text())
    assert [(row["source"], row["caption"]) for row in index["samples"]] == [("a.mp4", "")] * 2 + [("b.mp4", "box")] * 3
    assert index["captions"] == ["", "box"] and index["size"] == str(Size(32, 18))
    names = [row["id"] for row in index["samples"]]
    assert len(set(names)) == 5 and means.made == 5 and len(found.samples) == 4 and len(found.aside) == 1
    assert set(found.samples) | set(found.aside) == set(names)
    assert found.words.tolist() == [[0.0, 7.0], [3.0, 7.0]] and found.captions == ("", "box")
    assert [found.told[name] for name in names] == [0, 0, 1, 1, 1]
    assert found.words_of(names[0]).tolist() == [[0.0, 7.0]] and found.words_of(names[4]).tolist() == [[3.0, 7.0]]
    tensors = found.read(names[2])
    assert set(tensors) == {"latents", "turned"} and tensors["turned"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert tensors["latents"][1] == pytest.approx(generator_for(3, f"lora/sample/{names[2]}").random())
    assert found.pixels(names[2]).shape == (4, 128, 228, 3)
    assert told == [(0.05, "encoding a.mp4"), (0.095, "encoding a.mp4"), (0.55, "encoding b.mp4"),
                    (0.595, "encoding b.mp4"), (0.6355, "encoding b.mp4"), (1.0, "material")]  # fmt: skip


def test_what_was_made_before_a_stop_is_not_made_again(films: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    first = material(run, Means(films, True))
    (run / "index.json").unlink()
    (run / f"{first.samples[0]}.safetensors").write_bytes(b"half")
    again = Means(films, True)
    assert material(run, again).samples == first.samples and again.made == 1
    assert "pixels" in load_file(run / f"{first.samples[0]}.safetensors")
    kept = Means(tmp_path / "gone", True)
    assert material(run, kept).aside == first.aside and kept.made == 0


def test_too_little_to_learn_from_is_told(tmp_path: Path) -> None:
    run = tmp_path / "run"
    for folder in (run, tmp_path / "films", tmp_path / "pictures"):
        folder.mkdir()
    write(tmp_path / "films" / "a.mp4", moving(3))
    with pytest.raises(MediaError, match=r"The film a\.mp4 is too short: give at least 0\.5 seconds\."):
        material(run, Means(tmp_path / "films", True))
    Image.new("RGB", (128, 72)).save(tmp_path / "pictures" / "a.png")
    with pytest.raises(OptionError, match="One sample is too little, as some are kept aside"):
        material(run, Means(tmp_path / "pictures", False))
    Image.new("RGB", (128, 72), "red").save(tmp_path / "pictures" / "b.png")
    found = material(run, Means(tmp_path / "pictures", False))
    assert (len(found.samples), len(found.aside), found.captions) == (1, 1, ("",))


@pytest.mark.parametrize(
    ("sources", "each", "aside"), [(3, 1, 1), (3, 4, 2), (4, 3, 3), (12, 2, 4), (11, 2, 2), (18, 1, 3)]
)
def test_a_sixth_is_kept_aside_and_whole_sources_where_there_are_four(sources: int, each: int, aside: int) -> None:
    rows = [(f"{s}-{k}", f"source {s:02d}") for s in range(sources) for k in range(each)]
    found = _aside(rows, 3)
    assert len(found) == aside and list(found) == [name for name, _ in rows if name in found]
    assert found == _aside(rows, 3)
    if sources >= 4:
        whole = {name.split("-")[0] for name in found}
        assert len(found) == each * len(whole)
    assert any(_aside(rows, seed) != found for seed in range(8))


def test_a_strip_has_eight_small_pictures_spread_over_the_clip() -> None:
    clip = np.arange(15, dtype=np.uint8)[:, None, None, None] * np.full((15, 64, 100, 3), 10, np.uint8)
    found = _small(clip)
    assert found.shape == (8, 128, 200, 3) and found[:, 0, 0, 0].tolist() == [0, 20, 40, 60, 80, 100, 120, 140]
    assert _small(clip[:3])[:, 5, 5, 1].tolist() == [0, 10, 20] and _small(clip[:, :, :1])[0].shape == (128, 2, 3)


@pytest.mark.parametrize(("most", "shown"), [(1, "a"), (2, "ae"), (3, "ace"), (5, "abcde"), (9, "abcde")])
def test_some_of_what_is_aside_are_spread_over_it(most: int, shown: str) -> None:
    found = Material(Path(), (), tuple("abcde"), {}, ("",), torch.zeros(1))
    assert found.some_aside(most) == tuple(shown)
