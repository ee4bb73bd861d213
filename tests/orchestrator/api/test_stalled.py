"""A client that stops taking what is sent is cut off; one that goes on in time is not."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from orchestrator.api import protocol


class _Clock:
    """A loop that only keeps its timers."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, seconds: float, action: Callable[[], None]) -> SimpleNamespace:
        timer = (seconds, action)
        self.timers.append(timer)
        return SimpleNamespace(cancel=lambda: self.timers.remove(timer))


def sending() -> tuple[protocol.PatientProtocol, _Clock, list[str]]:
    made, clock, said = object.__new__(protocol.PatientProtocol), _Clock(), list[str]()
    made.loop, made._stalled, made._waiting = clock, None, None
    made.flow = SimpleNamespace(pause_writing=lambda: said.append("pause"), resume_writing=lambda: said.append("go on"))
    made.transport = SimpleNamespace(abort=lambda: said.append("abort"), close=lambda: said.append("close"))
    return made, clock, said


def test_who_takes_nothing_is_cut_off_after_a_while() -> None:
    made, clock, said = sending()
    made.pause_writing()
    ((seconds, action),) = clock.timers
    action()
    assert seconds == made.stall
    assert said == ["pause", "abort"]


def test_who_goes_on_in_time_is_not() -> None:
    made, clock, said = sending()
    for _ in range(3):
        made.pause_writing()
        made.resume_writing()
    assert clock.timers == []
    assert said == ["pause", "go on"] * 3
