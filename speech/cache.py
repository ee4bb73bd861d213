"""Sentences that were spoken before: the finished piece by the hash of all that decides how it sounds.

What decides: the engine, its version, the voice and its weights, the options, and the utterance with everything about
its words but their place in the script. So an edited line is spoken again and the lines around it are not.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from avatar.core import artefacts
from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from avatar.core.types import Speech
from speech.engines.protocol import SpeechEngine
from speech.options import SpeechOptions
from speech.text.planning import Utterance
from speech.voices.places import cache_folder

__all__ = ["LIMIT_SETTING", "SentenceCache"]

_LOG = logging.getLogger(__name__)
_LAYOUT = 1
"""Counts up whenever Govorun itself makes another sound of the same utterance."""

LIMIT_SETTING = "GOVORUN_SENTENCE_CACHE_MB"
"""Environment variable: room for spoken sentences in megabytes; 0 keeps none."""

_DEFAULT_MB = 512
_PLACE = ("start", "end")


class SentenceCache:
    """Spoken pieces below the cache folder. Entries are written in one step; one that is damaged is made again."""

    def __init__(self, options: SpeechOptions) -> None:
        self._folder = (options.cache or cache_folder()) / "sentences"
        self._limit = _limit_bytes() if options.remember else 0
        self._grown = False

    def spoken(self, engine: SpeechEngine, utterance: Utterance, options: SpeechOptions, progress: Progress) -> Speech:
        """``utterance`` as ``engine`` speaks it, or spoke it before. Errors are those of the engine."""
        if not self._limit:
            return _speak(engine, utterance, options, progress)
        path = self._folder / f"{_key(engine, utterance, options)}.npz"
        piece = _kept(path)
        if piece is None:
            piece = _speak(engine, utterance, options, progress)
            self._keep(path, piece)
        return piece

    def _keep(self, path: Path, piece: Speech) -> None:
        """A cache that cannot be written costs time and nothing else."""
        try:
            artefacts.save(path, piece)
            self._grown = True
        except OSError as error:
            _LOG.warning("the sentence cache %s cannot be written: %s", self._folder, error)
            self._limit = 0

    def tidy(self) -> None:
        """Keep the folder within its limit: what was used longest ago goes first."""
        if self._grown and self._limit:
            artefacts.prune(self._folder, self._limit)


def _limit_bytes() -> int:
    given = os.environ.get(LIMIT_SETTING, "") or str(_DEFAULT_MB)
    if not given.isdigit():
        raise OptionError(f"{LIMIT_SETTING}={given!r} is not valid: write megabytes, 0 for no cache.")
    return int(given) << 20


def _speak(engine: SpeechEngine, utterance: Utterance, options: SpeechOptions, progress: Progress) -> Speech:
    return next(engine.speak([utterance], options, progress))


def _kept(path: Path) -> Speech | None:
    try:
        piece = artefacts.load(path, Speech)
        os.utime(path)
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as error:
        _LOG.warning("a spoken sentence in the cache is damaged and will be made again: %s", error)
        return None
    return piece


def _key(engine: SpeechEngine, utterance: Utterance, options: SpeechOptions) -> str:
    card = engine.card(utterance.voice)
    said = asdict(utterance)
    for word in said["words"]:
        for place in _PLACE:
            del word[place]
    parts = [
        _LAYOUT, card.name, card.version, card.weights_sha256, said, options.seed, options.speed,
        _contents(options.engine_options),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


def _contents(engine_options: Mapping[str, str]) -> dict[str, str]:
    """The options; one that names a file counts by what is in it."""
    return {key: _content(value) for key, value in engine_options.items()}


def _content(value: str) -> str:
    try:
        with open(value, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return value
