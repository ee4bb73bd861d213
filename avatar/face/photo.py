"""A photo at the door: read it whatever it is, or say in one sentence what to use instead; find the face and judge
it."""

from __future__ import annotations

import hashlib
import io
import logging
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from avatar.core.errors import PhotoError
from avatar.core.reasons import Message
from avatar.face.finding import detect_faces, eye_distance, tilt
from avatar.face.heic import is_heic, reads_heic
from avatar.face.occlusion import covered_notes, covered_share, mouth_is_covered

__all__ = ["LARGEST", "Photo", "Preflight", "check_face", "detect_faces", "load_photo", "look_at", "preflight"]

LARGEST = "largest"

log = logging.getLogger(__name__)

_MOST_PIXELS = 120_000_000
_LONGEST = 4096
_SHORTEST = 64
_MOST_BYTES = 200 << 20
_NEUTRAL = (217, 219, 222)
_SMALLEST_FACE, _SOFT_FACE = 48, 90  # width of the face in pixels
_PROFILE, _TURNED, _LYING = 45.0, 25.0, 50.0
_MOST_MEGAPIXELS = _MOST_PIXELS // 1_000_000


@dataclass(frozen=True)
class Photo:
    """A decoded photo. ``pixels``: uint8 [h, w, 3] sRGB, upright, at most 4096 on the long side. ``alpha``: float32
    [h, w] in
    0..1 where the file had one. ``sha256``: of the file. ``notes``: what was done to it."""

    pixels: np.ndarray
    sha256: str
    alpha: np.ndarray | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preflight:
    """What a photo is good for. ``landmarks``: float32 [478, 3] in pixels of the face that is taken, None without a
    face.

    ``faces``: how many were found, ``boxes``: where, x, y, width, height in pixels, from left to right; ``face``: the
    number of the one that is taken, from the left, beginning with 1, and ``box``: its own. ``turned``: by how many
    quarters the photo was turned clockwise to stand upright. ``iod``: pixels. ``yaw``,
    ``pitch``, ``roll``: degrees; yaw positive: nose to the viewer's right, pitch positive: nose down, roll positive:
    head tilted to the viewer's right. ``mouth_open``: inner-lip gap in IOD. ``brightness``: mean luminance of the
    face, 0..1. ``sharpness``: of the face, about 1 for a sharp one. ``occlusion``: share 0..1 of its skin that
    something covers. ``notes``: advice. ``problems``: why it cannot be used, empty if it can.
    """

    landmarks: np.ndarray | None
    faces: int
    box: tuple[int, int, int, int] | None = None
    iod: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    mouth_open: float = 0.0
    brightness: float = 0.0
    sharpness: float = 0.0
    occlusion: float = 0.0
    face: int = 0
    boxes: tuple[tuple[int, int, int, int], ...] = ()
    turned: int = 0
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


# -- reading -----------------------------------------------------------------------------------------------------------


def load_photo(path: Path) -> Photo:
    """Read the photo at ``path``; PhotoError says what is wrong and what to use instead."""
    path = Path(path)
    content = _content(path)
    image, notes = _decoded(path.name, content)
    if min(image.size) < _SHORTEST:
        size = {"width": image.width, "height": image.height}
        raise PhotoError(Message("photo_too_few_pixels", name=path.name, **size, least=256))
    if max(image.size) > _LONGEST:
        notes.append(Message("photo_scaled", width=image.width, height=image.height, longest=_LONGEST))
        image.thumbnail((_LONGEST, _LONGEST), Image.Resampling.LANCZOS, reducing_gap=3.0)
    pixels, alpha = _srgb(image)
    return Photo(pixels, hashlib.sha256(content).hexdigest(), alpha, tuple(notes))


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise PhotoError(f"{path} is a folder: name a photo (JPEG, PNG or WebP).")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PhotoError(Message("photo_too_many_bytes", name=path.name, megabytes=_MOST_BYTES >> 20))
        content = path.read_bytes()
    except FileNotFoundError:
        raise PhotoError(f"There is no photo {path}: check the path.") from None
    except OSError as error:
        raise PhotoError(f"{path} cannot be read: {error.strerror}.") from error
    if not content:
        raise PhotoError(Message("photo_empty", name=path.name))
    return content


