"""``govorun drift``: what a drift does, in figures."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

from avatar.core.errors import OptionError
from orchestrator.cli.commands.backdrop import INFLUENCE, chosen_backdrop
from orchestrator.cli.commands.render import OPTIONS
from orchestrator.console import show

__all__ = ["add", "run"]

_TEXT = (
    "Measure a film, or a backdrop that is drawn for it: whether pictures change as embeddings do, angle and cosine "
    "of each step, how far the drift walks from its start, how consistent its optical flow is; with an influence film "
    "also what of its steps arrives, for the scenarios A0 to B2. Writes CSV, PNG and a page that opens offline."
)
_SECONDS = (1.0, 86400.0)
_FPS = (0.5, 60.0)


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("drift", help="measure a drift", description=_TEXT)
    kinds = parser.add_subparsers(dest="kind", metavar="WHAT", required=True)
    analyse = kinds.add_parser("analyse", parents=[common], help="a film or a backdrop in figures", description=_TEXT)
    analyse.add_argument("video", metavar="VIDEO", nargs="?", type=Path, help="a film of any length")
    analyse.add_argument("--prompt", metavar="PLACE", help="a place in words, drawn for the analysis")
    analyse.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder of the report")
    analyse.add_argument("--encoder", metavar="NAME", default="scene", help="scene, or the folder or id of a CLIP")
    analyse.add_argument("--fps", metavar="N", type=float, default=4.0, help="frames a second looked at (default: 4)")
    analyse.add_argument("--seconds", metavar="N", type=float, help="of the film or backdrop (default: all; 12)")
    analyse.add_argument("--seed", metavar="N", type=int, default=0, help="of the backdrop (default: 0)")
    analyse.add_argument("--path", metavar="PATH", help="orbit, wander, travel:'another place' or predicted")
    for name in INFLUENCE:
        metavar, text = OPTIONS[name]
        analyse.add_argument(f"--{name.replace('_', '-')}", metavar=metavar, help=text)
    analyse.add_argument("--device", metavar="NAME", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    analyse.add_argument("--backdrop-engine", metavar="NAME", help="who draws the place")
    analyse.add_argument("--backdrop-model", metavar="NAME", help="weights of the engine")
    analyse.add_argument("--backdrop-option", metavar="KEY=VALUE", action="append", help="an option of the engine")
    analyse.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    analyse.set_defaults(run=run, size="448x256", text_force=None, noise_drift=None)


def run(arguments: argparse.Namespace) -> int:
    """Write the report and say what was found."""
    from orchestrator.cli.bar import plain_bar

    _check(arguments)
    from orchestrator.video.device import single_threaded

    command = "govorun " + shlex.join(sys.argv[1:])
    with single_threaded(), plain_bar("measuring", arguments.quiet) as progress:
        report = _report(arguments, command, progress)
    page = report.write(arguments.out)
    if not arguments.quiet:
        for sentence in report.sentences:
            show(sentence)
        show(str(page))
    return 0


def _report(arguments: argparse.Namespace, command: str, progress: Any) -> Any:
    from motion.analysis.analyse import analyse_backdrop, analyse_film
    from motion.encoders import encoder_of

    encoder = encoder_of(arguments.encoder)
    if arguments.video is not None:
        return analyse_film(arguments.video, encoder, arguments.fps, arguments.seconds, command, progress)
    engine, options = chosen_backdrop(arguments, arguments.prompt)
    return analyse_backdrop(engine, options, encoder, arguments.fps, arguments.seconds, command, progress)


def _check(arguments: argparse.Namespace) -> None:
    if (arguments.video is None) == (arguments.prompt is None):
        raise OptionError("Give exactly one of VIDEO and --prompt: a film, or a place that is drawn.")
    if arguments.video is not None and arguments.influence is not None:
        raise OptionError("An influence film moves a backdrop: give --prompt with it, not VIDEO.")
    for name, (low, high) in (("seconds", _SECONDS), ("fps", _FPS)):
        value = getattr(arguments, name)
        if value is not None and not low <= value <= high:
            raise OptionError(f"Option {name}: {value:g} is not between {low:g} and {high:g}.")
