"""A picture file behind the speaker, with a slow camera move that loops."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.lens import out_of_focus
from motion.options import BackdropOptions, choice_option, number_option, refuse_unknown

if TYPE_CHECKING:
    import torch

__all__ = ["Image", "ImageClip", "read_picture"]

_MAX_PIXELS = 120_000_000
_ROOM = 1.06
_LATER = (-0.05, -0.14, -0.26)  # of red, green and blue, at the turning point


class Image:
    """Cover-fit, then zoom by up to six percent and pan a little; option ``drift`` 0..1 scales the move. ``blur`` 0..1
    opens the lens, and ``light`` 0..1 lets the daylight come and go. With ``fit`` ``contain`` the whole picture is
    shown, still and sharp, on a ground of its own colour."""

    def card(self) -> EngineCard:
        """Name, version and licence."""
        return EngineCard("image", "1", "Apache-2.0")

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        """Read the file, fit it to the size with room for the move; OptionError where it is no readable picture."""
        refuse_unknown(options, "image", ("drift", "blur", "light", "fit"))
        contained = choice_option(options, "fit", ("cover", "contain")) == "contain"
        drift = number_option(options, "drift", 0.0 if contained else 1.0, 0.0, 1.0)
        if options.image is None:
            raise OptionError("The image backdrop needs a picture: give @FILE.")
        blur, light = (number_option(options, name, 0.0, 0.0, 1.0) for name in ("blur", "light"))
        picture = read_picture(options.image)
        fitted = _contained(picture, options.size) if contained else _cover(picture, options.size, _ROOM)
        pixels = out_of_focus(fitted, blur)
        progress(1.0, "backdrop")
        settings: dict[str, str | float | int] = {"drift": drift, "light": light, "file": options.image.name}
        reading = f"picture {options.image.name}"
        return BackdropPlan("image", max(options.period_s, 1.0), {"pixels": pixels}, settings, reading)

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> ImageClip:
        """Make the clip."""
        return ImageClip(plan, size, fps, device)


class ImageClip:
    """Frames are crops of one picture, moved on a closed path with sub-pixel steps."""

    def __init__(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> None:
        self._pixels = np.ascontiguousarray(plan.arrays["pixels"])
        self._drift, self._light = float(plan.settings["drift"]), float(plan.settings["light"])
        self._turn = 1.0 / (plan.period * fps)
        self._size, self._device = size, device

    def frame(self, index: int) -> torch.Tensor:
        """Frame ``index``, float32 [3, h, w]."""
        import torch

        planes = torch.from_numpy(self._shifted(index)).permute(2, 0, 1).to(torch.float32).div_(255.0).contiguous()
        if self._light:
            self._lit(planes, index * self._turn)
        return planes.to(self._device)

    def byte_frame(self, index: int) -> np.ndarray:
        """The same in bytes, uint8 [h, w, 3]: see :class:`avatar.core.types.GivesBytes`."""
        import torch

        shifted = self._shifted(index)
        if not self._light:
            return shifted
        levels = torch.arange(256, dtype=torch.float32).div_(255.0).expand(3, -1).contiguous()
        self._lit(levels, index * self._turn)
        table = np.rint(255.0 * levels.numpy().T[None]).clip(0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(shifted, np.ascontiguousarray(table)))

    def _shifted(self, index: int) -> np.ndarray:
        """The crop of frame ``index``, uint8 [h, w, 3]."""
        size = (self._size.width, self._size.height)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        crop = self._crop(index * self._turn)
        return np.asarray(cv2.warpAffine(self._pixels, crop, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))

    def _lit(self, planes: torch.Tensor, phase: float) -> None:
        """A little later in the day and back, in place: warmer and darker, as far as ``light`` says."""
        import torch

        later = self._light * (0.5 - 0.5 * math.cos(2.0 * math.pi * phase))
        for plane, change in zip(planes, _LATER, strict=True):
            torch.pow(plane, 1.0 - 0.25 * later * change, out=plane)
            plane.mul_(1.0 + later * change)

    def _crop(self, phase: float) -> np.ndarray:
        height, width = self._pixels.shape[:2]
        turn = 2.0 * math.pi * (phase % 1.0)
        fit = min(width / self._size.width, height / self._size.height)
        zoom = fit * (1.0 - 0.03 * self._drift * (1.0 - math.cos(turn)))
        room_x, room_y = width - zoom * self._size.width, height - zoom * self._size.height
        left = room_x * (0.5 + 0.35 * self._drift * math.sin(turn))
        top = room_y * (0.5 + 0.35 * self._drift * math.sin(turn + 1.1))
        centre = (zoom - 1.0) / 2.0
        return np.array([[zoom, 0.0, left + centre], [0.0, zoom, top + centre]], np.float32)


def read_picture(path: Path) -> np.ndarray:
    """Pixels uint8 [h, w, 3] sRGB of a picture file, upright; OptionError where it is none."""
    from PIL import Image as Pictures
    from PIL import ImageOps, UnidentifiedImageError

    try:
        with Pictures.open(path) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                most = _MAX_PIXELS // 1_000_000
                raise OptionError(Message("backdrop_picture_too_large", name=path.name, megapixels=most))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except FileNotFoundError as error:
        raise OptionError(f"Backdrop picture {path.name} does not exist: give @ and the path of a picture.") from error
    except (UnidentifiedImageError, Pictures.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise OptionError(Message("backdrop_picture_unreadable", name=path.name)) from error
    ground = Pictures.new("RGBA", upright.size, (217, 219, 222, 255))
    return np.asarray(Pictures.alpha_composite(ground, upright).convert("RGB"))


def _contained(pixels: np.ndarray, size: Size) -> np.ndarray:
    """The whole picture in the middle of a frame of ``size``, on the usual colour of its edge."""
    scale = min(size.width / pixels.shape[1], size.height / pixels.shape[0])
    wide, high = (max(1, round(scale * length)) for length in (pixels.shape[1], pixels.shape[0]))
    scaled = cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    edge = np.concatenate([scaled[0], scaled[-1], scaled[:, 0], scaled[:, -1]])
    whole = np.empty((size.height, size.width, 3), np.uint8)
    whole[:] = np.median(edge, axis=0).astype(np.uint8)
    left, top = (size.width - wide) // 2, (size.height - high) // 2
    whole[top : top + high, left : left + wide] = scaled
    return whole


def _cover(pixels: np.ndarray, size: Size, room: float) -> np.ndarray:
    """Scale so that ``size`` times ``room`` is filled, and cut the rest off in the middle."""
    wide, high = math.ceil(size.width * room), math.ceil(size.height * room)
    scale = max(wide / pixels.shape[1], high / pixels.shape[0])
    target = (max(wide, round(pixels.shape[1] * scale)), max(high, round(pixels.shape[0] * scale)))
    scaled = cv2.resize(pixels, target, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left, top = (scaled.shape[1] - wide) // 2, (scaled.shape[0] - high) // 2
    return np.ascontiguousarray(scaled[top : top + high, left : left + wide])
