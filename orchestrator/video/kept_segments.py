"""The segments that this machine drew: what was drawn once is there at once when the same is asked for again.

So where one slide of a talk was edited only its scene is drawn. A segment is found by the content of all that it is
drawn from, not by how that was asked for: a voice or a film that changed under the same name is another one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from avatar.core import artefacts
from avatar.core.program import ffmpeg_version
from avatar.core.types import EngineCard
from orchestrator.video.folder import Segment, WorkFolder, file_sha256

__all__ = ["keep_segment", "kept_digest", "take_segment"]

_DRAWING = ("avatar", "motion")
_SHORT = 16


def kept_digest(work: WorkFolder, segment: Segment, device: str) -> str:
    """The hash of everything that decides the bytes of ``segment``, the plans of which lie in ``work``: the plans and
    the portrait themselves, what is laid over them, the engines, libraries and code that draw, and the kind of
    ``device``."""
    plans = [_content(path, path.stat().st_mtime_ns) for path in work.read_to_draw() if path.exists()]
    drawn = [segment.start, segment.stop, work.keys.segment, *plans]
    text = json.dumps([*drawn, _cards(work), _machine(device), _code()], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[: 2 * _SHORT]


def take_segment(folder: Path, digest: str, path: Path) -> bool:
    """Put the kept segment ``digest`` at ``path``; False where ``folder`` has none, or one that is damaged."""
    for kept in folder.glob(f"{digest}-*.mp4"):
        try:
            if file_sha256(kept)[:_SHORT] != kept.stem.partition("-")[2]:
                kept.unlink(missing_ok=True)
                continue
            _linked(kept, path)
            kept.touch()
        except FileNotFoundError:  # another process prunes
            continue
        return True
    return False


def keep_segment(folder: Path, digest: str, path: Path) -> None:
    """Keep the segment at ``path``, which lies there whole, until there is no room for it any more; a full disk or a
    folder that cannot be written keeps nothing."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _linked(path, folder / f"{digest}-{file_sha256(path)[:_SHORT]}.mp4")


@lru_cache(maxsize=256)
def _content(path: Path, changed: int) -> str:
    """The hash of a file, read once for all segments that are drawn from it."""
    return file_sha256(path)


def _linked(source: Path, target: Path) -> None:
    """The same file under another name, which appears in one step; a copy where the file system has no links."""
    with artefacts.appearing(target) as partial:
        partial.unlink()
        try:
            os.link(source, partial)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(source, partial)


def _cards(work: WorkFolder) -> list[dict[str, object]]:
    from avatar.face import ENGINES as FACES
    from motion import ENGINES as BACKDROPS
    from motion.arrival import engines_of

    cards: list[EngineCard] = []
    if work.request.shows_person:
        cards.append(FACES.resolve(work.load_face().engine)().card())
    if not work.request.keeps_photo_background:
        cards += [BACKDROPS.resolve(engine)().card() for engine in engines_of(work.load_backdrop())]
    return [asdict(card) for card in cards]


@lru_cache
def _machine(device: str) -> tuple[str, ...]:
    import numpy
    import torch

    gpu = torch.cuda.get_device_name(device) if device.startswith("cuda") else torch.backends.cpu.get_cpu_capability()
    return (platform.machine(), gpu, torch.__version__, numpy.__version__, ffmpeg_version())


@lru_cache(maxsize=1)
def _code() -> str:
    """The hash of the code that draws: in a checkout it changes under one version."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    root = Path(__file__).resolve().parents[2]
    for room in _DRAWING:
        yield from sorted((root / room).rglob("*.py"))
    yield from sorted(Path(__file__).resolve().parent.glob("*.py"))
