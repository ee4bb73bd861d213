"""``govorun check-video``: measure a finished video, lips, blinks, pose and steadiness, against its own timeline."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from avatar.core.errors import OptionError
from avatar.core.progress import silent
from avatar.core.types import Phoneme
from orchestrator.console import show, show_json

__all__ = ["add", "run"]


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    text = (
        "Track the face through a finished video and measure it. With the sidecar beside it (or --timeline) the lips "
        "are held against the phonemes. docs/quality.md says what each figure means and what real footage shows."
    )
    parser = commands.add_parser("check-video", parents=[common], help="measure a finished video", description=text)
    parser.add_argument("video", metavar="VIDEO", type=Path)
    parser.add_argument("--timeline", metavar="FILE", type=Path, help="sidecar with the phonemes (default: VIDEO's)")
    parser.add_argument("--measure", choices=("windows", "full"), default="full", help="every frame (the default), or "
                        "stretches that tell nearly as much of a video of ours")  # fmt: skip
    parser.add_argument("--save", action="store_true", help="write the figures into the sidecar as `quality`")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 when the video was measured; the figures are measurements, not verdicts."""
    from orchestrator.video.sidecar import write_sidecar

    path = arguments.timeline or arguments.video.with_suffix(".json")
    sidecar = _sidecar(path, required=arguments.timeline is not None or arguments.save)
    with redirect_stdout(sys.stderr):
        figures = _measured(arguments, _phonemes(sidecar))
    if arguments.save:
        write_sidecar(path, {**sidecar, "quality": figures})
    if arguments.json:
        show_json({"video": str(arguments.video), **figures})
    else:
        for name, value in figures.items():
            show(f"{name.replace('_', ' '):36} {value}")
    return 0


def _measured(arguments: argparse.Namespace, phonemes: list[Phoneme]) -> dict[str, Any]:
    from orchestrator.video.quality import footage_of, measure_footage, measure_video

    if arguments.measure == "full":
        return measure_video(arguments.video, phonemes, silent())
    return measure_footage(footage_of(arguments.video), phonemes, silent(), "windows")


def _phonemes(sidecar: dict[str, Any]) -> list[Phoneme]:
    return [Phoneme(float(start), float(end), str(ipa)) for start, end, ipa in sidecar.get("phonemes", ())]


def _sidecar(path: Path, required: bool) -> dict[str, Any]:
    if not path.exists() and not required:
        return {}
    try:
        sidecar = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise OptionError(f"Cannot read the timeline {path}: {error.strerror}.") from error
    except ValueError as error:
        raise OptionError(f"{path.name} is no sidecar: it is not JSON ({error}).") from error
    phonemes = sidecar.get("phonemes", []) if isinstance(sidecar, dict) else None
    if not isinstance(phonemes, list) or not all(isinstance(p, list) and len(p) == 3 for p in phonemes):
        raise OptionError(f"{path.name} is no sidecar: its phonemes must be [start, end, ipa] each.")
    return dict(sidecar)
