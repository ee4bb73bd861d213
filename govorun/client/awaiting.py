"""The client of asyncio: the methods of :mod:`govorun.client.blocking`, to be awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx

from govorun.client import calls
from govorun.client.blocking import completed, id_of
from govorun.client.calls import Call, File
from govorun.client.errors import ServiceError, Unreachable
from govorun.client.objects import Portrait, Video, Voice

__all__ = ["AsyncGovorun"]

T = TypeVar("T")


class AsyncGovorun:
    """A service at ``url``. ``key``: where one is needed; ``timeout``: seconds that one answer may take; ``tries``: how
    often a service that is busy or away is asked.

    Every method may raise ServiceError for what the service refuses, and Unreachable where it does not answer.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = 60.0,
        tries: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout, transport=transport)
        self._tries = tries

    async def create(
        self,
        prompt: str | None = None,
        *,
        photo: File | None = None,
        audio: File | None = None,
        backdrop_image: File | None = None,
        files: dict[str, File] | None = None,
        idempotency_key: str | None = None,
        **options: Any,
    ) -> Video:
        """Begin a video of ``photo`` speaking ``prompt``, or the recording ``audio``.

        ``options``: the fields of the API (``voice``, ``backdrop``, ``size``, ``captions``, ``title``, ``scenes`` ...).
        ``files``: what scenes name. ``idempotency_key``: two requests with the same one make one video.
        """
        given = {"input_reference": photo, "audio": audio, "backdrop_image": backdrop_image, **(files or {})}
        return await self._ask(calls.create(prompt, given, options, idempotency_key))

    async def create_presentation(
        self,
        slides: File,
        *,
        photo: File | None = None,
        slides_pdf: File | None = None,
        idempotency_key: str | None = None,
        **options: Any,
    ) -> Video:
        """Begin a video of ``slides``, a PPTX or a PDF: one scene a slide, its notes spoken.

        ``options``: ``notes``, ``pages``, ``without_notes``, and the fields of any video.
        """
        files = {"input_reference": photo, "slides_pdf": slides_pdf}
        return await self._ask(calls.create_presentation(slides, files, options, idempotency_key))

    async def create_story(
        self, story: str, *, photo: File | None = None, idempotency_key: str | None = None, **options: Any
    ) -> Video:
        """Begin a short film of the text ``story``, told by the person of ``photo`` or by a voice alone."""
        return await self._ask(calls.create_story(story, {"input_reference": photo}, options, idempotency_key))

    async def create_production(
        self,
        production: Mapping[str, Any],
        *,
        files: Mapping[str, File] | None = None,
        idempotency_key: str | None = None,
        **options: Any,
    ) -> Video:
        """Begin the video of a ``production`` document. ``files``: what it names, by the names that it has for them."""
        return await self._ask(calls.create_production(production, files or {}, options, idempotency_key))

    async def remix(
        self,
        video: Video | str,
        *,
        photo: File | None = None,
        audio: File | None = None,
        backdrop_image: File | None = None,
        files: dict[str, File] | None = None,
        idempotency_key: str | None = None,
        **changes: Any,
    ) -> Video:
        """Begin a video again with ``changes``; what did not change is not made again."""
        given = {"input_reference": photo, "audio": audio, "backdrop_image": backdrop_image, **(files or {})}
        return await self._ask(calls.remix(id_of(video), changes, given, idempotency_key))

    async def retrieve(self, video: Video | str) -> Video:
        """The video as it is now."""
        return (await self._ask(calls.retrieve(id_of(video))))[0]

    async def wait(
        self, video: Video | str, progress: Callable[[Video], object] | None = None, timeout: float | None = None
    ) -> Video:
        """The video when it is completed; ``progress`` is called with every look at it.

        VideoFailed where it failed or was cancelled, TimeoutError after ``timeout`` seconds; it goes on then.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            now, pause = await self._ask(calls.retrieve(id_of(video)))
            if progress is not None:
                progress(now)
            if now.ended:
                return completed(now)
            if deadline is not None and time.monotonic() + pause > deadline:
                raise TimeoutError(f"The video {now.id} is not done after {timeout:g} s; it goes on.")
            await asyncio.sleep(pause)

    async def download(self, video: Video | str, path: Path | str, variant: str = "video") -> Path:
        """Write a file of the video to ``path``, whole or not at all.

        ``variant``: video, thumbnail, spritesheet, srt, vtt, sidecar or draft.
        """
        target = Path(path)
        part = target.with_name(f".{target.name}.part")
        call = Call("GET", f"/v1/videos/{id_of(video)}/content", lambda answer: answer, {"variant": variant})
        try:
            with part.open("wb") as file:
                async for chunk in self._stream(call):
                    file.write(chunk)
            return part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    async def videos(self) -> AsyncIterator[Video]:
        """All videos of the key, the newest first."""
        after: str | None = None
        while True:
            found = await self._ask(calls.page(after, 100))
            for video in found.videos:
                yield video
            after = found.last
            if after is None:
                return

    async def cancel(self, video: Video | str) -> Video:
        """Stop a video that is not done."""
        return await self._ask(calls.cancel(id_of(video)))

    async def delete(self, video: Video | str) -> None:
        """Remove a video that has ended, and its files."""
        await self._ask(calls.delete(id_of(video)))

    async def voices(self, language: str | None = None) -> list[Voice]:
        """The voices that are installed, of one language or of all."""
        return await self._ask(calls.voices(language))

    async def check_photo(self, photo: File) -> Portrait:
        """Whether a photo will do, and what would be better."""
        return await self._ask(calls.check_photo(photo))

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncGovorun:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def _ask(self, call: Call[T]) -> T:
        for tries in range(self._tries):
            answer, why = await self._tried(call)
            pause = calls.pause_after(answer, tries)
            if pause is None or tries == self._tries - 1:
                break
            await asyncio.sleep(pause)
        if answer is None:
            raise Unreachable(f"{self._http.base_url} does not answer: {why}") from why
        if answer.is_error:
            raise ServiceError.of(answer)
        return call.read(answer)

    async def _tried(self, call: Call[Any]) -> tuple[httpx.Response | None, Exception | None]:
        try:
            with call.sending() as arguments:
                return await self._http.request(call.method, call.path, **arguments), None
        except httpx.TransportError as error:
            return None, error

    async def _stream(self, call: Call[Any]) -> AsyncIterator[bytes]:
        try:
            with call.sending() as arguments:
                async with self._http.stream(call.method, call.path, **arguments) as answer:
                    if answer.is_error:
                        await answer.aread()
                        raise ServiceError.of(answer)
                    async for chunk in answer.aiter_bytes():
                        yield chunk
        except httpx.TransportError as error:
            raise Unreachable(f"{self._http.base_url} broke off: {error}") from error
