"""Native libraries talk to standard error; here they are kept from it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

__all__ = ["quiet"]

_silence = threading.RLock()  # the streams of a process are turned away by one thread at a time


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the chatter of native libraries off standard error for the block; one thread at a time is in such a
    block."""
    with _silence:
        try:
            saved = os.dup(2)
        except OSError:
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(nowhere)
