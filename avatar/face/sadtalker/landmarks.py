"""The 68 points of SadTalker's geometry from the package face-alignment, in place of those from FaceMesh."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from avatar.core.errors import EngineError, MissingEngine

__all__ = ["face_alignment_points"]

_NETWORK = "2DFAN4-11f355bf06.pth.tar"


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
