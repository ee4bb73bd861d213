"""What every speech engine offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol

from avatar.core.progress import Progress
from avatar.core.types import EngineCard, Speech
from speech.options import SpeechOptions, Voice
from speech.text.planning import Utterance

__all__ = ["SpeechEngine"]


class SpeechEngine(Protocol):
    """Turns utterances into sound with timing. Making one is cheap: models load on first use, once a process.

    ``options``: names of the engine options that it knows. ``side_by_side``: whether threads may speak with it at the
    same time, to some use.
    """

    options: ClassVar[tuple[str, ...]]
    side_by_side: ClassVar[bool]

    def card(self, voice: str | None = None) -> EngineCard:
        """Version and licences, and the weights of ``voice`` (None: the engine's own voice).

        MissingEngine where something is not installed, VoiceError for a voice that is unknown.
        """
        ...

    def voices(self) -> tuple[Voice, ...]:
        """The voices that work here."""
        ...

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        """Yield one finished piece an utterance, times relative to the piece, its pause at its end.

        The sound depends on the utterance, the options and nothing else. VoiceError for a voice that is unknown.
        """
        ...
