"""What the API of videos takes and refuses, one door at a time; no worker runs, so that videos stay queued."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from starlette.types import Receive, Scope, Send

from avatar.core.media import VideoWriter, write_wav
from avatar.core.types import Size
from orchestrator.api.access import Caller, caller
from orchestrator.api.app import create_app
from orchestrator.api.bodies import BodyLimit
from orchestrator.jobs.folder import UPLOADS
from orchestrator.settings import Settings
from tests.service.live import FAKES

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An application of its own, asked without a socket."""
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), upload_mb=2))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as client:
        yield client
    app.state.service.jobs.close()


@pytest.fixture
def client(door: TestClient) -> Iterator[TestClient]:
    """The application without a video; what a test leaves is removed."""
    yield door
    door.app.dependency_overrides.clear()
    service = door.app.state.service
    for job in service.jobs.page(limit=100):
        service.cancel(job.id)
        assert service.remove(job.id)
    assert _leftovers(door) == []


@pytest.fixture
def photo(small_portrait_png: Path) -> bytes:
    return small_portrait_png.read_bytes()


def _leftovers(client: TestClient) -> list[Path]:
    return list((client.app.state.service.settings.data_dir / UPLOADS).rglob("*"))


def _post(client: TestClient, face: bytes, **fields: object):
    files = {"input_reference": ("../../etc/passwd.exe", face, "text/html")}
    data = {"prompt": "Good morning.", **FAKES, **fields}
    return client.post("/v1/videos", data={k: v for k, v in data.items() if v is not None}, files=files)


def _error(answer) -> dict[str, str]:
    assert set(answer.json()) == {"error"}
    return {"status": answer.status_code, **answer.json()["error"]}


def test_a_form_makes_a_video_whatever_the_file_is_called(client: TestClient, photo: bytes) -> None:
    answer = _post(
        client, photo, title="A title", metadata='{"a": "b"}', consent="true", captions="burn", priority="-3"
    )
    assert answer.status_code == 200, answer.text
    video = answer.json()
    assert (video["status"], video["progress"], video["title"], video["metadata"]) == (
        "queued",
        0,
        "A title",
        {"a": "b"},
    )
    assert (video["consent"], video["captions"], video["size"], video["fps"]) == (True, ["burn"], "128x128", 10.0)
    assert video["scenes"][0]["speech_engine"] == "tone"
    assert 500 <= int(answer.headers["openai-poll-after-ms"]) <= 5000
    job = client.app.state.service.jobs.get(video["id"])
    assert job.priority == -3
    assert "passwd" not in job.request


