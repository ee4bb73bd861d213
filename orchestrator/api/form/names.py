"""Names only: what a client writes where an engine would also take a path or an address is refused."""

from __future__ import annotations

import re

from avatar.core.errors import ScriptError
from avatar.core.reasons import Message
from orchestrator.api.errors import ApiError
from orchestrator.probes.script import is_voice_name

__all__ = ["check_name", "check_script"]

_ENGINE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3}")
_WORD = re.compile(r"[a-z][a-z_-]{0,39}")
_ADDRESS = re.compile(r"(?i)\s*(https?|ftp|file|s3|data):")
_LONGEST_BACKDROP = 2000


def check_name(field: str, value: str, param: str) -> None:
    """ApiError 400 where ``value`` is no plain name of the kind that ``field`` takes."""
    if field == "voice":
        _check_voice(value, param)
    elif field == "backdrop":
        _check_backdrop(value, param)
    elif field.endswith("_engine"):
        _require(_ENGINE, value, "the name of an engine", param)
    elif field == "lang":
        _require(_LANGUAGE, value, "a language such as en, ru or pt-BR", param)
    elif field in ("expression", "gesture_style"):
        _require(_WORD, value, "one of the known words", param)


def check_script(text: str, param: str) -> None:
    """For short texts: ApiError 400 where ``text`` cannot be read, or changes to a voice that is no name."""
    from speech import parse

    try:
        script = parse(text)
    except ScriptError as error:
        raise ApiError(400, error.message, error.code, param) from None
    for direction in script.directions:
        if direction.name == "voice":
            _check_voice(direction.value, param)


def _check_voice(value: str, param: str) -> None:
    if not is_voice_name(value):
        raise ApiError(400, Message("voice_not_a_name", voice=value[:80]), "invalid_voice", param)


def _check_backdrop(value: str, param: str) -> None:
    if value.lstrip().startswith("@") or _ADDRESS.match(value):
        raise ApiError(400, Message("backdrop_not_words"), "invalid_backdrop", param)
    if len(value) > _LONGEST_BACKDROP:
        raise ApiError(400, Message("backdrop_field_too_long", most=_LONGEST_BACKDROP), "invalid_backdrop", param)


def _require(pattern: re.Pattern[str], value: str, what: str, param: str) -> None:
    if not pattern.fullmatch(value):
        raise ApiError(400, f"{value[:80]!r} is not {what}.", "invalid_value", param)
