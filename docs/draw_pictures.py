"""Draw the pictures of the README and the docs from real output: ``make pictures``, or ``python docs/draw_pictures.py
moods demo`` for some of them.

The portraits are free: the astronaut that scikit-image carries (public domain) and faces that the tests draw.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image, ImageChops, ImageDraw, ImageFont
from skimage import data

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from avatar.compose.segment import composed_frames
from avatar.core.media import read_frames
from avatar.core.progress import silent
from avatar.core.types import FacePlan, GestureTrack, Phoneme, Portrait, Size, Speech, frame_count
from avatar.face import EXPRESSIONS, FaceOptions
from avatar.face.canonical import Canonical
from avatar.face.engines.embedded import Embedded
from avatar.face.framing import Framing, frame_person
from avatar.face.portrait import prepare
from avatar.face.wan_animate.films import Films, close_up, face_crop, packed, play
from avatar.face.wan_animate.skeleton import skeleton
from motion import ENGINES, BackdropOptions, choose, engine_for, gesture
from motion.picture import picture_of
from motion.plates import rooms
from orchestrator import render
from speech import SpeechOptions, parse, speak
from tests.portraits import PORTRAITS, draw_portrait
from tests.sheets.moving import changed
from tests.sheets.people import Case, astronaut, frames, over, portrait_of, tile
from tests.sheets.people import grid as sheet
from tests.sheets.rooms import Sitter, shown

PICTURES = ROOT / "docs" / "pictures"
INK, PAPER = (34, 38, 46), (250, 250, 248)
PROMPTS = (
    "calm ocean at dusk", "forest in the morning", "neon street in the rain", "aurora over mountains",
    "warm living room in the evening", "golden bokeh lights", "library with old books", "snowy mountains at noon",
    "purple nebula", "bright modern office", "tropical beach at noon", "cherry blossom in spring",
)  # fmt: skip
IN_ROOMS = (
    "open office 3 at noon", "kitchen 1 in the morning", "library 1 in the afternoon",
    "home study 3 at sunset", "private office 3 in the evening", "living room 3 at night",
    "podcast studio 1, neon purple", "street at night 2", "stadium 1 at night",
)  # fmt: skip
SHAPES = (("rest", "_"), ("a", "ɑ"), ("o", "o"), ("u", "u"), ("i", "i"), ("m", "m"), ("f", "f"), ("l", "l"))


def main(names: Sequence[str]) -> None:
    """Draw the pictures that are named, or every one, into docs/pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = _photos(folder)
        people = [prepare(path, silent()) for path in photos.values()]
        pictures: dict[str, Callable[[], Image.Image]] = {
            "mouth-shapes": lambda: _mouths(dict(zip(photos, people, strict=True))),
            "moods": lambda: _moods(people),
            "backdrops": _backdrops,
            "formats": lambda: _formats(people[0]),
            "photos": _photos_framed,
            "rooms": _rooms,
            "rooms-people": lambda: _before_rooms(people[0]),
            "rooms-beside": lambda: _beside(people[0]),
            "demo": lambda: _demo(photos["astronaut"], folder),
            "wan-animate": lambda: _films(people[0], folder),
        }
        for chosen in names or pictures:
            _save(chosen, pictures[chosen]())


def _photos(folder: Path) -> dict[str, Path]:
    pictures = {
        "astronaut": data.astronaut(),
        **{name: draw_portrait(PORTRAITS[name]) for name in ("woman", "man", "dark skin")},
    }
    paths = {}
    for name, pixels in pictures.items():
        paths[name] = folder / f"{name}.png"
        Image.fromarray(pixels).save(paths[name])
    return paths


def _save(name: str, picture: Image.Image) -> None:
    path = PICTURES / f"{name}.jpg"
    picture.convert("RGB").save(path, quality=88, optimize=True)
    print(f"{path.relative_to(ROOT)} {picture.width}x{picture.height} {path.stat().st_size // 1024} KiB")