def test_json_takes_files_as_data_urls(client: TestClient, photo: bytes) -> None:
    address = "data:image/png;base64," + base64.b64encode(photo).decode()
    body = {"prompt": "Good morning.", **FAKES, "fps": 10, "metadata": {"a": "b"}}
    for reference in (address, {"image_url": address}):
        answer = client.post("/v1/videos", json={**body, "input_reference": reference})
        assert answer.status_code == 200, answer.text
    addresses = ("https://example.com/a.png", {"image_url": "http://10.0.0.1/"}, {"path": "/etc/passwd", "sha256": ""})
    for wrong in (*addresses, {"file_id": "file-1"}, 5, ["x"]):
        error = _error(client.post("/v1/videos", json={**body, "input_reference": wrong}))
        assert (error["status"], error["param"]) == (400, "input_reference")
        assert "upload" in error["message"]
    assert (
        _error(client.post("/v1/videos", json={**body, "input_reference": "data:image/png;base64,!"}))["status"] == 400
    )


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        ({"source_url": "https://a.b/c.png"}, "source_url", "input_reference"),
        ({"video_inputs": "[]"}, "video_inputs", "scenes"),
        ({"input": "[]"}, "input", "scenes"),
        ({"aspectRatio": "16:9"}, "aspectRatio", "size"),
        ({"callback_url": "https://a.b"}, "callback_url", "webhook_url"),
        ({"promt": "Hello"}, "promt", "prompt"),
        ({"size": "1x1"}, "size", "nearest"),
        ({"size": "wide"}, "size", "WIDTHxHEIGHT"),
        ({"fps": "nan"}, "fps", ""),
        ({"fps": "inf"}, "fps", ""),
        ({"seed": "-1"}, "seed", ""),
        ({"seed": "x"}, "seed", ""),
        ({"seed": "9" * 40}, "seed", ""),
        ({"captions": "sung"}, "captions", "karaoke"),
        ({"expression": "furious"}, None, "furious"),
        ({"gesture_style": "wild"}, "gesture_style", ""),
        ({"label": "perhaps"}, "label", "true or false"),
        ({"consent": "perhaps"}, "consent", "true or false"),
        ({"model": "sora-2"}, "model", "govorun"),
        ({"speech_engine": "none"}, None, "piper"),
        ({"seconds": "soon"}, "seconds", ""),
        ({"priority": "high"}, "priority", ""),
        ({"title": "x" * 300}, "title", "200"),
        ({"metadata": "[1]"}, "metadata", "object"),
        ({"metadata": '{"a": 1}'}, "metadata", "object"),
        ({"webhook_url": "file:///etc/passwd"}, "webhook_url", "http"),
        ({"webhook_url": "https://user:secret@a.b/"}, "webhook_url", "password"),
        ({"transcript": "Hello."}, None, "transcript"),
        ({"prompt": ""}, "prompt", "empty"),
        ({"prompt": "[jump]"}, "prompt", "jump"),
        ({"prompt": None}, "prompt", "missing"),
        ({"scenes": "not json"}, "scenes", "JSON"),
        ({"scenes": "[]"}, "scenes", "list"),
        ({"scenes": "[" * 100000}, "scenes", "JSON"),
        ({"scenes": "[" + "[]," * 300000 + "[]]"}, "scenes", "JSON"),
        ({"scenes": '[{"prompt": "Hi"}, {"prompt": "[jump]"}]'}, "scenes[1].prompt", "Scene 2"),
        ({"scenes": '[{"prompt": "Hi"}, {"script": "Ho"}]'}, "scenes[1].script", "prompt"),
        ({"scenes": '[{"prompt": "Hi"}, {"prompt": "Ho", "photo": "/etc/passwd"}]'}, "scenes[1].photo", "Scene 2"),
        ({"scenes": '[{"prompt": "Hi"}, {"prompt": "Ho", "voice": "a/b.onnx"}]'}, "scenes[1].voice", "name"),
        ({"scenes": '[{"prompt": "Hi", "audio": "input_reference"}]'}, "scenes[0].audio", "recording"),
        ({"scenes": '[{"prompt": "Hi"}, {}]'}, "scenes[1].prompt", "Scene 2"),
        ({"input_reference": "https://a.b/c.png"}, "input_reference", "upload"),
        ({"audio": "https://a.b/c.mp3"}, "audio", "upload"),
        ({"backdrop_image": "/etc/passwd"}, "backdrop_image", "upload"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_refused_before_a_job_exists(
    client: TestClient, photo: bytes, fields: dict[str, str], param: str | None, words: str
) -> None:
    error = _error(_post(client, photo, **fields))
    assert (error["status"], error["type"]) == (400, "invalid_request_error"), error
    assert error["param"] == param, error
    assert words in error["message"], error
    assert client.get("/v1/videos").json()["data"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("voice", "/root/voice.onnx"),
        ("voice", "voice.onnx"),
        ("voice", "../voice"),
        ("voice", "C:\\voices\\joe"),
        ("voice", "~/voice"),
        ("voice", "models/xtts"),
        ("voice", "tts_models/en/ljspeech/../../../../etc"),
        ("voice", "https://example.com/voice"),
        ("backdrop", "@/etc/passwd"),
        ("backdrop", " @image.png"),
        ("backdrop", "https://example.com/a.png"),
        ("backdrop", "file:///etc/passwd"),
        ("speech_engine", "os:system"),
        ("face_engine", "../../evil"),
        ("backdrop_engine", "a.b:c"),
        ("lang", "../../etc"),
        ("expression", "../happy"),
        ("prompt", "Hello [voice: /etc/voice.onnx]there[/voice]."),
        ("prompt", '<speak><voice name="/etc/voice.onnx">Hello</voice></speak>'),
        ("photo", "/etc/passwd"),
        ("lexicon", "/etc/passwd"),
        ("script", "/etc/passwd"),
        ("text", "hello"),
        ("device", "cuda"),
        ("backdrop_model", "/srv/model"),
        ("speech_option", '{"trim": "yes"}'),
        ("face_option", "{}"),
        ("backdrop_option", '{"model": "/srv"}'),
    ],
)
def test_names_only_never_paths(client: TestClient, photo: bytes, field: str, value: str) -> None:
    error = _error(_post(client, photo, **{field: value}))
    assert error["status"] == 400, error
    if field not in ("prompt", "photo", "lexicon", "script", "text", "device", "backdrop_model", "speech_option",
                     "face_option", "backdrop_option"):  # fmt: skip
        assert error["param"] == field, error
    assert client.get("/v1/videos").json()["data"] == []


