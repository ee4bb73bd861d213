"""Films through the generator: how much of a rotation arrives, what the picture makes of it, how far it leads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from motion.analysis import plots
from motion.analysis.plots import Line
from motion.analysis.report import Table
from motion.analysis.research.page import Made, over_films, spread
from motion.analysis.research.runs import FILMS, PROMPTS, SEEDS, SHOWN, Run, Runs, drawn_film, drawn_track
from motion.analysis.statistics import mean_interval, pearson
from motion.embedding import embed
from motion.influence.path import SCENARIOS, moved
from motion.rotation import angle_between

__all__ = ["carrying", "gains", "long_dependence", "predicted", "scenarios", "text_to_picture"]

_STEPPED = (0.1, 0.3)
_SCENES = ((0.3, "anchor"), (0.5, "chain"))
_SWEEP = (0.1, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0)
_SHOWN_GAINS = (0, 5)  # prompts whose pictures are shown: one keeps its meaning longer than the other
_LONG = 480
_SHOUTED = 16.0  # times that a change is enlarged on the sheets


def carrying(out: Path) -> Made:
    """How much of an angle arrives when R is applied in its own plane, and when the plane is carried to the prompt."""
    rows = []
    for name in ("plane", "transport"):
        shares = []
        for film in range(len(FILMS)):
            states = drawn_track(film).states
            given = angle_between(states[:-1], states[1:])
            for vector in embed(list(PROMPTS)):
                way = moved(vector.astype(np.float64), states, 0.3, "anchor", name)
                shares.append(float(np.mean(angle_between(way[:1], way[1:]) / (0.3 * given))))
        rows.append((name, f"{np.mean(shares):.3f}", f"{np.min(shares):.3f}", f"{np.max(shares):.3f}", len(shares)))
    columns = ("R is applied", "share of g θ that the prompt turns, mean", "least", "most", "film and prompt pairs")
    return [Table("carrying", columns, rows)], {}


def text_to_picture(out: Path) -> Made:
    """A0 at two gains, anchor and chain: every film with every seed."""
    runs, rows, further = Runs(out / "runs"), [], []
    for gain in _STEPPED:
        anchor, chain = (_all(runs, gain, mode) for mode in ("anchor", "chain"))
        for mode, made in (("anchor", anchor), ("chain", chain)):
            rs = _each(made, lambda run: pearson(run.text, run.picture))
            walked, away = (_each(made, measure) for measure in (_furthest, _furthest_picture))
            held = f"{int((rs > 0).sum())} of {rs.size}"
            rows.append((f"{gain:g}", mode, str(over_films(rs)), held, f"{walked.mean():.2f}", f"{away.mean():.2f}"))
        for name, measure in (("text, degrees", _furthest), ("picture, of 255", _furthest_picture)):
            more = _each(chain, measure) - _each(anchor, measure)
            count = f"{int((more > 0).sum())} of {more.size}"
            further.append((f"{gain:g}", name, f"{mean_interval(more.mean(axis=1)):+.2f}", count))
    columns = ("g", "mode", "r of text steps and picture steps [95 %]", "above 0", "furthest of the text, degrees",
               "furthest of the picture, of 255")  # fmt: skip
    heads = ("g", "furthest of", "chain less anchor [95 %]", "runs in which chain goes further")
    panels = {
        f"{mode}, g 0.3": {
            family: _together(line) for (family, _), line in zip(FILMS, _all(runs, 0.3, mode), strict=True)
        }
        for mode in ("anchor", "chain")
    }
    figure = plots.scatters(panels, "turn of the embedding in a step, degrees", "change of the picture, of 255")
    tables = [Table("text-to-picture", columns, rows), Table("anchor-and-chain", heads, further)]
    return tables, {"research-steps": figure}


def scenarios(out: Path) -> Made:
    """A0, A1, B1, B2 in both modes: neighbour cosines, and how much of the film's rhythm the picture has."""
    runs, rows = Runs(out / "runs"), []
    for gain, mode in _SCENES:
        for name in SCENARIOS:
            made = _all(runs, gain, mode, name)
            transfer = over_films(_each(made, lambda run: pearson(run.film, run.picture)))
            cosine, change = (_each(made, measure).mean() for measure in (_cosine, lambda run: run.picture.mean()))
            least = _each(made, lambda run: run.cosine.min()).min()
            sure = _each(made, _family).min()
            rows.append((name, mode, f"{gain:g}", f"{cosine:.5f}", f"{least:.5f}", f"{change:.2f}", str(transfer),
                         f"{sure:.2f}"))  # fmt: skip
    columns = ("scenario", "mode", "g", "neighbour cosine, mean", "least", "picture step, of 255",
               "r of film steps and picture steps [95 %]", "family probability, least")  # fmt: skip
    sheet = {"film": list(drawn_film(0)[list(SHOWN)])}
    for name in SCENARIOS:
        strip = list(runs.run(0, 0, 0.5, "chain", name).strip)
        sheet |= {name: strip, f"{name}\nchange": _changes(strip)}
    return [Table("scenarios", columns, rows)], {"research-scenarios": plots.sheet(_even(sheet))}


