"""The tools that an assistant finds, over standard input and output.

Standard output is the protocol: while the server runs, the transport keeps it for itself, and what anything else prints
goes to standard error. The types of the tools are read when they are declared, so annotations are no texts here.
"""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio
from pydantic import Field

from avatar.core.errors import GovorunError, MissingEngine
from orchestrator.mcp.door import allowed_file, new_path, ordered, photo_facts
from orchestrator.mcp.studio import ENDED, Studio, Video
from orchestrator.probes import installed
from orchestrator.settings import Settings
from orchestrator.version import __version__
from orchestrator.video.request import DEFAULT_BACKDROP, RenderRequest

__all__ = ["serve", "tools_over"]

_LONGEST_WAIT = 3600.0
_LOOK_EVERY = 0.2
_INSTRUCTIONS = (
    "Govorun makes a video of a person of a photo who speaks a script. make_video answers at once with an id; "
    "video_status follows it, and with wait_seconds it waits. Videos are made one after another on this machine and "
    "take from half to several times as long as they last. Use only photos and voices of people who agreed."
)


def serve(settings: Settings, folder: Path) -> None:
    """Serve until the input ends; MissingEngine where the extra is not installed."""
    try:
        import mcp.server.mcpserver  # noqa: F401
    except ImportError as error:
        raise MissingEngine("govorun mcp needs the extra: pip install 'govorun[mcp]'.") from error
    studio = Studio(settings.open_jobs, settings.work)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # as the end of the input: what is being made is dropped
    try:
        tools_over(studio, settings, folder).run("stdio")
    finally:
        studio.close()


def tools_over(studio: Studio, settings: Settings, folder: Path) -> Any:
    """An MCPServer with the tools over ``studio``; videos go to ``folder``."""
    from mcp.server.mcpserver import MCPServer

    level: Literal["WARNING", "ERROR"] = "ERROR" if settings.log_level == "error" else "WARNING"
    server = MCPServer("govorun", title="Govorun", instructions=_INSTRUCTIONS, version=__version__, log_level=level)
    _declare_making(server, studio, settings, folder)
    _declare_following(server, studio)
    _declare_looking(server, settings)
    return server


def _option(name: str) -> Any:
    """A parameter described as the option of a video is."""
    return Field(description=RenderRequest.model_fields[name].description)


def _declare_making(server: Any, studio: Studio, settings: Settings, folder: Path) -> None:
    @server.tool()
    def make_video(
        script: Annotated[str, Field(description="what to say, with directions such as [pause: 2] or [happy]")],
        photo: Annotated[
            str | None, Field(description="the whole path of a photo with a face; without one only a voice is heard")
        ] = None,
        voice: Annotated[str | None, Field(description="a name of list_voices; else the best for the language")] = None,
        lang: Annotated[str | None, _option("lang")] = None,
        backdrop: Annotated[str, _option("backdrop")] = DEFAULT_BACKDROP,
        backdrop_image: Annotated[
            str | None, Field(description="the whole path of a picture behind the person")
        ] = None,
        face: Annotated[str, _option("face")] = "largest",
        size: Annotated[str, _option("size")] = "512x512",
        captions: Annotated[str, _option("captions")] = "none",
        expression: Annotated[str, _option("expression")] = "neutral",
        gesture_style: Annotated[str, _option("gesture_style")] = "natural",
        music: Annotated[str | None, Field(description="the whole path of music to lie under the speech")] = None,
        music_volume: Annotated[float, _option("music_volume")] = -18.0,
        label: Annotated[bool, _option("label")] = False,
        seed: Annotated[int, _option("seed")] = 0,
        title: Annotated[str | None, Field(description="a name for the file")] = None,
    ) -> dict[str, Any]:
        """Make a video in which the person of a photo speaks a script. Answers at once with an id for video_status."""
        chosen = {name: value for name, value in locals().items() if name in RenderRequest.model_fields}
        given = {**chosen, "script": None, "text": script, "backdrop_image": backdrop_image}
        given["layout"] = "full" if photo else "none"
        with _told():
            request = ordered(given, settings)
            path = new_path(folder, title or " ".join(script.split()[:6]), studio.outputs())
            return _shown(studio.order((request,), path), studio)

    @server.tool()
    def cancel_video(id: Annotated[str, Field(description="what make_video answered")]) -> dict[str, Any]:
        """Stop a video that waits or is being made."""
        with _told():
            return _shown(studio.cancel(id), studio)


def _declare_following(server: Any, studio: Studio) -> None:
    from mcp.server.mcpserver import Context

    @server.tool()
    async def video_status(
        ctx: Context,
        id: Annotated[str, Field(description="what make_video answered")],
        wait_seconds: Annotated[
            float, Field(ge=0, le=_LONGEST_WAIT, description="wait so long for its end, telling the progress")
        ] = 0,
    ) -> dict[str, Any]:
        """How far a video is; when it is completed, the paths of its files."""
        with _told():
            video, ends, told = studio.get(id), time.monotonic() + wait_seconds, -1.0
            while video.status not in ENDED and time.monotonic() < ends:
                if video.progress > told:
                    told = video.progress
                    await ctx.report_progress(told, 1.0, video.stage or video.status)
                await anyio.sleep(_LOOK_EVERY)
                video = studio.get(id)
            return _shown(video, studio)


def _declare_looking(server: Any, settings: Settings) -> None:
    @server.tool()
    def list_voices(
        lang: Annotated[str | None, Field(description="only this language: en, ru, ...")] = None,
    ) -> dict[str, Any]:
        """The voices that are installed, with their languages and licences."""
        with _told():
            listed = [_voice(voice) for voice in installed.voices()]
        return {"voices": [voice for voice in listed if lang is None or lang.lower()[:2] in voice["languages"]]}

    @server.tool()
    def list_backdrops() -> dict[str, Any]:
        """Places that can be the backdrop, each with a prompt that leads there; other words are understood too."""
        with _told():
            rooms = [{"prompt": room["prompt"]["en"], "rooms": len(room["rooms"])} for room in installed.rooms()]
            painted = [place["example"] for place in installed.places()]
        forms = {"none": "a plain light studio", "photo": "the photo's own", "#rrggbb": "a colour"}
        return {"default": DEFAULT_BACKDROP, "rooms": rooms, "painted": painted, "forms": forms}

    @server.tool()
    def check_photo(
        photo: Annotated[str, Field(description="the whole path of a photo")],
        face: Annotated[str, _option("face")] = "largest",
    ) -> dict[str, Any]:
        """Whether a photo can be animated, and what would be better."""
        with _told():
            found = photo_facts(allowed_file(photo, "photo", settings), face)
        return {name: found[name] for name in ("ok", "problems", "notes", "faces", "width", "height")}


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a request is said to the assistant in one sentence."""
    from mcp.server.mcpserver.exceptions import ToolError

    try:
        yield
    except GovorunError as error:
        raise ToolError(str(error)) from error


def _shown(video: Video, studio: Studio) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": video.id, "status": video.status, "progress": round(video.progress, 3)}
    if video.status == "queued":
        shown["ahead"] = studio.ahead(video.id)
    if video.stage and video.status == "in_progress":
        shown["stage"] = video.stage
    if video.error:
        shown["error"] = video.error
    return {**shown, "output": str(video.output), **video.facts}


def _voice(voice: dict[str, Any]) -> dict[str, Any]:
    base = str(voice["language"]).replace("_", "-").split("-")[0].lower()
    languages = dict(voice["languages"]) or {base: voice["quality"]}
    kept = {name: voice[name] for name in ("name", "engine", "gender", "manner", "licence") if voice[name]}
    return {**kept, "languages": languages}
