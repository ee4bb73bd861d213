"""The finished files of a video, marked as made by a machine: XMP in each, and a signed manifest where one can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar.core.errors import EngineError, GovorunError, OptionError, OutputError
from avatar.core.reasons import Message
from avatar.core.xmp import xmp_box, xmp_packet
from orchestrator.provenance.embedding import MEDIA_TYPES, mark, sign
from orchestrator.provenance.manifest import SOURCE_TYPE, TOOL, Made, consent_of, manifest_of
from orchestrator.provenance.signing import Signing

if TYPE_CHECKING:
    from orchestrator.provenance.certificate import Signer

__all__ = ["PACKET", "Marked", "mark_files"]

PACKET = xmp_packet(SOURCE_TYPE, TOOL)
"""What every file of ours says by itself."""


@dataclass(frozen=True)
class Marked:
    """What became of it: ``facts`` for the sidecar, ``notes`` where a video could not be signed."""

    facts: Mapping[str, object]
    notes: tuple[str, ...] = ()


def mark_files(
    paths: Sequence[Path], scenes: Sequence[Made], facts: Mapping[str, object], signing: Signing | None
) -> Marked:
    """Mark the MP4 and MOV files among ``paths``, which nobody else reads yet, and sign them as ``signing`` says.

    ``facts``: what is known of the whole, with ``consent`` where somebody said so. OptionError where a certificate of
    the operator's does not sign; what else stands in the way is a note, and the files then have XMP alone. OSError.
    """
    from orchestrator.provenance.certificate import signer_of

    marked = [path for path in paths if path.suffix.lower() in MEDIA_TYPES]
    left, notes, box = list(marked), dict[str, None](), xmp_box(PACKET)
    try:
        signer = signer_of(signing) if signing is not None else None
        if signer is not None:
            manifest = manifest_of(scenes, consent_of(facts), signer.self_made)
            for path in marked:
                notes |= dict.fromkeys(_sign(path, manifest, signer, box))
                left.remove(path)
        return Marked(_facts(signer), tuple(notes))
    except (EngineError, OutputError, ValueError) as error:
        why = str(error).rstrip(".") if isinstance(error, GovorunError) else f"its boxes are unusual: {error}"
        return Marked(_facts(None), (Message("not_signed", why=why),))
    finally:
        for path in left:
            mark(path, box)


def _sign(path: Path, manifest: Mapping[str, object], signer: Signer, box: bytes) -> tuple[str, ...]:
    """Sign ``path``; without a time where the timestamp authority gives none, which is a note."""
    try:
        sign(path, manifest, signer, box)
    except (EngineError, OptionError):
        if not signer.timestamps:
            raise
        sign(path, manifest, replace(signer, timestamps=""), box)
        return (Message("not_timestamped"),)
    return ()


def _facts(signer: Signer | None) -> dict[str, object]:
    return {
        "digital_source_type": SOURCE_TYPE,
        "signed_by": signer.name if signer else None,
        "self_made": signer.self_made if signer else None,
    }
