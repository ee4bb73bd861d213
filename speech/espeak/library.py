"""eSpeak NG through its C library: one caller at a time, and the same text always gives the same sound.

The library keeps its state in global variables, and some of it (filters, noise, pitch flutter) lives on from one text
to the next. So each call loads the library afresh, which takes about a millisecond, and unloads it after.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from avatar.core.errors import EngineError, MissingEngine, VoiceError

__all__ = ["PhoneEvent", "Sound", "WordEvent", "installed_voices", "library_version", "mnemonics", "synthesise"]

_RETRIEVAL, _PHONEME_EVENTS, _PHONEME_IPA, _DONT_EXIT = 1, 0x0001, 0x0002, 0x8000
_BY_CHARACTER, _UTF8, _SSML, _PHONES_IN_TEXT = 1, 1, 0x10, 0x100
_LIST_END, _WORD, _PHONEME = 0, 1, 7
_RATE, _NORMAL_RATE = 1, 165
_LOCK = threading.Lock()


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.POINTER(ctypes.c_char)),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True)
class PhoneEvent:
    """A phone (IPA, with its marks; empty at a pause) begins at ``sample``."""

    sample: int
    ipa: str


@dataclass(frozen=True)
class WordEvent:
    """The word at character ``position`` (from 0) of the text begins at ``sample``."""

    sample: int
    position: int


@dataclass
class Sound:
    """``samples`` float32 [n] at ``rate`` Hz with the events of the synthesiser."""

    samples: np.ndarray
    rate: int
    phones: list[PhoneEvent] = field(default_factory=list)
    words: list[WordEvent] = field(default_factory=list)


@contextmanager
def _library() -> Iterator[tuple[ctypes.CDLL, int]]:
    """The library in its first state and its sample rate; nobody else has it meanwhile."""
    with _LOCK:
        calls, data = _load()
        rate = calls.espeak_Initialize(_RETRIEVAL, 0, data.encode(), _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT)
        try:
            if rate <= 0:
                raise EngineError("eSpeak NG did not start: its data folder is damaged, install espeakng-loader again.")
            yield calls, rate
        finally:
            calls.espeak_Terminate()
            _unload(calls)


def _load() -> tuple[ctypes.CDLL, str]:
    try:
        import espeakng_loader
    except ImportError as error:
        raise MissingEngine("eSpeak NG is not installed: pip install espeakng-loader.") from error
    try:
        return ctypes.CDLL(espeakng_loader.get_library_path()), espeakng_loader.get_data_path()
    except (OSError, RuntimeError) as error:
        raise MissingEngine(f"The library of eSpeak NG cannot be loaded: {error}.") from error


def _unload(calls: ctypes.CDLL) -> None:
    import _ctypes

    if sys.platform == "win32":
        _ctypes.FreeLibrary(calls._handle)
    else:
        _ctypes.dlclose(calls._handle)


@lru_cache(maxsize=1)
def library_version() -> str:
    """Version of the C library."""
    with _library() as (calls, _):
        calls.espeak_Info.restype = ctypes.c_char_p
        return str(calls.espeak_Info(None).decode().split()[0])


@lru_cache(maxsize=1)
def installed_voices() -> tuple[tuple[str, str], ...]:
    """(language code, the library's own name) of every voice whose dictionary is here and that needs no other
    synthesiser, sorted by code."""
    found: dict[str, str] = {}
    dictionaries = _dictionaries()
    with _library() as (calls, _):
        calls.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        listed = calls.espeak_ListVoices(None)
        index = 0
        while listed[index]:
            voice = listed[index].contents
            code = ctypes.string_at(ctypes.addressof(voice.languages.contents) + 1).decode()
            identifier = voice.identifier.decode()
            if not identifier.startswith("mb") and identifier.split("/")[-1].split("-")[0].lower() in dictionaries:
                found.setdefault(code, identifier)
            index += 1
    return tuple(sorted(found.items()))


def _dictionaries() -> frozenset[str]:
    import espeakng_loader

    return frozenset(p.name.removesuffix("_dict") for p in Path(espeakng_loader.get_data_path()).glob("*_dict"))


def mnemonics(words: Sequence[str], voice: str) -> list[str]:
    """How the library would say each of ``words`` alone, in its own phone names; voice as for :func:`synthesise`."""
    found = []
    with _library() as (calls, _):
        _choose_voice(calls, voice)
        calls.espeak_TextToPhonemes.restype = ctypes.c_char_p
        for word in words:
            rest = ctypes.c_char_p(word.encode())
            parts = []
            while rest:
                parts.append((calls.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, 0) or b"").decode())
            found.append(" ".join(part for part in parts if part))
    return found


def synthesise(text: str, voice: str, pace: float, seed: int, ssml: bool = False) -> Sound:
    """Speak ``text`` with the library's ``voice`` (see :func:`installed_voices`), ``pace`` times its normal rate.

    With ``ssml`` its marks and phones in [[ ]] are understood.
    """
    heard = _Listener()
    callback = _Callback(heard)
    encoded = text.encode()
    with _library() as (calls, rate):
        _prepare(calls, voice, pace, seed, callback)
        flags = _UTF8 | (_SSML | _PHONES_IN_TEXT if ssml else 0)
        length = ctypes.c_size_t(len(encoded) + 1)
        status = calls.espeak_Synth(ctypes.c_char_p(encoded), length, 0, _BY_CHARACTER, 0, flags, None, None)
        calls.espeak_Synchronize()
    if status != 0:
        raise EngineError(f"eSpeak NG refused the text (status {status}).")
    sound = np.concatenate(heard.blocks) if heard.blocks else np.zeros(0, np.int16)
    return Sound(sound.astype(np.float32) / 32768.0, rate, heard.phones, heard.words)


def _prepare(calls: ctypes.CDLL, voice: str, pace: float, seed: int, callback: object) -> None:
    _choose_voice(calls, voice)
    calls.espeak_SetParameter(_RATE, max(80, min(450, round(_NORMAL_RATE * pace))), 0)
    calls.espeak_ng_SetRandSeed(ctypes.c_long(seed))
    calls.espeak_SetSynthCallback(callback)


def _choose_voice(calls: ctypes.CDLL, voice: str) -> None:
    if calls.espeak_SetVoiceByName(voice.encode()) != 0:
        raise VoiceError(f"eSpeak NG has no voice {voice!r}: `govorun voices` lists them.")


class _Listener:
    """Collects what the synthesiser says while it speaks."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.phones: list[PhoneEvent] = []
        self.words: list[WordEvent] = []

    def __call__(self, wave: object, count: int, events: object) -> int:
        if wave and count > 0:
            self.blocks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while events[index].type != _LIST_END:  # type: ignore[index]
            self._take(events[index])  # type: ignore[index]
            index += 1
        return 0

    def _take(self, event: _Event) -> None:
        if event.type == _PHONEME:
            self.phones.append(PhoneEvent(event.sample, _text(event.id)))
        elif event.type == _WORD:
            self.words.append(WordEvent(event.sample, event.text_position - 1))


def _text(union: _Id) -> str:
    """The IPA of an event: at most eight bytes, cut by the library at any byte."""
    return bytes(union.string).decode("utf-8", "ignore")
