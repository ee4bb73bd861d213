"""The sidecar of one scene and of several: every time from the first frame of the video, no folder of this machine."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from avatar.core.reasons import Message
from avatar.core.types import Cue, EngineCard, FacePlan, Phoneme, Size, Speech, Word
from orchestrator.version import __version__
from orchestrator.video.folder import Keys, WorkFolder
from orchestrator.video.request import request_of
from orchestrator.video.sidecar import build_sidecar, write_sidecar
from orchestrator.video.timeline import Scene

SIZE = Size(256, 128)
CARDS = {
    "speech": EngineCard("tone", "1", "MIT", "abc", "CC0"),
    "face": EngineCard("still", "2", "MIT"),
}
SPEECH = Speech(
    np.zeros(16_000, np.float32),
    16_000,
    "en",
    (Phoneme(0.10004, 0.25, "h", 1), Phoneme(0.25, 0.75, "aɪ")),
    (Word(0.1, 0.75, "Hi."),),
    (Cue(0.5, 0.5, "happy", "much"),),
    timing="aligned",
)


def scene(first: int, frames: int, **options: object) -> Scene:
    request = request_of(**{"photo": "/home/ann/me.png", "text": "Hi.", "size": "256x128", "fps": 20, **options})
    work = WorkFolder(Path("x"), request, Keys("", "", "", "", ""), {})
    return Scene(work, SPEECH, FacePlan("still", SIZE, 20.0, frames, False, {}), first)


def built(*scenes: Scene, notes: tuple[str, ...] = ()) -> dict[str, object]:
    return build_sidecar(scenes, [CARDS] * len(scenes), "cpu", {"speech": 1.2345, "join": 0.056}, notes)


def test_a_scene_alone_is_told_beside_the_video() -> None:
    found = built(scene(0, 30, seed=7))
    assert found["engines"] == {
        "speech": {
            "name": "tone", "version": "1", "licence": "MIT", "weights_sha256": "abc", "weights_licence": "CC0",
        },
        "face": {
            "name": "still", "version": "2", "licence": "MIT", "weights_sha256": None, "weights_licence": None,
        },
    }  # fmt: skip
    told = {name: found[name] for name in ("govorun", "seed", "script", "language", "timing", "device", "fps", "size")}
    assert told == {
        "govorun": __version__, "seed": 7, "script": "Hi.", "language": "en", "timing": "aligned", "device": "cpu",
        "fps": 20.0, "size": "256x128",
    }  # fmt: skip
    assert (found["frames"], found["seconds"]) == (30, 1.5)
    assert found["stage_seconds"] == {"speech": 1.23, "join": 0.06}
    assert "scenes" not in found


def test_times_of_a_scene_count_from_the_first_frame_of_the_video() -> None:
    found = built(scene(0, 30), scene(30, 25))
    assert found["phonemes"] == [
        [0.1, 0.25, "h"], [0.25, 0.75, "aɪ"], [1.6, 1.75, "h"], [1.75, 2.25, "aɪ"],
    ]  # fmt: skip
    assert found["words"] == [[0.1, 0.75, "Hi."], [1.6, 2.25, "Hi."]]
    assert found["directions"] == [[0.5, 0.5, "happy", "much"], [2.0, 2.0, "happy", "much"]]
    assert (found["frames"], found["seconds"]) == (55, 2.75)


def test_times_are_rounded_to_a_tenth_of_a_millisecond() -> None:
    found = built(scene(1, 30), scene(31, 7, fps=30))
    assert found["phonemes"][0] == [0.15, 0.3, "h"]  # type: ignore[index]
    assert found["phonemes"][2] == [1.1334, 1.2833, "h"]  # type: ignore[index]


def test_each_of_several_scenes_has_its_place_and_its_own_choices() -> None:
    found = built(scene(0, 30, seed=1), scene(30, 25, seed=2, text="Ho."))
    first, second = found["scenes"]  # type: ignore[misc]
    assert (first["start"], first["seconds"], first["frames"], first["seed"]) == (0.0, 1.5, 30, 1)
    assert (second["start"], second["seconds"], second["frames"], second["seed"]) == (1.5, 1.25, 25, 2)
    assert (second["script"], second["engines"]["face"]["name"]) == ("Ho.", "still")
    assert not {"engines", "seed", "options"} & set(found)


def test_a_length_is_rounded_to_a_millisecond() -> None:
    assert built(scene(0, 10, fps=30))["seconds"] == 0.333


def test_what_belongs_to_this_machine_stays_here() -> None:
    options = built(
        scene(
            0,
            30,
            backdrop="@/home/ann/rooms/hall.png",
            logo="/home/ann/logo.png",
            face_option={"model": "/models/faces/a.safetensors", "base": "people/small", "strength": "0.5"},
            backdrop_option={"fit": "cover"},
            seed=3,
            device="cpu",
        )
    )["options"]
    assert isinstance(options, dict)
    assert (options["photo"], options["logo"], options["backdrop"]) == ("me.png", "logo.png", "@hall.png")
    assert options["face_option"] == {"model": "a.safetensors", "base": "people/small", "strength": "0.5"}
    assert (options["backdrop_option"], options["speech_option"]) == ({"fit": "cover"}, {})
    assert not {"text", "script", "seed", "size", "fps", "device", "voice", "music"} & set(options)
    assert options["expression"] == "neutral"


def test_a_place_in_words_is_told_as_it_was_asked_for() -> None:
    assert built(scene(0, 30, backdrop="a calm hall"))["options"]["backdrop"] == "a calm hall"  # type: ignore[index]


def test_a_note_with_a_reason_keeps_it_and_one_without_has_none() -> None:
    found = built(scene(0, 30), notes=(Message("photos_wait"), "plain"))
    assert found["notes"] == [str(Message("photos_wait")), "plain"]
    reasons = found["note_reasons"]
    assert isinstance(reasons, list)
    assert [reason.get("reason") for reason in reasons] == ["photos_wait", None]


def test_the_file_has_a_line_a_field_and_letters_as_they_are(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "a.json", {"words": [[0.0, 1.0, "Привет"]], "seed": 4, "notes": []})
    assert (tmp_path / "a.json").read_text("utf-8").splitlines() == [
        "{", '  "words": [[0.0, 1.0, "Привет"]],', '  "seed": 4,', '  "notes": []', "}",
    ]  # fmt: skip
    assert (tmp_path / "a.json").read_bytes().endswith(b"}\n")
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["seed"] == 4
