"""Kandinsky 5.0 as a backdrop engine: words, or words and a picture, to video."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from motion.engines.diffusion import VARIATIONS
from motion.engines.diffusion_weights import model_folder, quiet_libraries, told_as
from motion.engines.svd import fitted
from motion.engines.video import Shot
from motion.engines.video_options import Order, Traits
from motion.engines.wan import Wan, WanCamera, text_on_course
from motion.options import BackdropOptions

if TYPE_CHECKING:
    import torch

__all__ = ["Kandinsky5"]

_FEWEST = 17  # the first four latent frames are fitted to those that follow
_REFUSED = "static, cartoon, painting, worst quality, low quality, ugly, deformed"


class Kandinsky5(Wan):
    """Text to video, or picture and text to video, as the folder of the model says."""

    traits: ClassVar[Traits] = Traits(
        name="kandinsky5",
        classes={"Kandinsky5T2VPipeline": "Kandinsky5T2VPipeline", "Kandinsky5I2VPipeline": "Kandinsky5I2VPipeline"},
        weights="kandinsky-5-lite",
        takes=("prompt", "picture"),
        optional=("picture",),
        frames=121,
        fps=24.0,
        steps=50,
        guidance=5.0,
        side=627,
        multiple=16,
        every=4,
        warm=2,
        half="bfloat16",
        fixed=("scheduler",),
    )

    def load(self, order: Order, options: BackdropOptions) -> Any:
        """The pipeline, with the tokenizer alone out of the folder's processor: words need no library for pictures."""
        pipeline = super().load(order, options)
        if pipeline.tokenizer is None:
            from transformers import AutoTokenizer

            folder = model_folder(self.model(options), order.loading.variant) / "tokenizer"
            with told_as(f"Tokenizer {folder}"), quiet_libraries():
                pipeline.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        return pipeline

    def parts(self, folder: Path, order: Order) -> tuple[Callable[[], dict[str, Any]], ...]:
        """No processor."""
        return (_no_processor,)

    def camera(self, pipeline: Any, order: Order) -> Kandinsky5Camera:
        """The camera of a loaded pipeline; OptionError where picture and model do not go together."""
        self.check_picture("I2V" in type(pipeline).__name__, order)
        if order.picture is not None and order.shooting.frames < _FEWEST:
            raise OptionError(f"Engine {self.traits.name} needs {_FEWEST} frames or more to set a picture in motion.")
        return Kandinsky5Camera(pipeline, order)


def _no_processor() -> dict[str, Any]:
    return {"tokenizer": None}


class Kandinsky5Camera(WanCamera):
    """The pipelines of diffusers with noise and embeddings of ours; they have the channels last."""

    def shoot(self, shot: Shot, progress: Progress) -> torch.Tensor:
        """Latents [f, c, h, w], scaled as the transformer has them."""
        import torch

        shooting, size = self.order.shooting, self.order.size
        latents = self.tensor(shot.noise).permute(0, 2, 3, 1)[None]
        given: dict[str, Any] = {}
        if shot.picture is not None:
            given["image"] = fitted(shot.picture, size.width, size.height)
            latents[:, :1] = self._first(shot)
        if self.pipeline.transformer.visual_cond:
            told = torch.zeros(*latents.shape[:-1], 1).to(latents)
            told[:, :1] = float(shot.picture is not None)
            latents = torch.cat([latents, torch.zeros_like(latents), told], dim=-1)
        found = self.pipeline(
            **self._words(shot),
            **given,
            height=size.height,
            width=size.width,
            num_frames=shooting.frames,
            num_inference_steps=shooting.steps,
            guidance_scale=shooting.guidance,
            latents=latents,
            output_type="latent",
            callback_on_step_end=self.watched(progress),
        )
        made: torch.Tensor = found.frames[0].permute(0, 3, 1, 2)
        return made

    def _first(self, shot: Shot) -> torch.Tensor:
        """The picture as a latent frame [1, 1, h, w, c]."""
        vae, size = self.pipeline.vae, self.order.size
        image = fitted(shot.picture, size.width, size.height)
        pixels = self.pipeline.video_processor.preprocess(image, height=size.height, width=size.width)
        encoded = vae.encode(pixels.to(self.device, vae.dtype)[:, :, None]).latent_dist.mode()
        first: torch.Tensor = (encoded * vae.config.scaling_factor).permute(0, 2, 3, 4, 1).float()
        return first

    def _words(self, shot: Shot) -> dict[str, torch.Tensor]:
        """Both embeddings of the prompt at the phase of the shot, and those of what is refused."""
        words = self.order.words
        assert words is not None
        texts = list(words.prompts)
        if self.order.shooting.clips > 1 and self.order.drift.path != "travel":
            texts += [f"{texts[0]}, {variation}" for variation in VARIATIONS]
        read = [self.pipeline.encode_prompt([text], device=self.device) for text in texts]
        told, pooled, lengths = read[0]
        if self.order.shooting.clips > 1:
            told, pooled = self._drifted(read, shot)
        refused = self.pipeline.encode_prompt([words.negative or _REFUSED], device=self.device)
        names = ("prompt_embeds_qwen", "prompt_embeds_clip", "prompt_cu_seqlens")
        given = dict(zip(names, (told, pooled, lengths), strict=True))
        return given | {f"negative_{name}": part for name, part in zip(names, refused, strict=True)}

    def _drifted(self, read: list[Any], shot: Shot) -> tuple[torch.Tensor, torch.Tensor]:
        import numpy as np

        tokens = [one[0][0].float().cpu().numpy() for one in read]
        longest = max(map(len, tokens))
        padded = np.stack([np.pad(one, ((0, longest - len(one)), (0, 0))) for one in tokens])
        pooled = np.stack([one[1][0].float().cpu().numpy() for one in read])[:, None]
        turned = text_on_course(padded, self, shot), text_on_course(pooled, self, shot)
        return self.tensor(turned[0][:, : len(tokens[0])], read[0][0]), self.tensor(turned[1][:, 0], read[0][1])

    def develop(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures of ``latents``: one of the first, four of each other."""
        vae = self.pipeline.vae
        whole = (latents / vae.config.scaling_factor).transpose(0, 1)[None].to(vae.dtype)
        frames: torch.Tensor = vae.decode(whole).sample[0].transpose(0, 1)
        return frames

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        shrink, size = self.pipeline.vae_scale_factor_spatial, self.order.size
        return self.pipeline.transformer.config.in_visual_dim, size.height // shrink, size.width // shrink
