"""The shipped weights: complete, small enough, and judged to draw what they are asked for."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from avatar.core.progress import silent
from motion.engines.embedded import WEIGHTS
from motion.generator import dataset
from motion.generator.captions import training_sentences
from motion.generator.codec import Codec
from motion.generator.model import Generator
from motion.judge import TRIAL_SEED, Judge, accuracy, examples
from motion.scenes.families import FAMILIES
from motion.trials.trial import Trial, Wish, wishes

_LISTED = tuple(Wish(name, name, FAMILIES[name].usual) for name in list(FAMILIES)[::4])


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.load(WEIGHTS / "judge.safetensors")


def test_the_release_is_complete_and_small() -> None:
    files = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 30_000_000
    gates = json.loads((WEIGHTS / "gates.json").read_text(encoding="utf-8"))
    assert all({"name", "value", "bound", "n", "held"} <= set(gate) for gate in gates)
    card = (WEIGHTS / "README.md").read_text(encoding="utf-8")
    assert card.count("| yes |") == sum(gate["held"] for gate in gates) >= 10


def test_the_judge_knows_drawn_scenes(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "training_sentences", lambda: training_sentences()[::40])
    dataset._about.cache_clear()
    drawn = examples(Codec.load(WEIGHTS / "codec.safetensors"), 28, TRIAL_SEED, silent())
    dataset._about.cache_clear()
    family, both = accuracy(judge, drawn)
    assert family > 0.9
    assert both > 0.8


def test_what_is_shown_is_what_was_asked_for(judge: Judge) -> None:
    told = judge.judge(Trial(Generator.load(WEIGHTS), judge, {}).shown(_LISTED))
    assert np.mean([seen == wish.family for seen, wish in zip(told.family_names, _LISTED, strict=True)]) > 0.8
    assert torch.isfinite(told.families).all()


def test_what_the_network_makes_alone_is_of_the_same_family(judge: Judge) -> None:
    listed = wishes("captions")[::64]
    told = judge.judge(Trial(Generator.load(WEIGHTS), judge, {}).alone(listed))
    assert told.family_names == [wish.family for wish in listed]
