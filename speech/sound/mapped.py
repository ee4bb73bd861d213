"""Sound in files instead of memory: written block by block, read through memory maps whose pages are given back."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

__all__ = ["in_blocks", "let_go", "stored"]

_BLOCK = 1 << 20


def stored(blocks: Iterable[np.ndarray], folder: Path) -> np.ndarray:
    """The joined float32 ``blocks`` [n] as a read-only memory map of a file that nobody else sees and that is gone
    when the map is, even after a crash. ``folder``: the disk that has room for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        for block in blocks:
            file.write(np.ascontiguousarray(block, np.float32).data)
        file.flush()
        length = file.tell() // 4
        return np.memmap(file, np.float32, "r", shape=(length,)) if length else np.zeros(0, np.float32)


def in_blocks(samples: np.ndarray, size: int = _BLOCK) -> Iterator[np.ndarray]:
    """Yield ``samples`` [n] in blocks of ``size``; of a memory map no more than a block stays in memory."""
    for start in range(0, len(samples), size):
        yield samples[start : start + size]
        let_go(samples)


def let_go(samples: np.ndarray) -> None:
    """Give the pages of a memory map back to the system, which keeps them as long as it has room; of an array that
    is no map, nothing."""
    owner: object = samples
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)
