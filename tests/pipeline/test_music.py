"""Music through every door: the command line, Python, a job of the service and what is made of it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.core.errors import AudioError, OptionError
from avatar.core.media import VideoWriter, read_audio, read_frames
from avatar.core.types import Size
from orchestrator import render
from orchestrator.api.errors import ApiError
from orchestrator.api.form.orders import order_of, remix_of
from orchestrator.api.form.parse import Form, Upload
from orchestrator.api.objects import video_of
from orchestrator.cli import main
from orchestrator.video import music as looking
from orchestrator.video import run
from orchestrator.video.checks import check_scenes
from orchestrator.video.folder import Keys
from orchestrator.video.music import check_music
from orchestrator.video.request import request_of
from tests.service.inline import finish, open_service
from tests.tunes import RATE, chord, encoded, write_tune

FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128", "fps": 10}
WORDS = "One two three. [pause: 3] Four five six."


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tune(tmp_path_factory.mktemp("tunes") / "tune.wav", chord(4.0, 220.0, 331.0))


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory, tune: Path) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("wrong")
    files = {name: folder / f"{name}.mp3" for name in ("empty", "text", "torn")}
    files["empty"].touch()
    files["text"].write_text("#EXTM3U\n/etc/passwd\n")
    files["torn"].write_bytes(b"RIFF" + tune.read_bytes()[200:2000])
    files["silent"] = write_tune(folder / "silent.wav", np.zeros((3 * RATE, 2), np.float32))
    files["short"] = write_tune(folder / "short.wav", chord(0.5, 220.0))
    files["mute"] = folder / "mute.mp4"
    with VideoWriter(files["mute"], Size(128, 128), 10.0) as writer:
        writer.write(np.zeros((5, 128, 128, 3), np.uint8))
    return files


SENTENCES = {"empty": "cannot be read", "text": "cannot be read", "torn": "cannot be read", "silent": "is silent",
             "short": "shorter than 1 s", "mute": "has no sound"}  # fmt: skip


@pytest.mark.parametrize("kind", SENTENCES)
def test_what_is_no_music_is_said_in_one_sentence_at_every_door(
    kind: str, wrong: dict[str, Path], small_portrait_png: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"--photo={small_portrait_png}", f"--music={wrong[kind]}", f"-o={tmp_path / 'a.mp4'}", "--text=Hello."]
    assert main.run(["render", *words, *(f"--{name.replace('_', '-')}={value}" for name, value in FAKES.items())]) == 5
    told = capsys.readouterr().err
    assert SENTENCES[kind] in told and told.count("\n") == 1
    upload = Upload(wrong[kind], "a", 1)
    with pytest.raises(ApiError, match=SENTENCES[kind]) as refused:
        order_of(Form(tmp_path, {"prompt": "Hello."}, {"input_reference": _photo(small_portrait_png), "music": upload}))
    assert (refused.value.param, refused.value.code) == ("music", "invalid_audio")


@pytest.mark.parametrize("name", ["film.mp4", "tune.mp3", "tune.ogg", "tune.flac", "tune.m4a"])
def test_films_and_the_usual_formats_are_music(name: str, tmp_path: Path) -> None:
    picture = ("-f", "lavfi", "-i", "color=s=128x128:r=10:d=2", "-shortest") if name == "film.mp4" else ()
    check_music(encoded(tmp_path / name, chord(2.0, 220.0, 331.0), *picture))


def test_a_long_beginning_of_silence_is_listened_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late = np.concatenate([np.zeros((90 * RATE, 1), np.float32), chord(2.0, 220.0)])
    path = write_tune(tmp_path / "late.wav", late)
    check_music(path)
    monkeypatch.setattr(looking, "_LISTENED_S", 40.0)
    with pytest.raises(AudioError, match="silent"):
        check_music(path)


def test_a_scene_cannot_have_music_of_its_own(tune: Path, small_portrait_png: Path, tmp_path: Path) -> None:
    def scene(**options: object) -> Any:
        return request_of(photo=small_portrait_png, text="One.", **FAKES, **options)

    other = write_tune(tmp_path / "other.wav", chord(2.0, 262.0))
    check_scenes([scene(music=tune, music_volume=-12), scene(), scene(music=tune, loudness=None)])
    for later in ({"music": other}, {"music": tune, "music_volume": -9}, {"loudness": -20}):
        with pytest.raises(OptionError, match=r"Scene 2: its \w+ is another than that of scene 1"):
            check_scenes([scene(music=tune), scene(**later)])
    with pytest.raises(OptionError, match="its music is another"):
        check_scenes([scene(), scene(music=tune)])
    for option in ({"music_volume": 3}, {"music_volume": -70}, {"loudness": -5}):
        with pytest.raises(OptionError, match=next(iter(option))):
            scene(**option)
    with pytest.raises(AudioError, match="does not exist"):
        scene(music=tmp_path / "absent.mp3").check_files()


def test_a_video_and_a_job_of_the_service_sound_alike_and_remixes_only_join(
    tune: Path, small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {**FAKES, "photo": small_portrait_png, "text": WORDS, "music": tune}
    result = render(output=tmp_path / "a.mp4", **options)
    sidecar = json.loads(result.sidecar.read_text())
    assert sidecar["options"]["music"] == sidecar["sound"]["music"]["file"] == "tune.wav"
    assert sidecar["sound"]["lufs"] == pytest.approx(-16, abs=0.5)
    drawn: list[str] = []
    monkeypatch.setattr(run, "render_frames", _counted(run.render_frames, drawn))
    service = open_service(tmp_path / "data", monkeypatch)
    job = finish(service, service.submit([request_of(**options)], details={"consent": True}))
    assert (job.state, job.error_message, len(drawn)) == ("completed", "", 1)
    assert video_of(service, job).scenes[0].music  # type: ignore[attr-defined]
    assert np.array_equal(_sound(result.path), _sound(service.folder(job.id).video))
    (kept,) = service.scenes(job)
    changed = service.folder(job.id).placed(kept).model_copy(update={"music_volume": -6.0})
    again = finish(service, service.submit([changed], like=job.id))
    assert (again.state, len(drawn)) == ("completed", 1)
    assert not np.array_equal(_sound(result.path), _sound(service.folder(again.id).video))
    pictures = [list(read_frames(service.folder(one.id).video)) for one in (job, again)]
    assert np.array_equal(*map(np.stack, pictures))


def test_the_picture_knows_nothing_of_the_music(tune: Path, small_portrait_png: Path) -> None:
    options: dict[str, Any] = {**FAKES, "photo": small_portrait_png, "text": "One."}
    assert Keys.of(request_of(**options)) == Keys.of(request_of(**options, music=tune, music_volume=-3, loudness=-20))


def test_a_client_uploads_music_and_keeps_it(tune: Path, small_portrait_png: Path, tmp_path: Path) -> None:
    photo, fields = _photo(small_portrait_png), {"prompt": "Hello.", "music_volume": "-12", "loudness": "-20"}
    form = Form(tmp_path, fields, {"input_reference": photo, "music": Upload(tune, "b", 1)})
    (scene,) = order_of(form).scenes
    assert (scene.music, scene.music_volume, scene.loudness) == (tune, -12, -20)
    (again,) = remix_of(Form(tmp_path, {"music_volume": "-24"}), (scene,), {}).scenes
    assert (again.music, again.music_volume) == (tune, -24)
    anew = {"scenes": json.dumps([{"prompt": "Hi.", "photo": "scene:0:photo"}])}
    (without,) = remix_of(Form(tmp_path, anew), (scene,), {}).scenes
    (kept,) = remix_of(Form(tmp_path, {**anew, "music": "scene:0:music"}), (scene,), {}).scenes
    assert (without.music, kept.music) == (None, tune)
    for name in ("https://example.com/a.mp3", "/etc/passwd", "scene:0:music"):
        with pytest.raises(ApiError, match="upload"):
            order_of(Form(tmp_path, {**fields, "music": name}, {"input_reference": photo}))
    with pytest.raises(ApiError, match="music"):
        order_of(Form(tmp_path, {"scenes": json.dumps([{"prompt": "Hi.", "music": "b"}])}, form.files))


def _photo(path: Path) -> Upload:
    return Upload(path, "a", 1)


def _sound(video: Path) -> np.ndarray:
    return np.concatenate(list(read_audio(video, RATE, 2)))


def _counted(draw: Any, drawn: list[str]) -> Any:
    def counting(*arguments: Any) -> Any:
        drawn.append("frames")
        return draw(*arguments)

    return counting
