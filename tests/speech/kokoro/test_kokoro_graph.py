"""The network that speaks is the one that this code makes of the pieces."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.core.places import cache_folder
from avatar.core.weights import locate
from speech.kokoro import graph


def test_the_copy_that_is_made_is_the_one_that_speaks(tmp_path: Path) -> None:
    """Else the number of its layout has to change, so that copies which were made before are not taken."""
    folder = locate("kokoro", cache_folder())
    kept = next(folder.glob("exact*.onnx"), None)
    if kept is None:
        pytest.skip("Kokoro's network was not prepared beside its pieces")
    pieces = tmp_path / "pieces"
    pieces.mkdir()
    for number in range(1, graph.PIECES + 1):
        (pieces / f"model.part{number}").symlink_to(folder / f"model.part{number}")
    made = graph.exact_copy(pieces, tmp_path / "cache")
    assert made.name.endswith(kept.name)
    assert made.read_bytes() == kept.read_bytes()
    assert graph.exact_copy(pieces, tmp_path / "cache") == made
