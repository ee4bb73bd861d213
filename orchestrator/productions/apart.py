"""What is read in a process of its own: slides, since what draws the files of strangers is in C and may crash or never
end, and stories, so that the process that asks loads no model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avatar.core import errors
from avatar.core.errors import GovorunError, InputError
from avatar.core.reasons import Message, coded, uncoded
from orchestrator.productions.slides import PATIENCE, Slide, read_slides

__all__ = ["read_slides_apart", "scenes_of_story_apart"]

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
    answer = _answered(
        asked,
        Message("slides_late", name=path.name),
        Message("slides_broken", name=path.name),
    )
    return tuple(Slide(one["number"], one["notes"], one["text"], Path(one["picture"])) for one in answer["slides"])


def scenes_of_story_apart(text: str, options: Mapping[str, object]) -> list[dict[str, object]]:
    """What :func:`orchestrator.productions.story.scenes_of_story` returns and raises; of ``options`` it counts which
    there are, and the engine of the backdrop."""
    told = {name: value if name == "backdrop_engine" else str(value) for name, value in options.items()}
    unread = Message("story_unread")
    scenes: list[dict[str, object]] = _answered({"story": text, "options": told}, unread, unread)["scenes"]
    return scenes


def _answered(asked: Mapping[str, object], late: str, broken: str) -> dict[str, Any]:
    """The answer of the child; a GovorunError with what it says is wrong, with ``late`` or with ``broken``."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", _HERE], input=json.dumps(asked), capture_output=True, text=True, timeout=_WAIT,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise InputError(late) from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise InputError(broken) from error
    if "problem" in answer:
        kind = answer["kind"] if answer["kind"] in _TOLD else "InputError"
        raise getattr(errors, kind)(uncoded(answer["problem"], answer))
    return answer


def _main() -> None:
    asked = json.load(sys.stdin)
    try:
        answer = _scenes(asked) if "story" in asked else _slides(asked)
    except GovorunError as error:
        answer = {"problem": str(error), "kind": type(error).__name__, **coded(error.message)}
    sys.stdout.write(json.dumps(answer))


def _scenes(asked: Mapping[str, Any]) -> dict[str, object]:
    from orchestrator.productions.story import scenes_of_story

    return {"scenes": scenes_of_story(asked["story"], asked["options"])}


def _slides(asked: Mapping[str, Any]) -> dict[str, object]:
    pdf, notes = (Path(asked[name]) if asked[name] else None for name in ("pdf", "notes"))
    slides = read_slides(Path(asked["path"]), Path(asked["folder"]), asked["pages"], pdf, notes)
    return {"slides": [{**vars(slide), "picture": str(slide.picture)} for slide in slides]}


if __name__ == "__main__":
    _main()
