"""Several scenes of one video: checked together, and kept with the job as JSON. Light: every door may load it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from avatar.core.errors import Cancelled, GovorunError
from avatar.core.reasons import reworded
from orchestrator.video.request import RenderRequest, request_of

__all__ = [
    "ALIKE",
    "BED",
    "MOST_SCENES",
    "ONCE",
    "like_from_json",
    "naming_scene",
    "requests_of",
    "scenes_from_json",
    "scenes_to_json",
    "tuple_of_scenes",
    "with_defaults",
]

MOST_SCENES = 100
ALIKE = ("size", "fps", "alpha")
"""Options that all scenes of a video have in common."""
BED = ("music", "music_volume", "loudness")
"""Options of the sound of the whole video."""
ONCE = ("measure",)
"""Options of the finished video."""
_WORDS = ("text", "script", "audio", "transcript")


def tuple_of_scenes(scenes: RenderRequest | Sequence[RenderRequest]) -> tuple[RenderRequest, ...]:
    """One request or many as a tuple."""
    return (scenes,) if isinstance(scenes, RenderRequest) else tuple(scenes)


@contextmanager
def naming_scene(number: int, scenes: int) -> Iterator[None]:
    """An error within the block says in which of several ``scenes`` it came up; ``number`` counts from 0."""
    try:
        yield
    except Cancelled:
        raise
    except GovorunError as error:
        if scenes == 1:
            raise
        raise type(error)(reworded(f"Scene {number + 1}: {error}", error.message, scene=number + 1)) from error


def requests_of(scenes: Sequence[Mapping[str, object]], defaults: Mapping[str, object]) -> tuple[RenderRequest, ...]:
    """A request a scene from the options of each and ``defaults``; OptionError names the scene that is wrong."""
    requests = []
    for number, options in enumerate(scenes):
        with naming_scene(number, len(scenes)):
            requests.append(request_of(**with_defaults(options, defaults)))
    return tuple(requests)


def with_defaults(options: Mapping[str, object], defaults: Mapping[str, object]) -> dict[str, object]:
    """What a scene says itself counts; who speaks otherwise is no default for a scene with words of its own."""
    says = any(name in options for name in _WORDS)
    return {name: value for name, value in defaults.items() if not (says and name in _WORDS)} | dict(options)


def scenes_to_json(scenes: Sequence[RenderRequest], like: str | None = None) -> str:
    """What the job table keeps: ``{"scenes": [...], "like": "an earlier job"}``."""
    content = {"scenes": [scene.model_dump(mode="json") for scene in scenes], "like": like}
    return json.dumps(content, ensure_ascii=False)


def like_from_json(text: str) -> str | None:
    """The earlier job of which something may be used again, as :func:`scenes_to_json` wrote it."""
    like: str | None = json.loads(text).get("like")
    return like


def scenes_from_json(text: str) -> tuple[RenderRequest, ...]:
    """What :func:`scenes_to_json` wrote; none for a quick job."""
    return tuple(RenderRequest.model_validate(scene) for scene in json.loads(text).get("scenes", ()))
