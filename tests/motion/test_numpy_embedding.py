"""The sentence encoder against its formulas, and Russian prompts put into English word by word."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from avatar.core.errors import OptionError
from motion.embedding import (
    DIMENSION,
    Reading,
    _encode,
    _from_russian,
    _gelu,
    _layer,
    _model,
    _norm,
    embed,
    read_prompt,
)


def test_a_layer_is_attention_and_a_wide_step_as_torch_has_them() -> None:
    _, weights = _model()
    place = "encoder.layer.3."
    own = {
        name.removeprefix(place): torch.from_numpy(value) for name, value in weights.items() if name.startswith(place)
    }
    layer = torch.nn.TransformerEncoderLayer(384, 12, 1536, 0.0, "gelu", 1e-12, batch_first=True)
    parts = ("query", "key", "value")
    with torch.no_grad():
        for kind in ("weight", "bias"):
            joined = torch.cat([own[f"attention.self.{name}.{kind}"] for name in parts])
            getattr(layer.self_attn, f"in_proj_{kind}").copy_(joined)
            getattr(layer.self_attn.out_proj, kind).copy_(own[f"attention.output.dense.{kind}"])
            getattr(layer.linear1, kind).copy_(own[f"intermediate.dense.{kind}"])
            getattr(layer.linear2, kind).copy_(own[f"output.dense.{kind}"])
            getattr(layer.norm1, kind).copy_(own[f"attention.output.LayerNorm.{kind}"])
            getattr(layer.norm2, kind).copy_(own[f"output.LayerNorm.{kind}"])
        hidden = np.random.default_rng(0).standard_normal((5, 384)).astype(np.float32)
        wanted = layer.eval()(torch.from_numpy(hidden)[None])[0].numpy()
    assert np.allclose(_layer(hidden, weights, place), wanted, atol=2e-4)


def test_norms_and_bends_are_the_usual_ones() -> None:
    rows = np.array([[1.0, 3.0], [2.0, 2.0]])
    weights = {"n.weight": np.array([2.0, 1.0]), "n.bias": np.array([0.5, -0.5])}
    assert np.allclose(_norm(rows, weights, "n"), [[-1.5, 0.5], [0.5, -0.5]])
    for x in (-2.0, 0.0, 1.0):
        assert _gelu(np.array(x)) == pytest.approx(0.5 * x * (1.0 + math.erf(x / math.sqrt(2.0))))


def test_a_sentence_is_the_mean_of_six_layers_as_a_unit() -> None:
    tokenizer, weights = _model()
    ids = np.array(tokenizer.encode("calm ocean").ids)
    hidden = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.token_type_embeddings.weight"][0]
    hidden = _norm(
        hidden + weights["embeddings.position_embeddings.weight"][: len(ids)], weights, "embeddings.LayerNorm"
    )
    for layer in range(6):
        hidden = _layer(hidden, weights, f"encoder.layer.{layer}.")
    mean = hidden.mean(axis=0)
    assert np.allclose(_encode(ids, weights), mean / np.linalg.norm(mean), atol=1e-6)
    found = embed(["calm ocean", "snow"])
    assert found.shape == (2, DIMENSION) and np.allclose(found[0], mean / np.linalg.norm(mean), atol=1e-6)
    long = "sea " * 200
    assert np.allclose(embed([long])[0], embed(["sea " * 140])[0]) and not np.allclose(
        embed(["sea " * 120])[0], embed([long])[0]
    )


@pytest.mark.parametrize(
    ("prompt", "english", "unknown"),
    [
        ("  calm, ocean!  ", "calm ocean", ()),
        ("it's a well-lit café", "it's a well-lit café", ()),
        ("спокойный океан на закате", "calm ocean sunset", ()),
        ("Ёлка", read_prompt("елка").english, ()),
        ("ocean кракозябр 42", "ocean 42", ("кракозябр",)),
    ],
)
def test_prompts_are_read_word_by_word(prompt: str, english: str, unknown: tuple[str, ...]) -> None:
    assert read_prompt(prompt) == Reading(english, unknown)


@pytest.mark.parametrize("prompt", ["", "  !", "123", "на", "кракозябр"])
def test_a_prompt_without_a_word_is_told(prompt: str) -> None:
    with pytest.raises(OptionError) as raised:
        read_prompt(prompt)
    assert f"The backdrop prompt {prompt!r} has no English or Russian word for a scene" in str(raised.value)


def test_a_prompt_has_a_thousand_characters_at_most() -> None:
    assert len(read_prompt("a" * 1000).english) == 1000
    with pytest.raises(OptionError, match="has 1001 characters: describe the scene in at most 1000"):
        read_prompt("a" * 1001)
    with pytest.raises(OptionError) as raised:
        read_prompt("1" * 60)
    assert f"{'1' * 40!r} has no" in str(raised.value)


def test_the_longest_stem_is_taken_and_short_ones_only_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    lexicon = {"мор": "sea", "мороз": "frost", "ял": "boat", "и": "-", "при": "-", "лес=": "forest", "ах=": "-"}
    monkeypatch.setattr("motion.embedding._lexicon", lambda: lexicon)
    found = {word: _from_russian(word) for word in ("море", "морозный", "МОР", "ял", "яла", "и", "или", "природа")}
    assert found == {"море": "sea", "морозный": "frost", "МОР": "sea", "ял": "boat", "яла": None, "и": "",
                     "или": None, "природа": ""}  # fmt: skip
    assert (_from_russian("лес"), _from_russian("лесной"), _from_russian("ах"), _from_russian("ахнул")) == (
        "forest", None, "", None,
    )  # fmt: skip
