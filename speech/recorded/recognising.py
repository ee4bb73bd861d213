"""Phones of a recording whose words are not known, by the phone model of pocketsphinx (English sounds)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from avatar.core.errors import EngineError, MissingEngine
from avatar.core.progress import Progress, silent
from avatar.core.types import Phoneme
from speech.recorded.alignment import FEATURE_HZ, FEATURE_RATE, speech_frames
from speech.sound.mapped import let_go

__all__ = ["Sounds", "recognise"]

_LONGEST_STRETCH = 20 * FEATURE_HZ
_SHORTEST_PAUSE = 25
_BLOCK_S, _BESIDE_S = 60.0, 0.5

_IPA = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AY": "aɪ", "B": "b", "CH": "tʃ", "D": "d", "DH": "ð",
    "EH": "ɛ", "ER": "ɚ", "EY": "eɪ", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i", "JH": "dʒ", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "oʊ", "OY": "ɔɪ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ",
    "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
"""ARPAbet, as the CMU dictionary writes it."""


def recognise(samples: np.ndarray, progress: Progress) -> list[Phoneme]:
    """Phones heard in mono ``samples`` float32 [n] at 16 kHz, in time order; pauses have no entry."""
    phonemes: list[Phoneme] = []
    decoder = _decoder()
    stretches = list(_stretches(speech_frames(samples)))
    hop = FEATURE_RATE // FEATURE_HZ
    for number, (begin, end) in enumerate(stretches):
        progress(number / len(stretches), f"listening, {begin / FEATURE_HZ:.0f} s")
        part = np.clip(samples[begin * hop : end * hop] * 32767, -32768, 32767).astype(np.int16)
        let_go(samples)
        phonemes += _heard(decoder, part, begin / FEATURE_HZ)
    return phonemes


class Sounds:
    """The phones heard in ``samples`` at 16 kHz, recognised a minute at a time where somebody asks for them."""

    def __init__(self, samples: np.ndarray) -> None:
        self._samples = samples
        self._blocks: dict[int, list[Phoneme]] = {}

    def near(self, begin: float, end: float) -> list[Phoneme]:
        """Those whose middle lies between two times; none where the recogniser is not installed."""
        first, last = int(max(begin, 0.0) // _BLOCK_S), int(max(end, 0.0) // _BLOCK_S)
        inside = [phone for block in range(first, last + 1) for phone in self._block(block)]
        return [phone for phone in inside if begin <= (phone.start + phone.end) / 2 < end]

    def _block(self, block: int) -> list[Phoneme]:
        if block not in self._blocks:
            self._blocks = {number: phones for number, phones in self._blocks.items() if number >= block - 1}
            self._blocks[block] = list(self._heard(block * _BLOCK_S, (block + 1) * _BLOCK_S))
        return self._blocks[block]

    def _heard(self, begin: float, end: float) -> Iterator[Phoneme]:
        margin = max(0.0, begin - _BESIDE_S)
        part = np.array(self._samples[round(margin * FEATURE_RATE) : round((end + _BESIDE_S) * FEATURE_RATE)])
        try:
            phones = recognise(part, silent()) if len(part) else []
        except MissingEngine:
            phones = []
        moved = (replace(phone, start=phone.start + margin, end=phone.end + margin) for phone in phones)
        return (phone for phone in moved if begin <= (phone.start + phone.end) / 2 < end)


def _decoder() -> object:
    try:
        from pocketsphinx import Decoder, get_model_path
    except ImportError as error:
        raise MissingEngine("Recognising phones needs pocketsphinx: pip install pocketsphinx.") from error
    folder = Path(get_model_path()) / "en-us"
    try:
        return Decoder(
            hmm=str(folder / "en-us"), allphone=str(folder / "en-us-phone.lm.bin"), lm=None, lw=2.0, pip=0.3,
            beam=1e-20, pbeam=1e-10, allphone_ci=False, backtrace=False, loglevel="FATAL",
        )  # fmt: skip
    except (RuntimeError, ValueError) as error:
        raise EngineError(f"pocketsphinx did not start: {error}.") from error


def _stretches(speech: np.ndarray) -> Iterator[tuple[int, int]]:
    """Runs of speech with a margin, cut at pauses, and at the latest after twenty seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], speech.astype(np.int8), [0]])))
    begin, end = None, 0
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if begin is not None and (first - end > _SHORTEST_PAUSE or last - begin > _LONGEST_STRETCH):
            yield max(0, begin - 8), min(len(speech), end + 8)
            begin = None
        begin, end = (first if begin is None else begin), last
    if begin is not None:
        yield max(0, begin - 8), min(len(speech), end + 8)


def _heard(decoder: object, samples: np.ndarray, offset: float) -> Iterator[Phoneme]:
    decoder.start_utt()  # type: ignore[attr-defined]
    decoder.process_raw(samples.tobytes(), full_utt=True)  # type: ignore[attr-defined]
    decoder.end_utt()  # type: ignore[attr-defined]
    for segment in decoder.seg() or ():  # type: ignore[attr-defined]
        ipa = _IPA.get(segment.word)
        if ipa:
            start = offset + segment.start_frame / FEATURE_HZ
            end = offset + (segment.end_frame + 1) / FEATURE_HZ
            middle = (start + end) / 2
            if len(ipa) == 1:
                yield Phoneme(start, end, ipa)
            else:
                yield from (Phoneme(start, middle, ipa[0]), Phoneme(middle, end, ipa[1]))
