"""Ctrl-C while the command line is still loading ends it quietly."""

from __future__ import annotations

import os
import signal
import sys
from types import ModuleType

import pytest

from orchestrator import __main__
from orchestrator.video import standby


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


def test_an_interrupt_leaves_no_process_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "available_cores", lambda: 2)
    monkeypatch.setattr(standby, "has_gpu", lambda: False)
    monkeypatch.delenv("GOVORUN_WORKERS", raising=False)
    monkeypatch.setattr(sys, "argv", ["govorun", "render", "--text", "One."])
    monkeypatch.setitem(sys.modules, "orchestrator.cli", _Interrupted("orchestrator.cli"))
    waiting: list[standby.Started] = []

    def end(code: int) -> None:
        raise SystemExit(code)

    def begun() -> standby.Started:
        waiting.append(start())
        return waiting[0]

    start = standby.start
    monkeypatch.setattr(standby, "start", begun)
    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(SystemExit):
        __main__.main()
    assert [one.process.returncode for one in waiting] == [-signal.SIGKILL]
