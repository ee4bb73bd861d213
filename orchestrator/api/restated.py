"""What engines and the command line say, as a client of the API has to hear it: fields, not flags; no command that only
whoever runs the service could type, and no folder of its machine."""

from __future__ import annotations

import re
from collections.abc import Mapping

from avatar.core.reasons import Message, reworded

__all__ = ["IN_THE_API", "restated"]

_FLAG = re.compile(r"--([a-z]+(?:-[a-z]+)*)")
_VOICES = "GET /v1/voices lists those that are here."
_DISK = "The disk of the service is full: try again later, or delete videos that are not needed."
IN_THE_API: Mapping[str, str] = {
    "unknown_voice": "Unknown voice {voice!r}: " + _VOICES,
    "misspelt_voice": "Unknown voice {voice!r}: did you mean {near}? " + _VOICES,
    "no_voice_for_language": "No voice here speaks {language!r}: " + _VOICES,
    "espeak_lacks_language": "eSpeak NG does not speak {language!r}: " + _VOICES,
    "robotic_voice": "No neural voice here speaks {language} well: {engine} speaks it ({voice}, robotic).",
    "accented_voice": "The voice {voice} speaks {language} with an accent.",
    "caption_letters": "No font here can write {letters} into the picture: ask for srt or vtt captions.",
    "disk_full": _DISK,
    "disk_room": _DISK,
    "cannot_write": "The service could not write its files: try again later, or tell whoever runs it.",
    "not_signed": "The video carries no signature, only a mark in its metadata that a machine made it.",
}
"""Reason -> sentence, a format of its params, where the one of :data:`avatar.core.reasons.REASONS` does not do."""
_FOR_OTHERS = ("listed", "folder", "name")


def restated(message: str) -> str:
    """``message`` for a client, with its reason; params that speak of commands and folders are left out."""
    known = IN_THE_API.get(message.reason) if isinstance(message, Message) else None
    if not isinstance(message, Message) or known is None:
        return reworded(_FLAG.sub(lambda flag: flag[1].replace("-", "_"), message), message)
    params = {name: value for name, value in message.params.items() if name not in _FOR_OTHERS}
    return Message.worded(known.format(**message.params), message.reason, params)
