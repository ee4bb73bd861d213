"""Subtitles given as a script, SRT and WebVTT: where their cues and times are."""

from __future__ import annotations

import re

__all__ = ["CUE_TIMES", "is_subtitles", "pause_between"]

SHORTEST_PAUSE_S = 0.5
"""Shorter gaps between two cues are how subtitles are cut, not how their speaker paused."""

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[,.](\d{1,3})"
_TIMES = rf"{_TIME}[ \t]*-->[ \t]*{_TIME}[^\n]*"
CUE_TIMES = re.compile(
    r"(?:\A\ufeff?WEBVTT[^\n]*(?:\n[^\n]+)*\n*|(?:(?<=\n\n)|(?<=\r\n\r\n))(?:NOTE|STYLE|REGION)\b[^\n]*(?:\n[^\r\n]+)*\r?\n"
    rf"|(?:\A\ufeff?|(?<=\n))(?:(?:\d+|(?<=\n\n)[^\n]*|(?<=\n\r\n)[^\n]*)[ \t\r]*\n)?[ \t]*{_TIMES}\n?)"
)
_BEGINS = re.compile(rf"\ufeff?\s*(?:WEBVTT(?:\s|$)|(?:\d+[ \t\r]*\n)?[ \t]*{_TIMES})")


def is_subtitles(source: str) -> bool:
    """Whether ``source`` is an SRT or a WebVTT file."""
    return _BEGINS.match(source) is not None


def pause_between(match: re.Match[str], ends: list[float]) -> float:
    """Seconds between the end of the cue before and the begin of this one, 0 below half a second; the ends seen so far
    are kept in ``ends``."""
    if match[3] is None:
        return 0.0
    begin, end = (_seconds(match.groups()[k : k + 4]) for k in (0, 4))
    gap = round(begin - ends[-1], 2) if ends else 0.0
    ends.append(max(end, ends[-1] if ends else 0.0))
    return gap if gap >= SHORTEST_PAUSE_S else 0.0


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{thousandths}")
