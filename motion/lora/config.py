"""What a run of ``govorun train lora`` is asked for."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from avatar.core.errors import OptionError
from avatar.core.manifest import manifests
from motion.configuration import read_options, within_limits

__all__ = ["Config", "read_config"]

_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*")


@dataclass(frozen=True)
class Config:
    """``model``: folder or id of the model that is tuned, ``variant`` of its files. ``films`` or ``pictures``: the
    folder to learn from. ``name``: what the LoRA is kept as, "" for its folder alone. ``steps`` at most, with ``batch``
    samples each; a look at what is kept aside ``every`` so many, and after ``patience`` of these without progress it
    ends; ``strips``: looks from one strip of pictures to the next. ``rank`` of the LoRA, ``alpha`` 0 for the same.
    ``learning_rate`` of AdamW. ``side``: square root of the area of a picture in pixels, ``frames`` of a clip (Stable
    Diffusion: of a film, at most), ``rate``: frames a second of a film; 0 for what the model is used to. ``dropout``:
    share of samples without their condition. ``motion``: the motion bucket that clips are said to have."""

    model: str = ""
    films: str = ""
    pictures: str = ""
    name: str = ""
    steps: int = 1000
    rank: int = 8
    alpha: int = 0
    learning_rate: float = 1e-4
    batch: int = 1
    every: int = 50
    patience: int = 8
    strips: int = 5
    side: int = 0
    frames: int = 0
    rate: float = 0.0
    dropout: float = 0.1
    motion: int = 127
    seed: int = 0
    variant: str = ""

    def __post_init__(self) -> None:
        """OptionError for a value that cannot be used."""
        if not self.model:
            raise OptionError(
                "Training needs a model: give --model with a name of `govorun models`, a folder or an id."
            )
        if bool(self.films) == bool(self.pictures):
            raise OptionError("Training needs a folder to learn from: give --films DIR, or --pictures DIR.")
        if self.name and (not _NAME.fullmatch(self.name) or self.name in manifests()):
            raise OptionError(f"The name {self.name!r} cannot be used: choose letters, digits and - of your own.")
        within_limits(self, (
            ("steps", 1, 1_000_000), ("rank", 1, 512), ("alpha", 0, 1024), ("learning_rate", 1e-8, 1.0),
            ("batch", 1, 256), ("every", 1, 100_000), ("patience", 1, 100_000), ("strips", 1, 100_000),
            ("side", 0, 2048), ("frames", 0, 1024), ("rate", 0.0, 60.0), ("dropout", 0.0, 0.9), ("motion", 1, 255),
            ("seed", 0, 2**62),
        ))  # fmt: skip

    @property
    def gain(self) -> float:
        """What up times down is multiplied by."""
        return (self.alpha or self.rank) / self.rank

    @property
    def identity(self) -> dict[str, object]:
        """What makes it another run: all but its name and when it ends."""
        left_out = ("name", "steps", "patience")
        return {name: value for name, value in dataclasses.asdict(self).items() if name not in left_out}


def read_config(path: Path | None, given: Mapping[str, object]) -> Config:
    """The configuration of a JSON or TOML file with what is ``given`` instead; OptionError for unknown keys."""
    options = read_options(path, given, [each.name for each in dataclasses.fields(Config)])
    for each in dataclasses.fields(Config):
        if each.type == "str" and not isinstance(options.get(each.name, ""), str):
            raise OptionError(f"Training option {each.name} is {options[each.name]!r}: give a text.")
    return Config(**options)  # type: ignore[arg-type]
