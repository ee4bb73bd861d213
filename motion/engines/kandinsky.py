"""Kandinsky 2.2 as a backdrop engine.

The prior turns the prompt into an image embedding, which drifts by rotations; the decoder draws a reference frame from
each. Both are folders in diffusers' layout or ids of models on the hub.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.asked import read_drift
from motion.drift import generator_for, travel
from motion.engines.diffusion import VARIATIONS, Course, drifted, driven_drift, joint_planes, plan_loop
from motion.engines.diffusion_options import OPTIONS, Words, loading_of, read_words, sampling_of, scheduler_of
from motion.engines.diffusion_weights import Loading, load_folder, model_folder, place, quiet_libraries, require_extra
from motion.keyframes import PictureLoop
from motion.options import BackdropOptions, number_option, whole_option

if TYPE_CHECKING:
    import torch

__all__ = ["Kandinsky"]

_DECODER = {"KandinskyV22Pipeline": "KandinskyV22Pipeline", "KandinskyV22Img2ImgPipeline": "KandinskyV22Pipeline"}
_PRIOR = {"KandinskyV22PriorPipeline": "KandinskyV22PriorPipeline"}


class Kandinsky:
    """Diffuses the reference frames of a loop under a rotated image embedding."""

    def card(self) -> EngineCard:
        """Name, version, licence; MissingEngine where the extra is not installed."""
        require_extra()
        return EngineCard("kandinsky", "1", "Apache-2.0", None, "the model's own: read it on its page")

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        """Load prior and decoder and diffuse the loop; errors as those of Stable Diffusion."""
        drift = read_drift(options, "kandinsky", (*OPTIONS, "prior", "prior_steps", "prior_guidance"))
        drift, driven = driven_drift(options, drift, progress.part(0.0, 0.05))
        words, sampling = read_words(options, drift), sampling_of(options, drift.period, steps=50, guidance=4.0)
        loading = loading_of(options)
        prior_steps = whole_option(options, "prior_steps", 25, 2, 250)
        prior_guidance = number_option(options, "prior_guidance", 4.0, 1.0, 30.0)
        decoder_name, prior_name = _names(options)
        progress(0.0, "loading the model")
        decoder = _loaded(decoder_name, True, loading)
        prior = _Prior(_loaded(prior_name, False, loading), prior_steps, prior_guidance)
        network = _Embedding(decoder, prior, loading, scheduler_of(decoder, sampling.scheduler), sampling.guidance)
        return plan_loop("kandinsky", network, words, drift, sampling, options, progress.part(0.05, 1.0), driven)

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> PictureLoop:
        """Frames of the loop; the model is not needed any more."""
        return PictureLoop(plan, size, fps, device)


def _names(options: BackdropOptions) -> tuple[str, str]:
    """Decoder and prior: the option ``prior``, or the decoder's name with its last "decoder" made "prior"."""
    decoder = options.engine_options.get("model")
    if not decoder:
        raise OptionError(
            "Engine kandinsky needs a model: give --backdrop-model with the folder or id of a decoder, such as "
            "kandinsky-community/kandinsky-2-2-decoder."
        )
    head, found, tail = decoder.rpartition("decoder")
    prior = options.engine_options.get("prior") or (f"{head}prior{tail}" if found else "")
    if not prior:
        raise OptionError(f"Engine kandinsky needs the prior of {decoder}: give --backdrop-option prior=PATH_OR_ID.")
    return decoder, prior


@functools.lru_cache(maxsize=2)
def _loaded(name: str, is_decoder: bool, loading: Loading) -> Any:
    """A pipeline, kept for the next plan of this process; what turns latents into pictures stays in float32."""
    import torch

    pipeline = load_folder(model_folder(name, loading.variant), _DECODER if is_decoder else _PRIOR, loading)
    if is_decoder and loading.precision != "float32":
        with quiet_libraries():
            pipeline.movq.to(dtype=torch.float32)
    return place(pipeline, loading)


