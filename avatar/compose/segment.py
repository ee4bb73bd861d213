"""One segment of the video in one stream: face frames, blended, captioned, encoded; memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar.compose.captions import Caption
from avatar.compose.transparent import TransparentWriter
from avatar.core.layers import before_person, behind_person
from avatar.core.media import VideoWriter
from avatar.core.progress import Progress
from avatar.core.types import BackdropClip, DrawsBytes, FaceClip, GivesLight, Size

if TYPE_CHECKING:
    import torch

    from avatar.compose.graphics import Brand, Overlays
    from avatar.compose.placement import Placement
    from avatar.compose.relight import Relight

__all__ = ["POSTER_FRAME", "compose_segment", "composed_frames", "poster", "write_picture"]

POSTER_FRAME = 12
"""When face and light have settled."""
_BATCH = 8
_REPORTED = 4  # frames between reports


def compose_segment(
    face: FaceClip | None,
    backdrop: BackdropClip | None,
    start: int,
    stop: int,
    size: Size,
    fps: float,
    captions: Sequence[Caption],
    path: Path,
    progress: Progress,
    mark: str = "",
    transparent: Mapping[str, Path] | None = None,
    relight: Relight | None = None,
    placement: Placement | None = None,
    overlays: Overlays | None = None,
    brand: Brand | None = None,
    keyframe: int = 0,
    layers: Sequence[str] = (),
) -> None:
    """Render frames ``start``..``stop - 1`` of the video to the H.264 file ``path``, which appears when it is whole.

    ``backdrop`` None: the face frames fill the picture. ``face`` None: nobody is seen.
    ``mark``: words in the corner of every frame.
    ``transparent``: kind (of :mod:`avatar.core.transparent`) -> file for the same frames without the backdrop, in place
    before ``path`` is. ``relight``: how the person takes the light of a backdrop that gives some. ``placement``: the
    panel that the face frames are; they are the whole picture otherwise. ``overlays``: what lies over it beside
    captions, which have colour and font of ``brand``. ``keyframe``: a frame counted from ``start`` at which the file
    can be parted. ``layers``: what lies over what, as :func:`avatar.core.layers.parse_layers` gives it.
    Raises OutputError, MediaError, and what the clips raise.
    """
    from avatar.compose.planes import Planes

    over = _Overlay(captions, mark, size, fps, overlays, brand, layers)
    scene, planes = _Scene(face, backdrop, size, over, relight, placement), Planes(size)
    kinds = sorted((transparent or {}).items())
    done = 0
    with VideoWriter(path, size, fps, keyframe=keyframe, planes=True) as writer, ExitStack() as others:
        apart = [others.enter_context(TransparentWriter(file, size, fps, kind)) for kind, file in kinds]
        for frames, cut_out in scene.both(start, stop) if apart else scene.alone(start, stop):
            for frame in frames:
                writer.write(planes.of(frame))
            for other in apart:
                assert cut_out is not None
                other.write(cut_out)
            done += len(frames)
            if done % _REPORTED == 0 or done == stop - start:
                progress(done / (stop - start), f"frame {start + done}")
        if done != stop - start:
            raise ValueError(f"the face gave {done} frames instead of {stop - start}")


def composed_frames(
    face: FaceClip | None,
    backdrop: BackdropClip | None,
    start: int,
    stop: int,
    size: Size,
    fps: float,
    captions: Sequence[Caption] = (),
    mark: str = "",
    relight: Relight | None = None,
    placement: Placement | None = None,
    overlays: Overlays | None = None,
    layers: Sequence[str] = (),
) -> Iterator[np.ndarray]:
    """Finished frames uint8 [b, h, w, 3] of ``start``..``stop - 1`` in order, batch by batch."""
    over = _Overlay(captions, mark, size, fps, overlays, layers=layers)
    return _Scene(face, backdrop, size, over, relight, placement).frames(start, stop)


@dataclass(frozen=True)
class _Scene:
    """What frames are made of."""

    face: FaceClip | None
    backdrop: BackdropClip | None
    size: Size
    over: _Overlay
    relight: Relight | None
    placement: Placement | None

    def frames(self, start: int, stop: int, room: np.ndarray | None = None) -> Iterator[np.ndarray]:
        """Finished frames uint8 [b, h, w, 3]; in bytes one by one, in ``room`` [1, h, w, 3] where there is some."""
        if self.placement is None and (self.face is None or isinstance(self.face, DrawsBytes)):
            yield from self._in_bytes(self.face, start, stop, room)
        else:
            yield from (frames for frames, _ in self._in_floats(start, stop))

    def alone(self, start: int, stop: int) -> Iterator[tuple[np.ndarray, None]]:
        """The same, and nothing; what is given holds until the next."""
        room = np.empty((1, self.size.height, self.size.width, 3), np.uint8)
        yield from ((frames, None) for frames in self.frames(start, stop, room))

    def both(self, start: int, stop: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The same, and what lies before the backdrop alone, uint8 [b, h, w, 4] of straight colour and alpha. Straight
        colour where alpha is faint needs more than bytes."""
        index = start
        for frames, batch in self._in_floats(start, stop, exact=True):
            yield frames, self.over.drawn_apart(_straight(batch, self.placement), index)
            index += len(frames)

    def _in_bytes(
        self, face: DrawsBytes | None, start: int, stop: int, room: np.ndarray | None
    ) -> Iterator[np.ndarray]:
        from avatar.compose.in_bytes import frames_in_bytes

        behind = self.over.draw_behind
        drawn = frames_in_bytes(face, self.backdrop, start, stop, self.size, behind, self.relight, room)
        yield from (self.over.drawn(frame, index) for index, frame in enumerate(drawn, start))

    def _in_floats(self, start: int, stop: int, exact: bool = False) -> Iterator[tuple[np.ndarray, torch.Tensor]]:
        panel = self.placement.panel.size if self.placement is not None else self.size
        index = start
        for batch in _persons(self.face, start, stop, panel, exact):
            blended = _blended(batch, self.backdrop, index, self.over, self.relight, self.placement)
            yield self.over.drawn(blended, index), batch
            index += len(batch)


