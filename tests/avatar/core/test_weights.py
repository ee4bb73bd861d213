"""Weights come whole or not at all: cut lines, changed files, wrong bytes, full disks, two at a time."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import random
import shutil
import threading
import tracemalloc
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from avatar.core import download, web
from avatar.core.artefacts import prune
from avatar.core.errors import Cancelled, EngineError, MissingEngine, OptionError, OutputError
from avatar.core.manifest import Digest, HubFolder, Manifest, WeightFile, manifests
from avatar.core.places import cache_folder, models_url, user_cache, voices_url
from avatar.core.progress import Progress
from avatar.core.weights import locate, pull, read_record, remove, state, weights_folder
from orchestrator.settings import Settings, load_settings
from orchestrator.video.cache import sweep_work
from tests.loopback import Loopback

DATA = random.Random(7).randbytes(1_000_000)
SHA256 = Digest("sha256", hashlib.sha256(DATA).hexdigest())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server with DATA under /a.bin, reached without proxy and without pauses between tries."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(web, "_PAUSES", (0.0,) * 4)
    with Loopback() as loopback:
        loopback.files["/a.bin"] = DATA
        yield loopback


def of(server: Loopback, digest: Digest | None = SHA256, size: int | None = len(DATA), revision: str = "1") -> Manifest:
    """Weights "demo" of one file."""
    file = WeightFile("nets/a.bin", f"{server.url}/a.bin", size, digest)
    return Manifest("demo", "tests", "CC0-1.0", revision, (file,))


def pulled(manifest: Manifest, cache: Path) -> bytes:
    """What lies under the file's name after a pull."""
    return (pull(manifest, cache) / "nets/a.bin").read_bytes()


def part(cache: Path) -> Path:
    return weights_folder("demo", cache) / "nets/a.bin.part"


def ranges(server: Loopback) -> list[str | None]:
    return [headers.get("Range") for headers in server.asked("/a.bin")]


def stopping_at(fraction: float) -> Progress:
    def sink(reached: float, message: str) -> None:
        if reached >= fraction:
            raise Cancelled("stopped")

    return Progress(sink)


def test_weights_are_pulled_once_and_recorded(server: Loopback, tmp_path: Path) -> None:
    reached: list[float] = []
    folder = pull(of(server), tmp_path, Progress(lambda fraction, message: reached.append(fraction)))
    assert (folder / "nets/a.bin").read_bytes() == DATA
    assert reached[-1] == 1.0
    assert sorted(reached) == reached
    record = read_record(folder)
    assert record is not None
    assert (record.complete, record.licence) == (True, "CC0-1.0")
    assert (record.entries[0].sha256, record.entries[0].checked) == (SHA256.value, "sha256")
    assert pull(of(server), tmp_path) == locate(of(server), tmp_path) == folder
    assert len(server.requests) == 1
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {"a.bin", "weights.lock"}


