"""What is wrong with a field, as the client is told: one sentence, a code, and the name of the field."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from pydantic import ValidationError

from avatar.core.reasons import Message, reworded
from orchestrator.api.errors import ApiError

__all__ = ["FieldError", "in_scene", "refusal", "refuse_decided", "unknown"]

_LONGEST = 80
_FOREIGN = {
    "source_url": "input_reference, a file that you upload",
    "driver_url": "gesture_style",
    "script": "prompt",
    "scriptText": "prompt",
    "text": "prompt",
    "input_text": "prompt",
    "video_inputs": "scenes",
    "input": "scenes",
    "scene": "scenes",
    "character": "input_reference, a file that you upload",
    "avatar": "input_reference, a file that you upload",
    "image": "input_reference, a file that you upload",
    "image_url": "input_reference, a file that you upload",
    "audio_url": "audio, a file that you upload",
    "background": "backdrop",
    "background_image": "backdrop_image",
    "dimension": "size",
    "aspectRatio": "size",
    "aspect_ratio": "size",
    "resolution": "size",
    "caption": "captions",
    "subtitles": "captions",
    "webhook": "webhook_url",
    "callback_url": "webhook_url",
    "callbackId": "metadata",
    "callback_id": "metadata",
    "language": "lang",
    "name": "title",
    "emotion": "expression",
}
"""What other services call it, or RenderRequest -> what it is called here."""
_HAS_TO_BE = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "float_type": "a number",
    "float_parsing": "a number",
    "literal_error": "{expected}",
}


class FieldError(ValueError):
    """What a client wrote cannot be taken. The message is a whole sentence; ``code`` is for programs; ``field`` where
    it is about a field that is not there."""

    def __init__(self, message: str, code: str = "invalid_value", field: str | None = None) -> None:
        super().__init__(message)
        self.message, self.code, self.field = message, code, field


def refusal(error: ValidationError, scene: int | None = None) -> ApiError:
    """The first error as an answer; its ``param`` is the field, ``scenes[1].voice`` in a scene.

    ``scene``: the scene that was checked, counted from 0, where the error does not say so itself.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    place = list(first["loc"])
    if place[:1] == ["scenes"] and len(place) > 1:
        scene = int(place[1])
        del place[:2]
    told = first.get("ctx", {}).get("error")
    if isinstance(told, FieldError):
        name, message, code = told.field or _name(place), told.message, told.code
    else:
        name = _name(place)
        message, code = _sentence(name, first["type"], first["msg"], first.get("ctx", {})), "invalid_value"
    if scene is None:
        return ApiError(400, reworded(message[0].upper() + message[1:], message), code, name or None)
    return ApiError(400, in_scene(message, scene), code, f"scenes[{scene}].{name}" if name else None)


def in_scene(message: str, scene: int | None) -> str:
    """``message``, said of the scene of this number, counted from 0, where there are several."""
    return message if scene is None else reworded(f"Scene {scene + 1}: {message}", message, scene=scene + 1)


def _name(place: list[int | str]) -> str:
    return str(place[0])[:_LONGEST] if place else ""


def _sentence(name: str, kind: str, message: str, about: dict[str, object]) -> str:
    field = name or "the request"
    if kind == "string_too_long":
        return Message("field_has_at_most", field=field, n=int(str(about["max_length"])))
    if kind == "greater_than_equal":
        return Message("field_is_at_least", field=field, least=_plain(about["ge"]))
    if kind == "less_than_equal":
        return Message("field_is_at_most", field=field, most=_plain(about["le"]))
    if kind in _HAS_TO_BE:
        return f"{field} has to be {_HAS_TO_BE[kind].format(**about)}."
    return f"{field}: {message.removeprefix('Value error, ').rstrip('.')}."


def _plain(limit: object) -> str:
    return f"{limit:g}" if isinstance(limit, float) else str(limit)


def refuse_decided(given: Mapping[str, object], decided: Collection[str], known: Iterable[str]) -> None:
    """FieldError for a field of ``given`` that is ``decided`` by what was sent besides."""
    for name in decided:
        if given.get(name):
            raise unknown(name, [field for field in known if field not in decided])


def unknown(name: str, known: Iterable[str]) -> FieldError:
    """That there is no field ``name``, and which one was meant."""
    names = list(known)
    near = _FOREIGN.get(name) or next(iter(get_close_matches(name, names, 1, 0.6)), None)
    advice = f"did you mean {near}?" if near else f"known are {', '.join(names)}."
    return FieldError(f"Unknown field {name[:_LONGEST]!r}: {advice}", "unknown_field", name[:_LONGEST])
