"""Slides read in a process of their own: what draws the files of strangers is in C, and may crash or never end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from avatar.core import errors
from avatar.core.errors import GovorunError, InputError
from orchestrator.productions.slides import PATIENCE, Slide, read_slides

__all__ = ["read_slides_apart"]

_WAIT = PATIENCE + 60.0  # seconds, LibreOffice among them
_HERE = "orchestrator.productions.apart"
_TOLD = ("InputError", "OptionError", "MissingEngine", "OutputError")


def read_slides_apart(
    path: Path, folder: Path, pages: str = "", pdf: Path | None = None, notes: Path | None = None
) -> tuple[Slide, ...]:
    """What :func:`orchestrator.productions.slides.read_slides` returns and raises; InputError too where the reader
    dies, or is not done after some minutes."""
    asked = {"path": str(path), "folder": str(folder), "pages": pages, "pdf": pdf and str(pdf),
             "notes": notes and str(notes)}  # fmt: skip
    try:
        done = subprocess.run(
            [sys.executable, "-m", _HERE], input=json.dumps(asked), capture_output=True, text=True, timeout=_WAIT,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{path.name} takes too long to be read: send fewer or simpler slides.") from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise InputError(f"{path.name} cannot be read as slides: save it again, or as PDF.") from error
    if "problem" in answer:
        kind = answer["kind"] if answer["kind"] in _TOLD else "InputError"
        raise getattr(errors, kind)(answer["problem"])
    return tuple(Slide(one["number"], one["notes"], one["text"], Path(one["picture"])) for one in answer["slides"])


def _main() -> None:
    asked = json.load(sys.stdin)
    pdf, notes = (Path(asked[name]) if asked[name] else None for name in ("pdf", "notes"))
    try:
        slides = read_slides(Path(asked["path"]), Path(asked["folder"]), asked["pages"], pdf, notes)
        answer: dict[str, object] = {"slides": [{**vars(slide), "picture": str(slide.picture)} for slide in slides]}
    except GovorunError as error:
        answer = {"problem": str(error), "kind": type(error).__name__}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main()
