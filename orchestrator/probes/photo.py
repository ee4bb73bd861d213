"""A process that looks at photos, and needs no torch for it: ``python -m orchestrator.probes.photo``.

Reads a line of JSON from standard input, the path of a photo and which face is meant, and writes what it found, one
JSON object a line. It ends when its input ends. See :mod:`orchestrator.probes.pool`.
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
_NAME = "The photo"
_TOO_MANY_PIXELS = Message("photo_far_too_many_pixels", name=_NAME, megapixels=_MOST_PIXELS // 1_000_000)
# FaceMesh's points around the face, from the top of the forehead clockwise as the viewer sees it
_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
_pool = Pool("orchestrator.probes.photo")


def check(path: Path, pool: Pool | None = None, face: str = "largest") -> dict[str, Any]:
    """What :func:`look` says, asked of a child; PhotoError where the photo cannot be read, Busy where no turn came."""
    answer = (pool or _pool).ask([str(path.absolute()), face])
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
    answer_lines(lambda question: _answer(Path(question[0]), question[1]))


def _answer(path: Path, face: str) -> dict[str, object]:
    try:
        return look(path, face)
    except GovorunError as error:
        return {"error": str(error), "code": error.code, **coded(error.message)}
    except MemoryError:
        return {"error": str(_TOO_MANY_PIXELS), "code": PhotoError.code, **coded(_TOO_MANY_PIXELS)}


def look(path: Path, face: str = "largest") -> dict[str, object]:
    """What the photo at ``path`` is good for, as JSON takes it; PhotoError where it cannot be read.

    Lengths are pixels of the upright photo. ``outline`` runs around the face, and ``places`` are x, y, width, height of
    every face from left to right, in shares 0..1 of the width and height of the photo as it was sent.
    """
    from avatar.face.photo import load_photo, look_at

    _check_format(path)
    try:
        photo = load_photo(path)
    except PhotoError as error:
        raise PhotoError(replaced(replaced(error.message, str(path), "the photo"), path.name, _NAME)) from error
    photo, found = look_at(photo, face)
    notes = [*photo.notes, *found.notes]
    return {
        "ok": not found.problems,
        **_size(photo),
        **{field.name: _plain(getattr(found, field.name)) for field in fields(found) if field.name != "landmarks"},
        "problem_reasons": [coded(problem) for problem in found.problems],
        "notes": notes,
        "note_reasons": [coded(note) for note in notes],
        "outline": _outline(photo, found),
        "places": _places(photo, found),
    }


def _check_format(path: Path) -> None:
    """Only formats that decode in this process, and few enough pixels, judged before anything is decoded."""
    from PIL import Image, UnidentifiedImageError

    from avatar.face.heic import is_heic, reads_heic

    Image.init()
    content = path.read_bytes()
    if is_heic(content) and not reads_heic():
        raise PhotoError(Message("photo_heic", name=_NAME))
    formats = (*_FORMATS, "HEIF") if is_heic(content) else _FORMATS
    try:
        with Image.open(io.BytesIO(content), formats=formats) as image:
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
    points = [(float(x) / width, float(y) / height) for x, y in found.landmarks[list(_OVAL), :2]]
    return [[round(x, 4), round(y, 4)] for x, y in (_as_sent(*point, found.turned) for point in points)]


def _places(photo: Photo, found: Preflight) -> list[list[float]]:
    height, width = photo.pixels.shape[:2]
    places = []
    for x, y, wide, high in found.boxes:
        one = _as_sent(x / width, y / height, found.turned)
        other = _as_sent((x + wide) / width, (y + high) / height, found.turned)
        low = [min(pair) for pair in zip(one, other, strict=True)]
        size = [abs(a - b) for a, b in zip(one, other, strict=True)]
        places.append([round(value, 4) for value in (*low, *size)])
    return places


def _as_sent(x: float, y: float, turned: int) -> tuple[float, float]:
    """The point of the upright photo in the one that was turned clockwise by ``turned`` quarters to get it."""
    for _ in range(turned):
        x, y = y, 1 - x
    return x, y


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


if __name__ == "__main__":
    main()
