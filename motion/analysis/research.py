"""Every table and figure of docs/research.md: ``python -m motion.analysis.research OUT --page docs/research.md``.

The stages keep what they made below OUT and go on where they were stopped; ``--only`` runs some of them. Tables are
written between the marks ``<!-- table: NAME -->`` and ``<!-- end -->`` of the page, figures beside it as PNG. It all
takes about five minutes of one core that has nothing else to do.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from avatar.core.artefacts import write_atomically
from avatar.core.progress import silent
from motion.analysis import plots
from motion.analysis.report import Report, Table, versions
from motion.analysis.runs import FILMS, PROMPTS, SEEDS, Run, Runs, drawn_track
from motion.analysis.statistics import Correlation, fisher, pearson
from motion.embedding import embed
from motion.encoders import encoder_of
from motion.influence.path import SCENARIOS, moved
from motion.next_state.clips import HELD_OUT, Clip, drawn_clips, keep_clips, kept_clips
from motion.next_state.model import NextState
from motion.next_state.modes import ALL, MODES
from motion.next_state.training import Config, fit
from motion.next_state.trial import HORIZONS, Seen, look_ahead
from motion.rotation import angle_between
from motion.scenes.families import FAMILIES

__all__ = ["main"]

_STEPPED = ((0.1, "anchor"), (0.3, "anchor"), (0.3, "chain"))
_SWEEP = (0.3, 0.6, 1.0)
_TRAINED_ON, _HELD_OUT_CLIPS, _FIRST_HELD_OUT = 132, 30, 900_000
_CONFIG = Config(scenes=_TRAINED_ON, epochs=14, batches=12, batch=32, patience=14)
_LONG = 480
Made = tuple[list[Table], dict[str, bytes]]


def clip_change(out: Path) -> Made:
    """Embedding change against pixel change on clips of families that no model of next states was trained on."""
    clips = _clips(out, held_out=True)
    each, means = [], []
    for clip in clips:
        angles = np.degrees(angle_between(clip.states[:-1], clip.states[1:]))
        each.append(pearson(angles, clip.changed))
        means.append((float(angles.mean()), float(clip.changed.mean())))
    rs = np.array([r for r in each if not math.isnan(r)])
    within = _mean_of(rs)
    between = fisher(*np.array(means).T)
    rows = [
        ("within a clip, mean of clips", str(within), within.n, int((rs > 0).sum())),
        ("between clips, mean of each", str(between), between.n, ""),
    ]
    table = Table("clip-change", ("r of embedding change and pixel change", "r [95 %]", "clips", "above 0"), rows)
    points = {"clips": (np.array(means)[:, 0], np.array(means)[:, 1])}
    figure = plots.scatter(points, "mean angle of a step, degrees", "mean pixel change of 255")
    return [table], {"research-clip-change": figure}


def text_to_picture(out: Path) -> Made:
    """A0 at two gains, anchor and chain: three films, three seeds."""
    runs, rows = Runs(out / "runs"), []
    for gain, mode in _STEPPED:
        made = _nine(runs, gain, mode)
        rs = np.array([pearson(run.text, run.picture) for run in made])
        walked = np.mean([run.walked.max() for run in made])
        away = np.mean([run.away.max() for run in made])
        held = f"{int((rs > 0).sum())} of {len(rs)}"
        rows.append((f"{gain:g}", mode, str(_mean_of(rs)), held, f"{walked:.2f}", f"{away:.2f}"))
    columns = ("g", "mode", "r of text steps and picture steps [95 %]", "above 0", "furthest of the text, degrees",
               "furthest of the picture, of 255")  # fmt: skip
    points = {mode: _together(_nine(runs, 0.3, mode)) for mode in ("anchor", "chain")}
    figure = plots.scatter(points, "turn of the embedding in a step, degrees", "change of the picture, of 255")
    return [Table("text-to-picture", columns, rows)], {"research-steps": figure}


def scenarios(out: Path) -> Made:
    """A0, A1, B1, B2 at g 0.3, one seed: neighbour cosines, and how much of the film's rhythm the picture has."""
    runs, rows, strips = Runs(out / "runs"), [], []
    for name in SCENARIOS:
        made = [runs.run(film, 0, 0.3, "anchor", name) for film in range(len(FILMS))]
        transfer = _mean_of(np.array([pearson(run.film, run.picture) for run in made]))
        cosine = np.mean([run.cosine.mean() for run in made])
        least = np.min([run.cosine.min() for run in made])
        change = np.mean([run.picture.mean() for run in made])
        sure = np.min([run.family[0] for run in made])
        rows.append((name, f"{cosine:.5f}", f"{least:.5f}", f"{change:.2f}", str(transfer), f"{sure:.2f}"))
        strips.append(list(made[0].strip))
    columns = ("scenario", "neighbour cosine, mean", "least", "picture step, of 255",
               "r of film steps and picture steps [95 %]", "family probability, least")  # fmt: skip
    return [Table("scenarios", columns, rows)], {"research-scenarios": plots.strip(strips, 1120)}


