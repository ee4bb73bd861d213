"""Known English phones placed in a recording by the acoustic model of pocketsphinx (forced alignment)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from avatar.core.errors import EngineError, MissingEngine
from speech.recorded.alignment import FEATURE_HZ

__all__ = ["force"]

_LATE_S = 0.025
"""The model reports boundaries this much before the exact ones of a voice that knows them (median of 767 phones)."""

_PAIRS = {
    "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "əʊ": "OW", "ɔɪ": "OY", "tʃ": "CH", "dʒ": "JH",
}  # fmt: skip
_SINGLES = {
    "ɑ": "AA", "a": "AA", "ɒ": "AA", "æ": "AE", "ʌ": "AH", "ə": "AH", "ɐ": "AH", "ɔ": "AO", "o": "OW", "ɛ": "EH",
    "e": "EH", "ɚ": "ER", "ɜ": "ER", "ɪ": "IH", "ᵻ": "IH", "i": "IY", "ʊ": "UH", "u": "UW", "b": "B", "d": "D",
    "ɾ": "D", "ð": "DH", "f": "F", "ɡ": "G", "h": "HH", "k": "K", "x": "K", "l": "L", "ɫ": "L", "m": "M", "n": "N",
    "ŋ": "NG", "p": "P", "ɹ": "R", "r": "R", "s": "S", "ʃ": "SH", "t": "T", "ʔ": "T", "θ": "TH", "v": "V", "w": "W",
    "j": "Y", "z": "Z", "ʒ": "ZH",
}  # fmt: skip


def force(samples: np.ndarray, words: Sequence[Sequence[str]]) -> list[tuple[float, float]] | None:
    """Start and end in seconds of every phone of ``words`` (IPA, one list a word) in mono ``samples`` at 16 kHz.

    None where the model cannot bring words and sound together, or a phone is none of English.
    """
    spelled = [_spelled(word) for word in words]
    if not spelled or any(not word or any(unit is None for unit, _ in word) for word in spelled):
        return None
    aligned = _aligned(samples, [[str(unit) for unit, _ in word] for word in spelled])
    counts = [phones for word in spelled for _, phones in word]
    if aligned is None or len(aligned) != len(counts):
        return None
    placed = []
    for (start, end), phones in zip(aligned, counts, strict=True):
        edges = np.linspace(start, end, phones + 1)
        placed += [(float(a), float(b)) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    return placed


def _spelled(ipa: Sequence[str]) -> list[tuple[str | None, int]]:
    """ARPAbet units with the number of phones that each stands for (a diphthong is two)."""
    bare = ["".join(c for c in phone if c in _SINGLES)[:1] for phone in ipa]
    units: list[tuple[str | None, int]] = []
    index = 0
    while index < len(bare):
        pair = _PAIRS.get("".join(bare[index : index + 2]))
        units.append((pair, 2) if pair else (_SINGLES.get(bare[index]), 1))
        index += units[-1][1]
    return units


def _aligned(samples: np.ndarray, words: Sequence[Sequence[str]]) -> list[tuple[float, float]] | None:
    try:
        from pocketsphinx import Decoder, get_model_path
    except ImportError as error:
        raise MissingEngine("Aligning a recording needs pocketsphinx: pip install pocketsphinx.") from error
    folder = Path(get_model_path()) / "en-us"
    try:
        decoder = Decoder(
            hmm=str(folder / "en-us"), dict=os.devnull, lm=None, loglevel="FATAL",
            beam=1e-80, wbeam=1e-60, pbeam=1e-80,
        )  # fmt: skip
    except (RuntimeError, ValueError) as error:
        raise EngineError(f"pocketsphinx did not start: {error}.") from error
    for number, word in enumerate(words):
        decoder.add_word(_name(number), " ".join(word), number == len(words) - 1)
    decoder.set_align_text(" ".join(map(_name, range(len(words)))))
    sound = _sixteen_bits(samples)
    if not _decoded(decoder, sound) or decoder.hyp() is None:
        return None
    decoder.set_alignment()
    if not _decoded(decoder, sound):
        return None
    return [
        (phone.start / FEATURE_HZ + _LATE_S, (phone.start + phone.duration) / FEATURE_HZ + _LATE_S)
        for word in decoder.get_alignment()
        if word.name.startswith("govorun-")
        for phone in word
    ]


def _sixteen_bits(samples: np.ndarray) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def _name(number: int) -> str:
    return f"govorun-{number}"


def _decoded(decoder: object, sound: bytes) -> bool:
    """Whether the model found a way through ``sound``."""
    decoder.start_utt()  # type: ignore[attr-defined]
    decoder.process_raw(sound, full_utt=True)  # type: ignore[attr-defined]
    try:
        decoder.end_utt()  # type: ignore[attr-defined]
    except RuntimeError:  # what it says where no path reaches the last word
        return False
    return True
