"""What a continued training run learns from and is judged by: the pictures of a folder and drawn scenes, as latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from avatar.core.progress import Progress
from motion.drift import generator_for
from motion.generator.codec import Codec
from motion.generator.dataset import PICTURE_SIZES, SHAPES_IN_TURN, Example, drawn_example, soften_picture
from motion.generator.pictures import Captioned, read_picture, shaped
from motion.scenes.families import FAMILIES

__all__ = ["Known", "Material", "material_of"]

Known = tuple[torch.Tensor, torch.Tensor]
"""Latents [n, 12, h, w] and the unit vectors [n, 384] of what they show."""

_WIDE = PICTURE_SIZES[0]
_CHECKED_SEED = 4_000_000  # drawn scenes that nothing is trained on
_FEWEST_ASIDE = 2


@dataclass(frozen=True)
class Material:
    """``learned`` and ``drawn``: by picture size, in half precision, as they are and mirrored. ``aside``: wide latents
    of the pictures that are kept aside, ``checked`` of drawn scenes that nothing is trained on, both float32.

    ``captions`` and ``vectors`` [n, 384] of the pictures that are learned from. ``shown``: what was kept aside, and in
    ``seen`` its pictures float32 [n, 3, 128, 224]. ``count`` of all pictures; ``notes`` on the captions.
    """

    learned: dict[tuple[int, int], Known]
    drawn: dict[tuple[int, int], Known]
    aside: Known
    checked: Known
    captions: tuple[str, ...]
    vectors: np.ndarray
    shown: tuple[Captioned, ...]
    seen: torch.Tensor
    count: int
    notes: tuple[str, ...] = ()

    def batch(self, size: tuple[int, int], count: int, draw: np.random.Generator) -> Known:
        """``count`` latents of pictures of ``size`` with their vectors; half of them drawn scenes where there are
        some."""
        known = count // 2 if size in self.drawn else 0
        parts = [_some(self.learned[size], count - known, draw)]
        if known:
            parts.append(_some(self.drawn[size], known, draw))
        return torch.cat([latents for latents, _ in parts]), torch.cat([vectors for _, vectors in parts])


def material_of(
    pictures: Sequence[Captioned], codec: Codec, drawn: int, aside: float, seed: int, progress: Progress
) -> Material:
    """The material of ``pictures`` and of as many ``drawn`` scenes; ``seed`` says which share ``aside`` of the pictures
    is kept aside."""
    from motion.embedding import embed

    order = generator_for(seed, "kept aside").permutation(len(pictures))
    count = max(_FEWEST_ASIDE, round(aside * len(pictures)))
    kept, rest = sorted(order[:count].tolist()), sorted(order[count:].tolist())
    vectors = torch.from_numpy(embed([one.english for one in pictures]).astype(np.float32))
    learned = _learned([pictures[k] for k in rest], vectors[rest], codec, progress.part(0.0, 0.3))
    seen = _planes(np.stack([_softened(pictures[k], _WIDE) for k in kept]))
    unknown = sorted({word for one in pictures for word in one.unknown})
    notes = (f"words that the text model does not read are left out: {', '.join(unknown)}",) if unknown else ()
    return Material(
        learned=learned,
        drawn=_drawn(drawn, codec, progress.part(0.3, 0.9)),
        aside=(codec.encode(seen), vectors[kept]),
        checked=_encoded([drawn_example(k, _WIDE, _CHECKED_SEED) for k in range(len(FAMILIES))], codec),
        captions=tuple(pictures[k].caption for k in rest),
        vectors=vectors[rest].numpy(),
        shown=tuple(pictures[k] for k in kept),
        seen=seen,
        count=len(pictures),
        notes=notes,
    )


def _learned(
    pictures: Sequence[Captioned], vectors: torch.Tensor, codec: Codec, progress: Progress
) -> dict[tuple[int, int], Known]:
    """Each picture in each shape."""
    rows: dict[tuple[int, int], list[torch.Tensor]] = {size: [] for size in PICTURE_SIZES}
    for k, one in enumerate(pictures):
        picture = read_picture(one.path)
        for size in PICTURE_SIZES:
            rows[size].append(_planes(soften_picture(shaped(picture, size), size)[None]))
        progress((k + 1) / len(pictures), f"preparing {one.path.name}")
    return {size: _mirrored(torch.cat(planes), vectors, codec) for size, planes in rows.items()}


def _drawn(count: int, codec: Codec, progress: Progress) -> dict[tuple[int, int], Known]:
    """Drawn scenes, a round of families in one shape and the next round in another."""
    examples: dict[tuple[int, int], list[Example]] = {}
    for number in range(count):
        size = SHAPES_IN_TURN[number // len(FAMILIES) % len(SHAPES_IN_TURN)]
        examples.setdefault(size, []).append(drawn_example(number, size))
        progress((number + 1) / count, "drawing scenes")
    found = {}
    for size, some in examples.items():
        planes = _planes(np.stack([one.picture for one in some]))
        found[size] = _mirrored(planes, torch.from_numpy(np.stack([one.vector for one in some])), codec)
    return found


def _encoded(examples: Sequence[Example], codec: Codec) -> Known:
    planes = _planes(np.stack([one.picture for one in examples]))
    return codec.encode(planes), torch.from_numpy(np.stack([one.vector for one in examples]))


def _mirrored(planes: torch.Tensor, vectors: torch.Tensor, codec: Codec) -> Known:
    """Latents of the pictures [n, 3, h, w] and of their mirrors, in half precision, with the vectors of both."""
    return codec.encode(torch.cat([planes, planes.flip(-1)])).half(), torch.cat([vectors, vectors])


def _some(known: Known, count: int, draw: np.random.Generator) -> Known:
    rows = torch.from_numpy(draw.integers(len(known[0]), size=count))
    return known[0][rows].float(), known[1][rows]


def _softened(one: Captioned, size: tuple[int, int]) -> np.ndarray:
    return soften_picture(shaped(read_picture(one.path), size), size)


def _planes(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()