def _still_gestures(frames: int, lids: float = 0.0) -> GestureTrack:
    zero = np.zeros(frames, np.float32)
    return GestureTrack(25.0, *[zero] * 10, zero + lids)


def _frame(portrait: Portrait, size: Size, symbol: str = "_", expression: str = "neutral", lids: float = 0.0,
           keep: bool = True) -> np.ndarray:  # fmt: skip
    """The middle frame of one held phone, uint8 [h, w, 3]."""
    phones = () if symbol == "_" else (Phoneme(0.2, 0.8, symbol, 1),)
    speech = Speech(np.zeros(16000, np.float32), 16000, "en", phones, energy=np.full(100, 0.9, np.float32))
    engine = Embedded()
    options = FaceOptions(size, 25.0, keep, expression)
    plan = engine.plan(portrait, speech, _still_gestures(25, lids), options, silent())
    (batch,) = engine.open(plan, portrait, "cpu").frames(12, 13)
    return (batch[0, :3].permute(1, 2, 0) * 255).round().byte().numpy()


def _around(
    pixels: np.ndarray, portrait: Portrait, size: Size, ids: Sequence[int], reach: float, side: int
) -> Image.Image:
    """A square of ``side`` pixels about the landmarks ``ids``, ``reach`` IOD to each side."""
    framing = frame_person(portrait, size, True)
    face = Canonical.of(framing.apply(portrait.landmarks))
    x, y = face.landmarks[list(ids), :2].mean(0)
    r = reach * face.iod
    picture = Image.fromarray(pixels).crop((int(x - r), int(y - r), int(x + r), int(y + r)))
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def _font(size: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)


def _grid(tiles: Sequence[Sequence[Image.Image]], labels: Sequence[str] = (), gap: int = 6) -> Image.Image:
    """Tiles in rows on paper, with a label over each column."""
    width, height = tiles[0][0].size
    head = 30 if labels else gap
    size = (len(tiles[0]) * (width + gap) + gap, head + len(tiles) * (height + gap))
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    for column, label in enumerate(labels):
        place = (gap + column * (width + gap) + width / 2, head / 2 + 1)
        draw.text(place, label, fill=INK, font=_font(15), anchor="mm")
    for row, line in enumerate(tiles):
        for column, one in enumerate(line):
            sheet.paste(one, (gap + column * (width + gap), head + row * (height + gap)))
    return sheet


def _mouths(people: dict[str, Portrait]) -> Image.Image:
    size, rows = Size(720, 720), []
    for portrait in people.values():
        frames = [_frame(portrait, size, symbol) for _, symbol in SHAPES]
        row = [_around(frame, portrait, size, (61, 291, 2, 152), 0.62, 150) for frame in frames]
        row.append(_around(_frame(portrait, size, lids=1.0), portrait, size, (33, 263), 0.80, 150))
        rows.append(row)
    return _grid(rows, [name for name, _ in SHAPES] + ["blink"])


def _moods(people: Sequence[Portrait]) -> Image.Image:
    size = Size(720, 720)
    rows = [[_around(_frame(p, size, expression=mood), p, size, (33, 263, 152, 10), 1.25, 220) for mood in EXPRESSIONS]
            for p in people[:2]]  # fmt: skip
    return _grid(rows, EXPRESSIONS)


def _painted(prompt: str, size: Size, index: int = 40, seed: int = 0) -> torch.Tensor:
    name, chosen = choose(prompt)
    name = engine_for(prompt, {})
    engine = ENGINES.resolve(name)()
    plan = engine.plan(BackdropOptions(size=size, seed=seed, **chosen), silent())
    return engine.open(plan, size, 25.0, "cpu").frame(index)


