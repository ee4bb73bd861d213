"""How good a finished talking face is, measured on its frames: lips against the timeline, blinks, pose, steadiness.

Two judges look at the mouth. FaceMesh gives the gap between the inner lips; it also built the rig, so a second judge
that knows no landmarks inside the lips counts dark and tooth-bright pixels between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from avatar.core.progress import Progress
from avatar.core.types import Phoneme
from avatar.face.canonical import EYES, OUTER_LOWER, OUTER_UPPER
from avatar.face.stretches import CLOSED, OPEN, ROUND, SPREAD, TUCKED, blinks_in, frames_of, runs_of, stretches_of
from avatar.face.visemes import shape_of
from avatar.face.vision import FaceMesh, fetch_networks

__all__ = ["Observation", "measure", "observe"]

_LOW = 0.6  # of the usual opening of the eyes: below it they count as shut
_NEAR = 2  # frames by which a blink may be seen before or after it was planned
_SHUT, _TIGHT = 0.02, 0.012  # IOD: a tracked gap up to it counts as closed, as closed without a doubt
_SKIN = (10, 109, 67, 103, 54, 21, 162, 127, 234, 93, 50, 205, 98, 2, 327, 425, 280, 323, 454, 356, 389, 251, 284, 332,
         297, 338)  # fmt: skip
_MOUTH = (*OUTER_UPPER, *OUTER_LOWER[-2:0:-1])


@dataclass(frozen=True)
class Observation:
    """What was seen in each frame, float arrays [n].

    ``number``: which frame of the video it is, int [n], growing; where one is left out a new stretch begins.
    ``gap``, ``width``, ``eye`` in IOD; ``yaw``, ``pitch``, ``roll`` in degrees; ``inside``: dark or tooth-bright area
    of the mouth in square IOD; ``sharpness``: of forehead, nose and cheeks; ``border``: mean change of the picture's
    border against the frame before, of 255. ``found``: bool [n].
    """

    number: np.ndarray
    gap: np.ndarray
    width: np.ndarray
    eye: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray
    roll: np.ndarray
    inside: np.ndarray
    sharpness: np.ndarray
    border: np.ndarray
    found: np.ndarray


def load_sight() -> None:
    """Load what :func:`observe` sees with, which finds it there then. MissingEngine where a network is missing."""
    FaceMesh(track=True, detection=0.3, presence=0.3)


def observe(frames: Iterable[tuple[int, np.ndarray]], expected: int, progress: Progress) -> Observation:
    """Track the face through ``frames`` (which of the video, uint8 [h, w, 3]), one at a time.

    Where a number is left out tracking begins anew. ``expected``: how many frames there are, for the progress.
    """
    fetch_networks(progress.part(0.0, 0.01))
    mesh = FaceMesh(track=True, detection=0.3, presence=0.3)
    rows: list[tuple[float, ...]] = []
    shown: list[int] = []
    edge: np.ndarray | None = None
    for number, frame in frames:
        if shown and number != shown[-1] + 1:
            mesh.forget()
            mesh.find(frame)  # a face is seen a little otherwise where it was not tracked
            edge = None
        now = _edge(frame)
        change = 0.0 if edge is None else float(cv2.absdiff(now, edge).mean())
        edge = now
        points = mesh.find(frame)
        if points is not None:
            rows.append((*_features(points), *_looks(frame, points), change, 1.0))
        else:
            rows.append((*(rows[-1][:8] if rows else (0.0,) * 8), change, 0.0))
        if len(shown) % 10 == 0:
            progress(min(1.0, len(shown) / max(expected, 1)), f"frame {number}")
        shown.append(number)
    table = np.array(rows).reshape(-1, 10).T
    gap, width, eye, yaw, pitch, roll, inside, sharpness, border, tracked = table
    counted = np.array(shown, int)
    return Observation(counted, gap, width, eye, yaw, pitch, roll, inside, sharpness, border, tracked > 0)


def _edge(frame: np.ndarray) -> np.ndarray:
    """The top and the sides of a picture as one uint8 array."""
    height, width = frame.shape[:2]
    parts = (frame[: height // 8], frame[:, : width // 12], frame[:, -width // 12 :])
    return np.concatenate([part.reshape(-1, 3) for part in parts])


def _features(p: np.ndarray) -> tuple[float, ...]:
    across, down = p[263] - p[33], p[152] - p[10]
    iod = float(np.linalg.norm(across))
    apart = lambda a, b: float(np.linalg.norm(p[a] - p[b])) / iod  # noqa: E731
    yaw = np.degrees(np.arctan2(across[2], np.hypot(across[0], across[1])))
    pitch = np.degrees(np.arctan2(down[2], np.hypot(down[0], down[1])))
    roll = np.degrees(np.arctan2(across[1], across[0]))
    return apart(13, 14), apart(78, 308), (apart(159, 145) + apart(386, 374)) / 2, yaw, pitch, roll


def _looks(frame: np.ndarray, points: np.ndarray) -> tuple[float, float]:
    """(dark or tooth-bright area of the mouth, sharpness of forehead, nose and cheeks)."""
    x0, y0 = np.maximum(points[:, :2].min(0).astype(int), 0)
    x1, y1 = points[:, :2].max(0).astype(int) + 1
    face = frame[y0:y1, x0:x1]
    if face.size == 0:
        return 0.0, 0.0
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    sharpness = _sharpness(grey, points[:, :2] - [x0, y0])
    outline = (points[list(_MOUTH), :2] - [x0, y0]).round().astype(np.int32)
    left, top = np.maximum(outline.min(axis=0), 0)
    mouth = face[top : outline[:, 1].max() + 1, left : outline[:, 0].max() + 1]
    if mouth.size == 0:
        return 0.0, sharpness
    mask = np.zeros(mouth.shape[:2], np.uint8)
    cv2.fillPoly(mask, [outline - [left, top]], (1,))
    if cv2.countNonZero(mask) < 20:
        return 0.0, sharpness
    pixels = mouth[mask > 0].astype(np.float32)
    high, low = pixels.max(axis=1), pixels.min(axis=1)
    lips = float(np.median(high))
    dark = high < 0.52 * lips
    tooth = (high > 0.80 * lips) & (high - low < 0.30 * high)
    # Counted against the face and not the mouth, which grows as it opens.
    iod = float(np.linalg.norm(points[263, :2] - points[33, :2]))
    return float((dark | tooth).sum()) / iod**2, sharpness


def _sharpness(grey: np.ndarray, points: np.ndarray) -> float:
    """Detail of forehead, nose and cheeks in ``grey`` [h, w], where neither lids nor lips come."""
    mask = np.zeros(grey.shape, np.uint8)
    cv2.fillPoly(mask, [points[list(_SKIN)].round().astype(np.int32)], (1,))
    for upper, lower, _ in EYES:
        lids = points[[*upper, *lower]]
        x, y = lids.mean(axis=0)
        width = float(np.ptp(lids[:, 0]))
        cv2.ellipse(mask, (round(x), round(y)), (round(0.75 * width), round(0.5 * width)), 0, 0, 360, (0,), -1)
    if cv2.countNonZero(mask) < 20:
        return 0.0
    return float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S), mask=mask)[1][0, 0])


# -- figures -----------------------------------------------------------------------------------------------------------


def measure(
    seen: Observation,
    fps: float,
    phonemes: Sequence[Phoneme] = (),
    frames: int | None = None,
    lids: np.ndarray | None = None,
) -> dict[str, Any]:
    """Figures of a video, ready for JSON; those of the lips need the timeline ``phonemes``.

    ``frames``: how many the video has, where not all were seen; blinks are then held against ``lids``, their planned
    closure [frames, 2], if it is known.
    """
    shown = len(seen.number)
    result: dict[str, Any] = {"frames": shown, "frames_without_face": int((~seen.found).sum())}
    if not seen.found.any():
        return result
    follows = np.diff(seen.number) == 1
    result["gap_p5_p50_p95"] = [_rounded(np.percentile(seen.gap, q)) for q in (5, 50, 95)]
    result["gap_largest_step"] = _rounded(_largest_step(seen.gap, follows) * fps / 25)
    whole = frames is None or frames == shown
    result |= _blinks(seen, fps) if whole else _blinks_of_stretches(seen, fps, frames or shown, lids)
    for name in ("yaw", "pitch", "roll"):
        track = getattr(seen, name)
        result[f"{name}_sd_deg"] = _rounded(track.std())
        result[f"{name}_largest_step_deg"] = _rounded(_largest_step(track, follows))
    result["sharpness_least_over_median"] = _rounded(seen.sharpness.min() / max(np.median(seen.sharpness), 1e-6))
    border = seen.border
    if follows.any():
        jumps = np.abs(np.diff(seen.sharpness)) / np.maximum(seen.sharpness[1:], 1e-6)
        result["sharpness_step_p99"] = _rounded(np.percentile(jumps[follows], 99))
        border = border[1:][follows]
    result["border_change_median_and_peak"] = [_rounded(np.median(border)), _rounded(border.max())]
    if phonemes:
        result |= _lips(_Track(seen.number, frames), seen, fps, phonemes)
    return result


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 3)


def _largest_step(track: np.ndarray, follows: np.ndarray) -> float:
    """Largest change from a frame to the next; ``follows``: whether the next one was seen, bool [n - 1]."""
    steps = np.abs(np.diff(track))[follows]
    return float(steps.max()) if len(steps) else 0.0


# -- blinks ------------------------------------------------------------------------------------------------------------


def _blinks(seen: Observation, fps: float) -> dict[str, Any]:
    lengths = [len(blink) for blink in runs_of(seen.eye < _LOW * np.median(seen.eye))]
    return {"blinks_per_minute": _rounded(len(lengths) / len(seen.eye) * fps * 60), "blink_frames": lengths}


def _blinks_of_stretches(seen: Observation, fps: float, frames: int, lids: np.ndarray | None) -> dict[str, Any]:
    """Blinks that lie whole in a stretch, and how many of those that were planned there are seen.

    A few seconds say little of how often somebody blinks: the rate is the planned one, times the share that is seen,
    and what was seen without having been planned.
    """
    low = seen.eye < _LOW * np.median(seen.eye)
    stretches = stretches_of(seen.number)
    places = np.cumsum([0, *(len(one) for one in stretches)])
    found = [
        range(one.start + run.start, one.start + run.stop)
        for one, place in zip(stretches, places[:-1], strict=True)
        for run in runs_of(low[place : place + len(one)])
    ]
    found = [blink for blink in found if _inside(blink, stretches, 1)]
    planned = [] if lids is None else blinks_in(lids[:frames])
    here = [blink for blink in planned if _inside(blink, stretches, _NEAR)]
    met = [blink for blink in here if any(_overlap(blink, one) for one in found)]
    result: dict[str, Any] = {}
    if lids is not None:
        result |= {"blinks_planned": len(here), "blinks_seen": len(met)}
    if here or not planned:
        others = sum(not any(_overlap(blink, one) for blink in planned) for one in found)
        rate = others / len(seen.number) + (len(planned) / frames * len(met) / len(here) if here else 0.0)
        result["blinks_per_minute"] = _rounded(rate * fps * 60)
    return {**result, "blink_frames": [len(blink) for blink in found]}


def _inside(blink: range, stretches: Sequence[range], margin: int) -> bool:
    return any(one.start <= blink.start - margin and blink.stop + margin <= one.stop for one in stretches)


def _overlap(planned: range, found: range) -> bool:
    return planned.start - _NEAR < found.stop and found.start < planned.stop + _NEAR


# -- lips --------------------------------------------------------------------------------------------------------------


class _Track:
    """Where in a track of what was seen the frames of a phone are."""

    def __init__(self, number: np.ndarray, frames: int | None) -> None:
        """``number``: which frame each value is of; ``frames``: how many the video has, if it goes on after them."""
        self.number, self.frames = number, int(number[-1]) + 1 if frames is None else frames

    def extremes(
        self, track: np.ndarray, fps: float, phonemes: Sequence[Phoneme], kind: frozenset[str], take: Any, pad: int
    ) -> list[float]:
        """``take`` of ``track`` over each phone of ``kind`` that was seen whole, ``pad`` frames wider on both sides."""
        values = []
        for phone in phonemes:
            if kind.isdisjoint(phone.ipa):
                continue
            wanted = frames_of(phone, fps, pad)
            first, stop = max(wanted.start, 0), min(wanted.stop, self.frames)
            low, high = np.searchsorted(self.number, (first, stop))
            if first < stop and high - low == stop - first:
                values.append(float(take(track[low:high])))
        return values

    def best_lag(self, seen: np.ndarray, wanted: np.ndarray, most: int = 8) -> tuple[float, int]:
        """Largest correlation over shifts of at most ``most`` frames; a positive shift: ``seen`` comes after
        ``wanted``, which has a value for each frame of the video."""
        best = (-1.0, 0)
        for shift in range(-most, most + 1):
            there = self.number - shift
            within = (there >= 0) & (there < len(wanted))
            a, b = seen[within], wanted[there[within]]
            if len(a) > 2 and a.std() > 0 and b.std() > 0:
                best = max(best, (float(np.corrcoef(a, b)[0, 1]), shift))
        return best


def _lips(track: _Track, seen: Observation, fps: float, phonemes: Sequence[Phoneme]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    closures = track.extremes(seen.gap, fps, phonemes, CLOSED, np.min, 1)
    if closures:
        result["bilabials"] = len(closures)
        result["bilabial_closure_rate"] = _rounded(np.mean([gap <= _SHUT for gap in closures]))
        result["bilabial_tight_rate"] = _rounded(np.mean([gap <= _TIGHT for gap in closures]))
    openings = track.extremes(seen.gap, fps, phonemes, OPEN, np.max, 0)
    if openings:
        result["open_vowel_peak_gap_median"] = _rounded(np.median(openings))
    rounded, spread = (track.extremes(seen.width, fps, phonemes, kind, np.mean, 0) for kind in (ROUND, SPREAD))
    if rounded and spread:
        result["width_round_over_spread"] = _rounded(np.mean(rounded) / np.mean(spread))
    tucked = track.extremes(seen.gap, fps, phonemes, TUCKED, np.mean, 0)
    if tucked:
        result["labiodental_gap"] = _rounded(np.mean(tucked))
    r, lag = track.best_lag(seen.gap, _wanted(phonemes, fps, track.frames))
    result["timeline_correlation"], result["lips_after_timeline_frames"] = _rounded(r), lag
    shut = track.extremes(seen.inside, fps, phonemes, CLOSED, np.min, 1)
    wide = track.extremes(seen.inside, fps, phonemes, OPEN, np.max, 0)
    if shut and wide:
        result["second_judge_open_above_closed"] = _rounded(np.mean(np.array(wide)[:, None] > np.array(shut)[None, :]))
    agreement = np.corrcoef(seen.inside, seen.gap)[0, 1] if seen.inside.std() and seen.gap.std() else 0.0
    result["second_judge_correlation"] = _rounded(agreement)
    return result


def _wanted(phonemes: Sequence[Phoneme], fps: float, frames: int) -> np.ndarray:
    """The gap that the phones ask for by themselves, one value a frame."""
    fine = np.zeros(frames * 4)
    for phone in phonemes:
        gaps = [shape_of(letter).gap for letter in phone.ipa if letter.isalpha()]
        fine[int(phone.start * fps * 4) : int(phone.end * fps * 4) + 1] = max(max(gaps, default=0.0), 0.0)
    smooth = np.convolve(np.pad(fine, 4), np.hanning(9) / np.hanning(9).sum(), "valid")
    return smooth.reshape(frames, 4).mean(axis=1)