def gains(out: Path) -> Made:
    """Where the meaning runs away: g from 0.1 to 2 in chain mode, every film with every seed."""
    runs, rows = Runs(out / "runs"), []
    made = {gain: _all(runs, gain, "chain") for gain in _SWEEP}
    sure = {gain: _each(each, _family) for gain, each in made.items()}
    for gain, each in made.items():
        walked, away, kept = _each(each, _furthest), _each(each, _furthest_picture), sure[gain] / sure[_SWEEP[0]]
        shown = (spread(walked, 1), spread(away, 1), f"{sure[gain].mean():.2f}", spread(kept, 2))
        rows.append((f"{gain:g}", *shown, f"{int((kept < 0.5).sum())} of {kept.size}"))
    columns = ("g", "furthest from the prompt, degrees", "furthest of the picture, of 255", "family probability, least",
               f"as a share of that at g {_SWEEP[0]:g}", "runs that lose more than half")  # fmt: skip
    panels: dict[str, dict[str, Line]] = {}
    sheet: dict[str, list[np.ndarray]] = {}
    for film, prompt in enumerate(PROMPTS):
        found = {f"seed {seed}": [_family(made[gain][film][seed]) for gain in _SWEEP] for seed in range(len(SEEDS))}
        panels[prompt] = {name: Line(_SWEEP, row) for name, row in found.items()}
    for film in _SHOWN_GAINS:
        sheet |= {
            f"{PROMPTS[film].split()[1]}\ng {gain:g}": list(made[gain][film][0].strip) for gain in (0.3, 1.0, 2.0)
        }
    figures = {"research-gains": plots.several(panels, "gain", "least probability of the family"),
               "research-runaway": plots.sheet(sheet)}  # fmt: skip
    return [Table("gains", columns, rows)], figures


def predicted(out: Path) -> Made:
    """A turn of the path ``predicted`` with the packaged model: every prompt with every seed."""
    runs, rows, sheet = Runs(out / "runs"), [], {}
    for prompt, words in enumerate(PROMPTS):
        made = [runs.predicted(prompt, seed) for seed in SEEDS]
        columns = [
            np.array([measure(run) for run in made])
            for measure in (lambda run: run.walked.min(), _furthest, _furthest_picture, _cosine, _family)
        ]
        shown = (f"{values.mean():.{digits}f}" for values, digits in zip(columns, (1, 1, 1, 5, 2), strict=True))
        rows.append((words, *shown))
        sheet[words.replace(" at ", "\nat ").replace("abstract gradient ", "abstract\ngradient\n")] = list(
            made[0].strip
        )
    heads = ("prompt", "nearest to the prompt, degrees", "furthest", "furthest of the picture, of 255",
             "neighbour cosine, mean", "family probability, least")  # fmt: skip
    return [Table("predicted", heads, rows)], {"research-predicted": plots.sheet(sheet)}


def long_dependence(out: Path) -> Made:
    """How far a drift walks over hundreds of steps: a film played forth and back, again and again."""
    rows, lines = [], {}
    for colour, gain in enumerate((1.0, 0.3, 0.1)):
        for mode in ("chain", "anchor"):
            away = np.stack([_long_way(film, gain, mode) for film in range(len(FILMS))])
            turn = 2 * (len(drawn_track(0).states) - 1)
            once, last, most = away[:, : turn + 1].max(axis=1), away[:, -turn:].mean(axis=1), away.max(axis=1)
            rows.append((mode, f"{gain:g}", *(spread(values, 1) for values in (once, away[:, turn], last, most))))
            lines[f"{mode}, g {gain:g}"] = Line(np.arange(_LONG + 1), away.mean(axis=0), colour, mode == "anchor")
    columns = ("mode", "g", "furthest in the first turn, degrees", "at its end", f"mean of the last of {_LONG} steps",
               "furthest of all")  # fmt: skip
    figure = plots.lines(lines, "step (30 are once forth and back)", "degrees from the start, mean of six films")
    return [Table("long-dependence", columns, rows)], {"research-long": figure}


def _long_way(film: int, gain: float, mode: str) -> np.ndarray:
    states = drawn_track(film).states
    there = np.concatenate([states, states[-2:0:-1]])
    states = np.concatenate([there] * (_LONG // len(there) + 1) + [states[:1]])[: _LONG + 1]
    start = embed([PROMPTS[film]])[0].astype(np.float64)
    away: np.ndarray = np.degrees(angle_between(start[None], moved(start, states, gain, mode)))
    return away


def _all(runs: Runs, gain: float, mode: str, scenario: str = "A0") -> list[list[Run]]:
    return [[runs.run(film, seed, gain, mode, scenario) for seed in SEEDS] for film in range(len(FILMS))]


def _each(made: list[list[Run]], measure: Callable[[Run], float]) -> np.ndarray:
    """``measure`` of each run [films, seeds]."""
    return np.array([[measure(run) for run in line] for line in made])


def _furthest(run: Run) -> float:
    return float(run.walked.max())


def _furthest_picture(run: Run) -> float:
    return float(run.away.max())


def _cosine(run: Run) -> float:
    return float(run.cosine.mean())


def _family(run: Run) -> float:
    return float(run.family[0])


def _together(made: list[Run]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([run.text for run in made]), np.concatenate([run.picture for run in made])


def _changes(strip: list[np.ndarray]) -> list[np.ndarray]:
    """What each picture has more or less than the first, enlarged, on grey."""
    first = strip[0].astype(np.float32)
    return [np.clip(128.0 + _SHOUTED * (each - first), 0.0, 255.0).astype(np.uint8) for each in strip]


def _even(sheet: dict[str, list[np.ndarray]]) -> dict[str, list[np.ndarray]]:
    """Rows of one size, that of the pictures in the second."""
    wide, tall = list(sheet.values())[1][0].shape[1::-1]
    return {
        name: [cv2.resize(each, (wide, tall), interpolation=cv2.INTER_AREA) for each in row]
        for name, row in sheet.items()
    }