def _backdrops() -> Image.Image:
    size = Size(384, 216)
    tiles = []
    for prompt in PROMPTS:
        tile = Image.fromarray(picture_of(_painted(prompt, size)))
        draw = ImageDraw.Draw(tile, "RGBA")
        draw.rectangle((0, size.height - 24, size.width, size.height), fill=(0, 0, 0, 110))
        draw.text((10, size.height - 12), prompt, fill=(255, 255, 255), font=_font(13), anchor="lm")
        tiles.append(tile)
    return _grid([tiles[i : i + 3] for i in range(0, len(tiles), 3)])


def _rooms() -> Image.Image:
    """The first room of every place at noon, at sunset and at night, three places a row."""
    size, tiles = Size(384, 216), []
    for place in rooms().values():
        title = place[0].titles["en"].lower()
        for hour in ("at noon", "at sunset", "at night"):
            tiles.append(
                Image.fromarray(shown(f"{title} 1 {hour}", None, size)).resize((176, 99), Image.Resampling.LANCZOS)
            )
    return _grid([tiles[k : k + 9] for k in range(0, len(tiles), 9)], gap=2)


def _before_rooms(portrait: Portrait) -> Image.Image:
    """One person in the light of noon, of lamps, of neon."""
    sitter = Sitter.of(portrait, Size(640, 360), 0.6)
    tiles = [Image.fromarray(shown(prompt, sitter, sitter.size)) for prompt in IN_ROOMS]
    return _grid([[tile.resize((384, 216), Image.Resampling.LANCZOS) for tile in tiles[k : k + 3]] for k in (0, 3, 6)])


def _beside(portrait: Portrait) -> Image.Image:
    """What the embedded generator makes of a prompt, and below it the room."""
    size = Size(512, 288)
    sitter, plain = Sitter.of(portrait, size, 0.6), Sitter.of(portrait, size, 0.0)
    rows: list[list[Image.Image]] = [[], []]
    for prompt in ("modern office", "library with old books", "living room in the evening", "news studio"):
        engine, options = (
            ENGINES.resolve("embedded")(),
            BackdropOptions(size, prompt, engine_options={"keyframes": "16"}),
        )
        behind = engine.open(engine.plan(options, silent()), size, 25.0, "cpu").frame(0)
        before = plain.picture[0, :3] + behind * (1.0 - plain.picture[0, 3:])
        rows[0].append(Image.fromarray(picture_of(before)).resize((320, 180), Image.Resampling.LANCZOS))
        rows[1].append(Image.fromarray(shown(prompt, sitter, size)).resize((320, 180), Image.Resampling.LANCZOS))
    return _grid(rows)


class _Held:
    """A backdrop that stands still."""

    def __init__(self, picture: torch.Tensor) -> None:
        self._picture = picture

    def frame(self, index: int) -> torch.Tensor:
        """The one picture."""
        return self._picture


def _formats(portrait: Portrait) -> Image.Image:
    shown = (
        (Size(1280, 720), "bright modern office", 448),
        (Size(720, 720), "golden bokeh lights", 252),
        (Size(720, 1280), "tropical beach at noon", 142),
    )
    height = 252
    pictures = []
    for size, prompt, _ in shown:
        speech = Speech(
            np.zeros(16000, np.float32), 16000, "en", (Phoneme(0.2, 0.8, "ɛ", 1),), energy=np.ones(100, np.float32)
        )
        engine = Embedded()
        plan = engine.plan(portrait, speech, _still_gestures(25), FaceOptions(size, 25.0, False), silent())
        clip = engine.open(plan, portrait, "cpu")
        (frames,) = composed_frames(clip, _Held(_painted(prompt, size)), 12, 13, size, 25.0)
        pictures.append(
            cv2.resize(frames[0], (round(size.width * height / size.height), height), interpolation=cv2.INTER_AREA)
        )
    sheet = Image.new("RGB", (sum(p.shape[1] for p in pictures) + 8 * 4, height + 16), PAPER)
    x = 8
    for picture in pictures:
        sheet.paste(Image.fromarray(picture), (x, 8))
        x += picture.shape[1] + 8
    return sheet