def test_a_file_of_the_hub_comes_from_the_mirror(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_MODELS_URL", server.url)
    file = WeightFile("nets/a.bin", "https://huggingface.co/a.bin", len(DATA), SHA256)
    manifest = Manifest("demo", "tests", "CC0-1.0", "1", (file,))
    assert pulled(manifest, tmp_path) == DATA
    monkeypatch.delenv("GOVORUN_MODELS_URL")
    assert state(manifest, tmp_path).ready  # its bytes are those that were published


def test_a_cut_connection_goes_on_where_it_ended(server: Loopback, tmp_path: Path) -> None:
    server.cut_after("/a.bin", 300_000, 0, *[100_000] * 6)
    assert pulled(of(server), tmp_path) == DATA
    begins = [300_000, 300_000, 400_000, 500_000, 600_000, 700_000, 800_000, 900_000]
    assert ranges(server) == [None, *(f"bytes={begin}-" for begin in begins)]


def test_a_connection_that_stays_bad_is_told_and_resumed_later(server: Loopback, tmp_path: Path) -> None:
    server.cut_after("/a.bin", 300_000, *[0] * 5)
    with pytest.raises(MissingEngine, match="run it again to resume"):
        pull(of(server, digest=None), tmp_path)
    assert part(tmp_path).stat().st_size == 300_000
    with pytest.raises(MissingEngine, match=r"lacks nets/a\.bin; get them by `govorun models pull demo`"):
        locate(of(server), tmp_path)
    assert pulled(of(server, digest=None), tmp_path) == DATA
    assert ranges(server)[-1] == "bytes=300000-"


def test_a_server_without_ranges_sends_everything_again(server: Loopback, tmp_path: Path) -> None:
    server.ranges = False
    server.cut_after("/a.bin", 300_000)
    assert pulled(of(server), tmp_path) == DATA


def test_a_server_that_sends_another_range_is_refused(server: Loopback, tmp_path: Path) -> None:
    server.cut_after("/a.bin", 300_000)
    server.skew = 1
    with pytest.raises(MissingEngine, match="another part of the file"):
        pull(of(server), tmp_path)


def test_a_server_that_falls_silent_is_asked_again(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_TIMEOUT", 0.3)
    server.hold = threading.Event()
    server.cut_after("/a.bin", 300_000)
    try:
        assert pulled(of(server), tmp_path) == DATA
    finally:
        server.hold.set()
    assert ranges(server) == [None, "bytes=300000-"]


def test_a_file_that_changed_meanwhile_is_not_glued_to_the_old_one(server: Loopback, tmp_path: Path) -> None:
    server.cut_after("/a.bin", 300_000, *[0] * 5)
    with pytest.raises(MissingEngine):
        pull(of(server, digest=None), tmp_path)
    server.files["/a.bin"] = DATA[::-1]
    assert pulled(of(server, digest=None), tmp_path) == DATA[::-1]


@pytest.mark.parametrize("mark", ["weak", "none"])
@pytest.mark.parametrize(("digest", "resumed"), [(SHA256, "bytes=300000-"), (None, None)])
def test_without_a_mark_of_the_server_a_checksum_has_to_vouch(
    server: Loopback, tmp_path: Path, digest: Digest | None, resumed: str | None, mark: str
) -> None:
    server.mark = mark
    server.cut_after("/a.bin", 300_000)
    assert pulled(of(server, digest), tmp_path) == DATA
    assert ranges(server) == [None, resumed]


def test_a_part_that_is_longer_than_the_file_is_dropped(server: Loopback, tmp_path: Path) -> None:
    part(tmp_path).parent.mkdir(parents=True)
    part(tmp_path).write_bytes(DATA + b"more")
    assert pulled(of(server, size=None), tmp_path) == DATA
    assert ranges(server) == [f"bytes={len(DATA) + 4}-", None]


@pytest.mark.parametrize(
    "digest",
    [
        SHA256,
        Digest("md5", hashlib.md5(DATA).hexdigest()),
        Digest("git-sha1", hashlib.sha1(b"blob %d\0" % len(DATA) + DATA).hexdigest()),
    ],
    ids=lambda digest: digest.algorithm,
)
def test_wrong_bytes_are_refused_and_removed(server: Loopback, tmp_path: Path, digest: Digest) -> None:
    wrong = b"\0" + DATA[1:]
    server.files["/a.bin"] = wrong
    with pytest.raises(MissingEngine) as refused:
        pull(of(server, digest), tmp_path)
    for word in ("nets/a.bin", digest.value, "expected", "got", server.url):
        assert word in str(refused.value)
    assert not part(tmp_path).exists()
    server.files["/a.bin"] = DATA
    assert pulled(of(server, digest), tmp_path) == DATA


def test_another_file_is_refused_before_it_is_downloaded(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(MissingEngine, match="1000000 bytes where 999999 were expected"):
        pull(of(server, size=999_999), tmp_path)
    assert not part(tmp_path).exists()


def test_a_checksum_that_nobody_published_is_that_of_the_first_download(server: Loopback, tmp_path: Path) -> None:
    folder = pull(of(server, digest=None), tmp_path)
    record = read_record(folder)
    assert record is not None
    assert not record.entries[0].published
    assert record.entries[0].sha256 == SHA256.value
    (folder / "nets/a.bin").unlink()
    server.files["/a.bin"] = DATA[::-1]
    with pytest.raises(MissingEngine, match=r"downloaded first: .*`govorun models remove` forgets"):
        pull(of(server, digest=None), tmp_path)
    assert remove("demo", tmp_path) > 0
    assert pulled(of(server, digest=None), tmp_path) == DATA[::-1]


def test_an_interrupted_pull_forgets_no_checksum(server: Loopback, tmp_path: Path) -> None:
    server.files["/b.bin"] = DATA
    files = tuple(WeightFile(name, f"{server.url}/{name}", len(DATA)) for name in ("a.bin", "b.bin"))
    manifest = Manifest("demo", "tests", "CC0-1.0", "1", files)
    folder = pull(manifest, tmp_path)
    for file in files:
        (folder / file.path).unlink()
    server.files["/b.bin"] = DATA[::-1]
    with pytest.raises(Cancelled):
        pull(manifest, tmp_path, stopping_at(0.6))
    with pytest.raises(MissingEngine, match=r"b\.bin is not the file that was downloaded first"):
        pull(manifest, tmp_path)


def test_a_file_put_there_by_hand_is_checked_and_kept(server: Loopback, tmp_path: Path) -> None:
    target = weights_folder("demo", tmp_path) / "nets/a.bin"
    target.parent.mkdir(parents=True)
    target.write_bytes(DATA)
    assert locate(of(server), tmp_path) == weights_folder("demo", tmp_path)
    assert pulled(of(server), tmp_path) == DATA
    assert server.requests == []
    record = read_record(weights_folder("demo", tmp_path))
    assert record is not None
    assert record.entries[0].checked == "sha256"


def test_another_file_put_there_by_hand_is_replaced(server: Loopback, tmp_path: Path) -> None:
    target = weights_folder("demo", tmp_path) / "nets/a.bin"
    target.parent.mkdir(parents=True)
    target.write_bytes(DATA[::-1])
    assert pulled(of(server), tmp_path) == DATA


def test_a_damaged_record_costs_a_check_but_no_download(
    server: Loopback, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = pull(of(server), tmp_path)
    (folder / "weights.lock").write_text("{")
    assert pulled(of(server), tmp_path) == DATA
    assert len(server.requests) == 1
    assert "not readable" in caplog.text
    record = read_record(folder)
    assert record is not None
    assert record.complete


def test_a_newer_revision_is_pulled_over_the_older(server: Loopback, tmp_path: Path) -> None:
    pull(of(server), tmp_path)
    server.files["/b.bin"] = DATA[::-1]
    file = WeightFile(
        "nets/a.bin", f"{server.url}/b.bin", len(DATA), Digest("md5", hashlib.md5(DATA[::-1]).hexdigest())
    )
    newer = Manifest("demo", "tests", "CC0-1.0", "2", (file,))
    assert not state(newer, tmp_path).ready
    assert pulled(newer, tmp_path) == DATA[::-1]


def test_half_of_a_newer_revision_is_not_taken_for_the_whole(server: Loopback, tmp_path: Path) -> None:
    def revision(number: str) -> Manifest:
        names = (f"{number}-a.bin", f"{number}-b.bin")
        files = (WeightFile(name[2:], f"{server.url}/{name}", len(DATA)) for name in names)
        return Manifest("demo", "tests", "CC0-1.0", number, tuple(files))

    server.files |= {"/1-a.bin": DATA, "/1-b.bin": DATA, "/2-a.bin": DATA[::-1]}
    pull(revision("1"), tmp_path)
    with pytest.raises(MissingEngine, match="404"):
        pull(revision("2"), tmp_path)
    with pytest.raises(MissingEngine, match=r"lacks b\.bin;"):
        locate(revision("2"), tmp_path)


def test_a_disk_that_is_too_small_is_told_before_the_download(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = shutil.disk_usage(tmp_path)._replace(free=100_000)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda folder: small)
    with pytest.raises(OutputError, match=r"for demo: it needs 1\.0 MB .* there are 0\.1 MB.*GOVORUN_CACHE"):
        pull(of(server), tmp_path)
    assert server.requests == []
    with pytest.raises(OutputError, match=r"for a\.bin: it needs 1\.0 MB"):
        pull(of(server, size=None), tmp_path)
    assert not part(tmp_path).exists()


class _FullDisk:
    """A file on a disk that takes 10,000 bytes at once, and has room for ``room`` more."""

    def __init__(self, file: IO[bytes], room: int) -> None:
        self._file = file
        self._room = room

    def write(self, content: memoryview) -> int:
        if not self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self._file.write(content[: min(10_000, self._room)])
        self._room -= written
        return written

    def __enter__(self) -> _FullDisk:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()


def test_a_disk_that_fills_up_keeps_what_was_received(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = download._sink
    monkeypatch.setattr(download, "_sink", lambda path, start: _FullDisk(whole(path, start), 250_000))
    with pytest.raises(OutputError, match=r"disk is full: a\.bin does .*GOVORUN_CACHE.*is kept"):
        pull(of(server), tmp_path)
    monkeypatch.setattr(download, "_sink", lambda path, start: _FullDisk(whole(path, start), len(DATA)))
    assert pulled(of(server), tmp_path) == DATA
    assert ranges(server) == [None, "bytes=250000-"]


def test_a_folder_that_cannot_be_written_is_told(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="GOVORUN_CACHE"):
        pull(of(server), tmp_path)


def test_a_stopped_pull_is_resumed(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        pull(of(server), tmp_path, stopping_at(0.4))
    received = part(tmp_path).stat().st_size
    assert 0 < received < len(DATA)
    assert state(of(server), tmp_path).received >= received
    assert pulled(of(server), tmp_path) == DATA
    assert ranges(server) == [None, f"bytes={received}-"]


def test_waiting_for_a_bad_connection_can_be_stopped(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sink(fraction: float, message: str) -> None:
        if "trying again" in message:
            raise Cancelled("stopped")

    monkeypatch.setattr(web, "_PAUSES", (60.0,))
    server.answer("/a.bin", 503)
    with pytest.raises(Cancelled):
        pull(of(server), tmp_path, Progress(sink))


def test_memory_does_not_grow_with_the_file(server: Loopback, tmp_path: Path) -> None:
    server.files["/a.bin"] = bytes(24_000_000)
    digest = Digest("sha256", hashlib.sha256(server.files["/a.bin"]).hexdigest())
    tracemalloc.start()
    try:
        pull(of(server, digest, 24_000_000), tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def test_pulls_at_the_same_time_download_once(server: Loopback, tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            assert pulled(of(server), tmp_path) == DATA
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(server.requests) == 1


def test_waiting_for_another_pull_can_be_stopped(server: Loopback, tmp_path: Path) -> None:
    waited: list[str] = []

    def sink(fraction: float, message: str) -> None:
        waited.append(message)
        raise Cancelled("stopped")

    def while_pulling(fraction: float, message: str) -> None:
        if not waited:
            with pytest.raises(Cancelled):
                pull(of(server), tmp_path, Progress(sink))

    assert pull(of(server), tmp_path, Progress(while_pulling)).is_dir()
    assert waited == ["another process is pulling demo"]


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/a.bin"])
def test_redirects_lead_to_the_web_only(server: Loopback, tmp_path: Path, target: str) -> None:
    server.redirects["/a.bin"] = target
    with pytest.raises(MissingEngine):
        pull(of(server), tmp_path)
    assert not part(tmp_path).exists()
    server.redirects["/a.bin"] = "/elsewhere.bin"
    server.files["/elsewhere.bin"] = DATA
    assert pulled(of(server), tmp_path) == DATA


def test_a_secure_address_never_leads_to_an_open_one() -> None:
    asked = urllib.request.Request("https://hub.invalid/a.bin")
    with pytest.raises(MissingEngine, match="no https address"):
        web._WebOnly().redirect_request(asked, None, 302, "Found", {}, "http://hub.invalid/a.bin")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "why"),
    [("file:///etc/hostname", "no http or https address"), ("http://127.0.0.1:9/a b", "is no address: .*control")],
)
def test_an_address_that_cannot_be_asked_is_refused(tmp_path: Path, url: str, why: str) -> None:
    file = WeightFile("a.bin", url)
    with pytest.raises(MissingEngine, match=why):
        pull(Manifest("demo", "tests", "CC0-1.0", "1", (file,)), tmp_path)


def test_the_proxy_of_the_environment_is_asked(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    file = WeightFile("nets/a.bin", "http://models.invalid/a.bin", len(DATA), SHA256)
    assert pulled(Manifest("demo", "tests", "CC0-1.0", "1", (file,)), tmp_path) == DATA
    assert server.requests[0][0] == "http://models.invalid/a.bin"


def test_an_overloaded_server_is_asked_again(server: Loopback, tmp_path: Path) -> None:
    server.answer("/a.bin", 503, 429)
    assert pulled(of(server), tmp_path) == DATA


@pytest.mark.parametrize(("status", "why"), [(401, "login"), (404, "not there"), (451, "not served")])
def test_a_refusal_is_told_at_once(server: Loopback, tmp_path: Path, status: int, why: str) -> None:
    server.answer("/a.bin", status)
    with pytest.raises(MissingEngine, match=f"{status} .*{why}.*GOVORUN_MODELS_URL"):
        pull(of(server), tmp_path)
    assert len(server.requests) == 1


def test_without_a_network_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    messages: list[str] = []
    with Loopback() as gone:
        manifest = of(gone)
    with pytest.raises(MissingEngine, match="cannot be reached"):
        pull(manifest, tmp_path, Progress(lambda fraction, message: messages.append(message)))
    assert not [message for message in messages if "again" in message]


HUB_FILES = {
    "model_index.json": b"{}",
    "unet/net.safetensors": DATA,
    "unet/net.fp16.safetensors": DATA[:10],
    "unet/config.json": b'{"a": 1}',
    "original.ckpt": DATA[:20],
}
HUB = Manifest(
    "demo",
    "tests",
    "CC0-1.0",
    "abc",
    hub=(HubFolder("someone/demo", "abc", ("*.json", "*.safetensors"), ("*.fp16.*",), "decoder"),),
    about_bytes=1_000_000,
)


@pytest.fixture
def hub(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Loopback:
    """A hub with the repository of HUB."""
    monkeypatch.setenv("GOVORUN_MODELS_URL", f"{server.url}/")
    server.serve_repository("someone/demo", "abc", HUB_FILES, large=".safetensors")
    return server


def test_a_repository_of_the_hub_is_pulled_by_its_list(hub: Loopback, tmp_path: Path) -> None:
    assert state(HUB, tmp_path).missing == ("the list of its files",)
    folder = pull(HUB, tmp_path)
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*") if path.name != "weights.lock"}
    assert set(files) == {"decoder/model_index.json", "decoder/unet/net.safetensors", "decoder/unet/config.json"}
    assert files["decoder/unet/net.safetensors"].read_bytes() == DATA
    record = read_record(folder)
    assert record is not None
    assert {entry.checked for entry in record.entries} == {"sha256", "git-sha1"}
    assert not state(dataclasses.replace(HUB, revision="abd"), tmp_path).ready
    asked = len(hub.requests)
    assert locate(HUB, tmp_path) == pull(HUB, tmp_path) == folder
    assert len(hub.requests) == asked
    files["decoder/unet/config.json"].unlink()
    with pytest.raises(MissingEngine, match=r"lacks decoder/unet/config\.json"):
        locate(HUB, tmp_path)
    pull(HUB, tmp_path)
    assert [path for path, _ in hub.requests[asked:]] == [
        "/api/models/someone/demo/tree/abc?recursive=true",
        "/someone/demo/resolve/abc/unet/config.json",
    ]


def test_a_list_of_several_pages_is_read_to_its_end(hub: Loopback, tmp_path: Path) -> None:
    first = "/api/models/someone/demo/tree/abc?recursive=true"
    entries = json.loads(hub.files[first])
    hub.serve_json(first, entries[:3])
    hub.serve_json(f"{first}&cursor=2", entries[3:])
    hub.links[first] = f'<{hub.url}{first}&cursor=2>; rel="next"'
    folder = pull(HUB, tmp_path)
    assert (folder / "decoder/unet/config.json").read_bytes() == b'{"a": 1}'


@pytest.mark.parametrize("path", ["unet/net.safetensors", "unet/config.json"])
def test_bytes_that_the_hub_did_not_list_are_refused(hub: Loopback, tmp_path: Path, path: str) -> None:
    address = f"/someone/demo/resolve/abc/{path}"
    hub.files[address] = hub.files[address].swapcase()
    with pytest.raises(MissingEngine, match=f"decoder/{path} is not the file that was published"):
        pull(HUB, tmp_path)
    assert not (weights_folder("demo", tmp_path) / "decoder" / path).exists()


@pytest.mark.parametrize(
    "answer",
    [
        [{"type": "file", "path": "a.json"}],
        {"error": "no"},
        [],
        [{"type": "file", "path": "a.json", "size": 1, "oid": "x"}],
    ],
)
def test_a_list_that_is_not_understood_is_told(hub: Loopback, tmp_path: Path, answer: object) -> None:
    hub.serve_json("/api/models/someone/demo/tree/abc?recursive=true", answer)
    with pytest.raises(MissingEngine, match="someone/demo"):
        pull(HUB, tmp_path)


def test_a_page_that_is_no_json_is_told(hub: Loopback, tmp_path: Path) -> None:
    hub.files["/api/models/someone/demo/tree/abc?recursive=true"] = b"<html>sign in</html>"
    with pytest.raises(MissingEngine, match="no JSON"):
        pull(HUB, tmp_path)


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a/../../evil", "C:evil", "a\\evil", ""])
def test_no_file_goes_outside_its_folder(path: str) -> None:
    with pytest.raises(EngineError, match="outside its folder"):
        WeightFile(path, "https://hub.invalid/evil")


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden"])
def test_no_weights_go_outside_the_cache(name: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no folder name"):
        Manifest(name, "tests", "CC0-1.0", "1")
    assert remove(name, tmp_path) == 0


def test_the_shipped_manifests_say_where_from_and_under_which_licence() -> None:
    assert set(manifests()) == {
        "animatediff-adapter", "controlnet-canny", "controlnet-depth", "face", "fonts", "i2vgen-xl", "ip-adapter",
        "kandinsky-2.2", "kandinsky-5-lite", "kokoro", "liveportrait", "sadtalker", "sdxl", "stable-diffusion-1.5",
        "stable-diffusion-2.1", "svd", "wan-2.1-1.3b", "wan-2.1-i2v-14b", "wan-2.2-animate-14b", "whisper-medium",
        "whisper-small", "xtts-v2",
    }  # fmt: skip
    for manifest in manifests().values():
        assert manifest.size is not None
        assert len(manifest.licence) >= 3
        assert manifest.files or manifest.hub
        assert all(file.url.startswith("https://") or file.wheel for file in manifest.files)
        assert all(len(folder.revision) == 40 or folder.revision == "main" for folder in manifest.hub)
        assert bool(manifest.gpu) == ("backdrop engine" in manifest.purpose or "wan-animate" in manifest.purpose)
    assert "non-commercial" in manifests()["xtts-v2"].licence
    assert [file.path for file in manifests()["sadtalker"].files] == [
        "SadTalker_V0.0.2_256.safetensors",
        "SadTalker_V0.0.2_512.safetensors",
        "mapping_00109-model.pth.tar",
        "mapping_00229-model.pth.tar",
    ]


def test_unknown_weights_are_told_with_the_near_ones() -> None:
    with pytest.raises(OptionError, match="did you mean sadtalker"):
        locate("sadtaker", Path("/nowhere"))
    with pytest.raises(OptionError, match=r"choose one of .*, face, fonts, i2vgen-xl, "):
        locate("xyzzy", Path("/nowhere"))


def test_places_agree_with_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache() == tmp_path / "govorun"
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path))
    assert cache_folder() == Settings().cache == tmp_path
    assert voices_url() == Settings().voices_url == "https://huggingface.co/rhasspy/piper-voices/resolve/main"
    monkeypatch.setenv("GOVORUN_MODELS_URL", "http://mirror.invalid/hub/")
    assert models_url() == "http://mirror.invalid/hub"
    assert voices_url().startswith("http://mirror.invalid/hub/rhasspy")
    monkeypatch.setenv("GOVORUN_VOICES_URL", "http://voices.invalid")
    assert voices_url() == "http://voices.invalid"
    monkeypatch.setenv("GOVORUN_VOICES_URL", "file:///voices")
    with pytest.raises(OptionError, match="GOVORUN_VOICES_URL='file:///voices' is not valid"):
        load_settings()


def test_pulled_weights_are_never_swept(server: Loopback, tmp_path: Path) -> None:
    settings = Settings(cache=tmp_path)
    folder = pull(of(server), tmp_path)
    settings.portraits.mkdir()
    (settings.portraits / "old.npz").write_bytes(b"1")
    prune(settings.portraits, 0)
    sweep_work(settings.work)
    assert not (settings.portraits / "old.npz").exists()
    assert locate(of(server), tmp_path) == folder
