"""Whether memory holds the weights of a model: what is counted, where, and what is advised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest
from safetensors.numpy import save_file

from avatar.core.errors import EngineError
from motion.engines import weighing
from motion.engines.diffusion_weights import Loading
from motion.engines.weighing import check_memory


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """Two parts of a model: 1000 and 500 numbers."""
    found = []
    for name, count in (("unet", 1000), ("vae", 500)):
        found.append(tmp_path / name)
        found[-1].mkdir()
        save_file({"one": np.zeros((count // 10, 10), np.float16)}, found[-1] / "model.safetensors")
    return found


def free(monkeypatch: pytest.MonkeyPatch, main: int = 10**9, gpu: int = 10**9) -> None:
    monkeypatch.setattr(weighing, "_free_main", lambda: main)
    monkeypatch.setattr(weighing, "_free_gpu", lambda device: gpu if device == "cuda:1" else 0)


@pytest.mark.parametrize(("precision", "needed"), [("float32", 6000), ("float16", 3000), ("bfloat16", 3000)])
def test_main_memory_holds_all_parts_together(
    parts: list[Path], monkeypatch: pytest.MonkeyPatch, precision: str, needed: int
) -> None:
    free(monkeypatch, main=needed)
    check_memory(Path("big"), parts, Loading("cpu", precision))
    free(monkeypatch, main=needed - 1)
    with pytest.raises(EngineError, match=r"main memory has 0.0 GB free: choose a smaller model, or a larger machine"):
        check_memory(Path("big"), parts, Loading("cpu", precision))


@pytest.mark.parametrize(("offload", "needed"), [("none", 3000), ("model", 2000), ("sequential", 0)])
def test_a_gpu_holds_all_of_them_or_the_largest_or_none(
    parts: list[Path], monkeypatch: pytest.MonkeyPatch, offload: str, needed: int
) -> None:
    loading = Loading("cuda:1", "float16", offload)
    free(monkeypatch, gpu=needed)
    check_memory(Path("big"), parts, loading)
    free(monkeypatch, gpu=needed - 1)
    if offload == "sequential":
        check_memory(Path("big"), parts, loading)
        return
    with pytest.raises(EngineError, match="cuda:1 has"):
        check_memory(Path("big"), parts, loading)


def test_a_model_without_parts_fits_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, main=0, gpu=0)
    check_memory(Path("empty"), [], Loading("cuda:1", "float16", "model"))


@pytest.mark.parametrize(
    ("loading", "main", "advice"),
    [
        (Loading("cuda:1", "float32"), 0, "try --backdrop-option precision=float16."),
        (Loading("cuda:1", "float16"), 0, "choose a smaller model, or a larger machine."),
        (Loading("cuda:1", "float32"), 10**9, "try --backdrop-option precision=float16 and offload=model."),
        (Loading("cuda:1", "float16"), 10**9, "try --backdrop-option offload=model."),
        (Loading("cuda:1", "float16", "model"), 10**9, "try --backdrop-option offload=sequential."),
        (Loading("cpu", "float32"), 0, "choose a smaller model, or a larger machine."),
    ],
)
def test_what_is_advised_is_what_can_still_help(
    parts: list[Path], monkeypatch: pytest.MonkeyPatch, loading: Loading, main: int, advice: str
) -> None:
    free(monkeypatch, main=main, gpu=0)
    with pytest.raises(EngineError) as raised:
        check_memory(Path("big"), parts, loading)
    assert str(raised.value).endswith(f"free: {advice}")


def test_weights_and_memory_are_told_in_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "parameters", lambda part, variant: {"fp16": 1_600_000_000}[variant])
    free(monkeypatch, main=2_460_000_000)
    with pytest.raises(EngineError) as raised:
        check_memory(Path("big"), [Path("unet")], Loading("cpu", "float16", variant="fp16"))
    told = "Backdrop model big has 3.2 GB of weights as float16 and main memory has 2.5 GB free: "
    assert str(raised.value).startswith(told)


def test_main_memory_is_what_the_system_says_is_available() -> None:
    assert 0.3 < weighing._free_main() / psutil.virtual_memory().available < 3.0
