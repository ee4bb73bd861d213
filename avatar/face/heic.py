"""HEIC photos, as telephones take them: read where the extra ``heic`` is installed."""

from __future__ import annotations

import functools

__all__ = ["is_heic", "reads_heic"]

_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1")


def is_heic(content: bytes) -> bool:
    """Whether a file that begins with ``content`` (12 bytes or more) is a HEIC picture."""
    return content[4:8] == b"ftyp" and content[8:12] in _BRANDS


@functools.lru_cache(maxsize=1)
def reads_heic() -> bool:
    """Whether Pillow can open HEIC pictures here; it is taught to where pi-heif is installed."""
    try:
        from pi_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True
