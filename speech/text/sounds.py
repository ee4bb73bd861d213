"""Sounds that scripts have in brackets, [laughs], and the directions that come nearest to them."""

from __future__ import annotations

import re

__all__ = ["instead_of"]

_MOODS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words), instead)
    for words, instead in (
        (r"laugh|chuckl|giggl|smil|grin|snicker|haha|смех|смеё|смее|хохо|хихи|улыб", "[happy], [nod]"),
        (r"sigh|sob|cry|cries|weep|sniff|moan|вздых|вздох|плач|всхлип|рыда", "[sad], [slow]…[/slow]"),
        (r"gasp|scream|shriek|wow|ахает|ах$|вскрик|крик", "[surprised], [volume: +6dB]…[/volume]"),
        (r"shout|yell|loud|крич|громко", "[volume: +6dB]…[/volume], [angry]"),
        (r"growl|groan|рычит|ворчит", "[angry]"),
        (r"whisper|quiet|soft|murmur|mutter|шёпот|шепот|шепч|тихо|бормоч", "[volume: -6dB]…[/volume]"),
        (r"applau|clap|cheer|music|song|sing|hum|whistl|cough|sneez|throat|breath|inhal|exhal|yawn|beep|bell|door|noise|"
         r"silence|inaudible|crosstalk|foreign|gulp|snort|kiss|burp|snor|аплодисмент|музык|пес|поёт|кашл|чиха|вдох|выдох|"
         r"зевает|тишина|молч|шум|звон|стук|неразборчиво", ""),
    )
)  # fmt: skip


def instead_of(name: str) -> str:
    """The directions to write instead of a sound called ``name``; empty where it is no sound that is known."""
    for words, instead in _MOODS:
        if words.search(name):
            return ", ".join(part for part in (instead, "[pause]") if part)
    return ""
