"""Videos found by words of their title or script, whatever the case, the same over every database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.jobs.table import Job, Jobs

__all__ = ["Wanted", "found"]

_AT_ONCE, _MOST = 200, 20_000


@dataclass(frozen=True)
class Wanted:
    """Whose videos, in which states (none: all), with which words (all of them, in any order), in which order."""

    owner: str
    states: tuple[str, ...] = ()
    words: str = ""
    ascending: bool = False


def found(jobs: Jobs, wanted: Wanted, after: str | None, limit: int) -> list[Job]:
    """At most ``limit`` videos after the job ``after``; words are looked for in the latest twenty thousand."""
    words = wanted.words.casefold().split()
    if not words:
        return jobs.page(wanted.owner, after, limit, wanted.ascending, wanted.states)
    matching: list[Job] = []
    for job in _all(jobs, wanted, after):
        text = _text(job)
        if all(word in text for word in words):
            matching.append(job)
        if len(matching) == limit:
            break
    return matching


def _all(jobs: Jobs, wanted: Wanted, after: str | None) -> Iterator[Job]:
    for _ in range(0, _MOST, _AT_ONCE):
        page = jobs.page(wanted.owner, after, _AT_ONCE, wanted.ascending, wanted.states)
        yield from page
        if len(page) < _AT_ONCE:
            return
        after = page[-1].id


def _text(job: Job) -> str:
    scenes = json.loads(job.request)["scenes"]
    spoken = [scene.get("text") or scene.get("transcript") or "" for scene in scenes]
    return "\n".join([str(job.details.get("title") or ""), *spoken]).casefold()
