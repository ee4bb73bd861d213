"""Japanese as it is read: kanji and figures become katakana, by Open JTalk's dictionary (the extra ``japanese``)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from avatar.core.errors import VoiceError
from avatar.core.reasons import Message
from speech.text.near import Near

__all__ = ["read_japanese"]

_KANJI = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_JAPANESE = re.compile("[\u3040-\u30ff\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff0-9０-９]")


def read_japanese(near: Near) -> str:
    """The katakana of a written word; VoiceError where it has kanji that nothing here reads."""
    word = near.core()
    if not _JAPANESE.search(word):
        return word
    reading = _reader()
    if reading is not None:
        return reading(word).strip()
    if _KANJI.search(word):
        raise VoiceError(Message("kanji_unread", letters=word[:20]))
    return word


@lru_cache(maxsize=1)
def _reader() -> Callable[[str], str] | None:
    """What turns Japanese into katakana; None where it is not installed."""
    try:
        from haqumei import Haqumei  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return None
    reading: Callable[[str], str] = Haqumei().g2k
    return reading
