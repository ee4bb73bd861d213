"""``govorun voices convert``: a Piper voice as a model for Coqui."""

from __future__ import annotations

import argparse
from pathlib import Path

from orchestrator.console import show
from orchestrator.settings import load_settings

__all__ = ["add", "run"]


def add(actions: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the action below ``govorun voices``."""
    text = "Write a Piper voice as a Coqui VITS model: config.json, model_file.pth. Coqui need not be installed."
    parser = actions.add_parser(
        "convert", parents=[common], help="write a Piper voice as a model for Coqui", description=text
    )
    parser.add_argument("voice", metavar="VOICE", help="a Piper voice by name or by the path of its .onnx file")
    parser.add_argument("-o", "--output", metavar="FOLDER", type=Path, required=True, help="where the model goes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Convert, and print the folder."""
    from orchestrator.cli.bar import plain_bar
    from speech.engines.piper_voice import voice_files
    from speech.voices.conversion import convert

    with plain_bar(arguments.voice) as progress:
        model, description = voice_files(arguments.voice, load_settings().cache, progress.part(0.0, 0.3))
        converted = convert(model, description, arguments.output, progress.part(0.3, 1.0))
    show(f"{converted.folder}: {converted.rate} Hz, {_speakers(converted.speakers)}")
    return 0


def _speakers(names: tuple[str, ...]) -> str:
    if not names:
        return "1 speaker"
    return f"{len(names)} speakers: {', '.join(names[:5])}{', ...' if len(names) > 5 else ''}"
