"""A manifest, signed, into a finished MP4 or MOV: C2PA (Content Credentials).

c2pa-python hashes the file and signs; where the manifest lies is ours, since the library would hold the whole film in
memory to put it there. The box stands between ftyp and moov, where C2PA wants it.
"""

from __future__ import annotations

import json
import logging
import os
import struct
import zlib
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from avatar.core.artefacts import appearing
from avatar.core.boxes import box, write_with_room
from avatar.core.errors import EngineError, MissingEngine, OptionError
from orchestrator.provenance.manifest import manifest_of
from orchestrator.provenance.signing import PURPOSES, Signing

if TYPE_CHECKING:
    import c2pa

    from orchestrator.provenance.certificate import Signer

__all__ = [
    "MEDIA_TYPES",
    "check_certificate",
    "check_signer",
    "library_is_here",
    "load_library",
    "mark",
    "quiet_context",
    "sign",
]

MEDIA_TYPES = {".mp4": "video/mp4", ".mov": "video/quicktime"}
"""Ending -> media type of what is signed."""
_LOG = logging.getLogger(__name__)
_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_SLACK = 8192
_QUIET: dict[str, dict[str, object]] = {
    "trust": {"trust_config": "\n".join(PURPOSES)},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "core": {"backing_store_memory_threshold_in_mb": 16},
}


def load_library() -> Any:
    """c2pa-python; MissingEngine where it is not here or does not load on this machine."""
    try:
        import c2pa
    except (ImportError, OSError) as error:
        _LOG.debug("c2pa-python: %s", error)
        raise MissingEngine("c2pa-python does not load on this machine: pip install c2pa-python.") from error
    return c2pa


def quiet_context(trust: Mapping[str, object] | None = None, **verify: bool) -> c2pa.Context:
    """The library's settings: nothing is asked of the network while files are read. ``trust``: its section of that
    name, ``verify``: what is added to that one."""
    added = {"verify": verify, "trust": trust or {}}
    settings = {section: {**values, **added.get(section, {})} for section, values in _QUIET.items()}
    return load_library().Context.from_dict(settings)


def sign(path: Path, manifest: Mapping[str, object], signer: Signer, packet: bytes) -> None:
    """Put ``packet``, a box of XMP, and the signed ``manifest`` into the MP4 or MOV ``path``, in one step.

    MissingEngine without the library; EngineError where it refuses, OptionError where it refuses an operator's
    certificate. ValueError for a file that is built otherwise. OSError.
    """
    library, media_type = load_library(), MEDIA_TYPES[path.suffix.lower()]
    with appearing(path) as partial, _opened(library, signer) as native:
        room = _SLACK + 2 * len(json.dumps(manifest)) + native.reserve_size()
        place = write_with_room(path, partial, room, packet)
        with partial.open("r+b") as file:
            signed = _box(_signed(library, manifest, native, signer, media_type, file))
            if len(signed) > room - 8:
                raise EngineError(f"The signed manifest has {len(signed)} bytes, more than the {room} kept for it.")
            file.seek(place)
            file.write(signed + box(b"free", bytes(room - len(signed) - 8)))


def mark(path: Path, packet: bytes) -> None:
    """Put ``packet``, a box of XMP, at the end of the MP4 or MOV ``path``, which nobody else reads yet."""
    with path.open("ab") as file:
        file.write(packet)


def check_certificate(signing: Signing) -> None:
    """OptionError where the operator named a certificate that cannot sign; nothing is made where none is named."""
    if signing.certificate is not None or signing.key is not None:
        from orchestrator.provenance.certificate import signer_of

        signer = signer_of(signing)
        if library_is_here():
            check_signer(signer)


def library_is_here() -> bool:
    """Whether c2pa-python loads on this machine."""
    try:
        load_library()
    except MissingEngine:
        return False
    return True


def check_signer(signer: Signer) -> None:
    """Sign a picture of one pixel and read it again, without asking for the time; OptionError or EngineError say why
    that cannot be done."""
    library = load_library()
    with _opened(library, replace(signer, timestamps="")) as native, quiet_context() as context:
        try:
            definition = manifest_of((), "not stated", signer.self_made)
            library.Builder(definition, context).sign(native, "image/png", BytesIO(_pixel()), BytesIO())
        except library.C2paError as error:
            raise _refusal(signer, error) from error


def _opened(library: Any, signer: Signer) -> Any:
    told = library.C2paSignerInfo(
        signer.algorithm.encode(), signer.chain, signer.key, signer.timestamps.encode() if signer.timestamps else None
    )
    try:
        return library.Signer.from_info(told)
    except library.C2paError as error:
        raise _refusal(signer, error) from error


def _signed(
    library: Any, manifest: Mapping[str, object], native: Any, signer: Signer, media_type: str, file: IO[bytes]
) -> bytes:
    with quiet_context(verify_after_sign=False) as context:
        builder = library.Builder(dict(manifest), context)
        builder.set_no_embed()
        try:
            signed: bytes = builder.sign(native, media_type, file, _Nowhere())
        except library.C2paError as error:
            raise _refusal(signer, error) from error
    return signed


def _refusal(signer: Signer, error: Exception) -> OptionError | EngineError:
    why = " ".join(str(error).split())
    if signer.self_made:
        return EngineError(f"The video could not be signed: {why}.")
    return OptionError(f"GOVORUN_C2PA_CERTIFICATE cannot sign: {why}.")


def _box(manifest: bytes) -> bytes:
    """The box of a manifest store: version and flags, its purpose, no Merkle tree."""
    return box(b"uuid", _UUID + bytes(4) + b"manifest\0" + bytes(8) + manifest)


class _Nowhere:
    """Takes the copy of the file that the library writes, and keeps its length alone."""

    def __init__(self) -> None:
        self._place = self._length = 0

    def write(self, data: bytes) -> int:
        self._place += len(data)
        self._length = max(self._length, self._place)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._place = offset + (0, self._place, self._length)[whence]
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, length: int = -1) -> bytes:
        return b""

    def flush(self) -> None:
        return None


def _pixel() -> bytes:
    """A grey PNG of one pixel."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\x80")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
