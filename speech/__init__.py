"""Script → speech: sound with timed phonemes and words."""

from speech.directions import DIRECTIONS, DirectionRule
from speech.engines import ENGINES
from speech.options import SpeechOptions, Voice
from speech.script import escape, parse
from speech.speaking import speak, stream

__all__ = ["DIRECTIONS", "ENGINES", "DirectionRule", "SpeechOptions", "Voice", "escape", "parse", "speak", "stream"]
