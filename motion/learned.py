"""What a network learned besides the drawn scenes: captions of somebody's own pictures, kept beside its weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar.core.artefacts import appearing, write_atomically
from avatar.core.errors import MissingEngine
from motion.rotation import Plane, principal_planes

__all__ = ["Learned"]

_FACTS, _VECTORS = "learned.json", "learned.safetensors"
_SURE, _NEAREST, _AROUND = 0.45, 3, 24


@dataclass(frozen=True)
class Learned:
    """``captions`` and their unit ``vectors`` float32 [n, 384]; ``facts``: how the network came about."""

    captions: tuple[str, ...]
    vectors: np.ndarray
    facts: Mapping[str, object]

    @property
    def licence(self) -> str:
        """Whose the weights are, in words."""
        return f"yours: trained on the pictures of {self.facts['pictures']}, from Apache-2.0 weights"

    @classmethod
    def load(cls, folder: Path) -> Learned | None:
        """What ``save`` wrote; None where the network of ``folder`` learned from drawn scenes alone. MissingEngine for
        damaged files."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        if not (folder / _FACTS).exists():
            return None
        try:
            facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
            captions, vectors = tuple(facts.pop("captions")), load_file(folder / _VECTORS)["vectors"]
            if vectors.shape[:1] != (len(captions),) or "pictures" not in facts:
                raise ValueError("captions and vectors disagree")
        except (OSError, ValueError, KeyError, AttributeError, SafetensorError) as error:
            message = f"{_FACTS} or {_VECTORS} in {folder} is missing or damaged: train it again."
            raise MissingEngine(message) from error
        return cls(captions, vectors.astype(np.float32), facts)

    def save(self, folder: Path) -> None:
        """Write captions, vectors and facts beside the weights in ``folder``."""
        from safetensors.numpy import save_file

        with appearing(folder / _VECTORS) as partial:
            save_file({"vectors": self.vectors.astype(np.float32)}, partial)
        written = {**self.facts, "captions": list(self.captions)}
        write_atomically(folder / _FACTS, json.dumps(written, indent=1, ensure_ascii=False).encode() + b"\n")

    def nearest(self, vector: np.ndarray) -> tuple[str, float]:
        """The caption that is nearest to a unit vector [384], and that cosine."""
        cosines = self.vectors @ vector
        best = int(np.argmax(cosines))
        return self.captions[best], float(cosines[best])

    def pulled(self, vector: np.ndarray) -> np.ndarray:
        """``vector`` [384], moved towards the nearest captions where it is far from all of them; unit length."""
        share = float(np.clip((_SURE - self.nearest(vector)[1]) / _SURE, 0.0, 0.7))
        mean = self._around(vector, _NEAREST).mean(axis=0)
        moved = (1.0 - share) * vector + share * mean / np.linalg.norm(mean)
        return (moved / np.linalg.norm(moved)).astype(np.float32)

    def plane(self, vector: np.ndarray) -> Plane | None:
        """The plane, orthogonal to ``vector``, in which the captions near it differ most; None where too few differ."""
        try:
            return principal_planes(self._around(vector, _AROUND).astype(np.float64), 1, vector.astype(np.float64))[0]
        except ValueError:
            return None

    def _around(self, vector: np.ndarray, count: int) -> np.ndarray:
        """The ``count`` different captions' vectors that are nearest."""
        different = np.unique(self.vectors, axis=0)
        return different[np.argsort(different @ vector, kind="stable")[-count:]]
