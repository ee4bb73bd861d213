"""What the generator is measured with: fixed prompts, and measures that tell good pictures from bad ones."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from motion.generator.captions import training_sentences
from motion.scenes.families import FAMILIES
from motion.trials import measures
from motion.trials.gates import Gate
from motion.trials.trial import readable, wishes


@pytest.mark.parametrize(("name", "least"), [("captions", 200), ("english", 200), ("russian", 60)])
def test_the_lists_are_long_and_speak_of_every_family(name: str, least: int) -> None:
    listed = wishes(name)
    assert len({wish.prompt for wish in listed}) == len(listed) >= least
    assert set(Counter(wish.family for wish in listed)) == set(FAMILIES)
    assert all(not wish.tone or wish.tone in FAMILIES[wish.family].tones for wish in listed)
    assert sum(readable(wish.prompt) for wish in listed) > 0.95 * least


def test_no_listed_prompt_was_trained_on() -> None:
    trained = {sentence.text.lower() for sentence in training_sentences()}
    assert not {wish.prompt.lower() for name in ("captions", "english") for wish in wishes(name)} & trained


def test_block_texture_is_seen() -> None:
    smooth = torch.linspace(0, 1, 64).expand(2, 3, 48, 64)
    tiles = torch.nn.functional.interpolate(torch.rand(2, 3, 6, 8), scale_factor=8, mode="nearest")
    assert measures.block_edges(smooth + 0.1 * smooth.transpose(2, 3).mean()) == pytest.approx(1.0, abs=0.05)
    assert measures.block_edges(0.8 * smooth + 0.2 * tiles) > 1.5


def test_jumps_are_seen() -> None:
    even = torch.linspace(0, 1, 20)[:, None, None, None].expand(20, 3, 16, 16).clone()
    assert measures.unevenness(even) == pytest.approx(1.0, abs=0.01)
    even[10:] += 0.1
    assert measures.unevenness(even) > 2.0


def test_noise_lowers_likeness() -> None:
    picture = torch.rand(1, 3, 32, 32)
    little, much = (picture + amount * torch.randn(1, 3, 32, 32) for amount in (0.01, 0.1))
    assert measures.decibels(little, picture) > 38.0 > measures.decibels(much, picture)
    assert measures.neighbour_ssim(torch.cat([picture, little])) > measures.neighbour_ssim(torch.cat([picture, much]))


def test_a_gate_knows_its_side() -> None:
    assert Gate("least", 0.9, 0.8, 5).held
    assert not Gate("least", 0.7, 0.8, 5).held
    assert Gate("most", 1.1, 1.2, 5, least=False).held
    assert not Gate("most", 1.3, 1.2, 5, least=False).held
