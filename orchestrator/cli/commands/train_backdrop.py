"""``govorun train backdrop``: the embedded generator, trained on by pictures of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from avatar.core.errors import Cancelled, OptionError
from orchestrator.console import say, show
from orchestrator.settings import load_settings

if TYPE_CHECKING:
    from motion.generator.tuning import Tuned

__all__ = ["add", "run"]

_TEXT = (
    "Train the embedded generator on with a folder of captioned pictures. The folder of the run keeps everything; the "
    "same command goes on where it was stopped."
)
# Options of the run: name, metavar, kind, help. What is not given comes from --config, then from the defaults.
_OPTIONS = (
    ("pictures", "DIR", str, "JPEG, PNG or WebP, with photo.txt beside photo.jpg, or a metadata.jsonl"),
    ("steps", "N", int, "at most, of 16 pictures each (default: 600)"),
    ("learning-rate", "N", float, "of AdamW (default: 0.0005)"),
    ("patience", "N", int, "looks at what is kept aside without progress before it ends (default: 6)"),
    ("drawn", "N", int, "drawn scenes that are mixed in, so that it keeps what it knew; 0 for none (default: 336)"),
    ("seed", "N", int, "another number is another run (default: 0)"),
)


def add(kinds: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the kind of training."""
    parser = kinds.add_parser("backdrop", parents=[common], help="backdrops like your pictures", description=_TEXT)
    for name, metavar, kind, text in _OPTIONS:
        parser.add_argument(f"--{name}", metavar=metavar, type=kind, help=text)
    parser.add_argument("--config", metavar="FILE", type=Path, help="these options as JSON or TOML")
    parser.add_argument("--name", metavar="NAME", help="keep the result under this name, for --backdrop-model")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="the folder of the run")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, keep the result under its name, and say how good it is on what was kept aside."""
    from avatar.core.trained import check_name
    from motion.engines.embedded import WEIGHTS
    from motion.generator.tuning import read_config, train
    from orchestrator.cli.bar import plain_bar
    from orchestrator.video.device import single_threaded

    asked = [name.replace("-", "_") for name, *_ in _OPTIONS]
    given = {name: getattr(arguments, name) for name in asked if getattr(arguments, name) is not None}
    config = read_config(arguments.config, given)
    if not config.pictures:
        raise OptionError("Nothing to learn from: give --pictures DIR, a folder of captioned pictures.")
    if arguments.name is not None:
        check_name(arguments.name, arguments.output, load_settings().cache)
    try:
        with single_threaded(), plain_bar("training", arguments.quiet) as progress:
            tuned = train(arguments.output, config, progress, WEIGHTS)
    except (KeyboardInterrupt, Cancelled):
        say(f"Stopped: the same command goes on where {arguments.output} was left.")
        return Cancelled.exit_code
    where = str(tuned.folder) if arguments.name is None else _keep(arguments.name, tuned)
    if not arguments.quiet:
        _present(where, tuned)
    return 0


def _keep(name: str, tuned: Tuned) -> str:
    """Keep the model under ``name``; returns it."""
    from avatar.core.trained import keep
    from motion.learned import Learned

    learned = Learned.load(tuned.folder)
    licence = learned.licence if learned is not None else "not stated"
    purpose = "backdrop engine embedded, trained here"
    keep(name, tuned.folder, purpose, licence, load_settings().cache)
    return name


def _present(where: str, tuned: Tuned) -> None:
    for note in tuned.notes:
        say(f"note: {note}")
    first, best = tuned.looks[0], tuned.best
    if best is first:
        say("note: nothing got better than before; the model is the packaged one")
    show(
        f"{where}  step {best.step} of {tuned.looks[-1].step}; loss kept aside {first.aside:.4f} -> {best.aside:.4f}, "
        f"of drawn scenes {first.drawn:.4f} -> {best.drawn:.4f}"
    )
