"""Wan 2.1 and 2.2 as a backdrop engine: words, or words and a picture, to video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from motion.drift import travel
from motion.engines.diffusion import VARIATIONS, drifted, joint_planes
from motion.engines.stable_diffusion import turned_together
from motion.engines.svd import fitted
from motion.engines.video import Camera, Shot, VideoModel
from motion.engines.video_options import Order, Traits

if TYPE_CHECKING:
    import torch

__all__ = ["Wan", "text_on_course"]

_TOKENS = 512


class Wan(VideoModel):
    """Text to video with a WanPipeline, picture and text to video with a WanImageToVideoPipeline."""

    traits: ClassVar[Traits] = Traits(
        name="wan",
        classes={name: name for name in ("WanPipeline", "WanImageToVideoPipeline")},
        weights="wan-2.1-1.3b",
        takes=("prompt", "picture"),
        optional=("picture",),
        frames=81,
        fps=16.0,
        steps=50,
        guidance=5.0,
        side=632,
        multiple=16,
        every=4,
        warm=2,
        half="bfloat16",
        fixed=("scheduler",),
    )

    def camera(self, pipeline: Any, order: Order) -> WanCamera:
        """The camera of a loaded pipeline; OptionError where picture and model do not go together."""
        self.check_picture("ImageToVideo" in type(pipeline).__name__, order)
        return WanCamera(pipeline, order)

    def check_picture(self, takes_one: bool, order: Order) -> None:
        """OptionError where there is a picture and the model takes none, or the other way round."""
        if takes_one and order.picture is None:
            raise OptionError(
                f"This model of {self.traits.name} sets a picture in motion: give it as picture=FILE too."
            )
        if not takes_one and order.picture is not None:
            raise OptionError(
                f"This model of {self.traits.name} takes no picture: leave it out, or take one that does."
            )


class WanCamera(Camera):
    """The pipelines of diffusers with noise and embeddings of ours."""

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        shrink, size = self.pipeline.vae_scale_factor_spatial, self.order.size
        return self.pipeline.vae.config.z_dim, size.height // shrink, size.width // shrink

    def shoot(self, shot: Shot, progress: Progress) -> torch.Tensor:
        """Latents [f, c, h, w], normalised as the transformer has them."""
        shooting, size = self.order.shooting, self.order.size
        told, refused = self._embedded(shot)
        given: dict[str, Any] = {}
        if shot.picture is not None:
            given["image"] = fitted(shot.picture, size.width, size.height)
        found = self.pipeline(
            prompt_embeds=told,
            negative_prompt_embeds=refused,
            height=size.height,
            width=size.width,
            num_frames=shooting.frames,
            num_inference_steps=shooting.steps,
            guidance_scale=shooting.guidance,
            generator=self.draw(f"wan/{shot.index}"),
            latents=self.tensor(shot.noise).transpose(0, 1)[None],
            output_type="latent",
            callback_on_step_end=self.watched(progress),
            **given,
        )
        latents: torch.Tensor = found.frames[0].transpose(0, 1)
        return latents

    def _embedded(self, shot: Shot) -> tuple[torch.Tensor, torch.Tensor]:
        """The tokens of the prompt at the phase of the shot, and those of what is refused [1, t, d]."""
        words = self.order.words
        assert words is not None
        texts = list(words.prompts)
        if self.order.shooting.clips > 1 and self.order.drift.path != "travel":
            texts += [f"{texts[0]}, {variation}" for variation in VARIATIONS]
        told, refused = self._read(texts), self._read([words.negative or ""])
        tokens = told.float().cpu().numpy()
        turned = text_on_course(tokens, self, shot) if self.order.shooting.clips > 1 else tokens[:1]
        return self.tensor(turned, told), refused

    def _read(self, texts: list[str]) -> torch.Tensor:
        """The tokens of ``texts`` [m, t, d], zero after the end of each; read here because the pipelines clean texts by
        a library that is not needed."""
        encoder = self.pipeline.text_encoder
        written = self.pipeline.tokenizer(
            [" ".join(text.split()) for text in texts],
            padding="max_length",
            max_length=_TOKENS,
            truncation=True,
            return_tensors="pt",
        ).to(self.device)
        read = encoder(written.input_ids, written.attention_mask).last_hidden_state
        tokens: torch.Tensor = read * written.attention_mask[..., None].to(read.dtype)
        return tokens

    def develop(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures of ``latents``: one of the first, four of each other."""
        vae = self.pipeline.vae
        mean, spread = (latents.new_tensor(values)[:, None, None] for values in
                        (vae.config.latents_mean, vae.config.latents_std))  # fmt: skip
        whole = (latents * spread + mean).transpose(0, 1)[None].to(vae.dtype)
        frames: torch.Tensor = vae.decode(whole, return_dict=False)[0][0].transpose(0, 1)
        return frames


def text_on_course(tokens: np.ndarray, camera: Camera, shot: Shot) -> np.ndarray:
    """Tokens [1, t, d] at the phase of ``shot``, of those of the prompt and its variations [m, t, d], or of two prompts
    for a travel: all tokens turn as their mean does."""
    course = camera.course(shot.phases[:1])
    if course.drift.path == "travel":
        return travel(tokens[0], tokens[1], course.phases)
    means = tokens.sum(axis=1) / np.maximum(1, (np.abs(tokens).sum(axis=2) > 0).sum(axis=1, keepdims=True))
    planes = joint_planes([means])[0]
    return turned_together(tokens[0], means[0], drifted(means[0], planes, course.drift.strengths.text, course))
