"""CLIP of transformers as a picture encoder, by folder or id on the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.types import Size

if TYPE_CHECKING:
    import torch

__all__ = ["ClipEncoder"]

_MEAN = (0.48145466, 0.4578275, 0.40821073)  # of the pictures that CLIP was trained on, as OpenAI published them
_DEVIATION = (0.26862954, 0.26130258, 0.27577711)
_BATCH = 16


class ClipEncoder:
    """Projected image embeddings; texts where the folder has the text half and its tokenizer."""

    def __init__(self, name: str, vision: Any, text: tuple[Any, Any] | None = None) -> None:
        side = int(vision.config.image_size)
        self.name, self.dimension, self.size = name, int(vision.config.projection_dim), Size(side, side)
        self._vision, self._text = vision.eval(), text

    @classmethod
    def load(cls, name: str) -> ClipEncoder:
        """Read the model; MissingEngine without transformers, OptionError for what is no CLIP."""
        try:
            from transformers import CLIPVisionModelWithProjection
        except ImportError as error:
            raise MissingEngine('A CLIP encoder needs transformers: pip install "govorun[diffusion]".') from error
        try:
            vision = _whole(CLIPVisionModelWithProjection, name)
        except (OSError, ValueError, RuntimeError) as error:
            raise OptionError(
                f"Encoder {name!r} is no CLIP that can be loaded: give scene, or the folder or id of a CLIP with image "
                "projection, such as openai/clip-vit-base-patch32."
            ) from error
        return cls(name, vision, _text_half(name))

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        """Unit vectors float32 [n, d] of ``pictures`` uint8 [n, side, side, 3]."""
        import torch

        found = []
        with torch.inference_mode():
            for first in range(0, len(pictures), _BATCH):
                found.append(self._vision(pixel_values=_normalised(pictures[first : first + _BATCH])).image_embeds)
        return _unit(torch.cat(found).float().numpy())

    def encode_texts(self, texts: list[str]) -> np.ndarray | None:
        """Unit vectors float32 [n, d] of ``texts``; None where there is no text half."""
        import torch

        if self._text is None:
            return None
        tokenizer, model = self._text
        tokens = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            return _unit(model(**tokens).text_embeds.float().numpy())


def _text_half(name: str) -> tuple[Any, Any] | None:
    from transformers import CLIPTextModelWithProjection, CLIPTokenizer

    try:
        model, tokenizer = _whole(CLIPTextModelWithProjection, name), CLIPTokenizer.from_pretrained(name)
    except (OSError, ValueError, RuntimeError, TypeError):
        return None
    # a folder without the files of a tokenizer gives one that knows next to no words
    return (tokenizer, model) if 2 * tokenizer.vocab_size > model.config.vocab_size else None


def _whole(kind: Any, name: str) -> Any:
    """The model with all its weights; ValueError where some are missing, which transformers would draw at random."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()  # the other half of a CLIP is no reason for a report of a hundred lines
    try:
        model, told = kind.from_pretrained(name, output_loading_info=True)
    finally:
        logging.set_verbosity(before)
    if told["missing_keys"]:
        raise ValueError(f"{name} lacks {len(told['missing_keys'])} weights of {kind.__name__}")
    return model


def _normalised(pictures: np.ndarray) -> torch.Tensor:
    import torch

    planes = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 255.0
    mean, deviation = (torch.tensor(values)[:, None, None] for values in (_MEAN, _DEVIATION))
    return (planes - mean) / deviation


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
