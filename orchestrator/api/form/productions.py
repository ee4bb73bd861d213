"""Production documents as a client sends them → the fields of a video; files that they name are parts of the request.

The document says what is shown; beside it stand the fields of the job alone. Files of the server cannot be named.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from pydantic import Field

from avatar.core.errors import GovorunError, InputError, OptionError
from avatar.core.media import is_film
from avatar.core.reasons import reworded
from orchestrator.api.errors import ApiError
from orchestrator.api.form.fields import NOT_FOR_CLIENTS, VideoFields
from orchestrator.api.form.orders import Order, order_of
from orchestrator.api.form.parse import Form, Upload, inline_file, json_of
from orchestrator.api.form.refusal import unknown
from orchestrator.productions.brand import brand_of
from orchestrator.productions.document import Production, parsed, production_of, refuse_waiting
from orchestrator.productions.schema import FILES, WHOLE
from orchestrator.productions.shape import At, pointer
from orchestrator.video.scenes import with_defaults

__all__ = [
    "BESIDE", "NOT_BESIDE", "PRODUCTION", "ProductionFields", "Sent", "order_of_production", "order_of_sent", "sent_in",
]  # fmt: skip

BESIDE = ("model", "consent", "webhook_url", "title", "metadata", "priority")
"""Fields of a video that may stand beside a document."""
NOT_BESIDE = tuple(name for name in VideoFields.model_fields if name not in BESIDE)
_MOST_BYTES, _MOST_WORDS = 8 << 20, 2_000_000
_CALLED = {"prompt": "text", "input_reference": "photo", "backdrop_image": "backdrop", "backdrop_film": "backdrop"}
_LACKS = {
    "missing_photo": "there is no photo: name a file of this request, or the layout none for a voice without a person",
    "missing_prompt": "nothing is said: give text, script or audio",
}
_PARAM, _SCENE = re.compile(r"(?:scenes\[(\d+)\]\.)?(\w+)"), re.compile(r"Scene (\d+): ")
_WHOLE = re.compile("^[Tt]he request: ")
PRODUCTION: Any = Field(
    None,
    description="a production document, as GET /v1/production.schema.json describes it; the files that it names are "
    "parts of this request",
    examples=[{"govorun": 1, "photo": "me.jpg", "scenes": [{"text": "Who is there?"}, {"text": "It is me."}]}],
)


class ProductionFields(VideoFields):  # type: ignore[valid-type, misc]
    """A video of a production document."""

    production: dict[str, Any] | None = PRODUCTION


@dataclass(frozen=True)
class Sent:
    """A document with what came with it: ``beside``: fields of the job; ``parts``: files by their names."""

    form: Form
    production: Production
    beside: Mapping[str, Any]
    parts: Mapping[str, Upload]


def order_of_production(form: Form) -> Order:
    """Read a form with a production of one video; ApiError 400 says what is wrong, and at which place of it."""
    sent = sent_in(form)
    if sent is None:
        raise ApiError(400, "Send the production: a JSON document.", "missing_production", "production")
    if sent.production.data is not None:
        _refuse(("data",), "one video a row is made by POST /v1/batches")
    return order_of_sent(sent)[1]


def sent_in(form: Form) -> Sent | None:
    """The production of ``form``, None where there is none; its scripts and its brand kit are read from the parts."""
    content = _content(form)
    if content is None:
        return None
    beside, parts = {}, {name: upload for name, upload in form.files.items() if name != "production"}
    for name, value in form.fields.items():
        if name in BESIDE:
            beside[name] = value
        elif isinstance(value, str) and value.startswith("data:"):
            parts[name] = form.files[name] = inline_file(name, value, form.folder, f"inline-{uuid.uuid4().hex}")
        elif name != "production":
            wrong = unknown(name, ("production", *BESIDE))
            raise ApiError(400, f"{wrong.message} The document says the rest.", wrong.code, wrong.field)
    try:
        production = production_of(content)
    except OptionError as error:
        raise _told(error) from error
    if production.title and "title" not in beside:
        beside["title"] = production.title
    return Sent(form, _opened(production, parts), beside, parts)


def _content(form: Form) -> Any:
    file, value = form.files.get("production"), form.fields.get("production")
    if file is not None and file.size > _MOST_BYTES:
        _refuse((), f"it is larger than {_MOST_BYTES >> 20} MB: send data as a table")
    text = file.path.read_bytes() if file is not None else value.encode() if isinstance(value, str) else None
    if text is None:
        return value
    try:
        json_of(text.decode("utf-8-sig"))
        return parsed(text, "The production")
    except ValueError as error:
        raise ApiError(400, f"The production is no JSON: {error}.", "invalid_production", "production") from error
    except OptionError as error:
        raise _told(error) from error


def _opened(production: Production, parts: Mapping[str, Upload]) -> Production:
    """``production`` with the words of its scripts, and what its brand kit holds."""

    def spoken(options: Mapping[str, Any], at: At) -> Mapping[str, Any]:
        if "script" not in options:
            return options
        place = (*at, "script")
        words = {"text": _words(_part(options["script"], parts, place), place)}
        return {**{name: value for name, value in options.items() if name != "script"}, **words}

    scenes = production.scenes and [spoken(scene, ("scenes", at)) for at, scene in enumerate(production.scenes)]
    brand = production.brand
    if isinstance(brand, str):
        try:
            brand = brand_of(_part(brand, parts, ("brand",)).path.read_bytes(), brand)
        except InputError as error:
            raise _told(InputError(f"/brand: {error}")) from error
    return replace(production, options=spoken(production.options, ()), scenes=scenes, brand=brand)


def _words(upload: Upload, at: At) -> str:
    if upload.size > _MOST_WORDS:
        _refuse(at, f"the script is longer than {_MOST_WORDS // 1_000_000} MB: split it into parts")
    try:
        words = upload.path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        _refuse(at, "the script is no UTF-8 text: save it as UTF-8")
    if "\0" in words:
        _refuse(at, "the script holds a zero character: leave it out")
    return words


def order_of_sent(sent: Sent) -> tuple[Form, Order]:
    """The fields of a video that the document stands for, and the order that they are; ApiError names the place."""
    production = sent.production
    brand: Mapping[str, Any] = production.brand if isinstance(production.brand, Mapping) else {}
    shared = {**brand, **production.options}
    try:
        refuse_waiting(brand, ("brand",))
        for at, options in [((), production.options), *production.every()]:
            refuse_waiting(options, at)
    except OptionError as error:
        raise _told(error) from error
    fields, files = dict(sent.beside), dict[str, Upload]()
    if production.scenes is None:
        top, scenes = shared, None
    else:
        top = {name: value for name, value in shared.items() if name in WHOLE}
        common = {name: value for name, value in shared.items() if name not in WHOLE}
        scenes = [with_defaults(scene, common) for scene in production.scenes]
    for name, value in _fields(top, (), sent).items():
        if isinstance(value, _Named):
            files[name] = sent.parts[value]
        else:
            fields[name] = value
    if scenes is not None:
        files |= {f"part:{name}": upload for name, upload in sent.parts.items()}
        fields["scenes"] = [
            {name: f"part:{value}" if isinstance(value, _Named) else value for name, value in own.items()}
            for own in (_fields(scene, ("scenes", number), sent) for number, scene in enumerate(scenes))
        ]
    form = Form(sent.form.folder, fields, files)
    try:
        return form, order_of(form)
    except ApiError as error:
        raise _placed(error, production) from error


class _Named(str):
    """The name of a part."""


def _fields(options: Mapping[str, Any], at: At, sent: Sent) -> dict[str, Any]:
    """Options of a document by the names of the API, files as the names of their parts."""
    fields: dict[str, Any] = {}
    for name, value in options.items():
        place = _place(name, at, sent.production)
        if name == "text":
            fields["prompt"] = value
        elif name == "backdrop" and (value.startswith("@") or value in sent.parts):
            part = value.removeprefix("@")
            film = is_film(_part(part, sent.parts, place).path)
            fields["backdrop_film" if film else "backdrop_image"] = _Named(part)
        elif name in FILES and name in VideoFields.model_fields:
            _part(value, sent.parts, place)
            fields[name] = _Named(value)
        elif name in NOT_FOR_CLIENTS:
            _refuse(place, f"it cannot be set here ({NOT_FOR_CLIENTS[name]})")
        else:
            fields[name] = value
    return fields


def _place(name: str, at: At, production: Production) -> At:
    """Where the option of a scene stands: in it, in what holds for all, or in the brand."""
    if at and name in production.every()[int(at[1])][1]:
        return (*at, name)
    return (name,) if name in production.options or name not in production.brand else ("brand", name)


def _part(name: str, parts: Mapping[str, Upload], at: At) -> Upload:
    if name not in parts:
        _refuse(at, f"no file of this request is called {name[:80]!r}: send it as a part of this name")
    return parts[name]


def _placed(error: ApiError, production: Production) -> ApiError:
    """``error`` of the fields, said of the place of the document; what is about the job stays as it is."""
    named = _PARAM.fullmatch(error.param or "")
    if named is not None and named[2] in BESIDE:
        return error
    scene = _SCENE.match(error.message)
    number = named[1] if named is not None and named[1] else str(int(scene[1]) - 1) if scene is not None else None
    at: At = () if number is None or production.scenes is None else ("scenes", int(number))
    told = _WHOLE.sub("", error.message[scene.end() if scene is not None else 0 :])
    lacks = _LACKS.get(error.code or "")
    place = at if lacks or named is None else _place(_CALLED.get(named[2], named[2]), at, production)
    text = f"{pointer(place) or 'The production'}: {f'{lacks}.' if lacks else told}"
    return ApiError(error.status, reworded(text, error.message), error.code, "production", error.headers)


def _refuse(at: At, sentence: str) -> NoReturn:
    message = f"{pointer(at) or 'The production'}: {sentence}."
    raise ApiError(400, message, "invalid_production", "production")


def _told(error: GovorunError) -> ApiError:
    return ApiError(400, error.message, "invalid_production", "production")
