"""``govorun backdrop``: one turn of a backdrop's loop as a video, to look at before it is used."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from avatar.core.types import BackdropClip, BackdropPlan, Size
from orchestrator.console import show
from orchestrator.output import check_output
from orchestrator.request import FPS, RenderRequest, parse_size

__all__ = ["add", "run"]


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    text = "Render one turn of a backdrop's loop: it can be repeated without a seam."
    parser = commands.add_parser("backdrop", parents=[common], help="render a backdrop alone", description=text)
    parser.add_argument("prompt", metavar="PLACE", help="a place in words, none, #rrggbb or @image")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="the MP4 to write")
    parser.add_argument("--size", metavar="WxH", default="1280x720", help="picture size (default: 1280x720)")
    parser.add_argument("--fps", metavar="N", type=float, default=25.0, help="frames a second (default: 25)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="another number, another picture (default: 0)")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Plan the loop, draw it and say how the prompt was read."""
    check_output(arguments.output)
    if not FPS[0] <= arguments.fps <= FPS[1]:
        raise OptionError(f"Option fps: {arguments.fps:g} is not between {FPS[0]:g} and {FPS[1]:g}.")
    if arguments.prompt == "photo":
        raise OptionError("The backdrop photo is the photo's own: it exists only in a whole video.")
    plan, seconds = _draw(arguments)
    if not arguments.quiet:
        show(f"{arguments.output}  {seconds:.2f} s loop{f'; {plan.reading}' if plan.reading else ''}")
    return 0


def _draw(arguments: argparse.Namespace) -> tuple[BackdropPlan, float]:
    from orchestrator.stages import choose_backdrop, single_threaded

    request = RenderRequest.model_construct(backdrop=arguments.prompt, size=_size(arguments.size), seed=arguments.seed)
    engine, options = choose_backdrop(request)
    with single_threaded():
        plan = engine.plan(options, Progress(lambda fraction, message: None))
        frames = max(1, round((plan.period or 1.0) * arguments.fps))
        clip = engine.open(plan, options.size, arguments.fps, "cpu")
        _write(arguments, clip, frames)
    return plan, frames / arguments.fps


def _write(arguments: argparse.Namespace, clip: BackdropClip, frames: int) -> None:
    from rich.console import Console
    from rich.progress import track

    from avatar.core.media import VideoWriter

    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    console = Console(file=sys.stderr, quiet=arguments.quiet or not sys.stderr.isatty())
    with VideoWriter(arguments.output, _size(arguments.size), arguments.fps) as writer:
        for index in track(range(frames), "backdrop", console=console, transient=True):
            picture = clip.frame(index).mul(255.0).round().clamp(0.0, 255.0).byte()
            writer.write(picture.permute(1, 2, 0).contiguous().numpy())


def _size(text: str) -> Size:
    try:
        return parse_size(text)
    except ValueError as error:
        raise OptionError(f"Option size: {error}.") from error
