"""What the embedded generator must reach, measured: ``python -m motion.trials.gates``.

Prompts are fixed lists (``motion/prompts``); the judge is a classifier of drawn scenes that the training never used.
"As shipped" is what the engine shows: the prompt read and pulled to what is known, a drawn scene refined. "Network
alone" is pure noise under the raw embedding of the sentence: what the network itself learned.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from avatar.core.progress import Progress, silent
from avatar.core.types import Size
from motion.drift import Strengths
from motion.engines.embedded import WEIGHTS, Embedded
from motion.generator.model import Generator
from motion.judge import TRIAL_SEED, Judge, accuracy, examples
from motion.options import BackdropOptions
from motion.scenes.families import FAMILIES
from motion.trials import measures
from motion.trials.trial import Trial, Wish, readable, wishes

__all__ = ["Gate", "measure"]

_LOG = logging.getLogger(__name__)

_ANGLES = (0.5, 1.0, 3.0, 10.0, 20.0, 30.0)
_FRAMES, _FPS = 300, 25.0


@dataclass(frozen=True)
class Gate:
    """``value`` of ``n`` measurements against ``bound``; ``least`` says whether the bound is the least or the most."""

    name: str
    value: float
    bound: float
    n: int
    least: bool = True

    @property
    def held(self) -> bool:
        """Whether the bound is kept."""
        return self.value >= self.bound if self.least else self.value <= self.bound


def measure(trial: Trial, progress: Progress) -> Iterator[Gate]:
    """Every gate in turn."""
    parts = (_judge, _following, _colour, _codec, _response, _loops, _between, _seeds, _cost)
    for i, part in enumerate(parts):
        progress(i / len(parts), part.__name__.strip("_"))
        yield from part(trial)
    progress(1.0, "measured")


def _judge(trial: Trial) -> Iterator[Gate]:
    """The judge on drawn scenes that it was not trained on."""
    known = examples(trial.generator.codec, 1120 // trial.step, TRIAL_SEED, silent())
    family, both = accuracy(trial.judge, known)
    yield Gate("judge: family of drawn scenes", family, 0.95, len(known.pictures))
    yield Gate("judge: family and palette of drawn scenes", both, 0.85, len(known.pictures))


def _following(trial: Trial) -> Iterator[Gate]:
    """Whether the picture shows what the words say."""
    for name, bound in (("captions", 0.95), ("english", 0.80), ("russian", 0.70)):
        listed = wishes(name)[:: trial.step]
        read = tuple(wish for wish in listed if readable(wish.prompt))
        alone = trial.captions_alone if name == "captions" else trial.alone(read)
        for way, made in (("as shipped", trial.shown(read)), ("network alone", alone)):
            family, both = _right(trial.judge, made, read)
            yield Gate(f"family right, {name}, {way}", sum(family) / len(listed), bound, len(listed))
            if name == "captions":
                yield Gate(f"family and palette right, {name}, {way}", sum(both) / len(listed), 0.80, len(listed))


def _right(judge: Judge, pictures: torch.Tensor, listed: tuple[Wish, ...]) -> tuple[list[bool], list[bool]]:
    """Whether each family is right; whether family and tone are, of those prompts that name a tone."""
    told = judge.judge(pictures)
    compared = list(zip(told.family_names, told.tone_names, listed, strict=True))
    family = [seen == wish.family for seen, _, wish in compared]
    both = [seen == wish.family and tone == wish.tone for seen, tone, wish in compared if wish.tone]
    return family, both


def _colour(trial: Trial) -> Iterator[Gate]:
    """Mean colours of the network's pictures against drawn scenes of the same family and tone."""
    made = trial.captions_alone.clamp(0.0, 1.0).mean(dim=(2, 3)).numpy()
    drawn = trial.captions_drawn.mean(dim=(2, 3)).numpy()
    yield Gate("r of mean colours, network alone", measures.correlation(made, drawn), 0.92, made.size)


def _codec(trial: Trial) -> Iterator[Gate]:
    """The decoder, and block texture, on drawn scenes that neither was fitted to."""
    drawn, codec = trial.captions_drawn, trial.generator.codec
    with torch.inference_mode():
        again = codec.decode(codec.encode(drawn))
    yield Gate("decoder, dB", measures.decibels(again, drawn), 40.0, len(drawn))
    shown = trial.shown_finely(trial.captions[::4])
    for way, made in (("as shipped", shown), ("network alone", trial.captions_alone)):
        edges = measures.block_edges(made) / measures.block_edges(drawn)
        yield Gate(f"block edges over those of drawn scenes, {way}", edges, 1.10, len(made), least=False)


