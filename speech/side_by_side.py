"""Calls made side by side by threads, their results in the order of the calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Generic, NoReturn, TypeVar

from avatar.core.errors import Cancelled

__all__ = ["Call", "in_order"]

_T = TypeVar("_T")
_BEAT_S = 0.1
_MOST = 4  # threads: each holds what a network computes with, up to 400 MB
_AHEAD = 2  # calls a thread that are begun before their results are asked for


@dataclass(frozen=True)
class Call(Generic[_T]):
    """``make(cores)`` gives the result, computed on so many cores.

    One that is not ``side_by_side`` is made at its turn, in the thread that asks, and has them all.
    """

    make: Callable[[int], _T]
    side_by_side: bool = True


def in_order(calls: Iterable[Call[_T]], cores: int, beat: Callable[[], None]) -> Iterator[_T]:
    """Yield the results of ``calls``, made on ``cores``.

    With one core a call is made when its result is asked for. With more a few are begun ahead, never more however many
    there are; those that are made at once divide the cores, and a single one has them all. ``beat`` is called ten
    times a second while a result is waited for: it may raise to cancel.
    Raises what the first call that fails raises, or what ``calls`` raises where the next one should be.
    """
    if cores < 2:
        for call in calls:
            yield call.make(cores)
        return
    threads = min(cores, _MOST)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="side-by-side")
    patient = True
    begun: deque[Future[_T] | Callable[[], _T]] = deque()
    try:
        waiting = _failing_last(calls)
        first = list(islice(waiting, threads))
        each = cores // max(1, len(first))
        for call in chain(first, waiting):
            begun.append(pool.submit(call.make, each) if call.side_by_side else partial(call.make, cores))
            if len(begun) == _AHEAD * threads:
                yield _result(begun.popleft(), beat)
        while begun:
            yield _result(begun.popleft(), beat)
    except (Cancelled, KeyboardInterrupt, GeneratorExit):
        patient = False
        raise
    finally:
        pool.shutdown(wait=patient, cancel_futures=True)


def _result(begun: Future[_T] | Callable[[], _T], beat: Callable[[], None]) -> _T:
    if not isinstance(begun, Future):
        return begun()
    while not wait([begun], _BEAT_S).done:
        beat()
    return begun.result()


def _failing_last(calls: Iterable[Call[_T]]) -> Iterator[Call[_T]]:
    """``calls``; where they end with an error, one more that raises it at its turn."""
    try:
        yield from calls
    except Exception as error:  # noqa: BLE001 - raised again after the results that come before it
        yield Call(partial(_fail, error), side_by_side=False)


def _fail(error: Exception, cores: int) -> NoReturn:
    raise error
