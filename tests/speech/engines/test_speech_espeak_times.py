"""The phones of eSpeak NG stand where its synthesiser put them."""

from __future__ import annotations

import numpy as np
import pytest

from speech.espeak.library import synthesise
from speech.espeak.utterances import phones_of, voice_for
from speech.phones import is_phone


@pytest.mark.parametrize(("text", "language"), [("Сергей видит гения", "ru"), ("She buys red eggs", "en")])
def test_phones_start_where_the_synthesiser_says(text: str, language: str) -> None:
    sound = synthesise(text, voice_for(language), 1.0, 0)
    told = np.array([event.sample for event in sound.phones if any(map(is_phone, event.ipa))]) / sound.rate
    starts = np.array([phone.start for phone in phones_of(sound)])
    assert len(told) > 8
    assert [float(np.abs(starts - time).min()) for time in told] == pytest.approx([0.0] * len(told), abs=1e-3)
