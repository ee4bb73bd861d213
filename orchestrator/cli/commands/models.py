"""``govorun models``: the weights that engines need and the package does not carry, and Piper voices by name."""

from __future__ import annotations

import argparse
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from avatar.core import weights
from avatar.core.download import bytes_text
from avatar.core.errors import Cancelled, MissingEngine, OptionError
from avatar.core.manifest import Manifest, find_manifest, manifests
from avatar.core.progress import Progress
from orchestrator.console import say, show, show_json
from orchestrator.settings import load_settings

__all__ = ["Listed", "add", "list_weights", "run"]

_VOICE = re.compile(r"[a-z]{2,3}([_-]\w+)?-.+")


@dataclass(frozen=True)
class Listed:
    """One line of the list; ``state``: "ready", "not here", or how much of it is; ``bytes`` may be about; ``gpu``:
    memory of a GPU for the weights, in words."""

    name: str
    purpose: str
    licence: str
    bytes: int | None
    state: str
    gpu: str = ""


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command and what it can do."""
    text = "List the weights that engines need: what for, licence, size, and whether they are here."
    parser = commands.add_parser("models", parents=[common], help="get weights and voices", description=text)
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    _add_cache(parser, None)
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    for name, (action, summary) in _ACTIONS.items():
        child = actions.add_parser(name, parents=[common], help=summary, description=f"{summary.capitalize()}.")
        _add_cache(child, argparse.SUPPRESS)
        child.add_argument("name", metavar="NAME", help="a name of the list, or a Piper voice: ru_RU-irina-medium")
        child.set_defaults(run=action)


def run(arguments: argparse.Namespace) -> int:
    """List the weights, two lines each, three for those that need a GPU."""
    listed = list_weights(_cache(arguments))
    if arguments.json:
        show_json([asdict(one) for one in listed])
        return 0
    for one in listed:
        size = bytes_text(one.bytes) if one.bytes is not None else "?"
        show(f"{one.name:<24} {size:>9}  {one.state:<12} {one.purpose}")
        show(f"{'':<48} licence: {one.licence}")
        if one.gpu:
            show(f"{'':<48} GPU memory for the weights: {one.gpu}")
    return 0


def list_weights(cache: Path) -> list[Listed]:
    """The weights that Govorun knows of and the voices that were pulled; no network."""
    known = manifests()
    listed = [_listed(manifest, cache) for manifest in known.values()]
    pulled = [record for record in weights.records(cache) if record.name not in known and record.complete]
    return listed + [
        Listed(one.name, one.purpose, one.licence, sum(entry.size for entry in one.entries), "ready") for one in pulled
    ]


def pull(arguments: argparse.Namespace) -> int:
    """Download NAME; what was received before a stop or a failure is used by the next try."""
    from orchestrator.cli.bar import plain_bar

    cache = _cache(arguments)
    try:
        with plain_bar(arguments.name) as progress:
            place = _pull(arguments.name, cache, progress)
    except (KeyboardInterrupt, Cancelled):
        say("Stopped; what was received is kept: run it again to resume.")
        return Cancelled.exit_code
    show(str(place))
    _tell_unpublished(place if place.is_dir() else place.parent)
    return 0


def path(arguments: argparse.Namespace) -> int:
    """Print where NAME lies; MissingEngine where it does not."""
    show(str(_locate(arguments.name, _cache(arguments))))
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Delete NAME from the cache."""
    freed = weights.remove(arguments.name, _cache(arguments))
    if not freed:
        raise OptionError(f"Nothing of {arguments.name!r} is here: see `govorun models`.")
    show(f"{arguments.name}: {bytes_text(freed)} are free again")
    return 0


_ACTIONS = {
    "pull": (pull, "download weights or a voice, or what is missing of them"),
    "path": (path, "print where they lie"),
    "remove": (remove, "delete them from the cache"),
}


def _add_cache(parser: argparse.ArgumentParser, default: object) -> None:
    """``--cache``; an action's own default would undo what stood before the action."""
    parser.add_argument(
        "--cache", metavar="FOLDER", type=Path, default=default, help="another cache folder than GOVORUN_CACHE"
    )


def _cache(arguments: argparse.Namespace) -> Path:
    return arguments.cache or load_settings().cache


def _listed(manifest: Manifest, cache: Path) -> Listed:
    here = weights.state(manifest, cache)
    state = "ready" if here.ready else f"{bytes_text(here.received)} here" if here.received else "not here"
    return Listed(manifest.name, manifest.purpose, manifest.licence, manifest.size, state, manifest.gpu)


def _pull(name: str, cache: Path, progress: Progress) -> Path:
    if _is_voice(name):
        from speech.voices.catalogue import pull_voice, pulled_voices

        model = pull_voice(name, cache, progress)
        (voice,) = [voice for voice in pulled_voices(cache) if voice.path == model]
        say(f"licence of {voice.name}: {voice.licence}")
        return model
    manifest = find_manifest(name)
    say(f"{name} goes to {weights.weights_folder(name, cache)}; licence: {manifest.licence}")
    folder = weights.pull(manifest, cache, progress)
    if name == "kokoro":
        from speech.kokoro.graph import prepare

        prepare(folder)
    return folder


def _locate(name: str, cache: Path) -> Path:
    trained = weights.kept_folder(name, cache)
    if not _is_voice(name):
        return trained or weights.locate(name, cache)
    from speech.voices.catalogue import pulled_voice

    voice = pulled_voice(name, cache) or trained
    if voice is None:
        raise MissingEngine(f"The voice {name} is not here: get it by `govorun models pull {name}`.")
    return voice


def _is_voice(name: str) -> bool:
    return name not in manifests() and _VOICE.fullmatch(name) is not None


def _tell_unpublished(folder: Path) -> None:
    record = weights.read_record(folder)
    for entry in record.entries if record else ():
        if not entry.published:
            say(f"note: nobody published a checksum of {entry.path}; from now on it has to be sha256 {entry.sha256}")
