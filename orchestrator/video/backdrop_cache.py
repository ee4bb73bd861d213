"""The backdrops that this machine planned: a place that was planned once is there at once for the next video."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from avatar.core import artefacts
from avatar.core.types import BackdropPlan, EngineCard

__all__ = ["plan_once", "planned_path"]

_LOG = logging.getLogger(__name__)


def planned_path(folder: Path, key: str, card: EngineCard, device: str) -> Path:
    """The file of a plan: ``key`` says what is wanted, ``card`` and the kind of ``device`` who plans it."""
    maker = json.dumps([asdict(card), device.partition(":")[0]], sort_keys=True, default=str)
    return folder / f"{key}-{hashlib.sha256(maker.encode()).hexdigest()[:16]}.npz"


def plan_once(path: Path, plan: Callable[[], BackdropPlan]) -> BackdropPlan:
    """The plan that is kept at ``path``, or a new one that is kept there from now on."""
    try:
        kept = artefacts.load(path, BackdropPlan)
        path.touch()
        return kept
    except FileNotFoundError:
        pass
    except (ValueError, OSError) as error:
        _LOG.warning("the kept backdrop %s is unreadable and will be planned again: %s", path.name, error)
    planned = plan()
    artefacts.save(path, planned)
    return planned
