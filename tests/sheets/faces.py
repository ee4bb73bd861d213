"""Contact sheets of people: ``python -m tests.sheets.faces framing turns --photos FOLDER --out out/sheets``.

A sheet is one function ``(cases) -> picture`` and one row of SHEETS. Run it in two checkouts to see before and after.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from avatar.core.registry import Registry
from tests.sheets.people import people

__all__ = ["SHEETS", "main"]

SHEETS = Registry(
    "sheet",
    {
        "framing": "tests.sheets.framing:whole",
        "framing-cut": "tests.sheets.framing:cut",
        "group": "tests.sheets.framing:group",
        "kept-background": "tests.sheets.moving:kept",
        "turns": "tests.sheets.moving:turns",
        "mouths": "tests.sheets.mouths:mouths",
        "blinks": "tests.sheets.eyes:blinks",
        "looks": "tests.sheets.eyes:looks",
        "moods": "tests.sheets.eyes:moods",
    },
)


def main() -> None:
    """Draw the sheets that are named, each as a PNG."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sheets", nargs="+", help=f"of {', '.join(SHEETS)}")
    parser.add_argument("--photos", nargs="*", type=Path, default=[], help="folders of photos beside the astronaut")
    parser.add_argument("--only", nargs="*", default=[], help="names of photos, without their ending")
    parser.add_argument("--out", type=Path, default=Path("out/sheets"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cases = [case for case in people(arguments.photos) if not arguments.only or case.name in arguments.only]
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.sheets:
        path = arguments.out / f"{name}.png"
        SHEETS.resolve(name)(cases).save(path)
        print(path)


if __name__ == "__main__":
    main()
