"""What `govorun models pull` takes from the hub is what the engines load: tiny models under the real names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar.core import web
from avatar.core.manifest import manifests
from avatar.core.places import cache_folder
from avatar.core.weights import pull
from orchestrator.cli import main
from tests.loopback import Loopback

_QUICK = ("steps=2", "keyframes=4", "pictures=8")
_LEFT_THERE = {
    "README.md": b"words",
    "original.safetensors": b"the same weights in another layout",
    "unet/diffusion_pytorch_model.bin": b"the same weights, pickled",
    "unet/diffusion_pytorch_model.fp16.safetensors": b"the same weights at half precision",
}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server in the place of the Hugging Face hub, and an empty cache."""
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(web, "_PAUSES", (0.0,) * 4)
    with Loopback() as server:
        monkeypatch.setenv("GOVORUN_MODELS_URL", server.url)
        yield server


def serve(hub: Loopback, name: str, *folders: Path) -> set[str]:
    """Serve a folder as each repository of the weights ``name``, with what such repositories also hold; the paths that
    should arrive."""
    expected = set()
    for wanted, folder in zip(manifests()[name].hub, folders, strict=True):
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        hub.serve_repository(wanted.repository, wanted.revision, {**files, **_LEFT_THERE}, large=".safetensors")
        expected |= {f"{wanted.into}/{path}".strip("/") for path in files}
    return expected


def arrived(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.name != "weights.lock"}


def draw(engine: str, name: str, output: Path) -> int:
    words = ["backdrop", "calm ocean", "--backdrop-engine", engine, "--backdrop-model", name, "-o", str(output)]
    quick = [word for option in _QUICK for word in ("--backdrop-option", option)]
    prior = ["--backdrop-option", "prior_steps=2"] if engine == "kandinsky" else []
    return main.run([*words, *quick, *prior, "--size", "128x128", "--fps", "10", "--seconds", "2"])


@pytest.mark.parametrize(
    ("name", "models"),
    [
        ("stable-diffusion-1.5", ("sd1",)),
        ("stable-diffusion-2.1", ("sd2",)),
        ("sdxl", ("sdxl",)),
        ("kandinsky-2.2", ("tiny-prior", "kandinsky")),
    ],
)
def test_backdrops_are_drawn_with_what_was_pulled(
    hub: Loopback,
    diffusion_models: dict[str, Path],
    tmp_path: Path,
    name: str,
    models: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = "kandinsky" if name.startswith("kandinsky") else "stable-diffusion"
    output = tmp_path / "sea.mp4"
    assert draw(engine, name, output) == 8
    assert f"`govorun models pull {name}`" in capsys.readouterr().err
    folders = {**diffusion_models, "tiny-prior": diffusion_models["kandinsky"].with_name("tiny-prior")}
    expected = serve(hub, name, *(folders[model] for model in models))
    assert arrived(pull(name, cache_folder())) == expected
    assert draw(engine, name, output) == 0
    assert output.stat().st_size > 1000


@pytest.mark.parametrize("name", ["svd", "animatediff-adapter"])
def test_video_models_are_found_by_their_engine_once_they_are_pulled(
    hub: Loopback, video_models: dict[str, Path], landscape_png: Path, tmp_path: Path, name: str
) -> None:
    output = tmp_path / "sea.mp4"
    quick = [word for option in ("steps=2", "frames=4", "side=64") for word in ("--backdrop-option", option)]
    place = ["--backdrop-engine", "svd", f"@{landscape_png}"]
    if name != "svd":
        place = ["--backdrop-engine", "animatediff", "calm ocean", "--backdrop-model", str(video_models["sd"])]
    words = ["backdrop", *place, *quick, "--size", "128x128", "--fps", "10", "--seconds", "2", "-o", str(output)]
    assert main.run(words) == 8
    serve(hub, name, video_models[name.removeprefix("animatediff-")])
    pull(name, cache_folder())
    assert main.run(words) == 0


def test_xtts_comes_with_the_files_that_it_loads(hub: Loopback, tmp_path: Path) -> None:
    wanted = manifests()["xtts-v2"].hub[0]
    needed = ("config.json", "model.pth", "vocab.json", "speakers_xtts.pth", "LICENSE.txt")
    others = ("dvae.pth", "mel_stats.pth", "hash.md5", "README.md", "samples/en_sample.wav")
    hub.serve_repository(
        wanted.repository, wanted.revision, {path: path.encode() for path in (*needed, *others)}, large=".pth"
    )
    assert arrived(pull("xtts-v2", tmp_path)) == set(needed)
