"""Which engine shows a place that is asked for in words."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["engine_for"]


def engine_for(prompt: str, engine_options: Mapping[str, str], model: str | None = None) -> str:
    """The engine that shows ``prompt`` where none was named: ``rooms`` where a rendered room of the place is there,
    ``embedded`` for the rest, where its own ``engine_options`` or ``model`` are given, and on a way that is predicted.

    OptionError where the prompt has no word that is known.
    """
    from motion.asked import DRIFT_OPTIONS
    from motion.engines.rooms import means_a_room

    learned = engine_options.get("path") == "predicted"
    if model is not None or learned or not set(engine_options) <= set(DRIFT_OPTIONS):
        return "embedded"
    second = engine_options.get("path", "").partition(":")[2].strip("\"' ")
    return "rooms" if all(means_a_room(text) for text in (prompt, second) if text) else "embedded"
