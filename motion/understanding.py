"""From a sentence embedding to a scene: which family, which light and colours, which mood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from avatar.core.reasons import Message
from motion.anchors import MOODS, anchors
from motion.learned import Learned
from motion.rotation import Plane
from motion.scenes.families import FAMILIES, Family

__all__ = [
    "READ_AS",
    "Understood",
    "family_of",
    "moods_of",
    "pull",
    "reading_note",
    "tone_scores",
    "understand",
    "words_of",
]

READ_AS = "read as: "
"""How every reading of a prompt begins."""
_A_GUESS = " (a guess)"
_FAR = 0.3

_SURE = 0.45
_NEAREST = 5
_WORD = 0.14
_USUAL = 0.05


@dataclass(frozen=True)
class Understood:
    """A prompt as the painter sees it: unit ``vector`` [384] (pulled to what is known), ``family``, and the words that
    name a tone (``words``); ``closeness`` is the cosine of the nearest caption, ``reading`` is for the user.
    ``learned``: whether somebody's own pictures are meant and no drawn scene; ``plane``: in which their captions differ
    most around the vector."""

    vector: np.ndarray
    family: str
    words: tuple[str, ...]
    closeness: float
    reading: str
    learned: bool = False
    plane: Plane | None = None

    @property
    def far(self) -> bool:
        """Whether no scene is really like the prompt."""
        return self.closeness < _FAR


def understand(english: str, vector: np.ndarray, learned: Learned | None = None) -> Understood:
    """Read a prompt by its text and embedding; where a caption that was ``learned`` is nearer than every drawn scene in
    every light it is that which is meant."""
    words = words_of(english)
    family, closeness = family_of(vector, words)
    if learned is not None and learned.nearest(vector)[1] >= _nearest_drawn(vector, words):
        return _own(family, words, vector, learned)
    pulled = pull(vector, family, closeness)
    reading = _reading(family, pulled, words, closeness)
    return Understood(pulled, family.name, words, closeness, reading)


def _own(family: Family, words: tuple[str, ...], vector: np.ndarray, learned: Learned) -> Understood:
    caption, closeness = learned.nearest(vector)
    pulled = learned.pulled(vector)
    reading = f"{READ_AS}{caption}{'' if closeness >= _FAR else _A_GUESS}"
    return Understood(pulled, family.name, words, closeness, reading, True, learned.plane(pulled))


def words_of(english: str, numbers: bool = False) -> tuple[str, ...]:
    """The words of a prompt in lower case without accents, and its ``numbers`` where they are asked for."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", english) if not unicodedata.combining(letter))
    return tuple(re.findall(r"[a-z]+|[0-9]+" if numbers else r"[a-z]+", plain.lower()))


def family_of(vector: np.ndarray, words: tuple[str, ...] = ()) -> tuple[Family, float]:
    """The family whose caption is nearest, and that cosine; a word of the family's own name counts a little extra."""
    best: tuple[float, float, Family] | None = None
    for family in FAMILIES.values():
        cosine = float((anchors().of(list(family.captions)) @ vector).max())
        score = cosine + _named(family, words)
        if best is None or score > best[0]:
            best = (score, cosine, family)
    if best is None:
        raise ValueError("there are no families")
    return best[2], best[1]


def _named(family: Family, words: tuple[str, ...]) -> float:
    named = _stems(words) & _stems(tuple(re.findall(r"[a-z]+", family.name)))
    return 0.08 * min(len(named), 2)


def _nearest_drawn(vector: np.ndarray, words: tuple[str, ...]) -> float:
    """How near the nearest drawn scene is, alone or in one of its lights, which captions of pictures have too."""
    return max(float((_known(family) @ vector).max()) + _named(family, words) for family in FAMILIES.values())


def _known(family: Family) -> np.ndarray:
    return anchors().of([*family.captions, *(f"{family.name}, {phrase}" for phrase in family.tones)])


def pull(vector: np.ndarray, family: Family, closeness: float) -> np.ndarray:
    """Move a vector that is far from every caption towards the nearest captions of its family; unit length."""
    share = float(np.clip((_SURE - closeness) / _SURE, 0.0, 0.7))
    known = _known(family)
    nearest = known[np.argsort(known @ vector)[-_NEAREST:]].mean(axis=0)
    moved = (1.0 - share) * vector + share * nearest / np.linalg.norm(nearest)
    return (moved / np.linalg.norm(moved)).astype(np.float32)


def tone_scores(vectors: np.ndarray, family: Family, words: tuple[str, ...]) -> np.ndarray:
    """How much more than the family's own name ``vectors`` [..., 384] speak for each tone: [..., tones].

    Words that name a tone add to it, and so does being the usual one.
    """
    phrases = list(family.tones)
    scenes = anchors().of([f"{family.name}, {phrase}" for phrase in phrases])
    plain = anchors().of(phrases)
    named = np.array([_WORD * bool(_stems(words) & _stems(tuple(re.findall(r"[a-z]+", p)))) for p in phrases])
    usual = np.array([_USUAL * (phrase == family.usual) for phrase in phrases])
    compared = (0.6 * scenes + 0.4 * plain).T
    return (vectors - anchors().vectors[family.name]) @ compared + named + usual


def moods_of(vectors: np.ndarray) -> dict[str, np.ndarray]:
    """Each mood -1..1 for ``vectors`` [..., 384]."""
    found = {}
    for name, pair in MOODS.items():
        towards, away = anchors().of(list(pair))
        found[name] = np.tanh(5.0 * (vectors @ towards - vectors @ away))
    return found


def _stems(words: tuple[str, ...]) -> set[str]:
    return {word.rstrip("s") for word in words if len(word) > 2}


def _reading(family: Family, vector: np.ndarray, words: tuple[str, ...], closeness: float) -> str:
    tone = list(family.tones)[int(np.argmax(tone_scores(vector, family, words)))]
    opposites = {"bright": "dark", "warm": "cold", "misty": "clear", "vivid": "muted", "calm": "dramatic"}
    moods = {name: float(value) for name, value in moods_of(vector).items()}
    strongest = max(moods, key=lambda name: abs(moods[name]))
    mood = strongest if moods[strongest] > 0 else opposites[strongest]
    told = f"{READ_AS}{family.name}, {tone}"
    told = told if mood in tone or abs(moods[strongest]) < 0.6 else f"{told}, {mood}"
    return told if closeness >= _FAR else f"{told}{_A_GUESS}"


def reading_note(reading: str) -> Message:
    """What a finished video says of the ``reading`` of its backdrop."""
    place = reading.removeprefix(READ_AS).replace(_A_GUESS, "")
    return Message("backdrop_guessed" if _A_GUESS in reading else "backdrop_read", reading=reading, place=place)
