"""Where prepared voices are kept."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """GOVORUN_CACHE where it is set, else the platform's cache folder of this user."""
    chosen = os.environ.get("GOVORUN_CACHE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("govorun")
