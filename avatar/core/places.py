"""Where things are kept and fetched from, for code that knows no settings: environment variables and their defaults."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["HUB", "cache_folder", "installed_folder", "models_url", "user_cache", "voices_url"]

HUB = "https://huggingface.co"
_VOICES = "rhasspy/piper-voices/resolve/main"


def cache_folder() -> Path:
    """GOVORUN_CACHE where it is set, else the platform's cache folder of this user."""
    chosen = os.environ.get("GOVORUN_CACHE")
    return Path(chosen) if chosen else user_cache()


def user_cache() -> Path:
    """The folder ``govorun`` where this platform wants the caches of this user to be."""
    return user_cache_path("govorun", appauthor=False)


def installed_folder() -> Path:
    """What was put beside this Python's packages, a virtual environment or an image: laid out like the cache."""
    return Path(sys.prefix) / "share" / "govorun"


def models_url() -> str:
    """GOVORUN_MODELS_URL, a mirror of the Hugging Face hub, else the hub itself; without a slash at the end."""
    return (os.environ.get("GOVORUN_MODELS_URL") or HUB).rstrip("/")


def voices_url() -> str:
    """GOVORUN_VOICES_URL, the folder with the catalogue of Piper voices, else where the hub has it."""
    return (os.environ.get("GOVORUN_VOICES_URL") or f"{models_url()}/{_VOICES}").rstrip("/")
