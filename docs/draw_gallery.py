"""Make the productions of the gallery and draw its stills: ``make gallery``, or ``python docs/draw_gallery.py tale
news`` for some of them. ``--keep FOLDER`` leaves the videos there.

Everything is text and code: documents and scripts lie in docs/gallery, slides, chart, logo and music are drawn here,
and the portrait is the astronaut that scikit-image carries (public domain).
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import wave
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from skimage import data

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from avatar.core.media import VideoWriter, probe, read_frames
from avatar.core.transparent import TRANSPARENT
from avatar.core.types import Size
from orchestrator.cli.main import run

SOURCES, PICTURES = ROOT / "docs" / "gallery", ROOT / "docs" / "pictures" / "gallery"
PAPER, WIDE, GAP = (250, 250, 248), 900, 8
MADE: dict[str, tuple[str, ...]] = {
    "lesson": ("present", "slides.pdf", "--notes", "lesson.txt", "--photo", "anchor.png", "--lang", "ru"),
    "news": ("render", "--production", "news.json"),
    "tale": ("story", "tale.txt", "--captions", "karaoke", "--music", "tune.wav", "--voice", "kokoro-leo"),
    "invitations": ("batch", "--production", "invitations.json"),
    "reel": ("render", "--production", "reel.json"),
    "cutout": ("render", "--production", "cutout.json"),
}
"""Production -> the command that makes it, in the folder of the documents."""
STILLS: dict[str, tuple[float, ...]] = {
    "lesson": (0.15, 0.5, 0.85), "news": (0.12, 0.55, 0.93), "tale": (0.08, 0.5, 0.93),
    "invitations": (0.5,), "reel": (0.2, 0.5, 0.8), "cutout": (0.2, 0.5, 0.8),
}  # fmt: skip
"""Production -> which moments of it are shown, in shares of its length."""


def main(words: Sequence[str]) -> None:
    """Make what is named, or everything, and write its stills into docs/pictures/gallery."""
    parser = argparse.ArgumentParser(description="Make the productions of the gallery.")
    parser.add_argument("names", nargs="*", help="which; all where none is named")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the videos in this folder")
    arguments = parser.parse_args(words)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.keep or Path(name)
        shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
        draw_parts(folder)
        for name in arguments.names or MADE:
            videos = make(name, folder)
            picture = _row([still for video in videos for still in stills(name, video)])
            picture.save(PICTURES / f"{name}.jpg", quality=88, optimize=True)
            print(f"{name}: {', '.join(video.name for video in videos)}")


def make(name: str, folder: Path) -> list[Path]:
    """Run the command of the production ``name`` in ``folder``; the videos that it made."""
    command = [str(folder / word) if (folder / word).is_file() else word for word in MADE[name]]
    output = folder / "made" / (name if command[0] == "batch" else f"{name}.mp4")
    if run([*command, "--quiet", "-o", str(output)]):
        raise SystemExit(f"{name} was not made")
    return sorted(output.glob("*.mp4")) if output.is_dir() else [output]


def stills(name: str, video: Path) -> list[Image.Image]:
    """The moments of ``video`` that are shown; transparent ones, where there are such, over a checkerboard."""
    media = probe(video)
    total = round(media.seconds * (media.fps or 25.0))
    wanted = [round(share * total) for share in STILLS[name]]
    apart = video.with_name(video.stem + TRANSPARENT["png"].ending)
    if apart.exists():
        return _over_board(apart, wanted)
    frames = {at: frame for at, frame in enumerate(read_frames(video)) if at in wanted}
    return [Image.fromarray(frames[at]) for at in wanted]


def _over_board(pictures: Path, wanted: Sequence[int]) -> list[Image.Image]:
    """Some of the transparent ``pictures`` in a ZIP over the squares of a checkerboard."""
    found = []
    with zipfile.ZipFile(pictures) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".png"))
        for at in wanted:
            with archive.open(names[at]) as file:
                person = Image.open(file).convert("RGBA")
            rows, columns = np.indices((person.height, person.width)) // 24
            board = np.where((rows + columns) % 2, 236, 204).astype(np.uint8)
            found.append(Image.alpha_composite(Image.fromarray(board).convert("RGBA"), person).convert("RGB"))
    return found


def _row(pictures: Sequence[Image.Image]) -> Image.Image:
    """``pictures`` of one shape side by side, WIDE pixels together."""
    width = (WIDE - GAP * (len(pictures) - 1)) // len(pictures)
    width = min(width, 300) if pictures[0].height >= pictures[0].width else width
    height = round(width * pictures[0].height / pictures[0].width)
    row = Image.new("RGB", (width * len(pictures) + GAP * (len(pictures) - 1), height), PAPER)
    for number, picture in enumerate(pictures):
        row.paste(picture.resize((width, height), Image.Resampling.LANCZOS), (number * (width + GAP), 0))
    return row


def draw_parts(folder: Path) -> None:
    """Portrait, slides, chart, logo and music, as files of ``folder``."""
    Image.fromarray(data.astronaut()).save(folder / "anchor.png")
    first, *others = [draw(Image.new("RGB", (1280, 720), PAPER)) for draw in (_title, _rivers, _sun)]
    first.save(folder / "slides.pdf", save_all=True, append_images=others)
    _logo().save(folder / "logo.png")
    _write_chart(folder / "chart.mp4")
    _write_tune(folder / "tune.wav")


def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name), size)


_SEA, _DEEP, _SAND, _DARK = (46, 134, 171), (16, 78, 120), (240, 201, 140), (28, 40, 56)


def _waves(draw: ImageDraw.ImageDraw, top: int, colour: tuple[int, int, int], phase: float) -> None:
    line = [(x, top + 14 * np.sin(x / 70 + phase)) for x in range(0, 1281, 8)]
    draw.polygon([*line, (1280, 720), (0, 720)], fill=colour)


def _title(slide: Image.Image) -> Image.Image:
    draw = ImageDraw.Draw(slide)
    _waves(draw, 500, _SEA, 0.0)
    _waves(draw, 570, _DEEP, 1.2)
    draw.text((90, 150), "Почему море\nсолёное?", fill=_DARK, font=_font(96, bold=True), spacing=24)
    return slide


def _rivers(slide: Image.Image) -> Image.Image:
    draw = ImageDraw.Draw(slide)
    draw.text((90, 70), "Реки уносят соль", fill=_DARK, font=_font(60, bold=True))
    draw.polygon([(60, 560), (300, 230), (540, 560)], fill=(122, 132, 128))
    draw.polygon([(240, 312), (300, 230), (360, 312), (300, 336)], fill=(245, 247, 250))
    river = [(300 + 5 * t, 350 + 2.9 * t + 22 * np.sin(t / 11)) for t in range(0, 112)]
    for t, (x, y) in enumerate(river):
        draw.ellipse((x - 6 - t / 4, y - 6 - t / 5, x + 6 + t / 4, y + 6 + t / 5), fill=_SEA)
    _waves(draw, 600, _DEEP, 0.4)
    for t in range(10, 92, 9):
        x, y = river[t]
        draw.rectangle((x - 6, y - 6, x + 6, y + 6), fill=(255, 255, 255))
    return slide


def _sun(slide: Image.Image) -> Image.Image:
    draw = ImageDraw.Draw(slide)
    draw.text((90, 70), "Вода уходит, соль остаётся", fill=_DARK, font=_font(60, bold=True))
    draw.ellipse((90, 200, 250, 360), fill=(249, 180, 45))
    for x in (330, 450, 570):
        draw.line([(x + 12 * np.sin(y / 18), y) for y in range(500, 300, -6)], fill=_SEA, width=7)
        draw.polygon([(x - 16, 318), (x + 16, 318), (x, 288)], fill=_SEA)
    for x, y, r in ((410, 232, 40), (460, 214, 52), (520, 232, 44)):
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(206, 216, 226))
    _waves(draw, 540, _SEA, 0.9)
    _waves(draw, 620, _SAND, 2.1)
    return slide


def _logo() -> Image.Image:
    picture = Image.new("RGBA", (360, 120), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((10, 10, 110, 110), fill=(255, 90, 54, 255))
    draw.polygon([(46, 36), (46, 84), (86, 60)], fill="white")
    draw.text((132, 28), "DAILY", fill="white", font=_font(54, bold=True))
    return picture


def _write_chart(path: Path, seconds: float = 4.0, fps: float = 25.0) -> None:
    """Bars of a week that grow, as a film."""
    degrees, days = (12, 14, 17, 19, 13), ("Mon", "Tue", "Wed", "Thu", "Fri")
    with VideoWriter(path, Size(1280, 720), fps) as writer:
        for at in range(round(seconds * fps)):
            picture = Image.new("RGB", (1280, 720), (18, 30, 48))
            draw = ImageDraw.Draw(picture)
            draw.text((1210, 48), "The week", fill="white", font=_font(52, bold=True), anchor="ra")
            for number, (height, day) in enumerate(zip(degrees, days, strict=True)):
                grown = float(np.clip(at / fps * 1.4 - 0.25 * number, 0, 1)) ** 0.5
                left, top = 80 + 150 * number, round(600 - 22 * height * grown)
                colour = (74, 144, 226) if day == "Fri" else (255, 176, 59)
                draw.rounded_rectangle((left, top, left + 96, 602), 10, fill=colour)
                draw.text((left + 48, 626), day, fill="white", font=_font(30), anchor="ma")
                if grown > 0.9:
                    draw.text((left + 48, top - 44), f"{height}°", fill="white", font=_font(32), anchor="ma")
            writer.write(np.asarray(picture)[None])


def _write_tune(path: Path, seconds: float = 16.0, rate: int = 48_000) -> None:
    """Four chords of soft tones, played round, as a 16-bit stereo WAV."""
    t = np.arange(round(seconds * rate)) / rate
    chords = ((220.0, 277.2, 329.6), (185.0, 220.0, 277.2), (146.8, 220.0, 293.7), (164.8, 246.9, 329.6))
    sound = np.zeros((len(t), 2))
    for number, pitches in enumerate(chords):
        beat = (t / 4.0 - number) % len(chords)
        swell = np.clip(beat / 0.15, 0, 1) * np.clip((1.3 - beat) / 0.5, 0, 1) * (beat < 1.3)
        for k, pitch in enumerate(pitches):
            tone = np.sin(2 * np.pi * pitch * t) + 0.25 * np.sin(4 * np.pi * pitch * t)
            sound += (swell * tone)[:, None] * np.array([0.6 + 0.1 * k, 0.8 - 0.1 * k]) * 0.12
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main(sys.argv[1:])
