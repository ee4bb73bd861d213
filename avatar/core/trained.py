"""Weights that were trained here, kept by name in the cache beside those that are pulled.

``keep`` copies a trained folder to ``CACHE/weights/NAME`` with a record like that of pulled weights, so that they are
listed, found and removed in the same way. Where each file came from is its address in the record.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil
import uuid
from pathlib import Path

from avatar.core.artefacts import write_atomically
from avatar.core.download import writing
from avatar.core.errors import OptionError
from avatar.core.manifest import manifests
from avatar.core.weights import TRAINED_HERE, Entry, Record, read_record, weights_folder

__all__ = ["check_name", "keep"]

_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*")
_RECORD = "weights.lock"


def check_name(name: str, source: Path, cache: Path) -> None:
    """OptionError where what is trained in ``source`` cannot be called ``name``: no name of a folder, one of weights
    that are pulled, or one that something else trained here has."""
    if not _NAME.fullmatch(name):
        raise OptionError(f"Name {name!r} cannot be used: take letters, digits, '-', '_' and '.'.")
    folder = weights_folder(name, cache)
    record = read_record(folder)
    taken = name in manifests() or (folder.exists() and (record is None or not _is_of(record, source)))
    if taken:
        raise OptionError(f"The name {name} is taken: choose another one; see `govorun models`.")


def keep(name: str, source: Path, purpose: str, licence: str, cache: Path) -> Path:
    """Copy the trained folder ``source`` to the cache under ``name``, in place of what it had there; the copy's folder.

    OptionError as ``check_name``; OutputError where the cache cannot be written.
    """
    check_name(name, source, cache)
    folder = weights_folder(name, cache)
    entries = tuple(_entry(path, source) for path in sorted(source.rglob("*")) if path.is_file())
    revision = hashlib.sha256("".join(entry.sha256 for entry in entries).encode()).hexdigest()[:12]
    record = Record(name, purpose, licence, revision, True, entries)
    coming = folder.with_name(f".{name}-{uuid.uuid4().hex[:8]}")
    with writing(folder):
        try:
            shutil.copytree(source, coming)
            write_atomically(coming / _RECORD, json.dumps(dataclasses.asdict(record), indent=1).encode())
            if folder.exists():
                shutil.rmtree(folder)
            coming.rename(folder)
        finally:
            shutil.rmtree(coming, ignore_errors=True)
    return folder


def _entry(path: Path, source: Path) -> Entry:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    inside = path.relative_to(source).as_posix()
    return Entry(inside, path.absolute().as_uri(), path.stat().st_size, sha256, TRAINED_HERE)


def _is_of(record: Record, source: Path) -> bool:
    """Whether the weights of ``record`` were trained in ``source``."""
    begins = f"{source.absolute().as_uri()}/"
    return any(entry.checked == TRAINED_HERE and entry.url.startswith(begins) for entry in record.entries)
