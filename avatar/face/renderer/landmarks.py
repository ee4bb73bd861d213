"""The 68 points that the renderers' crops want, from FaceMesh.

Order of the 68 (iBUG 300-W), left and right as the viewer sees them: jaw 0..16 from left to right, brows 17..21 and
22..26, bridge and tip of the nose 27..30, nostrils 31..35, eyes 36..41 and 42..47, outer lips 48..59, inner lips
60..67, each eye and lip loop clockwise from its left corner.
"""

from __future__ import annotations

import numpy as np

__all__ = ["FACEMESH_68", "points_68"]

# FaceMesh landmark of each of the 68. Jaw points lie on the face's oval, the others on the same feature.
FACEMESH_68 = (
    127, 234, 93, 132, 58, 172, 136, 149, 152, 378, 365, 397, 288, 361, 323, 454, 356,
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
    168, 197, 5, 4, 98, 97, 2, 326, 327,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
    78, 81, 13, 311, 308, 402, 14, 178,
)  # fmt: skip


def points_68(mesh: np.ndarray) -> np.ndarray:
    """Points float64 [68, 2] of FaceMesh landmarks [478, 2 or 3], in the same pixels."""
    return np.asarray(mesh, np.float64)[list(FACEMESH_68), :2]
