"""A folder of pictures with captions, as people have them: ``photo.txt`` beside ``photo.jpg``, or a ``metadata.jsonl``
with ``file_name`` and ``text`` (an imagefolder of the Hugging Face hub). All of it is looked at before training begins.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar.core.errors import InputError, OptionError
from avatar.core.progress import Progress

__all__ = ["ENDINGS", "FEWEST", "METADATA", "Captioned", "captioned_pictures", "fingerprint", "read_picture", "shaped"]

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
METADATA = "metadata.jsonl"
FEWEST = 8
_HOW = f"write photo.txt beside photo.jpg, or {METADATA} with file_name and text"


@dataclass(frozen=True)
class Captioned:
    """The picture ``path``, its ``caption``, what of that the text model reads (``english``), and the words that it
    does not (``unknown``)."""

    path: Path
    caption: str
    english: str
    unknown: tuple[str, ...] = ()


def captioned_pictures(folder: Path, progress: Progress) -> list[Captioned]:
    """The pictures of ``folder`` and below with their captions, by name.

    InputError that names the file: no folder, too few pictures, a picture that cannot be read or has no caption, a
    caption that is empty or without any word that is known.
    """
    if not folder.is_dir():
        raise InputError(f"The folder {folder} of pictures does not exist: give one with captioned pictures.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    if not paths:
        raise InputError(f"There is no picture in {folder}: give a folder with {', '.join(ENDINGS)} files.")
    captions = _captions(folder, paths)
    if len(paths) < FEWEST:
        raise InputError(f"{folder} has {len(paths)} pictures: give {FEWEST} or more, better fifty.")
    found = []
    for k, path in enumerate(paths):
        read_picture(path)
        found.append(_read(path, captions[path]))
        progress((k + 1) / len(paths), f"reading {path.name}")
    return found


def fingerprint(pictures: Sequence[Captioned]) -> str:
    """A hash of the pictures and captions, whatever the folder is called."""
    digest = hashlib.sha256()
    for one in pictures:
        with one.path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
        digest.update(f"{one.path.name}\n{one.caption}\n".encode())
    return digest.hexdigest()


def read_picture(path: Path) -> np.ndarray:
    """The picture float32 [h, w, 3] in 0..1, upright, over white where it is transparent; InputError by name."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        message = f"The picture {path} cannot be read: replace it by a JPEG, PNG or WebP, or take it away."
        raise InputError(message) from error
    plain = Image.new("RGBA", upright.size, "white")
    plain.alpha_composite(upright)
    return np.asarray(plain.convert("RGB"), np.float32) / 255.0


def shaped(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The middle of ``picture`` [h, w, 3] in the shape of ``size`` (width, height), not scaled."""
    height, width = picture.shape[:2]
    wide = min(width, max(1, round(height * size[0] / size[1])))
    high = min(height, max(1, round(width * size[1] / size[0])))
    top, left = (height - high) // 2, (width - wide) // 2
    return picture[top : top + high, left : left + wide]


def _captions(folder: Path, paths: Sequence[Path]) -> dict[Path, str]:
    """The caption of every picture; InputError that names the first without one."""
    listed = dict(_listed(folder))
    found = {path: text for path in paths if (text := listed.get(path, _beside(path))) is not None}
    missing = [path for path in paths if path not in found]
    if len(missing) == len(paths):
        raise InputError(f"The pictures in {folder} have no captions: {_HOW}.")
    if missing:
        more = f", nor {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InputError(f"The picture {missing[0]} has no caption{more}: {_HOW}.")
    for path, text in found.items():
        if not text:
            raise InputError(f"The caption of {path} is empty: write what it shows.")
    return found


def _beside(path: Path) -> str | None:
    """The words of the text file beside ``path``, in one line."""
    beside = path.with_suffix(".txt")
    return " ".join(_text(beside).split()) if beside.is_file() else None


def _listed(folder: Path) -> Iterator[tuple[Path, str]]:
    """Pictures and captions of every ``metadata.jsonl``; InputError that names its line."""
    for table in sorted(folder.rglob(METADATA)):
        for number, line in enumerate(_text(table).splitlines(), start=1):
            if not line.strip():
                continue
            where = f"Line {number} of {table}"
            try:
                row = json.loads(line)
                name, text = row["file_name"], row["text"]
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(f"{where} is no JSON object with file_name and text: mend it.") from error
            if not isinstance(name, str) or not isinstance(text, str):
                raise InputError(f"{where} has a file_name or a text that is no string: mend it.")
            picture = table.parent / name
            if not picture.is_file() or picture.suffix.lower() not in ENDINGS:
                raise InputError(f"{where} names {name!r}, which is no picture there: mend it.")
            yield picture, " ".join(text.split())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: write it as a UTF-8 text.") from error


def _read(path: Path, caption: str) -> Captioned:
    from motion.embedding import read_prompt

    try:
        reading = read_prompt(caption)
    except OptionError as error:
        raise InputError(f"The caption of {path} cannot be used: {error.message}") from error
    return Captioned(path, caption, reading.english, reading.unknown)
