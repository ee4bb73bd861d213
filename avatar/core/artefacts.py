"""Frozen dataclasses to one file and back: arrays in NPZ, the rest as JSON inside it. No pickle.

What a stage hands to the next one, and what the caches keep, is written with :func:`save` (atomically: a reader sees
the whole file or none) and read with :func:`load`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import stat
import types
import typing
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from avatar.core.reasons import Message, coded, uncoded

__all__ = ["appearing", "load", "prune", "save", "write_atomically"]

T = TypeVar("T")
_META = "__meta__"


@contextlib.contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """An empty file beside ``path``, hidden and with its ending, to be written in the block.

    It becomes ``path`` in one step when the block ends well, and is removed when it does not: a reader sees the whole
    file or none. OSError where the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
    partial.touch(exist_ok=False)
    try:
        yield partial
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` under ``path`` in one step, and through to the disk."""
    with appearing(path) as partial, partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def prune(folder: Path, limit_bytes: int) -> None:
    """Delete the files of ``folder`` that were used longest ago until the rest is within the limit."""
    found = []
    for path in folder.rglob("*") if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # another process may prune too
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                found.append((status.st_mtime, status.st_size, path))
    kept = 0
    for _, size, path in sorted(found, reverse=True):
        kept += size
        if kept > limit_bytes:
            path.unlink(missing_ok=True)


def save(path: Path, value: Any) -> None:
    """Write dataclass ``value`` to ``path`` (NPZ). Fields: arrays, numbers, strings, None, dataclasses, tuples and
    mappings of these."""
    arrays: dict[str, np.ndarray] = {}
    meta = _encode(value, "", arrays)
    arrays[_META] = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    write_atomically(path, buffer.getvalue())


def load(path: Path, kind: type[T]) -> T:
    """Read what :func:`save` wrote as a ``kind``; ValueError where the file is of another kind or damaged."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        meta = json.loads(arrays.pop(_META).tobytes())
        return typing.cast(T, _decode(meta, kind, arrays))
    except (KeyError, TypeError, ValueError, OSError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(f"{path.name} is no readable {kind.__name__}: {error}") from error


def _encode(value: Any, key: str, arrays: dict[str, np.ndarray]) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _encode(getattr(value, f.name), f"{key}.{f.name}", arrays) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        arrays[key] = np.asarray(value)
        return {"array": key}
    if isinstance(value, Mapping):
        return {name: _encode(item, f"{key}.{name}", arrays) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_encode(item, f"{key}.{i}", arrays) for i, item in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Message):
        return {"text": value, **coded(value)}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"cannot store a {type(value).__name__} ({key})")


def _decode(meta: Any, kind: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if meta is None and type(None) in arguments:
            return None
        return _decode(meta, next(a for a in arguments if a is not type(None)), arrays)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _decode(item, hints[name], arrays) for name, item in meta.items()})
    if kind is np.ndarray:
        return arrays[meta["array"]]
    if kind is str and isinstance(meta, Mapping):
        return uncoded(meta["text"], meta)
    if origin is tuple:
        return tuple(_decode(item, arguments[0], arrays) for item in meta)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {name: _decode(item, arguments[1], arrays) for name, item in meta.items()}
    return meta
