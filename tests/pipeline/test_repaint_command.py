"""``govorun repaint`` with a tiny model of random weights: what is kept, what is refused, and the face after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.face.kept import kept_mask, moved_by
from avatar.face.photo import load_photo, preflight
from orchestrator.cli import main

_QUICK = ["--steps", "4", "--side", "64", "--strength", "0.5"]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(float)


def test_what_is_around_a_kept_face_is_repainted(
    diffusion_models: dict[str, Path], portrait_png: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new" / "painted.png"
    words = ["repaint", str(portrait_png), "oil painting", "--model", str(diffusion_models["sd1"]), "--keep", "face"]
    assert main.run([*words, *_QUICK, "-o", str(output)]) == 0
    assert "the face moved by" in capsys.readouterr().out
    before, after = pixels(portrait_png), pixels(output)
    assert after.shape == before.shape
    found = preflight(load_photo(portrait_png))
    assert found.landmarks is not None
    kept = kept_mask(found.landmarks, before.shape[:2], "face")
    change = np.abs(after - before).mean(axis=2)
    assert change[kept > 0.99].max() <= 1.0
    assert change[kept < 0.01].mean() > 10.0
    assert not preflight(load_photo(output)).problems


def test_a_face_that_is_gone_is_told_and_nothing_is_written(
    diffusion_models: dict[str, Path], portrait_png: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "painted.png"
    words = ["repaint", str(portrait_png), "oil painting", "--model", str(diffusion_models["sd1"]), "--keep", "nothing"]
    assert main.run([*words, *_QUICK, "-o", str(output)]) == 4
    assert "smaller --strength" in capsys.readouterr().err
    assert not output.exists()


def test_eyes_and_mouth_are_kept_and_the_nose_is_not(portrait_png: Path) -> None:
    found = preflight(load_photo(portrait_png)).landmarks
    assert found is not None
    kept = kept_mask(found, (512, 512))
    at = lambda place: kept[int(found[place, 1]), int(found[place, 0])]  # noqa: E731
    assert min(at(468), at(473), at(13)) > 0.95
    assert max(at(50), at(280), at(10)) < 0.1  # cheeks and forehead
    assert kept_mask(found, (512, 512), "nothing").max() == 0.0
    aside = found + np.array([3.0, 0.0, 0.0], np.float32)
    assert moved_by(found, aside) == pytest.approx(3.0 / np.linalg.norm((found[33] - found[263])[:2]), rel=0.2)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--strength", "0"], "0.1 to 1"),
        (["--keep", "hair"], "features, face, nothing"),
        (["--face", "middle"], "largest"),
        (["--model", "no model"], "no folder"),
    ],
)
def test_bad_input_is_one_sentence(
    more: list[str], told: str, portrait_png: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["repaint", str(portrait_png), "oil", "-o", str(tmp_path / "a.png"), *more]) == 2
    shown = capsys.readouterr().err
    assert told in shown and shown.count("\n") == 1
