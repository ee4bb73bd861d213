"""Eyes: blinks in human rhythm, and gaze that rests and jumps."""

from __future__ import annotations

import numpy as np

from motion.drift import generator_for
from motion.prosody import Phrase

__all__ = ["blink_times", "gaze_targets", "lids"]

_CLOSE, _HOLD, _OPEN = 0.080, 0.040, 0.160
_SPACING = 0.44
_FEWEST = 8.0 / 60.0
_MOST = 1.15  # times the usual number at most, and one more
_UNEVEN = 0.42  # deviation of the logarithm of the time between two blinks
_SHALLOW, _SHALLOWEST = 0.2, 0.72  # share of blinks that do not shut the eye, and how far those close at least


def blink_times(
    times: np.ndarray, seconds: float, spoken: tuple[Phrase, ...], rate: np.ndarray, seed: int
) -> np.ndarray:
    """Starts of blinks [m] in seconds: log-normal intervals, drawn to the ends of phrases; ``rate`` [n] a minute at
    ``times`` [n].

    No two are closer than 0.44 s; none starts in the last 0.35 s. A clip of 3 s or more has at least one.
    """
    draw = generator_for(seed, "blinks")
    ends = np.array([phrase.end for phrase in spoken])
    found: list[float] = []
    usual = 60.0 / float(rate[0]) if len(rate) else 3.0
    now = draw.uniform(0.25, 0.8) * min(usual, 3.2)
    while now < seconds - 0.35:
        time = _towards_pause(now, ends, draw)
        crowded = bool(found) and time - found[-1] < _SPACING
        found.append(now if crowded else min(time, seconds - 0.36))
        usual = 60.0 / float(np.interp(now, times, rate))
        now = max(now, found[-1]) + max(_SPACING, usual * draw.lognormal(-0.5 * _UNEVEN**2, _UNEVEN))
    most = 1 + int(_MOST * float(np.mean(rate)) / 60.0 * seconds) if len(rate) else 1
    return _filled(_thinned(np.array(found), seconds, most), seconds)


def _towards_pause(time: float, ends: np.ndarray, draw: np.random.Generator) -> float:
    near = ends[np.abs(ends - time) < 0.7]
    if len(near) and draw.random() < 0.75:
        return float(near[np.argmin(np.abs(near - time))] + draw.uniform(-0.10, 0.24))
    return time


def _thinned(times: np.ndarray, seconds: float, most: int) -> np.ndarray:
    """At most ``most`` of ``times``, without those that crowd."""
    while len(times) > most:
        gaps = np.diff(times, prepend=-2.0, append=seconds + 2.0)
        times = np.delete(times, int(np.argmin(gaps[:-1] + gaps[1:])))
    return times


def _filled(times: np.ndarray, seconds: float) -> np.ndarray:
    while len(times) < int(np.ceil(_FEWEST * seconds)) and seconds > 3.0:
        edges = np.concatenate([[0.0], times, [seconds]])
        widest = int(np.argmax(np.diff(edges)))
        times = np.insert(times, widest, 0.5 * (edges[widest] + edges[widest + 1]))
    return times


def lids(times: np.ndarray, starts: np.ndarray, seed: int) -> np.ndarray:
    """Closure 0..1 at ``times`` [n] for blinks that start at ``starts`` [m]: about 80 ms down, 40 ms shut, 160 ms up,
    each a little quicker or slower than the last; one in five does not shut the eye."""
    closure = np.zeros(len(times))
    draw = generator_for(seed, "lids")
    for start in starts:
        pace, shallow, depth = draw.uniform(0.85, 1.2), draw.random(), draw.uniform(_SHALLOWEST, 1.0)
        span = slice(*np.searchsorted(times, [start, start + pace * (_CLOSE + _HOLD + _OPEN)]))
        t = (times[span] - start) / pace
        down = np.clip(t / _CLOSE, 0.0, 1.0)
        up = np.clip((t - _CLOSE - _HOLD) / _OPEN, 0.0, 1.0)
        whole = _ease(down) * (1.0 - _ease(up))
        closure[span] = np.maximum(closure[span], whole * (depth if shallow < _SHALLOW else 1.0))
    return closure


def gaze_targets(times: np.ndarray, spoken: tuple[Phrase, ...], liveliness: float, seed: int) -> np.ndarray:
    """Gaze [2, n]: fixations near the viewer of 0.5-3 s, joined by jumps of 40 ms; wider glances in pauses."""
    draw = generator_for(seed, "gaze")
    seconds = float(times[-1]) if len(times) else 0.0
    starts, points = [0.0], [np.zeros(2)]
    now = draw.uniform(0.6, 1.6)
    while now < seconds:
        pausing = not any(p.start - 0.05 <= now <= p.end for p in _around(spoken, now))
        spread = (0.34, 0.26) if pausing and now > 1.0 else (0.13, 0.11)
        point = draw.normal(0.0, 1.0, 2) * np.array(spread) * liveliness
        starts.append(now)
        points.append(np.clip(point, -0.6, 0.6))
        now += float(np.clip(draw.lognormal(np.log(1.1), 0.55), 0.35, 3.5)) * (0.6 if pausing else 1.0)
    return _jumps(times, np.array(starts), np.array(points).T)


def _around(spoken: tuple[Phrase, ...], time: float) -> tuple[Phrase, ...]:
    return tuple(phrase for phrase in spoken if phrase.start - 1.0 < time < phrase.end + 1.0)


def _jumps(times: np.ndarray, starts: np.ndarray, points: np.ndarray) -> np.ndarray:
    index = np.searchsorted(starts, times, side="right") - 1
    before = points[:, np.maximum(index - 1, 0)]
    done = _ease(np.clip((times - starts[index]) / 0.040, 0.0, 1.0))
    return before + (points[:, index] - before) * done


def _ease(x: np.ndarray) -> np.ndarray:
    return x * x * (3.0 - 2.0 * x)
