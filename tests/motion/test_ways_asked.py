"""What a backdrop is asked to show: paths, strengths and periods at their limits, and what is told of prompts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from avatar.core.errors import OptionError
from avatar.core.types import Size
from motion import BackdropOptions
from motion.asked import DriftAsked, read_asked, read_drift
from motion.drift import Strengths


def options(prompt: str = "calm ocean at dusk", **own: str) -> BackdropOptions:
    return BackdropOptions(Size(160, 90), prompt, engine_options=own)


def drift(**own: str) -> DriftAsked:
    return read_drift(options(**own), "painter", ("grain",))


def test_a_drift_that_nobody_speaks_of_is_a_small_orbit() -> None:
    assert drift() == DriftAsked("orbit", (), Strengths(18.0, 15.0), 12.0)
    told = replace(options(), text_force=30.0, noise_drift=40.0, period_s=700.0, path="wander")
    assert read_drift(told, "painter") == DriftAsked("wander", (), Strengths(30.0, 40.0), 700.0)


@pytest.mark.parametrize(
    ("name", "least", "most", "below", "above"),
    [("text_force", 0, 60, -0.1, 60.1), ("noise_drift", 0, 90, -0.1, 90.1), ("period", 2, 600, 1.9, 600.1)],
)
def test_strengths_and_periods_have_two_limits(name: str, least: int, most: int, below: float, above: float) -> None:
    def given(value: float) -> float:
        found = drift(**{name: str(value)})
        return {"text_force": found.strengths.text, "noise_drift": found.strengths.noise, "period": found.period}[name]

    assert (given(least), given(most)) == (least, most)
    for value in (below, above):
        with pytest.raises(OptionError, match=f"option {name} is {value}: give a number from {least} to {most}"):
            given(value)


@pytest.mark.parametrize(("name", "most"), [("text_force", 60), ("noise_drift", 90)])
def test_strengths_of_the_request_have_the_same_limits(name: str, most: int) -> None:
    for value in (0.0, float(most)):
        read_drift(replace(options(), **{name: value}), "painter")  # type: ignore[arg-type]
    for value in (-1.0, most + 1.0):
        told = rf"Backdrop option {name} is {value:g} degrees: give 0 to {most}\."
        with pytest.raises(OptionError, match=told):
            read_drift(replace(options(), **{name: value}), "painter")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "kind", "second"),
    [
        ("orbit", "orbit", ()),
        ("wander:", "wander", ()),
        ("predicted", "predicted", ()),
        ("travel: 'snowy forest' ", "travel", ("snowy forest",)),
        ('travel:"a: b"', "travel", ("a: b",)),
    ],
)
def test_a_path_is_one_of_four(path: str, kind: str, second: tuple[str, ...]) -> None:
    found = drift(path=path)
    assert (found.path, found.second) == (kind, second)


@pytest.mark.parametrize("path", ["orbit:x", "wander:x", "travel", "travel: ", "walk", "", ":snow"])
def test_a_path_that_leads_nowhere_is_told_with_those_that_do(path: str) -> None:
    with pytest.raises(OptionError, match="choose orbit, wander, predicted or travel:SECOND PROMPT"):
        drift(path=path)


def test_options_of_drift_and_engine_are_known_and_no_others() -> None:
    for name, value in {"encoder": "scene", "depth": "haze", "next_state": "x", "grain": "1"}.items():
        assert drift(**{name: value}).path == "orbit"
    known = "text_force, noise_drift, period, path, encoder, depth, next_state, grain"
    with pytest.raises(OptionError, match=f"engine painter has no option 'speed': choose from {known}"):
        drift(speed="1")


def test_stops_and_their_words_are_kept_for_a_plan() -> None:
    asked = read_asked(replace(options("ocean at night"), path="travel:snowy winter forest, dawn"), "painter")
    first, second = asked.stops
    assert (first.family, second.family) == ("ocean", "snowy winter forest")
    assert asked.settings == {
        "path": "travel", "text_force": 18.0, "noise_drift": 15.0,
        "family0": "ocean", "words0": "ocean at night", "family1": second.family, "words1": "snowy winter forest dawn",
    }  # fmt: skip
    assert asked.reading == f"{first.reading}; then {second.reading}"
    assert (asked.period, asked.notes) == (12.0, ())


def test_words_without_a_meaning_and_prompts_far_from_everything_are_told() -> None:
    asked = read_asked(options("ocean кракозябр"), "painter")
    assert asked.notes == ("backdrop: no meaning known for кракозябр",)
    far = read_asked(options("tax accounting invoice spreadsheet column"), "painter")
    assert far.stops[0].far and len(far.notes) == 1
    assert far.notes[0].startswith(
        "backdrop: 'tax accounting invoice spreadsheet column' is far from every place known"
    )
    assert far.notes[0].rsplit("the nearest are ", 1)[1].count(", ") == 2
