"""Logging of the process: one line a record on standard error, quiet libraries."""

from __future__ import annotations

import logging
import os
import sys

__all__ = ["configure_logs"]

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_ROOMS = ("avatar", "speech", "motion", "orchestrator")


def configure_logs(level: str) -> None:
    """Send the records of Govorun's own rooms from ``level`` up to standard error; other libraries: errors only."""
    os.environ.setdefault("GLOG_minloglevel", "2")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.basicConfig(stream=sys.stderr, format=_FORMAT, level=logging.ERROR)
    for room in _ROOMS:
        logging.getLogger(room).setLevel(level.upper())
