"""Engine tables: name -> "module:Class", resolved only when the engine is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from avatar.core.errors import OptionError

__all__ = ["Registry"]


class Registry(Mapping[str, str]):
    """An immutable table of engines of one stage.

    >>> table = Registry("speech engine", {"tone": "speech.engines.tone:Tone"})
    >>> table.resolve("tone").__name__
    'Tone'
    """

    def __init__(self, kind: str, table: Mapping[str, str]) -> None:
        self.kind = kind
        self._table = dict(table)

    def __getitem__(self, name: str) -> str:
        try:
            return self._table[name]
        except KeyError:
            known = ", ".join(sorted(self._table))
            raise OptionError(f"Unknown {self.kind} {name!r}: choose one of {known}.") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def __contains__(self, name: object) -> bool:
        return name in self._table

    def resolve(self, name: str) -> Any:
        """Import and return the engine class; OptionError for an unknown name."""
        module, _, attribute = self[name].partition(":")
        return getattr(importlib.import_module(module), attribute)
