"""Script → speech: sound with timed phonemes and words."""

from speech.engines import ENGINES
from speech.options import SpeechOptions, Voice
from speech.speaking import speak, stream
from speech.text.directions import DIRECTIONS, DirectionRule
from speech.text.script import escape, parse

__all__ = ["DIRECTIONS", "ENGINES", "DirectionRule", "SpeechOptions", "Voice", "escape", "parse", "speak", "stream"]
