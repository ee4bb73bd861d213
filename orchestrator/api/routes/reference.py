"""The reference of the API as plain HTML, drawn from its OpenAPI schema: no script, and nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from orchestrator.api.routes.page import POLICY

__all__ = ["reference", "router"]

router = APIRouter(include_in_schema=False)
Schema = Mapping[str, Any]
_METHODS = ("post", "get", "patch", "delete")
_HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
_BEGINNING = """\
import openai

client = openai.OpenAI(base_url="{base}/v1", api_key="gvr_...")
video = client.videos.create_and_poll(
    prompt="Hello! I am glad that you are here.",
    input_reference=open("me.png", "rb"),
    size="720x1280",
    extra_body={{"voice": "en_US-joe", "backdrop": "calm ocean at dusk"}},
)
client.videos.download_content(video.id).write_to_file("hello.mp4")
"""


@router.get("/docs")
async def _docs(request: Request) -> HTMLResponse:
    base = f"{request.url.scheme}://{request.url.netloc}"
    return HTMLResponse(await run_in_threadpool(reference, request.app, base), headers=_HEADERS)


def reference(app: FastAPI, base: str) -> str:
    """The page as HTML; ``base``: the address of the service, for its examples."""
    schema = app.openapi()
    operations = list(_operations(schema))
    links = "".join(f'<li><a href="#{_anchor(*op[:2])}">{_badge(op[0])} {escape(op[1])}</a></li>' for op in operations)
    sections = "".join(_section(schema, *operation) for operation in operations)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Govorun API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/favicon.ico">'
        '<link rel="stylesheet" href="/web/base.css"><link rel="stylesheet" href="/web/reference.css"></head><body>'
        f'<main class="reference"><nav aria-label="Operations"><p><a href="/">Govorun</a></p><ul>{links}</ul></nav>'
        f"<div><h1>The API</h1><p>The videos resource is that of OpenAI, so its client drives this service:</p>"
        f"<pre>{escape(_BEGINNING.format(base=base))}</pre>"
        f'<p>The whole description for programs: <a href="/openapi.json">openapi.json</a>.</p>{sections}</div>'
        "</main></body></html>"
    )


def _operations(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in schema["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield method, path, methods[method]


def _anchor(method: str, path: str) -> str:
    return escape(f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""))


def _badge(method: str) -> str:
    return f'<b class="method {method}">{method.upper()}</b>'


def _section(schema: Schema, method: str, path: str, operation: Schema) -> str:
    parts = [_parameters(operation), *_bodies(schema, operation), _answers(schema, operation)]
    about = f"<p>{escape(operation['description'])}</p>" if operation.get("description") else ""
    head = f"<h2>{escape(operation.get('summary', path))}</h2><p>{_badge(method)} <code>{escape(path)}</code></p>"
    return f'<section id="{_anchor(method, path)}">{head}{about}{"".join(parts)}</section>'


def _parameters(operation: Schema) -> str:
    rows = [
        _row(one["name"], one["schema"], one.get("description", ""), one.get("required", False))
        for one in operation.get("parameters", ())
        if one["in"] in ("path", "query")
    ]
    return _table("In the address", rows)


def _bodies(schema: Schema, operation: Schema) -> Iterator[str]:
    seen: list[Schema] = []
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        body = _resolved(schema, media.get("schema", {}))
        needed = body.get("required", ())
        fields = {name: _resolved(schema, one) for name, one in body.get("properties", {}).items()}
        if fields and set(fields) not in [set(one) for one in seen]:
            seen.append(fields)
            rows = [_row(name, one, one.get("description", ""), name in needed) for name, one in fields.items()]
            yield _table(f"In the body ({kind})", rows)


def _row(name: str, schema: Schema, description: str, needed: bool) -> str:
    mark = " <i>needed</i>" if needed else ""
    example = "".join(
        f" <span>For example <code>{escape(str(one))}</code></span>" for one in schema.get("examples", ())
    )
    words = f"{escape(description)}{example}"
    return f"<tr><th><code>{escape(name)}</code>{mark}</th><td>{escape(_kind(schema))}</td><td>{words}</td></tr>"


def _kind(schema: Schema) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"] if one.get("type") != "null")
    if schema.get("format") == "binary":
        return "file"
    if "contentSchema" in schema:
        return "JSON"
    return str(schema.get("type", schema.get("const", "object")))


def _table(title: str, rows: list[str]) -> str:
    return f"<h3>{title}</h3><div class=wide><table>{''.join(rows)}</table></div>" if rows else ""


def _answers(schema: Schema, operation: Schema) -> str:
    lines = []
    for status, answer in sorted(operation["responses"].items()):
        said = answer["description"].replace("Successful Response", "Done.")
        lines.append(f"<dt>{status}</dt><dd>{escape(said)}{_example(schema, answer)}</dd>")
    return f"<h3>Answers</h3><dl>{''.join(lines)}</dl>"


def _example(schema: Schema, answer: Schema) -> str:
    body = _resolved(schema, answer.get("content", {}).get("application/json", {}).get("schema", {}))
    if "example" not in body:
        return ""
    return f"<pre>{escape(json.dumps(body['example'], indent=2, ensure_ascii=False))}</pre>"


def _resolved(schema: Schema, part: Schema) -> Schema:
    name = part.get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"][name] if name else part
