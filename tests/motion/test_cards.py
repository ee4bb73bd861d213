"""What the sidecar says of an engine's weights: the digest of the very file that is read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from motion import ENGINES
from motion.embedding import weights_file
from motion.engines.embedded import WEIGHTS
from orchestrator import render

_FILES = {
    "painted": weights_file,
    "embedded": lambda: WEIGHTS / "unet" / "diffusion_pytorch_model.fp16.safetensors",
}


@pytest.mark.parametrize("name", ["painted", "embedded", "solid", "image"])
def test_a_card_names_the_weights_that_the_engine_reads(name: str) -> None:
    card = ENGINES.resolve(name)().card()
    wanted = hashlib.sha256(_FILES[name]().read_bytes()).hexdigest() if name in _FILES else None
    assert card.weights_sha256 == wanted
    assert (card.licence, bool(card.weights_licence)) == ("Apache-2.0", wanted is not None)


def test_the_sidecar_carries_the_digest_of_the_painter_s_weights(small_portrait_png: Path, tmp_path: Path) -> None:
    result = render(
        text="Hi.",
        photo=small_portrait_png,
        output=tmp_path / "a.mp4",
        speech_engine="tone",
        face_engine="still",
        backdrop="calm ocean",
        backdrop_engine="painted",
        size="128x128",
        fps=10,
    )
    card = json.loads(result.sidecar.read_text())["engines"]["backdrop"]
    assert card["name"] == "painted"
    assert card["weights_sha256"] == hashlib.sha256(weights_file().read_bytes()).hexdigest()
