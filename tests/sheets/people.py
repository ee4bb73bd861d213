"""Photos of people for the sheets, whole and cut; frames of theirs without sound; tiles on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from avatar.core.errors import GovorunError
from avatar.core.places import cache_folder
from avatar.core.progress import silent
from avatar.core.types import GestureTrack, Phoneme, Portrait, Size, Speech
from avatar.face import FaceOptions
from avatar.face.engines.embedded import Embedded
from avatar.face.portrait import prepare

__all__ = ["Case", "Pose", "astronaut", "frames", "grid", "over", "people", "portrait_of", "tile"]

INK, PAPER = (34, 38, 46), (250, 250, 248)
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
Pose = dict[str, float]
"""Values of a gesture track by name, degrees and IOD as there; what is not named is 0."""


@dataclass(frozen=True)
class Case:
    """One photo: its name and uint8 pixels [h, w, 3]."""

    name: str
    pixels: np.ndarray


def astronaut() -> Case:
    """The free portrait that scikit-image carries."""
    from skimage import data

    return Case("astronaut", data.astronaut())


def people(folders: Iterable[Path], longest: int = 1600) -> list[Case]:
    """The astronaut and the photos of ``folders``, at most ``longest`` pixels on the long side."""
    found = [astronaut()]
    for path in sorted(path for folder in folders for path in folder.iterdir() if path.suffix.lower() in _ENDINGS):
        image = Image.open(path).convert("RGB")
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        found.append(Case(path.stem, np.asarray(image)))
    return found


def portrait_of(case: Case) -> Portrait | None:
    """The prepared portrait, from the cache where it was made before; None where the photo is refused."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "photo.png"
        Image.fromarray(case.pixels).save(path, compress_level=1)
        try:
            return prepare(path, silent(), _cache())
        except GovorunError as error:
            print(f"{case.name}: {error}")
            return None


def _cache() -> Path:
    folder = cache_folder() / "sheets"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def frames(portrait: Portrait, size: Size, keep: bool, poses: Sequence[Pose], symbol: str = "",
           expression: str = "neutral") -> np.ndarray:  # fmt: skip
    """A frame for every pose, float32 [n, h, w, 4] in 0..1, premultiplied; ``symbol``: the phone that is held."""
    names = GestureTrack.__dataclass_fields__
    curves = {name: np.array([pose.get(name, 0.0) for pose in poses], np.float32) for name in names if name != "fps"}
    seconds = len(poses) / 25.0
    phones = (Phoneme(0.0, seconds, symbol, 1),) if symbol else ()
    sound = np.zeros(int(seconds * 16000), np.float32)
    speech = Speech(sound, 16000, "en", phones, energy=np.full(int(seconds * 100) + 1, 0.9, np.float32))
    engine = Embedded()
    options = FaceOptions(size, 25.0, keep, expression)
    plan = engine.plan(portrait, speech, GestureTrack(25.0, **curves), options, silent())
    for note in plan.notes:
        print(f"  {size}: {note}")
    clip = engine.open(plan, portrait, "cpu")
    return np.concatenate([batch.permute(0, 2, 3, 1).numpy() for batch in clip.frames(0, len(poses))])


def over(frame: np.ndarray, colour: tuple[int, int, int] = (96, 132, 160)) -> np.ndarray:
    """A premultiplied frame float32 [h, w, 4] over a plain colour, uint8 [h, w, 3]."""
    behind = np.array(colour, np.float32) / 255 * (1 - frame[..., 3:])
    return np.clip((frame[..., :3] + behind) * 255, 0, 255).round().astype(np.uint8)


def tile(picture: np.ndarray, width: int, height: int, label: str = "") -> Image.Image:
    """``picture`` uint8 [h, w, 3] fitted into ``width`` x ``height`` on paper, with a label in its corner."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    fitted = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    paper = Image.new("RGB", (width, height), PAPER)
    paper.paste(Image.fromarray(fitted), ((width - size[0]) // 2, (height - size[1]) // 2))
    if label:
        draw = ImageDraw.Draw(paper)
        draw.rectangle((0, 0, 7 * len(label) + 6, 15), fill=(0, 0, 0))
        draw.text((3, 2), label, fill=(255, 255, 255), font=ImageFont.load_default(11))
    return paper


def grid(tiles: Sequence[Sequence[Image.Image]], gap: int = 4) -> Image.Image:
    """Rows of tiles; a row is as high as its highest tile."""
    heights = [max(one.height for one in row) for row in tiles]
    width = max(sum(one.width + gap for one in row) for row in tiles)
    sheet = Image.new("RGB", (width + gap, sum(heights) + gap * (len(tiles) + 1)), PAPER)
    y = gap
    for row, height in zip(tiles, heights, strict=True):
        x = gap
        for one in row:
            sheet.paste(one, (x, y))
            x += one.width + gap
        y += height + gap
    return sheet
