"""Ctrl-C while the command line is still loading ends it quietly."""

from __future__ import annotations

import os
import sys
from types import ModuleType

import pytest

from orchestrator import __main__


class _Interrupted(ModuleType):
    def __getattr__(self, name: str) -> object:
        if name == "main":
            raise KeyboardInterrupt
        raise AttributeError(name)


def test_an_interrupt_while_modules_load_has_the_exit_code_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        raise SystemExit(code)

    monkeypatch.setitem(sys.modules, "orchestrator.cli", _Interrupted("orchestrator.cli"))
    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(SystemExit):
        __main__.main()
    assert codes == [130]