def _response(trial: Trial) -> Iterator[Gate]:
    """Whether the picture changes in proportion to the angle of text and of noise."""
    for kind in ("text", "noise"):
        drifts = [Strengths(**{"text": 0.0, "noise": 0.0, kind: angle}) for angle in (0.0, *_ANGLES)]
        found = []
        for family in trial.families:
            pictures = trial.moments_of(family, drifts)
            found.append(measures.change(pictures[1:], pictures[:1]).numpy())
        mean = np.mean(found, axis=0)
        told = ", ".join(f"{angle:g} degrees {value:.2f}" for angle, value in zip(_ANGLES, mean, strict=True))
        _LOG.info("change of 255, %s: %s", kind, told)
        r = measures.correlation(np.array(_ANGLES), mean)
        yield Gate(f"r of angle and mean change, {kind}", r, 0.99, len(found) * len(_ANGLES))


def _loops(trial: Trial) -> Iterator[Gate]:
    """One orbit a family: even, without a seam, similar from frame to frame, and the same scene all along."""
    ssim, uneven, seams, sure = [], [], [], []
    for family in trial.families:
        frames = trial.loop(family, _FRAMES, _FPS)
        steps = measures.change(frames[1:], frames[:-1])
        ssim.append(measures.neighbour_ssim(frames))
        uneven.append(measures.unevenness(frames))
        seams.append(float(measures.change(frames[-1:], frames[:1])[0] / steps.median()))
        sure.append(float(trial.judge.judge(frames[::12]).of_family(family).min()))
    _LOG.info(
        "least sure: %s", ", ".join(f"{f} {p:.2f}" for p, f in sorted(zip(sure, trial.families, strict=True))[:6])
    )
    count = len(ssim)
    yield Gate("neighbour SSIM, lowest", min(ssim), 0.99, count * _FRAMES)
    yield Gate("largest over median change, worst loop", max(uneven), 1.2, count, least=False)
    yield Gate("largest over median change, median loop", float(np.median(uneven)), 1.2, count, least=False)
    yield Gate("change at the seam over median change, worst loop", max(seams), 1.0, count, least=False)
    yield Gate("family probability along a loop, lowest", min(sure), 0.6, count * 25)


def _between(trial: Trial) -> Iterator[Gate]:
    """Frames between keyframes from the curve, against the same moments diffused."""
    found = [trial.between(family) for family in trial.families]
    direct, curved = (torch.cat(part) for part in zip(*found, strict=True))
    yield Gate("frames between keyframes, dB", measures.decibels(direct, curved), 45.0, len(direct))


def _seeds(trial: Trial) -> Iterator[Gate]:
    """How much two seeds of a prompt differ."""
    listed = tuple(Wish(name, name, FAMILIES[name].usual) for name in trial.families)
    for way, made in (("as shipped", trial.shown), ("network alone", trial.alone)):
        differ = measures.change(made(listed, 0), made(listed, 1))
        yield Gate(f"change of 255 between two seeds, least family, {way}", float(differ.min()), 2.0, len(differ))


def _cost(trial: Trial) -> Iterator[Gate]:
    """A ten-second loop of 1280x720 on this machine, the model loaded."""
    size, engine = Size(1280, 720), Embedded()
    begun = time.perf_counter()
    plan = engine.plan(
        BackdropOptions(size, "calm ocean at dusk", period_s=10.0, engine_options=trial.options), silent()
    )
    clip = engine.open(plan, size, _FPS, "cpu")
    for index in range(250):
        clip.frame(index)
    yield Gate("seconds for ten seconds of 1280x720", time.perf_counter() - begun, 10.0, 1, least=False)


def main() -> None:
    """Measure, print the table, write gates.json beside the weights."""
    parser = argparse.ArgumentParser(description="Measure the embedded backdrop generator.")
    parser.add_argument("weights", type=Path, nargs="?", default=WEIGHTS, help="folder of a release")
    parser.add_argument("--judge", type=Path, help="judge.safetensors (default: the one of the release)")
    parser.add_argument("--quick", action="store_true", help="every seventh prompt and family; writes nothing")
    parser.add_argument("--strength", type=float, help="of noise over the drawn scene (default: the engine's)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    generator, judge = (
        Generator.load(arguments.weights),
        Judge.load(arguments.judge or arguments.weights / "judge.safetensors"),
    )
    options = {} if arguments.strength is None else {"strength": str(arguments.strength)}
    trial = Trial(generator, judge, {"model": str(arguments.weights), **options}, 7 if arguments.quick else 1)
    gates = []
    for gate in measure(trial, Progress(lambda fraction, message: _LOG.info("%3.0f %% %s", 100 * fraction, message))):
        gates.append(gate)
        bound = f"{'≥' if gate.least else '≤'} {gate.bound:g}"
        print(f"{gate.name:62} {gate.value:8.4f}  {bound:8} {'yes' if gate.held else 'NO':4} n {gate.n}", flush=True)  # noqa: T201
    if not arguments.quick:
        rows = [{**dataclasses.asdict(gate), "held": gate.held} for gate in gates]
        (arguments.weights / "gates.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
