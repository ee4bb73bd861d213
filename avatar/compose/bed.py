"""A bed under speech, music or the sound of a film: looped to any length, faded at both ends, and turned down wherever
somebody speaks.

The times of the speech are known, so nothing is guessed from its sound: the music is down when a word begins, and comes
up only where a pause lasts. Everything goes in blocks; memory does not grow with the lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

import numpy as np

__all__ = ["FADE_IN_S", "FADE_OUT_S", "LIFT_DB", "LOOP_S", "Bed", "Ducking", "looped"]

FADE_IN_S, FADE_OUT_S = 1.0, 2.5
LOOP_S = 2.0
"""How long the end and the beginning of a looped piece are heard together."""
LIFT_DB = 9.0
"""How far the music comes up in a pause."""
_AHEAD_S, _HOLD_S, _RISE_S = 0.35, 0.3, 1.0
_SHORT_PAUSE_S = _AHEAD_S + _HOLD_S + _RISE_S  # in a shorter one it could not come up and be down again

Spans = Iterable[tuple[float, float]]


class Ducking:
    """How much music is turned up at any time, by when somebody speaks: 0 dB while they do, ``lift_db`` in pauses.

    ``spoken``: (start, end) in seconds, in order of their starts. It falls in the 0.35 s before a word, waits 0.3 s
    after the last one and rises in a second; pauses shorter than all three together leave it down.
    """

    def __init__(self, spoken: Spans, lift_db: float) -> None:
        times, levels = [-1e9], [lift_db]
        for start, end in _phrases(spoken):
            times += [start - _AHEAD_S, start, end + _HOLD_S, end + _HOLD_S + _RISE_S]
            levels += [lift_db, 0.0, 0.0, lift_db]
        self._times, self._levels = np.array(times), np.array(levels)

    def __call__(self, seconds: np.ndarray) -> np.ndarray:
        """The factor of the amplitude at ``seconds``, float32 [n]."""
        return (10.0 ** (np.interp(seconds, self._times, self._levels) / 20)).astype(np.float32)


def _phrases(spoken: Spans) -> list[tuple[float, float]]:
    phrases: list[tuple[float, float]] = []
    for start, end in spoken:
        if phrases and start - phrases[-1][1] < _SHORT_PAUSE_S:
            phrases[-1] = (phrases[-1][0], max(phrases[-1][1], end))
        else:
            phrases.append((start, end))
    return phrases


def looped(rounds: Callable[[], Iterator[np.ndarray]], fade: int) -> Generator[np.ndarray, None, None]:
    """A piece again and again, without an end: ``rounds()`` begins it anew, blocks float32 [n, channels].

    The last ``fade`` frames of a round sound together with the first of the next, at equal power; a round has at least
    twice as many.
    """
    falling = np.cos(np.linspace(0.0, np.pi / 2, fade, dtype=np.float32))[:, None]
    rising = falling[::-1]
    tail: np.ndarray | None = None
    while True:
        held: np.ndarray | None = None
        for block in rounds():
            held = block if held is None else np.concatenate([held, block])
            if tail is not None and len(held) >= fade:
                held = np.concatenate([tail * falling + held[:fade] * rising, held[fade:]])
                tail = None
            if tail is None and len(held) > fade:
                yield held[: len(held) - fade]
                held = held[len(held) - fade :]
        assert held is not None and len(held) == fade and tail is None
        tail = held


class Bed:
    """Music as it is heard under a video of ``seconds``: at ``gain``, ducked, and faded at both ends.

    ``music``: blocks float32 [n, channels] at ``rate`` Hz; where they end, silence follows. ``fades``: seconds at the
    beginning and at the end, at most a quarter of the whole each. :meth:`take` goes through it once.
    """

    def __init__(
        self,
        music: Iterator[np.ndarray],
        gain: float,
        ducking: Ducking,
        seconds: float,
        rate: int,
        fades: tuple[float, float] = (FADE_IN_S, FADE_OUT_S),
    ) -> None:
        self._music = music
        self._gain = np.float32(gain)
        self._ducking = ducking
        self._seconds = seconds
        self._rate = rate
        self._fades = tuple(min(fade, seconds / 4) for fade in fades)
        self._held: Sequence[np.ndarray] = ()
        self._taken = 0

    def take(self, frames: int, channels: int = 2) -> np.ndarray:
        """The next ``frames`` of it, float32 [frames, channels]."""
        raw = np.zeros((frames, channels), np.float32)
        filled, held = 0, list(self._held)
        while filled < frames and (block := held.pop(0) if held else next(self._music, None)) is not None:
            part = block[: frames - filled]
            raw[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) < len(block):
                held.insert(0, block[len(part) :])
        self._held = held
        seconds = (self._taken + np.arange(frames)) / self._rate
        self._taken += frames
        return raw * (self._gain * self._ducking(seconds) * self._fading(seconds))[:, None]

    def _fading(self, seconds: np.ndarray) -> np.ndarray:
        rise = np.clip(seconds / self._fades[0], 0.0, 1.0)
        fall = np.clip((self._seconds - seconds) / self._fades[1], 0.0, 1.0)
        return (np.sin(np.pi / 2 * rise) * np.sin(np.pi / 2 * fall)).astype(np.float32) ** 2
