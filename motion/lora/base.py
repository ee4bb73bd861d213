"""The model that a LoRA is trained on: which kind it is follows from its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from avatar.core import weights
from avatar.core.errors import MissingEngine, OptionError
from avatar.core.places import cache_folder
from motion.engines.diffusion_weights import Loading, load_folder, model_folder, place, require_extra
from motion.engines.tuned import unet_digest
from motion.lora.config import Config
from motion.lora.moving import MovingObjective
from motion.lora.objective import Objective
from motion.lora.still import StillObjective

__all__ = ["Base"]

_KINDS: dict[str, type[Objective]] = {
    "StableDiffusionPipeline": StillObjective,
    "StableVideoDiffusionPipeline": MovingObjective,
}
_READERS = ("text_encoder", "image_encoder")
_MOST_CAPTIONS = 200


@dataclass(frozen=True)
class Base:
    """The model in ``folder``, its ``pipeline`` as its index says, and the SHA-256 of its UNet as ``digest``."""

    folder: Path
    pipeline: str
    digest: str
    loading: Loading

    @classmethod
    def of(cls, config: Config, loading: Loading) -> Base:
        """The model that is asked for, looked at and not loaded.

        OptionError for another kind of model, and for pictures where it needs films; MissingEngine for an extra,
        weights or files that are not here.
        """
        _require_peft()
        folder = model_folder(weights.resolve(config.model, cache_folder()), loading.variant)
        try:
            said = json.loads((folder / "model_index.json").read_text("utf-8"))["_class_name"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MissingEngine(
                f"{folder} is no folder in diffusers' layout: its model_index.json cannot be read."
            ) from error
        if said not in _KINDS:
            raise OptionError(f"Model {config.model} is a {said}: a LoRA is trained for {' or '.join(_KINDS)}.")
        if config.pictures and not _KINDS[said].takes_pictures:
            raise OptionError(f"Model {config.model} learns from films: give --films DIR instead of --pictures.")
        return cls(folder, said, unet_digest(folder, loading.variant), loading)

    @property
    def kind(self) -> str:
        """The engine that its LoRA is for."""
        return _KINDS[self.pipeline].kind

    def loaded(self) -> Any:
        """The pipeline on its device; what turns pictures into latents stays in float32."""
        pipeline = load_folder(self.folder, {self.pipeline: self.pipeline}, self.loading)
        pipeline.vae.to(dtype=torch.float32)
        return place(pipeline, self.loading)

    def objective(self, pipeline: Any, config: Config, device: str) -> Objective:
        """What is trained on ``pipeline``."""
        return _KINDS[self.pipeline](pipeline, config, device)

    def forget_readers(self, pipeline: Any) -> None:
        """Free what reads words and pictures: all of these are read."""
        for name in _READERS:
            if hasattr(pipeline, name):
                setattr(pipeline, name, None)
        if self.loading.device != "cpu":
            torch.cuda.empty_cache()

    def card(self, config: Config, captions: Sequence[str]) -> dict[str, Any]:
        """What is known before training; no path of this machine."""
        is_path = Path(config.model).expanduser().exists()
        return {
            "name": config.name,
            "kind": self.kind,
            "pipeline": self.pipeline,
            "base": Path(config.model).resolve().name if is_path else config.model,
            "base_sha256": self.digest,
            "rank": config.rank,
            "alpha": config.alpha or config.rank,
            "seed": config.seed,
            "captions": [caption for caption in captions if caption][:_MOST_CAPTIONS],
            "licence": "of the base model: read it on its page",
        }


def _require_peft() -> None:
    import importlib.util

    require_extra()
    if importlib.util.find_spec("peft") is None:
        raise MissingEngine("Training a LoRA needs peft: pip install 'govorun[diffusion]'.")
