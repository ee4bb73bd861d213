"""Jobs of several scenes: one video, every scene with its own face, voice, words and place."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.core.errors import OptionError, PhotoError
from avatar.core.media import probe, read_frames
from avatar.core.reasons import coded
from orchestrator.api.objects import Provenance, video_of
from orchestrator.jobs.service import Service
from orchestrator.provenance.signing import Signing
from orchestrator.provenance.verdict import verify
from orchestrator.video.request import RenderRequest, request_of
from tests.service.inline import do_steps, finish, open_service

FAKES = {"speech_engine": "tone", "face_engine": "still", "size": "128x128", "fps": 10}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    return open_service(tmp_path / "data", monkeypatch)


def _scene(photo: Path, text: str, backdrop: str, **options: object) -> RenderRequest:
    return request_of(photo=photo, text=text, backdrop=backdrop, **{**FAKES, **options})


def test_scenes_follow_one_another_in_one_video(service: Service, small_portrait_png: Path) -> None:
    texts = ["One two three.", "Four five six seven eight nine.", "Ten."]
    colours = ["#a02020", "#20a020", "#2020a0"]
    scenes = [_scene(small_portrait_png, text, colour) for text, colour in zip(texts, colours, strict=True)]
    job = finish(service, service.submit(scenes, details={"consent": True}))
    assert (job.state, job.error_message) == ("completed", "")
    assert [scene.text for scene in service.scenes(job)] == texts
    folder = service.folder(job.id)
    sidecar = json.loads((folder.folder / "video.json").read_text())
    frames = list(read_frames(folder.video))
    assert len(frames) == sidecar["frames"] == sum(scene["frames"] for scene in sidecar["scenes"])
    assert probe(folder.video).seconds == pytest.approx(sidecar["seconds"], abs=0.05)
    for number, scene in enumerate(sidecar["scenes"]):
        assert scene["script"] == texts[number]
        first = round(scene["start"] * sidecar["fps"])
        for frame in (frames[first], frames[first + scene["frames"] - 1]):
            assert int(np.argmax(frame[2, 2])) == number
    starts = [word[0] for word in sidecar["words"]]
    assert starts == sorted(starts)
    assert [word[2].strip(".,").lower() for word in sidecar["words"]][:4] == ["one", "two", "three", "four"]
    assert sidecar["consent"] is True
    signed = verify(folder.video, Signing.of(service.settings))
    assert (signed.state, signed.here, signed.about["consent"]) == ("valid", True, "given")
    assert [len(scene["ingredients"]) for scene in signed.about["scenes"]] == [2, 2, 2]
    shown = video_of(service, job).provenance
    assert shown == Provenance.model_validate(sidecar["provenance"])
    assert shown is not None and shown.signed_by == signed.signed_by
    captions = (folder.folder / "video.srt").read_text()
    assert captions.index("One two") < captions.index("Four five") < captions.index("Ten")
    assert (folder.folder / "video.vtt").exists()
    assert not folder.work.exists()


def test_one_scene_has_the_sidecar_that_it_always_had(service: Service, small_portrait_png: Path) -> None:
    job = finish(service, service.submit(_scene(small_portrait_png, "Hello there.", "#203040")))
    sidecar = json.loads((service.folder(job.id).folder / "video.json").read_text())
    assert "scenes" not in sidecar
    assert "consent" not in sidecar
    assert sidecar["script"] == "Hello there."
    assert set(sidecar["stage_seconds"]) == {"photo", "speech", "face", "backdrop", "video", "join"}


def test_what_is_wrong_with_a_scene_names_it(service: Service, small_portrait_png: Path, tmp_path: Path) -> None:
    good = _scene(small_portrait_png, "Hello.", "#203040")
    with pytest.raises(OptionError, match=r"Scene 2: its size is 256x256, that of scene 1 is 128x128"):
        service.submit([good, _scene(small_portrait_png, "Hello.", "#203040", size="256x256")])
    with pytest.raises(OptionError, match=r"Scene 2: its fps"):
        service.submit([good, _scene(small_portrait_png, "Hello.", "#203040", fps=25)])
    with pytest.raises(PhotoError, match=r"Scene 2: The photo"):
        service.submit([good, _scene(tmp_path / "nobody.png", "Hello.", "#203040")])
    with pytest.raises(OptionError, match="1 to 100 scenes, not 0"):
        service.submit([])
    jobs = service.settings.data_dir / "jobs"
    assert not jobs.exists() or not list(jobs.iterdir())


def test_a_long_video_has_a_draft_a_poster_and_a_sheet(service: Service, small_portrait_png: Path) -> None:
    job = service.submit(_scene(small_portrait_png, "One two three four five six seven. " * 12, "#a02020"))
    folder = service.folder(job.id).folder
    names = do_steps(service, 5)
    assert names[-1] == "0/draft"
    draft = probe(folder / "draft.mp4")
    assert draft.audio_codec == "aac"
    assert draft.seconds == pytest.approx(2.0, abs=0.05)
    assert sum(1 for _ in read_frames(folder / "draft.mp4")) == 20
    assert (folder / "poster.jpg").exists()
    assert service.jobs.get(job.id).stage == "video"
    finish(service, job)
    sidecar = json.loads((folder / "video.json").read_text())
    with Image.open(folder / "spritesheet.jpg") as sheet:
        columns, seconds = sidecar["spritesheet"]["columns"], sidecar["spritesheet"]["seconds"]
        assert sidecar["spritesheet"]["tile"] == "160x160"
        assert sheet.size == (160 * columns, 160 * -(-len(seconds) // columns))
        assert sheet.getpixel((3, 3))[0] > 120
    assert seconds[0] == 0.0
    assert sidecar["seconds"] - 1.0 < seconds[-1] < sidecar["seconds"]
    draft_frame, frame = next(read_frames(folder / "draft.mp4")), next(read_frames(folder / "video.mp4"))
    assert (draft_frame == frame).all()
    assert {path.name for path in folder.iterdir()} == {
        "inputs", "video.mp4", "video.json", "video.srt", "video.vtt", "poster.jpg", "spritesheet.jpg", "draft.mp4",
        "remake.zip",
    }  # fmt: skip


def test_a_video_of_one_segment_has_a_poster_and_no_draft(service: Service, small_portrait_png: Path) -> None:
    job = finish(service, service.submit(_scene(small_portrait_png, "Hello.", "#a02020")))
    assert job.state == "completed"
    names = {path.name for path in service.folder(job.id).folder.iterdir()}
    assert {"poster.jpg", "spritesheet.jpg"} <= names
    assert "draft.mp4" not in names


def test_a_scene_that_cannot_be_made_is_named(service: Service, small_portrait_png: Path, landscape_png: Path) -> None:
    scenes = [_scene(photo, "Hello.", "#a02020") for photo in (small_portrait_png, landscape_png)]
    job = finish(service, service.submit(scenes))
    assert (job.state, job.error_code) == ("failed", "invalid_photo")
    assert job.error_message.startswith("Scene 2: ")
    assert coded(job.failure) == {"reason": "no_face", "params": {"least": 48, "scene": 2}}
