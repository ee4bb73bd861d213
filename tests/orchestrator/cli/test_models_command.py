"""`govorun models`: the list, pulling, paths and removing, as a user meets them."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar.core import manifest, web
from avatar.core.progress import Progress
from orchestrator.cli import main
from orchestrator.cli.commands import models
from orchestrator.cli.diagnosis import diagnose
from orchestrator.settings import load_settings
from tests.loopback import Loopback

NET = random.Random(3).randbytes(300_000)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server, and manifests that lead there: "nets" of two files, the second without a checksum."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(web, "_PAUSES", (0.0,) * 4)
    with Loopback() as loopback:
        loopback.files.update({"/a.bin": NET, "/b.bin": NET[::-1]})
        _ship(loopback, tmp_path / "manifests", monkeypatch)
        yield loopback
    manifest.manifests.cache_clear()


def _ship(loopback: Loopback, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [
        {"path": "a.bin", "url": f"{loopback.url}/a.bin", "size": len(NET), "sha256": hashlib.sha256(NET).hexdigest()},
        {"path": "b.bin", "url": f"{loopback.url}/b.bin", "size": len(NET)},
    ]
    folder.mkdir()
    written = {"name": "nets", "purpose": "an engine", "licence": "CC0-1.0", "revision": "1", "files": files}
    (folder / "nets.json").write_text(json.dumps(written))
    monkeypatch.setattr(manifest, "_FOLDER", folder)
    manifest.manifests.cache_clear()


def run(*words: str) -> int:
    return main.run(["models", *words])


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert run("--json") == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_the_list_says_what_for_how_large_and_under_which_licence(
    server: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    shown = capsys.readouterr().out
    for word in ("nets", "an engine", "CC0-1.0", "0.6 MB", "not here"):
        assert word in shown
    assert server.requests == []


def test_pull_path_and_remove(server: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "cache/weights/nets"
    assert run("pull", "nets") == 0
    shown = capsys.readouterr()
    assert shown.out == f"{folder}\n"
    assert "licence: CC0-1.0" in shown.err
    assert "nobody published a checksum of b.bin" in shown.err
    assert "a.bin;" not in shown.err
    assert listed(capsys)[0]["state"] == "ready"
    assert run("path", "nets") == 0
    assert capsys.readouterr().out == f"{folder}\n"
    assert run("remove", "nets") == 0
    assert "0.6 MB" in capsys.readouterr().out
    assert not folder.exists()
    assert run("path", "nets") == 8
    assert "govorun models pull nets" in capsys.readouterr().err
    assert run("remove", "nets") == 2
    assert run("remove", "../..") == 2


@pytest.mark.parametrize("words", [("--cache", "{}", "pull", "nets"), ("pull", "nets", "--cache", "{}")])
def test_another_cache_folder(server: Loopback, tmp_path: Path, words: tuple[str, ...]) -> None:
    other = tmp_path / "other"
    assert run(*(word.format(other) for word in words)) == 0
    assert (other / "weights/nets/a.bin").read_bytes() == NET
    assert not (tmp_path / "cache").exists()


def test_an_interrupted_pull_says_how_to_go_on(
    server: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = models._pull

    def interrupted(name: str, cache: Path, progress: Progress) -> Path:
        def sink(fraction: float, message: str) -> None:
            if fraction > 0.7:
                raise KeyboardInterrupt

        return whole(name, cache, Progress(sink))

    monkeypatch.setattr(models, "_pull", interrupted)
    assert run("pull", "nets") == 130
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "run it again to resume" in shown.err
    assert (tmp_path / "cache/weights/nets/a.bin").read_bytes() == NET


def test_unknown_names_are_told(server: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("pull", "path"):
        assert run(action, "net") == 2
        assert "did you mean nets?" in capsys.readouterr().err


def test_a_part_that_is_here_shows_in_the_list_and_to_the_doctor(
    server: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer("/b.bin", 404)
    assert run("pull", "nets") == 8
    assert "/b.bin answered 404" in capsys.readouterr().err
    assert listed(capsys)[0]["state"] == "0.3 MB here"
    told = {finding.name: finding for finding in diagnose(load_settings()) if finding.part == "weights"}
    assert not told["nets"].works
    assert not told["nets"].needed
    for word in ("an engine", "0.6 MB", "lacks b.bin", "`govorun models pull nets`", "CC0-1.0"):
        assert word in told["nets"].detail


def test_the_doctor_says_where_weights_are(server: Loopback, tmp_path: Path) -> None:
    assert run("pull", "nets") == 0
    told = {finding.name: finding for finding in diagnose(load_settings()) if finding.part == "weights"}
    assert told["nets"].works
    assert str(tmp_path / "cache/weights/nets") in told["nets"].detail


def test_a_voice_of_the_catalogue_is_pulled_by_name(
    server: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_VOICES_URL", server.url)
    server.serve_voices({"xx_XX-demo-low": {"xx_XX-demo-low.onnx": NET, "xx_XX-demo-low.onnx.json": b"{}"}})
    assert run("path", "xx_XX-demo-low") == 8
    assert run("pull", "xx_XX-demo-low") == 0
    model = tmp_path / "cache/weights/xx_XX-demo-low/xx_XX-demo-low.onnx"
    assert str(model) in capsys.readouterr().out
    assert model.read_bytes() == NET
    assert run("path", "xx_XX-demo-low") == 0
    assert capsys.readouterr().out == f"{model}\n"
    assert [one["name"] for one in listed(capsys)] == ["nets", "xx_XX-demo-low"]
    assert run("pull", "xx_XX-demi-low") == 6
    assert run("remove", "xx_XX-demo-low") == 0
    assert not model.exists()
