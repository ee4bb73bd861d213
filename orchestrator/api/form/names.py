"""Names only: what a client writes where an engine would also take a path or an address is refused."""

from __future__ import annotations

import re

from avatar.core.errors import ScriptError
from avatar.core.reasons import Message
from orchestrator.api.form.refusal import FieldError
from orchestrator.probes.script import is_voice_name

__all__ = ["check_backdrop", "check_language", "check_name", "check_script", "check_voice"]

_ENGINE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3}")
_FACE = re.compile(r"largest|left|right|[1-9][0-9]?")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,39}(:[0-9.]{1,8})?")
_FREE_TEXT = ("transcript", "heading", "lower_third")
_LISTED = (
    "influence_scenario",
    "layout",
    "layout_ground",
    "transition",
    "accent",
    "backdrop_trim",
    "backdrop_sound",
)  # the field itself says what it takes
_ADDRESS = re.compile(r"(?i)\s*(https?|ftp|file|s3|data):")
_LONGEST_BACKDROP = 2000


def check_name(option: str, value: str) -> None:
    """FieldError where ``value`` is no name of the kind that an option of a video takes: a word, if not said here."""
    if option == "voice":
        check_voice(value)
    elif option in ("backdrop", "backdrop_from"):
        check_backdrop(value)
    elif option == "lang":
        check_language(value)
    elif option == "face":
        _require(_FACE, value, "largest, left, right, or the number of a face from the left")
    elif option.endswith("_engine"):
        _require(_ENGINE, value, "the name of an engine")
    elif option not in (*_FREE_TEXT, *_LISTED):
        _require(_WORD, value, "one of the known words")


def check_voice(value: str) -> str:
    """``value``; FieldError where it is no name of a voice."""
    if not is_voice_name(value):
        raise FieldError(Message("voice_not_a_name", voice=value[:80]), "invalid_voice")
    return value


def check_backdrop(value: str) -> str:
    """``value``; FieldError where it names a file or an address."""
    if value.lstrip().startswith("@") or _ADDRESS.match(value):
        raise FieldError(Message("backdrop_not_words"), "invalid_backdrop")
    if len(value) > _LONGEST_BACKDROP:
        raise FieldError(Message("backdrop_field_too_long", most=_LONGEST_BACKDROP), "invalid_backdrop")
    return value


def check_language(value: str) -> str:
    """``value``; FieldError where it is no language."""
    _require(_LANGUAGE, value, "a language such as en, ru or pt-BR")
    return value


def check_script(text: str) -> str:
    """For short texts: FieldError where ``text`` cannot be read, or changes to a voice that is no name."""
    from speech import parse

    try:
        script = parse(text)
    except ScriptError as error:
        raise FieldError(error.message, error.code) from None
    for direction in script.directions:
        if direction.name == "voice":
            check_voice(direction.value)
    return text


def _require(pattern: re.Pattern[str], value: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise FieldError(f"{value[:80]!r} is not {what}.")
