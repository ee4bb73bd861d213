"""A classifier of pictures, to measure whether the generator draws what was asked for: which family, which tone.

It is trained on drawn scenes that went through the codec, of seeds that the generator never saw, and it never takes
part in the generator's training. ``python -m motion.judge`` trains it again and states its accuracy.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from avatar.core.errors import MissingEngine
from avatar.core.progress import Progress, silent
from motion.drift import generator_for
from motion.generator.codec import Codec
from motion.generator.dataset import picture_of
from motion.scenes.families import FAMILIES
from motion.scenes.tones import COLOURS, INDOOR, OUTDOOR, SHAPES

__all__ = ["TRAINING_SEED", "TRIAL_SEED", "Examples", "Judge", "Verdicts", "accuracy", "examples", "look_of", "train"]

_LOG = logging.getLogger(__name__)

TRAINING_SEED, TRIAL_SEED = 2_000_000, 3_000_000
_FAMILIES = tuple(FAMILIES)
_TONES = (*OUTDOOR, *INDOOR, *COLOURS)
_SHAPES = ((224, 128), (224, 128), (224, 128), (128, 224), (160, 160))
_WIDTHS = (24, 48, 96, 160)


@dataclass(frozen=True)
class Examples:
    """``pictures`` uint8 [n] of [3, h, w], half the generator's size; ``families`` and ``tones`` int64 [n]."""

    pictures: tuple[torch.Tensor, ...]
    families: torch.Tensor
    tones: torch.Tensor


@dataclass(frozen=True)
class Verdicts:
    """Probabilities ``families`` [n, 28], and ``tones`` [n, 24] given the likeliest family."""

    families: torch.Tensor
    tones: torch.Tensor

    @property
    def family_names(self) -> list[str]:
        """The likeliest family of each picture."""
        return [_FAMILIES[int(i)] for i in self.families.argmax(dim=1)]

    @property
    def tone_names(self) -> list[str]:
        """The likeliest tone of each picture."""
        return [_TONES[int(i)] for i in self.tones.argmax(dim=1)]

    def of_family(self, name: str) -> torch.Tensor:
        """Probability [n] that a picture shows family ``name``."""
        return self.families[:, _FAMILIES.index(name)]


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((3, *_WIDTHS), _WIDTHS, strict=False):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.SiLU()]
        self.body = nn.Sequential(*layers, nn.Conv2d(_WIDTHS[-1], _WIDTHS[-1], 3, 1, 1), nn.SiLU())
        self.family = nn.Linear(2 * _WIDTHS[-1], len(_FAMILIES))
        self.tone = nn.Linear(2 * _WIDTHS[-1] + 6, len(_TONES))

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.features(pictures)
        return self.family(features[:, : self.family.in_features]), self.tone(features)

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        """What both answers are read from [n, 326]: the body's mean and largest values, then colours."""
        seen = self.body(pictures * 4.0 - 2.0)
        pooled = torch.cat([seen.mean(dim=(2, 3)), seen.amax(dim=(2, 3))], dim=1)
        colours = torch.cat([pictures.mean(dim=(2, 3)), pictures.std(dim=(2, 3))], dim=1)
        return torch.cat([pooled, 4.0 * colours], dim=1)


class Judge:
    """The trained classifier."""

    def __init__(self, net: _Net) -> None:
        self._net = net.eval()

    @torch.no_grad()
    def judge(self, pictures: torch.Tensor) -> Verdicts:
        """Verdicts on ``pictures`` float32 [n, 3, h, w] in 0..1 of the generator's own sizes."""
        parts = [self._net(_halved(part)) for part in pictures.clamp(0.0, 1.0).split(32)]
        families = torch.cat([family for family, _ in parts]).softmax(dim=1)
        tones = torch.cat([tone for _, tone in parts])
        allowed = torch.stack([_allowed_tones(name) for name in _FAMILIES])[families.argmax(dim=1)]
        return Verdicts(families, tones.masked_fill(~allowed, -torch.inf).softmax(dim=1))

    @torch.no_grad()
    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        """What the verdicts are read from, float32 [n, 326], of ``pictures`` as ``judge`` takes them."""
        return torch.cat([self._net.features(_halved(part)) for part in pictures.clamp(0.0, 1.0).split(32)])

    def save(self, path: Path) -> None:
        """Write half-precision weights."""
        save_file({name: value.half().contiguous() for name, value in self._net.state_dict().items()}, path)

    @classmethod
    def load(cls, path: Path) -> Judge:
        """Read what ``save`` wrote; MissingEngine where the file is missing or damaged."""
        net = _Net()
        try:
            net.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        except (OSError, SafetensorError, RuntimeError) as error:
            message = f"Weight file {path} is missing or damaged: run python -m motion.judge."
            raise MissingEngine(message) from error
        return cls(net)


