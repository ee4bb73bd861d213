"""What every test gets: folders of its own, one thread per library, photos that the tests make themselves."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("hypothesis"):  # an extra's environment has none
    from hypothesis import HealthCheck, settings

    settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("busy")  # how long an example takes says nothing where others have the cores

collect_ignore = [] if find_spec("TTS") else ["coqui"]
"""The tests of an extra run where it is installed: make test-coqui."""


_LONGEST = (
    "test_random_kills",
    "test_faults",
    "test_speech_quality",
    "test_brokers",
    "test_page.py",
    "test_serve",
    "sadtalker",
)
"""Parts of names of files that take minutes: they begin first, so that the end of the run is not one of them alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, in the order of the files: where tests run side by side, those of a file stay together."""
    items.sort(key=lambda item: next((k for k, name in enumerate(_LONGEST) if name in str(item.path)), len(_LONGEST)))


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing of the user's own cache and settings is read or written."""
    for key in [key for key in os.environ if key.startswith("GOVORUN_")]:
        del os.environ[key]
    os.environ["GOVORUN_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["GOVORUN_DATA_DIR"] = str(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def portrait_png(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photo of a face that scikit-image carries, 512 px."""
    import skimage

    path = tmp_path_factory.mktemp("photos") / "astronaut.png"
    skimage.io.imsave(path, skimage.data.astronaut(), check_contrast=False)
    return path


@pytest.fixture(scope="session")
def small_portrait_png(tmp_path_factory: pytest.TempPathFactory, portrait_png: Path) -> Path:
    """The head of the same photo at 256 px."""
    from PIL import Image

    path = tmp_path_factory.mktemp("photos") / "head.png"
    with Image.open(portrait_png) as photo:
        photo.crop((96, 0, 352, 256)).save(path)
    return path


@pytest.fixture(scope="session")
def landscape_png(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture with nobody in it."""
    from PIL import Image

    path = tmp_path_factory.mktemp("photos") / "landscape.png"
    rows = np.linspace(40, 200, 240, dtype=np.uint8)[:, None, None]
    Image.fromarray(np.broadcast_to(rows, (240, 320, 3)).copy()).save(path)
    return path


@pytest.fixture(scope="session")
def diffusion_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny models with random weights in the layout of the real ones: sd1, sd2, sdxl, and the decoder of kandinsky."""
    from tests import diffusion_models as tiny

    folder = tmp_path_factory.mktemp("models")
    return {
        "sd1": tiny.save_stable_diffusion(folder / "sd1"),
        "sd2": tiny.save_stable_diffusion_2(folder / "sd2"),
        "sdxl": tiny.save_stable_diffusion_xl(folder / "sdxl"),
        "kandinsky": tiny.save_kandinsky(folder),
    }


@pytest.fixture(scope="session")
def video_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny video models with random weights in the layout of the real ones, by name."""
    from tests.video_models import save_video_models

    return save_video_models(tmp_path_factory.mktemp("video-models"))


@pytest.fixture(scope="session")
def sadtalker_weights() -> Iterator[Path]:
    """A folder with SadTalker's three files in the published layout, its weights drawn by a rule (800 MB)."""
    from tests.sadtalker_weights import save_official

    with tempfile.TemporaryDirectory(prefix="sadtalker-") as name:
        save_official(Path(name))
        yield Path(name)


@pytest.fixture(scope="session")
def liveportrait_weights() -> Iterator[Path]:
    """A folder with LivePortrait's five files in the published layout, their weights drawn by a rule (520 MB)."""
    from tests.liveportrait_weights import save_official

    with tempfile.TemporaryDirectory(prefix="liveportrait-") as name:
        save_official(Path(name))
        yield Path(name)
