"""What is installed: voices and engines, listed in a child process, so that who asks loads no model library.

``python -m orchestrator.probes.installed voices`` (``engines``, ``places``, ``rooms``, ``engine STAGE NAME``) prints
JSON; the functions of the same names ask it and remember the answer for ten minutes.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from avatar.core.errors import EngineError, GovorunError
from orchestrator.console import say

if TYPE_CHECKING:
    from speech import Voice

__all__ = ["engine", "engines", "installed_voices", "main", "places", "rooms", "voices"]


_LOG = logging.getLogger(__name__)
_FRESH, _PATIENCE = 600.0, 120.0
_STAGES = {"speech": "speech", "face": "avatar.face", "backdrop": "motion"}
Listed = list[dict[str, Any]]


def voices() -> Listed:
    """Voices that are installed here, as :class:`speech.Voice` has them; EngineError where they cannot be listed."""
    return _VOICES.get()


def engines() -> Listed:
    """Every engine: ``stage``, ``name``, ``available``, ``reason`` where it is not, ``licence``, ``weights_licence``,
    ``version``; EngineError where they cannot be listed."""
    return _ENGINES.get()


def engine(stage: str, name: str) -> dict[str, Any] | None:
    """One of :func:`engines`, None where none has this name. It is there in a moment where it is a small one: the
    libraries of all of them take many seconds."""
    listed = _ENGINES.get() if _ENGINES.known else _one_engine(stage, name).get()
    return next((one for one in listed if (one["stage"], one["name"]) == (stage, name)), None)


def places() -> Listed:
    """Families of backdrops, ``name`` and one ``example`` prompt each; EngineError where they cannot be listed."""
    return _PLACES.get()


def rooms() -> Listed:
    """Places that rooms are rendered of, as :func:`motion.rooms.gallery.gallery` has them; EngineError where they
    cannot be listed."""
    return _ROOMS.get()


class _Kept:
    """An answer of a child, asked again when it is old: in the background, while the old one still serves."""

    def __init__(self, *what: str) -> None:
        self._what = what
        self._answer: Listed | None = None
        self._asked_at = 0.0
        self._lock = threading.Lock()

    @property
    def known(self) -> bool:
        return self._answer is not None

    def get(self) -> Listed:
        if self._answer is None:
            with self._lock:
                if self._answer is None:
                    self._refresh()
        elif time.monotonic() - self._asked_at > _FRESH and self._lock.acquire(blocking=False):
            threading.Thread(target=self._refresh_behind, name=f"list {self._what[0]}", daemon=True).start()
        assert self._answer is not None
        return self._answer

    def _refresh_behind(self) -> None:
        try:
            self._refresh()
        except EngineError:
            _LOG.warning("the %s could not be listed again", " ".join(self._what), exc_info=True)
        finally:
            self._lock.release()

    def _refresh(self) -> None:
        self._answer = _ask(*self._what)
        self._asked_at = time.monotonic()


_VOICES, _ENGINES, _PLACES, _ROOMS = (_Kept(what) for what in ("voices", "engines", "places", "rooms"))


@lru_cache(maxsize=64)
def _one_engine(stage: str, name: str) -> _Kept:
    return _Kept("engine", stage, name)


def _ask(*what: str) -> Listed:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
    command = [sys.executable, "-m", "orchestrator.probes.installed", *what]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=True, env=environment)
        return list(json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise EngineError(f"The {' '.join(what)} could not be listed: run `govorun doctor`.") from error


def installed_voices() -> list[Voice]:
    """Voices of every speech engine that works here; an engine that does not is told and left out."""
    from speech import ENGINES

    voices: list[Voice] = []
    for name in ENGINES:
        try:
            voices.extend(ENGINES.resolve(name)().voices())
        except (GovorunError, ImportError) as error:
            say(f"note: the voices of {name} are not listed: {error}")
    return voices


def main() -> None:
    """Print the list that the first argument names, or the one engine that the other two name."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    what, *which = sys.argv[1:]
    json.dump(_LISTS[what](*which), out)
    out.close()


def _list_voices() -> Listed:
    return [asdict(voice) for voice in installed_voices()]


def _list_engines() -> Listed:
    return [_engine(stage, name) for stage in _STAGES for name in _table(stage)]


def _list_engine(stage: str, name: str) -> Listed:
    return [_engine(stage, name)] if name in _table(stage) else []


def _engine(stage: str, name: str) -> dict[str, Any]:
    return {"stage": stage, "name": name, **_card(_table(stage), name)}


def _table(stage: str) -> Any:
    """The engines of one stage; nothing of the others is loaded."""
    return import_module(_STAGES[stage]).ENGINES


def _list_places() -> Listed:
    from motion.scenes.families import FAMILIES
    from motion.sheets import PROMPTS

    return [{"name": name, "example": example} for name, example in zip(FAMILIES, PROMPTS, strict=True)]


def _list_rooms() -> Listed:
    from motion.rooms.gallery import gallery

    return gallery()


def _card(table: Any, name: str) -> dict[str, Any]:
    from avatar.core.manifest import manifests
    from avatar.core.weights import state
    from orchestrator.settings import load_settings

    try:
        card = table.resolve(name)().card()
    except (GovorunError, ImportError) as error:
        return {"available": False, "reason": str(error)}
    ready = name not in manifests() or state(name, load_settings().cache).ready
    reason = "" if ready else f"Its weights are not here: run `govorun models pull {name}` on the server."
    kept = ("version", "licence", "weights_licence")
    return {"available": ready, "reason": reason, **{key: getattr(card, key) for key in kept}}


_LISTS: dict[str, Callable[..., Listed]] = {
    "voices": _list_voices,
    "engines": _list_engines,
    "engine": _list_engine,
    "places": _list_places,
    "rooms": _list_rooms,
}

if __name__ == "__main__":
    main()
