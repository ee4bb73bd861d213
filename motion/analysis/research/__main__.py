"""Measure what docs/research.md claims: ``python -m motion.analysis.research OUT --page docs/research.md``.

The stages keep what they made below OUT and go on where they were stopped; ``--only`` runs some of them. Tables are
written between the marks ``<!-- table: NAME -->`` and ``<!-- end -->`` of the page, figures beside it as PNG.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch

from avatar.core.artefacts import write_atomically
from motion.analysis.report import Report, versions
from motion.analysis.research.clips import clip_change
from motion.analysis.research.drift import carrying, gains, long_dependence, predicted, scenarios, text_to_picture
from motion.analysis.research.page import Made, filled
from motion.analysis.research.states import generated, modes, next_state

__all__ = ["STAGES", "main"]

STAGES: dict[str, Callable[[Path], Made]] = {
    "clips": clip_change,
    "carrying": carrying,
    "long": long_dependence,
    "steps": text_to_picture,
    "scenarios": scenarios,
    "gains": gains,
    "next-state": next_state,
    "modes": modes,
    "generated": generated,
    "predicted": predicted,
}


def main() -> None:
    """Measure, fill the page, write the report."""
    parser = argparse.ArgumentParser(description="Measure what docs/research.md claims.")
    parser.add_argument("out", type=Path, help="where runs, models and the report are kept")
    parser.add_argument("--page", type=Path, help="the page whose tables are filled")
    parser.add_argument("--only", choices=tuple(STAGES), action="append", help="these stages alone")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    report = Report("Rotation drift", "python -m motion.analysis.research " + str(arguments.out))
    for name in arguments.only or STAGES:
        tables, pictures = STAGES[name](arguments.out)
        report.tables += tables
        report.pictures |= pictures
        for table in tables:
            print(table.name, table.markdown(), sep="\n", flush=True)  # noqa: T201
    report.write(arguments.out / "report")
    if arguments.page is not None:
        _fill(arguments.page, report)
    print(versions())  # noqa: T201


def _fill(page: Path, report: Report) -> None:
    text = page.read_text(encoding="utf-8")
    for table in report.tables:
        text = filled(text, table)
    write_atomically(page, text.encode())
    for name, picture in report.pictures.items():
        write_atomically(page.parent / "pictures" / f"{name}.png", picture)


if __name__ == "__main__":
    main()
