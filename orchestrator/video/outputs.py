"""The files that a user gets: checked before the work begins, put in place together when it is done."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from avatar.core.artefacts import appearing
from avatar.core.errors import DiskFull, OptionError, OutputError
from avatar.core.reasons import Message
from avatar.core.transparent import TRANSPARENT
from avatar.core.types import Size
from orchestrator.video.request import CAPTION_FILES

__all__ = [
    "Outputs",
    "check_bytes",
    "check_inputs",
    "check_output",
    "check_place",
    "check_room",
    "outputs_of",
    "staged",
]

_LEAST_FREE = 32 << 20
_BYTES_PER_PIXEL = 0.06
_OVERHEAD = 8 << 20


@dataclass(frozen=True)
class Outputs:
    """Where each file goes; ``captions`` and ``transparent`` by kind; ``sheet``: a picture of many small frames, where
    one is wanted."""

    video: Path
    sidecar: Path
    captions: dict[str, Path]
    sheet: Path | None = None
    transparent: dict[str, Path] = field(default_factory=dict)

    def all(self) -> tuple[Path, ...]:
        """Every path, the video last."""
        beside = (*self.captions.values(), *self.transparent.values())
        return (self.sidecar, *beside, *([self.sheet] if self.sheet else ()), self.video)


def outputs_of(
    video: Path, captions: tuple[str, ...], sheet: Path | None = None, alpha: tuple[str, ...] = ()
) -> Outputs:
    """The files beside ``video``: same stem, ``.json``, ``.srt``, ``.vtt``, and the kinds of ``alpha``."""
    files = {kind: video.with_suffix(f".{kind}") for kind in CAPTION_FILES if kind in captions}
    transparent = {kind: video.with_name(video.stem + TRANSPARENT[kind].ending) for kind in alpha}
    return Outputs(video, video.with_suffix(".json"), files, sheet, transparent)


def check_inputs(outputs: Outputs, inputs: Iterable[Path]) -> None:
    """OptionError where one of the ``inputs`` would be written over."""
    written = {path.resolve() for path in outputs.all()}
    for path in inputs:
        if path.resolve() in written:
            raise OptionError(f"The video would be written over {path}, which it is made of: give it another name.")


def check_output(video: Path) -> None:
    """OptionError for a name that is no .mp4; else as :func:`check_place`."""
    if video.suffix.lower() != ".mp4":
        raise OptionError(f"The output {video} must end with .mp4: that is the format that is written.")
    check_place(video)


def check_place(path: Path) -> None:
    """OutputError for a folder in the place of ``path``, or where its folder cannot be written or is full."""
    if path.is_dir():
        raise OutputError(f"The output {path} is a folder: name a file in it.")
    folder = _existing_parent(path)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"The output folder {folder} cannot be written ({error.strerror}): choose another."
        ) from error
    _require_free(folder, _LEAST_FREE)


def check_room(folders: tuple[Path, ...], size: Size, frames: int, alpha: tuple[str, ...] = ()) -> None:
    """OutputError where a disk has less room than a video of ``frames``, and the kinds of ``alpha``, may take."""
    bytes_per_pixel = _BYTES_PER_PIXEL + sum(TRANSPARENT[kind].bytes_per_pixel for kind in alpha)
    needed = int(size.width * size.height * frames * bytes_per_pixel) + _OVERHEAD
    for folder in folders:
        _require_free(_existing_parent(folder / "x"), needed)


def check_bytes(folder: Path, needed: int) -> None:
    """DiskFull where the disk of ``folder`` has less than ``needed`` bytes."""
    _require_free(folder, needed + _LEAST_FREE)


@contextmanager
def staged(outputs: Outputs) -> Iterator[Outputs]:
    """Temporary names beside the final ones; renamed when the block ends well, deleted when it does not."""
    try:
        with ExitStack() as stack:
            hidden = {path: stack.enter_context(appearing(path)) for path in reversed(outputs.all())}
            yield Outputs(
                hidden[outputs.video],
                hidden[outputs.sidecar],
                {kind: hidden[path] for kind, path in outputs.captions.items()},
                hidden[outputs.sheet] if outputs.sheet else None,
                {kind: hidden[path] for kind, path in outputs.transparent.items()},
            )
    except OSError as error:
        told = Message("cannot_write", name=str(outputs.video), why=error.strerror or str(error))
        raise OutputError(told) from error


def _existing_parent(path: Path) -> Path:
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise OutputError(f"{folder} is no folder: choose another output.")
    return folder


def _require_free(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFull(Message("disk_room", folder=str(folder), free=free >> 20, needed=needed >> 20))
