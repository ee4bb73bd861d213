"""A picture in another look: what the model is asked, and how what is kept is laid over what it painted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from avatar.core.errors import EngineError
from avatar.core.progress import Progress, silent
from motion import repaint
from motion.drift import generator_for
from motion.engines.diffusion_weights import Loading
from motion.repaint import Look, repainted

PICTURE = np.random.default_rng(0).integers(0, 255, (48, 96, 3), dtype=np.uint8)


class Painter:
    """Stands for a pipeline: remembers what it was asked, calls back ``steps`` times, paints one grey."""

    unet = SimpleNamespace(config=SimpleNamespace(sample_size=8))
    vae_scale_factor = 8

    def __init__(self, grey: int = 100, steps: int = 3, full: bool = False) -> None:
        self.asked: dict[str, Any] = {}
        self._grey, self._steps, self._full = grey, steps, full

    def __call__(self, **asked: Any) -> SimpleNamespace:
        self.asked = asked
        if self._full:
            raise torch.OutOfMemoryError("full")
        for step in range(self._steps):
            kept = {"latents": step}
            assert asked["callback_on_step_end"](self, step, 0, kept) is kept
        size = (asked["width"], asked["height"])
        return SimpleNamespace(images=[Image.new("L", size, self._grey), Image.new("L", size, 0)])


def painted(
    monkeypatch: pytest.MonkeyPatch, painter: Painter, kept: np.ndarray, look: Look, progress: Progress | None = None
) -> np.ndarray:
    def loaded(model: str, loading: Loading) -> Painter:
        assert (model, loading) == ("m", Loading("cuda:7"))
        return painter

    monkeypatch.setattr(repaint, "_loaded", loaded)
    return repainted(PICTURE, kept, look, "m", Loading("cuda:7"), progress or silent())


def test_the_look_is_asked_of_the_model_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    painter = Painter()
    look = Look("oil", "blur", 0.3, 21, 4.5, 32, 9)
    painted(monkeypatch, painter, np.zeros((48, 96), np.float32), look)
    asked = painter.asked
    assert (asked["prompt"], asked["negative_prompt"]) == ("oil", "blur")
    assert (asked["strength"], asked["num_inference_steps"], asked["guidance_scale"]) == (0.3, 21, 4.5)
    assert (asked["height"], asked["width"]) == (24, 48)
    assert asked["image"].size == asked["mask_image"].size == (48, 24)
    number = int(generator_for(9, "repaint").integers(2**62))
    wanted = torch.randn(4, generator=torch.Generator("cpu").manual_seed(number))
    assert torch.equal(torch.randn(4, generator=asked["generator"]), wanted)


def test_a_look_without_more_words_is_the_usual_one() -> None:
    assert Look("oil") == Look("oil", None, 0.45, 40, 7.0, 0, 0)


def test_the_usual_side_is_that_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    painter = Painter()
    painted(monkeypatch, painter, np.zeros((48, 96), np.float32), Look("oil"))
    assert (painter.asked["width"], painter.asked["height"]) == (88, 48)


def test_what_is_kept_is_hidden_from_the_painter_and_laid_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = np.zeros((48, 96), np.float32)
    kept[:, 32:64], kept[:, 64:] = 0.5, 1.0
    painter = Painter(grey=100)
    found = painted(monkeypatch, painter, kept, Look("oil", side=32))
    assert (found.shape, found.dtype) == ((48, 96, 3), np.uint8)
    assert (found[:, :32] == 100).all()
    assert np.array_equal(found[:, 32:64], np.round(50.0 + 0.5 * PICTURE[:, 32:64]).astype(np.uint8))
    assert np.array_equal(found[:, 64:], PICTURE[:, 64:])
    hidden = np.asarray(painter.asked["mask_image"])
    assert [int(hidden[12, k]) for k in (2, 20, 45)] == [255, 127, 0]
    given = np.asarray(painter.asked["image"], float)
    assert given.mean() == pytest.approx(PICTURE.mean(), abs=1.5) and given.std() < 0.8 * PICTURE.std()


def test_progress_counts_the_steps_that_the_strength_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[float, str]] = []
    sink = Progress(lambda fraction, message: told.append((round(fraction, 4), message)))
    painted(monkeypatch, Painter(steps=5), np.zeros((48, 96), np.float32), Look("oil", None, 0.4, 10), sink)
    steps = [(round(0.1 + 0.85 * k, 4), "repainting") for k in (0.25, 0.5, 0.75, 1.0, 1.0)]
    assert told == [(0.0, "loading the model"), *steps, (1.0, "repainted")]


def test_memory_that_does_not_suffice_is_told_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match="ran out of memory on cuda:7: try a smaller --side"):
        painted(monkeypatch, Painter(full=True), np.zeros((48, 96), np.float32), Look("oil"))


@pytest.mark.parametrize(
    ("wide", "high", "side", "size"),
    [(96, 96, 64, (64, 64)), (192, 48, 64, (128, 32)), (48, 192, 64, (32, 128)), (16, 9, 512, (680, 384)),
     (9000, 1, 16, (1520, 8)), (1, 9000, 16, (8, 1520))],
)  # fmt: skip
def test_a_picture_is_painted_in_its_own_shape(wide: int, high: int, side: int, size: tuple[int, int]) -> None:
    assert repaint._size(wide, high, side) == size