def test_uploads_are_known_by_their_content(client: TestClient, photo: bytes, tmp_path: Path) -> None:
    playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    for content in (
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        playlist,
        photo[:3000],
        b"\x89PNG\r\n",
    ):
        assert _error(_post(client, content))["code"] == "invalid_photo"
    assert _error(_post(client, _vast_png()))["code"] == "invalid_photo"
    write_wav(tmp_path / "a.wav", np.sin(np.arange(24000) / 20).astype(np.float32) * 0.3, 24000)
    files = {"input_reference": photo, "audio": (tmp_path / "a.wav").read_bytes()}
    fields = {k: v for k, v in FAKES.items() if k != "speech_engine"}
    spoken = client.post("/v1/videos", data={"prompt": "Hello.", **fields}, files=files)
    assert spoken.status_code == 200, spoken.text
    assert spoken.json()["scenes"][0] | {"audio": True, "transcript": "Hello."} == spoken.json()["scenes"][0]
    for content in (b"", playlist, photo, b"ffconcat version 1.0\nfile /etc/passwd\n", b"RIFF0000WAVEnothing"):
        answer = client.post("/v1/videos", data={"prompt": "Hello.", **fields}, files={**files, "audio": content})
        assert _error(answer)["code"] == "invalid_audio"
    behind = client.post(
        "/v1/videos", data={"prompt": "Hello.", **FAKES}, files={"input_reference": photo, "backdrop_image": photo}
    )
    assert behind.json()["scenes"][0]["backdrop_image"] is True
    assert "data" not in behind.text.replace("metadata", "")


def test_films_and_logos_are_uploaded(client: TestClient, photo: bytes, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "film.mp4", Size(64, 48), 10.0) as writer:
        writer.write(np.zeros((10, 48, 64, 3), np.uint8))
    film = (tmp_path / "film.mp4").read_bytes()
    files = {"input_reference": photo, "backdrop_film": film, "logo": photo}
    fields = {"prompt": "Hello.", **FAKES, "layout": "circle:top-left:0.3", "heading": "One | two", "accent": "#FF0000"}
    made = client.post("/v1/videos", data=fields, files=files)
    assert made.status_code == 200, made.text
    scene = made.json()["scenes"][0]
    assert (scene["backdrop_film"], scene["backdrop_image"], scene["logo"]) == (True, False, True)
    assert (scene["layout"], scene["heading"], scene["accent"]) == ("circle:top-left:0.3", "One | two", "#ff0000")
    assert scene.get("backdrop") is None
    for name, content, code in (("backdrop_film", photo, "invalid_film"), ("logo", film, "invalid_photo")):
        answer = client.post("/v1/videos", data=fields, files={**files, name: content})
        assert (_error(answer)["code"], _error(answer)["param"]) == (code, name)
    for name, value in (("layout", "square"), ("transition", "wipe"), ("layout_ground", "red"), ("heading", "x" * 200)):
        assert _error(client.post("/v1/videos", data={**fields, name: value}, files=files))["param"] == name


def _vast_png() -> bytes:
    """A picture of 400 megapixels in a few hundred kilobytes."""
    with io.BytesIO() as file:
        Image.new("1", (20000, 20000)).save(file, "PNG")
        return file.getvalue()


