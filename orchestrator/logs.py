"""Logging of the process: one line a record on standard error, as text or JSON, with what it is about; quiet libraries.

Records carry ids (of the job, its step, its owner, the worker, the HTTP request), never scripts, keys or file names
of users.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

__all__ = ["about", "announce", "configure_logs", "seldom", "subject"]

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_ROOMS = ("avatar", "speech", "motion", "orchestrator")
_SUBJECT: ContextVar[Mapping[str, str]] = ContextVar("subject", default=MappingProxyType({}))


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Records within the block carry these ids, those that are not empty."""
    token = _SUBJECT.set({**_SUBJECT.get(), **{name: value for name, value in ids.items() if value}})
    try:
        yield
    finally:
        _SUBJECT.reset(token)


def subject(name: str) -> str:
    """The id under ``name`` of what is being done now, "" where there is none."""
    return _SUBJECT.get().get(name, "")


def announce(text: str) -> None:
    """What whoever started the process has to know, at any level: a sentence, or a record where records are JSON."""
    formats = [handler.formatter for handler in logging.getLogger().handlers]
    line = next((one for one in formats if isinstance(one, _JsonLine)), None)
    record = logging.makeLogRecord({"name": __name__, "levelname": "INFO", "levelno": logging.INFO, "msg": text})
    sys.stderr.write(f"{line.format(record)}\n" if line else f"govorun: {text}\n")
    sys.stderr.flush()


_SELDOM_SECONDS = 60.0
_said: dict[tuple[str, str], float] = {}


def seldom(logger: logging.Logger, message: str) -> None:
    """A warning that is said once a minute at most, however often the same thing is found."""
    key, now = (logger.name, message), time.monotonic()
    if now - _said.get(key, -_SELDOM_SECONDS) >= _SELDOM_SECONDS:
        _said[key] = now
        logger.warning(message)


def configure_logs(level: str, form: str = "text", **ids: str) -> None:
    """Send the records of Govorun's own rooms from ``level`` up to standard error; other libraries: errors only.

    ``form``: "text" or "json". ``ids``: what every record of this process carries.
    """
    os.environ.setdefault("GLOG_minloglevel", "2")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLine(ids) if form == "json" else _TextLine(ids))
    logging.basicConfig(handlers=[handler], level=logging.ERROR)
    for room in _ROOMS:
        logging.getLogger(room).setLevel(level.upper())


class _Line(logging.Formatter):
    """``ids``: what every record carries."""

    def __init__(self, ids: Mapping[str, str]) -> None:
        super().__init__(_FORMAT)
        self._ids = ids

    def ids(self, record: logging.LogRecord) -> dict[str, object]:
        """The ids of the process, of what is being done, and of the record's own."""
        return {**self._ids, **_SUBJECT.get(), **getattr(record, "fields", {})}


class _TextLine(_Line):
    """``TIME LEVEL LOGGER: MESSAGE [name=id ...]``."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging calls it so
        """The line without a traceback."""
        ids = " ".join(f"{name}={value}" for name, value in self.ids(record).items())
        return super().formatMessage(record) + (f" [{ids}]" if ids else "")


class _JsonLine(_Line):
    """One JSON object a line: time (UTC), level, logger, message, the ids, exception."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry: dict[str, object] = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self.ids(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)
