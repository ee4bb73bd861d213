"""Pictures come to CLIP as they came to it in its training."""

from __future__ import annotations

import numpy as np
import pytest

from motion.encoders.clip import _normalised


def test_pictures_are_normalised_as_transformers_does_it() -> None:
    processors = pytest.importorskip("transformers.models.clip.image_processing_pil_clip")
    pictures = np.random.default_rng(3).integers(0, 256, (2, 8, 8, 3), np.uint8)
    processor = processors.CLIPImageProcessorPil(do_resize=False, do_center_crop=False)
    theirs = processor([*pictures], return_tensors="np", input_data_format="channels_last")["pixel_values"]
    np.testing.assert_allclose(_normalised(pictures).numpy(), theirs, atol=1e-6)
