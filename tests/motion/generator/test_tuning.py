"""The generator trained on with somebody's pictures: a narrow network, small pictures, a few steps."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from avatar.core.errors import Cancelled, InputError, OptionError
from avatar.core.progress import Progress, silent
from motion.engines.embedded import WEIGHTS
from motion.generator import dataset, material, strips, tuning
from motion.generator.codec import Codec
from motion.generator.model import Generator, Sampling
from motion.generator.pictures import captioned_pictures
from motion.generator.tuning import Config, Tuned, read_config, train
from motion.learned import Learned
from tests.captioned import write_pictures
from tests.small_generator import small_release

QUICK = {"steps": 4, "look": 2, "batch": 4, "drawn": 4, "strips": 1, "learning_rate": 1e-3}


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(material, "SHAPES_IN_TURN", dataset.PICTURE_SIZES[:1])
        patch.setattr(tuning, "SHAPES_IN_TURN", (*dataset.PICTURE_SIZES[:1], *dataset.PICTURE_SIZES[2:]))
        patch.setattr(material, "FAMILIES", dict.fromkeys(("ocean", "forest")))
        patch.setattr(strips, "_SAMPLING", Sampling(steps=1, guidance=1.0))
        yield


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_release(tmp_path_factory.mktemp("base"), Codec.load(WEIGHTS / "codec.safetensors"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "bars"
    write_pictures(folder)
    return folder


@pytest.fixture(scope="module")
def whole(base: Path, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    return train(tmp_path_factory.mktemp("whole"), config(pictures), silent(), base)


def config(pictures: Path, **changes: object) -> Config:
    return Config(pictures=str(pictures), **{**QUICK, **changes})  # type: ignore[arg-type]


def weights(folder: Path) -> torch.Tensor:
    return torch.cat([value.ravel() for value in Generator.load(folder).network.state_dict().values()])


def test_a_run_leaves_what_it_says(whole: Tuned) -> None:
    folder = whole.folder.parent
    assert [look.step for look in whole.looks] == [0, 2, 4]
    assert whole.best.aside < whole.looks[0].aside
    assert sorted(path.name for path in (folder / "strips").iterdir()) == [
        "000000.png",
        "000004.png",
        "best.png",
        "captions.txt",
    ]
    with Image.open(folder / "strips" / "best.png") as strip:
        assert strip.size == (5 * 224, 2 * 128)
    with (folder / "losses.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["step", "0", "2", "4"] and float(rows[3][2]) == whole.looks[2].aside
    assert (folder / "losses.png").stat().st_size > 1000
    learned = Learned.load(whole.folder)
    assert learned is not None and len(learned.captions) == len(learned.vectors) == 10
    assert learned.facts["loss_before"] == whole.looks[0].aside
    assert "12 with captions, from the folder `bars`; 10 were learned from" in (whole.folder / "README.md").read_text()


def test_what_was_kept_aside_is_shown_and_not_learned(whole: Tuned, pictures: Path) -> None:
    learned = Learned.load(whole.folder)
    assert learned is not None
    shown = (whole.folder.parent / "strips" / "captions.txt").read_text().splitlines()
    assert len(shown) == 2 and not set(shown) & set(learned.captions)
    assert {*shown, *learned.captions} == {one.caption for one in captioned_pictures(pictures, silent())}
    with Image.open(whole.folder.parent / "strips" / "best.png") as strip:
        rows = np.asarray(strip).reshape(2, 128, 5, 224, 3)
    for caption, row in zip(shown, rows, strict=True):
        path = next(path for path in pictures.glob("*.txt") if path.read_text().strip() == caption)
        with Image.open(next(p for p in pictures.glob(f"{path.stem}.*") if p.suffix != ".txt")) as real:
            assert np.abs(np.asarray(real.resize((224, 128))) - row[:, 0].astype(float)).mean() < 12
        assert not np.array_equal(row[:, 1], row[:, 2])


@pytest.mark.parametrize("stopped_at", [1, 3])
def test_a_run_that_was_stopped_ends_as_if_nothing_had_happened(
    stopped_at: int, whole: Tuned, base: Path, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(Cancelled):
        train(tmp_path, config(pictures), Progress(_until(stopped_at)), base)
    resumed = train(tmp_path, config(pictures), silent(), base)
    assert resumed.looks == whole.looks
    assert torch.equal(weights(resumed.folder), weights(whole.folder))
    for name in ("losses.csv", "strips/best.png", "model/learned.json"):
        assert (tmp_path / name).read_bytes() == (whole.folder.parent / name).read_bytes()


def test_the_seed_decides(whole: Tuned, base: Path, pictures: Path, tmp_path: Path) -> None:
    other = train(tmp_path, config(pictures, seed=1), silent(), base)
    assert not torch.equal(weights(other.folder), weights(whole.folder))


def test_it_ends_early_where_nothing_gets_better_and_keeps_the_best(
    base: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([0.5, 0.4, 0.6, 0.45, 0.3])
    checked = tuning._Run._checked
    monkeypatch.setattr(
        tuning._Run,
        "_checked",
        lambda run, pictures, purpose: next(losses) if purpose == "aside" else checked(run, pictures, purpose),
    )
    tuned = train(tmp_path, config(pictures, steps=40, patience=2), silent(), base)
    assert [look.aside for look in tuned.looks] == [0.5, 0.4, 0.6, 0.45]
    assert tuned.best.step == 2
    monkeypatch.undo()
    with pytest.raises(Cancelled):
        train(tmp_path / "short", config(pictures, steps=40), Progress(_until(3)), base)
    assert torch.equal(weights(tuned.folder), weights(tmp_path / "short" / "model"))


def _until(step: int) -> Callable[[float, str], None]:
    def sink(fraction: float, message: str) -> None:
        if message.startswith(f"step {step},"):
            raise Cancelled("stop")

    return sink


def test_another_run_and_other_pictures_are_refused(whole: Tuned, base: Path, tmp_path: Path) -> None:
    folder = whole.folder.parent
    write_pictures(tmp_path / "bars")
    again = train(folder, config(tmp_path / "bars"), silent(), base)  # the same pictures elsewhere
    assert again.looks == whole.looks
    with pytest.raises(OptionError, match="another configuration"):
        train(folder, config(tmp_path / "bars", seed=3), silent(), base)
    (tmp_path / "bars" / "00.txt").write_text("something else")
    with pytest.raises(OptionError, match="another configuration"):
        train(folder, config(tmp_path / "bars"), silent(), base)


def test_wrong_pictures_are_told_before_anything_is_written(base: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        train(tmp_path / "run", config(tmp_path / "nothing"), silent(), base)
    assert not (tmp_path / "run").exists()


def test_configurations_are_checked(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text('pictures = "a"\nsteps = 7\naside = 0.2\n', encoding="utf-8")
    assert read_config(tmp_path / "run.toml", {"steps": 9}) == Config("a", steps=9, aside=0.2)
    for wrong, said in (
        ({"steps": 2.5}, "steps is 2.5: give a whole number from 1"),
        ({"learning_rate": 1.0}, "learning_rate is 1.0: give a number from 1e-07 to 0.01"),
        ({"epochs": 3}, "known are pictures, steps"),
        ({"aside": 0.9}, "0.05 to 0.5"),
    ):
        with pytest.raises(OptionError, match=said):
            read_config(None, wrong)
