"""A model in diffusers' layout, looked through before it is loaded: a folder a part, with configuration and weights.

Told by it, in a sentence, is what is missing or damaged, and what the weights weigh; nothing is loaded. Weights are
safetensors files only: the older pickled format can run code.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from avatar.core.errors import MissingEngine

__all__ = [
    "check_part",
    "check_safetensors",
    "parameters",
    "read_index",
    "read_json",
    "shapes",
    "weight_files",
]

_CONFIGS = ("config.json", "scheduler_config.json", "tokenizer_config.json", "preprocessor_config.json",
            "processor_config.json")  # fmt: skip


def read_index(folder: Path) -> dict[str, Any]:
    """What ``model_index.json`` says: the pipeline as ``_class_name``, and [library, class] a part; MissingEngine where
    there is none."""
    return read_json(folder / "model_index.json", f"{folder} is no folder in diffusers' layout")


def read_json(path: Path, else_say: str) -> dict[str, Any]:
    """The object in the file; MissingEngine, which begins with ``else_say`` where there is no file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingEngine(f"{else_say}: {path} is missing.") from error
    except (OSError, ValueError) as error:
        raise MissingEngine(f"{path} is damaged: download the model again.") from error
    if not isinstance(content, dict):
        raise MissingEngine(f"{path} is damaged: download the model again.")
    return content


def check_part(folder: Path, variant: str | None = None) -> None:
    """MissingEngine where a part of a model lacks its configuration or its weights, or has damaged ones."""
    config = next((folder / name for name in _CONFIGS if (folder / name).exists()), None)
    if config is None:
        raise MissingEngine(f"{folder / 'config.json'} is missing: download the model again.")
    read_json(config, f"{folder} is incomplete")
    if config.name != "config.json":
        return
    weights = sorted(folder.glob("*.safetensors"))
    named = [path for path in weights if f".{variant}" in path.name] if variant else weights
    for path in {*named, *_shards(folder)}:
        check_safetensors(path)
    if not named:
        wanted = f"*.{variant}.safetensors" if variant else "*.safetensors"
        raise MissingEngine(f"{folder / wanted} is missing: download the model again, with its safetensors files.")


def check_safetensors(path: Path) -> None:
    """MissingEngine where the file is missing or damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            file.keys()
    except FileNotFoundError as error:
        raise MissingEngine(f"{path} is missing: download the model again.") from error
    except (SafetensorError, OSError) as error:
        raise MissingEngine(f"{path} is damaged or no safetensors file: download it again.") from error


def parameters(part: Path, variant: str | None = None) -> int:
    """How many numbers the weights of a part of a model have; 0 for a part without weights."""
    return sum(math.prod(shape) for shape in shapes(weight_files(part, variant)).values())


def weight_files(part: Path, variant: str | None = None) -> list[Path]:
    """The files that the weights of a part of a model are read from, by name."""
    files = sorted(part.glob("*.safetensors"))
    named = [file for file in files if f".{variant}" in file.name] if variant else []
    return named or _one_of_each(files)


def shapes(files: Iterable[Path]) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor of safetensors files, from their headers; nothing of a file that cannot be read."""
    found: dict[str, tuple[int, ...]] = {}
    for file in files:
        found |= {name: tuple(entry["shape"]) for name, entry in _header(file).items() if name != "__metadata__"}
    return found


def _shards(folder: Path) -> set[Path]:
    """The pieces of weights that are spread over several files."""
    indices = [read_json(path, f"{folder} is incomplete") for path in folder.glob("*.safetensors.index.json")]
    return {folder / name for index in indices for name in index.get("weight_map", {}).values()}


def _one_of_each(files: list[Path]) -> list[Path]:
    """The files without those that hold the same weights at another precision (``model.fp16.safetensors``)."""
    usual = [file for file in files if file.name.count(".") == 1]
    return usual or files


def _header(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            header: dict[str, Any] = json.loads(opened.read(min(length, 100_000_000)))
    except (OSError, ValueError, struct.error):
        return {}
    return header
