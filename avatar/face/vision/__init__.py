"""What is seen in a picture: faces, their 478 points, and who is a person and what is not.

The networks are MediaPipe's, run by LiteRT; what surrounds them (anchors, regions, the cutouts of the attention mesh)
is here. They are weights like others: ``govorun models pull face``.
"""

from __future__ import annotations

from avatar.face.vision.detector import FAR, NEAR, Detection, Detector, Reach
from avatar.face.vision.mesh import FaceMesh
from avatar.face.vision.network import WEIGHTS, fetch_networks
from avatar.face.vision.segmenter import Segmenter

__all__ = ["FAR", "NEAR", "WEIGHTS", "Detection", "Detector", "FaceMesh", "Reach", "Segmenter", "fetch_networks"]
