"""Settings of the machine, as GOVORUN_* environment variables; a key that is not known is an error.

What belongs to one video is no setting but an option: see :mod:`orchestrator.video.request`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from avatar.core.errors import OptionError
from avatar.core.places import models_url, user_cache, voices_url
from orchestrator.cores import available_cores

__all__ = ["PREFIX", "Settings", "load_settings"]

PREFIX = "GOVORUN_"
_WEB = r"(?i)^https?://[^\s/]+"


class Settings(BaseSettings):
    """Where things lie and how much of the machine may be used.

    ``workers``: processes that render one video; 0 means one a core. ``cache_limit_mb`` caps the prepared portraits,
    a quarter of it each the planned backdrops and the drawn segments, ``sentence_cache_mb`` the spoken sentences
    (0 keeps none).
    ``broker``: a Celery broker URL; without one, a folder below ``data_dir`` is the queue. ``database``: an SQLAlchemy
    URL; without one, a SQLite file in ``data_dir``. ``lease_seconds``: how long a silent worker keeps its piece of
    work; ``stall_seconds``: how long a stage may work without a word before it counts as hung. ``storage``:
    ``s3://bucket/prefix`` keeps the files of jobs there (``s3_endpoint`` for another server than AWS), else they lie
    below ``data_dir``. ``keep_hours``: how long a job that has ended is kept, 0 for ever. ``upload_mb``: the
    largest request body, ``video_minutes``: the longest video, estimated from its script. ``reserve_mb``: with less
    room on the disk of ``data_dir`` no new work is taken, and with an eighth of it work that has begun rests; 0 for
    neither. ``open_jobs`` and ``requests_per_minute``: what one API key may have unfinished and ask, where the key
    says nothing else. ``webhook_private``: whether webhooks may go to addresses of private networks.
    ``public_links``: whether a video may be shown to everybody by a link. ``secret_key``: what secrets in the database
    are encrypted with; without it a file of the data folder. ``models_url``
    and ``voices_url``: where weights and Piper voices are pulled from, see :mod:`avatar.core.places`.
    ``c2pa_certificate`` and ``c2pa_key``: PEM files that videos are signed with, else the installation makes its own;
    ``c2pa_timestamps``: a timestamp authority (RFC 3161) that is asked for the time of each signature, none without.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    cache: Path = Field(default_factory=user_cache)
    data_dir: Path = Field(default_factory=lambda: user_data_path("govorun", appauthor=False))
    cache_limit_mb: int = Field(default=2048, ge=16)
    sentence_cache_mb: int = Field(default=512, ge=0)
    ffmpeg: Path | None = None
    workers: int = Field(default=0, ge=0, le=256)
    device: str = "auto"
    log_level: str = Field(default="warning", pattern="(?i)^(debug|info|warning|error)$")
    log_format: str = Field(default="text", pattern="^(text|json)$")
    broker: str = ""
    database: str = ""
    lease_seconds: float = Field(default=30.0, ge=1.0, le=3600.0)
    stall_seconds: float = Field(default=600.0, ge=1.0, le=86400.0)
    storage: str = Field(default="", pattern=r"^(s3://[^\s/]+(/[^\s]*)?)?$")
    s3_endpoint: str = Field(default="", pattern=f"(^$|{_WEB})")
    keep_hours: float = Field(default=720.0, ge=0.0)
    upload_mb: int = Field(default=100, ge=1, le=4096)
    video_minutes: int = Field(default=180, ge=1)
    reserve_mb: int = Field(default=512, ge=0)
    open_jobs: int = Field(default=20, ge=1)
    requests_per_minute: int = Field(default=600, ge=1)
    webhook_private: bool = False
    public_links: bool = False
    secret_key: SecretStr = SecretStr("")
    models_url: str = Field(default_factory=models_url, pattern=_WEB)
    voices_url: str = Field(default_factory=voices_url, pattern=_WEB)
    c2pa_certificate: Path | None = None
    c2pa_key: Path | None = None
    c2pa_timestamps: str = Field(default="", pattern=f"(^$|{_WEB})")

    @property
    def work(self) -> Path:
        """Folder of the work folders of videos that are being made."""
        return self.cache / "work"

    @property
    def portraits(self) -> Path:
        """Folder of prepared portraits, one file a photo."""
        return self.cache / "portraits"

    @property
    def backdrops(self) -> Path:
        """Folder of planned backdrops, one file a place, size and seed."""
        return self.cache / "backdrops"

    @property
    def segments(self) -> Path:
        """Folder of the segments that the command line and Python drew last."""
        return self.cache / "segments"

    def worker_count(self) -> int:
        """Processes that one video may use."""
        return self.workers or available_cores()


def load_settings() -> Settings:
    """Read the settings from the environment; OptionError names the variable and what would be right."""
    _refuse_unknown(os.environ)
    try:
        return Settings()
    except ValidationError as error:
        raise OptionError(_sentence(error)) from error


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for key in sorted(environment):
        if key.startswith(PREFIX) and key not in known:
            near = get_close_matches(key, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}."
            raise OptionError(f"Unknown setting {key}: {advice}")


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    name = f"{PREFIX}{str(first['loc'][0]).upper()}" if first["loc"] else "the settings"
    return f"{name}={first['input']!r} is not valid: {first['msg']}."
