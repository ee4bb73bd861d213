"""eSpeak NG inside the process for Coqui's models, which would call a program of that name that may not be there."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version

from speech.espeak.library import installed_voices
from speech.transcription import espeak_symbols

__all__ = ["lend_espeak"]

_CODES = {"en": "en-us", "zh-cn": "cmn", "fr": "fr-fr", "pt": "pt"}
_COMPOSED = {"c\u0327": "ç"}
"""Phones whose marks are decomposed here and are one character in the vocabularies of Coqui's models."""


@lru_cache(maxsize=1)
def lend_espeak() -> None:
    """Put a phonemizer named ``espeak`` into Coqui's table; any machine then reads text the same way."""
    from TTS.tts.utils.text import phonemizers
    from TTS.tts.utils.text.phonemizers.base import BasePhonemizer

    class LentEspeak(BasePhonemizer):
        """eSpeak NG as Piper carries it."""

        def __init__(self, language: str, **settings: object) -> None:
            super().__init__(_CODES.get(language, language), keep_puncs=True)

        @staticmethod
        def name() -> str:
            return "espeak"

        @classmethod
        def is_available(cls) -> bool:
            return True

        def version(self) -> str:
            return version("piper-tts")

        @staticmethod
        def supported_languages() -> dict[str, str]:
            return {code: code for code, _ in installed_voices()}

        def _phonemize(self, text: str, separator: str) -> str:
            ipa = "".join(espeak_symbols(self.language, text))
            for apart, together in _COMPOSED.items():
                ipa = ipa.replace(apart, together)
            return separator.join(ipa) if separator else ipa

    phonemizers._register_phonemizers()
    phonemizers.PHONEMIZERS["espeak"] = LentEspeak
    phonemizers.DEF_LANG_TO_PHONEMIZER.update({code: "espeak" for code, _ in installed_voices()})
