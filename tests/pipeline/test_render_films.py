"""Films behind the speaker with their sound, and layers, through the whole recipe and the doors of the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.media import read_audio, read_frames
from orchestrator.api.errors import ApiError
from orchestrator.api.form.orders import order_of, remix_of
from orchestrator.api.form.parse import Form, Upload
from orchestrator.api.objects import video_of
from orchestrator.cli import main
from orchestrator.jobs.folder import JobFolder
from orchestrator.video import run
from orchestrator.video.folder import Keys
from orchestrator.video.place import Step
from orchestrator.video.render import render_video as render
from orchestrator.video.request import RenderRequest, request_of
from orchestrator.worker.files import _needed
from tests.orchestrator.video.test_behind import film_of, steady
from tests.service.inline import finish, open_service
from tests.tunes import RATE

FAKES: dict[str, Any] = {"speech_engine": "tone", "face_engine": "still", "size": "256x144", "fps": 25}
FLASH = 30


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds that flash and click once."""
    samples = np.zeros((4 * RATE, 2), np.float32)
    begin = round(FLASH / 25 * RATE)
    samples[begin : begin + 960, 0] = 0.8
    return film_of(tmp_path_factory.mktemp("films") / "film.mp4", samples, flashes=(FLASH, FLASH + 1))


def scene(photo: Path, text: str = "One. [pause: 11]", **options: object) -> RenderRequest:
    return request_of(photo=photo, text=text, **{**FAKES, **options})


def side(video: Path) -> np.ndarray:
    """The difference of the channels: the film without the speech."""
    heard = np.concatenate(list(read_audio(video, RATE, 2)))
    return heard[:, 0] - heard[:, 1]


def begins(loud: np.ndarray, rate: float, apart: float = 0.2) -> np.ndarray:
    """When what is true begins, in seconds, after at least so many seconds in which it was not."""
    times = np.flatnonzero(loud) / rate
    return times[np.concatenate([[True], np.diff(times) > apart])]


def test_a_click_is_heard_at_its_flash_in_the_finished_video(
    film: Path, small_portrait_png: Path, tmp_path: Path
) -> None:
    request = scene(small_portrait_png, backdrop=f"@{film}", backdrop_sound=0, layout="right", backdrop_trim="0.2-3.6")
    result = render(request, output=tmp_path / "a.mp4")
    corner = np.array([frame[10:60, 10:50].mean() for frame in read_frames(result.path)])
    sound = np.abs(side(result.path))
    flashes, clicks = begins(corner > 128, 25.0), begins(sound > 0.5 * sound.max(), RATE)
    assert len(flashes) == len(clicks) >= 3
    assert np.abs(flashes - clicks).max() <= 1 / 25
    sidecar = json.loads(result.sidecar.read_text())
    assert sidecar["sound"]["films"][0]["file"] == "film.mp4"
    assert (sidecar["options"]["backdrop_sound"], sidecar["options"]["backdrop_trim"]) == ("0", "0.2-3.6")


def test_a_job_of_the_service_sounds_as_the_command_line_does_and_another_level_only_joins(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = film_of(tmp_path / "tones.mp4", steady(3.0, 220.0, 331.0))
    request = scene(small_portrait_png, "One two three. [pause: 4] Four.", backdrop=f"@{film}", backdrop_sound=-18)
    result = render(request, output=tmp_path / "a.mp4")
    drawn: list[int] = []
    draw = run.render_frames
    monkeypatch.setattr(run, "render_frames", lambda *given: (drawn.append(1), draw(*given))[1])
    service = open_service(tmp_path / "data", monkeypatch)
    job = finish(service, service.submit([request], details={"consent": True}))
    assert (job.state, job.error_message) == ("completed", "")
    assert np.array_equal(side(result.path), side(service.folder(job.id).video))
    (shown,) = video_of(service, job).scenes
    assert (shown.backdrop_film, shown.backdrop_sound) == (True, "-18")  # type: ignore[attr-defined]
    drawn.clear()
    (kept,) = service.scenes(job)
    louder = service.folder(job.id).placed(kept).model_copy(update={"backdrop_sound": "-6"})
    again = finish(service, service.submit([louder], like=job.id))
    assert (again.state, drawn) == ("completed", [])
    change = np.abs(side(service.folder(again.id).video)).mean() / np.abs(side(result.path)).mean()
    assert change > 1.5


def test_what_decides_the_picture_and_what_does_not(film: Path, small_portrait_png: Path) -> None:
    plain = Keys.of(scene(small_portrait_png, backdrop=f"@{film}"))
    heard = Keys.of(scene(small_portrait_png, backdrop=f"@{film}", backdrop_sound=-20))
    trimmed = Keys.of(scene(small_portrait_png, backdrop=f"@{film}", backdrop_trim="1-3"))
    ordered = Keys.of(scene(small_portrait_png, backdrop=f"@{film}", layers="heading,person"))
    assert plain == heard
    assert trimmed.backdrop != plain.backdrop and trimmed.segment != plain.segment
    assert ordered.segment != plain.segment and (ordered.face, ordered.backdrop) == (plain.face, plain.backdrop)
    usual = scene(small_portrait_png, backdrop=f"@{film}", layers="person,logo")
    assert usual.layers == () and Keys.of(usual) == plain
    assert RenderRequest.model_validate(usual.model_dump(mode="json")) == usual


def test_a_heading_behind_the_person_is_drawn(small_portrait_png: Path, tmp_path: Path) -> None:
    looks = {"heading": "WONDERFUL", "backdrop": "#203040", "layout": "right"}
    before, behind = (
        np.stack(
            list(read_frames(render(scene(small_portrait_png, "One two.", layers=order, **looks), output=path).path))
        )
        for order, path in (("", tmp_path / "a.mp4"), ("heading,person", tmp_path / "b.mp4"))
    )
    assert before.shape == behind.shape
    assert (behind[18] > 200).all(axis=-1).sum() > 300 and np.abs(before[18].astype(int) - behind[18]).max() > 100


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"backdrop_trim": "12-5"}, "let it end later"),
        ({"backdrop_trim": "soon"}, "no stretch of a film"),
        ({"backdrop_trim": "5"}, "no stretch of a film"),
        ({"backdrop_trim": "1-2", "backdrop_option": {"from": "3"}}, "say the same"),
        ({"layers": "heading,heading"}, "there twice"),
        ({"layers": "heading,person", "backdrop": "photo"}, "nothing can lie behind"),
        ({"backdrop_trim": "1-2", "backdrop": "#203040"}, "for a film of your own"),
    ],
)
def test_what_cannot_be_is_told_at_once(film: Path, small_portrait_png: Path, options: dict, told: str) -> None:
    with pytest.raises(OptionError, match=told):
        scene(small_portrait_png, **{"backdrop": f"@{film}", **options})


