"""The requests of the service, apart from how they are sent: what goes out, and what an answer means."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

import httpx

from govorun.client.objects import Portrait, Video, Voice

__all__ = [
    "Call",
    "File",
    "Page",
    "cancel",
    "check_photo",
    "create",
    "create_presentation",
    "create_production",
    "create_story",
    "delete",
    "page",
    "pause_after",
    "remix",
    "retrieve",
    "voices",
]

T = TypeVar("T")
File = Path | str | bytes | IO[bytes]
"""A file to upload: its path, what is in it, or opened for reading."""
_AGAIN = (429, 502, 503, 504)
_LONGEST_PAUSE, _POLL = 30.0, 1.0


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request. ``read``: what its answer means; ``form``: fields of a form, ``files``: its files, by field."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    files: Mapping[str, File] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def sending(self) -> Iterator[dict[str, Any]]:
        """Arguments of httpx's ``request``; files are open within the block, from their beginning."""
        with ExitStack() as opened:
            arguments: dict[str, Any] = {"params": self.query, "headers": self.headers}
            if self.form is not None:
                parts = [(name, (None, value)) for name, value in self.form.items()]
                arguments["files"] = parts + [(name, _part(file, opened)) for name, file in self.files.items()]
            yield arguments


@dataclass(frozen=True)
class Page:
    """Some videos; ``last`` is where the next page goes on, None where there is none."""

    videos: tuple[Video, ...]
    last: str | None


def create(
    prompt: str | None, files: Mapping[str, File | None], options: Mapping[str, Any], once: str | None
) -> Call[Video]:
    """Make a video."""
    return _making("/v1/videos", {"prompt": prompt, **options}, files, once)


def create_presentation(
    slides: File, files: Mapping[str, File | None], options: Mapping[str, Any], once: str | None
) -> Call[Video]:
    """Make a video of slides."""
    return _making("/v1/presentations", options, {"slides": slides, **files}, once)


def create_story(
    story: str, files: Mapping[str, File | None], options: Mapping[str, Any], once: str | None
) -> Call[Video]:
    """Make a short film of a story."""
    return _making("/v1/stories", {"prompt": story, **options}, files, once)


def create_production(
    production: Mapping[str, Any], files: Mapping[str, File], options: Mapping[str, Any], once: str | None
) -> Call[Video]:
    """Make a video of a production document."""
    return _making("/v1/productions", {"production": production, **options}, files, once)


def remix(video_id: str, changes: Mapping[str, Any], files: Mapping[str, File | None], once: str | None) -> Call[Video]:
    """Make a video again with changes."""
    return _making(f"/v1/videos/{video_id}/remix", changes, files, once)


def retrieve(video_id: str) -> Call[tuple[Video, float]]:
    """Look at a video; and the seconds after which a look is worth while again."""
    return Call("GET", f"/v1/videos/{video_id}", lambda answer: (Video.of(answer.json()), _poll_after(answer)))


def cancel(video_id: str) -> Call[Video]:
    """Stop a video."""
    return Call("POST", f"/v1/videos/{video_id}/cancel", _video)


def delete(video_id: str) -> Call[None]:
    """Remove a video that has ended."""
    return Call("DELETE", f"/v1/videos/{video_id}", lambda answer: None)


def page(after: str | None, limit: int) -> Call[Page]:
    """Videos, the newest first."""
    query = {"limit": limit, **({"after": after} if after else {})}
    return Call("GET", "/v1/videos", _page, query)


def voices(language: str | None) -> Call[list[Voice]]:
    """The voices that are installed."""
    query = {"lang": language} if language else {}
    return Call("GET", "/v1/voices", lambda answer: [Voice.of(each) for each in answer.json()["data"]], query)


def check_photo(photo: File) -> Call[Portrait]:
    """Look at a photo before a video is made."""
    return Call(
        "POST", "/v1/portraits/check", lambda answer: Portrait.of(answer.json()), form={}, files={"image": photo}
    )


def pause_after(answer: httpx.Response | None, tries: int) -> float | None:
    """Seconds until the request is worth another try; None where the answer stands. ``answer``: None for none."""
    if answer is not None and answer.status_code not in _AGAIN:
        return None
    asked = "" if answer is None else answer.headers.get("Retry-After", "")
    return min(_LONGEST_PAUSE, float(asked) if asked.isdecimal() else 0.5 * 2**tries)


def _making(path: str, options: Mapping[str, Any], files: Mapping[str, File | None], once: str | None) -> Call[Video]:
    form = {name: _text(value) for name, value in options.items() if value is not None}
    given = {name: file for name, file in files.items() if file is not None}
    return Call("POST", path, _video, form=form, files=given, headers={"Idempotency-Key": once or uuid.uuid4().hex})


def _text(value: object) -> str:
    """As a form has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str) and _nested(value)):
        return json.dumps(value, ensure_ascii=False)
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _nested(values: Sequence[object]) -> bool:
    return any(isinstance(value, Mapping) for value in values)


def _part(file: File, opened: ExitStack) -> tuple[str, bytes | IO[bytes]]:
    """(name, content); the service looks at the content, never at the name."""
    if isinstance(file, bytes):
        return "file", file
    if isinstance(file, (str, Path)):
        return "file", opened.enter_context(Path(file).open("rb"))
    file.seek(0)
    return "file", file


def _video(answer: httpx.Response) -> Video:
    return Video.of(answer.json())


def _page(answer: httpx.Response) -> Page:
    told = answer.json()
    return Page(tuple(Video.of(each) for each in told["data"]), told["last_id"] if told["has_more"] else None)


def _poll_after(answer: httpx.Response) -> float:
    asked = answer.headers.get("openai-poll-after-ms", "")
    return int(asked) / 1000.0 if asked.isdecimal() else _POLL
