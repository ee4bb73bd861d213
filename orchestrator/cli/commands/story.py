"""``govorun story``: a story becomes a short film."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from avatar.core.artefacts import write_atomically
from orchestrator.cli.commands import render
from orchestrator.console import show

__all__ = ["add", "run"]

_DESCRIPTION = (
    "Make a short film of a story: its paragraphs become scenes, each in a place that its words tell of. With --photo "
    "the narrator stands in front, without it a voice is heard. Takes the options of `govorun render`."
)
_WHOLE = ("size", "layout")
_NOT_HERE = ("text", "script", "audio", "transcript", "backdrop", "backdrop_from", "heading", "influence")


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "story", parents=[common], help="make a short film of a story", description=_DESCRIPTION
    )
    parser.add_argument("story", metavar="STORY", type=Path, help="a UTF-8 text, blank lines between its paragraphs")
    output = "the MP4 to write; a name that ends in .json: the production alone, to be changed and rendered"
    render.add_options(parser, without=_NOT_HERE, output=output)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Find the places, then render; prints what ``render`` prints."""
    from orchestrator.productions.schema import VERSION
    from orchestrator.productions.story import read_story, scenes_of_story

    given = render.given_options(arguments)
    scenes = scenes_of_story(read_story(arguments.story), given)
    if arguments.output.suffix.lower() == ".json":
        whole = {name: scenes[0][name] for name in _WHOLE if name in scenes[0]}
        parts = [{name: value for name, value in scene.items() if name not in whole} for scene in scenes]
        document = {"govorun": VERSION, **whole, "scenes": parts}
        write_atomically(arguments.output, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
        show(f"{arguments.output}  {len(scenes)} scenes for: govorun render --production {arguments.output}")
        return 0
    return render.make(scenes, given, arguments, inputs=[arguments.story])