def _decoded(name: str, content: bytes) -> tuple[Image.Image, list[str]]:
    """The first picture of the file, upright, with notes."""
    notes: list[str] = []
    if is_heic(content) and not reads_heic():
        raise PhotoError(Message("photo_heic", name=name))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image: Image.Image = Image.open(io.BytesIO(content))
            if image.width * image.height > _MOST_PIXELS:
                size = {"width": image.width, "height": image.height}
                raise PhotoError(Message("photo_too_many_pixels", name=name, **size, megapixels=_MOST_MEGAPIXELS))
            if getattr(image, "n_frames", 1) > 1:
                notes.append(Message("photo_animated"))
                image.seek(0)
            if max(image.size) > 2 * _LONGEST:
                image.draft("RGB", (_LONGEST, _LONGEST))
            image.load()
            return ImageOps.exif_transpose(image), notes
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError(Message("photo_far_too_many_pixels", name=name, megapixels=_MOST_MEGAPIXELS)) from error
    except UnidentifiedImageError as error:
        raise PhotoError(Message("photo_unreadable", name=name)) from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError) as error:
        raise PhotoError(Message("photo_damaged", name=name)) from error


def _srgb(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """Pixels uint8 [h, w, 3] in sRGB and the alpha where there is one; transparent parts turn a neutral grey."""
    image = _in_eight_bits(image)
    alpha = None
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        whole = image.convert("RGBA")
        mask = whole.getchannel("A")
        if np.asarray(mask).min() < 250:
            alpha = np.asarray(mask, np.float32) / 255
            image = Image.alpha_composite(Image.new("RGBA", whole.size, (*_NEUTRAL, 255)), whole).convert("RGB")
        else:
            image = whole.convert("RGB")
    else:
        image = _from_profile(image)
    return np.array(image.convert("RGB"), np.uint8), alpha


def _in_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, np.float64)
        top = 65535.0 if values.max() > 255 else 255.0 if values.max() > 1 else 1.0
        return Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8))
    return image


def _from_profile(image: Image.Image) -> Image.Image:
    """Convert by the embedded colour profile; a profile that cannot be used counts as none."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        log.info("the embedded colour profile is unusable: %s", error)
        return image.convert("RGB")
    return converted if converted is not None else image.convert("RGB")


# -- judging -----------------------------------------------------------------------------------------------------------


def look_at(photo: Photo, face: str = LARGEST) -> tuple[Photo, Preflight]:
    """The photo as it stands upright, and what :func:`preflight` finds in it."""
    found = preflight(photo, face)
    quarters = round(found.roll / 90) % 4
    if not quarters:
        return photo, found
    upright = _turned(photo, quarters)
    return upright, replace(preflight(upright, face), turned=-quarters % 4)


def _turned(photo: Photo, quarters: int) -> Photo:
    """The photo turned by ``quarters`` against the clock."""
    turn = lambda part: np.ascontiguousarray(np.rot90(part, quarters))  # noqa: E731
    alpha = None if photo.alpha is None else turn(photo.alpha)
    return replace(photo, pixels=turn(photo.pixels), alpha=alpha, notes=(*photo.notes, Message("photo_turned")))


def check_face(face: str) -> str:
    """``face`` where it says which face of a photo is meant; ValueError where it does not."""
    if face in (LARGEST, "left", "right") or (face.isascii() and face.isdigit() and 0 < int(face) < 100):
        return face
    raise ValueError(f"{face!r} is no face: say largest, left, right, or its number from the left, beginning with 1")


def preflight(photo: Photo, face: str = LARGEST) -> Preflight:
    """Find the face that will be animated and say how well it can be. ``face``: see :func:`check_face`."""
    faces = detect_faces(photo.pixels)
    if not faces:
        return Preflight(None, 0, problems=(Message("no_face", least=_SMALLEST_FACE),))
    from_left = sorted(faces, key=lambda one: float(one[:, 0].mean()))
    boxes = tuple(_box(one) for one in from_left)
    if face.isdigit() and int(face) > len(faces):
        return Preflight(None, len(faces), boxes=boxes, problems=(Message("face_not_there", n=len(faces), face=face),))
    largest = next(place for place, one in enumerate(from_left) if one is faces[0])
    place = int(face) - 1 if face.isdigit() else {"left": 0, "right": len(faces) - 1}.get(face, largest)
    return _judged(photo.pixels, from_left[place], place + 1, boxes, face)


def _judged(
    pixels: np.ndarray, face: np.ndarray, number: int, boxes: tuple[tuple[int, int, int, int], ...], asked: str
) -> Preflight:
    low, high = face[:, :2].min(0), face[:, :2].max(0)
    yaw, pitch, roll = _angles(face)
    brightness, sharpness = _light(pixels, low, high)
    iod = eye_distance(face)
    found = Preflight(
        landmarks=face,
        faces=len(boxes),
        box=_box(face),
        iod=iod,
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        mouth_open=float(np.linalg.norm(face[13, :2] - face[14, :2])) / iod,
        brightness=brightness,
        sharpness=sharpness,
        occlusion=covered_share(pixels, face, iod),
        face=number,
        boxes=boxes,
    )
    notes = (*_advice(found, face, asked), *covered_notes(found.occlusion, mouth_is_covered(pixels, face, iod)))
    return replace(found, notes=notes, problems=_problems(found, face, pixels.shape))


def _box(face: np.ndarray) -> tuple[int, int, int, int]:
    low, high = face[:, :2].min(0), face[:, :2].max(0)
    return (int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))


def _angles(face: np.ndarray) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees from the axes of eyes and face; a level face reads a pitch of about 9 in
    FaceMesh."""
    across, down = face[263] - face[33], face[152] - face[10]
    yaw = np.degrees(np.arctan2(across[2], np.hypot(across[0], across[1])))
    pitch = np.degrees(np.arctan2(down[2], np.hypot(down[0], down[1]))) - 9.0
    return float(yaw), float(pitch), tilt(face)