def gains(out: Path) -> Made:
    """Where the meaning runs away: g from 0.3 to 1 in chain mode, one seed, three films."""
    runs, rows, lines = Runs(out / "runs"), [], {}
    for film, prompt in enumerate(PROMPTS):
        made = [runs.run(film, 0, gain, "chain") for gain in _SWEEP]
        for gain, run in zip(_SWEEP, made, strict=True):
            rows.append((prompt, f"{gain:g}", f"{run.walked.max():.1f}", f"{run.family[0]:.2f}"))
        lines[prompt] = (_SWEEP, [float(run.family[0]) for run in made])
    columns = ("prompt", "g", "furthest from the prompt, degrees", "family probability, least")
    strips = [list(runs.run(0, 0, gain, "chain").strip) for gain in (0.3, 1.0)]
    figures = {"research-gains": plots.lines(lines, "gain", "least family probability"),
               "research-runaway": plots.strip(strips, 1120)}  # fmt: skip
    return [Table("gains", columns, rows)], figures


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


def long_dependence(out: Path) -> Made:
    """How far a drift walks over hundreds of steps: a film played forth and back, again and again."""
    rows, lines = [], {}
    for gain in (0.1, 0.3, 1.0):
        for mode in ("anchor", "chain"):
            ends, most = [], []
            for film in range(len(FILMS)):
                states = drawn_track(film).states
                there = np.concatenate([states, states[-2:0:-1]])
                states = np.concatenate([there] * (_LONG // len(there) + 1) + [states[:1]])[: _LONG + 1]
                start = embed([PROMPTS[film]])[0].astype(np.float64)
                away = np.degrees(angle_between(start[None], moved(start, states, gain, mode)))
                ends.append(away[-len(there) :].mean())
                most.append(away.max())
                lines[f"{mode}, g {gain:g}"] = (np.arange(_LONG + 1), away)
            rows.append((mode, f"{gain:g}", f"{np.mean(ends):.2f}", f"{np.max(most):.2f}"))
    columns = ("mode", "g", f"from the start, mean of the last turn of {_LONG} steps, degrees", "furthest, degrees")
    return [Table("long-dependence", columns, rows)], {"research-long": plots.lines(lines, "step", "degrees away")}


def next_state(out: Path) -> Made:
    """Both networks on families that they never saw: ``all`` with three seeds, every mode with the first of them."""
    clips, held_out = _clips(out, held_out=False), _clips(out, held_out=True)
    modes, best = [], []
    for network in ("simple", "rotation"):
        seeds = [_seen(out, clips, held_out, network, ALL, seed) for seed in SEEDS]
        best += [_against(network, [seen[h] for seen in seeds]) for h in range(len(HORIZONS))]
        kinds = [(mode, mode, _CONFIG.memory) for mode in (*MODES, ALL)] + [("all, present state alone", ALL, 1)]
        for name, mode, memory in kinds:
            seen = _seen(out, clips, held_out, network, mode, SEEDS[0], memory)
            modes.append((network, name, *(f"{each.model.mean():.4f}" for each in seen)))
    seen = _seen(out, clips, held_out, "rotation", ALL, SEEDS[0])
    modes += [("stay", "", *(f"{each.stay.mean():.4f}" for each in seen))]
    modes += [("rotate on", "", *(f"{each.rotate.mean():.4f}" for each in seen))]
    columns = ("network", "steps", "cosine of the model", "stay", "rotate on",
               "model less the better of the two [95 %]", "beats both")  # fmt: skip
    heads = ("network", "mode", *(f"cosine at {h} step{'s' * (h > 1)}" for h in HORIZONS))
    return [Table("next-state", columns, best), Table("modes", heads, modes)], {}


STAGES: dict[str, Callable[[Path], Made]] = {
    "clips": clip_change,
    "carrying": carrying,
    "long": long_dependence,
    "steps": text_to_picture,
    "scenarios": scenarios,
    "gains": gains,
    "next-state": next_state,
}


def _nine(runs: Runs, gain: float, mode: str, scenario: str = "A0") -> list[Run]:
    return [runs.run(film, seed, gain, mode, scenario) for film in range(len(FILMS)) for seed in SEEDS]


def _together(made: Sequence[Run]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([run.text for run in made]), np.concatenate([run.picture for run in made])


def _mean_of(rs: np.ndarray) -> Correlation:
    """The mean of correlations by Fisher's z, with the interval of Student's t over runs."""
    from scipy.stats import t

    z = np.arctanh(np.clip(rs, -0.999999, 0.999999))
    half = float(t.ppf(0.975, len(z) - 1)) * float(z.std(ddof=1)) / math.sqrt(len(z))
    mean = float(z.mean())
    return Correlation(math.tanh(mean), math.tanh(mean - half), math.tanh(mean + half), len(z))


def _clips(out: Path, held_out: bool) -> list[Clip]:
    name = "held-out" if held_out else "learned"
    families = HELD_OUT if held_out else tuple(family for family in FAMILIES if family not in HELD_OUT)
    count, seed = (_HELD_OUT_CLIPS, _FIRST_HELD_OUT) if held_out else (_TRAINED_ON, 10_000)
    wanted: dict[str, object] = {"count": count, "seed": seed, "families": families, "encoder": "scene"}
    path = out / f"clips-{name}.npz"
    kept = kept_clips(path, wanted)
    if kept is None:
        kept = drawn_clips(encoder_of(), count, seed, families, silent())
        out.mkdir(parents=True, exist_ok=True)
        keep_clips(path, wanted, kept)
    return kept


def _seen(
    out: Path, clips: list[Clip], held_out: list[Clip], network: str, mode: str, seed: int, memory: int = 3
) -> list[Seen]:
    folder = out / "models" / f"{network}-{mode}-{seed}-{memory}"
    if not (folder / "next_state.json").exists():
        config = dataclasses.replace(_CONFIG, network=network, mode=mode, seed=seed, memory=memory)
        fit(clips, config, silent()).save(folder)
    return look_ahead(NextState.load(folder), held_out)


def _against(network: str, seeds: Sequence[Seen]) -> tuple[object, ...]:
    """One horizon of one network: three seeds against the better of staying and rotating on, the interval over
    forecasts (mean of seeds), drawn again by clips."""
    model = np.mean([seen.model for seen in seeds], axis=0)
    stay, rotate = seeds[0].stay, seeds[0].rotate
    better = stay if stay.mean() >= rotate.mean() else rotate
    per_clip = (model - better).reshape(_HELD_OUT_CLIPS, -1).mean(axis=1)
    half = 1.96 * per_clip.std(ddof=1) / math.sqrt(len(per_clip))
    gain = float(per_clip.mean())
    won = all(seen.model.mean() > max(stay.mean(), rotate.mean()) for seen in seeds) and gain - half > 0.0
    shown = f"{gain:+.4f} [{gain - half:+.4f}, {gain + half:+.4f}]"
    cells = (f"{values.mean():.4f}" for values in (model, stay, rotate))
    return (network, seeds[0].horizon, *cells, shown, "yes" if won else "no")


def _filled(page: str, table: Table) -> str:
    mark, end = f"<!-- table: {table.name} -->", "<!-- end -->"
    if mark not in page:
        return page
    head, _, rest = page.partition(mark)
    return f"{head}{mark}\n{table.markdown()}\n{end}{rest.partition(end)[2]}"


def main() -> None:
    """Measure, fill the page, write the report."""
    parser = argparse.ArgumentParser(description="Measure what docs/research.md claims.")
    parser.add_argument("out", type=Path, help="where runs, models and the report are kept")
    parser.add_argument("--page", type=Path, help="the page whose tables are filled")
    parser.add_argument("--only", choices=tuple(STAGES), action="append", help="these stages alone")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    report = Report("Rotation drift", "python -m motion.analysis.research " + str(arguments.out))
    for name in arguments.only or STAGES:
        tables, pictures = STAGES[name](arguments.out)
        report.tables += tables
        report.pictures |= pictures
        for table in tables:
            print(table.name, table.markdown(), sep="\n", flush=True)  # noqa: T201
    report.write(arguments.out / "report")
    if arguments.page is not None:
        text = arguments.page.read_text(encoding="utf-8")
        for table in report.tables:
            text = _filled(text, table)
        write_atomically(arguments.page, text.encode())
        for name, picture in report.pictures.items():
            write_atomically(arguments.page.parent / "pictures" / f"{name}.png", picture)
    print(versions())  # noqa: T201


if __name__ == "__main__":
    main()