def _persons(face: FaceClip | None, start: int, stop: int, size: Size, exact: bool) -> Iterator[torch.Tensor]:
    """The person in batches float32 [b, 4, h, w]; [b, 0, h, w] where nobody is seen. ``exact``: never from bytes."""
    if face is None:
        yield from _nobody(stop - start, size)
        return
    for batch in (
        _of_bytes(face, start, stop) if isinstance(face, DrawsBytes) and not exact else face.frames(start, stop)
    ):
        if tuple(batch.shape[1:]) != (4, size.height, size.width):
            raise ValueError(f"face frames must be [b, 4, {size.height}, {size.width}], not {tuple(batch.shape)}")
        yield batch


def _of_bytes(face: DrawsBytes, start: int, stop: int) -> Iterator[torch.Tensor]:
    import torch

    for batch in face.byte_frames(start, stop):
        yield torch.from_numpy(batch).permute(0, 3, 1, 2).to(torch.float32).div_(255.0)


def _nobody(frames: int, size: Size) -> Iterator[torch.Tensor]:
    import torch

    for first in range(0, frames, _BATCH):
        yield torch.empty(min(_BATCH, frames - first), 0, size.height, size.width)


class _Overlay:
    """What is drawn over every frame: graphics, captions and the mark; some of it behind the person, where ``layers``
    say so."""

    def __init__(
        self,
        captions: Sequence[Caption],
        mark: str,
        size: Size,
        fps: float,
        overlays: Overlays | None = None,
        brand: Brand | None = None,
        layers: Sequence[str] = (),
    ) -> None:
        from avatar.compose.burn import Burner
        from avatar.compose.mark import Mark

        self._burner = Burner(captions, size, brand) if captions else None
        self._marker = Mark(mark, size) if mark else None
        self._overlays = overlays
        self._fps = fps
        there = {*(overlays.names if overlays else ()), *(("captions",) if self._burner else ())}
        self._before = [name for name in before_person(layers) if name in there]
        self._behind = [name for name in behind_person(layers) if name in there]

    def draw_behind(self, frames: np.ndarray, first: int) -> None:
        """What lies between backdrops uint8 [b, h, w, 3], from frame number ``first`` on, and the person, in place."""
        self._draw(frames, first, self._behind)

    def behind(self, pictures: Iterable[torch.Tensor], first: int) -> Iterable[torch.Tensor]:
        """Backdrops [3, h, w] from frame number ``first`` on, with what lies between them and the person."""
        import torch

        from avatar.compose.blend import to_bytes

        if not self._behind:
            return pictures
        stacked = torch.stack([*pictures])
        frames = self._draw(to_bytes(stacked).cpu().numpy(), first, self._behind)
        return torch.from_numpy(frames).permute(0, 3, 1, 2).to(stacked.device, torch.float32).div_(255.0)

    def drawn(self, frames: np.ndarray, first: int) -> np.ndarray:
        """``frames`` uint8 [b, h, w, 3] from frame number ``first`` on, with what lies before the person, in place."""
        self._draw(frames, first, self._before)
        if self._marker is not None:
            self._marker.draw(frames)
        return frames

    def _draw(self, frames: np.ndarray, first: int, layers: Iterable[str]) -> np.ndarray:
        for name in layers:
            if name == "captions" and self._burner is not None:
                for offset, frame in enumerate(frames):
                    self._burner.burn(frame, (first + offset) / self._fps)
            elif self._overlays is not None:
                self._overlays.draw(frames, first, (name,))
        return frames

    def drawn_apart(self, frames: np.ndarray, first: int) -> np.ndarray:
        """The same for ``frames`` uint8 [b, h, w, 4] of straight colour and alpha.

        What lies over them is drawn over their picture on black and on white: the difference of the two is what shows
        through, and so the alpha of the whole.
        """
        if self._burner is None and self._marker is None and self._overlays is None:
            return frames
        alpha = frames[..., 3:].astype(np.float32) / 255
        black = frames[..., :3] * alpha
        grounds = (self._draw(np.full_like(frames[..., :3], level), first, self._behind) for level in (0, 255))
        on_black, on_white = (
            self.drawn((black + ground * (1 - alpha)).round().astype(np.uint8), first).astype(np.float32)
            for ground in grounds
        )
        seen = 1 - (on_white - on_black).mean(axis=-1, keepdims=True).clip(0, 255) / 255
        touched = np.abs(on_black - black).max(axis=-1, keepdims=True) >= 1
        touched |= np.abs(seen - alpha) >= 1.5 / 255
        colour = np.where(touched, on_black / np.maximum(seen, 1 / 255), frames[..., :3])
        whole = np.concatenate([colour, 255 * np.where(touched, seen, alpha)], axis=-1)
        return whole.round().clip(0, 255).astype(np.uint8)


