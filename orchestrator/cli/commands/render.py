"""``govorun render``: make a video."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.core.errors import InputError, OptionError, ScriptError
from orchestrator.console import say, show, show_json
from orchestrator.video.outputs import check_inputs, outputs_of
from orchestrator.video.request import RenderRequest, request_of
from orchestrator.video.scenes import requests_of

if TYPE_CHECKING:
    from orchestrator.video.render import RenderResult

__all__ = [
    "OPTIONS",
    "add",
    "add_options",
    "add_production",
    "given_options",
    "make",
    "parse_pairs",
    "read_scenes",
    "render_with_bar",
    "run",
]

# Every field of RenderRequest: a metavar, "" for a switch. A test holds the two together.
_METAVARS = {
    "photo": "FILE", "face": "WHICH", "text": "TEXT", "script": "FILE", "audio": "FILE", "transcript": "TEXT|@FILE",
    "voice": "NAME", "lang": "CODE", "lexicon": "FILE", "backdrop": "PLACE", "match_light": "0..1",
    "backdrop_drift": "0..1", "backdrop_blur": "0..1", "backdrop_light": "0..1",
    "backdrop_path": "PATH", "backdrop_from": "PLACE", "influence": "FILE", "influence_gain": "N",
    "influence_mode": "MODE", "influence_scenario": "NAME",
    "music": "FILE", "music_volume": "DB", "loudness": "LUFS",
    "size": "WxH", "fps": "N", "captions": "KINDS", "alpha": "KINDS",
    "layout": "LAYOUT", "layout_ground": "COLOUR", "transition": "KIND", "heading": "TEXT", "lower_third": "TEXT",
    "progress_bar": "", "accent": "COLOUR", "logo": "FILE", "font": "FILE", "label": "",
    "expression": "MOOD", "gesture_style": "STYLE", "seed": "N", "device": "NAME", "speech_engine": "NAME",
    "face_engine": "NAME", "backdrop_engine": "NAME", "backdrop_model": "NAME", "speech_option": "KEY=VALUE",
    "face_option": "KEY=VALUE", "backdrop_option": "KEY=VALUE", "backdrop_trim": "START-END", "backdrop_sound": "DB",
    "layers": "NAMES", "measure": "HOW",
}  # fmt: skip
_HERE = {
    "voice": "a name from `govorun voices`, or a Piper .onnx file",
    "backdrop": "a place in words, none, photo (keep the photo's own), #rrggbb, @picture or @film",
    "speech_engine": "who speaks; `govorun doctor` lists them",
    **{name: f"an option of the {name.partition('_')[0]} engine; may be repeated" for name in
       ("speech_option", "face_option", "backdrop_option")},
}  # fmt: skip
"""What the command line says otherwise than the fields themselves."""
OPTIONS: dict[str, tuple[str, str]] = {
    name: (metavar, _HERE.get(name) or RenderRequest.model_fields[name].description or "")
    for name, metavar in _METAVARS.items()
}
"""Option -> its metavar and help."""
_PAIRS = ("speech_option", "face_option", "backdrop_option")


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("render", parents=[common], help="make a video", description=_DESCRIPTION)
    parser.add_argument(
        "--scenes", metavar="FILE", type=Path, help="a JSON list of scenes, each with options of its own"
    )
    add_production(parser)
    add_options(parser)
    parser.set_defaults(run=run)


def add_production(parser: argparse.ArgumentParser) -> None:
    """Declare the option that names a production document."""
    parser.add_argument("--production", metavar="FILE", type=Path, help="a JSON file with scenes, options, brand and "
                        "data; what scenes say counts before flags, flags before the rest")  # fmt: skip


def add_options(
    parser: argparse.ArgumentParser, without: Collection[str] = (), output: str = "the MP4 to write"
) -> None:
    """Declare the options of a video, but for those ``without``, and where it goes: ``output``."""
    for name, (metavar, text) in OPTIONS.items():
        if name in without:
            continue
        if not metavar:
            parser.add_argument(_flag(name), action="store_true", default=None, help=text)
            continue
        action = "append" if name in _PAIRS else "store"
        parser.add_argument(_flag(name), action=action, metavar=metavar, help=text + _default(name))
    parser.add_argument(
        "--brand", metavar="FILE", type=Path, help="a JSON file with accent, font and logo of one house"
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help=output)
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


_DESCRIPTION = (
    "Make a video in which the person of a photo speaks a script. Beside it lies a JSON file with all timings."
)


def run(arguments: argparse.Namespace) -> int:
    """Render, with a bar on a terminal; prints the path, the length and the time of each stage."""
    given = given_options(arguments)
    if arguments.production is not None:
        return _make_production(given, arguments)
    scenes = None if arguments.scenes is None else read_scenes(arguments.scenes)
    return make(scenes, given, arguments, inputs=[] if arguments.scenes is None else [arguments.scenes])


def _make_production(given: Mapping[str, Any], arguments: argparse.Namespace) -> int:
    from orchestrator.productions.document import read_production

    if arguments.scenes is not None:
        raise OptionError("--scenes and --production say the same: leave one of them out.")
    with redirect_stdout(sys.stderr):
        production = read_production(arguments.production)
        requests = production.video(given)
        production.check(requests)
    chosen = any(request.voice or request.audio for request in requests)
    return _finish(requests, arguments, [arguments.production], chosen)


def given_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options of a video that were given, as a request takes them."""
    given = {name: value for name in OPTIONS if (value := getattr(arguments, name, None)) is not None}
    for name in _PAIRS:
        if name in given:
            given[name] = parse_pairs(_flag(name), given[name])
    if arguments.brand is not None:
        from orchestrator.productions.brand import read_brand

        given = {**read_brand(arguments.brand), **given}
    if "transcript" in given:
        given["transcript"] = _text_or_file(given["transcript"])
    return given


