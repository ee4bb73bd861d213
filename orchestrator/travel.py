"""What a piece of work needs from the storage and what it leaves there; nothing travels where the folder is shared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from orchestrator.graph import JOIN, QUICK, Piece
from orchestrator.request import RenderRequest
from orchestrator.storage import JobFolder

__all__ = ["at_hand"]

_FILES = {"portrait": ("photo",), "speech": ("audio", "lexicon"), "backdrop": ("backdrop",)}
_ARTEFACTS = {"face": ("speech", "portrait"), "segment": ("face", "portrait", "backdrop")}
_EVERYTHING = ("speech", "portrait", "face", "backdrop")


@contextmanager
def at_hand(folder: JobFolder, piece: Piece, scenes: Sequence[RenderRequest]) -> Iterator[None]:
    """What ``piece`` needs is in ``folder`` within the block; what it made is kept when the block ends well."""
    folder.fetch(*_needed(folder, piece, scenes))
    yield
    folder.store("*", f"work/{piece.scene}/*")


def _needed(folder: JobFolder, piece: Piece, scenes: Sequence[RenderRequest]) -> tuple[str, ...]:
    if piece.stage == JOIN:
        return ("work/*/*", "*.jpg")
    if piece.stage == QUICK:
        return ("inputs/*",)
    work, request = f"work/{piece.scene}", scenes[piece.scene]
    inputs = folder.inputs_of(request)
    given = [inputs[kind] for kind in _FILES.get(piece.stage, ()) if kind in inputs]
    stages = {piece.stage, *_ARTEFACTS.get(piece.stage, () if piece.stage in _FILES else _EVERYTHING)}
    if (request.burns_captions or request.label) and piece.stage not in _FILES:
        stages.add("speech")
    stages.discard("segment")
    own = [f"{work}/segment-*-{piece.segment:04d}.mp4"]
    return (f"{work}/request.json", *own, *(f"{work}/{stage}-*" for stage in stages), *given)
