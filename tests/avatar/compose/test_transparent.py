"""Transparent video: straight colour and alpha, told by a second program."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from avatar.compose import compose_segment
from avatar.compose.blend import blend, straight, to_bytes
from avatar.compose.captions import Caption
from avatar.compose.transparent import TransparentWriter, join_transparent
from avatar.core.media import probe
from avatar.core.program import ffmpeg_binary
from avatar.core.progress import silent
from avatar.core.transparent import TRANSPARENT
from avatar.core.types import Size

SIZE = Size(160, 128)
EXACT = {"png": (1.5, 0.5), "mov": (2.5, 0.1), "webm": (16.0, 1.0)}
"""How far a pixel, and the mean of all, may be off where the person is laid over a colour, of 255."""


ALPHA_MODE = b"\x53\xc0\x81\x01"
"""Matroska's element AlphaMode, 1: without it browsers show the picture without its alpha."""


class Disc:
    """A soft disc that moves; colour premultiplied by alpha, as faces are."""

    def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
        for first in range(start, stop, 4):
            yield torch.stack([self.frame(number) for number in range(first, min(first + 4, stop))])

    def frame(self, number: int) -> torch.Tensor:
        y, x = torch.meshgrid(torch.arange(128.0), torch.arange(160.0), indexing="ij")
        alpha = ((44 - torch.hypot(x - 76 - number, y - 70)) / 4).clamp(0, 1)
        colour = torch.stack([0.55 + 0.25 * torch.sin(x / 17), 0.45 + 0.2 * torch.cos(y / 13), 0.4 + 0 * x])
        return torch.cat([colour * alpha, alpha[None]])


def decoded(kind: str, path: Path) -> np.ndarray:
    """The frames float [n, h, w, 4] as another program reads them, straight."""
    if kind == "png":
        with zipfile.ZipFile(path) as file:
            names = [name for name in file.namelist() if name.endswith(".png")]
            return np.stack([np.asarray(Image.open(io.BytesIO(file.read(name))), float) for name in names])
    reader = ["-c:v", "libvpx-vp9"] if kind == "webm" else []
    scale = "scale=in_color_matrix=bt709:flags=accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"
    command = [ffmpeg_binary(), "-loglevel", "error", *reader, "-i", path, "-vf", scale]
    done = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgba", "pipe:1"], capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, SIZE.height, SIZE.width, 4).astype(float)


@pytest.mark.parametrize("kind", TRANSPARENT)
def test_over_any_colour_it_is_what_we_compose(kind: str, tmp_path: Path) -> None:
    disc, parts = Disc(), [tmp_path / f"{number}{TRANSPARENT[kind].part}" for number in range(2)]
    for number, part in enumerate(parts):
        ends = (6 * number, 6 * number + 6)
        compose_segment(disc, None, *ends, SIZE, 25.0, (), tmp_path / "all.mp4", silent(), transparent={kind: part})
    whole = tmp_path / f"whole{TRANSPARENT[kind].ending}"
    join_transparent(kind, parts, [np.zeros(10_000, np.float32)], 22_050, 12, 25.0, whole)
    found = decoded(kind, whole)
    assert len(found) == 12
    most, mean = EXACT[kind]
    for colour in ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.0, 0.6, 0.2)):
        ground = torch.tensor(colour).view(1, 3, 1, 1).expand(12, 3, 128, 160)
        ours = to_bytes(blend(torch.cat(list(disc.frames(0, 12))), ground)).numpy().astype(float)
        share = found[..., 3:] / 255
        theirs = found[..., :3] * share + 255 * np.array(colour) * (1 - share)
        assert np.abs(theirs - ours).max() <= most
        assert np.abs(theirs - ours).mean() <= mean


@pytest.mark.parametrize("kind", TRANSPARENT)
def test_equal_frames_give_equal_bytes(kind: str, tmp_path: Path) -> None:
    frames = np.concatenate([straight(batch).numpy() for batch in Disc().frames(0, 4)])
    for name in ("a", "b"):
        with TransparentWriter(tmp_path / name, SIZE, 25.0, kind) as writer:
            writer.write(frames)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("kind", TRANSPARENT)
def test_what_breaks_off_leaves_nothing(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be uint8"), TransparentWriter(tmp_path / "a", SIZE, 25.0, kind) as one:
        one.write(np.zeros((1, 8, 8, 4), np.uint8))
    assert not list(tmp_path.iterdir())


def test_the_colour_goes_on_beyond_the_outline() -> None:
    """Formats that share colour between neighbours would mix the outline with black."""
    (picture,) = straight(Disc().frame(0)[None]).numpy().astype(int)
    outside = (picture[..., 3] == 0) & (np.hypot(*np.indices((128, 160)) - np.array([70, 76])[:, None, None]) < 52)
    assert outside.sum() > 500
    assert picture[outside][:, :3].min() > 60


def test_words_lie_over_the_transparent_picture_as_over_the_other(tmp_path: Path) -> None:
    part, disc = tmp_path / "part.zip", Disc()
    words = [Caption(0.0, 9.0, ("Read me",))]
    compose_segment(
        disc, None, 0, 2, SIZE, 25.0, words, tmp_path / "a.mp4", silent(), mark="AI", transparent={"png": part}
    )
    shown = decoded("png", part)
    bare = straight(torch.cat(list(disc.frames(0, 2)))).numpy().astype(float)
    drawn = np.abs(shown - bare).max(axis=-1)[0] > 8
    assert drawn[96:].sum() > 300, "the captions"
    assert drawn[:20, 120:].sum() > 30, "the mark"
    assert drawn[30:60, 40:100].sum() == 0, "nothing else"
    assert shown[0, 100:, :, 3].max() > 140, "words are opaque where nobody is"


def test_the_files_are_what_editors_expect(tmp_path: Path) -> None:
    for kind in ("webm", "mov"):
        part, whole = tmp_path / f"part{TRANSPARENT[kind].part}", tmp_path / f"whole{TRANSPARENT[kind].ending}"
        with TransparentWriter(part, SIZE, 25.0, kind) as writer:
            writer.write(np.zeros((10, 128, 160, 4), np.uint8))
        join_transparent(kind, [part], [np.zeros(100, np.float32)], 16_000, 10, 25.0, whole, {"comment": "made"})
        seen = probe(whole)
        assert (seen.size, seen.fps, seen.audio_rate) == (SIZE, 25.0, 48_000)
        assert (seen.video_codec, seen.audio_codec) == {"webm": ("vp9", "opus"), "mov": ("prores", "pcm_s16le")}[kind]
        assert seen.seconds == pytest.approx(0.4, abs=0.05)
        assert b"made" in whole.read_bytes()
        assert (ALPHA_MODE in whole.read_bytes()) == (kind == "webm")
