"""``govorun backdrop``: one turn of a backdrop's loop as a video, or a sheet of pictures to choose from."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.core.artefacts import appearing
from avatar.core.errors import OptionError, OutputError
from avatar.core.progress import Progress
from avatar.core.types import BackdropPlan, Size
from orchestrator.cli.commands.render import OPTIONS, parse_pairs
from orchestrator.console import say, show
from orchestrator.video.outputs import check_output, check_place, check_room
from orchestrator.video.request import FPS, RenderRequest, parse_size, pictured, request_of, require_film

if TYPE_CHECKING:
    from motion import BackdropEngine, BackdropOptions

__all__ = ["INFLUENCE", "add", "chosen_backdrop", "run"]

_SECONDS = (2.0, 600.0)
_SHEET_WIDTH, _SEEDS, _MOMENTS = 1280, 4, 8
_TEXT = (
    "Render one turn of a backdrop's loop, which can be repeated without a seam; or, with --sheet, a sheet of "
    f"pictures: each place with {_SEEDS} seeds, and {_MOMENTS} moments of its loop."
)
# Flags that are passed on to the engine, so that render's --backdrop-option knows them too: name, metavar, help.
_DRIFT = (
    ("path", "PATH", "orbit (a loop), wander (never repeats), travel:'another place' (there and back) or predicted"),
    ("text_force", "DEG", "how far the place's meaning drifts, in degrees (default: 18)"),
    ("noise_drift", "DEG", "how far the noise drifts, in degrees (default: 15)"),
)


# Options of a film whose motion is taken over, as in render.
INFLUENCE = ("influence", "influence_gain", "influence_mode", "influence_scenario")


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("backdrop", parents=[common], help="render a backdrop alone", description=_TEXT)
    parser.add_argument("places", metavar="PLACE", nargs="*", help="a place in words, none, #rrggbb or @image")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="the MP4 to write")
    parser.add_argument("--sheet", metavar="FILE", type=Path, help="a PNG to write: seeds and moments side by side")
    parser.add_argument("--size", metavar="WxH", default="1280x720", help="picture size (default: 1280x720)")
    parser.add_argument("--fps", metavar="N", type=float, default=25.0, help="frames a second (default: 25)")
    parser.add_argument("--seconds", metavar="N", type=float, help="length of the loop (default: the engine's, 12)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="another number, another picture (default: 0)")
    for name, metavar, text in _DRIFT:
        parser.add_argument(f"--{name.replace('_', '-')}", metavar=metavar, help=text)
    for name in INFLUENCE:
        metavar, text = OPTIONS[name]
        parser.add_argument(f"--{name.replace('_', '-')}", metavar=metavar, help=text)
    parser.add_argument("--device", metavar="NAME", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    parser.add_argument("--backdrop-engine", metavar="NAME", help="who draws the place; `govorun doctor` lists them")
    parser.add_argument("--backdrop-model", metavar="NAME", help="weights of the engine: a folder, file or model id")
    parser.add_argument("--backdrop-option", metavar="KEY=VALUE", action="append", help="an option of the engine")
    parser.add_argument("--list", action="store_true", help="show the places, their rooms and hours, and how to ask")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the loop, the sheet or both, and say how the prompt was read."""
    if arguments.list:
        _list()
        return 0
    _check(arguments)
    if arguments.output is not None:
        plan, seconds = _loop(arguments)
        if not arguments.quiet:
            _present(arguments.output, plan, seconds)
    if arguments.sheet is not None:
        _sheet(arguments)
        if not arguments.quiet:
            show(str(arguments.sheet))
    return 0


def _list() -> None:
    """The gallery in words: rendered places with their rooms and hours, then what is painted."""
    from motion.rooms.gallery import gallery
    from motion.scenes.families import FAMILIES

    for row in gallery():
        hours = ", ".join(hour["name"] for hour in row["hours"])
        titles = " / ".join(row["title"].values())
        show(f"{titles}: rooms 1 to {len(row['rooms'])}; {hours}")
    show(f"painted: {', '.join(FAMILIES)}")
    say("Ask in words: 'open office 2 at sunset', 'library in the evening', 'calm ocean at dusk'.")


def _check(arguments: argparse.Namespace) -> None:
    if arguments.output is None and arguments.sheet is None:
        raise OptionError("Nothing to write: give -o FILE.mp4, --sheet FILE.png or both.")
    if arguments.output is not None:
        check_output(arguments.output)
        if len(arguments.places) != 1:
            raise OptionError("A loop shows one place: name one; --sheet alone takes several, or shows examples.")
    if arguments.sheet is not None:
        if arguments.sheet.suffix.lower() != ".png":
            raise OptionError(f"The sheet {arguments.sheet} must end with .png: that is the format that is written.")
        check_place(arguments.sheet)
    if not FPS[0] <= arguments.fps <= FPS[1]:
        raise OptionError(f"Option fps: {arguments.fps:g} is not between {FPS[0]:g} and {FPS[1]:g}.")
    if arguments.seconds is not None and not _SECONDS[0] <= arguments.seconds <= _SECONDS[1]:
        low, high = _SECONDS
        raise OptionError(f"Option seconds: {arguments.seconds:g} is not between {low:g} and {high:g}.")
    if arguments.seed < 0:
        raise OptionError(f"Option seed: {arguments.seed} is negative: give 0 or more.")
    if "photo" in arguments.places:
        raise OptionError("The backdrop photo is the photo's own: it exists only in a whole video.")


