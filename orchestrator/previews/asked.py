"""Quick jobs: a voice to hear, a backdrop to look at. One step on a queue of its own, one file as the result.

A job's id is a hash of what was asked, so what was asked before, within the hour that it is kept, is not made again.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["FORMATS", "PREVIEW_SIDE", "BackdropAsked", "QuickRequest", "SpeechAsked", "result_of"]

FORMATS = ("mp3", "wav", "flac", "opus", "aac", "pcm")
"""Formats of speech; ``pcm`` is 24 kHz, 16 bit, mono, without a header."""
PREVIEW_SIDE = (128, 640)
_MOST_TEXT = 4096


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpeechAsked(_Asked):
    """A text in a voice. ``speed`` times the voice's own pace; ``engine`` and ``voice`` None: by the language."""

    kind: Literal["speech"] = "speech"
    text: str = Field(min_length=1, max_length=_MOST_TEXT)
    voice: str | None = None
    lang: str | None = None
    engine: str | None = None
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    format: str = Field(default="mp3", pattern=f"^({'|'.join(FORMATS)})$")


class BackdropAsked(_Asked):
    """One turn of a backdrop as ``frames`` small pictures that repeat. ``sample``: many are wanted, so what the network
    would paint is painted without it."""

    kind: Literal["backdrop"] = "backdrop"
    backdrop: str = Field(min_length=1, max_length=2000)
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    size: str = "320x180"
    frames: int = Field(default=16, ge=1, le=24)
    engine: str | None = None
    sample: bool = False


QuickRequest = Annotated[SpeechAsked | BackdropAsked, Field(discriminator="kind")]


def result_of(asked: SpeechAsked | BackdropAsked) -> str:
    """Name of the file that the job leaves."""
    return f"speech.{asked.format}" if isinstance(asked, SpeechAsked) else "backdrop.webp"