def _light(pixels: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[float, float]:
    x0, y0 = np.maximum(low.astype(int), 0)
    x1, y1 = high.astype(int) + 1
    face = cv2.cvtColor(np.ascontiguousarray(pixels[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(face, (160, 200), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    detail = float(cv2.Laplacian(small, cv2.CV_32F).std()) / max(float(small.std()), 0.02)
    return float(small.mean()), detail / 0.35


def _problems(found: Preflight, face: np.ndarray, shape: tuple[int, ...]) -> tuple[str, ...]:
    problems = []
    width = found.box[2] if found.box else 0
    if width < _SMALLEST_FACE:
        problems.append(Message("face_too_small", n=width, least=_SMALLEST_FACE))
    if abs(found.yaw) > _PROFILE:
        problems.append(Message("face_from_side"))
    if abs(found.roll) > _LYING:
        problems.append(Message("face_lies"))
    margin = 0.02 * found.iod
    inside = (face[:, :2] > -margin) & (face[:, :2] < np.array(shape[1::-1]) + margin)
    if inside.all(axis=1).mean() < 0.97:
        problems.append(Message("face_cut"))
    return tuple(problems)


def _advice(found: Preflight, face: np.ndarray, asked: str) -> tuple[str, ...]:
    judged = (
        (found.faces > 1 and asked == LARGEST, Message("several_faces", n=found.faces)),
        (_crown(face)[1] < 0, Message("head_cut")),
        (_PROFILE >= abs(found.yaw) > _TURNED, Message("face_turned")),
        (_LYING >= abs(found.roll) > _TURNED, Message("face_tilted")),
        (found.box is not None and found.box[2] < _SOFT_FACE, Message("face_soft", least=_SOFT_FACE)),
        (found.mouth_open > 0.16, Message("mouth_open")),
        (found.brightness < 0.18, Message("face_dark")),
        (found.sharpness < 0.25, Message("face_blurred")),
    )
    return tuple(message for applies, message in judged if applies)


def _crown(face: np.ndarray) -> np.ndarray:
    """About where the head ends above the hairline, x and y."""
    return np.asarray(face[10, :2] + 0.22 * (face[10, :2] - face[152, :2]))
