"""I2VGen-XL (Zhang and others, 2023) as a backdrop engine: a picture and words in motion.

The library that carries the pipeline has deprecated it. Its UNet stands; what else is needed is here: which parts a
folder has, how words and picture are read, and the loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from diffusers import DiffusionPipeline

from avatar.core.progress import Progress
from motion.engines.stable_diffusion import Tokens
from motion.engines.svd import fitted
from motion.engines.video import Camera, Shot, VideoModel, denoised
from motion.engines.video_options import Order, Traits

if TYPE_CHECKING:
    import torch

__all__ = ["I2VGenParts", "I2VGenXL"]


class I2VGenParts(DiffusionPipeline):
    """The parts of a folder, and how its words are read."""

    model_cpu_offload_seq = "text_encoder->image_encoder->unet->vae"

    def __init__(
        self,
        vae: Any,
        text_encoder: Any,
        tokenizer: Any,
        image_encoder: Any,
        feature_extractor: Any,
        unet: Any,
        scheduler: Any,
    ) -> None:
        super().__init__()
        self.register_modules(
            vae=vae,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            image_encoder=image_encoder,
            feature_extractor=feature_extractor,
            unet=unet,
            scheduler=scheduler,
        )

    def encode_prompt(
        self,
        prompt: list[str],
        device: str,
        num_images_per_prompt: int,
        do_classifier_free_guidance: bool,
        negative_prompt: list[str] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Tokens [m, t, d] of ``prompt`` and of ``negative_prompt``, from the last layer but one."""
        return self._read(prompt, device), self._read(negative_prompt or [""] * len(prompt), device)

    def _read(self, prompts: list[str], device: str) -> torch.Tensor:
        ids = self.tokenizer(
            prompts,
            padding="max_length",
            max_length=self.tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        ).input_ids
        hidden = self.text_encoder(ids.to(device), output_hidden_states=True).hidden_states[-2]
        text_model: Any = getattr(self.text_encoder, "text_model", self.text_encoder)
        read: torch.Tensor = text_model.final_layer_norm(hidden)
        return read


class I2VGenXL(VideoModel):
    """Picture and prompt to video."""

    traits: ClassVar[Traits] = Traits(
        name="i2vgen-xl",
        classes={"I2VGenXLPipeline": I2VGenParts},
        weights="i2vgen-xl",
        takes=("prompt", "picture"),
        frames=16,
        fps=8.0,
        steps=50,
        guidance=9.0,
        side=950,
        multiple=64,
    )

    def camera(self, pipeline: Any, order: Order) -> I2VGenCamera:
        """The camera of the loaded parts."""
        return I2VGenCamera(pipeline, order)


class I2VGenCamera(Camera):
    """The UNet under words, picture and frame rate."""

    def __init__(self, pipeline: Any, order: Order) -> None:
        super().__init__(pipeline, order)
        self._tokens = Tokens(pipeline, order.loading, self.scheduler, order.shooting.guidance)

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        size, shrink = self.order.size, self._tokens.shrink
        return self._tokens.channels, size.height // shrink, size.width // shrink

    def shoot(self, shot: Shot, progress: Progress) -> torch.Tensor:
        """Latents [f, c, h, w]."""
        import torch

        assert self.order.words is not None
        guidance, unet = self.order.shooting.guidance, self.pipeline.unet
        course = self.course(shot.phases[:1])
        conditions = self._tokens.conditions(self.order.words, course, progress.part(0.0, 0.1))
        guided = guidance > 1.0
        tokens = conditions.of([0], guided)[0]
        seen, begun = self._seen(shot, guided), self._begun(shot, guided)
        rate = torch.tensor([round(self.order.shooting.fps)] * (1 + guided), device=self.device)

        def predict(latents: torch.Tensor, step: Any) -> torch.Tensor:
            stacked = torch.cat([latents.transpose(0, 1)[None]] * (1 + guided)).to(unet.dtype)
            out = unet(
                stacked, step, fps=rate, image_latents=begun, image_embeddings=seen, encoder_hidden_states=tokens
            ).sample.float()
            mixed = out[0] if not guided else out[0] + guidance * (out[1] - out[0])
            return mixed.transpose(0, 1)

        return denoised(self, self.tensor(shot.noise), predict, progress.part(0.1, 1.0))

    def _seen(self, shot: Shot, guided: bool) -> torch.Tensor:
        """The picture as its encoder sees it [1 or 2, 1, d], nothing before it with guidance."""
        import torch

        assert shot.picture is not None
        crop = self.pipeline.feature_extractor.crop_size
        wide, high = (crop[side] if isinstance(crop, dict) else getattr(crop, side) for side in ("width", "height"))
        picture = fitted(shot.picture, wide, high)
        pixels = self.pipeline.feature_extractor(
            images=picture, do_center_crop=False, do_resize=False, return_tensors="pt"
        ).pixel_values
        encoder = self.pipeline.image_encoder
        seen: torch.Tensor = encoder(pixels.to(self.device, encoder.dtype)).image_embeds[:, None]
        return torch.cat([torch.zeros_like(seen), seen]) if guided else seen

    def _begun(self, shot: Shot, guided: bool) -> torch.Tensor:
        """Latents [1 or 2, c, f, h, w]: the picture first, then how far each frame is along the clip."""
        import torch

        size, vae, count = self.order.size, self.pipeline.vae, len(shot.noise)
        assert shot.picture is not None
        import numpy as np

        pixels = np.asarray(fitted(shot.picture, size.width, size.height), np.float32).transpose(2, 0, 1) / 127.5 - 1.0
        first = vae.encode(self.tensor(pixels)[None].to(vae.dtype)).latent_dist.mode() * vae.config.scaling_factor
        share = torch.arange(1, count).to(first) / (count - 1)
        later = share[None, None, :, None, None].expand(1, first.shape[1], -1, *first.shape[2:])
        begun = torch.cat([first[:, :, None], later], dim=2).to(self.pipeline.unet.dtype)
        return torch.cat([begun] * (1 + guided))

    def develop(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures of ``latents``, a few at a time."""
        import torch

        return torch.cat([self._tokens.decode(part) for part in latents.split(4)])
