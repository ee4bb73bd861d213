"""The file list of a repository of the Hugging Face hub, with sizes and checksums.

One request in the standard library, rather than the package huggingface_hub: files then come the same way as all other
weights do (one progress, one cancelling, one cache with plain files), and no engine needs that package to be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

from avatar.core.errors import MissingEngine
from avatar.core.manifest import Digest, HubFolder, WeightFile
from avatar.core.progress import Progress
from avatar.core.web import fetch_json

__all__ = ["list_folder"]


def list_folder(folder: HubFolder, base: str, progress: Progress) -> tuple[WeightFile, ...]:
    """Files of ``folder`` that are kept, as the hub at ``base`` (no slash at the end) lists them."""
    repository = quote(folder.repository)
    try:
        entries = list(_entries(f"{base}/api/models/{repository}/tree/{folder.revision}?recursive=true", progress))
        wanted = [entry for entry in entries if entry["type"] == "file" and _is_kept(entry["path"], folder)]
        files = tuple(_file(entry, folder, f"{base}/{repository}/resolve/{folder.revision}") for entry in wanted)
    except (KeyError, TypeError, ValueError) as error:
        raise MissingEngine(f"{base} lists {folder.repository} in a way that is not understood: {error!r}.") from error
    if not files:
        raise MissingEngine(f"{base} has no weights in {folder.repository} at {folder.revision}: was it emptied?")
    return files


def _entries(url: str | None, progress: Progress) -> Iterator[Mapping[str, Any]]:
    while url is not None:
        page, headers = fetch_json(url, progress)
        yield from page
        following = re.search(r'<([^>]+)>\s*;\s*rel="?next', headers.get("Link", ""))
        url = following[1] if following else None


def _is_kept(path: str, folder: HubFolder) -> bool:
    return _matches(path, folder.keep) and not _matches(path, folder.drop)


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _file(entry: Mapping[str, Any], folder: HubFolder, address: str) -> WeightFile:
    """Large files carry their SHA-256, the others git's own hash."""
    large = entry.get("lfs")
    digest = Digest("sha256", large["oid"]) if large else Digest("git-sha1", entry["oid"])
    path = f"{folder.into}/{entry['path']}" if folder.into else entry["path"]
    return WeightFile(path, f"{address}/{quote(entry['path'])}", int(entry["size"]), digest)
