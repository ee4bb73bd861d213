"""Stable Diffusion 1.x, 2.x and XL as a backdrop engine.

The prompt's token embeddings drift together: the pooled embedding of each text encoder goes along the path, and the
rotation that takes it there turns every token of that encoder. A travel goes from the tokens of one prompt to those of
the other, each on its own geodesic. The model is a folder in diffusers' layout, a single .safetensors file, or the id
of a model on the hub.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.progress import Progress
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.asked import read_drift
from motion.drift import travel
from motion.engines.diffusion import VARIATIONS, Course, drifted, driven_drift, joint_planes, plan_loop
from motion.engines.diffusion_options import OPTIONS, Words, loading_of, read_words, sampling_of, scheduler_of
from motion.engines.diffusion_weights import (
    Loading,
    load_folder,
    load_single_file,
    model_folder,
    place,
    quiet_libraries,
    require_extra,
)
from motion.engines.merging import merge
from motion.engines.tuned import TUNING, Tuned, asked_of, check_base
from motion.keyframes import PictureLoop
from motion.options import BackdropOptions
from motion.rotation import Plane, Rotation, rotation_between

if TYPE_CHECKING:
    import torch

__all__ = ["Conditions", "StableDiffusion", "Tokens", "turned_together"]

_CLASSES = {
    "StableDiffusionPipeline": "StableDiffusionPipeline",
    "StableDiffusionImg2ImgPipeline": "StableDiffusionPipeline",
    "StableDiffusionXLPipeline": "StableDiffusionXLPipeline",
    "StableDiffusionXLImg2ImgPipeline": "StableDiffusionXLPipeline",
}
_XL_FILE_KEY = "conditioner.embedders.1.model.ln_final.weight"


class StableDiffusion:
    """Diffuses the reference frames of a loop under rotated token embeddings."""

    def card(self) -> EngineCard:
        """Name, version, licence; MissingEngine where the extra is not installed."""
        require_extra()
        return EngineCard("stable-diffusion", "1", "Apache-2.0", None, "the model's own: read it on its page")

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        """Load the model and diffuse the loop.

        OptionError for a prompt, path, number or model that cannot be used; MissingEngine for a missing extra or
        weight file, EngineError for weights that do not fit together or memory that does not suffice.
        """
        drift = read_drift(options, "stable-diffusion", (*OPTIONS, *TUNING, "config"))
        drift, driven = driven_drift(options, drift, progress.part(0.0, 0.05))
        words, sampling = read_words(options, drift), sampling_of(options, drift.period, steps=25, guidance=7.0)
        loading, model = loading_of(options), options.engine_options.get("model")
        tuned = asked_of(options, "stable-diffusion")
        if not model:
            raise OptionError(
                "Engine stable-diffusion needs a model: give --backdrop-model with a folder, a .safetensors file or an "
                "id such as stabilityai/stable-diffusion-xl-base-1.0."
            )
        progress(0.0, "loading the model")
        pipeline = _loaded(model, options.engine_options.get("config"), loading, tuned)
        network = Tokens(pipeline, loading, scheduler_of(pipeline, sampling.scheduler), sampling.guidance)
        told = progress.part(0.05, 1.0)
        plan = plan_loop("stable-diffusion", network, words, drift, sampling, options, told, driven)
        if tuned is None:
            return plan
        return replace(plan, settings={**plan.settings, **tuned.settings}, notes=(*plan.notes, tuned.note))

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> PictureLoop:
        """Frames of the loop; the model is not needed any more."""
        return PictureLoop(plan, size, fps, device)


@functools.lru_cache(maxsize=1)
def _loaded(model: str, layout: str | None, loading: Loading, tuned: Tuned | None) -> Any:
    """The pipeline, kept for the next plan of this process. The decoder stays in float32, where SDXL's needs it."""
    import torch

    path = Path(model).expanduser()
    if path.suffix == ".safetensors" and path.is_file():
        check_base(tuned, path, loading.variant)
        pipeline = load_single_file(path, _kind_of_file(path), layout, loading)
    else:
        folder = model_folder(model, loading.variant)
        check_base(tuned, folder, loading.variant)
        pipeline = load_folder(folder, _CLASSES, loading)
    if tuned is not None:
        merge(tuned, pipeline.unet)
    if loading.precision != "float32":
        with quiet_libraries():
            pipeline.vae.to(dtype=torch.float32)
    return place(pipeline, loading)


