"""The schema of the API is what generators of clients need: clients that they write work."""

from __future__ import annotations

import importlib
import io
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from orchestrator.api.app import create_app
from orchestrator.settings import Settings
from tests.service.doors import Door
from tests.service.live import LiveService

TYPESCRIPT = "openapi-typescript@7"
PROGRAM = """
import type { operations, components } from "./govorun";
type Made = operations["create_video"]["responses"][200]["content"]["application/json"];
const headers: operations["create_video"]["parameters"]["header"] = { "Idempotency-Key": "once" };
const form: components["schemas"]["VideoForm"] = { prompt: "Hello!", input_reference: "photo", seed: 7 };
const seen = (video: Made): string => `${video.id} ${video.progress} ${video.error?.reason ?? headers} ${form.prompt}`;
export default seen;
"""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    door = Door(create_app(Settings(data_dir=tmp_path_factory.mktemp("data"))))
    answered: dict[str, Any] = door.ask("GET", "/openapi.json").json()
    return answered


@pytest.fixture
def written(schema: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(schema))
    return path


def test_every_reference_leads_somewhere_and_every_operation_has_a_name(schema: dict[str, Any]) -> None:
    assert _dangling(schema, schema) == []
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert [name for name in names if name.startswith("_") or not name.isidentifier()] == []


def _dangling(part: object, schema: Mapping[str, Any]) -> list[str]:
    if isinstance(part, list):
        return [found for each in part for found in _dangling(each, schema)]
    if not isinstance(part, dict):
        return []
    reference = part.get("$ref")
    lost = [reference] if isinstance(reference, str) and _led_to(reference, schema) is None else []
    return lost + [found for each in part.values() for found in _dangling(each, schema)]


def _led_to(reference: str, schema: Mapping[str, Any]) -> object:
    found: Any = schema
    for name in reference.removeprefix("#/").split("/"):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def test_keys_sessions_and_idempotency_are_told(schema: dict[str, Any]) -> None:
    schemes = schema["components"]["securitySchemes"]
    assert {(each["type"], each.get("scheme") or each.get("in")) for each in schemes.values()} == {
        ("http", "bearer"), ("apiKey", "cookie"),
    }  # fmt: skip
    assert {name for each in schema["security"] for name in each} == set(schemes)
    assert {} in schema["security"]  # the machine itself needs none
    for path in ("/v1/videos", "/v1/videos/{video_id}/remix"):
        headers = [each for each in schema["paths"][path]["post"]["parameters"] if each["in"] == "header"]
        assert [(each["name"], each["required"]) for each in headers] == [("Idempotency-Key", False)]


@pytest.fixture
def client(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A client that openapi-python-client wrote."""
    name = "generated_client"
    (tmp_path / "config.yml").write_text("post_hooks: []\n")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(written), "--meta", "none"]
    command += ["--output-path", str(tmp_path / name), "--config", str(tmp_path / "config.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    left_out = [line for line in done.stdout.splitlines() if "will be omitted" in line]
    assert [line for line in left_out if "content_type" not in line] == []  # sounds and pictures are read as they come
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module(name)
    for module in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[module]


def test_a_generated_client_makes_a_video(
    client: ModuleType, live_service: LiveService, small_portrait_png: Path
) -> None:
    calls = {name: importlib.import_module(f"{client.__name__}.api.videos.{name}") for name in
             ("create_video", "retrieve_video", "download_content", "list_videos", "delete_video")}  # fmt: skip
    models, types = (importlib.import_module(f"{client.__name__}.{name}") for name in ("models", "types"))
    with client.Client(base_url=live_service.url, timeout=httpx.Timeout(60)) as service:
        photo = types.File(io.BytesIO(small_portrait_png.read_bytes()), "me.png", "image/png")
        plain = {"fps": 10.0, "size": "128x128", "backdrop": "#203040", "speech_engine": "tone", "face_engine": "still"}
        body = models.VideoForm(prompt="Good morning.", input_reference=photo, label=True, **plain)
        create = calls["create_video"].sync
        made = [create(client=service, body=body, idempotency_key="generated-client") for _ in range(2)]
        assert made[0].id == made[1].id, made
        deadline = time.monotonic() + 120
        while (video := calls["retrieve_video"].sync(made[0].id, client=service)).status in ("queued", "in_progress"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert (video.status, video.progress, video.error) == ("completed", 100, None)
        content = calls["download_content"].sync_detailed(video.id, client=service).content
        assert content[4:8] == b"ftyp"
        listed = calls["list_videos"].sync(client=service, limit=1)
        assert listed.data[0].id == video.id
        assert calls["delete_video"].sync(video.id, client=service).deleted
        refused = calls["retrieve_video"].sync_detailed(video.id, client=service)
        assert refused.status_code == 404
        assert refused.parsed.error.code == "video_not_found"


def test_types_for_typescript_hold_a_program(written: Path, tmp_path: Path) -> None:
    if shutil.which("npx") is None:
        pytest.skip("npx is not installed: types for TypeScript are not tried")
    types = tmp_path / "govorun.d.ts"
    done = _npx(TYPESCRIPT, tmp_path, "openapi-typescript", str(written), "-o", str(types))
    if done.returncode != 0 and "npm error network" in done.stderr:
        pytest.skip("the npm registry is not reached: types for TypeScript are not tried")
    assert done.returncode == 0, done.stderr
    (tmp_path / "program.ts").write_text(PROGRAM)
    checking = ("--strict", "--noEmit", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler")
    checked = _npx("typescript@5", tmp_path, "tsc", *checking, "program.ts")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    (tmp_path / "program.ts").write_text(PROGRAM.replace("video.progress", "video.progres"))
    assert "'progres' does not exist" in _npx("typescript@5", tmp_path, "tsc", *checking, "program.ts").stdout


def _npx(package: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["npx", "--yes", "--package", package, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=200)


@pytest.mark.parametrize("path", ["/v1/audio/speech", "/v1/backdrops/preview"])
def test_the_examples_of_json_bodies_are_taken(schema: dict[str, Any], path: str, live_service: LiveService) -> None:
    body = schema["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]
    answer = httpx.post(f"{live_service.url}{path}", json=body, timeout=60)
    assert answer.status_code in (200, 503), answer.text  # busy where the machine is
    assert answer.headers["content-type"].split("/")[0] in ("audio", "image", "application")


def test_the_examples_of_fields_are_taken(schema: dict[str, Any], tmp_path: Path, small_portrait_png: Path) -> None:
    """Each field alone, and all at once where they go together."""
    door = Door(create_app(Settings(data_dir=tmp_path)))
    door.service.call = lambda job_id, queues: None
    fields = schema["components"]["schemas"]["VideoForm"]["properties"]
    examples = {name: field["examples"][0] for name, field in fields.items() if field.get("examples")}
    photo = small_portrait_png.read_bytes()
    for name, example in examples.items():
        form, parts = {"prompt": "Hi."}, ("input_reference",)
        if name == "scenes":
            form, parts = {}, ("anna", "boris")
        files = dict.fromkeys(parts, photo)
        answer = door.ask("POST", "/v1/videos", data={**form, name: str(example)}, files=files)
        assert answer.status_code == 200, (name, example, answer.text)
