"""A film in another look, after Gen-1 (Esser and others, 2023): structure from a film, content from words or a picture.

AnimateDiff repaints the film with a ControlNet that sees its edges or its depth, so that shapes stay where they are and
the look is steady from frame to frame. A picture steers the look through an IP-Adapter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import cv2
import numpy as np
from PIL import Image

from avatar.core import weights
from avatar.core.errors import MissingEngine, OptionError
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from motion.engines.animatediff import AnimateDiff, AnimateDiffCamera, adapter_of
from motion.engines.diffusion_weights import told_as
from motion.engines.video import Shot
from motion.engines.video_options import Order, Traits
from motion.options import choice_option, number_option

if TYPE_CHECKING:
    import torch

__all__ = ["STRUCTURES", "Gen1", "depth", "edges"]

_PIPELINE = "AnimateDiffVideoToVideoControlNetPipeline"
_CONTROL = {"edges": "controlnet-canny", "depth": "controlnet-depth"}


class Gen1(AnimateDiff):
    """Film to video on Stable Diffusion 1.5 with a ControlNet."""

    traits: ClassVar[Traits] = Traits(
        name="gen1",
        classes=dict.fromkeys(("StableDiffusionPipeline", "AnimateDiffPipeline", _PIPELINE), _PIPELINE),
        weights="stable-diffusion-1.5",
        takes=("prompt", "film"),
        frames=16,
        fps=8.0,
        steps=25,
        guidance=7.5,
        side=512,
        text_drift="",
        noise_drift="",
        own=("adapter", "context", "structure", "controlnet", "strength", "look", "ip_adapter", "structure_scale"),
        fixed=("clips", "scheduler"),
        lora="stable-diffusion",
    )

    def parts(self, folder: Path, order: Order) -> tuple[Callable[[], dict[str, Any]], ...]:
        """Motion adapter and ControlNet, where the folder of the model has none."""
        made: tuple[Callable[[], dict[str, Any]], ...] = adapter_of(folder, order)
        named = order.options.engine_options.get("controlnet")
        if named is None and (folder / "controlnet").is_dir():
            return made
        structure = choice_option(order.options, "structure", tuple(STRUCTURES))
        found = Path(weights.resolve(named or _CONTROL[structure], cache_folder())).expanduser()
        if not (found / "config.json").is_file():
            raise MissingEngine(f"{found} is no ControlNet: it needs config.json and a .safetensors file.")
        return (*made, _ControlNet(found, order.loading.precision))

    def camera(self, pipeline: Any, order: Order) -> Gen1Camera:
        """The camera of a loaded pipeline."""
        return Gen1Camera(pipeline, order)


@dataclass(frozen=True)
class _ControlNet:
    folder: Path
    precision: str

    def __call__(self) -> dict[str, Any]:
        import torch
        from diffusers import ControlNetModel

        with told_as(f"ControlNet {self.folder}"):
            kind = getattr(torch, self.precision)
            return {"controlnet": ControlNetModel.from_pretrained(self.folder, dtype=kind, use_safetensors=True)}


class Gen1Camera(AnimateDiffCamera):
    """The pipeline of diffusers, over the film of the order."""

    def __init__(self, pipeline: Any, order: Order) -> None:
        super().__init__(pipeline, order)
        self._see = STRUCTURES[choice_option(order.options, "structure", tuple(STRUCTURES))]
        self._strength = number_option(order.options, "strength", 0.8, 0.1, 1.0)
        self._scale = number_option(order.options, "structure_scale", 1.0, 0.0, 2.0)
        self._look = _look(pipeline, order)

    def shoot(self, shot: Shot, progress: Progress) -> torch.Tensor:
        """Latents [f, c, h, w]."""
        order = self.order
        assert order.words is not None and order.film is not None
        film = list(order.film[: len(shot.noise)])
        given = {} if self._look is None else {"ip_adapter_image": self._look}
        found = self.pipeline(
            video=[Image.fromarray(frame) for frame in film],
            conditioning_frames=[Image.fromarray(frame) for frame in self._see(film)],
            prompt=order.words.prompts[0],
            negative_prompt=order.words.negative,
            height=order.size.height,
            width=order.size.width,
            num_inference_steps=order.shooting.steps,
            guidance_scale=order.shooting.guidance,
            strength=self._strength,
            controlnet_conditioning_scale=self._scale,
            generator=self.draw("gen1"),
            output_type="latent",
            callback_on_step_end=self.watched(progress),
            **given,
        )
        latents: torch.Tensor = found.frames[0].transpose(0, 1)
        return latents


def _look(pipeline: Any, order: Order) -> Image.Image | None:
    """The picture whose look is wanted, and the IP-Adapter that reads it; None where words alone say it."""
    given = order.options.engine_options
    if "look" not in given:
        if pipeline.image_encoder is not None:
            pipeline.unload_ip_adapter()  # of an earlier order
        return None
    from motion.engines.image import read_picture

    adapter = Path(weights.resolve(given.get("ip_adapter", "ip-adapter"), cache_folder())).expanduser()
    if not adapter.is_file():
        raise OptionError(f"IP-Adapter {adapter} is no file: give --backdrop-option ip_adapter=FILE.safetensors.")
    picture = Image.fromarray(read_picture(Path(given["look"]).expanduser()))
    with told_as(f"IP-Adapter {adapter}"):
        folder = adapter.parent
        pipeline.load_ip_adapter(
            str(folder), subfolder="", weight_name=adapter.name, image_encoder_folder="image_encoder",
            local_files_only=True,
        )  # fmt: skip
    return picture


def edges(film: list[np.ndarray]) -> list[np.ndarray]:
    """White outlines on black [h, w, 3] of each picture uint8 [h, w, 3]: Canny's, at thresholds from its median."""
    return [_outlines(frame) for frame in film]


def _outlines(frame: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    middle = float(np.median(grey))
    found = cv2.Canny(grey, 0.66 * middle, max(1.0, 1.33 * middle))
    return np.repeat(found[..., None], 3, axis=2)


def depth(film: list[np.ndarray]) -> list[np.ndarray]:
    """A guess at depth [h, w, 3], near is bright, from how fast each place moves and how low it lies: what moves more
    is nearer when a camera moves. No network reads the film."""
    greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in film]
    pairs = list(zip(greys, [*greys[1:], greys[-2]], strict=True))
    found = []
    for frame, (one, other) in zip(film, pairs, strict=True):
        flow = cv2.calcOpticalFlowFarneback(one, other, np.zeros((*one.shape, 2), np.float32), 0.5, 3, 15, 3, 5, 1.2, 0)
        speed = cv2.GaussianBlur(np.hypot(flow[..., 0], flow[..., 1]), (0, 0), max(1.0, one.shape[1] / 64))
        low = np.linspace(0.0, 1.0, len(frame))[:, None]
        near = 0.5 * low + 0.5 * speed / max(float(speed.max()), 1e-6)
        found.append(np.repeat((near * 255.0).astype(np.uint8)[..., None], 3, axis=2))
    return found


STRUCTURES: dict[str, Callable[[list[np.ndarray]], list[np.ndarray]]] = {"edges": edges, "depth": depth}
