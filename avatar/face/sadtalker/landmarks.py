"""The 68 points that SadTalker's geometry wants, from FaceMesh or from the package face-alignment.

Order of the 68 (iBUG 300-W), left and right as the viewer sees them: jaw 0..16 from left to right, brows 17..21 and
22..26, bridge and tip of the nose 27..30, nostrils 31..35, eyes 36..41 and 42..47, outer lips 48..59, inner lips
60..67, each eye and lip loop clockwise from its left corner.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from avatar.core.errors import EngineError, MissingEngine

__all__ = ["FACEMESH_68", "face_alignment_points", "points_68"]

# FaceMesh landmark of each of the 68. Jaw points lie on the face's oval, the others on the same feature.
FACEMESH_68 = (
    127, 234, 93, 132, 58, 172, 136, 149, 152, 378, 365, 397, 288, 361, 323, 454, 356,
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
    168, 197, 5, 4, 98, 97, 2, 326, 327,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
    78, 81, 13, 311, 308, 402, 14, 178,
)  # fmt: skip
_NETWORK = "2DFAN4-11f355bf06.pth.tar"


def points_68(mesh: np.ndarray) -> np.ndarray:
    """Points float64 [68, 2] of FaceMesh landmarks [478, 2 or 3], in the same pixels."""
    return np.asarray(mesh, np.float64)[list(FACEMESH_68), :2]


def face_alignment_points(pixels: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """Points float64 [68, 2] that face-alignment sees in ``pixels`` uint8 [h, w, 3] where FaceMesh saw ``mesh``
    [478, 2 or 3]; MissingEngine without the package or its weights, which are never downloaded here."""
    low, high = mesh[:, :2].min(0), mesh[:, :2].max(0)
    found = _network().get_landmarks_from_image(pixels, detected_faces=[np.array([*low, *high])])
    if not found:
        raise EngineError("face-alignment found no points on the face: use the face option landmarks=facemesh.")
    return np.asarray(found[0], np.float64)[:, :2]


@functools.lru_cache(maxsize=1)
def _network() -> Any:
    try:
        import face_alignment
    except ImportError as error:
        raise MissingEngine(
            "The face option landmarks=face-alignment needs the package face-alignment: pip install face-alignment, "
            "or leave the option out for FaceMesh."
        ) from error
    _require_weights()
    # The face is known already, so the detector that needs no weights of its own will do.
    return face_alignment.FaceAlignment(
        face_alignment.LandmarksType.TWO_D, device="cpu", face_detector="folder", compile=False
    )


def _require_weights() -> None:
    import torch

    path = Path(torch.hub.get_dir()) / "checkpoints" / _NETWORK
    if not path.is_file():
        raise MissingEngine(
            f"The weights of face-alignment are not here: put {_NETWORK} from www.adrianbulat.com/downloads/python-fan "
            f"into {path.parent}, or leave the face option landmarks out for FaceMesh."
        )
