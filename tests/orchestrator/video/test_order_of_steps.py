"""The table of steps: what may begin when, what each weighs, and what a video costs before any was finished."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.jobs.eta import forecast
from orchestrator.jobs.ledger import Entry, Ledger, SceneFacts, StepFacts
from orchestrator.video.place import Step
from orchestrator.video.steps import (
    ON_DEVICE,
    PREPARING,
    STAGES,
    STEPS,
    first_steps,
    ready,
    share_done,
    shares,
    stage_of,
    step_of,
)

SCENE = SceneFacts(0.25, 25.0, 140, True, 10.0, True)
PLANS = {"portrait": 5.0, "speech": 4.0, "backdrop": 10.5, "face": 3.5}
DRAWN = {"0/segment/0": 6.875}  # 250 frames of a quarter of a megapixel
JOIN = 3.0


def seconds_left(scene: SceneFacts = SCENE, workers: int = 1, **steps: float) -> float:
    """Of a job with ``steps`` as far as they are, on a machine that has finished no video."""
    found = {f"0/{name}": StepFacts(share == 1.0, 0.0, 0, share) for name, share in steps.items()}
    entry = Entry("job", "", 0, 1.0, (scene,), found)
    return forecast(Ledger((entry,), (), workers))["job"].seconds


def test_a_first_video_costs_what_one_core_usually_takes() -> None:
    assert seconds_left() == pytest.approx(sum(PLANS.values()) + 6.875 + JOIN)
    assert seconds_left(replace(SCENE, described=False)) == pytest.approx(sum(PLANS.values()) - 10.0 + 6.875 + JOIN)
    longer = replace(SCENE, seconds=20.0)
    parts = 5.0 + 5.0 + 10.5 + 4.0 + (50 + 250 + 250) * 0.25 * 0.11 + 4.5
    assert seconds_left(longer) == pytest.approx(parts)


@pytest.mark.parametrize("kind", list(PLANS))
def test_half_of_a_step_is_half_of_its_seconds(kind: str) -> None:
    whole = seconds_left()
    assert whole - seconds_left(**{kind: 0.5}) == pytest.approx(PLANS[kind] / 2)
    assert whole - seconds_left(**{kind: 1.0}) == pytest.approx(PLANS[kind])


def test_two_workers_plan_side_by_side_but_the_face_waits_for_photo_and_voice() -> None:
    assert seconds_left(workers=2) == pytest.approx(23.0 / 2 + 6.875 + JOIN)
    assert seconds_left(workers=9) == pytest.approx(10.5 + 6.875 + JOIN)
    assert seconds_left(replace(SCENE, described=False), workers=9) == pytest.approx(8.5 + 6.875 + JOIN)


def test_the_shares_of_all_stages_are_the_whole() -> None:
    assert shares() == pytest.approx(
        {"photo": 0.06, "speech": 0.1, "backdrop": 0.02, "face": 0.02, "video": 0.7, "join": 0.1}
    )
    assert sum(shares().values()) == pytest.approx(1.0)
    assert tuple(shares()) == STAGES


def test_what_is_prepared_and_what_computes_on_a_device() -> None:
    assert PREPARING == ("portrait", "speech", "backdrop", "face")
    assert ON_DEVICE == ("backdrop", "face", "draft", "segment")
    assert [name for name, row in STEPS.items() if row.grows_with == "pixels"] == ["draft", "segment"]


def test_a_moved_background_waits_for_the_photo() -> None:
    assert first_steps(()) == ["portrait", "speech", "backdrop"]
    assert first_steps((), moved=True) == ["portrait", "speech"]
    assert first_steps({"portrait"}, moved=True) == ["speech", "backdrop"]
    assert first_steps({"portrait", "speech"}) == ["backdrop", "face"]
    assert first_steps({"speech", "backdrop"}) == ["portrait"]
    assert ready(2, (), {}, moved=[1]) == [
        "0/portrait", "0/speech", "0/backdrop", "1/portrait", "1/speech",
    ]  # fmt: skip


def test_a_scene_is_drawn_once_it_is_planned_and_joined_once_all_are_drawn() -> None:
    planned = {f"{scene}/{kind}" for scene in range(2) for kind in PREPARING}
    steps = ["0/draft", "0/segment/0", "1/segment/0", "1/segment/1"]
    assert ready(2, planned, {0: 1, 1: 2}) == steps
    assert ready(2, planned - {"1/face"}, {0: 1}) == ["0/draft", "0/segment/0", "1/face"]
    assert ready(2, planned | set(steps[:3]), {0: 1, 1: 2}) == ["1/segment/1"]
    assert ready(2, planned | set(steps), {0: 1, 1: 2}) == ["join"]
    with pytest.raises(KeyError):
        ready(1, {f"0/{kind}" for kind in PREPARING}, {})


def test_how_much_is_done_weighs_scenes_alike_and_segments_alike() -> None:
    assert share_done(2, {"0/portrait": 1.0, "1/speech": 0.5}, {}) == pytest.approx((0.06 + 0.05) / 2)
    drawn = {"0/segment/0": 1.0, "1/segment/2": 0.5}
    assert share_done(2, drawn, {0: 1, 1: 3}) == pytest.approx(0.7 * 1.5 / 4)
    assert share_done(2, drawn, {1: 3}) == pytest.approx(0.7 * 1.5 / 4)
    assert share_done(1, {"join": 0.5, "0/draft": 1.0}, {0: 2}) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("name", "step", "stage"),
    [
        ("join", Step("join"), "join"), ("quick", Step("quick"), ""), ("3/face", Step("face", 3), "face"),
        ("0/draft", Step("draft", 0), "video"), ("2/segment/5", Step("segment", 2, 5), "video"),
        ("1/portrait", Step("portrait", 1), "photo"),
    ],
)  # fmt: skip
def test_a_name_says_which_step_of_which_scene_it_is(name: str, step: Step, stage: str) -> None:
    assert step_of(name) == step
    assert stage_of(name) == stage


@pytest.mark.parametrize("name", ["0/join", "0/segment", "0/face/1", "0/segment/1/2", "0/nothing", "0/draft/0"])
def test_a_name_that_no_step_has_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"unknown step '{name}'"):
        step_of(name)
