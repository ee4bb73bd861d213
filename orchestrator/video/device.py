"""Where torch computes, and with how many threads."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from avatar.core.errors import MissingEngine, OptionError

__all__ = ["ONE_THREAD", "has_gpu", "keep_to_one_thread", "resolve_device", "single_threaded"]

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""What tells libraries that are loaded later to compute in one thread."""
_DRIVERS = ("nvidia[0-9]*", "nvhost*", "nvgpu*", "dxg", "kfd")


def has_gpu() -> bool:
    """Whether a GPU may be here that torch computes on, told without torch: by the drivers that Linux shows."""
    if sys.platform in ("win32", "darwin"):
        return sys.platform == "win32"
    return any(path for driver in _DRIVERS for path in Path("/dev").glob(driver))


def resolve_device(name: str) -> str:
    """``auto`` is the GPU where there is one; MissingEngine for a GPU that was asked for and is not there.

    Torch is not loaded where it is sure without it.
    """
    if name == "cpu" or (name == "auto" and "torch" not in sys.modules and not has_gpu()):
        return "cpu"
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" or (name.startswith("cuda:") and name[5:].isdigit()):
        index = int(name[5:] or 0) if ":" in name else 0
        if not torch.cuda.is_available() or index >= torch.cuda.device_count():
            raise MissingEngine(
                f"Device {name} is not here: say auto or cpu, or install a CUDA build of torch and a driver."
            )
        return name
    raise OptionError(f"Unknown device {name!r}: choose auto, cpu, cuda or cuda:N.")


@contextmanager
def single_threaded() -> Iterator[None]:
    """One thread of torch and of OpenCV for the block: faster on busy cores, and sums are added in the same order
    everywhere."""
    import cv2
    import torch

    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])


def keep_to_one_thread() -> None:
    """The same as :func:`single_threaded` until this process ends, without loading torch: that is told by the
    environment, and so is every process that starts from here."""
    import cv2

    os.environ.update(ONE_THREAD)
    cv2.setNumThreads(1)
