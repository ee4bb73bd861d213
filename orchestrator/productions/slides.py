"""Slides of a presentation: a picture and the speaker's notes of each.

A PDF is drawn by PDFium. A PPTX has its notes read by python-pptx, and its pictures drawn by LibreOffice where that is
installed, else taken from a PDF of the same slides that the user gives.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from avatar.core.errors import InputError, MissingEngine, OptionError
from avatar.core.reasons import Message

__all__ = ["MOST_SLIDES", "PATIENCE", "Slide", "chosen_pages", "read_notes", "read_slides"]

MOST_SLIDES = 100
_LONG_SIDE = 1920
PATIENCE = 180.0  # seconds for LibreOffice
_MOST_BYTES = 500 << 20
_EXTRA = "Slides need the extra slides: pip install 'govorun[slides]'."
_OLE = b"\xd0\xcf\x11\xe0"  # what PPT of old, and PPTX behind a password, begin with
_OFFICES = ("soffice", "libreoffice")


@dataclass(frozen=True)
class Slide:
    """``number`` from 1 as the file counts; ``notes``: what is to be said; ``text``: what stands on it; ``picture``."""

    number: int
    notes: str
    text: str
    picture: Path


def read_slides(
    path: Path, folder: Path, pages: str = "", pdf: Path | None = None, notes: Path | None = None
) -> tuple[Slide, ...]:
    """The slides of a PPTX or PDF, their pictures drawn into ``folder``, at most 1920 pixels a side.

    ``pages``: which of them, ``1-4,7``; all otherwise. ``pdf``: the slides of a PPTX, drawn elsewhere. ``notes``: a
    file of :func:`read_notes`, instead of those in the slides. InputError for a file that cannot be read,
    OptionError for pages that are not there, MissingEngine where a library or LibreOffice is missing.
    """
    kind = _kind_of(path)
    found = _notes_of_pptx(path) if kind == "pptx" else None
    with _drawn_elsewhere(path, pdf) if kind == "pptx" else _as_it_is(path) as drawn, _opened(drawn) as document:
        count = len(document)
        if found is not None and len(found) != count:
            raise InputError(Message("slides_pdf_pages", name=path.name, slides=len(found), pages=count))
        wanted = chosen_pages(pages, count)
        if len(wanted) > MOST_SLIDES:
            raise InputError(Message("slides_too_many", name=path.name, slides=len(wanted), most=MOST_SLIDES))
        said = read_notes(notes, count) if notes is not None else None
        slides = []
        for number in wanted:
            own, text = found[number - 1] if found is not None else ("", _text_of(document[number - 1]))
            words = said[number - 1] if said is not None else own
            slides.append(Slide(number, words, text, _draw(document[number - 1], folder / f"slide-{number:03d}.png")))
        return tuple(slides)


def chosen_pages(pages: str, count: int) -> list[int]:
    """The numbers that ``1-4,7`` names, in that order, each once, of ``count``; OptionError for others."""
    if not pages.strip():
        return list(range(1, count + 1))
    chosen: list[int] = []
    for part in pages.split(","):
        match = re.fullmatch(r"\s*(\d{1,5})\s*(?:[-–]\s*(\d{1,5})\s*)?", part)
        if match is None:
            raise OptionError(Message("slides_no_page", text=part.strip()))
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= count:
            raise OptionError(Message("slides_page_missing", text=part.strip(), count=count))
        chosen += range(first, last + 1)
    return list(dict.fromkeys(chosen))


def read_notes(path: Path, count: int) -> list[str]:
    """What is said beside each of ``count`` slides: a UTF-8 text in which a line of three dashes or more begins the
    next slide. InputError where there are more parts than slides, or the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(Message("notes_encoding", name=path.name)) from error
    except OSError as error:
        raise InputError(f"The notes {path} cannot be read ({error.strerror}).") from error
    parts = [part.strip() for part in re.split(r"(?m)^[ \t]*-{3,}[ \t]*$", text)]
    if len(parts) > count:
        raise InputError(Message("notes_too_many", name=path.name, parts=len(parts), slides=count))
    return parts + [""] * (count - len(parts))