def _kind_of_file(path: Path) -> str:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            keys = set(file.keys())
    except SafetensorError as error:
        raise MissingEngine(f"{path} is damaged or no safetensors file: download it again.") from error
    return "StableDiffusionXLPipeline" if _XL_FILE_KEY in keys else "StableDiffusionPipeline"


@dataclass(frozen=True)
class Conditions:
    """``tokens`` [k, t, d] along the course and ``pooled`` [k, p] (XL); the same of what is refused, [1, ...]."""

    tokens: torch.Tensor
    refused: torch.Tensor
    pooled: torch.Tensor | None
    refused_pooled: torch.Tensor | None

    def of(self, rows: list[int], guided: bool) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Tokens and pooled embeddings of ``rows``; with guidance the refused ones first, as many."""
        import torch

        tokens, pooled = self.tokens[rows], None if self.pooled is None else self.pooled[rows]
        if guided:
            tokens = torch.cat([self.refused.expand(len(rows), -1, -1).to(tokens), tokens])
            if pooled is not None and self.refused_pooled is not None:
                pooled = torch.cat([self.refused_pooled.expand(len(rows), -1).to(pooled), pooled])
        return tokens, pooled


class Tokens:
    """Stable Diffusion's UNet under token embeddings."""

    def __init__(self, pipeline: Any, loading: Loading, scheduler: Any, guidance: float) -> None:
        self._pipeline, self.device, self.scheduler, self._guidance = pipeline, loading.device, scheduler, guidance
        self._unet, self._vae = pipeline.unet, pipeline.vae
        self.channels = self._unet.config.in_channels
        self.shrink = 2 ** (len(self._vae.config.block_out_channels) - 1)
        self.multiple = 2 ** (len(self._unet.config.block_out_channels) - 1)
        self.native_side = int(self._unet.config.sample_size) * self.shrink
        self._is_xl = hasattr(pipeline, "text_encoder_2")

    def conditions(self, words: Words, course: Course, progress: Progress) -> Conditions:
        """Tokens at every phase of ``course``."""
        progress(0.0, "reading the prompt")
        refused, refused_pooled = self._encoded([words.prompts[0]], words.negative)[2:]
        travels = course.drift.path == "travel"
        tokens, pooled = self._travelled(words.prompts, course) if travels else self._turned(words.prompts[0], course)
        return Conditions(
            self._tensor(tokens), refused, None if pooled is None else self._tensor(pooled), refused_pooled
        )

    def _travelled(self, prompts: tuple[str, ...], course: Course) -> tuple[np.ndarray, np.ndarray | None]:
        tokens, pooled, _, _ = self._encoded(list(prompts), None)
        way = None if pooled is None else travel(pooled[0], pooled[1], course.phases)
        return travel(tokens[0], tokens[1], course.phases), way

    def _turned(self, prompt: str, course: Course) -> tuple[np.ndarray, np.ndarray | None]:
        """Tokens [k, t, d] rotated together as each encoder's pooled embedding goes along the course, and that of the
        last encoder after its projection [k, p]."""
        texts = [prompt, *(f"{prompt}, {variation}" for variation in VARIATIONS)]
        tokens, pooled, _, _ = self._encoded(texts, None)
        ends = np.cumsum(self._widths())[:-1]
        blocks = np.split(tokens[0], ends, axis=1)
        spaces = np.split(tokens[np.arange(len(texts)), self._last_places(texts)], ends, axis=1)
        planes = joint_planes(spaces if pooled is None else [*spaces, pooled])
        degrees = course.drift.strengths.text
        turned = [
            turned_together(block, space[0], drifted(space[0], own, degrees, course))
            for block, space, own in zip(blocks, spaces, planes, strict=False)
        ]
        way = None if pooled is None else drifted(pooled[0], planes[-1], degrees, course)
        return np.concatenate(turned, axis=2), way

    def _encoded(
        self, prompts: list[str], negative: str | None
    ) -> tuple[np.ndarray, np.ndarray | None, torch.Tensor, torch.Tensor | None]:
        """Tokens [m, t, d] and projected pooled embeddings [m, p] (XL) of ``prompts``; the same of ``negative`` for one
        prompt, as tensors [1, ...]."""
        refused = None if negative is None else [negative] * len(prompts)
        with quiet_libraries():
            found = self._pipeline.encode_prompt(
                prompt=prompts,
                device=self.device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=True,
                negative_prompt=refused,
            )
        tokens, without, pooled, pooled_without = found if self._is_xl else (*found, None, None)
        projected = None if pooled is None else pooled.float().cpu().numpy()
        return tokens.float().cpu().numpy(), projected, without[:1], None if pooled is None else pooled_without[:1]

    def _widths(self) -> list[int]:
        """The part of a token's numbers that each encoder gives."""
        encoders = [self._pipeline.text_encoder, self._pipeline.text_encoder_2] if self._is_xl else None
        return [encoder.config.hidden_size for encoder in encoders or [self._pipeline.text_encoder]]

    def _last_places(self, prompts: list[str]) -> np.ndarray:
        """Where each prompt ends [m]: the token whose embedding stands for the whole prompt."""
        tokenizer = self._pipeline.tokenizer
        ids = tokenizer(prompts, padding="max_length", max_length=tokenizer.model_max_length, truncation=True).input_ids
        return np.argmax(np.array(ids) == tokenizer.eos_token_id, axis=1)

    def _tensor(self, values: np.ndarray) -> torch.Tensor:
        import torch

        return torch.from_numpy(values).to(self.device, self._unet.dtype)

    def predict(self, latents: torch.Tensor, step: Any, conditions: Conditions, rows: list[int]) -> torch.Tensor:
        """The UNet's prediction for ``latents``, pushed away from what is not wanted by the guidance."""
        import torch

        tokens, pooled = conditions.of(rows, guided=self._guidance > 1.0)
        stacked = torch.cat([latents] * (len(tokens) // len(latents))).to(self._unet.dtype)
        added = None if pooled is None else {"text_embeds": pooled, "time_ids": self._sizes(latents, len(tokens))}
        out = self._unet(stacked, step, encoder_hidden_states=tokens, added_cond_kwargs=added).sample.float()
        if len(out) == len(latents):
            return out
        without, asked = out.chunk(2)
        return without + self._guidance * (asked - without)

    def _sizes(self, latents: torch.Tensor, count: int) -> torch.Tensor:
        """What XL is told of the picture: original size, crop, target size; [count, 6]."""
        high, wide = (side * self.shrink for side in latents.shape[-2:])
        return latents.new_tensor([[high, wide, 0, 0, high, wide]], dtype=self._unet.dtype).expand(count, -1)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures -1..1 of ``latents``."""
        decoded: torch.Tensor = self._vae.decode(latents.float() / self._vae.config.scaling_factor).sample
        return decoded


def turned_together(tokens: np.ndarray, pooled: np.ndarray, points: np.ndarray) -> np.ndarray:
    """``tokens`` [t, d] turned by each rotation that takes ``pooled`` [d] to one of ``points`` [k, d]: [k, t, d]."""
    turn = rotation_between(pooled[None], points)
    plane = Plane(turn.plane.n1[:, None], turn.plane.n2[:, None])
    return Rotation(plane, turn.angle[:, None]).apply(tokens)
