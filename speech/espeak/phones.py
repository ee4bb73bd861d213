"""IPA for eSpeak NG, which takes pronunciations only in phone names of its own that differ from voice to voice.

Every voice is asked once how the names that there are sound in it: each is spoken before a neighbour, and the IPA that
the synthesiser reports for it is written down.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache

from speech.espeak.library import Sound, synthesise
from speech.phones import VOWELS, is_phone

__all__ = ["pronunciation"]

_CONSONANTS = (
    'p b t d k g m n N f v s z S Z T D h l r j w x X Q C c J n^ l^ tS dZ ts dz tS; S; z; * r- R r" ? L l# B '
    "t; d; s; m; n; t[ d[ n. s. l. w#"
)
_VOWELS = (
    'i i: I E e e: a a: A A: O O: o o: u u: U V V# @ @2 3 3: y y: Y Y: W W: 8 & & 0 a# E: u" I^ '
    "aI aU eI OI oU e@ i@ U@ aI@ aU@ E~ A~ O~ W~ ai au"
)
# Phone → like phones, nearest first; the first that a voice has stands for it.
_NEAREST = {
    "ɹ": "rɾʁ", "r": "ɾɹʁ", "ɾ": "rɹd", "ʁ": "rʀɾɹ", "ʀ": "ʁrɹ", "ɻ": "ɹr", "l": "ɭɫ", "ɫ": "lɭ", "ɭ": "lɫ", "ʎ": "l",
    "ɲ": "n", "ŋ": "n", "θ": "sf", "ð": "zv", "ɬ": "l", "χ": "xh", "x": "χh", "h": "xɣ", "ɣ": "ɡx", "ç": "ʃx", "ɕ": "ʃ",
    "ʑ": "ʒ", "ʂ": "ʃ", "ʐ": "ʒ", "ʃ": "ɕs", "ʒ": "ʑz", "ʋ": "vw", "β": "vb", "w": "uv", "v": "ʋwf", "c": "k", "ɟ": "ɡ",
    "b": "p", "d": "t", "ɡ": "k", "z": "s", "ɸ": "f", "ɥ": "jy", "j": "i", "a": "ɑæɐʌ", "æ": "aɛɑ", "ɐ": "əaʌ",
    "ɑ": "aɔ", "ʌ": "ɐaə", "ɒ": "ɔɑo", "ɔ": "oɒɑ", "o": "ɔʊ", "ɛ": "eæ", "e": "ɛɪ", "ɜ": "əɛ", "ɚ": "ɜəɹ", "ə": "ʌɐɵa",
    "ɘ": "ə", "ɤ": "oʌ", "ɪ": "iɨ", "i": "ɪ", "ᵻ": "ɪi", "ɨ": "yɪi", "ɯ": "uɨ", "y": "ʏiu", "ʏ": "yɪ", "ø": "œeɵ",
    "œ": "øɛ", "ɵ": "øo", "ʉ": "uy", "ʊ": "u", "u": "ʊ",
}  # fmt: skip
_STRESS = {"ˈ": "'", "ˌ": ","}
_TIE = {ord(mark): None for mark in "͜͡."}
_PACE = 2.0
_NO_IPA = frozenset('^"#;-.~*')  # what the library leaves of a name that it has no IPA for


def pronunciation(ipa: str, voice: str) -> tuple[str, str]:
    """``ipa`` as text for :func:`~speech.espeak.library.synthesise` with SSML, and the phones that ``voice``
    (the library's name) lacks, for which near ones stand."""
    names = _sounds(voice)
    said: list[str] = []
    lacking: dict[str, None] = {}
    stress, rest = "", unicodedata.normalize("NFD", ipa).translate(_TIE)
    while rest:
        phone = _longest(rest, names)
        rest = rest[len(phone) :]
        stress = _STRESS.get(phone, stress)
        name = _name(phone, names)
        if phone == " ":
            said.append("||")
        elif name:
            said.append((stress if phone[0] in VOWELS else "") + name)
            stress = "" if phone[0] in VOWELS else stress
        if phone not in names and is_phone(phone[0]):
            lacking[unicodedata.normalize("NFC", phone)] = None
    return f"[[{'|'.join(said)}]]", " ".join(lacking)


def _name(phone: str, names: Mapping[str, str]) -> str:
    """The voice's name of ``phone`` or of the nearest that it has; empty where there is none, and for marks."""
    bare = phone[0]
    near = (phone, bare, *_NEAREST.get(unicodedata.normalize("NFC", phone), ""), *_NEAREST.get(bare, ""))
    return next((names[like] for like in near if like in names), "")


def _longest(text: str, names: Mapping[str, str]) -> str:
    """The longest phone of the voice that ``text`` begins with, else its first character with its marks."""
    marks = next((at for at, mark in enumerate(text[1:], 1) if not unicodedata.combining(mark)), len(text))
    return next((text[:length] for length in range(4, marks - 1, -1) if text[:length] in names), text[:marks])


@lru_cache(maxsize=32)
def _sounds(voice: str) -> dict[str, str]:
    """IPA → name of every phone that the voice can make; where two names sound alike, the commoner one."""
    frames = {f"{name}a": name for name in _CONSONANTS.split()}
    frames |= {f"{name}p": name for name in _VOWELS.split()}
    text, starts = "", []
    for frame in frames:
        starts.append(len(text))
        text += f"[[{frame}]] . "
    found: dict[str, str] = {}
    heard = _heard(synthesise(text, voice, _PACE, 0, True), starts)
    for name, phones in zip(frames.values(), heard, strict=True):
        ipa = unicodedata.normalize("NFD", "".join(phones[:-1])).translate({ord(mark): None for mark in _STRESS})
        if ipa and not set(ipa) & _NO_IPA:
            found.setdefault(ipa, name)
    return found


def _heard(sound: Sound, starts: list[int]) -> list[list[str]]:
    """The IPA of the phones of each word that begins at a character of ``starts``."""
    begins = [event.sample for event in sound.words]
    words = [bisect_right(starts, event.position) - 1 for event in sound.words]
    heard: list[list[str]] = [[] for _ in starts]
    for event in sound.phones:
        at = bisect_right(begins, event.sample) - 1
        if at >= 0 and event.ipa.strip("_: ˈˌ"):
            heard[words[at]].append(event.ipa)
    return heard