def test_a_body_beyond_the_limit_is_refused(client: TestClient, photo: bytes) -> None:
    error = _error(_post(client, photo + b"\0" * (3 << 20)))
    assert (error["status"], error["code"]) == (413, "body_too_large")

    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="input_reference"; filename="a"\r\n\r\n'
        for _ in range(80):
            yield bytes(1 << 16)

    answer = client.post("/v1/videos", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert _error(answer)["status"] == 413


def test_a_body_that_stops_coming_is_given_up() -> None:
    answered: list[dict[str, Any]] = []

    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass

    async def receive() -> dict[str, Any]:
        if answered:
            return {"type": "http.disconnect"}
        await asyncio.sleep(0.01 if not begun else 60)
        begun.append(True)
        return {"type": "http.request", "body": b"a", "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    begun: list[bool] = []
    scope = {"type": "http", "headers": []}
    asyncio.run(BodyLimit(reads, most=1000, patience=0.2)(scope, receive, send))
    assert answered[0]["status"] == 408
    assert b"in time" in answered[1]["body"]


def test_an_idempotency_key_makes_one_job(client: TestClient, photo: bytes) -> None:
    def post(key: str, **fields: str):
        data = {"prompt": "Good morning.", **FAKES, **fields}
        return client.post("/v1/videos", data=data, files={"input_reference": photo}, headers={"Idempotency-Key": key})

    first, again = post("a"), post("a")
    assert first.status_code == again.status_code == 200
    assert first.json()["id"] == again.json()["id"]
    assert _error(post("a", seed="2"))["code"] == "idempotency_mismatch"
    assert post("b").json()["id"] != first.json()["id"]
    assert _error(post("c", size="1x1"))["status"] == 400
    assert post("c").status_code == 200
    assert _error(post("x" * 300))["status"] == 400

    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(post("twin").json()["id"])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4 and len(set(answers)) == 1
    assert len(client.get("/v1/videos").json()["data"]) == 4


def test_unfinished_videos_are_counted_and_owners_kept_apart(client: TestClient, photo: bytes) -> None:
    overrides = client.app.dependency_overrides
    overrides[caller] = lambda: Caller("anna", 2, 5)
    first = _post(client, photo, priority="7").json()
    assert client.app.state.service.jobs.get(first["id"]).priority == 5
    assert _post(client, photo).status_code == 200
    refused = _post(client, photo)
    assert _error(refused) | {"status": 429, "type": "rate_limit_error"} == _error(refused)
    assert int(refused.headers["retry-after"]) > 0

    overrides[caller] = lambda: Caller("boris", 2)
    assert client.get("/v1/videos").json()["data"] == []
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/cancel"),
        ("POST", "/remix"),
        ("GET", "/content"),
        ("GET", "/events"),
    ):
        answer = client.request(method, f"/v1/videos/{first['id']}{path}", **({"json": {}} if method == "POST" else {}))
        assert _error(answer)["code"] == "video_not_found", (method, path)
    assert _error(client.get("/v1/videos", params={"after": first["id"]}))["status"] == 404
    overrides[caller] = lambda: Caller("anna", 2)
    assert client.post(f"/v1/videos/{first['id']}/cancel").json()["status"] == "cancelled"
    assert _post(client, photo).status_code == 200


def test_a_remix_changes_what_it_names(client: TestClient, photo: bytes) -> None:
    first = _post(client, photo, title="One", consent="true", metadata='{"a": "b"}').json()
    path = f"/v1/videos/{first['id']}/remix"
    same = client.post(path, json={"prompt": "Good evening.", "captions": ["burn"]}).json()
    assert (same["title"], same["consent"], same["metadata"]) == ("One", True, {"a": "b"})
    assert (same["prompt"], same["captions"], same["remixed_from_video_id"]) == ("Good evening.", ["burn"], first["id"])
    other = client.post(path, files={"input_reference": photo}).json()
    assert (other["consent"], other["prompt"]) == (None, "Good morning.")
    for wrong in ({"voice": "/a.onnx"}, {"script": "Hi"}, {"size": "1x1"}, {"prompt": "[jump]"}, {"scenes": "x"}):
        assert _error(client.post(path, json=wrong))["status"] == 400, wrong

    scenes = json.dumps([{"prompt": "Hi.", "photo": "input_reference"}, {"prompt": "Ho.", "photo": "input_reference"}])
    both = _post(client, photo, scenes=scenes).json()
    path = f"/v1/videos/{both['id']}/remix"
    assert client.post(path, json={"backdrop": "#ffffff"}).json()["scenes"][1]["backdrop"] == "#ffffff"
    assert _error(client.post(path, json={"prompt": "Hi."}))["param"] == "prompt"
    assert _error(client.post(path, files={"input_reference": photo}))["param"] == "input_reference"
    swapped = [{"prompt": "Ho.", "photo": "scene:1:photo"}, {"prompt": "Hi.", "photo": "scene:0:photo"}]
    assert [s["prompt"] for s in client.post(path, json={"scenes": swapped}).json()["scenes"]] == ["Ho.", "Hi."]


def test_many_at_once_do_not_get_past_the_count(client: TestClient, photo: bytes) -> None:
    client.app.dependency_overrides[caller] = lambda: Caller("clara", 2)
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(_post(client, photo).status_code)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 429} and answers.count(200) <= 2
    videos = client.get("/v1/videos").json()["data"]
    assert len(videos) == answers.count(200)


