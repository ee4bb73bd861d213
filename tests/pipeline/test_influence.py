"""A film's motion through every door: ``govorun backdrop``, ``render``, a job of the service, the API's form."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import MediaError, OptionError
from avatar.core.media import read_frames
from orchestrator import render
from orchestrator.api.errors import ApiError
from orchestrator.api.form.orders import order_of, remix_of
from orchestrator.api.form.parse import Form, Upload
from orchestrator.cli import main
from orchestrator.video.folder import Keys
from orchestrator.video.request import request_of
from tests.motion.films import moving, write
from tests.service.inline import finish, open_service

FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop_engine": "painted", "size": "128x128", "fps": 10}
PLACE = "calm ocean at dusk"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("films") / "moving.mp4", moving(12))


def frames(video: Path) -> np.ndarray:
    return np.stack(list(read_frames(video)))


def test_a_loop_with_the_motion_of_a_film(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [PLACE, "--size", "128x128", "--fps", "10", "--backdrop-engine", "painted", "--influence", str(film)]
    outputs = [tmp_path / f"{mode}.mp4" for mode in ("chain", "anchor")]
    for output in outputs:
        own = ["--influence-gain", "1", "--influence-mode", output.stem, "-o", str(output)]
        assert main.run(["backdrop", *words, *own]) == 0
    assert "2.50 s loop" in capsys.readouterr().out
    chain, anchor = map(frames, outputs)
    assert len(chain) == len(anchor) == 25 and not np.array_equal(chain, anchor)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--influence-gain", "0.5"], "need the film"),
        (["--influence", "absent.mp4"], "does not exist"),
        (["--influence", "FILM", "--influence-gain", "3"], "influence_gain"),
        (["--influence", "FILM", "--influence-mode", "up"], "influence_mode"),
        (["--influence", "FILM", "--backdrop-engine", "solid"], "takes no influence film"),
    ],
)
def test_what_a_film_cannot_do(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    words = [str(film) if word == "FILM" else word for word in options]
    assert main.run(["backdrop", PLACE, "-o", str(tmp_path / "a.mp4"), *words]) != 0
    told = capsys.readouterr().err
    assert said in told and len(told.strip().splitlines()) == 1


def test_a_video_and_a_job_of_the_service_look_alike(
    film: Path, small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {**FAKES, "photo": small_portrait_png, "text": "One two three.", "backdrop": PLACE,
               "influence": film, "influence_gain": 1.0, "influence_mode": "chain"}  # fmt: skip
    result = render(output=tmp_path / "a.mp4", **options)
    sidecar = json.loads(result.sidecar.read_text())
    assert sidecar["options"]["influence"] == "moving.mp4" and sidecar["options"]["influence_mode"] == "chain"
    service = open_service(tmp_path / "data", monkeypatch)
    job = finish(service, service.submit([request_of(**options)], details={"consent": True}))
    assert (job.state, job.error_message) == ("completed", "")
    (kept,) = service.scenes(job)
    assert kept.influence is not None and kept.influence != film
    assert np.array_equal(frames(result.path), frames(service.folder(job.id).video))


def test_the_film_decides_the_backdrop_by_its_content(film: Path, small_portrait_png: Path, tmp_path: Path) -> None:
    options = {**FAKES, "photo": small_portrait_png, "text": "One.", "backdrop": PLACE}
    copy, other = tmp_path / "copy.mp4", write(tmp_path / "other.mp4", moving(13))
    copy.write_bytes(film.read_bytes())
    keys = [Keys.of(request_of(**options, influence=path)).backdrop for path in (None, film, copy, other)]
    keys.append(Keys.of(request_of(**options, influence=film, influence_scenario="B1")).backdrop)
    assert keys[1] == keys[2] and len(set(keys)) == 4
    with pytest.raises(OptionError, match="place in words"):
        request_of(**{**options, "backdrop": "#203040"}, influence=film)
    with pytest.raises(MediaError, match="does not exist"):
        request_of(**options, influence=tmp_path / "absent.mp4").check_files()


def test_a_client_uploads_the_film(film: Path, small_portrait_png: Path, tmp_path: Path) -> None:
    photo, clip = Upload(small_portrait_png, "a", 1), Upload(film, "b", 1)
    fields = {"prompt": "Hello.", "backdrop": PLACE, "influence_gain": "0.5", "influence_scenario": "B2"}
    form = Form(tmp_path, fields, {"input_reference": photo, "influence": clip})
    (scene,) = order_of(form).scenes
    assert (scene.influence, scene.influence_gain, scene.influence_scenario) == (film, 0.5, "B2")
    (again,) = remix_of(Form(tmp_path, {"influence_mode": "anchor"}), (scene,), {}).scenes
    assert (again.influence, again.influence_mode) == (film, "anchor")
    for wrong in (photo, Upload(Path(__file__), "c", 1)):
        with pytest.raises(ApiError, match="no video"):
            order_of(Form(tmp_path, fields, {"input_reference": photo, "influence": wrong}))
    with pytest.raises(ApiError):
        order_of(Form(tmp_path, {**fields, "influence_scenario": "C7"}, form.files))


def test_a_film_that_moves_nothing_is_refused_or_fails_its_job_by_its_kind(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = write(tmp_path / "holiday.mp4", np.repeat(moving(1), 16, axis=0))
    options = {**FAKES, "photo": small_portrait_png, "text": "One.", "backdrop": PLACE, "influence": still}
    service = open_service(tmp_path / "data", monkeypatch)
    job = finish(service, service.submit([request_of(**options)], details={"consent": True}))
    assert job.state == "failed"
    assert job.error_message == "Nothing moves in the film influence: use one in which the picture changes."
    assert job.failure.params == {"name": "influence"}
    short = Upload(write(tmp_path / "short.mp4", moving(4)), "b", 1)
    files = {"input_reference": Upload(small_portrait_png, "a", 1), "influence": short}
    with pytest.raises(ApiError, match="too short"):
        order_of(Form(tmp_path, {"prompt": "Hello.", "backdrop": PLACE}, files))


def test_commands_of_research_refuse_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (
        (["drift", "analyse", "--out", str(tmp_path)], "exactly one"),
        (["drift", "analyse", "absent.mp4", "--out", str(tmp_path), "--fps", "900"], "fps"),
        (["train", "next-state", "-o", str(tmp_path), "--mode", "up"], "choose normal"),
        (["train", "next-state", "-o", str(tmp_path), "--videos", str(tmp_path / "none")], "no film"),
    ):
        assert main.run(words) != 0
        told = capsys.readouterr().err
        assert said in told and len(told.strip().splitlines()) == 1


def test_a_report_of_a_film_from_the_command_line(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["drift", "analyse", str(film), "--out", str(tmp_path / "r"), "--fps", "8"]) == 0
    assert "Embedding change and pixel change" in capsys.readouterr().out
    assert (tmp_path / "r" / "index.html").exists() and (tmp_path / "r" / "steps.csv").exists()


def test_a_report_of_a_place_under_a_film(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["drift", "analyse", "--prompt", PLACE, "--backdrop-engine", "painted", "--influence", str(film)]
    assert main.run([*words, "--seconds", "2", "--influence-gain", "1", "--out", str(tmp_path / "r")]) == 0
    assert "walked" in capsys.readouterr().out
    with (tmp_path / "r" / "scenarios.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["scenario", "A0", "A1", "B1", "B2"]
    assert all(0.0 < float(row[2]) < 255.0 and float(row[1]) <= 1.0 for row in rows[1:])
    assert rows[1][2] != rows[2][2]
    assert (tmp_path / "r" / "index.html").exists() and (tmp_path / "r" / "film-and-scenarios.png").exists()
