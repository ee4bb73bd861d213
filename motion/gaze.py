"""Eyes: blinks in human rhythm, and gaze that rests and jumps."""

from __future__ import annotations

import numpy as np

from motion.drift import generator_for
from motion.prosody import Phrase

__all__ = ["blink_times", "gaze_targets", "lids"]

_CLOSE, _HOLD, _OPEN = 0.080, 0.040, 0.160
_SPACING = 0.62
_FEWEST, _MOST = 8.0 / 60.0, 25.0 / 60.0


def blink_times(seconds: float, spoken: tuple[Phrase, ...], seed: int) -> np.ndarray:
    """Starts of blinks [m] in seconds: log-normal intervals, drawn to the ends of phrases, 8-25 a minute.

    No two are closer than 0.62 s; none starts in the last 0.35 s. A clip of 3 s or more has at least one.
    """
    draw = generator_for(seed, "blinks")
    ends = np.array([phrase.end for phrase in spoken])
    times: list[float] = []
    now = draw.uniform(0.7, 2.4)
    while now < seconds - 0.35:
        time = _towards_pause(now, ends, draw)
        if not times or time - times[-1] >= _SPACING:
            times.append(min(time, seconds - 0.36))
        else:
            times.append(now)
        now = times[-1] + float(np.clip(draw.lognormal(np.log(3.1), 0.5), 0.9, 6.5))
    return _within_rate(np.array(times), seconds, draw)


def _towards_pause(time: float, ends: np.ndarray, draw: np.random.Generator) -> float:
    near = ends[np.abs(ends - time) < 0.9]
    if len(near) and draw.random() < 0.75:
        return float(near[np.argmin(np.abs(near - time))] + draw.uniform(-0.05, 0.12))
    return time


def _within_rate(times: np.ndarray, seconds: float, draw: np.random.Generator) -> np.ndarray:
    most = max(1, int(_MOST * seconds))
    while len(times) > most:
        gaps = np.diff(times, prepend=-2.0, append=seconds + 2.0)
        crowded = gaps[:-1] + gaps[1:] + draw.uniform(0.0, 0.05, len(times))
        times = np.delete(times, int(np.argmin(crowded)))
    while len(times) < int(np.ceil(_FEWEST * seconds)) and seconds > 3.0:
        edges = np.concatenate([[0.0], times, [seconds]])
        widest = int(np.argmax(np.diff(edges)))
        times = np.insert(times, widest, 0.5 * (edges[widest] + edges[widest + 1]))
    return times


def lids(times: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Closure 0..1 at ``times`` [n] for blinks that start at ``starts`` [m]: 80 ms down, 40 ms shut, 160 ms up."""
    closure = np.zeros(len(times))
    for start in starts:
        span = slice(*np.searchsorted(times, [start, start + _CLOSE + _HOLD + _OPEN]))
        t = times[span] - start
        down = np.clip(t / _CLOSE, 0.0, 1.0)
        up = np.clip((t - _CLOSE - _HOLD) / _OPEN, 0.0, 1.0)
        closure[span] = np.maximum(closure[span], _ease(down) * (1.0 - _ease(up)))
    return closure


def gaze_targets(times: np.ndarray, spoken: tuple[Phrase, ...], liveliness: float, seed: int) -> np.ndarray:
    """Gaze [2, n]: fixations near the viewer of 0.5-3 s, joined by jumps of 40 ms; wider glances in pauses."""
    draw = generator_for(seed, "gaze")
    seconds = float(times[-1]) if len(times) else 0.0
    starts, points = [0.0], [np.zeros(2)]
    now = draw.uniform(0.6, 1.6)
    while now < seconds:
        pausing = not any(p.start - 0.05 <= now <= p.end for p in _around(spoken, now))
        spread = (0.30, 0.16) if pausing and now > 1.0 else (0.10, 0.06)
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
