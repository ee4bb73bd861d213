"""``govorun doctor``: what works on this machine, what is missing, and under which licences it is."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from orchestrator.console import show, show_json
from orchestrator.settings import load_settings

__all__ = ["add", "run"]


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    text = "Say what works here: engines, voices, weights, devices, ffmpeg, the cache, and the licences of it all."
    parser = commands.add_parser("doctor", parents=[common], help="what works on this machine", description=text)
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 when a default video can be made, 8 when a part of it is missing."""
    from orchestrator.cli.diagnosis import diagnose

    findings = diagnose(load_settings())
    if arguments.json:
        show_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            show(f"{'ok     ' if finding.works else 'lacking'} {finding.part:<9} {finding.name:<22} {finding.detail}")
    return 8 if any(finding.needed and not finding.works for finding in findings) else 0