def test_stretches_are_written_in_seconds_or_as_clocks_do(film: Path, small_portrait_png: Path) -> None:
    for written, kept, options in (
        ("0:05-0:12", "5-12", {"from": "5", "to": "12"}),
        (" 1:02:03.25 - 3800 ", "3723.25-3800", {"from": "3723.25", "to": "3800"}),
        ("0.500-", "0.5-", {"from": "0.5"}),
        ("", "", {}),
    ):
        request = scene(small_portrait_png, backdrop=f"@{film}", backdrop_trim=written)
        assert (request.backdrop_trim, request.of_backdrop()) == (kept, options)


def test_the_command_line_takes_them_and_tells_what_is_wrong(
    film: Path, small_portrait_png: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in FAKES.items()]
    given = ["render", f"--photo={small_portrait_png}", "--text=One.", f"-o={tmp_path / 'a.mp4'}", *flags]
    behind = [f"--backdrop={film}", "--backdrop-sound", "-12", "--backdrop-trim", "0:01-0:03"]
    assert main.run([*given, *behind, "--layers", "heading,person", "--heading=Hi", "-q"]) == 0
    options = json.loads((tmp_path / "a.json").read_text())["options"]
    assert (options["backdrop_sound"], options["backdrop_trim"], options["layers"][0]) == ("-12", "1-3", "heading")
    capsys.readouterr()
    assert main.run([*given, f"--backdrop={small_portrait_png}", "--backdrop-sound=-12"]) == 2
    told = capsys.readouterr().err
    assert "backdrop_sound: it is for a film behind" in told and told.count("\n") == 1


def test_a_client_sets_them_by_name_and_scenes_may_switch_the_sound_off(
    film: Path, small_portrait_png: Path, tmp_path: Path
) -> None:
    files = {"input_reference": Upload(small_portrait_png, "a", 1), "backdrop_film": Upload(film, "b", 1)}
    fields = {"prompt": "Hi.", "backdrop_sound": "-12", "backdrop_trim": "0:01-", "layers": "heading,person"}
    (one,) = order_of(Form(tmp_path, fields, files)).scenes
    assert (one.backdrop_level, one.backdrop_trim, one.layers[0]) == (-12.0, "1-", "heading")
    scenes = [{"prompt": "A.", "backdrop_film": "backdrop_film"},
              {"prompt": "B.", "backdrop_film": "backdrop_film", "backdrop_sound": "off"}]  # fmt: skip
    form = Form(tmp_path, {"scenes": json.dumps(scenes), "backdrop_sound": -20}, files)
    assert [each.backdrop_level for each in order_of(form).scenes] == [-20.0, None]
    for name, value in (("backdrop_sound", "loud"), ("backdrop_trim", "x-y"), ("layers", "titles")):
        with pytest.raises(ApiError) as refused:
            order_of(Form(tmp_path, {**fields, name: value}, files))
        assert refused.value.param == name
    (muted,) = remix_of(Form(tmp_path, {"backdrop": "calm ocean"}), (one,), {}).scenes
    assert (muted.backdrop_level, muted.backdrop_trim, muted.layers) == (None, "", one.layers)
    (kept,) = remix_of(Form(tmp_path, {"backdrop_sound": "-30"}), (one,), {}).scenes
    assert (kept.backdrop_level, kept.backdrop, kept.backdrop_trim) == (-30.0, f"@{film}", "1-")


def test_whoever_joins_is_given_the_films_that_are_heard(film: Path, small_portrait_png: Path, tmp_path: Path) -> None:
    folder = JobFolder(tmp_path, "video_1")
    heard = scene(small_portrait_png, backdrop=f"@{film}", backdrop_sound=-20)
    still = scene(small_portrait_png, backdrop=f"@{film}")
    taken = folder.take_in([still, heard])
    for scenes, wanted in ((taken, True), (taken[:1], False)):
        assert any("backdrop" in name for name in _needed(folder, Step("join"), scenes)) == wanted
