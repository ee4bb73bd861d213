"""``govorun verify``: whether a file is as it was signed, and by whom."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.console import show, show_json
from orchestrator.provenance.signing import Signing
from orchestrator.settings import load_settings

if TYPE_CHECKING:
    from orchestrator.provenance.verdict import Verdict

__all__ = ["CHANGED", "UNSIGNED", "add", "run"]

CHANGED, UNSIGNED = 11, 12
_STATES = {
    "valid": "unchanged since it was signed",
    "changed": "CHANGED since it was signed",
    "unsound": "signed, but the signature does not hold",
    "none": "no signature",
}


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    text = (
        "Read the signed manifest (C2PA, Content Credentials) of a video, picture or sound, and hold the file against "
        "it. docs/provenance.md says what that proves, and what not."
    )
    parser = commands.add_parser(
        "verify", parents=[common], help="who made a file, and is it as it was", description=text
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--trust", metavar="PEM", type=Path, help="certificates of authorities that you trust")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 for a file as it was signed, 11 for one that was changed or whose signature does not hold, 12 for none."""
    from orchestrator.provenance.verdict import verify

    found = verify(arguments.file, Signing.of(load_settings()), arguments.trust)
    if arguments.json:
        show_json({"file": str(arguments.file), **asdict(found), "made_by_machine": found.made_by_machine})
    else:
        for line in _lines(arguments.file.name, found):
            show(line)
    return {"valid": 0, "none": UNSIGNED}.get(found.state, CHANGED)


def _lines(name: str, found: Verdict) -> Iterator[str]:
    problems = f" ({', '.join(found.problems)})" if found.problems else ""
    yield f"{name}: {_STATES[found.state]}{problems}"
    if found.state == "none":
        if found.marks:
            yield f"It says of itself, without a signature: {'; '.join(found.marks)}"
        return
    yield f"signed by:   {_who(found)}"
    if found.signed_at:
        yield f"signed at:   {found.signed_at}, by a timestamp authority"
    if found.made_with:
        yield f"made with:   {found.made_with}"
    if found.source_type:
        kind = "made by a machine, wholly or in part" if found.made_by_machine else "as IPTC names it"
        yield f"kind:        {kind} ({found.source_type.rpartition('/')[2]})"
    if found.about:
        yield from _about(found.about)


def _who(found: Verdict) -> str:
    if found.self_made:
        whose = "this installation" if found.here else "an installation of Govorun"
        return f"{found.signed_by}: a certificate that {whose} made for itself, nobody vouches for it"
    whom = found.signed_by or "a certificate without a name"
    whom += f", {found.organisation}" if found.organisation and found.organisation != found.signed_by else ""
    return f"{whom}: {'trusted by what --trust names' if found.trusted else 'the name was not checked, see --trust'}"


def _about(about: Mapping[str, Any]) -> Iterator[str]:
    yield f"consent:     {about.get('consent', 'not stated')}"
    scenes = about.get("scenes", ())
    for number, scene in enumerate(scenes, 1):
        of = f"scene {number} " if len(scenes) > 1 else ""
        for stage, card in scene.get("engines", {}).items():
            weights = f", weights {card['weights_sha256'][:12]}... " if card.get("weights_sha256") else " "
            yield f"{of}{stage}: {card.get('name')} {card.get('version')}{weights}({card.get('licence')})"
        for each in scene.get("ingredients", ()):
            yield f"{of}{each.get('role')}: sha256 {each.get('sha256')}"
