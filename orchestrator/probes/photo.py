"""A process that looks at photos, and needs no torch for it: ``python -m orchestrator.probes.photo``.

Reads the path of a photo a line from standard input, as JSON, and writes what it found, one JSON object a line. It ends
when its input ends. See :mod:`orchestrator.probes.pool`.
"""

from __future__ import annotations

import atexit
import io
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.core.errors import GovorunError, PhotoError
from avatar.core.reasons import Message, coded, replaced, uncoded
from orchestrator.probes.pool import Pool, answer_lines

if TYPE_CHECKING:
    from avatar.face.photo import Photo, Preflight

__all__ = ["check", "close", "look", "main", "waiting"]

_MOST_PIXELS = 64_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
_NAME = "The photo"
_TOO_MANY_PIXELS = Message("photo_far_too_many_pixels", name=_NAME, megapixels=_MOST_PIXELS // 1_000_000)
# FaceMesh's points around the face, from the top of the forehead clockwise as the viewer sees it
_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
_pool = Pool("orchestrator.probes.photo")


def check(path: Path, pool: Pool | None = None) -> dict[str, Any]:
    """What :func:`look` says, asked of a child; PhotoError where the photo cannot be read, Busy where no turn came."""
    answer = (pool or _pool).ask(str(path.absolute()))
    if "error" in answer:
        raise PhotoError(uncoded(str(answer["error"]), answer))
    return answer


def waiting() -> list[int]:
    """Ids of the processes that wait for a photo."""
    return _pool.pids()


def close() -> None:
    """End the processes that wait."""
    _pool.close()


atexit.register(close)


def main() -> None:
    """Answer until the input ends."""
    answer_lines(lambda path: _answer(Path(path)))


def _answer(path: Path) -> dict[str, object]:
    try:
        return look(path)
    except GovorunError as error:
        return {"error": str(error), "code": error.code, **coded(error.message)}
    except MemoryError:
        return {"error": str(_TOO_MANY_PIXELS), "code": PhotoError.code, **coded(_TOO_MANY_PIXELS)}


def look(path: Path) -> dict[str, object]:
    """What the photo at ``path`` is good for, as JSON takes it; PhotoError where it cannot be read.

    Lengths are pixels of the upright photo, ``outline`` runs around the face in shares 0..1 of its width and height.
    """
    from avatar.face.occlusion import covered_notes, covered_share
    from avatar.face.photo import load_photo, preflight

    _check_format(path)
    try:
        photo = load_photo(path)
    except PhotoError as error:
        raise PhotoError(replaced(replaced(error.message, str(path), "the photo"), path.name, _NAME)) from error
    found = preflight(photo)
    covered = covered_share(photo, found)
    notes = [*photo.notes, *found.notes, *covered_notes(covered)]
    return {
        "ok": not found.problems,
        **_size(photo),
        **{field.name: _plain(getattr(found, field.name)) for field in fields(found) if field.name != "landmarks"},
        "problem_reasons": [coded(problem) for problem in found.problems],
        "notes": notes,
        "note_reasons": [coded(note) for note in notes],
        "occlusion": round(covered, 2),
        "outline": _outline(photo, found),
    }


def _check_format(path: Path) -> None:
    """Only formats that decode in this process, and few enough pixels, judged before anything is decoded."""
    from PIL import Image, UnidentifiedImageError

    Image.init()
    content = path.read_bytes()
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise PhotoError(Message("photo_heic", name=_NAME))
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            width, height = image.size
    except Image.DecompressionBombError as error:
        raise PhotoError(_TOO_MANY_PIXELS) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError) as error:
        raise PhotoError(Message("photo_unreadable", name=_NAME)) from error
    if width * height > _MOST_PIXELS:
        most = _MOST_PIXELS // 1_000_000
        raise PhotoError(Message("photo_too_many_pixels", name=_NAME, width=width, height=height, megapixels=most))


def _size(photo: Photo) -> dict[str, int]:
    height, width = photo.pixels.shape[:2]
    return {"width": width, "height": height}


def _outline(photo: Photo, found: Preflight) -> list[list[float]]:
    if found.landmarks is None:
        return []
    height, width = photo.pixels.shape[:2]
    return [[round(float(x) / width, 4), round(float(y) / height, 4)] for x, y in found.landmarks[list(_OVAL), :2]]


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    return list(value) if isinstance(value, tuple) else value


if __name__ == "__main__":
    main()
