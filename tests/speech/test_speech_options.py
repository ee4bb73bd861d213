"""What may be chosen about a speech, what a voice speaks, and what is said of the rest."""

from __future__ import annotations

import pytest

from avatar.core.errors import OptionError
from speech.options import SpeechOptions, Voice


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_a_speed_from_half_to_double_is_taken(speed: float) -> None:
    assert SpeechOptions(speed=speed).speed == speed


@pytest.mark.parametrize(("speed", "shown"), [(0.49, "0.49"), (2.01, "2.01"), (float("nan"), "nan"), (-1, "-1")])
def test_another_speed_is_refused(speed: float, shown: str) -> None:
    with pytest.raises(OptionError, match=rf"^Speed {shown} is out of range: choose 0\.5 to 2\.$"):
        SpeechOptions(speed=speed)


def test_the_defaults_speak_any_script_on_one_core_and_remember() -> None:
    chosen = SpeechOptions()
    assert (chosen.seed, chosen.speed, chosen.cores, chosen.remember) == (0, 1.0, 1, True)
    assert [chosen.voice, chosen.lang, chosen.audio, chosen.transcript, chosen.lexicon, chosen.cache] == [None] * 6
    assert chosen.engine_options == {}


@pytest.mark.parametrize(("given", "number"), [("0.25", 0.25), ("1.5", 1.5), (" 1 ", 1.0), (None, 9.0)])
def test_an_option_of_an_engine_is_a_number_within_its_bounds(given: str | None, number: float) -> None:
    chosen = SpeechOptions(engine_options={"other": "2"} if given is None else {"noise": given})
    assert chosen.number("noise", 9.0, 0.25, 1.5) == number


@pytest.mark.parametrize("given", ["0.24", "1.51", "nan", "much", "inf", ""])
def test_what_is_no_such_number_is_refused_with_the_bounds(given: str) -> None:
    chosen = SpeechOptions(engine_options={"noise": given})
    with pytest.raises(OptionError, match=rf"^noise={given} is out of range: choose a number from 0\.25 to 1\.5\.$"):
        chosen.number("noise", 1.0, 0.25, 1.5)


@pytest.mark.parametrize(
    ("own", "asked", "quality"),
    [
        ("en-US", "en", "neural"), ("en_US", "EN-gb", "neural"), ("EN", "en_AU", "neural"), ("en", "de", None),
        ("mul", "xx", "neural"), ("en", "mul", None),
    ],
)  # fmt: skip
def test_a_voice_speaks_its_language_with_any_country(own: str, asked: str, quality: str | None) -> None:
    assert Voice("v", own, "MIT", "neural", "piper").speaks(asked) == quality


def test_a_voice_of_several_languages_tells_how_well_it_speaks_each() -> None:
    voice = Voice("v", "ru", "MIT", "neural", "piper", languages={"en": "accented", "de": "robotic"})
    assert [voice.speaks(code) for code in ("en-US", "DE", "ru", "fr")] == ["accented", "robotic", None, None]
