"""Sentences that say what a drawn scene shows: a family, a tone of light or colour, and how people would put it.

One pair of family caption and tone in eight is held out: no sentence of it is trained on, and it serves to measure
whether the model learned the words or the list.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

from motion.scenes.families import FAMILIES

__all__ = ["Sentence", "held_out_sentences", "training_sentences"]

_FORMS = (
    "{scene}, {tone}",
    "{tone}, {scene}",
    "{scene} in {tone}",
    "a photo of {scene}, {tone}",
    "{scene} background, {tone}",
    "a beautiful view of {scene} with {tone}",
    "blurred {scene} behind a speaker, {tone}",
)
_PLAIN = ("{scene}", "a picture of {scene}", "calm {scene} as a backdrop")
_HELD_OUT = 8


@dataclass(frozen=True)
class Sentence:
    """``text`` speaks of ``family`` in ``tone``, both names of ``FAMILIES``."""

    text: str
    family: str
    tone: str


@functools.cache
def training_sentences() -> tuple[Sentence, ...]:
    """Every sentence that may be trained on, family by family."""
    return tuple(sentence for sentence, held in _sentences() if not held)


@functools.cache
def held_out_sentences() -> tuple[Sentence, ...]:
    """The sentences of the pairs that are never trained on."""
    return tuple(sentence for sentence, held in _sentences() if held)


def _sentences() -> list[tuple[Sentence, bool]]:
    found = []
    for family in FAMILIES.values():
        for scene in family.captions:
            for tone in family.tones:
                held = _is_held_out(family.name, scene, tone)
                texts = [form.format(scene=scene, tone=tone) for form in _FORMS]
                if tone == family.usual:
                    texts += [form.format(scene=scene) for form in _PLAIN]
                found += [(Sentence(text, family.name, tone), held) for text in texts]
    return found


def _is_held_out(family: str, scene: str, tone: str) -> bool:
    digest = hashlib.sha256(f"{family}|{scene}|{tone}".encode()).digest()
    return digest[0] % _HELD_OUT == 0