def _present(output: Path, plan: BackdropPlan, seconds: float) -> None:
    for note in plan.notes:
        say(f"note: {note}")
    kind = "of a way without end" if plan.settings.get("path") == "wander" else "loop"
    show(f"{output}  {seconds:.2f} s {kind}{f'; {plan.reading}' if plan.reading else ''}")


def _loop(arguments: argparse.Namespace) -> tuple[BackdropPlan, float]:
    from orchestrator.cli.bar import plain_bar
    from orchestrator.video.device import single_threaded

    engine, options = chosen_backdrop(arguments, arguments.places[0])
    with single_threaded(), plain_bar("backdrop", arguments.quiet) as progress:
        plan = engine.plan(options, progress.part(0.0, 0.5))
        frames = max(1, round((arguments.seconds or plan.period or 1.0) * arguments.fps))
        check_room((arguments.output.parent,), options.size, frames)
        _write(arguments, engine, plan, options.size, frames, progress.part(0.5, 1.0))
    return plan, frames / arguments.fps


def _write(
    arguments: argparse.Namespace,
    engine: BackdropEngine,
    plan: BackdropPlan,
    size: Size,
    frames: int,
    progress: Progress,
) -> None:
    from avatar.core.media import VideoWriter
    from motion.picture import picture_of

    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    clip = engine.open(plan, size, arguments.fps, "cpu")
    with VideoWriter(arguments.output, size, arguments.fps) as writer:
        for index in range(frames):
            writer.write(picture_of(clip.frame(index)))
            progress((index + 1) / frames, "drawing")


def _sheet(arguments: argparse.Namespace) -> None:
    from PIL import Image

    from motion.sheets import PROMPTS, contact_sheet
    from orchestrator.cli.bar import plain_bar
    from orchestrator.video.device import single_threaded

    size = _size(arguments.size)
    cell = _cell(size, _SHEET_WIDTH // _SEEDS)
    chosen = [chosen_backdrop(arguments, place) for place in arguments.places or PROMPTS]
    rows = [(engine, dataclasses.replace(options, size=cell)) for engine, options in chosen]
    with single_threaded(), plain_bar("backdrop", arguments.quiet) as progress:
        picture = contact_sheet(rows, _SEEDS, _MOMENTS, progress)
    try:
        with appearing(arguments.sheet) as partial:
            Image.fromarray(picture).save(partial, "PNG")
    except OSError as error:
        raise OutputError(f"{arguments.sheet} cannot be written ({error.strerror}).") from error


def _cell(size: Size, width: int) -> Size:
    return Size(width, max(2, round(width * size.height / size.width / 2) * 2))


def chosen_backdrop(arguments: argparse.Namespace, place: str) -> tuple[BackdropEngine, BackdropOptions]:
    """The engine for ``place`` and its options; OptionError for a size, path or engine that cannot be used."""
    from orchestrator.settings import load_settings
    from orchestrator.video.prepare import choose_backdrop

    own = parse_pairs("--backdrop-option", arguments.backdrop_option or [])
    drift = {name: getattr(arguments, name) for name, _, _ in _DRIFT if getattr(arguments, name) is not None}
    request = RenderRequest.model_construct(
        **_influence(arguments, place),
        backdrop=pictured(place),
        size=_size(arguments.size),
        seed=arguments.seed,
        device=arguments.device,
        backdrop_engine=arguments.backdrop_engine,
        backdrop_model=arguments.backdrop_model,
        backdrop_option=own | drift,
    )
    engine, options = choose_backdrop(request, load_settings().device)
    return engine, options if arguments.seconds is None else dataclasses.replace(options, period_s=arguments.seconds)


def _influence(arguments: argparse.Namespace, place: str) -> dict[str, Any]:
    """The checked options of an influence film."""
    given = {name: getattr(arguments, name) for name in INFLUENCE if getattr(arguments, name) is not None}
    if not given:
        return {}
    checked = request_of(photo=Path(), text="", backdrop=place, **given)
    if checked.influence is None:
        raise OptionError("The options of an influence film need the film: give --influence FILE.")
    require_film(checked.influence)
    return {name: getattr(checked, name) for name in INFLUENCE}


def _size(text: str) -> Size:
    try:
        return parse_size(text)
    except ValueError as error:
        raise OptionError(f"Option size: {error}.") from error
