"""The table of speech engines."""

from avatar.core.registry import Registry

__all__ = ["ENGINES"]

ENGINES = Registry(
    "speech engine",
    {
        "piper": "speech.engines.piper:Piper",
        "kokoro": "speech.engines.kokoro:Kokoro",
        "espeak": "speech.engines.espeak:Espeak",
        "coqui": "speech.engines.coqui:Coqui",
        "recorded": "speech.engines.recorded:Recorded",
        "tone": "speech.engines.tone:Tone",
    },
)