def test_every_error_wears_the_envelope(client: TestClient) -> None:
    assert _error(client.get("/v1/nothing"))["status"] == 404
    wrong = client.put("/v1/videos")
    assert _error(wrong)["status"] == 405 and wrong.headers["allow"] == "GET, POST"
    assert client.put("/v1/videos/x").headers["allow"] == "GET, PATCH, DELETE"
    assert _error(client.get("/v1/videos?limit=many"))["param"] == "limit"
    assert _error(client.get("/v1/videos?order=up"))["param"] == "order"
    assert _error(client.post("/v1/videos", content=b"a=b", headers={"Content-Type": "text/plain"}))["status"] == 415
    assert (
        _error(client.post("/v1/videos", content=b"{", headers={"Content-Type": "application/json"}))["status"] == 400
    )
    assert _error(client.get("/v1/videos/video_x/content?variant=all"))["status"] == 404


def test_the_schema_is_valid_openapi(client: TestClient) -> None:
    from openapi_spec_validator import validate

    schema = client.get("/openapi.json").json()
    validate(schema)
    form = schema["components"]["schemas"]["VideoForm"]["properties"]
    assert {"prompt", "input_reference", "scenes", "webhook_url", "label"} <= set(form)
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation.get("summary"), (method, path)
            for reply in operation["responses"].values():
                assert "HTTPValidationError" not in json.dumps(reply), (method, path)


def test_the_reference_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    addresses = re.findall(r'(?:href|src)="([^"#]+)"', page.text)
    assert addresses and all(client.get(address).status_code == 200 for address in addresses)
    for path in client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert "<script" not in page.text and "input_reference" in page.text


def test_the_api_loads_no_model_library(client: TestClient, photo: bytes) -> None:
    import subprocess
    import sys

    code = (
        "import sys, json\n"
        "from fastapi.testclient import TestClient\n"
        "from orchestrator.api.app import create_app\n"
        "with TestClient(create_app(), base_url='http://127.0.0.1', client=('127.0.0.1', 5)) as client:\n"
        "    files = {'input_reference': open(sys.argv[1], 'rb')}\n"
        "    data = {'prompt': 'Hello.', 'voice': 'en_US-joe', 'captions': 'burn'}\n"
        "    assert client.post('/v1/videos', data=data, files=files).status_code == 200\n"
        "    assert client.get('/v1/videos').status_code == 200\n"
        "names = ('torch', 'kornia', 'ai_edge_litert', 'onnxruntime', 'cv2', 'piper', 'transformers', 'numba')\n"
        "print(sorted(set(names) & set(sys.modules)))\n"
    )
    path = client.app.state.service.settings.data_dir / "photo.png"
    path.write_bytes(photo)
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stderr
