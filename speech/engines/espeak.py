"""eSpeak NG: robotic speech in more than a hundred languages, with the exact time of every phone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from avatar.core.progress import Progress
from avatar.core.types import EngineCard, Speech
from speech.espeak.library import installed_voices, library_version
from speech.espeak.utterances import DEFAULTS, PREFIX, speak_utterance
from speech.options import SpeechOptions, Voice
from speech.text.planning import Utterance

__all__ = ["Espeak"]

_LANGUAGES = {"cmn": "zh"}


class Espeak:
    """Voices ``espeak-CODE``, one a language; the voice for Russian and for whatever has no neural voice here."""

    options: ClassVar[tuple[str, ...]] = ()
    side_by_side: ClassVar[bool] = False

    def card(self, voice: str | None = None) -> EngineCard:
        return EngineCard("espeak", library_version(), "GPL-3.0-or-later")

    def voices(self) -> tuple[Voice, ...]:
        licence = "GPL-3.0-or-later"
        return tuple(
            Voice(PREFIX + code, _LANGUAGES.get(code, code), licence, "robotic", "espeak")
            for code, _ in sorted(installed_voices(), key=lambda pair: (pair[0] not in DEFAULTS.values(), pair[0]))
        )

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        for utterance in utterances:
            yield speak_utterance(utterance, options)
