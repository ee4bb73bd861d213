"""Tools for assistants, driven by the official client over standard input and output, as assistants do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from avatar.core.media import probe
from orchestrator.cli import main
from orchestrator.mcp.studio import Studio
from orchestrator.settings import load_settings
from orchestrator.video.request import request_of

pytest.importorskip("mcp.server.mcpserver", reason="the extra mcp is not installed")

from mcp import Client, StdioServerParameters, stdio_client

ROOT = Path(__file__).parents[3]
LONG = "Nobody will ever hear all of this. " * 40


@pytest.fixture
def ask(tmp_path: Path) -> Callable[[Callable[[Any], Awaitable[None]]], str]:
    """Run a conversation with a server of its own; what the server said beside the protocol."""

    def talk(conversation: Callable[[Any], Awaitable[None]]) -> str:
        async def run() -> None:
            command = ["-m", "orchestrator", "mcp", "--folder", str(tmp_path / "videos")]
            server = StdioServerParameters(
                command=sys.executable, args=command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path
            )
            with (tmp_path / "said.txt").open("w") as said:
                async with Client(stdio_client(server, errlog=said)) as client:
                    await conversation(client)

        anyio.run(run)
        return (tmp_path / "said.txt").read_text()

    return talk


async def call(client: Any, tool: str, **given: Any) -> dict[str, Any]:
    answer = await client.call_tool(tool, given)
    assert not answer.is_error, answer.content[0].text
    return dict(answer.structured_content)


async def refusal(client: Any, tool: str, **given: Any) -> str:
    answer = await client.call_tool(tool, given)
    assert answer.is_error, answer.structured_content
    return str(answer.content[0].text)


def test_a_video_is_made_and_followed(ask: Callable[..., str], small_portrait_png: Path, tmp_path: Path) -> None:
    heard: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)

    async def conversation(client: Any) -> None:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert tools == {
            "make_video", "video_status", "cancel_video", "list_voices", "list_backdrops", "check_photo"
        }  # fmt: skip
        photo = await call(client, "check_photo", photo=str(small_portrait_png))
        assert photo["ok"] and photo["faces"] == 1
        wanted = {"script": "Hi.", "photo": str(small_portrait_png), "backdrop": "#203040", "size": "128x128"}
        first = await call(client, "make_video", **wanted, captions="srt")
        later = await call(client, "make_video", **wanted, title="Hi!")
        voice = await call(client, "make_video", script="A voice.", backdrop="#203040", size="128x128")
        assert (await call(client, "cancel_video", id=voice["id"]))["status"] == "cancelled"
        assert first["status"] in ("queued", "in_progress") and later["ahead"] <= 1
        assert Path(later["output"]).name == "hi-2.mp4"
        gone = await call(client, "cancel_video", id=later["id"])
        assert gone["status"] == "cancelled"
        answer = await client.call_tool(
            "video_status", {"id": first["id"], "wait_seconds": 300}, progress_callback=note
        )
        done = answer.structured_content
        assert done["status"] == "completed", done
        assert probe(Path(done["files"]["video"])).seconds == pytest.approx(done["seconds"], abs=0.1)
        assert set(done["files"]) == {"video", "sidecar", "srt"}
        assert json.loads(Path(done["files"]["sidecar"]).read_text())["script"] == "Hi."
        assert (await call(client, "video_status", id=later["id"]))["status"] == "cancelled"

    ask(conversation)
    assert heard == sorted(heard) and len(heard) > 1 and 0 < heard[-1] <= 1
    assert sorted(path.name for path in (tmp_path / "videos").iterdir()) == ["hi.json", "hi.mp4", "hi.srt"]


def test_what_is_wrong_is_said_before_anything_is_made(
    ask: Callable[..., str], small_portrait_png: Path, landscape_png: Path, tmp_path: Path
) -> None:
    wrong = {
        "nothing is fetched": {"photo": "https://example.com/me.jpg"},
        "no whole path": {"photo": "me.jpg"},
        "does not exist": {"photo": str(tmp_path / "absent.jpg")},
        "no plain file": {"photo": "/dev/zero"},
        "No face was found": {"photo": str(landscape_png)},
        "no picture": {"photo": __file__},
        "empty": {"script": "  "},
        "dance": {"script": "Hi [dance] there"},
        "minutes": {"script": "word " * 40_000},
        "voice": {"voice": "../../voices/mine.onnx"},
        "backdrop_image": {"backdrop": "@/etc/passwd"},
        "no size": {"size": "huge"},
        "cannot be used as music": {"music": str(small_portrait_png)},
    }

    async def conversation(client: Any) -> None:
        for sentence, change in wrong.items():
            given = {"script": "Hi.", "photo": str(small_portrait_png), **change}
            said = await refusal(client, "make_video", **given)
            assert sentence in said and "\n" not in said, said
        assert "since this server started" in await refusal(client, "video_status", id="video-9")
        assert "no video" in await refusal(client, "cancel_video", id="../x")

    ask(conversation)
    assert not (tmp_path / "videos").exists()


def test_voices_and_backdrops_are_listed(ask: Callable[..., str]) -> None:
    async def conversation(client: Any) -> None:
        voices = (await call(client, "list_voices", lang="en"))["voices"]
        assert "en_US-joe" in [voice["name"] for voice in voices]
        assert all("en" in voice["languages"] and voice["licence"] for voice in voices)
        places = await call(client, "list_backdrops")
        assert "living room" in [room["prompt"] for room in places["rooms"]]
        assert places["painted"] and places["default"] == "calm ocean at dusk"

    ask(conversation)


def test_a_video_is_stopped_and_nothing_outlives_the_server(
    ask: Callable[..., str], small_portrait_png: Path, tmp_path: Path
) -> None:
    children: list[psutil.Process] = []
    others = set(psutil.Process().children(recursive=True))  # servers that other tests of this process began

    async def conversation(client: Any) -> None:
        wanted = {"script": LONG, "photo": str(small_portrait_png), "size": "128x128", "backdrop": "#203040"}
        first = await call(client, "make_video", **wanted)
        second = await call(client, "make_video", **wanted)
        while (await call(client, "video_status", id=first["id"], wait_seconds=0.5))["status"] == "queued":
            pass
        stopped = await call(client, "cancel_video", id=first["id"])
        assert stopped["status"] == "cancelled"
        while (await call(client, "video_status", id=second["id"], wait_seconds=0.5)).get("progress", 0) == 0:
            pass
        children.extend(set(psutil.Process().children(recursive=True)) - others)
        assert any("orchestrator.mcp.child" in child.cmdline() for child in children)

    ask(conversation)
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert gone and not alive
    assert not list((tmp_path / "videos").glob("*")) if (tmp_path / "videos").exists() else True
    work = load_settings().work
    assert not work.exists() or not list(work.iterdir())


def test_standard_output_is_the_protocol_alone(tmp_path: Path) -> None:
    hello = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }  # fmt: skip
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_voices", "arguments": {}}}
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    server = subprocess.Popen(
        [sys.executable, "-m", "orchestrator", "mcp", "--folder", str(tmp_path)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert server.stdin is not None and server.stdout is not None
    answers = []
    for message in (hello, ready, "no JSON at all", listing):
        server.stdin.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
        server.stdin.flush()
    while not answers or answers[-1].get("id") != 2:
        answers.append(json.loads(server.stdout.readline()))
    server.stdin.close()
    rest = server.stdout.read()
    server.stdout.close()
    assert server.wait(30) == 0 and rest == ""
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)


def test_a_child_that_dies_is_told_and_the_next_is_made(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_of(photo=small_portrait_png, text=LONG, size="128x128", backdrop="none", device="auto")
    studio = Studio(2, load_settings().work)
    try:
        video = studio.order((request,), tmp_path / "a.mp4")
        while studio.get(video.id).status == "queued":
            time.sleep(0.01)
        assert studio._child is not None
        studio._child[1].kill()
        while studio.get(video.id).status == "in_progress":
            time.sleep(0.01)
        assert studio.get(video.id).status == "failed" and "unexpectedly" in studio.get(video.id).error
        broken = request.model_copy(update={"photo": tmp_path / "gone.png"})
        other = studio.order((broken,), tmp_path / "b.mp4")
        while studio.get(other.id).status in ("queued", "in_progress"):
            time.sleep(0.01)
        assert "does not exist" in studio.get(other.id).error
        for name in ("c", "d"):
            studio.order((request,), tmp_path / f"{name}.mp4")
        with pytest.raises(main.OptionError, match="most"):
            studio.order((request,), tmp_path / "e.mp4")
    finally:
        studio.close()
    assert studio._child is None
    assert not studio._thread.is_alive()
