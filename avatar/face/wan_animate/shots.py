"""The video in parts that the model draws at once, each by itself, so that any process draws any of them.

Wan Animate's own way goes on from the last frames of the part before, which would make every frame wait for all that
came before it. Here a part knows the photo and the two films alone. Two that follow each other overlap, begin their
diffusion there with the same noise, and fade into one another.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from avatar.core.errors import EngineError
from avatar.core.types import Size
from avatar.face.wan_animate.films import Films
from avatar.face.wan_animate.loading import quiet
from avatar.face.wan_animate.options import EVERY, WanAnimateOptions

__all__ = ["Cutting", "Shots"]

_KEPT = 2  # parts that are kept in memory: a frame needs no more
_TOKENS = 512


@dataclass(frozen=True)
class Cutting:
    """How ``frames`` are cut into parts of ``length`` that overlap by ``overlap``, each one more than a multiple of
    EVERY."""

    frames: int
    length: int
    overlap: int

    @property
    def stride(self) -> int:
        """Frames from the beginning of a part to that of the next."""
        return self.length - self.overlap

    @property
    def parts(self) -> int:
        """How many there are."""
        return 1 + max(0, math.ceil((self.frames - self.length) / self.stride))

    def span(self, part: int) -> tuple[int, int, int]:
        """First frame of ``part``, the frame after its last, and how many are drawn for them."""
        start = part * self.stride
        stop = min(start + self.length, self.frames)
        return start, stop, max(1, math.ceil((stop - start - 1) / EVERY)) * EVERY + 1

    def where(self, frame: int) -> list[tuple[int, int, float]]:
        """The parts that show ``frame``, each with its place there and its weight; the weights add up to 1."""
        part = min(frame // self.stride, self.parts - 1)
        place = frame - part * self.stride
        if part == 0 or place >= self.overlap:
            return [(part, place, 1.0)]
        share = (place + 1) / (self.overlap + 1)
        return [(part - 1, place + self.stride, 1.0 - share), (part, place, share)]


class Shots:
    """Draws parts with a loaded pipeline; ``picture`` uint8 [h, w, 3]: the person as the video shows them."""

    def __init__(
        self, pipeline: Any, picture: np.ndarray, films: Films, cutting: Cutting, options: WanAnimateOptions, seed: int
    ) -> None:
        self._pipeline, self._picture, self._films = pipeline, picture, films
        self._options, self._seed, self.cutting = options, seed, cutting
        self._drawn: OrderedDict[int, torch.Tensor] = OrderedDict()
        self._words: tuple[torch.Tensor, torch.Tensor | None] | None = None

    def frame(self, index: int) -> torch.Tensor:
        """The picture float32 [3, h, w] in 0..1 of frame ``index`` of the video, at the model's size."""
        parts = [(self._part(part)[place], weight) for part, place, weight in self.cutting.where(index)]
        picture: torch.Tensor = sum(weight / 255 * shown.float() for shown, weight in parts)  # type: ignore[assignment]
        return picture

    def _part(self, part: int) -> torch.Tensor:
        """The pictures uint8 [n, 3, h, w] of a part."""
        if part not in self._drawn:
            self._drawn[part] = self._draw(part)
            if len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
        self._drawn.move_to_end(part)
        return self._drawn[part]

    def _draw(self, part: int) -> torch.Tensor:
        from PIL import Image

        start, stop, count = self.cutting.span(part)
        films = (self._films.skeletons(start, stop), self._films.faces(start, stop))
        pose, face = (
            [*map(Image.fromarray, film), *[Image.fromarray(film[-1])] * (count - len(film))] for film in films
        )
        size = self._films.size
        try:
            with torch.inference_mode(), quiet():
                told, refused = self._embedded()
                shown = self._pipeline(
                    image=Image.fromarray(self._picture),
                    pose_video=pose,
                    face_video=face,
                    prompt_embeds=told,
                    negative_prompt_embeds=refused,
                    height=size.height,
                    width=size.width,
                    segment_frame_length=count,
                    num_inference_steps=self._options.steps,
                    guidance_scale=self._options.guidance,
                    latents=self._noise(part, count, size),
                    output_type="pt",
                ).frames[0]
        except torch.OutOfMemoryError as error:
            raise EngineError(
                "Wan Animate ran out of memory: try --face-option tiling=on, offload=model, fewer frames or a smaller "
                "side."
            ) from error
        if not bool(shown.isfinite().all()):
            raise EngineError(
                "Wan Animate gave no usable picture: its weights are damaged, or half precision is too coarse for "
                "them; try --face-option precision=float32."
            )
        pictures: torch.Tensor = (shown[: stop - start].float() * 255).round().byte().cpu()
        return pictures

    def _noise(self, part: int, count: int, size: Size) -> torch.Tensor:
        """The noise [1, c, f, h, w] of a part: first that of the photo's place, then that of each latent frame of the
        video, whichever part draws it."""
        vae, shrink = self._pipeline.vae, self._pipeline.vae_scale_factor_spatial
        shape = (vae.config.z_dim, size.height // shrink, size.width // shrink)
        first = part * self.cutting.stride // EVERY
        places = [-1, *range(first, first + (count - 1) // EVERY + 1)]
        drawn = [torch.randn(shape, generator=_draw_for(self._seed, place)) for place in places]
        return torch.stack(drawn, dim=1)[None]

    def _embedded(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The tokens of the prompt, and of what is refused where the guidance asks for it [1, t, d]; read here because
        the pipeline cleans texts by a library that is not needed."""
        if self._words is None:
            negative = self._read(self._options.negative) if self._options.guidance > 1 else None
            self._words = (self._read(self._options.prompt), negative)
        return self._words

    def _read(self, text: str) -> torch.Tensor:
        pipeline = self._pipeline
        written = pipeline.tokenizer(
            [" ".join(text.split())], padding="max_length", max_length=_TOKENS, truncation=True, return_tensors="pt"
        ).to(pipeline._execution_device)
        read = pipeline.text_encoder(written.input_ids, written.attention_mask).last_hidden_state
        tokens: torch.Tensor = read * written.attention_mask[..., None].to(read.dtype)
        return tokens


def _draw_for(seed: int, place: int) -> torch.Generator:
    """A generator for the noise of one latent frame of the video."""
    digest = hashlib.sha256(f"{seed}/wan-animate/noise/{place}".encode()).digest()
    return torch.Generator("cpu").manual_seed(int.from_bytes(digest[:8], "big") >> 1)
