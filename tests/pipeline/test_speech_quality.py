"""What a listener understands, how exactly phones are placed, and what hours of recording cost; figures in
docs/speech-quality.md."""

from __future__ import annotations

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from avatar.core.progress import silent
from orchestrator.bench.speech import boundary_errors, disguised, sentences, word_error_rate
from speech import SpeechOptions, parse, speak

LISTS = Path(__file__).parents[1] / "speech_lists"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_packaged_voice_is_understood() -> None:
    rate, words = word_error_rate(sentences(LISTS / "english.txt")[::4])
    assert words > 90
    assert rate < 0.10


def test_english_phones_are_placed_within_25_ms(tmp_path: Path) -> None:
    errors = []
    for line in sentences(LISTS / "aligner_english.txt")[::4]:
        speech = speak(parse(line), "piper", SpeechOptions(), silent(), tmp_path)
        sound = np.interp(np.arange(0, len(speech.samples), speech.rate / 16_000), np.arange(len(speech.samples)),
                          speech.samples).astype(np.float32)  # fmt: skip
        errors.append(boundary_errors(line, speech.phonemes, sound, "en"))
    apart = np.abs(np.concatenate(errors))
    assert len(apart) > 400
    assert np.median(apart) <= 0.025
    assert np.percentile(apart, 90) <= 0.08


def test_russian_phones_are_placed_in_another_voice() -> None:
    lines = sentences(LISTS / "aligner_russian.txt")[::4]
    errors = [boundary_errors(line, *disguised(line, number)[::-1], "ru") for number, line in enumerate(lines)]
    assert np.median(np.abs(np.concatenate(errors))) <= 0.025


_PEAK = """
import resource, sys
from pathlib import Path
from avatar.core.progress import silent
from speech import SpeechOptions, speak
folder = Path(sys.argv[1])
said = (folder / "said.txt").read_text()
speech = speak(None, None, SpeechOptions(audio=folder / "said.wav", transcript=said, cache=folder,
                       engine_options={"hear": "no"}), silent(), folder)
assert speech.words[-1].end > 0.9 * speech.seconds, speech.words[-1]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def peak_mb(folder: Path, samples: np.ndarray, rate: int, text: str, times: int) -> float:
    """Peak memory of a process that aligns ``text`` to its sound, both repeated."""
    folder.mkdir()
    (folder / "said.txt").write_text(" ".join([text] * times))
    with wave.open(str(folder / "said.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        for _ in range(times):
            file.writeframes((samples * 32767).astype("<i2").tobytes())
    return float(subprocess.run([sys.executable, "-c", _PEAK, str(folder)], capture_output=True, check=True).stdout)


def test_memory_does_not_grow_with_the_length_of_a_recording(tmp_path: Path) -> None:
    text = "The dog lies by the door and waits for his master. Days are short in winter. We drank tea and saw the snow."
    speech = speak(parse(text), "espeak", SpeechOptions(lang="en"), silent(), tmp_path)
    short, long = (peak_mb(tmp_path / str(n), speech.samples, speech.rate, text, n) for n in (7, 21))
    assert long < short + 15  # its sound alone would be more
