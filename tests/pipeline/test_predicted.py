"""The path that a model of next states says, through every door, and a model of one's own from films to Kandinsky."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.media import read_frames
from orchestrator import render
from orchestrator.api.errors import ApiError
from orchestrator.api.form.orders import order_of
from orchestrator.api.form.parse import Form, Upload
from orchestrator.cli import main
from orchestrator.video.folder import Keys
from orchestrator.video.prepare import choose_backdrop
from orchestrator.video.request import request_of
from tests.motion.films import moving, write
from tests.service.inline import finish, open_service

FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop_engine": "painted", "size": "128x128", "fps": 10}
PLACE = "calm ocean at dusk"


def frames(video: Path) -> np.ndarray:
    return np.stack(list(read_frames(video)))


def test_a_video_and_a_job_of_the_service_look_alike_and_the_seed_decides(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {**FAKES, "photo": small_portrait_png, "text": "One two three.", "backdrop": PLACE}
    said = {**options, "backdrop_path": "predicted"}
    result = render(output=tmp_path / "a.mp4", **said)
    assert json.loads(result.sidecar.read_text())["options"]["backdrop_path"] == "predicted"
    service = open_service(tmp_path / "data", monkeypatch)
    jobs = [
        finish(service, service.submit([request_of(**each)], details={"consent": True}))
        for each in (said, said | {"seed": 1}, options)
    ]
    assert [(job.state, job.error_message) for job in jobs] == [("completed", "")] * 3
    same, other, orbit = (frames(service.folder(job.id).video) for job in jobs)
    assert np.array_equal(frames(result.path), same)
    assert not np.array_equal(same, other) and not np.array_equal(same, orbit)


def test_what_is_predicted_is_drawn_by_an_engine_that_can_be_driven(small_portrait_png: Path) -> None:
    options = {"photo": small_portrait_png, "text": "One.", "backdrop": "office in the evening"}
    names = [
        choose_backdrop(request_of(**options, backdrop_path=path))[0].card().name for path in ("orbit", "predicted")
    ]
    assert names == ["rooms", "embedded"]
    with pytest.raises(OptionError, match="Engine rooms has no path predicted: choose embedded"):
        choose_backdrop(request_of(**options, backdrop_path="predicted", backdrop_engine="rooms"))


def test_the_path_is_a_way_of_a_place_in_words(small_portrait_png: Path, tmp_path: Path) -> None:
    options = {"photo": small_portrait_png, "text": "One."}
    for wrong, said in (
        ({"backdrop": "#203040", "backdrop_path": "wander"}, "place in words"),
        ({"backdrop_path": "predicted", "influence": tmp_path / "film.mp4"}, "way of its own"),
        ({"backdrop_path": "sideways"}, "'orbit', 'wander' or 'predicted'"),
    ):
        with pytest.raises(OptionError, match=said):
            request_of(**options, **wrong)
    plain, orbit, wander = (
        Keys.of(request_of(**options, **way)).backdrop
        for way in ({}, {"backdrop_path": "orbit"}, {"backdrop_path": "wander"})
    )
    assert plain == orbit != wander


def test_a_client_names_the_path(small_portrait_png: Path, tmp_path: Path) -> None:
    files = {"input_reference": Upload(small_portrait_png, "a", 1)}
    fields = {"prompt": "Hello.", "backdrop": PLACE, "backdrop_path": "predicted"}
    (scene,) = order_of(Form(tmp_path, fields, files)).scenes
    assert scene.backdrop_path == "predicted"
    with pytest.raises(ApiError) as refused:
        order_of(Form(tmp_path, {**fields, "backdrop_path": "../predicted"}, files))
    assert refused.value.status == 400 and refused.value.param == "backdrop_path"


def test_a_model_that_learned_from_films_leads_kandinsky(
    diffusion_models: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    films, decoder, model = tmp_path / "films", diffusion_models["kandinsky"], tmp_path / "run" / "model"
    films.mkdir()
    for number in range(2):
        write(films / f"{number}.mp4", moving(24)[:: 1 - 2 * number])
    eye = decoder.parent / "tiny-prior" / "image_encoder"
    run = ["train", "next-state", "--videos", str(films), "--encoder", str(eye), "--epochs", "2", "--width", "8"]
    assert main.run([*run, "-o", str(tmp_path / "run"), "-q"]) == 0
    own = ["path=predicted", f"next_state={model}", "steps=2", "keyframes=4", "pictures=6", "prior_steps=2"]
    words = [
        PLACE,
        "--size",
        "128x128",
        "--fps",
        "10",
        "--backdrop-engine",
        "kandinsky",
        "--backdrop-model",
        str(decoder),
    ]
    outputs = [tmp_path / f"{name}.mp4" for name in ("first", "again", "orbit")]
    for output, options in zip(outputs, (own, own, own[2:]), strict=True):
        chosen = [word for option in options for word in ("--backdrop-option", option)]
        assert main.run(["backdrop", *words, *chosen, "-o", str(output)]) == 0, capsys.readouterr().err
    first, again, orbit = map(frames, outputs)
    assert np.array_equal(first, again) and not np.array_equal(first, orbit)
