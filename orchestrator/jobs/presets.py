"""Choices for videos that people keep under a name: fields of a video, no script and no files."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select

from avatar.core.errors import OptionError
from orchestrator.jobs.database import PRESETS, READING

__all__ = ["MOST_PRESETS", "Preset", "Presets"]

MOST_PRESETS = 50
"""Of one owner."""


@dataclass(frozen=True)
class Preset:
    """``fields``: of a video, by the names of the API. ``created_at``: unix seconds."""

    id: str
    owner: str
    name: str
    fields: Mapping[str, Any]
    created_at: float


class Presets:
    """The table of presets; every question is about one owner's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, owner: str) -> Sequence[Preset]:
        """The presets of ``owner``, the oldest first."""
        query = select(PRESETS).where(PRESETS.c.owner == owner).order_by(PRESETS.c.created_at, PRESETS.c.id)
        with self._engine.connect().execution_options(**READING) as connection:
            return [Preset(**row._mapping) for row in connection.execute(query)]

    def keep(self, owner: str, name: str, fields: Mapping[str, Any]) -> Preset:
        """A preset with this name, in the place of one that had it; OptionError beyond MOST_PRESETS."""
        preset = Preset(f"preset_{secrets.token_hex(8)}", owner, name, dict(fields), time.time())
        mine = PRESETS.c.owner == owner
        with self._engine.begin() as connection:
            connection.execute(delete(PRESETS).where(mine, PRESETS.c.name == name))
            if connection.execute(select(func.count()).select_from(PRESETS).where(mine)).scalar_one() >= MOST_PRESETS:
                raise OptionError(f"There are {MOST_PRESETS} presets, which is the most: delete one first.")
            connection.execute(insert(PRESETS).values(**vars(preset)))
        return preset

    def remove(self, owner: str, preset_id: str) -> bool:
        """False where ``owner`` has no such preset."""
        mine = (PRESETS.c.owner == owner, PRESETS.c.id == preset_id)
        with self._engine.begin() as connection:
            return connection.execute(delete(PRESETS).where(*mine)).rowcount == 1