class _Prior:
    """Prompts → image embeddings, always from the same noise, so that only the words make a difference."""

    def __init__(self, pipeline: Any, steps: int, guidance: float) -> None:
        self._pipeline, self._steps, self._guidance = pipeline, steps, guidance

    def embed(self, prompt: str, negative: str | None, seed: int) -> tuple[np.ndarray, torch.Tensor]:
        """The image embedding [d] of ``prompt``, and that of ``negative`` or of no picture [1, d]."""
        import torch

        draw = generator_for(seed, "kandinsky/prior")
        drawn = draw.standard_normal((1, self._pipeline.prior.config.embedding_dim), np.float32)
        noise = torch.from_numpy(drawn).repeat(1 if negative is None else 2, 1)
        with quiet_libraries():
            found = self._pipeline(
                prompt,
                negative_prompt=negative,
                num_inference_steps=self._steps,
                guidance_scale=self._guidance,
                latents=noise.to(self._pipeline.prior.dtype),
                generator=torch.Generator("cpu").manual_seed(int(draw.integers(2**62))),
            )
        return found.image_embeds[0].float().cpu().numpy(), found.negative_image_embeds


@dataclass(frozen=True)
class _Conditions:
    """Image embeddings along the course [k, d], and what is refused [1, d]."""

    embeddings: torch.Tensor
    refused: torch.Tensor


class _Embedding:
    """Kandinsky's decoder under image embeddings."""

    def __init__(self, pipeline: Any, prior: _Prior, loading: Loading, scheduler: Any, guidance: float) -> None:
        self._unet, self._movq, self._prior, self._guidance = pipeline.unet, pipeline.movq, prior, guidance
        self.device, self.scheduler = loading.device, scheduler
        self.channels = self._unet.config.in_channels
        self.shrink = 2 ** (len(self._movq.config.block_out_channels) - 1)
        self.multiple = self.shrink
        self.native_side = int(self._unet.config.sample_size) * self.shrink

    def conditions(self, words: Words, course: Course, progress: Progress) -> _Conditions:
        """Image embeddings at every phase of ``course``."""
        import torch

        travels = course.drift.path == "travel"
        texts = list(words.prompts) if travels else _varied(words.prompts[0])
        found = []
        for k, text in enumerate(texts):
            progress(k / len(texts), "reading the prompt")
            found.append(self._prior.embed(text, words.negative, course.seed))
        vectors = np.stack([vector for vector, _ in found])
        if travels:
            way = travel(vectors[0], vectors[1], course.phases)
        else:
            way = drifted(vectors[0], joint_planes([vectors])[0], course.drift.strengths.text, course)
        kind = {"device": self.device, "dtype": self._unet.dtype}
        return _Conditions(torch.from_numpy(way).to(**kind), found[0][1].to(**kind))

    def predict(self, latents: torch.Tensor, step: Any, conditions: _Conditions, rows: list[int]) -> torch.Tensor:
        """The decoder's prediction for ``latents``; with the variance it learned where the scheduler takes that."""
        import torch

        asked = conditions.embeddings[rows]
        guided = self._guidance > 1.0
        embeddings = torch.cat([conditions.refused.expand(len(asked), -1), asked]) if guided else asked
        out = self._unet(
            torch.cat([latents] * (1 + guided)).to(self._unet.dtype),
            step,
            encoder_hidden_states=None,
            added_cond_kwargs={"image_embeds": embeddings},
        ).sample.float()
        noise, variance = out[-len(latents) :].split(self.channels, dim=1)
        if guided:
            without = out[: len(latents), : self.channels]
            noise = without + self._guidance * (noise - without)
        learned = self.scheduler.config.get("variance_type") in {"learned", "learned_range"}
        return torch.cat([noise, variance], dim=1) if learned else noise

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures -1..1 of ``latents``."""
        decoded: torch.Tensor = self._movq.decode(latents.float(), force_not_quantize=True).sample
        return decoded


def _varied(prompt: str) -> list[str]:
    return [prompt, *(f"{prompt}, {variation}" for variation in VARIATIONS)]