def examples(codec: Codec, count: int, first_seed: int, progress: Progress) -> Examples:
    """``count`` drawn scenes through the codec: every family in turn, any of its tones, wide, tall and square."""
    pictures, families, tones = [], [], []
    for i in range(count):
        chance = generator_for(first_seed + i, "judge's example")
        family = _FAMILIES[i % len(_FAMILIES)]
        tone = str(chance.choice(list(FAMILIES[family].tones)))
        shape = _SHAPES[int(chance.integers(len(_SHAPES)))]
        drawn = picture_of(family, look_of(family, tone, chance), shape, first_seed + i, float(chance.random()))
        pictures.append(_halved(_through(codec, drawn)).mul(255.0).round().byte()[0])
        families.append(_FAMILIES.index(family))
        tones.append(_TONES.index(tone))
        progress((i + 1) / count, "drawing")
    return Examples(tuple(pictures), torch.tensor(families), torch.tensor(tones))


def look_of(family: str, tone: str, chance: np.random.Generator) -> np.ndarray:
    """The look [35] of ``tone`` with up to a quarter of another tone in it, as the drift mixes them."""
    tones = FAMILIES[family].tones
    other = tones[str(chance.choice(list(tones)))].vector
    share = 0.25 * chance.random()
    return np.concatenate([(1.0 - share) * tones[tone].vector + share * other, chance.standard_normal(SHAPES)])


def train(known: Examples, rounds: int, seed: int, progress: Progress) -> Judge:
    """Train a judge on ``known`` for ``rounds`` passes: AdamW, one cycle, mirrored pictures, label smoothing."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = _Net()
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.02)
    batches = [list(_batches(known, generator_for(seed, "judge's order", i))) for i in range(rounds)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=sum(map(len, batches)), pct_start=0.2)
    for i, batch in enumerate(batches):
        losses = [_step(net, optimiser, schedule, known, rows, mirrored) for rows, mirrored in batch]
        progress((i + 1) / rounds, f"loss {np.mean(losses):.3f}")
    return Judge(net)


@torch.no_grad()
def accuracy(judge: Judge, known: Examples) -> tuple[float, float]:
    """Shares of ``known`` whose family is right, and whose family and tone are right."""
    family, both = 0, 0
    for i, picture in enumerate(known.pictures):
        families, tones = judge._net(picture[None].float() / 255.0)
        right = int(families.argmax()) == int(known.families[i])
        allowed = _allowed_tones(_FAMILIES[int(families.argmax())])
        family += right
        both += right and int(tones.masked_fill(~allowed, -torch.inf).argmax()) == int(known.tones[i])
    return family / len(known.pictures), both / len(known.pictures)


def _step(
    net: _Net,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    known: Examples,
    rows: list[int],
    mirrored: bool,
) -> float:
    pictures = torch.stack([known.pictures[i] for i in rows]).float() / 255.0
    families, tones = net(pictures.flip(3) if mirrored else pictures)
    loss = functional.cross_entropy(families, known.families[rows], label_smoothing=0.03)
    loss = loss + functional.cross_entropy(tones, known.tones[rows], label_smoothing=0.03)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    schedule.step()
    return float(loss.detach())


def _batches(known: Examples, chance: np.random.Generator, size: int = 32) -> Iterator[tuple[list[int], bool]]:
    """Rows of pictures of one shape, and whether to mirror them, in random order."""
    found = []
    for shape in sorted({tuple(picture.shape) for picture in known.pictures}):
        rows = chance.permutation([i for i, picture in enumerate(known.pictures) if tuple(picture.shape) == shape])
        found += [rows[k : k + size].tolist() for k in range(0, len(rows), size)]
    for k in chance.permutation(len(found)):
        yield found[k], bool(chance.random() < 0.5)


def _allowed_tones(family: str) -> torch.Tensor:
    return torch.tensor([tone in FAMILIES[family].tones for tone in _TONES])


@torch.no_grad()
def _through(codec: Codec, drawn: np.ndarray) -> torch.Tensor:
    picture = torch.from_numpy(drawn).permute(2, 0, 1)[None].contiguous()
    return codec.decode(codec.encode(picture)).clamp(0.0, 1.0)


def _halved(pictures: torch.Tensor) -> torch.Tensor:
    return functional.avg_pool2d(pictures, 2)


def main() -> None:
    """Train the judge that is shipped beside the weights, and print its accuracy."""
    parser = argparse.ArgumentParser(description="Train the judge of backdrops on drawn scenes.")
    parser.add_argument("weights", type=Path, help="folder with codec.safetensors; judge.safetensors is written there")
    parser.add_argument("--pictures", type=int, default=8400, help="drawn scenes (default: 8400)")
    parser.add_argument("--rounds", type=int, default=12, help="passes over them (default: 12)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    codec = Codec.load(arguments.weights / "codec.safetensors")
    progress = Progress(lambda fraction, message: _LOG.info("%3.0f %% %s", 100 * fraction, message))
    judge = train(examples(codec, arguments.pictures, TRAINING_SEED, progress), arguments.rounds, 0, progress)
    judge.save(arguments.weights / "judge.safetensors")
    trial = examples(codec, 1120, TRIAL_SEED, silent())
    family, both = accuracy(Judge.load(arguments.weights / "judge.safetensors"), trial)
    print(f"of {len(trial.pictures)} drawn scenes: family right {family:.4f}, family and tone {both:.4f}")  # noqa: T201


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
