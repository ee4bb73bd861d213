"""Picture encoders: pictures → unit vectors in which a rotation is a change of what is seen.

    scene.py   the packaged one: the judge's features, laid into the space of the sentence model by least squares
    clip.py    any CLIP of transformers, by folder or id

``encoder_of`` finds one by name. Whoever reads films asks an encoder for the size that it wants to see.
"""

from __future__ import annotations

import functools
from typing import Protocol

import numpy as np

from avatar.core.types import Size

__all__ = ["PACKAGED", "PictureEncoder", "encoder_of"]

PACKAGED = "scene"


class PictureEncoder(Protocol):
    """``name`` as it is asked for, ``dimension`` of its vectors, ``size`` of the pictures that it looks at."""

    name: str
    dimension: int
    size: Size

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        """Unit vectors float32 [n, d] of ``pictures`` uint8 [n, h, w, 3] of ``size``."""
        ...

    def encode_texts(self, texts: list[str]) -> np.ndarray | None:
        """Unit vectors float32 [n, d] of ``texts`` in the same space; None where the encoder has no eye for words."""
        ...


@functools.lru_cache(maxsize=2)
def encoder_of(name: str = PACKAGED) -> PictureEncoder:
    """The encoder ``name``: ``scene``, or the folder or id of a CLIP.

    MissingEngine where transformers or a weight file is missing, OptionError for a name that is no CLIP.
    """
    if name == PACKAGED:
        from motion.encoders.scene import SceneEncoder

        return SceneEncoder.load()
    from motion.encoders.clip import ClipEncoder

    return ClipEncoder.load(name)
