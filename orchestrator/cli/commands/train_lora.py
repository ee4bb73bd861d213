"""``govorun train lora``: a diffusion model tuned on films or pictures of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatar.core.errors import Cancelled
from orchestrator.console import say, show
from orchestrator.settings import load_settings

__all__ = ["add", "run"]

_TEXT = (
    "Tune Stable Diffusion on frames of films or on pictures, or the temporal layers of Stable Video Diffusion. "
    "The folder keeps everything of the run; the same command goes on where it was stopped."
)
# Options of the run: name, metavar, kind, help. What is not given comes from --config, then from the defaults.
_OPTIONS = (
    ("model", "NAME", str, "what is tuned: pulled weights, a folder in diffusers' layout, or an id of the hub"),
    ("films", "DIR", str, "films to learn from; words of a film in a .txt beside it, or in metadata.jsonl"),
    ("pictures", "DIR", str, "pictures to learn from instead, with words likewise (Stable Diffusion)"),
    ("name", "NAME", str, "keep the LoRA under this name, for --backdrop-option lora=NAME"),
    ("steps", "N", int, "at most (default: 1000)"),
    ("rank", "N", int, "of the LoRA (default: 8)"),
    ("alpha", "N", int, "what it adds is multiplied by alpha / rank (default: the rank)"),
    ("learning-rate", "N", float, "of AdamW (default: 0.0001)"),
    ("rate", "N", float, "frames a second of a film (default: 1, with Stable Video Diffusion 7)"),
    ("frames", "N", int, "of a clip (default: 14); with Stable Diffusion of a film, at most (default: 64)"),
    ("side", "N", int, "N x N is the area of a picture (default: what the model was made for)"),
    ("patience", "N", int, "looks at what is kept aside without progress before it ends (default: 8)"),
    ("seed", "N", int, "another number is another run (default: 0)"),
)


def add(kinds: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the kind of model."""
    lora = kinds.add_parser("lora", parents=[common], help="a diffusion model, by a LoRA", description=_TEXT)
    for name, metavar, kind, text in _OPTIONS:
        lora.add_argument(f"--{name}", metavar=metavar, type=kind, help=text)
    lora.add_argument("--config", metavar="FILE", type=Path, help="these options as JSON or TOML")
    lora.add_argument("--device", metavar="NAME", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    lora.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="the folder of the run")
    lora.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    lora.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, and say where the LoRA lies and what it changed for what was kept aside."""
    from motion.lora.config import read_config
    from orchestrator.cli.bar import plain_bar
    from orchestrator.video.device import resolve_device, single_threaded

    asked = {name.replace("-", "_") for name, *_ in _OPTIONS}
    given = {name: getattr(arguments, name) for name in asked if getattr(arguments, name) is not None}
    config = read_config(arguments.config, given)
    device = resolve_device(arguments.device if arguments.device != "auto" else load_settings().device)
    try:
        with single_threaded(), plain_bar("training", arguments.quiet) as progress:
            from motion.lora.training import train

            result = train(arguments.output, config, progress, device)
    except (KeyboardInterrupt, Cancelled):
        say(f"Stopped: the same command goes on where {arguments.output} was left.")
        return Cancelled.exit_code
    if not arguments.quiet:
        change = f"loss kept aside {result.before:.4f} before, {result.best:.4f} after {result.best_step} of them"
        show(f"{result.folder}  {result.steps} steps, {change}")
        if result.best_step == 0:
            say("note: nothing was learned that helps with what was kept aside; the LoRA changes nothing.")
    return 0
