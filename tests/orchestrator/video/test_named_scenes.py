"""Several scenes: what each takes from the others, how an error names one, and how they are kept."""

from __future__ import annotations

import json

import pytest

from avatar.core.errors import Cancelled, OptionError, PhotoError
from avatar.core.reasons import Message
from orchestrator.video.checks import check_scenes, spoken_minutes
from orchestrator.video.request import RenderRequest, request_of
from orchestrator.video.scenes import (
    like_from_json,
    naming_scene,
    requests_of,
    scenes_from_json,
    scenes_to_json,
    tuple_of_scenes,
    with_defaults,
)


def scene(**options: object) -> RenderRequest:
    return request_of(**{"photo": "me.png", "text": "Hello.", **options})


def test_an_error_names_the_scene_where_there_are_several() -> None:
    with pytest.raises(PhotoError) as told, naming_scene(1, 2):
        raise PhotoError(Message("photos_wait"))
    assert str(told.value) == f"Scene 2: {Message('photos_wait')}"
    assert told.value.message.reason == "photos_wait"  # type: ignore[attr-defined]
    assert told.value.message.params == {"scene": 2}  # type: ignore[attr-defined]
    with pytest.raises(PhotoError, match=r"^No face\.$"), naming_scene(0, 1):
        raise PhotoError("No face.")
    with pytest.raises(Cancelled, match=r"^Stopped\.$"), naming_scene(1, 2):
        raise Cancelled("Stopped.")


def test_a_scene_takes_what_it_does_not_say_itself() -> None:
    defaults = {"photo": "a.png", "voice": "joe", "text": "All.", "seed": 1}
    assert with_defaults({"seed": 2}, defaults) == {"photo": "a.png", "voice": "joe", "text": "All.", "seed": 2}


@pytest.mark.parametrize("own", ["text", "script", "audio", "transcript"])
def test_a_scene_with_words_of_its_own_takes_no_other_words(own: str) -> None:
    defaults = {"text": "a", "script": "b", "audio": "c", "transcript": "d", "voice": "joe"}
    assert with_defaults({own: "mine"}, defaults) == {"voice": "joe", own: "mine"}


def test_requests_are_made_of_scenes_and_defaults_and_errors_name_them() -> None:
    made = requests_of([{"text": "One."}, {"seed": 4}], {"photo": "a.png", "text": "All.", "size": "640x360"})
    assert [(one.text, one.seed, str(one.size)) for one in made] == [("One.", 0, "640x360"), ("All.", 4, "640x360")]
    with pytest.raises(OptionError, match=r"^Scene 2: .*fps"):
        requests_of([{"text": "One."}, {"fps": 1}], {"photo": "a.png", "text": "All."})


def test_one_request_is_a_tuple_of_one() -> None:
    one = scene()
    assert tuple_of_scenes(one) == (one,)
    assert tuple_of_scenes([one, one]) == (one, one)


def test_scenes_are_kept_with_the_job_that_they_are_like() -> None:
    scenes = (scene(text="Привет."), scene(seed=5))
    kept = scenes_to_json(scenes, "video_1")
    assert scenes_from_json(kept) == scenes
    assert (like_from_json(kept), like_from_json(scenes_to_json(scenes))) == ("video_1", None)
    assert "Привет." in kept
    assert scenes_from_json(json.dumps({"asked": 1})) == ()
    assert like_from_json("{}") is None


def test_a_script_of_nine_hundred_letters_takes_a_minute() -> None:
    assert spoken_minutes([scene(text="a" * 900)]) == 1.0
    assert spoken_minutes([scene(text="a" * 900), scene(text="a" * 450)]) == 1.5
    recorded = scene(text=None, audio="a.wav", transcript="a" * 900)
    assert spoken_minutes([recorded, scene(text="a" * 450)]) == 0.5


@pytest.mark.parametrize(("count", "scenes"), [(0, ()), (101, (scene(),) * 101)])
def test_a_video_has_one_to_a_hundred_scenes(count: int, scenes: tuple[RenderRequest, ...]) -> None:
    with pytest.raises(OptionError) as told:
        check_scenes(scenes)
    assert told.value.message.params == {"most": 100, "n": count}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": "640x360"}, "its size is 640x360, that of scene 1 is 512x512: all scenes of a video have the same"),
        ({"fps": 30}, "its fps is 30.0, that of scene 1 is 25.0"),
        ({"measure": "full"}, "its measure is full, but a video has one, that of its first scene"),
        ({"music_volume": -20}, "music_volume"),
        ({"loudness": -16}, "loudness"),
        ({"music": "tune.mp3"}, "music"),
    ],
)
def test_a_later_scene_does_not_say_otherwise_what_is_of_the_whole_video(
    options: dict[str, object], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.video.checks.check_request", lambda request: None)
    with pytest.raises(OptionError) as told:
        check_scenes([scene(), scene(), scene(**options)])
    assert str(told.value).startswith("Scene 3: ")
    assert words in str(told.value)


def test_music_is_looked_at_once_and_a_later_scene_may_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr("orchestrator.video.checks.check_request", lambda request: seen.append(str(request.music)))
    with_music = {"music": "a.mp3", "measure": "full", "loudness": -16}
    check_scenes([scene(**with_music), scene(**with_music), scene()])
    assert seen == ["a.mp3", "None", "None"]
