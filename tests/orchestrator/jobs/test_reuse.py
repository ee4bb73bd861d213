"""A changed job does again only what changed: the rest comes from the job that it is like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.core.media import read_frames
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import Job
from orchestrator.video import prepare, run
from orchestrator.video.draw import forget_clips
from orchestrator.video.folder import WorkFolder
from orchestrator.video.request import RenderRequest, request_of
from tests.service.inline import finish, open_service
from tests.service.servers import S3
from tests.tunes import chord, write_tune

LONG = "One two three four five six seven. " * 12


class _Watch:
    """Which stages really worked, and how many segments were drawn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        for name in ("save_speech", "save_face", "save_backdrop"):
            self._listen(monkeypatch, WorkFolder, name, name.removeprefix("save_"))
        self._listen(monkeypatch, run, "render_frames", "frames")

    def _listen(self, monkeypatch: pytest.MonkeyPatch, place: object, name: str, word: str) -> None:
        before = getattr(place, name)

        def heard(*arguments: object) -> object:
            self.done.append(word)
            return before(*arguments)

        monkeypatch.setattr(place, name, heard)

    def since(self) -> list[str]:
        done, self.done = self.done, []
        return sorted(done)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    return open_service(tmp_path / "data", monkeypatch)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> _Watch:
    return _Watch(monkeypatch)


def _scene(photo: Path, text: str, **options: object) -> RenderRequest:
    wanted = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128", "fps": 10}
    return request_of(photo=photo, text=text, **{**wanted, **options})


def _frames(service: Service, job: Job) -> np.ndarray:
    assert (job.state, job.error_message) == ("completed", "")
    return np.stack(list(read_frames(service.folder(job.id).video)))


def test_what_did_not_change_is_not_made_again(service: Service, small_portrait_png: Path, watch: _Watch) -> None:
    first = finish(service, service.submit(_scene(small_portrait_png, LONG)))
    assert watch.since() == ["backdrop", "face", "frames", "frames", "frames", "speech"]
    for change, work in (
        ({"captions": "burn"}, ["frames"] * 3),
        ({"backdrop": "#a02020"}, ["backdrop", *["frames"] * 3]),
        ({"expression": "happy"}, ["face", *["frames"] * 3]),
        ({"captions": "vtt"}, []),
    ):
        again = finish(service, service.submit(_scene(small_portrait_png, LONG, **change), like=first.id))
        assert (again.state, watch.since()) == ("completed", work)
    other = finish(service, service.submit(_scene(small_portrait_png, "Another text."), like=first.id))
    assert (other.state, watch.since()) == ("completed", ["face", "frames", "speech"])


def test_a_job_that_changed_in_nothing_has_the_same_frames(service: Service, small_portrait_png: Path) -> None:
    first = finish(service, service.submit(_scene(small_portrait_png, LONG)))
    again = finish(service, service.submit(_scene(small_portrait_png, LONG), like=first.id))
    assert (_frames(service, again) == _frames(service, first)).all()
    names = {path.name for path in service.folder(first.id).folder.iterdir()}
    assert {path.name for path in service.folder(again.id).folder.iterdir()} == names
    assert {"draft.mp4", "poster.jpg", "spritesheet.jpg", "remake.zip"} <= names


def test_of_a_dialogue_only_the_changed_scene_is_drawn(
    service: Service, small_portrait_png: Path, watch: _Watch
) -> None:
    colours = ("#a02020", "#20a020", "#2020a0")
    scenes = [_scene(small_portrait_png, f"Words of {colour[1:]}.", backdrop=colour) for colour in colours]
    first = finish(service, service.submit(scenes))
    watch.since()
    changed = [scenes[0], _scene(small_portrait_png, "Something else is said here.", backdrop="#20a020"), scenes[2]]
    again = finish(service, service.submit(changed, like=first.id))
    assert watch.since() == ["face", "frames", "speech"]
    alone = finish(service, service.submit(changed))
    assert (_frames(service, again) == _frames(service, alone)).all()


def test_what_is_used_again_may_lie_in_s3(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_portrait_png: Path, watch: _Watch
) -> None:
    boto3 = pytest.importorskip("boto3")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "remix")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "remix")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    boto3.client("s3", endpoint_url=s3.url).create_bucket(Bucket="remixes")
    monkeypatch.setenv("GOVORUN_STORAGE", "s3://remixes/films")
    monkeypatch.setenv("GOVORUN_S3_ENDPOINT", s3.url)
    service = open_service(tmp_path / "data", monkeypatch)
    colours = ("#a02020", "#20a020")
    tune = write_tune(tmp_path / "tune.wav", chord(2.0, 220.0, 331.0))
    scenes = [_scene(small_portrait_png, f"Words of {colour[1:]}.", backdrop=colour, music=tune) for colour in colours]
    first = finish(service, service.submit(scenes))
    watch.since()
    changed = [scenes[0], _scene(small_portrait_png, "Something else.", backdrop="#20a020")]
    again = finish(service, service.submit(changed, like=first.id))
    assert (again.state, watch.since()) == ("completed", ["face", "frames", "speech"])
    assert service.storage.size(again.id, "remake.zip")
    assert {"video.mp4", "poster.jpg", "spritesheet.jpg", "draft.mp4"} <= set(service.storage.names(again.id))
    assert not service.folder(again.id).folder.exists()


def test_a_job_that_is_gone_or_failed_is_no_help_and_no_hindrance(
    service: Service, small_portrait_png: Path, landscape_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = finish(service, service.submit(_scene(landscape_png, "Hello.")))
    assert failed.state == "failed"
    for like in (failed.id, "video_nowhere"):
        job = finish(service, service.submit(_scene(small_portrait_png, "Hello."), like=like))
        assert job.state == "completed"
    gone = service.submit(_scene(small_portrait_png, "Hello."), like=job.id)
    assert service.remove(job.id)
    assert finish(service, gone).state == "completed"


def test_a_damaged_video_is_drawn_anew(
    service: Service, small_portrait_png: Path, monkeypatch: pytest.MonkeyPatch, watch: _Watch
) -> None:
    first = finish(service, service.submit(_scene(small_portrait_png, "Hello.")))
    whole = _frames(service, first)
    watch.since()
    video = service.folder(first.id).video
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    again = finish(service, service.submit(_scene(small_portrait_png, "Hello."), like=first.id))
    assert watch.since() == ["frames"]
    assert (_frames(service, again) == whole).all()


def test_a_place_that_this_machine_planned_is_there_at_once(
    service: Service, small_portrait_png: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from motion import ENGINES
    from motion.engines.solid import Solid

    planned = []
    plan = Solid.plan
    monkeypatch.setattr(Solid, "plan", lambda *arguments: planned.append(1) or plan(*arguments))
    assert ENGINES.resolve("solid") is Solid
    monkeypatch.setattr(prepare, "choose_backdrop", _as_solid(prepare.choose_backdrop))
    before = set(service.settings.backdrops.glob("*.npz"))
    for _ in range(2):
        job = finish(service, service.submit(_scene(small_portrait_png, "Hello.", backdrop="a green meadow")))
        assert job.state == "completed"
    assert len(planned) == 1
    (kept,) = set(service.settings.backdrops.glob("*.npz")) - before
    kept.write_bytes(b"damaged")
    finish(service, service.submit(_scene(small_portrait_png, "Hello.", backdrop="a green meadow")))
    assert len(planned) == 2
    forget_clips()


def _as_solid(choose: object) -> object:
    def chosen(request: RenderRequest, device: str) -> object:
        return choose(request.model_copy(update={"backdrop": "#20a020"}), device)  # type: ignore[operator]

    return chosen
