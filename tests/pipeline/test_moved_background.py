"""The photo's own background set in motion behind its person: the command line, the service, the recipe."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.media import read_frames
from orchestrator.cli import main
from orchestrator.jobs.folder import JobFolder
from orchestrator.video.folder import Keys
from orchestrator.video.place import Step
from orchestrator.video.request import RenderRequest, request_of
from orchestrator.video.steps import ready
from orchestrator.worker.files import at_hand
from tests.service.inline import do_steps, open_service

_TINY = {
    "svd": {"steps": "2", "frames": "4", "side": "64"},
    "i2vgen-xl": {"steps": "2", "frames": "4", "side": "64", "prompt": "calm ocean"},
    "kandinsky5": {"steps": "2", "frames": "17", "side": "32", "prompt": "calm ocean"},
    "wan": {"steps": "2", "frames": "5", "side": "32", "prompt": "calm ocean"},
    "flow": {"strength": "3", "period": "2"},
    "image": {"blur": "0.5"},
}
_FAKES = {"text": "One two three four five.", "speech_engine": "tone", "face_engine": "still", "fps": 10}


def _request(photo: Path, engine: str | None = "flow", **options: object) -> RenderRequest:
    given = {"backdrop": "photo", "backdrop_engine": engine, "size": "128x128", **_FAKES, **options}
    return request_of(photo=photo, **given)


def _words(photo: Path, engine: str, output: Path, models: dict[str, Path]) -> list[str]:
    folder = models.get({"kandinsky5": "kandinsky5-i2v", "wan": "wan-i2v"}.get(engine, engine))
    given = [f"--{name.replace('_', '-')}={value}" for name, value in _FAKES.items()]
    given += [f"--backdrop-option={name}={value}" for name, value in _TINY.get(engine, {}).items()]
    given += [f"--backdrop-model={folder}"] if folder else []
    place = ["--backdrop", "photo", "--backdrop-engine", engine, "--size", "128x128"]
    return ["render", "--photo", str(photo), *place, *given, "-o", str(output), "-q"]


def _changes(video: Path) -> np.ndarray:
    """How much each pixel changes over the video, [h, w]; the person of the still face engine does not move."""
    found: np.ndarray = np.stack(list(read_frames(video))).astype(float).std(axis=0).mean(axis=-1)
    return found


@pytest.mark.parametrize("engine", sorted(_TINY))
def test_an_engine_moves_what_is_behind_and_not_the_person(
    engine: str, video_models: dict[str, Path], portrait_png: Path, tmp_path: Path
) -> None:
    output = tmp_path / "a.mp4"
    assert main.run(_words(portrait_png, engine, output, video_models)) == 0
    assert json.loads(output.with_suffix(".json").read_text())["engines"]["backdrop"]["name"] == engine
    changes = _changes(output)
    face, behind = changes[24:52, 44:70], changes[4:40, 96:]  # of the astronaut, and of the rocket beside her
    assert behind.mean() > 3.0 * face.mean(), (behind.mean(), face.mean())


def test_the_person_stands_where_the_photo_shows_them(portrait_png: Path, tmp_path: Path) -> None:
    moved, kept = tmp_path / "moved.mp4", tmp_path / "kept.mp4"
    assert main.run(_words(portrait_png, "flow", moved, {})) == 0
    words = ["render", "--photo", str(portrait_png), "--backdrop", "photo", "--size", "128x128", "-o", str(kept), "-q"]
    assert main.run([*words, *(f"--{name.replace('_', '-')}={value}" for name, value in _FAKES.items())]) == 0
    first, second = (next(iter(read_frames(video))).astype(float) for video in (moved, kept))
    assert np.abs(first - second).mean() < 3.0
    assert _changes(kept).mean() < 0.2 < _changes(moved).mean(), "without an engine the photo stays as it is"


@pytest.mark.parametrize("engine", ["painted", "animatediff", "solid", "gen1", "magic"])
def test_an_engine_that_takes_no_picture_is_refused(
    engine: str, small_portrait_png: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(_words(small_portrait_png, engine, tmp_path / "a.mp4", {})) == 2
    told = capsys.readouterr().err
    assert f"Engine {engine} cannot set the photo's own background in motion: choose image, svd, " in told
    assert list(tmp_path.iterdir()) == []


def test_a_job_waits_for_the_portrait(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = open_service(tmp_path / "data", monkeypatch)
    scenes = [_request(small_portrait_png, backdrop="#203040", backdrop_engine=None), _request(small_portrait_png)]
    job = service.submit(scenes)
    done = do_steps(service)
    assert (service.jobs.get(job.id).state, service.jobs.get(job.id).error_message) == ("completed", "")
    assert done.index("1/portrait") < done.index("1/backdrop") < done.index("join")
    sidecar = json.loads((service.folder(job.id).folder / "video.json").read_text())
    assert [scene["engines"]["backdrop"]["name"] for scene in sidecar["scenes"]] == ["solid", "flow"]


def test_the_backdrop_begins_once_the_portrait_is_there() -> None:
    assert ready(2, (), {}, moved=(1,)) == ["0/portrait", "0/speech", "0/backdrop", "1/portrait", "1/speech"]
    assert "1/backdrop" in ready(2, {"1/portrait"}, {}, moved=(1,))


def test_a_machine_fetches_the_portrait_where_the_backdrop_needs_it(small_portrait_png: Path) -> None:
    for engine, wanted in (("flow", True), (None, False)):
        fetched: list[str] = []
        folder = SimpleNamespace(
            fetch=lambda *names, into=fetched: into.extend(names), store=lambda *names: None, inputs_of=lambda scene: {}
        )
        with at_hand(cast("JobFolder", folder), Step("backdrop"), [_request(small_portrait_png, engine)]):
            assert ("work/0/portrait-*" in fetched) == wanted


def test_keys_follow_the_photo_and_the_face(small_portrait_png: Path, portrait_png: Path) -> None:
    before = Keys.of(_request(small_portrait_png))
    for other in (_request(portrait_png), _request(small_portrait_png, face="left")):
        assert Keys.of(other).backdrop != before.backdrop
    kept = Keys.of(_request(small_portrait_png, None))
    assert kept.face != before.face
    assert kept.backdrop == Keys.of(_request(portrait_png, None)).backdrop
    plain = [Keys.of(_request(photo, backdrop=f"@{portrait_png}")) for photo in (small_portrait_png, portrait_png)]
    assert plain[0].backdrop == plain[1].backdrop


def test_the_person_alone_may_be_shown_besides(small_portrait_png: Path) -> None:
    assert _request(small_portrait_png, alpha="png").moves_photo_background


@pytest.mark.parametrize("options", [{"layout": "circle"}, {"backdrop_blur": 0.5}, {"backdrop_path": "wander"}])
def test_what_does_not_go_with_a_moved_background(options: dict[str, object], small_portrait_png: Path) -> None:
    with pytest.raises(OptionError):
        _request(small_portrait_png, **options)
