"""The finished picture: person over backdrop, captions, encoded segments."""

from __future__ import annotations

from avatar.compose.burn import line_length
from avatar.compose.captions import Caption, caption_cues, to_srt, to_vtt
from avatar.compose.lettering import unreadable
from avatar.compose.mark import mark_text
from avatar.compose.segment import POSTER_FRAME, compose_segment, poster, write_picture

__all__ = [
    "POSTER_FRAME",
    "Caption",
    "caption_cues",
    "compose_segment",
    "line_length",
    "mark_text",
    "poster",
    "to_srt",
    "to_vtt",
    "unreadable",
    "write_picture",
]
