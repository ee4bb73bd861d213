"""Where prepared voices are kept: the cache folder that everything shares."""

from __future__ import annotations

from avatar.core.places import cache_folder

__all__ = ["cache_folder"]
