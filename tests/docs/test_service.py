"""What docs/service.md, deploy.md and scaling.md say of the service is done."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from avatar.core.media import probe
from orchestrator.api.app import create_app
from orchestrator.settings import PREFIX, Settings
from tests.service.live import LiveService, live_service

__all__ = ["live_service"]

ROOT = Path(__file__).parents[2]
SERVICE = (ROOT / "docs" / "service.md").read_text()
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def folder(portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with me.jpg in it."""
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    with Image.open(portrait_png) as photo:
        photo.save("me.jpg", quality=95)
    return tmp_path


@pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_the_python_example_runs(live_service: LiveService, folder: Path) -> None:
    block = re.search(r"```python\n(.*?)```", SERVICE, re.S)
    assert block is not None
    names: dict[str, object] = {}
    exec(compile(block[1].replace(ADDRESS, live_service.url), "service.md", "exec"), names)
    assert probe(folder / "hello.mp4").size.width == 512
    assert "Hello!" in (folder / "hello.srt").read_text()
    _try_curl(live_service, folder, names["video"].id)  # type: ignore[attr-defined]


def _try_curl(service: LiveService, folder: Path, video: str) -> None:
    """The same video by the examples with curl."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed: its examples are not tried")
    (folder / "hello.mp4").unlink()
    commands = re.findall(r"^curl .*$", SERVICE, re.M)
    assert len(commands) == 3
    for command in commands:
        words = shlex.split(command.replace(ADDRESS, service.url).replace("video_0123", video))
        done = subprocess.run([*words, "--silent", "--fail"], capture_output=True, text=True, check=True)
        assert '"error":null' in done.stdout or "-o" in words
    assert probe(folder / "hello.mp4").size.width == 512


def test_every_request_of_the_table_is_there(tmp_path: Path) -> None:
    paths = create_app(Settings(data_dir=tmp_path)).openapi()["paths"]
    there = {
        (method.upper(), re.sub(r"\{\w+\}", "{id}", path)) for path, methods in paths.items() for method in methods
    }
    table = "\n".join(line.split("|")[1] for line in SERVICE.splitlines() if line.startswith("| `"))
    asked, method = set(), ""
    for verb, path in re.findall(r"`(?:(GET|POST|DELETE) )?(/[^`?]*)", table):
        method = verb or method
        asked.add((method, re.sub(r"\{\w+\}", "{id}", path)))
    assert len(asked) >= 15
    assert asked <= there


def test_settings_of_the_documents_exist() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in ("service", "deploy", "scaling"):
        text = (ROOT / "docs" / f"{name}.md").read_text()
        assert set(re.findall(rf"{PREFIX}[A-Z0-9_]+", text)) <= known


def test_the_readme_leads_here() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "docs/service.md" in readme
    for name in ("deploy", "scaling"):
        assert f"{name}.md" in SERVICE
