"""The card of weights that were trained on somebody's own pictures, README.md beside them."""

from __future__ import annotations

from pathlib import Path

from avatar.core.artefacts import write_atomically
from motion.learned import Learned

__all__ = ["write_card"]

_TEXT = """# A backdrop generator trained on {pictures}

Licence: yours. The weights began as the embedded generator of Govorun (Apache-2.0) and were trained on by
`govorun train backdrop`.

* Pictures: {count} with captions, from the folder `{pictures}`; {learned} were learned from, the others kept aside.
* Training: {steps} steps of {batch} pictures, seed {seed}.
* Loss of the pictures kept aside: {loss_before:.4f} before, {loss:.4f} after.
* Loss of drawn scenes, which it knew before: {drawn_before:.4f} before, {drawn:.4f} after.

Use it by `--backdrop-model` with this folder, or with the name that it was given.
"""


def write_card(folder: Path, learned: Learned) -> None:
    """Write the card of ``learned`` into ``folder``."""
    text = _TEXT.format(learned=len(learned.captions), **learned.facts)
    write_atomically(folder / "README.md", text.encode())
