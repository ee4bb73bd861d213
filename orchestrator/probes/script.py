"""Scenes checked in a process of their own, since the names of voices are known to libraries that no door may load.

``python -m orchestrator.probes.script`` reads the scenes of a video a line from standard input, as JSON, and answers
with what is wrong with them, one JSON object a line. It ends when its input ends.
"""

from __future__ import annotations

import atexit
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import avatar.core.errors
from avatar.core.errors import GovorunError, InputError, PhotoError, ScriptError, VoiceError
from avatar.core.reasons import Message, coded, replaced, uncoded
from orchestrator.probes.pool import Pool, answer_lines
from orchestrator.video.checks import check_scenes
from orchestrator.video.request import RenderRequest
from orchestrator.video.scenes import scenes_from_json, scenes_to_json

__all__ = ["check", "close", "is_voice_name", "main"]

_PATIENCE = 60.0
_VOICE = re.compile(r"[\w][\w .,'()+#:-]{0,127}")
_COQUI_MODEL = re.compile(r"tts_models(/[\w-]{1,64}){3}([#:][\w .'-]{1,64})?")
_FILE_ENDING = re.compile(r"(?i)\.(onnx|json|pth?|wav|mp3|flac|ogg|safetensors|bin|ckpt|zip)\b")
_pool = Pool("orchestrator.probes.script", patience=_PATIENCE)


def check(scenes: Sequence[RenderRequest]) -> None:
    """As :func:`orchestrator.video.checks.check_scenes`; besides, scripts may not name files as voices."""
    try:
        answer = _pool.ask(scenes_to_json(scenes))
    except PhotoError as error:
        raise ScriptError(Message("script_too_slow")) from error
    if "error" in answer:
        kind = getattr(avatar.core.errors, str(answer["kind"]), InputError)
        raise kind(uncoded(str(answer["error"]), answer))


def is_voice_name(value: str) -> bool:
    """Whether ``value`` is a plain name: engines would also take paths of files."""
    plain = _VOICE.fullmatch(value) and ".." not in value and not _FILE_ENDING.search(value)
    return bool(plain or _COQUI_MODEL.fullmatch(value))


def close() -> None:
    """End the processes that wait."""
    _pool.close()


atexit.register(close)


def main() -> None:
    """Answer until the input ends."""
    answer_lines(_answer)


def _answer(text: str) -> dict[str, Any]:
    scenes = scenes_from_json(text)
    try:
        check_scenes(scenes)
        _check_voices(scenes)
    except GovorunError as error:
        said = _without_folders(error.message, scenes)
        return {"error": said, "kind": type(error).__name__, **coded(said)}
    return {}


def _check_voices(scenes: Sequence[RenderRequest]) -> None:
    from speech import parse

    for scene in scenes:
        words = scene.words()
        spoken = parse(words).directions if "voice" in words.lower() else ()
        for name in (direction.value for direction in spoken if direction.name == "voice"):
            if not is_voice_name(name):
                raise VoiceError(Message("script_names_file", voice=name[:80]))


def _without_folders(message: str, scenes: Sequence[RenderRequest]) -> str:
    """A client has to know nothing of the folders of this machine."""
    for scene in scenes:
        for path in (scene.photo, scene.audio, Path(scene.backdrop[1:]) if scene.backdrop.startswith("@") else None):
            if path is not None:
                message = replaced(message, str(path), path.name)
    return message


if __name__ == "__main__":
    main()
