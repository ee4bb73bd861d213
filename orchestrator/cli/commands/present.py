"""``govorun present``: slides become a video."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.cli.commands import render

__all__ = ["add", "run"]

_DESCRIPTION = (
    "Make a video of a presentation: every slide is a scene, its notes are spoken, the person stands in a corner. "
    "Takes the options of `govorun render`."
)
_NOT_HERE = ("text", "script", "audio", "transcript", "backdrop", "backdrop_option", "backdrop_trim", "backdrop_sound")


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("present", parents=[common], help="make a video of slides", description=_DESCRIPTION)
    parser.add_argument("slides", metavar="SLIDES", type=Path, help="a PPTX or a PDF")
    parser.add_argument("--slides-pdf", metavar="FILE", type=Path, help="the slides of a PPTX as PDF, where "
                        "LibreOffice is not installed")  # fmt: skip
    parser.add_argument("--notes", metavar="FILE", type=Path, help="what is said, instead of the notes in the slides: "
                        "a line of --- begins the next slide")  # fmt: skip
    parser.add_argument("--pages", metavar="LIST", default="", help="which slides, for example 1-4,7 (default: all)")
    parser.add_argument(
        "--without-notes", metavar="WHAT", choices=("refuse", "skip", "read"), default="refuse",
        help="slides without notes: refuse, skip, or read their own text (default: refuse)",
    )  # fmt: skip
    render.add_options(parser, without=_NOT_HERE)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read and draw the slides, then render; prints what ``render`` prints."""
    from orchestrator.productions.present import scenes_of_slides
    from orchestrator.productions.slides import read_slides

    given = render.given_options(arguments)
    with TemporaryDirectory(prefix="govorun-present-") as folder:
        slides = read_slides(arguments.slides, Path(folder), arguments.pages, arguments.slides_pdf, arguments.notes)
        scenes = scenes_of_slides(slides, given, arguments.without_notes)
        return render.make(scenes, given, arguments, inputs=[arguments.slides])
