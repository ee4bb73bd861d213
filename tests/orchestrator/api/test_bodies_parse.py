"""A form part by part: what becomes text, what a file, where each limit lies, and what a data URL holds."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from orchestrator.api.errors import ApiError
from orchestrator.api.form import parse
from orchestrator.api.form.parse import Form, Upload, form_of, inline_file, json_of
from orchestrator.jobs.folder import UPLOADS
from orchestrator.settings import Settings

Part = tuple[str, bytes]


def body_of(*parts: Part) -> bytes:
    return b"".join(b"--x\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + data + b"\r\n"
                    for head, data in parts) + b"--x--\r\n"  # fmt: skip


def read(tmp_path: Path, kind: str, body: bytes, step: int = 1 << 20) -> tuple[Form, dict[str, bytes]]:
    """The form that a request with ``body`` makes, and the content of its files."""
    chunks = [body[start : start + step] for start in range(0, len(body), step)] or [b""]
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages[-1]["more_body"] = False

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def whole() -> tuple[Form, dict[str, bytes]]:
        request = Request({"type": "http", "headers": [(b"content-type", kind.encode())]}, receive)  # type: ignore[arg-type]
        async with form_of(request, Settings(data_dir=tmp_path)) as form:
            assert form.folder.parent == tmp_path / UPLOADS
            return form, {name: upload.path.read_bytes() for name, upload in form.files.items()}

    found = asyncio.run(whole())
    assert list((tmp_path / UPLOADS).iterdir()) == []
    return found


def form(tmp_path: Path, *parts: Part, step: int = 1 << 20) -> tuple[dict[str, Any], dict[str, bytes]]:
    found, files = read(tmp_path, "multipart/form-data; boundary=x", body_of(*parts), step)
    return found.fields, files


def refused(tmp_path: Path, *parts: Part) -> ApiError:
    with pytest.raises(ApiError) as told:
        form(tmp_path, *parts)
    assert list((tmp_path / UPLOADS).iterdir()) == []
    return told.value


def of_json(tmp_path: Path, text: str | bytes) -> tuple[Form, dict[str, bytes]]:
    return read(tmp_path, "application/json", text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_texts_and_files_come_whole_however_they_are_cut(step: int, tmp_path: Path) -> None:
    parts = (('name="prompt"', "Привет, мир".encode()), ('name="photo"; filename="a.png"', b"\x89PNG\r\n--y"),
             ('name="mine"; filename="b"', b"other"), ('name="seed"', b"7"))  # fmt: skip
    fields, files = form(tmp_path, *parts, step=step)
    assert fields == {"prompt": "Привет, мир", "seed": "7"}
    assert files == {"photo": b"\x89PNG\r\n--y", "mine": b"other"}


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "multipart/form-data; boundary=x", body_of(('name="a"; filename="../../a"', b"abc")))
    upload = found.files["a"]
    assert (upload.size, upload.sha256) == (3, hashlib.sha256(b"abc").hexdigest())
    assert upload.path.name == "upload-0"
    assert not upload.checked
    assert Upload(Path("a"), "", 3).checked


def test_lists_and_objects_are_collected_as_the_openai_client_sends_them(tmp_path: Path) -> None:
    fields, _ = form(
        tmp_path, ('name="captions[]"', b"srt"), ('name="captions[]"', b"vtt"), ('name="metadata[a]"', b"1"),
        ('name="metadata[b]"', b"2"),
    )  # fmt: skip
    assert fields == {"captions": ["srt", "vtt"], "metadata": {"a": "1", "b": "2"}}


@pytest.mark.parametrize(
    "names",
    [
        ("seed", "seed"),
        ("a[x]", "a[x]"),
        ("a[]", "a[x]"),
        ("a[x]", "a[]"),
        ("a", "a[]"),
        ("a[x", "b"),
        ("a[b][c]", "d"),
    ],
)
def test_what_is_there_twice_or_nested_is_refused(names: tuple[str, str], tmp_path: Path) -> None:
    error = refused(tmp_path, *((f'name="{name}"', b"1") for name in names))
    assert (error.status, error.code, error.param) == (400, "invalid_body", names[0].partition("[")[0])


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, ('name="photo"; filename="a"', b"1"), ('name="photo"; filename="b"', b"2"))
    assert (error.status, error.code, error.param) == (400, "duplicate_field", "photo")


def test_a_form_has_a_hundred_fields_and_forty_files_at_most(tmp_path: Path) -> None:
    texts = [(f'name="f{number}"', b"1") for number in range(101)]
    assert len(form(tmp_path, *texts[:100])[0]) == 100
    assert (refused(tmp_path, *texts).code, refused(tmp_path, *texts).status) == ("too_many_fields", 400)
    files = [(f'name="f{number}"; filename="a"', b"1") for number in range(41)]
    assert len(form(tmp_path, *files[:40])[1]) == 40
    assert refused(tmp_path, *files).code == "too_many_files"


def test_a_script_may_be_longer_than_a_title(tmp_path: Path) -> None:
    assert len(form(tmp_path, ('name="title"', b"a" * 65536))[0]["title"]) == 65536
    error = refused(tmp_path, ('name="title"', b"a" * 65537))
    assert (error.status, error.code, error.param) == (400, "field_too_long", "title")
    for name in ("prompt", "transcript", "scenes", "notes", "production"):
        assert len(form(tmp_path, (f'name="{name}"', b"a" * 65537))[0][name]) == 65537
    assert len(form(tmp_path, ('name="prompt"', b"a" * (8 << 20)))[0]["prompt"]) == 8 << 20
    assert refused(tmp_path, ('name="prompt"', b"a" * ((8 << 20) + 1))).param == "prompt"


def test_all_texts_together_have_a_limit_too(tmp_path: Path) -> None:
    most = (8 << 20) * b"a"
    two = (('name="prompt"', most), ('name="notes"', most))
    assert len(form(tmp_path, *two)[0]) == 2
    assert refused(tmp_path, *two, ('name="seed"', b"1")).param == "seed"


def test_a_name_has_two_hundred_letters_at_most(tmp_path: Path) -> None:
    assert form(tmp_path, (f'name="{"a" * 200}"', b"1"))[0] == {"a" * 200: "1"}
    for head in (f'name="{"a" * 201}"', 'name=""', 'nome="a"'):
        error = refused(tmp_path, (head, b"1"))
        assert (error.status, error.code) == (400, "invalid_body")


def test_a_part_for_a_file_without_a_file_name_is_what_its_content_says(tmp_path: Path) -> None:
    link = "data:image/png;base64," + base64.b64encode(b"picture").decode()
    assert form(tmp_path, ('name="photo"', link.encode())) == ({}, {"photo": b"picture"})
    assert form(tmp_path, ('name="audio"', b"scene:0:audio")) == ({"audio": "scene:0:audio"}, {})
    assert form(tmp_path, ('name="photo"; filename=""', b"")) == ({}, {})
    assert form(tmp_path, ('name="photo"; filename="a"', b"")) == ({}, {"photo": b""})
    assert form(tmp_path, ('name="photo"', b"a" * 4096))[0] == {"photo": "a" * 4096}
    for data in (b"a" * 4097, b"a\0b", b"\xff\xfe"):
        assert form(tmp_path, ('name="photo"', data)) == ({}, {"photo": data})


@pytest.mark.parametrize("kind", ["text/plain", "", "multipart/mixed; boundary=x", "application/jsonx"])
def test_a_body_of_another_kind_is_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as told:
        read(tmp_path, kind, b"{}")
    assert (told.value.status, told.value.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("multipart/form-data", b"", "names no boundary"),
        ("multipart/form-data; boundary=x", body_of(('name="a"', b"half"))[:-9], "middle of"),
        ("multipart/form-data; boundary=x", b"no part at all", "no multipart form that can be read"),
    ],
)  # fmt: skip
def test_a_form_that_is_none_says_why(kind: str, body: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as told:
        read(tmp_path, kind, body)
    assert (told.value.status, told.value.code) == (400, "invalid_body")
    assert why in told.value.message


def test_text_that_nobody_can_keep_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    assert refused(tmp_path, ('name="title"', b"\xff")).code == "invalid_text"
    assert refused(tmp_path, ('name="title"', b"a\0b")).message == "The field 'title' holds a zero character."
    for text in ('{"a": ["x", {"b": "\\u0000"}]}', '{"a": {"\\u0000": 1}}', '{"a": "\\ud800"}'):
        with pytest.raises(ApiError) as told:
            of_json(tmp_path, text)
        assert (told.value.status, told.value.code) == (400, "invalid_text")
        assert "'a'" in told.value.message


def test_a_json_object_has_fields_and_files_as_data_urls(tmp_path: Path) -> None:
    link = "data:image/png;base64," + base64.b64encode(b"picture").decode()
    text = {"prompt": "Hi.", "photo": link, "image": {"image_url": link}, "audio": "scene:0:audio", "seed": None,
            "title": link, "scenes": [{"photo": "anna"}]}  # fmt: skip
    found, files = of_json(tmp_path, json.dumps(text))
    assert files == {"photo": b"picture", "image": b"picture"}
    assert found.fields == {"prompt": "Hi.", "audio": "scene:0:audio", "title": link, "scenes": [{"photo": "anna"}]}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"[1]", "has to be a JSON object"), (b"{", "no JSON that can be read"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"\xff", "no JSON"), (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
    ],
)  # fmt: skip
def test_json_that_is_none_says_why(text: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as told:
        of_json(tmp_path, text)
    assert (told.value.status, told.value.code) == (400, "invalid_json")
    assert why in told.value.message


def test_an_empty_body_is_an_empty_object_and_a_mark_of_order_is_no_letter(tmp_path: Path) -> None:
    assert of_json(tmp_path, b"")[0].fields == {}
    assert of_json(tmp_path, b'\xef\xbb\xbf{"a": 1}')[0].fields == {"a": 1}


def test_json_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "_MOST_JSON", 3 << 20)
    text = '{"a": "' + "b" * ((3 << 20) - 9) + '"}'
    assert len(of_json(tmp_path, text)[0].fields["a"]) == (3 << 20) - 9
    with pytest.raises(ApiError) as told:
        of_json(tmp_path, text + " ")
    assert (told.value.status, told.value.code) == (413, "body_too_large")
    assert "up to 3 MB" in told.value.message


def test_json_has_a_quarter_of_a_million_values_at_most() -> None:
    assert len(json_of("[" + "1," * 249_998 + "1]")) == 249_999
    for text in ("[" + "1," * 250_000 + "1]", "[" * 250_001, "{" * 125_001 + "," * 125_000):
        with pytest.raises(ValueError, match="more than 250000 values"):
            json_of(text)


@pytest.mark.parametrize("content", ["-_8", "+/8=", "-_ 8\r\n", "%2B%2F8%3D", "+/8", "-_8=="])
def test_a_data_url_may_be_written_in_any_of_the_usual_ways(content: str, tmp_path: Path) -> None:
    upload = inline_file("photo", f"data:image/png;base64,{content}", tmp_path, "p")
    assert upload == Upload(tmp_path / "p", hashlib.sha256(b"\xfb\xff").hexdigest(), 2)
    assert upload.path.read_bytes() == b"\xfb\xff"


@pytest.mark.parametrize(
    "address",
    ["data:image/png;base64,", "data:image/png,abcd", "data:image/png;base64,a", "data:image/png;base64,ab!d"],
)
def test_what_is_no_data_url_names_its_field(address: str, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as told:
        inline_file("logo", address, tmp_path, "p")
    assert (told.value.status, told.value.code, told.value.param) == (400, "invalid_file", "logo")
    assert "logo is no data URL" in told.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_request_is_known_by_its_fields_and_by_the_content_of_its_files(tmp_path: Path) -> None:
    def made(fields: dict[str, Any], sha256: str = "a", path: str = "p") -> str:
        return Form(tmp_path / path, fields, {"photo": Upload(Path(path), sha256, len(path))}).fingerprint()

    assert made({"a": 1, "b": 2}) == made({"b": 2, "a": 1}, path="other")
    assert len({made({"a": 1}), made({"a": 2}), made({"a": 1}, "b"), made({})}) == 4