def _kind_of(path: Path) -> str:
    """``pptx`` or ``pdf``, by content."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(Message("slides_large", name=path.name, megabytes=_MOST_BYTES >> 20))
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise InputError(f"The slides {path} cannot be read ({error.strerror}): check the path.") from error
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(_OLE):
        raise InputError(Message("slides_old", name=path.name))
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if "ppt/presentation.xml" in archive.namelist():
                return "pptx"
    raise InputError(Message("slides_unreadable", name=path.name))


# -- PDF ---------------------------------------------------------------------------------------------------------------


def _pdfium() -> ModuleType:
    try:
        import pypdfium2
    except ImportError as error:
        raise MissingEngine(_EXTRA) from error
    return pypdfium2


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    pdfium = _pdfium()
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(Message("slides_password", name=path.name)) from error
        raise InputError(Message("slides_damaged", name=path.name, kind="PDF")) from error
    try:
        if len(document) == 0:
            raise InputError(Message("slides_empty", name=path.name))
        yield document
    finally:
        document.close()


def _draw(page: Any, path: Path) -> Path:
    """A page as PNG."""
    width, height = page.get_size()
    scale = _LONG_SIDE / max(width, height, 1.0)
    page.render(scale=scale, fill_color=(255, 255, 255, 255)).to_pil().convert("RGB").save(path)
    return path


def _text_of(page: Any) -> str:
    text = page.get_textpage()
    try:
        return _tidy(text.get_text_range())
    finally:
        text.close()


# -- PPTX --------------------------------------------------------------------------------------------------------------


def _notes_of_pptx(path: Path) -> list[tuple[str, str]]:
    """Notes and text of every slide that is shown."""
    try:
        from pptx import Presentation
    except ImportError as error:
        raise MissingEngine(_EXTRA) from error
    try:
        slides = [slide for slide in Presentation(str(path)).slides if slide._element.get("show") != "0"]
        return [(_notes(slide), _words(slide)) for slide in slides]
    except Exception as error:
        raise InputError(Message("slides_damaged", name=path.name, kind="PPTX")) from error


def _notes(slide: Any) -> str:
    if not slide.has_notes_slide or slide.notes_slide.notes_text_frame is None:
        return ""
    return _tidy(slide.notes_slide.notes_text_frame.text)


def _words(slide: Any) -> str:
    texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    return _tidy("\n".join(texts))


def _tidy(text: str) -> str:
    """Lines without what word processors leave between them."""
    lines = (" ".join(line.split()) for line in re.split(r"[\r\n\v\f\u2028]+", text.replace("\x00", "")))
    return "\n".join(line for line in lines if line)


@contextmanager
def _as_it_is(path: Path) -> Iterator[Path]:
    yield path


@contextmanager
def _drawn_elsewhere(path: Path, pdf: Path | None) -> Iterator[Path]:
    """The slides of a PPTX as PDF."""
    if pdf is not None:
        if _kind_of(pdf) != "pdf":
            raise InputError(Message("slides_no_pdf", name=pdf.name))
        yield pdf
        return
    office = next((found for name in _OFFICES if (found := shutil.which(name))), None)
    if office is None:
        raise MissingEngine(Message("slides_no_office", name=path.name))
    with tempfile.TemporaryDirectory(prefix="govorun-slides-") as folder:
        source = Path(folder) / "slides.pptx"
        shutil.copyfile(path, source)
        _convert([office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf",
                  "--outdir", folder, str(source)], path.name)  # fmt: skip
        made = Path(folder) / "slides.pdf"
        if not made.exists():
            raise InputError(Message("slides_not_drawn", name=path.name))
        yield made


def _convert(command: Sequence[str], name: str) -> None:
    try:
        subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(Message("slides_slow", name=name, seconds=round(PATIENCE))) from error
