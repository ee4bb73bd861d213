"""Models that are tuned, and strips of few steps: what they show is looked at, not how well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from motion.lora import moving, still
from tests.diffusion_models import save_stable_diffusion, save_stable_diffusion_2
from tests.video_models import save_controlnet, save_motion_adapter, save_svd


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model of each kind (noise is predicted, velocity is, a film), and what engines need beside the first."""
    makers = {"sd": save_stable_diffusion, "sd2": save_stable_diffusion_2, "svd": save_svd,
              "adapter": save_motion_adapter, "controlnet": save_controlnet}  # fmt: skip
    folder = tmp_path_factory.mktemp("tuned-models")
    return {name: make(folder / name) for name, make in makers.items()}


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where runs lie that several tests look at."""
    return tmp_path_factory.mktemp("lora")


@pytest.fixture(autouse=True, scope="session")
def _quick_strips() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (moving, still):
            patch.setattr(module, "_STEPS", 2)
        yield
