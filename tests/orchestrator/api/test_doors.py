"""Photos looked at, voices, engines and backdrops listed: without a model library in the process of the API."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from avatar.core.errors import PhotoError
from avatar.core.reasons import coded
from orchestrator.api.app import create_app
from orchestrator.probes.photo import check
from orchestrator.probes.pool import Busy, Pool
from orchestrator.settings import Settings
from speech.kokoro.styles import PRESETS
from tests.service.doors import Door, asked

MODEL_LIBRARIES = ("torch", "kornia", "ai_edge_litert", "onnxruntime", "cv2", "piper", "transformers", "numba")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    crew = Pool("orchestrator.probes.photo", processes=1)
    yield crew
    crew.close()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    return Door(create_app(Settings(data_dir=tmp_path_factory.mktemp("data"))))


def test_a_portrait_is_described(pool: Pool, portrait_png: Path) -> None:
    found = check(portrait_png, pool)
    assert found["ok"]
    assert found["faces"] == 1
    assert (found["width"], found["height"]) == (512, 512)
    assert len(found["outline"]) == 36
    x, y, width, height = found["box"]
    for across, down in found["outline"]:
        assert x - 2 <= across * 512 <= x + width + 2
        assert y - 2 <= down * 512 <= y + height + 2
    assert found["occlusion"] < 0.1


def test_a_mask_is_noticed(pool: Pool, portrait_png: Path, tmp_path: Path) -> None:
    from PIL import Image, ImageDraw

    masked = tmp_path / "masked.png"
    with Image.open(portrait_png) as photo:
        ImageDraw.Draw(photo).polygon(
            [(186, 118), (224, 108), (262, 118), (256, 160), (224, 182), (192, 160)], "#3a6ea5"
        )
        photo.save(masked)
    found = check(masked, pool)
    assert found["occlusion"] > 0.2
    assert any("before the mouth" in note for note in found["notes"])
    assert {"reason": "mouth_covered", "params": {}} in found["note_reasons"]
    assert len(found["note_reasons"]) == len(found["notes"])


def test_every_face_has_its_place_and_one_is_chosen(pool: Pool, portrait_png: Path, tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    one = np.asarray(Image.open(portrait_png).convert("RGB"))
    Image.fromarray(np.hstack([one, one])).save(tmp_path / "two.png")
    found = {face: check(tmp_path / "two.png", pool, face) for face in ("1", "2")}
    for number, face in enumerate(found.values(), 1):
        assert face["face"] == number
        (x, _, width, height), (other, *_) = face["places"]
        assert (other - x) == pytest.approx(0.5, abs=0.02)
        assert (width, height) == pytest.approx((92 / 1024, 108 / 512), rel=0.1)
        assert all((across > 0.5) == (number == 2) for across, _ in face["outline"])
    assert {"reason": "face_not_there", "params": {"n": 2, "face": "3"}} in check(tmp_path / "two.png", pool, "3")[
        "problem_reasons"
    ]


def test_the_outline_of_a_photo_on_its_head_lies_where_it_was_sent(
    pool: Pool, portrait_png: Path, tmp_path: Path
) -> None:
    from PIL import Image

    upright = check(portrait_png, pool)
    for degrees, quarters in ((180, 2), (90, 1)):
        with Image.open(portrait_png) as photo:
            photo.rotate(degrees, expand=True).save(tmp_path / "turned.png")
        found = check(tmp_path / "turned.png", pool)
        assert found["turned"] == quarters
        assert {"reason": "photo_turned", "params": {}} in found["note_reasons"]
        x, y = upright["outline"][0]
        wanted = (1 - x, 1 - y) if quarters == 2 else (y, 1 - x)
        assert found["outline"][0] == pytest.approx(wanted, abs=0.02)


def test_a_landscape_has_no_face(pool: Pool, landscape_png: Path) -> None:
    found = check(landscape_png, pool)
    assert not found["ok"]
    assert found["outline"] == []
    assert "No face" in found["problems"][0]
    assert found["problem_reasons"] == [{"reason": "no_face", "params": {"least": 48}}]


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", b"\x89PNG\r\n\x1a\n"],
)
def test_what_is_no_photo_is_refused(pool: Pool, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret-name"
    path.write_bytes(content)
    with pytest.raises(PhotoError, match="photo") as caught:
        check(path, pool)
    told = coded(caught.value.message)
    assert told["reason"] in {"photo_unreadable", "photo_damaged"}
    assert "secret-name" not in f"{caught.value} {told}"


def test_too_many_pixels_are_refused_before_they_are_decoded(pool: Pool, tmp_path: Path) -> None:
    from PIL import Image

    bomb = tmp_path / "bomb.png"
    Image.new("1", (9000, 9000)).save(bomb)
    with pytest.raises(PhotoError, match="megapixels"):
        check(bomb, pool)


def test_the_child_has_no_torch_and_is_replaced_when_it_dies(pool: Pool, portrait_png: Path) -> None:
    check(portrait_png, pool)
    (pid,) = pool.pids()
    mapped = {Path(region.path).name for region in psutil.Process(pid).memory_maps()}
    assert not [name for name in mapped if "torch" in name]
    os.kill(pid, signal.SIGKILL)
    assert check(portrait_png, pool)["ok"]
    assert pool.pids() != [pid]


def test_a_child_that_does_not_answer_is_ended(portrait_png: Path) -> None:
    crew = Pool("orchestrator.probes.photo", processes=1, patience=0.01)
    with pytest.raises(PhotoError, match="could not be looked at"):
        check(portrait_png, crew)
    assert crew.pids() == []


def test_who_gets_no_turn_is_told() -> None:
    with pytest.raises(Busy, match="try again"):
        Pool("orchestrator.probes.photo", processes=0, queue_patience=0.01).ask("any.png")


def test_children_end_with_their_parent(portrait_png: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom orchestrator.probes import photo\n"
        "photo.check(Path(sys.argv[1]))\nprint(photo.waiting()[0], flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(portrait_png)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert psutil.wait_procs([child], timeout=20)[1] == []


def test_portraits_are_checked_over_http(door: Door, portrait_png: Path, landscape_png: Path) -> None:
    def check(name: str, content: bytes) -> httpx.Response:
        return door.ask("POST", "/v1/portraits/check", files={name: ("../../x.exe", content, "text/plain")})

    good = check("image", portrait_png.read_bytes())
    assert good.status_code == 200
    assert good.json()["ok"]
    assert check("input_reference", portrait_png.read_bytes()).json() == good.json()
    assert check("image", landscape_png.read_bytes()).json()["problems"]
    assert asked(check("image", b"GIF89a")).code == "invalid_photo"
    assert asked(check("picture", portrait_png.read_bytes())).param == "image"
    uploads = door.service.settings.data_dir / "uploads"
    assert list(uploads.iterdir()) == []


def test_voices_are_grouped_by_language(door: Door) -> None:
    listed = door.ask("GET", "/v1/voices").json()
    joe = next(voice for voice in listed["data"] if voice["id"] == "en_US-joe")
    assert (joe["engine"], joe["quality"], joe["sample_url"]) == ("piper", "neural", "/v1/voices/en_US-joe/sample")
    english = next(group for group in listed["languages"] if group["language"] == "en")
    assert english["voices"][0] == "en_US-joe"
    assert len({voice["language"] for voice in listed["data"]}) > 50
    russian = door.ask("GET", "/v1/voices?lang=ru-RU").json()["data"]
    assert [voice["id"] for voice in russian] == [*PRESETS, "espeak-ru", "espeak-ru-cl", "espeak-ru-lv"]
    turkish = next(group for group in listed["languages"] if group["language"] == "tr")
    assert set(PRESETS) < set(turkish["voices"])


def test_models_are_the_engines(door: Door) -> None:
    listed = door.ask("GET", "/v1/models").json()["data"]
    by_id = {model["id"]: model for model in listed}
    assert by_id["govorun"]["stage"] == "video"
    assert by_id["speech/piper"]["available"]
    assert by_id["face/embedded"]["licence"] == "Apache-2.0"
    assert door.ask("GET", "/v1/models/speech/piper").json() == by_id["speech/piper"]
    missing = door.ask("GET", "/v1/models/gpt-9")
    assert missing.status_code == 404
    assert asked(missing).code == "model_not_found"


def test_backdrops_have_examples(door: Door) -> None:
    listed = door.ask("GET", "/v1/backdrops").json()
    assert {"name": "ocean", "example": "calm ocean at dusk"} in listed["families"]
    assert "embedded" in [engine["name"] for engine in listed["engines"]]
    assert door.ask("GET", "/v1/backdrops/places").json()["data"] == listed["places"] != []


def test_the_api_loads_no_model_library() -> None:
    code = (
        "import sys, orchestrator.api, orchestrator.probes.pool, orchestrator.probes.installed\n"
        f"print(sorted(set({MODEL_LIBRARIES!r}) & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