def _straight(batch: torch.Tensor, placement: Placement | None) -> np.ndarray:
    import torch

    from avatar.compose.blend import straight

    with torch.inference_mode():
        return straight(batch if placement is None else placement.apart(batch)).cpu().numpy()


def _blended(
    batch: torch.Tensor,
    backdrop: BackdropClip | None,
    first: int,
    over: _Overlay,
    relight: Relight | None = None,
    placement: Placement | None = None,
) -> np.ndarray:
    import torch

    from avatar.compose.blend import blend_lit, to_bytes

    with torch.inference_mode():
        if backdrop is None:
            return to_bytes(batch[:, :3]).cpu().numpy()
        if relight is not None and isinstance(backdrop, GivesLight):
            batch = relight.over(batch, np.stack([backdrop.light(first + at) for at in range(len(batch))]))
        pictures = (backdrop.frame(first + at).to(batch.device) for at in range(len(batch)))
        behind = over.behind(pictures, first)
        if not batch.shape[1]:
            return to_bytes(torch.stack([*behind])).cpu().numpy()
        whole = blend_lit(batch, behind) if placement is None else placement.onto(batch, torch.stack([*behind]))
        return to_bytes(whole).cpu().numpy()


def poster(
    face: FaceClip | None,
    backdrop: BackdropClip | None,
    frames: int,
    size: Size,
    path: Path,
    mark: str = "",
    relight: Relight | None = None,
    placement: Placement | None = None,
    overlays: Overlays | None = None,
    layers: Sequence[str] = (),
) -> None:
    """Write frame POSTER_FRAME (or the last of a shorter video) as the picture ``path``."""
    index = min(POSTER_FRAME, frames - 1)
    (frame,) = next(
        composed_frames(face, backdrop, index, index + 1, size, 25.0, (), mark, relight, placement, overlays, layers)
    )
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
