"""A picture in another look: image to image by Stable Diffusion, with a part of it kept.

Where a mask says so the latents of the picture are put back at every step, so that what is repainted fits what is kept;
at the end the kept pixels are laid over it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar.core.errors import EngineError
from avatar.core.progress import Progress
from motion.drift import generator_for
from motion.engines.diffusion_options import scheduler_of
from motion.engines.diffusion_weights import Loading, load_folder, model_folder, place, quiet_libraries, require_extra

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Look", "repainted"]

_CLASSES = {
    "StableDiffusionPipeline": "StableDiffusionInpaintPipeline",
    "StableDiffusionImg2ImgPipeline": "StableDiffusionInpaintPipeline",
    "StableDiffusionInpaintPipeline": "StableDiffusionInpaintPipeline",
    "StableDiffusionXLPipeline": "StableDiffusionXLInpaintPipeline",
    "StableDiffusionXLInpaintPipeline": "StableDiffusionXLInpaintPipeline",
}


@dataclass(frozen=True)
class Look:
    """``prompt`` and what is refused; ``strength`` 0..1: how far from the picture; ``side``: square root of the area in
    pixels that is painted at, 0 for what the model was made for."""

    prompt: str
    negative: str | None = None
    strength: float = 0.45
    steps: int = 40
    guidance: float = 7.0
    side: int = 0
    seed: int = 0


def repainted(
    picture: np.ndarray, kept: np.ndarray, look: Look, model: str, loading: Loading, progress: Progress
) -> np.ndarray:
    """``picture`` uint8 [h, w, 3] in another look, as large. ``kept`` float32 [h, w] in 0..1: what stays.

    OptionError for a model that cannot do it, MissingEngine for a missing extra or file, EngineError for weights that
    do not fit together or memory that does not suffice.
    """
    import cv2
    import torch

    require_extra()
    progress(0.0, "loading the model")
    pipeline = _loaded(model, loading)
    high, wide = picture.shape[:2]
    size = _size(wide, high, look.side or int(pipeline.unet.config.sample_size) * pipeline.vae_scale_factor)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if size[0] < wide else cv2.INTER_CUBIC)
    hidden = cv2.resize(1.0 - kept, size, interpolation=cv2.INTER_AREA)
    try:
        with torch.inference_mode(), quiet_libraries():
            found = _painted(pipeline, small, hidden, look, progress.part(0.1, 0.95))
    except torch.OutOfMemoryError as error:
        raise EngineError(f"Repainting ran out of memory on {loading.device}: try a smaller --side.") from error
    painted = cv2.resize(np.asarray(found.convert("RGB")), (wide, high), interpolation=cv2.INTER_CUBIC)
    stays = kept[..., None]
    mixed: np.ndarray = (painted * (1.0 - stays) + picture * stays).round().clip(0, 255).astype(np.uint8)
    progress(1.0, "repainted")
    return mixed


def _painted(pipeline: Any, picture: np.ndarray, hidden: np.ndarray, look: Look, progress: Progress) -> Image.Image:
    import torch
    from PIL import Image

    def told(_: Any, step: int, __: Any, kept: dict[str, Any]) -> dict[str, Any]:
        progress(min(1.0, (step + 1) / max(1, round(look.steps * look.strength))), "repainting")
        return kept

    number = int(generator_for(look.seed, "repaint").integers(2**62))
    found = pipeline(
        prompt=look.prompt,
        negative_prompt=look.negative,
        image=Image.fromarray(picture),
        mask_image=Image.fromarray((255.0 * hidden).astype(np.uint8)),
        height=picture.shape[0],
        width=picture.shape[1],
        strength=look.strength,
        num_inference_steps=look.steps,
        guidance_scale=look.guidance,
        generator=torch.Generator("cpu").manual_seed(number),
        callback_on_step_end=told,
    )
    painted: Image.Image = found.images[0]
    return painted


@functools.lru_cache(maxsize=1)
def _loaded(model: str, loading: Loading) -> Any:
    """The pipeline. Its scheduler is DDIM: it can begin anywhere on the way."""
    import torch

    pipeline = load_folder(model_folder(model, loading.variant), _CLASSES, loading)
    pipeline.scheduler = scheduler_of(pipeline, "ddim")
    if loading.precision != "float32":
        with quiet_libraries():
            pipeline.vae.to(dtype=torch.float32)
    return place(pipeline, loading)


def _size(wide: int, high: int, side: int) -> tuple[int, int]:
    """Width and height of about ``side`` squared pixels in the same shape, multiples of eight."""
    shape = (wide / high) ** 0.5
    return max(8, round(side * shape / 8) * 8), max(8, round(side / shape / 8) * 8)
