"""One segment of the video in one stream: face frames, blended, captioned, encoded; memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar.compose.captions import Caption
from avatar.core.media import VideoWriter
from avatar.core.progress import Progress
from avatar.core.types import BackdropClip, FaceClip, GivesLight, Size

if TYPE_CHECKING:
    import torch

    from avatar.compose.relight import Relight

__all__ = ["POSTER_FRAME", "compose_segment", "composed_frames", "poster", "write_picture"]

POSTER_FRAME = 12
"""When face and light have settled."""


def compose_segment(
    face: FaceClip,
    backdrop: BackdropClip | None,
    start: int,
    stop: int,
    size: Size,
    fps: float,
    captions: Sequence[Caption],
    path: Path,
    progress: Progress,
    mark: str = "",
    relight: Relight | None = None,
) -> None:
    """Render frames ``start``..``stop - 1`` of the video to the H.264 file ``path``, which appears when it is whole.

    ``backdrop`` None: the face frames fill the picture. ``mark``: words in the corner of every frame. ``relight``:
    how the person takes the light of a backdrop that gives some.
    Raises OutputError, MediaError, and what the clips raise.
    """
    done = 0
    with VideoWriter(path, size, fps) as writer:
        for frames in composed_frames(face, backdrop, start, stop, size, fps, captions, mark, relight):
            writer.write(frames)
            done += len(frames)
            progress(done / (stop - start), f"frame {start + done}")
        if done != stop - start:
            raise ValueError(f"the face gave {done} frames instead of {stop - start}")


def composed_frames(
    face: FaceClip,
    backdrop: BackdropClip | None,
    start: int,
    stop: int,
    size: Size,
    fps: float,
    captions: Sequence[Caption] = (),
    mark: str = "",
    relight: Relight | None = None,
) -> Iterator[np.ndarray]:
    """Finished frames uint8 [b, h, w, 3] of ``start``..``stop - 1`` in order, batch by batch."""
    from avatar.compose.burn import Burner
    from avatar.compose.mark import Mark

    marker = Mark(mark, size) if mark else None
    burner = Burner(captions, size) if captions else None
    index = start
    for batch in face.frames(start, stop):
        if tuple(batch.shape[1:]) != (4, size.height, size.width):
            raise ValueError(f"face frames must be [b, 4, {size.height}, {size.width}], not {tuple(batch.shape)}")
        frames = _blended(batch, backdrop, index, relight)
        if burner is not None:
            for offset, frame in enumerate(frames):
                burner.burn(frame, (index + offset) / fps)
        if marker is not None:
            marker.draw(frames)
        yield frames
        index += len(frames)


def _blended(
    batch: torch.Tensor, backdrop: BackdropClip | None, first: int, relight: Relight | None = None
) -> np.ndarray:
    import torch

    from avatar.compose.blend import blend_lit, to_bytes

    with torch.inference_mode():
        if backdrop is None:
            return to_bytes(batch[:, :3]).cpu().numpy()
        if relight is not None and isinstance(backdrop, GivesLight):
            batch = relight.over(batch, np.stack([backdrop.light(first + at) for at in range(len(batch))]))
        behind = torch.stack([backdrop.frame(first + at).to(batch.device) for at in range(len(batch))])
        return to_bytes(blend_lit(batch, behind)).cpu().numpy()


def poster(
    face: FaceClip,
    backdrop: BackdropClip | None,
    frames: int,
    size: Size,
    path: Path,
    mark: str = "",
    relight: Relight | None = None,
) -> None:
    """Write frame POSTER_FRAME (or the last of a shorter video) as the picture ``path``."""
    index = min(POSTER_FRAME, frames - 1)
    (frame,) = next(composed_frames(face, backdrop, index, index + 1, size, 25.0, (), mark, relight))
    write_picture(frame, path)


def write_picture(frame: np.ndarray, path: Path) -> None:
    """Write ``frame`` uint8 [h, w, 3] as PNG or JPEG, as the ending of ``path`` says."""
    from avatar.core.artefacts import write_atomically

    write_atomically(path, _encoded(frame, path.suffix))


def _encoded(frame: np.ndarray, suffix: str) -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "PNG" if suffix.lower() == ".png" else "JPEG", quality=92)
    return buffer.getvalue()
