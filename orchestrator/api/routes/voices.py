"""``GET /v1/voices``: who can speak, in which language, under which licence."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from orchestrator.api.access import Asker
from orchestrator.probes import installed

__all__ = ["router"]

router = APIRouter(tags=["voices"])
_EXAMPLE = {
    "object": "list",
    "data": [
        {
            "id": "en_US-joe", "object": "voice", "name": "joe", "language": "en-US", "engine": "piper",
            "quality": "neural", "licence": "CC0-1.0", "gender": "", "manner": "", "languages": {}, "sample": "",
            "sample_url": "/v1/voices/en_US-joe/sample",
        }
    ],
    "languages": [{"language": "en", "voices": ["en_US-joe"]}],
}  # fmt: skip
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The voices", "content": {"application/json": {"example": _EXAMPLE}}}
}


@router.get("/v1/voices", summary="List the voices", responses=_RESPONSES)
async def list_voices(
    who: Asker, lang: str | None = Query(None, max_length=35, description="Only this language: en, ru, ...")
) -> dict[str, Any]:
    """The voices that are installed. `quality` is neural, robotic or test; a voice of several languages has `language`
    mul, and `languages` says how well it speaks each: native, accented or robotic. `languages` of the answer groups
    ids, robotic voices last."""
    found = [_voice(voice) for voice in await run_in_threadpool(installed.voices)]
    data = [voice for voice in found if lang is None or _base(lang) in _spoken(voice)]
    return {"object": "list", "data": data, "languages": _grouped(data)}


def _voice(voice: dict[str, Any]) -> dict[str, Any]:
    name = str(voice["name"])
    return {
        "id": name,
        "object": "voice",
        "name": _short(name, str(voice["engine"])),
        **{
            key: voice[key]
            for key in ("language", "engine", "quality", "licence", "gender", "manner", "languages", "sample")
        },
        "sample_url": f"/v1/voices/{quote(name, safe='')}/sample",
    }


def _short(name: str, engine: str) -> str:
    """``joe`` of ``en_US-joe``, ``irina`` of ``ru_RU-irina-medium``; the language follows from another field."""
    if engine == "kokoro":
        return name.removeprefix("kokoro-")
    parts = name.split("-")
    return parts[1] if engine == "piper" and len(parts) > 1 else "eSpeak" if engine == "espeak" else name


def _grouped(voices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[str, list[tuple[bool, str]]] = {}
    for voice in voices:
        for language, quality in _spoken(voice).items():
            groups.setdefault(language, []).append((quality in ("robotic", "test"), voice["id"]))
    return [
        {"language": language, "voices": [name for _, name in sorted(group, key=lambda one: one[0])]}
        for language, group in sorted(groups.items())
    ]


def _spoken(voice: dict[str, Any]) -> dict[str, str]:
    """Language → how well the voice speaks it."""
    return voice["languages"] or {_base(voice["language"]): voice["quality"]}


def _base(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()
