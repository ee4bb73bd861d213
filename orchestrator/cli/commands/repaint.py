"""``govorun repaint``: the photo in another look, with the same face, fit to be animated."""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from avatar.core import weights
from avatar.core.artefacts import appearing
from avatar.core.errors import OptionError, OutputError, PhotoError
from orchestrator.console import say, show
from orchestrator.settings import load_settings
from orchestrator.video.outputs import check_place

if TYPE_CHECKING:
    import numpy as np

    from avatar.face.photo import Photo, Preflight
    from motion.engines.diffusion_weights import Loading
    from motion.repaint import Look

__all__ = ["add", "run"]

_TEXT = (
    "Repaint a photo by Stable Diffusion: 'oil painting', 'clay figure', 'in the style of a comic'. Eyes and mouth "
    "stay, and the result has to be one that can be animated."
)
_FARTHEST = 0.25  # mean way of the points of the face in eye distances beyond which it is somebody else


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("repaint", parents=[common], help="the photo in another look", description=_TEXT)
    parser.add_argument("photo", metavar="PHOTO", type=Path)
    parser.add_argument("look", metavar="LOOK", help="the look in words: 'oil painting'")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="the PNG or JPEG to write")
    parser.add_argument("--model", metavar="NAME", default="stable-diffusion-1.5", help="weights, a folder or an id")
    parser.add_argument("--strength", metavar="N", type=float, default=0.45, help="0.1 (hardly) to 1 (anew)")
    parser.add_argument("--keep", metavar="WHAT", default="features", help="features (eyes, mouth), face or nothing")
    parser.add_argument("--negative", metavar="TEXT", help="what the picture should not have")
    parser.add_argument("--steps", metavar="N", type=int, default=40, help="of the diffusion (default: 40)")
    parser.add_argument(
        "--guidance", metavar="N", type=float, default=7.0, help="how much the words count (default: 7)"
    )
    parser.add_argument("--side", metavar="N", type=int, default=0, help="pixels; N x N is the area that is painted")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="another number, another picture (default: 0)")
    parser.add_argument("--face", metavar="WHICH", default="largest", help="largest, left, right or a number")
    parser.add_argument("--device", metavar="NAME", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the picture; PhotoError where the photo has no face, or the repainted one none that can be animated."""
    from avatar.core.progress import silent
    from avatar.face.kept import kept_mask, moved_by
    from motion.repaint import repainted
    from orchestrator.video.device import single_threaded

    look = _checked(arguments)
    photo, found = _face_of(arguments)
    assert found.landmarks is not None
    kept = kept_mask(found.landmarks, photo.pixels.shape[:2], arguments.keep)
    loading = _loading(arguments)
    model = weights.resolve(arguments.model, load_settings().cache)
    with single_threaded(), redirect_stdout(sys.stderr):
        painted = repainted(photo.pixels, kept, look, model, loading, silent())
        after = _require_face(painted, arguments.face)
    moved = moved_by(found.landmarks, after)
    if moved > _FARTHEST:
        raise PhotoError(f"The repainted face is another one: give a smaller --strength than {arguments.strength:g}.")
    _write(painted, arguments.output)
    show(f"{arguments.output}  the face moved by {100 * moved:.0f} % of the distance of its eyes")
    return 0


def _checked(arguments: argparse.Namespace) -> Look:
    """The look that is asked for; OptionError for what cannot be used."""
    from avatar.face.kept import KEPT
    from avatar.face.photo import check_face
    from motion.repaint import Look

    if arguments.output.suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise OptionError(f"The picture {arguments.output} must end with .png or .jpg.")
    check_place(arguments.output)
    if arguments.keep not in KEPT:
        raise OptionError(f"Option keep is {arguments.keep!r}: choose {', '.join(KEPT)}.")
    for name, low, high in (
        ("strength", 0.1, 1),
        ("steps", 1, 250),
        ("guidance", 1, 30),
        ("side", 0, 2048),
        ("seed", 0, 2**63),
    ):
        if not low <= getattr(arguments, name) <= high:
            raise OptionError(f"Option {name} is {getattr(arguments, name):g}: give {low:g} to {high:g}.")
    if not arguments.look.strip():
        raise OptionError("The look is empty: describe it in a few words, such as 'oil painting'.")
    try:
        check_face(arguments.face)
    except ValueError as error:
        raise OptionError(f"{error}.") from error
    return Look(arguments.look, arguments.negative, arguments.strength, arguments.steps, arguments.guidance,
                arguments.side, arguments.seed)  # fmt: skip


def _face_of(arguments: argparse.Namespace) -> tuple[Photo, Preflight]:
    from avatar.face.photo import load_photo, look_at

    with redirect_stdout(sys.stderr):
        photo, found = look_at(load_photo(arguments.photo), arguments.face)
    if found.problems:
        raise PhotoError(found.problems[0])
    return photo, found


def _require_face(painted: np.ndarray, face: str) -> np.ndarray:
    """The landmarks of the repainted face; PhotoError where it could not be animated."""
    from avatar.face.photo import Photo, preflight

    found = preflight(Photo(painted, ""), face)
    if found.problems or found.landmarks is None:
        raise PhotoError(
            f"Repainted, it cannot be animated: give a smaller --strength, or --keep face. {found.problems[0]}"
        )
    for note in found.notes:
        say(f"note: {note}")
    return found.landmarks


def _loading(arguments: argparse.Namespace) -> Loading:
    from motion.engines.diffusion_weights import Loading
    from orchestrator.video.device import resolve_device

    device = resolve_device(arguments.device if arguments.device != "auto" else load_settings().device)
    return Loading(device, "float32" if device == "cpu" else "float16")


def _write(painted: np.ndarray, path: Path) -> None:
    from PIL import Image

    kind = "PNG" if path.suffix.lower() == ".png" else "JPEG"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with appearing(path) as partial:
            Image.fromarray(painted).save(partial, kind)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}).") from error
