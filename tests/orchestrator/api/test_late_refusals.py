"""What would be found out only much later is refused at the door, in words of the API."""

from __future__ import annotations

import base64
import json
import re
import socket
import string
import wave
from pathlib import Path
from typing import Any

import httpx
import pytest

from avatar.core.reasons import REASONS, Message
from orchestrator.api.app import create_app
from orchestrator.api.form import uploads
from orchestrator.api.restated import IN_THE_API, restated
from orchestrator.jobs.api_keys import Keys
from orchestrator.probes import installed
from orchestrator.settings import Settings
from speech.recorded import recording
from tests.service.doors import Door, asked

FORM = {"prompt": "Hi.", "speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128"}
LACKING = [("face", "liveportrait")]


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_connections: None) -> Door:
    monkeypatch.setattr(installed, "engine", lambda *which: {"available": which not in LACKING})
    found = Door(create_app(Settings(data_dir=tmp_path, video_minutes=2)))
    found.service.call = lambda job_id, queues: None
    return found


def post(door: Door, photo: Path, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
    files = {"input_reference": photo.read_bytes()}
    return door.ask("POST", "/v1/videos", data={**FORM, **fields}, files=files, headers=headers)


def test_an_engine_that_is_not_complete_here(door: Door, small_portrait_png: Path) -> None:
    refused = post(door, small_portrait_png, face_engine="liveportrait")
    assert refused.status_code == 422
    assert (asked(refused).param, asked(refused).reason) == ("face_engine", "engine_not_here")
    assert post(door, small_portrait_png).status_code == 200
    elsewhere = door.service.settings.model_copy(update={"broker": "redis://127.0.0.1:1/0"})
    door.service.settings = elsewhere  # others work, and may have what this machine lacks
    assert post(door, small_portrait_png, face_engine="liveportrait").status_code == 200


def test_an_engine_that_cannot_move_the_background_of_the_photo(door: Door, small_portrait_png: Path) -> None:
    refused = post(door, small_portrait_png, backdrop="photo", backdrop_engine="painted")
    assert (refused.status_code, asked(refused).reason) == (400, "photo_backdrop_engine")
    assert post(door, small_portrait_png, backdrop="photo", backdrop_engine="flow").status_code == 200


@pytest.mark.parametrize("fields", [{"lang": "xx"}, {"prompt": "Hello. [lang: xx]Foo bar.[/lang]"}])
def test_a_language_that_nobody_here_speaks(door: Door, small_portrait_png: Path, fields: dict[str, str]) -> None:
    refused = post(door, small_portrait_png, **{"speech_engine": "", **fields})
    assert (refused.status_code, asked(refused).reason) == (400, "no_voice_for_language")
    assert asked(refused).params["language"] == "xx"


def test_the_names_of_all_engines_are_names(door: Door, small_portrait_png: Path) -> None:
    answer = post(door, small_portrait_png, backdrop_engine="stable-diffusion")
    assert answer.status_code == 200 or asked(answer).code != "invalid_value"


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("http://10.0.0.1/hook", True), ("http://127.0.0.1:9/hook", True), ("http://[::1]/hook", True),
        ("http://localhost/hook", True), ("https://93.184.216.34/hook", False), ("https://nobody.invalid/hook", False),
    ],
)  # fmt: skip
def test_a_webhook_that_nobody_would_send(
    door: Door, small_portrait_png: Path, url: str, inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def look_up(host: str, *about: Any, **more: Any) -> Any:
        if host.endswith(".invalid"):
            raise socket.gaierror("not known")
        return real(host, *about, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert post(door, small_portrait_png, webhook_url=url).status_code == 200  # who needs no key may
    _, secret = Keys(door.service.engine).create("one")
    answer = post(door, small_portrait_png, {"Authorization": f"Bearer {secret}"}, webhook_url=url)
    assert answer.status_code == (400 if inside else 200)
    if inside:
        assert (asked(answer).param, asked(answer).reason) == ("webhook_url", "webhook_inside")
    door.service.settings = door.service.settings.model_copy(update={"webhook_private": True})
    assert post(door, small_portrait_png, {"Authorization": f"Bearer {secret}"}, webhook_url=url).status_code == 200


def test_a_script_that_is_too_long(door: Door, small_portrait_png: Path) -> None:
    """Two minutes are fifteen letters a second."""
    assert post(door, small_portrait_png, prompt="word " * 359).status_code == 200
    refused = asked(post(door, small_portrait_png, prompt="word " * 400))
    assert (refused.param, refused.reason, refused.params) == ("prompt", "video_too_long", {"minutes": 2, "most": 2})


def test_a_recording_that_is_too_long(
    door: Door, small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert uploads.MOST_HOURS * 3600.0 == recording._LONGEST_S
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(8000 * 4))
    monkeypatch.setattr(uploads, "MOST_HOURS", 3 / 3600)
    files = {"input_reference": small_portrait_png.read_bytes(), "audio": path.read_bytes()}
    refused = door.ask("POST", "/v1/videos", data={"face_engine": "still"}, files=files)
    assert (asked(refused).param, asked(refused).reason) == ("audio", "audio_too_long")


def test_no_sentence_speaks_of_commands_flags_or_folders() -> None:
    for reason, sentence in REASONS.items():
        params = {name: _value(sentence, name) for _, name, _, _ in string.Formatter().parse(sentence) if name}
        params |= {"listed": "`govorun voices` lists the voices"} if "{listed}" in sentence else {}
        said = restated(Message(reason, **params))
        assert not re.search(r"`?govorun |--[a-z]|/srv/", str(said)), (reason, said)
        assert not re.search(r"govorun |/srv/", json.dumps(said.params)), (reason, said.params)
        assert said.reason == reason
    assert set(IN_THE_API) <= set(REASONS)


def _value(sentence: str, name: str) -> str | int | float:
    if name in ("folder",):
        return "/srv/govorun/jobs"
    numbers = re.findall(r"\{(\w+):[^}]*[dfg,]\}", sentence)
    return 3 if name in numbers else "x"


def test_flags_become_fields_where_a_sentence_has_no_reason() -> None:
    assert restated("Choose another --speech-engine, or --lang.") == "Choose another speech_engine, or lang."


@pytest.mark.parametrize("how", ["plain", "lines", "bare", "safe", "escaped"])
def test_data_urls_are_taken_as_they_are_written(door: Door, small_portrait_png: Path, how: str) -> None:
    """In the fields of a video and in its scenes."""
    content = base64.b64encode(small_portrait_png.read_bytes()).decode()
    written = {
        "plain": content,
        "lines": "\r\n".join(content[i : i + 76] for i in range(0, len(content), 76)),
        "bare": content.rstrip("="),
        "safe": content.translate(str.maketrans("+/", "-_")),
        "escaped": content.replace("+", "%2B").replace("=", "%3D"),
    }[how]
    address = f"data:image/png;base64,{written}"
    one = door.ask("POST", "/v1/videos", json={**FORM, "input_reference": address})
    assert one.status_code == 200, one.text
    fields = {name: value for name, value in FORM.items() if name != "prompt"}
    two = door.ask("POST", "/v1/videos", json={**fields, "scenes": [{"prompt": "Hi.", "photo": address}] * 2})
    assert two.status_code == 200, two.text
    kept = [scene.photo for scene in door.service.scenes(door.service.jobs.get(two.json()["id"]))]
    assert kept[0] == kept[1]
    broken = door.ask(
        "POST", "/v1/videos", json={**fields, "scenes": [{"prompt": "Hi.", "photo": "data:image/png;base64,!"}]}
    )
    assert asked(broken).param == "scenes[0].photo"
    assert not list((door.service.settings.data_dir / "uploads").iterdir())


@pytest.mark.parametrize("inside", ["file", "data"])
def test_a_part_that_is_a_file_needs_no_file_name(door: Door, small_portrait_png: Path, inside: str) -> None:
    content = small_portrait_png.read_bytes()
    if inside == "data":
        content = b"data:image/png;base64," + base64.b64encode(content)
    made = door.ask("POST", "/v1/videos", **_form({**FORM, "input_reference": content}))
    assert made.status_code == 200, made.text
    address = door.ask("POST", "/v1/videos", **_form({**FORM, "input_reference": b"https://example.com/me.png"}))
    assert "addresses are not fetched" in asked(address).message
    empty = door.ask("POST", "/v1/videos", **_form({**FORM, "input_reference": b""}))
    assert asked(empty).code == "missing_photo"


def _form(fields: dict[str, Any]) -> dict[str, Any]:
    """A form whose parts have no file names."""
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in fields.items()
    ]
    return {"content": b"".join(parts) + b"--x--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}
