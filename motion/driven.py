"""Ways of embedding and noise that no formula gives: taken from a film, or said by a model that learned from films.

``driven_of`` reads what the options ask for; orbit, wander and travel need none of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from motion.asked import DriftAsked
from motion.options import BackdropOptions

__all__ = ["Driven", "driven_of"]

PACKAGED_MODEL = Path(__file__).parent / "weights" / "next_state"


class Driven(Protocol):
    """``name`` of the path, ``count`` of its moments in one ``period`` (seconds), ``notes`` for the user."""

    @property
    def name(self) -> str: ...

    @property
    def count(self) -> int: ...

    @property
    def period(self) -> float: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    def vectors(self, centre: np.ndarray, phases: np.ndarray) -> np.ndarray:
        """The embedding ``centre`` [n] at ``phases`` [k] of the period: [k, n], a closed way."""
        ...

    def noise(self, start: np.ndarray, phases: np.ndarray, shape: tuple[int, ...] = ()) -> np.ndarray:
        """The noise ``start`` [n], of ``shape`` (c, h, w), at ``phases`` [k]: [k, n], a closed way."""
        ...


def driven_of(options: BackdropOptions, drift: DriftAsked, progress: Progress) -> Driven | None:
    """The film or model that drives a backdrop; None for a path that is drawn.

    MediaError for a film that cannot be used, MissingEngine for weights that are missing, OptionError for both at once.
    """
    if options.influence is not None:
        if drift.path == "predicted":
            raise OptionError("An influence film and the path predicted exclude one another: give one of them.")
        return _influenced(options, progress)
    if drift.path == "predicted":
        from motion.next_state.predicted import Predicted

        folder = options.engine_options.get("next_state")
        return Predicted.load(Path(folder) if folder else PACKAGED_MODEL, drift.strengths, drift.period, options.seed)
    for name in ("encoder", "depth"):
        if name in options.engine_options:
            raise OptionError(f"Backdrop option {name} belongs to an influence film: give --influence FILE too.")
    return None


def _influenced(options: BackdropOptions, progress: Progress) -> Driven:
    from motion.encoders import PACKAGED
    from motion.influence.cues import PACKAGED_DEPTH
    from motion.influence.path import Influenced
    from motion.influence.track import SECONDS

    influence, own = options.influence, options.engine_options
    assert influence is not None
    progress(0.0, "watching the film")
    track = _watched(influence.film, own.get("encoder", PACKAGED), own.get("depth", PACKAGED_DEPTH), progress)
    notes = (Message("film_cut", name=influence.film.name, seconds=round(SECONDS)),) if track.cut else ()
    return Influenced(track, influence.gain, influence.mode, influence.scenario, options.seed, notes)


def _watched(film: Path, encoder: str, depth: str, progress: Progress):  # type: ignore[no-untyped-def]
    from motion.encoders import encoder_of
    from motion.influence.cues import depth_of
    from motion.influence.track import watch

    return watch(film, encoder_of(encoder), depth_of(depth), progress)
