"""The reference as a page: what a small schema becomes, letter by letter where it matters."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.api.routes import reference as module
from orchestrator.api.routes.reference import reference

FIELDS = {
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string", "description": "what to <say>", "examples": ["Hi & ho", 2]},
        "size": {"$ref": "#/components/schemas/Size"},
        "file": {"type": "string", "format": "binary"},
    },
}
PATHS: dict[str, Any] = {
    "/v1/videos": {
        "get": {
            "summary": "List <all>", "description": "The latest & first.",
            "parameters": [
                {"name": "limit", "in": "query", "schema": {"type": "integer"}, "description": "how many"},
                {"name": "X-Secret", "in": "header", "schema": {"type": "string"}},
            ],
            "responses": {"404": {"description": "None > one"}, "200": {
                "description": "Successful Response",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
            }},
        },
        "post": {
            "requestBody": {"content": {
                "multipart/form-data": {"schema": {"$ref": "#/components/schemas/Fields"}},
                "application/json": {"schema": {"$ref": "#/components/schemas/Fields"}},
            }},
            "responses": {"200": {"description": "Made"}},
        },
        "put": {"responses": {}},
    },
    "/v1/videos/{video_id}": {
        "get": {
            "parameters": [{"name": "video_id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "One"}},
        },
    },
}  # fmt: skip
SCHEMA = {
    "paths": PATHS,
    "components": {"schemas": {
        "Fields": FIELDS, "Size": {"enum": ["a", 1], "description": "how large"},
        "Answer": {"type": "object", "example": {"id": "é<"}},
    }},
}  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    return reference(SimpleNamespace(openapi=lambda: SCHEMA), "http://here:1")  # type: ignore[arg-type]


def section(page: str, anchor: str) -> str:
    return page.split(f'<section id="{anchor}">')[1].split("</section>")[0]


def test_operations_are_listed_in_the_order_of_their_paths_and_methods(page: str) -> None:
    links = page.split("<ul>")[1].split("</ul>")[0].split("</li>")[:-1]
    assert links == [
        '<li><a href="#post-v1-videos"><b class="method post">POST</b> /v1/videos</a>',
        '<li><a href="#get-v1-videos"><b class="method get">GET</b> /v1/videos</a>',
        '<li><a href="#get-v1-videos-video_id"><b class="method get">GET</b> /v1/videos/{video_id}</a>',
    ]
    assert page.count("<section") == 3


def test_the_example_speaks_to_this_service(page: str) -> None:
    assert "openai.OpenAI(base_url=&quot;http://here:1/v1&quot;, api_key=&quot;gvr_...&quot;)" in page
    assert "extra_body={&quot;voice&quot;: &quot;en_US-joe&quot;" in page
    assert page.startswith('<!doctype html><html lang="en">')
    assert page.endswith("</main></body></html>")


def test_a_section_has_a_title_an_address_and_what_it_is_about(page: str) -> None:
    listed = section(page, "get-v1-videos")
    assert "<h2>List &lt;all&gt;</h2>" in listed
    assert '<p><b class="method get">GET</b> <code>/v1/videos</code></p>' in listed
    assert "<p>The latest &amp; first.</p>" in listed
    made = section(page, "post-v1-videos")
    assert made.startswith('<h2>/v1/videos</h2><p><b class="method post">POST</b> <code>/v1/videos</code></p><h3>')


def test_what_stands_in_the_address_is_told_and_headers_are_not(page: str) -> None:
    listed = section(page, "get-v1-videos")
    row = "<tr><th><code>limit</code></th><td>integer</td><td>how many</td></tr>"
    assert f"<h3>In the address</h3><div class=wide><table>{row}</table></div>" in listed
    assert "X-Secret" not in page
    one = section(page, "get-v1-videos-video_id")
    assert "<tr><th><code>video_id</code> <i>needed</i></th><td>string</td><td></td></tr>" in one
    assert "In the address" not in section(page, "post-v1-videos")


def test_a_body_of_two_kinds_with_the_same_fields_is_told_once(page: str) -> None:
    made = section(page, "post-v1-videos")
    assert made.count("<h3>In the body (") == 1
    assert "<h3>In the body (multipart/form-data)</h3>" in made
    words = ("what to &lt;say&gt; <span>For example <code>Hi &amp; ho</code></span>"
             " <span>For example <code>2</code></span>")  # fmt: skip
    assert f"<tr><th><code>prompt</code> <i>needed</i></th><td>string</td><td>{words}</td></tr>" in made
    assert "<tr><th><code>size</code></th><td>a | 1</td><td>how large</td></tr>" in made
    assert "<tr><th><code>file</code></th><td>file</td><td></td></tr>" in made


def test_bodies_with_other_fields_are_told_each() -> None:
    other = {"properties": {"data": {"type": "array"}}}
    content = {"a/b": {"schema": {"$ref": "#/components/schemas/Fields"}}, "c/d": {"schema": other}, "e/f": {}}
    tables = list(module._bodies(SCHEMA, {"requestBody": {"content": content}}))
    assert [table.split("</h3>")[0] for table in tables] == ["<h3>In the body (a/b)", "<h3>In the body (c/d)"]


def test_answers_come_by_their_status_with_an_example(page: str) -> None:
    listed = section(page, "get-v1-videos")
    example = "<pre>{\n  &quot;id&quot;: &quot;é&lt;&quot;\n}</pre>"
    assert listed.endswith(
        f"<h3>Answers</h3><dl><dt>200</dt><dd>Done.{example}</dd><dt>404</dt><dd>None &gt; one</dd></dl>"
    )


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"enum": [1, "b"], "type": "x"}, "1 | b"),
        ({"anyOf": [{"type": "null"}, {"type": "a"}, {"enum": ["c"]}]}, "a | c"),
        ({"type": "string", "format": "binary"}, "file"), ({"type": "string", "format": "uuid"}, "string"),
        ({"type": "string", "contentSchema": {}}, "JSON"), ({"const": 1}, "1"), ({}, "object"),
        ({"type": "array"}, "array"),
    ],
)  # fmt: skip
def test_a_kind_is_told_in_words(schema: dict[str, Any], kind: str) -> None:
    assert module._kind(schema) == kind
