"""What the manifest of a file shows: unchanged and by whom, changed since it was signed, or that there is none."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from avatar.core.errors import GovorunError, InputError
from avatar.core.program import local, run_ffmpeg
from avatar.core.xmp import source_type_in
from orchestrator.provenance.certificate import OWN_FILE, SELF_MADE, signer_of
from orchestrator.provenance.embedding import MEDIA_TYPES, load_library, quiet_context
from orchestrator.provenance.manifest import ABOUT
from orchestrator.provenance.signing import Signing

__all__ = ["Verdict", "verify"]

State = Literal["valid", "changed", "unsound", "none"]
_UNTRUSTED = "signingCredential.untrusted"
_CHANGED = re.compile(r"\.(mismatch|missing|inaccessible|undeclared)$|Hash\.malformed$|^claim\.(cbor|multiple|missing)")
_LARGEST_TRUST = 1 << 22


@dataclass(frozen=True)
class Verdict:
    """What a file says of itself, and whether it holds.

    ``state``: ``valid`` (unchanged since it was signed), ``changed``, ``unsound`` (the certificate or the signature
    does not hold: it ran out, say), ``none``. ``problems``: C2PA's words for what does not hold. ``signed_by``: the
    name and organisation that the certificate gives; nobody vouches for them unless ``trusted``, which is told by an
    authority of the caller's. ``self_made``: an installation of Govorun made the certificate; ``here``: this one did.
    ``made_with``: the program that signed. ``source_type``: IPTC's digital source type. ``signed_at``: by a timestamp
    authority, "" without one. ``about``: what Govorun says: consent, engines and hashes scene by scene. ``marks``:
    what a file says without a signature.
    """

    state: State
    problems: tuple[str, ...] = ()
    signed_by: str = ""
    organisation: str = ""
    trusted: bool = False
    self_made: bool = False
    here: bool = False
    made_with: str = ""
    source_type: str = ""
    signed_at: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    marks: tuple[str, ...] = ()

    @property
    def made_by_machine(self) -> bool:
        """Whether the source type says that a trained model made the file or a part of it."""
        return self.source_type.lower().endswith("trainedalgorithmicmedia")


def verify(path: Path, signing: Signing | None = None, trust: Path | None = None) -> Verdict:
    """Read the manifest of ``path`` and hold the file against it; nothing is asked of the network.

    ``signing``: how this installation signs, to tell its own videos. ``trust``: PEM certificates of authorities.
    InputError for a file that cannot be read or holds no media; MissingEngine without c2pa-python.
    """
    media_type = _media_type(path)
    own = _own_root(signing)
    report, state = _read(path, media_type, own)
    if report is None:
        return Verdict("none", marks=_marks(path))
    here = bool(own) and state == "Trusted"
    anchors = _anchors(trust) if trust else ""
    if anchors and not here:
        report, state = _read(path, media_type, anchors)
        assert report is not None
    return _judged(report, here, bool(anchors) and not here and state == "Trusted")


def _judged(report: Mapping[str, Any], here: bool, trusted: bool) -> Verdict:
    active = report.get("manifests", {}).get(report.get("active_manifest"), {})
    found = report.get("validation_results", {}).get("activeManifest", {}).get("failure", ())
    problems = tuple(dict.fromkeys(each["code"] for each in found if each["code"] != _UNTRUSTED))
    state: State = "valid"
    if problems:
        state = "changed" if any(map(_CHANGED.search, problems)) else "unsound"
    signature, data = active.get("signature_info", {}), _assertions(active)
    organisation = str(signature.get("issuer") or "")
    maker: Mapping[str, Any] = next(iter(active.get("claim_generator_info", ())), {})
    return Verdict(
        state=state,
        problems=problems,
        signed_by=str(signature.get("common_name") or organisation),
        organisation=organisation,
        trusted=trusted,
        self_made=organisation == SELF_MADE,
        here=here,
        made_with=" ".join(str(maker[part]) for part in ("name", "version") if maker.get(part)),
        source_type=_source_type(data),
        signed_at=str(signature.get("time") or ""),
        about=data.get(ABOUT, {}),
    )


def _assertions(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = {str(each.get("label")): each.get("data") for each in manifest.get("assertions", ())}
    return {label: data for label, data in found.items() if isinstance(data, dict)}


def _source_type(assertions: Mapping[str, Mapping[str, Any]]) -> str:
    """Of the action that made the file, else the first that names one."""
    actions = [
        action
        for label, data in assertions.items()
        if label.startswith("c2pa.actions")
        for action in data.get("actions", ())
        if action.get("digitalSourceType")
    ]
    actions.sort(key=lambda action: action.get("action") != "c2pa.created")
    return str(actions[0]["digitalSourceType"]) if actions else ""


def _read(path: Path, media_type: str, anchors: str) -> tuple[Mapping[str, Any] | None, str]:
    """The library's report and its state, None where there is no manifest."""
    library = load_library()
    trust = {"user_anchors": anchors} if anchors else {}
    try:
        with path.open("rb") as file, quiet_context(trust) as context:
            reader = library.Reader(media_type, file, context=context)
            with reader:
                report: Mapping[str, Any] = json.loads(reader.json())
                return report, str(reader.get_validation_state())
    except library.C2paError.ManifestNotFound:
        return None, ""
    except library.C2paError as error:
        why = " ".join(str(error).split())
        raise InputError(f"{path.name} cannot be read: it is damaged, or no {media_type} ({why}).") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the path.") from error


def _media_type(path: Path) -> str:
    """The media type that the ending names; InputError where no manifest can be in such a file."""
    if not path.is_file():
        raise InputError(f"There is no file {path}: name a video.")
    ending = path.suffix.lower()
    media_type = MEDIA_TYPES.get(ending) or mimetypes.types_map.get(ending, "")
    if media_type not in load_library().Reader.get_supported_mime_types():
        raise InputError(f"{path.name} can hold no manifest: MP4, MOV and most formats of pictures and sound can.")
    return media_type


def _own_root(signing: Signing | None) -> str:
    """The root of this installation's certificate, "" where it has made none yet."""
    if signing is None or signing.certificate is not None or not (signing.folder / OWN_FILE).exists():
        return ""
    with suppress(GovorunError):  # a certificate that is damaged has nothing to say of this file
        return signer_of(signing).root.decode()
    return ""


def _anchors(path: Path) -> str:
    try:
        text = path.read_bytes()[:_LARGEST_TRUST].decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as PEM certificates: check the path.") from error
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise InputError(f"{path.name} holds no PEM certificate.")
    return text


def _marks(path: Path) -> tuple[str, ...]:
    """What an unsigned file says: the digital source type of its XMP, and that a machine made it in its comment."""
    if path.suffix.lower() not in MEDIA_TYPES:
        return ()
    said = run_ffmpeg(["-hide_banner", "-nostdin", "-protocol_whitelist", "file,pipe", "-i", local(path)])
    comment = re.search(r"^\s*comment\s*: (AI-generated.*)$", said.stderr.decode("utf-8", "replace"), re.MULTILINE)
    return tuple(mark for mark in (source_type_in(path), comment[1].strip() if comment else "") if mark)
