"""One report: of a film, or of a backdrop that is drawn for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from avatar.core.errors import MediaError
from avatar.core.media import probe, read_film
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import Size
from motion.analysis import plots
from motion.analysis.measure import Step, steps_of
from motion.analysis.plots import Line
from motion.analysis.report import Report, Table
from motion.analysis.statistics import resampled
from motion.encoders import PictureEncoder
from motion.influence.path import SCENARIOS
from motion.options import BackdropEngine, BackdropOptions
from motion.picture import picture_of

__all__ = ["analyse_backdrop", "analyse_film"]

_STRIP = 8
_SMALL = (160, 90)
_SHOWN_SECONDS = 12.0
_NAMED = {
    "angle": ("angle between neighbours, degrees", 3),
    "cosine": ("cosine of neighbours", 5),
    "pixels": ("change of the pixels, of 255", 3),
    "flow": ("length of the optical flow, pixels", 3),
    "flow_error": ("change that the flow leaves, of 255", 3),
    "explained": ("share that the flow explains", 3),
}
"""Column of a step → how the summary names it, and its decimals."""


def analyse_film(
    film: Path, encoder: PictureEncoder, fps: float, seconds: float | None, command: str, progress: Progress
) -> Report:
    """The figures of ``film`` at ``fps`` frames a second, streamed; MediaError in a sentence for what is no film."""
    length = probe(film).seconds if seconds is None else min(seconds, probe(film).seconds)
    most = None if seconds is None else round(seconds * fps) + 1
    kept = _Kept(max(1, round(length * fps)))
    frames = islice(read_film(film, encoder.size, fps), most)
    rows = []
    for step in steps_of(kept.passing(frames), encoder):
        rows.append(step)
        progress(min(1.0, step.index / max(1.0, length * fps)), "measuring the film")
    if len(rows) < 4:
        raise MediaError(Message("film_too_short", name=film.name, least=f"{5.0 / fps:g}"))
    report = _report(f"Drift of {film.name}", command, rows, fps)
    report.pictures["strip"] = plots.strip([kept.frames])
    progress(1.0, "measured")
    return report


def analyse_backdrop(
    engine: BackdropEngine,
    options: BackdropOptions,
    encoder: PictureEncoder,
    fps: float,
    seconds: float | None,
    command: str,
    progress: Progress,
) -> Report:
    """The figures of a backdrop as ``engine`` draws it; with an influence film those of its scenarios too.

    Errors are those of the engine.
    """
    wanted = _SHOWN_SECONDS if seconds is None else seconds
    rows, strip = _drawn(engine, options, encoder, fps, wanted, progress.part(0.0, 0.25))
    report = _report(f"Drift of {options.prompt!r}", command, rows, fps)
    if options.influence is None:
        report.pictures["strip"] = plots.strip([strip])
    else:
        known = {options.influence.scenario: (rows, strip)}
        _scenarios(engine, options, encoder, (fps, wanted), known, report, progress.part(0.25, 1.0))
    progress(1.0, "measured")
    return report


class _Kept:
    """Every so many frames of those that pass by, small: at most eight of a way of ``count``."""

    def __init__(self, count: int) -> None:
        self._every, self.frames = max(1, count // _STRIP), list[np.ndarray]()

    def passing(self, frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        import cv2

        for index, frame in enumerate(frames):
            if index % self._every == 0 and len(self.frames) < _STRIP:
                self.frames.append(cv2.resize(frame, _SMALL, interpolation=cv2.INTER_AREA))
            yield frame


def _drawn(
    engine: BackdropEngine,
    options: BackdropOptions,
    encoder: PictureEncoder,
    fps: float,
    seconds: float,
    progress: Progress,
) -> tuple[list[Step], list[np.ndarray]]:
    plan = engine.plan(options, progress.part(0.0, 0.7))
    size = Size(encoder.size.width, encoder.size.height)
    clip = engine.open(plan, size, fps, "cpu")
    count = max(5, round(seconds * fps))
    kept = _Kept(count)
    frames = (picture_of(clip.frame(index)) for index in range(count))
    rows = []
    for step in steps_of(kept.passing(frames), encoder):
        rows.append(step)
        progress.part(0.7, 1.0)(step.index / count, "measuring the backdrop")
    return rows, kept.frames


def _scenarios(
    engine: BackdropEngine,
    options: BackdropOptions,
    encoder: PictureEncoder,
    span: tuple[float, float],
    known: dict[str, tuple[list[Step], list[np.ndarray]]],
    report: Report,
    progress: Progress,
) -> None:
    """The backdrop under A0, A1, B1 and B2: neighbour cosines, and what of the film's steps arrives. ``known``: what
    was drawn before."""
    assert options.influence is not None
    fps, seconds = span
    kept = _Kept(max(5, round(seconds * fps)))
    frames = islice(read_film(options.influence.film, encoder.size, fps), round(seconds * fps))
    given, table = column(list(steps_of(kept.passing(frames), encoder)), "angle"), []
    strips = {"film": kept.frames}
    for k, name in enumerate(SCENARIOS):
        chosen = dataclasses.replace(options, influence=dataclasses.replace(options.influence, scenario=name))
        part = progress.part(k / len(SCENARIOS), (k + 1) / len(SCENARIOS))
        rows, strips[name] = known.get(name) or _drawn(engine, chosen, encoder, fps, seconds, part)
        n = min(len(given), len(rows))
        transfer = resampled(given[:n], column(rows, "pixels")[:n])
        moved = float(np.mean(column(rows, "angle")) / max(float(np.mean(given)), 1e-9))
        cosine, pixels = (float(np.mean(column(rows, each))) for each in ("cosine", "pixels"))
        table.append((name, f"{cosine:.5f}", pixels, str(transfer), moved))
    columns = (
        "scenario",
        "cosine of neighbours",
        "change of the pixels, of 255",
        "r of film steps and picture steps [95 %]",
        "angle of a step, of the film's",
    )
    report.tables.append(Table("scenarios", columns, table))
    report.pictures["film-and-scenarios"] = plots.sheet(strips)


def column(rows: list[Step], name: str) -> np.ndarray:
    """One column of ``rows`` as float64 [n]."""
    return np.array([getattr(row, name) for row in rows], np.float64)


def _report(title: str, command: str, rows: list[Step], fps: float) -> Report:
    angle, pixels = column(rows, "angle"), column(rows, "pixels")
    agreed = resampled(angle, pixels)
    away = column(rows, "start_angle")
    summary = [_summed(name, column(rows, name)) for name in _NAMED]
    sure = "positive: the interval is above 0" if agreed.positive else "not shown to be positive"
    sentences = [
        f"{len(rows)} steps at {fps:g} frames a second.",
        f"Embedding change and pixel change: r = {agreed}, {sure}.",
        f"The drift ends {away[-1]:.2f}° from its start; the furthest it walked is {away.max():.2f}°.",
    ]
    report = Report(
        title, command, sentences, [Table("summary", ("of each step", "mean", "sd", "least", "most"), summary)]
    )
    report.long_tables.append(Table("steps", Step.names(), [dataclasses.astuple(row) for row in rows]))
    seconds = column(rows, "index") / fps
    report.pictures["angle-and-pixels"] = plots.scatter(
        {"steps": (angle, pixels)}, "angle of a step, degrees", "change of the pixels, of 255"
    )
    report.pictures["angle-of-each-step"] = plots.lines(
        {"angle": Line(seconds, angle)}, "seconds", "angle of a step, degrees"
    )
    report.pictures["walked-from-the-start"] = plots.lines(
        {"away": Line(seconds, away)}, "seconds", "degrees from the start"
    )
    explained = column(rows, "explained")
    report.pictures["optical-flow"] = plots.lines(
        {"explained": Line(seconds, explained)}, "seconds", "share of the change that it explains"
    )
    return report


def _summed(name: str, values: np.ndarray) -> tuple[str, ...]:
    shown, digits = _NAMED[name]
    return (shown, *(f"{number:.{digits}f}" for number in (values.mean(), values.std(), values.min(), values.max())))