def _photos_framed() -> Image.Image:
    """A photo cut at the forehead in three formats; a head that moves before its own background, and what changed."""
    whole = astronaut()
    cut = Case("cut", np.ascontiguousarray(whole.pixels[50:]))
    portrait, rest = portrait_of(cut), portrait_of(whole)
    assert portrait is not None and rest is not None
    height, rows = 176, [[tile(cut.pixels, 196, 176)]]
    for size in (Size(512, 288), Size(384, 384), Size(288, 512)):
        (frame,) = frames(portrait, size, False, [{}])
        rows[0].append(tile(over(frame), round(size.width * height / size.height), height))
    shown = [
        over(one) for one in frames(rest, Size(512, 512), True, [{}, {"sway_x": 0.1, "roll": 4.0}, {"yaw": -12.0}])
    ]
    rows.append([tile(one, 208, 208) for one in (*shown, changed(shown[2], shown[0]))][:4])
    return sheet(rows)


def _demo(photo: Path, folder: Path) -> Image.Image:
    """The photo, and six moments of the demo's video."""
    result = render(script=ROOT / "orchestrator" / "samples" / "demo.txt", photo=photo, output=folder / "demo.mp4",
                    backdrop="home study in the afternoon")  # fmt: skip
    frames = list(read_frames(result.path))
    words = [(w.start + w.end) / 2 for w in _words(result.path)]
    moments = [words[int(i)] for i in np.linspace(1, len(words) - 2, 6)]
    side = 220
    source = Image.open(photo).convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    shots = [Image.fromarray(frames[round(t * 25)]).resize((side, side), Image.Resampling.LANCZOS) for t in moments]
    return _grid([[source, *shots[:3]], [*shots[3:], Image.fromarray(frames[-20]).resize((side, side))]])


def _films(portrait: Portrait, folder: Path) -> Image.Image:
    """Six moments of what Wan Animate is driven by: the face, and the skeleton over the photo."""
    told = parse(
        "Today I want to show you *three* things. First, how does a voice move the hands? [shrug] Nobody knows."
    )
    speech = speak(told, None, SpeechOptions(lang="en"), silent(), folder)
    size, side, frames = Size(480, 480), 240, frame_count(speech.seconds, 25.0)
    gestures = gesture(speech, 25.0, frames, "lively", 0, portrait.sha256)
    shown = Framing(0.62, 80.0, 20.0)
    body = skeleton(portrait, shown, size, gestures)
    crop = face_crop(portrait.landmarks, side)
    close = close_up(portrait, crop, side)
    tracks, constants = packed(play(close, speech, gestures, FaceOptions(size, 25.0), silent()))
    plan = FacePlan("wan-animate", size, 25.0, frames, True, {**tracks, "points": body.points},
                    {**constants, "crop": crop, "known": body.known})  # fmt: skip
    films = Films.of(plan, portrait, side, size, "cpu")
    photo = Image.fromarray(portrait.pixels).resize(
        [round(shown.scale * length) for length in portrait.pixels.shape[1::-1]]
    )
    ground = Image.new("RGB", (size.width, size.height))
    ground.paste(Image.eval(photo, lambda level: level // 2), (round(shown.dx), round(shown.dy)))
    at = [round(share * (frames - 1)) for share in (0.05, 0.2, 0.35, 0.55, 0.75, 0.9)]
    faces = [Image.fromarray(films.faces(index, index + 1)[0]) for index in at]
    bodies = [ImageChops.lighter(ground, Image.fromarray(films.skeletons(index, index + 1)[0])) for index in at]
    return _grid([faces, [picture.resize((side, side), Image.Resampling.LANCZOS) for picture in bodies]])


def _words(video: Path) -> list[Phoneme]:
    import json

    return [Phoneme(*entry) for entry in json.loads(video.with_suffix(".json").read_text("utf-8"))["words"]]


if __name__ == "__main__":
    main(sys.argv[1:])
