"""``govorun check``: can this photo be animated?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from avatar.core.errors import OptionError, PhotoError
from orchestrator.console import show, show_json
from orchestrator.settings import load_settings
from orchestrator.video.request import parse_size

if TYPE_CHECKING:
    from avatar.core.types import Size
    from avatar.face.photo import Preflight

__all__ = ["add", "run"]

_HIDDEN = {"landmarks"}


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    text = "Look at a photo as `render` would: what is found, what stands in the way, what would be better."
    parser = commands.add_parser("check", parents=[common], help="can this photo be animated?", description=text)
    parser.add_argument("photo", metavar="PHOTO", type=Path)
    which = "which of several: largest, left, right, or a number from the left"
    parser.add_argument("--face", metavar="WHICH", default="largest", help=which)
    parser.add_argument("--size", metavar="WxH", help="say too what a picture of this size takes from the person")
    parser.add_argument("--backdrop", metavar="PLACE", default="", help="photo: with the photo's own background")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 for a photo that can be animated, the exit code of PhotoError for one that cannot."""
    from avatar.face.photo import check_face, load_photo, look_at

    try:
        check_face(arguments.face)
        size = parse_size(arguments.size) if arguments.size else None
    except ValueError as error:
        raise OptionError(f"{error}.") from error
    with redirect_stdout(sys.stderr):
        photo, found = look_at(load_photo(arguments.photo), arguments.face)
        framed = _framed(arguments, size) if size is not None and not found.problems else ()
    notes = (*photo.notes, *found.notes, *framed)
    if arguments.json:
        facts = {**_fields(found), "notes": list(notes)}
        show_json({"photo": str(arguments.photo), "ok": not found.problems, **facts})
    else:
        _present(arguments.photo, found, notes)
    return PhotoError.exit_code if found.problems else 0


def _framed(arguments: argparse.Namespace, size: Size) -> tuple[str, ...]:
    """What the format takes from the person."""
    from avatar.core.progress import silent
    from avatar.face.framing import frame_person, framing_notes
    from avatar.face.portrait import prepare

    keep = arguments.backdrop == "photo"
    portrait = prepare(arguments.photo, silent(), load_settings().portraits, arguments.face)
    return framing_notes(portrait, frame_person(portrait, size, keep), size, keep)


def _present(path: Path, found: Preflight, notes: Iterable[str]) -> None:
    for problem in found.problems:
        show(f"{path}: {problem}")
    if not found.problems:
        size = f"{found.iod:.0f} px between the outer eye corners"
        show(f"{path}: good; {found.faces} face(s), {size}, turned {found.yaw:.0f}°")
    for note in notes:
        show(f"  {note}")


def _fields(found: Preflight) -> dict[str, object]:
    return {field.name: _plain(getattr(found, field.name)) for field in fields(found) if field.name not in _HIDDEN}


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value
