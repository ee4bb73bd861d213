"""``govorun train``: models of one's own. Here: ``next-state``, how a film goes on; others have their files."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatar.core.errors import Cancelled
from orchestrator.cli.commands import train_backdrop, train_lora
from orchestrator.console import say, show

__all__ = ["add", "run"]

_TEXT = (
    "Learn from films, or from moving scenes that Govorun draws, to say the next state of a film from a text and the "
    "present one. The folder keeps everything of the run; the same command goes on where it was stopped."
)
# Options of the run: name, metavar, help. What is not given comes from --config, then from the defaults.
_OPTIONS = (
    ("videos", "DIR", str, "films to learn from; without it moving scenes are drawn"),
    ("scenes", "N", int, "how many moving scenes are drawn (default: 240)"),
    ("mode", "NAME", str, "normal, back, rotation, diff or all (default: all)"),
    ("network", "NAME", str, "simple or rotation (default: rotation)"),
    ("encoder", "NAME", str, "scene, or the folder or id of a CLIP (default: scene)"),
    ("rate", "N", float, "states a second of a film (default: 4)"),
    ("memory", "N", int, "states that are looked at, 1 for the present alone (default: 3)"),
    ("width", "N", int, "of the hidden layers (default: 128)"),
    ("epochs", "N", int, "at most (default: 60)"),
    ("patience", "N", int, "epochs without progress before it ends (default: 12)"),
    ("seed", "N", int, "another number is another run (default: 0)"),
)


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("train", help="train a model of your own", description="Train a model of your own.")
    kinds = parser.add_subparsers(dest="kind", metavar="MODEL", required=True)
    next_state = kinds.add_parser("next-state", parents=[common], help="how a film goes on", description=_TEXT)
    for name, metavar, kind, text in _OPTIONS:
        next_state.add_argument(f"--{name}", metavar=metavar, type=kind, help=text)
    next_state.add_argument("--config", metavar="FILE", type=Path, help="these options as JSON or TOML")
    next_state.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="the folder of the run")
    next_state.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    next_state.set_defaults(run=run)
    train_backdrop.add(kinds, common)
    train_lora.add(kinds, common)


def run(arguments: argparse.Namespace) -> int:
    """Train, and say where the model lies and how good it is on what was kept aside."""
    from motion.next_state.training import read_config, train
    from orchestrator.cli.bar import plain_bar
    from orchestrator.video.device import single_threaded

    given = {name: getattr(arguments, name) for name, *_ in _OPTIONS if getattr(arguments, name) is not None}
    config = read_config(arguments.config, given)
    try:
        with single_threaded(), plain_bar("training", arguments.quiet) as progress:
            model = train(arguments.output, config, progress)
    except (KeyboardInterrupt, Cancelled):
        say(f"Stopped: the same command goes on where {arguments.output} was left.")
        return Cancelled.exit_code
    if not arguments.quiet:
        show(f"{arguments.output / 'model'}  {model.facts['epochs']} epochs, loss kept aside {model.facts['loss']:.4f}")
    return 0