def make(
    scenes: Sequence[Mapping[str, object]] | None,
    given: Mapping[str, Any],
    arguments: argparse.Namespace,
    inputs: Iterable[Path] = (),
) -> int:
    """Render ``scenes``, for each of which the options ``given`` hold, or the one that they are; show what came out.

    ``inputs``: files beside those of the options that must not be written over.
    """
    with redirect_stdout(sys.stderr):
        requests = [request_of(**given)] if scenes is None else requests_of(scenes, given)
    return _finish(requests, arguments, inputs, chosen="voice" in given or "audio" in given)


def _finish(
    requests: Sequence[RenderRequest], arguments: argparse.Namespace, inputs: Iterable[Path], chosen: bool
) -> int:
    """``chosen``: whether who speaks was chosen, so that other voices need no mention."""
    with redirect_stdout(sys.stderr):
        outputs = outputs_of(arguments.output, requests[0].captions, alpha=requests[0].alpha)
        check_inputs(outputs, inputs)
        result = render_with_bar(requests, arguments.output, arguments.quiet or arguments.json, alone=True)
    if arguments.json:
        show_json(_fields(result))
    elif not arguments.quiet:
        _present(result, chosen)
    return 0


def parse_pairs(flag: str, pairs: Iterable[str]) -> dict[str, str]:
    """``["key=value", ...]`` as a dict; OptionError where there is no ``=``."""
    parsed = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise OptionError(f"{flag} {pair!r} is no KEY=VALUE.")
        parsed[key] = value
    return parsed


def read_scenes(path: Path) -> list[dict[str, object]]:
    """The options of every scene of a JSON file; the files that they name are looked for beside it."""
    from orchestrator.productions.document import beside

    try:
        scenes = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise OptionError(f"--scenes {path} is no JSON in UTF-8: {error}.") from error
    except OSError as error:
        raise InputError(f"The scenes {path} cannot be read ({error.strerror}).") from error
    if not isinstance(scenes, list) or not scenes or not all(isinstance(scene, dict) for scene in scenes):
        raise OptionError(f'--scenes {path} must be a list of objects, for example [{{"text": "Hello."}}].')
    return [beside(scene, path.parent) for scene in scenes]


def render_with_bar(requests: Sequence[RenderRequest], output: Path, quiet: bool, alone: bool = False) -> RenderResult:
    """``alone``: this process makes no other video."""
    from orchestrator.video.render import render_video

    if quiet:
        return render_video(requests, output, alone=alone)
    from rich.console import Console

    from orchestrator.cli.bar import TerminalBar

    with TerminalBar(Console(file=sys.stderr)) as bar:
        return render_video(requests, output, report=bar, alone=alone)


def _present(result: RenderResult, chosen: bool) -> None:
    for note in result.notes:
        say(f"note: {note}")
    stages = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in result.stage_seconds.items())
    show(f"{result.path}  {result.seconds:.2f} s of video, {result.frames} frames")
    for path in result.transparent.values():
        show(f"{path}  the same, transparent")
    show(f"time: {stages}")
    if not chosen and result.voices:
        names, languages = ({pair[which]: None for pair in result.voices} for which in (0, 1))
        show(f"voice: {', '.join(names)}; others for --voice: govorun voices --lang {next(iter(languages))}")


def _fields(result: RenderResult) -> dict[str, object]:
    return {
        "path": str(result.path),
        "seconds": result.seconds,
        "frames": result.frames,
        "sidecar": str(result.sidecar),
        "captions": {kind: str(path) for kind, path in result.captions.items()},
        "alpha": {kind: str(path) for kind, path in result.transparent.items()},
        "stage_seconds": {stage: round(seconds, 3) for stage, seconds in result.stage_seconds.items()},
        "notes": list(result.notes),
        "voices": [list(pair) for pair in result.voices],
    }


def _text_or_file(value: str) -> str:
    if not value.startswith("@"):
        return value
    try:
        return Path(value[1:]).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScriptError(f"The transcript {value[1:]} is no UTF-8 text: save it as UTF-8.") from error
    except OSError as error:
        raise InputError(f"The transcript {value[1:]} cannot be read ({error.strerror}).") from error


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _default(name: str) -> str:
    field = RenderRequest.model_fields[name]
    shown = () if field.is_required() or field.default_factory is not None else (field.default,)
    return "".join(f" (default: {value})" for value in shown if value not in (None, (), ""))
