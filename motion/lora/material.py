"""What a LoRA is trained on, computed once and kept in the folder of the run, a file a sample: memory stays flat.

``material/``: ``ID.safetensors`` with the tensors of a sample and ``pixels`` uint8 [n, h, w, 3], small pictures to look
at; ``words.safetensors`` with what the model reads of each caption, that of nothing first; ``index.json``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from avatar.core.artefacts import appearing, write_atomically
from avatar.core.errors import MediaError, OptionError
from avatar.core.progress import Progress
from motion.drift import generator_for
from motion.lora.objective import Objective, Tensors
from motion.lora.sources import Source, clips_of, shape_of, sources_of

__all__ = ["Material", "gathered"]

_SHOWN, _HEIGHT = 8, 128  # pictures of a sample in a strip, and how high they are
_ASIDE = 6  # one of so many is kept aside
_FEW = 4  # with fewer sources single samples are kept aside, not whole sources


@dataclass(frozen=True)
class Material:
    """``samples`` that are learned from and those kept ``aside``, by the names of their files in ``folder``; ``told``:
    the place of a sample's caption in ``captions``, the first of which is empty."""

    folder: Path
    samples: tuple[str, ...]
    aside: tuple[str, ...]
    told: dict[str, int]
    captions: tuple[str, ...]
    words: torch.Tensor

    def read(self, name: str) -> Tensors:
        """The tensors of a sample, without its pictures."""
        with safe_open(self.folder / f"{name}.safetensors", "pt") as file:
            return {key: file.get_tensor(key) for key in file.keys() if key != "pixels"}  # noqa: SIM118

    def pixels(self, name: str) -> np.ndarray:
        """Small pictures uint8 [n, h, w, 3] of a sample, n at most 8, spread over it."""
        with safe_open(self.folder / f"{name}.safetensors", "pt") as file:
            found: np.ndarray = file.get_tensor("pixels").numpy()
            return found

    def some_aside(self, most: int) -> tuple[str, ...]:
        """Samples that are kept aside, spread over all of them."""
        places = np.unique(np.linspace(0, len(self.aside) - 1, min(most, len(self.aside))).round().astype(int))
        return tuple(self.aside[k] for k in places)

    def words_of(self, name: str) -> torch.Tensor:
        """What the model reads of the caption of a sample, [1, ...]."""
        place = self.told[name]
        return self.words[place : place + 1]


def gathered(folder: Path, objective: Objective, pipeline: Any, progress: Progress) -> Material:
    """The material in ``folder``, made where it is not there yet; what was made before a stop is not made again.

    OptionError for a folder with nothing, or with too little, to learn from; MediaError for a film that cannot be used.
    """
    if not (folder / "index.json").is_file():
        _make(folder, objective, pipeline, progress)
    index = json.loads((folder / "index.json").read_text("utf-8"))
    rows, captions = index["samples"], tuple(index["captions"])
    told = {row["id"]: captions.index(row["caption"]) for row in rows}
    words = load_file(folder / "words.safetensors")["words"]
    aside = _aside([(row["id"], row["source"]) for row in rows], objective.config.seed)
    learned = tuple(row["id"] for row in rows if row["id"] not in aside)
    progress(1.0, "material")
    return Material(folder, learned, aside, told, captions, words)


def _make(folder: Path, objective: Objective, pipeline: Any, progress: Progress) -> None:
    config = objective.config
    sources = sources_of(Path(config.films or config.pictures).expanduser(), films=bool(config.films))
    size = objective.size(shape_of(sources[0]))
    rows: list[dict[str, str]] = []
    for number, source in enumerate(sources):
        part = progress.part(number / len(sources), (number + 1) / len(sources))
        before = len(rows)
        clips = clips_of(source, size, objective.rate, objective.frames, objective.most)
        for place, clip in enumerate(clips):
            name = _id(source, place)
            part(1.0 - 0.9 ** (place + 1), f"encoding {source.name}")
            _keep(folder / f"{name}.safetensors", objective, pipeline, clip)
            rows.append({"id": name, "source": source.name, "caption": source.caption})
        if len(rows) == before:
            seconds = objective.frames / objective.rate
            raise MediaError(f"The film {source.name} is too short: give at least {seconds:.1f} seconds.")
    if len(rows) < 2:
        raise OptionError("One sample is too little, as some are kept aside: give a longer film, or more of them.")
    captions = ["", *sorted({row["caption"] for row in rows} - {""})]
    with appearing(folder / "words.safetensors") as partial:
        save_file({"words": objective.words(pipeline, captions)}, partial)
    index = {"samples": rows, "captions": captions, "size": str(size)}
    write_atomically(folder / "index.json", json.dumps(index, indent=1, ensure_ascii=False).encode())


def _id(source: Source, index: int) -> str:
    """A name that changes with the file, so that nothing old is taken for it."""
    status = source.path.stat()
    return hashlib.sha256(f"{source.name}/{status.st_size}/{index}".encode()).hexdigest()[:16]


def _keep(path: Path, objective: Objective, pipeline: Any, clip: np.ndarray) -> None:
    if _is_whole(path):
        return
    draw = generator_for(objective.config.seed, f"lora/sample/{path.stem}")
    tensors = objective.sample(pipeline, clip, draw)
    with appearing(path) as partial:
        save_file(
            {name: one.contiguous() for name, one in tensors.items()} | {"pixels": torch.from_numpy(_small(clip))},
            partial,
        )


def _is_whole(path: Path) -> bool:
    try:
        with safe_open(path, "pt") as file:
            return "pixels" in file.keys()  # noqa: SIM118
    except (OSError, SafetensorError):
        return False


def _small(clip: np.ndarray) -> np.ndarray:
    """Pictures of ``clip`` uint8 [f, h, w, 3] for a strip: [n, 128, w, 3]."""
    places = np.unique(np.linspace(0, len(clip) - 1, min(_SHOWN, len(clip))).round().astype(int))
    width = max(1, round(clip.shape[2] * _HEIGHT / clip.shape[1]))
    return np.stack([cv2.resize(clip[k], (width, _HEIGHT), interpolation=cv2.INTER_AREA) for k in places])


def _aside(rows: list[tuple[str, str]], seed: int) -> tuple[str, ...]:
    """The samples that are kept aside: a sixth of the sources, all of each; where these are few, of the samples."""
    sources = sorted({source for _, source in rows})
    draw = generator_for(seed, "lora/aside")
    if len(sources) >= _FEW:
        chosen = set(draw.permutation(sources)[: max(1, len(sources) // _ASIDE)].tolist())
        return tuple(name for name, source in rows if source in chosen)
    names = [name for name, _ in rows]
    picked = sorted(draw.permutation(len(names))[: max(1, len(names) // _ASIDE)].tolist())
    return tuple(names[k] for k in picked)
