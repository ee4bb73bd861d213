"""What a client orders: the fields and files of a request → scenes to render, and what is kept beside them.

A client gives names and files, never paths and never addresses to fetch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from avatar.core.errors import AudioError, GovorunError, PhotoError, ScriptError, VoiceError
from avatar.core.reasons import Message, reworded
from orchestrator.api.errors import ApiError
from orchestrator.api.form.names import check_name
from orchestrator.api.form.parse import Form, Upload, json_of
from orchestrator.api.form.uploads import check_picture, check_sound
from orchestrator.video.request import RenderRequest
from orchestrator.video.scenes import MOST_SCENES

__all__ = ["KEPT", "Order", "order_of", "param_of", "remix_of"]

_LOOKS = ("voice", "lang", "backdrop", "transcript", "captions", "expression", "gesture_style", "seed", "label",
          "speech_engine", "face_engine", "backdrop_engine")  # fmt: skip
_FILES = ("input_reference", "photo", "audio", "backdrop_image")
_SCENE_FIELDS = ("prompt", *_LOOKS, "photo", "input_reference", "audio", "backdrop_image")
_WHOLE = ("model", "seconds", "size", "fps", "consent", "webhook_url", "title", "metadata", "scenes", "priority")
_FIELDS = ("prompt", *_LOOKS, *_FILES, *_WHOLE)
KEPT = ("prompt", "model", "size", "consent", "metadata", "webhook_url", "title")
_FOREIGN = {
    "source_url": "input_reference, a file that you upload",
    "driver_url": "gesture_style",
    "script": "prompt",
    "scriptText": "prompt",
    "text": "prompt",
    "input_text": "prompt",
    "video_inputs": "scenes",
    "input": "scenes",
    "scene": "scenes",
    "character": "input_reference, a file that you upload",
    "avatar": "input_reference, a file that you upload",
    "image": "input_reference, a file that you upload",
    "image_url": "input_reference, a file that you upload",
    "audio_url": "audio, a file that you upload",
    "background": "backdrop",
    "background_image": "backdrop_image",
    "dimension": "size",
    "aspectRatio": "size",
    "aspect_ratio": "size",
    "resolution": "size",
    "caption": "captions",
    "subtitles": "captions",
    "webhook": "webhook_url",
    "callback_url": "webhook_url",
    "callbackId": "metadata",
    "callback_id": "metadata",
    "language": "lang",
    "name": "title",
    "emotion": "expression",
}
_OURS = {"photo": "input_reference", "text": "prompt"}
_MOST_TITLE, _MOST_URL, _MOST_PAIRS, _MOST_KEY, _MOST_VALUE = 200, 2000, 16, 64, 512
_MOST_PRIORITY = 100
_WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


@dataclass(frozen=True)
class Order:
    """``scenes``: what to render; ``details``: what is kept with the job; ``priority``: what the client asked for."""

    scenes: tuple[RenderRequest, ...]
    details: dict[str, Any]
    priority: int = 0


def order_of(form: Form) -> Order:
    """Read a new video's form; ApiError 400 names the field that is wrong."""
    _refuse_unknown(form, _FIELDS)
    scenes = _scenes(form)
    return Order(scenes, _details(form, scenes), _priority(form.fields.get("priority")))


def remix_of(form: Form, scenes: tuple[RenderRequest, ...], details: Mapping[str, Any]) -> Order:
    """The scenes of an earlier job with the changes of ``form``; ApiError 400 names the field that is wrong."""
    _refuse_unknown(form, _FIELDS)
    if "scenes" in form.fields:
        return _other_scenes(form, scenes, details)
    if "prompt" in form.fields and len(scenes) > 1:
        _fail("A video of several scenes has no single script: send scenes.", "prompt")
    changes = _changes(form, form.fields, "")
    if len(scenes) > 1 and ("photo" in changes or "audio" in changes):
        _fail("A video of several scenes has no single photo and recording: send scenes.", "input_reference")
    changed = tuple(_changed(scene, changes) for scene in scenes)
    stale = {"photo": ("consent",), "audio": ("consent", "prompt")}
    dropped = {name for changed_file, names in stale.items() if changed_file in changes for name in names}
    kept = {name: details[name] for name in KEPT if name in details and name not in dropped}
    return Order(changed, kept | _details(form, changed), _priority(form.fields.get("priority")))


def _other_scenes(form: Form, earlier: tuple[RenderRequest, ...], details: Mapping[str, Any]) -> Order:
    """New scenes, which may name files of the earlier ones: ``scene:0:photo``, ``scene:1:audio``."""
    known = {f"scene:{number}:{kind}": Upload(path, "", 0) for number, scene in enumerate(earlier)
             for kind, path in _files_of(scene).items()}  # fmt: skip
    scenes = _scenes(Form(form.folder, form.fields, {**known, **form.files}))
    kept = {name: details[name] for name in KEPT if name in details and name not in ("consent", "prompt")}
    return Order(scenes, kept | _details(form, scenes), _priority(form.fields.get("priority")))


def _files_of(scene: RenderRequest) -> dict[str, Path]:
    found = {"photo": scene.photo, "audio": scene.audio}
    if scene.backdrop.startswith("@"):
        found["backdrop_image"] = Path(scene.backdrop[1:])
    return {kind: path for kind, path in found.items() if path is not None}


def param_of(error: GovorunError) -> str | None:
    """The field that an error of the check is about, as far as its kind tells."""
    kinds = {ScriptError: "prompt", PhotoError: "input_reference", AudioError: "audio", VoiceError: "voice"}
    named = re.match(r"(?:Scene (\d+): )?(?:Option (\w+):)?", str(error))
    scene, option = named.groups() if named else (None, None)
    name = option or kinds.get(type(error))  # type: ignore[arg-type]
    return f"scenes[{int(scene) - 1}].{name}" if scene and name else name


def _scenes(form: Form) -> tuple[RenderRequest, ...]:
    listed = form.fields.get("scenes")
    if listed in (None, ""):
        return (_request(_changes(form, form.fields, ""), ""),)
    common = {name: value for name, value in form.fields.items() if name in (*_LOOKS, "size", "fps")}
    found = []
    for number, scene in enumerate(_listed(listed)):
        where = f"scenes[{number}]."
        _check_scene(scene, form, where)
        found.append(_request(_changes(form, {**common, **scene}, where), where))
    return tuple(found)


def _listed(value: object) -> list[dict[str, Any]]:
    try:
        scenes = json_of(value) if isinstance(value, str) else value
    except ValueError:
        _fail("The field scenes is no JSON: send a list of objects as one JSON string.", "scenes")
    if not isinstance(scenes, list) or not scenes or not all(isinstance(scene, dict) for scene in scenes):
        _fail("The field scenes has to be a JSON list of objects, one a scene.", "scenes")
    if len(scenes) > MOST_SCENES:
        told = Message("too_many_scenes", most=MOST_SCENES, n=len(scenes))
        raise ApiError(400, told, "invalid_value", "scenes")
    return scenes


def _check_scene(scene: Mapping[str, Any], form: Form, where: str) -> None:
    for name in scene:
        if name not in _SCENE_FIELDS:
            _fail(_unknown(str(name), _SCENE_FIELDS), f"{where}{name}")
    for name in ("photo", "input_reference", "audio", "backdrop_image"):
        part = scene.get(name)
        if part is not None and (not isinstance(part, str) or part not in form.files):
            _fail(f"{_scene(where)}{name} has to name a file of this request.", f"{where}{name}")


def _changes(form: Form, fields: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Fields → options of a RenderRequest, only those that were given."""
    options: dict[str, Any] = {}
    for name in (*_LOOKS, "size", "fps"):
        value = fields.get(name)
        if value not in (None, "", []):
            options[name] = _checked(name, value, where)
    options |= _face_engine(fields.get("model") or form.fields.get("model"), options)
    options |= _files(form, fields, where)
    return options | _words(fields, options, where)


def _checked(name: str, value: object, where: str) -> object:
    if name == "label":
        return _truth(value, f"{where}label")
    if name not in ("seed", "fps", "captions", "size", "transcript") and not isinstance(value, str):
        _fail(f"{_scene(where)}{name} has to be text.", f"{where}{name}")
    if isinstance(value, (bool, dict)):
        _fail(f"{_scene(where)}{name} cannot be {value!r}.", f"{where}{name}")
    if isinstance(value, str):
        check_name(name, value, f"{where}{name}")
    return value


def _face_engine(model: object, options: Mapping[str, Any]) -> dict[str, Any]:
    """An engine may be named as the model; ``govorun`` is the default one."""
    from avatar.face import ENGINES

    if model in (None, "", "govorun"):
        return {}
    engine = model.removeprefix("face/") if isinstance(model, str) else ""
    if engine not in ENGINES:
        known = ", ".join(["govorun", *sorted(ENGINES)])
        raise ApiError(400, f"The model {str(model)[:80]!r} is not here: choose {known}.", "model_not_found", "model")
    return {} if "face_engine" in options else {"face_engine": engine}


def _files(form: Form, fields: Mapping[str, Any], where: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    photo = _upload(form, fields, where, "photo") or _upload(form, fields, where, "input_reference")
    if photo is not None:
        options["photo"] = _picture(photo, f"{where}input_reference")
    audio = _upload(form, fields, where, "audio")
    if audio is not None:
        options["audio"] = audio.path if audio.checked else check_sound(audio, f"{where}audio")
    backdrop = _upload(form, fields, where, "backdrop_image")
    if backdrop is not None:
        options["backdrop"] = f"@{_picture(backdrop, f'{where}backdrop_image')}"
    return options


def _picture(upload: Upload, param: str) -> Path:
    return upload.path if upload.checked else check_picture(upload, param)


def _upload(form: Form, fields: Mapping[str, Any], where: str, name: str) -> Upload | None:
    """The file that a scene names, else the one that came under the field's own name (never audio of another scene)."""
    part = fields.get(name)
    if where and isinstance(part, str):
        return form.files[part]
    if part not in (None, ""):
        _fail(f"{name} has to be a file that you upload: addresses are not fetched.", name)
    if where and name != "input_reference":
        return None
    return form.files.get(name) or (form.files.get("photo") if where else None)


def _words(fields: Mapping[str, Any], options: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The script; beside a recording it is the transcript."""
    words = fields.get("prompt")
    if words is not None and not isinstance(words, str):
        _fail(f"{_scene(where)}prompt has to be text.", f"{where}prompt")
    if "audio" in options:
        return {"transcript": words} if words and words.strip() and "transcript" not in options else {}
    return {} if words is None else {"text": words}


def _request(options: dict[str, Any], where: str) -> RenderRequest:
    if "photo" not in options:
        message = _in_scene(where, Message("photo_missing"))
        raise ApiError(400, message, "missing_photo", f"{where}input_reference")
    if "text" not in options and "audio" not in options:
        message = _in_scene(where, Message("script_missing"))
        raise ApiError(400, message, "missing_prompt", f"{where}prompt")
    return _validated(options, where)


def _changed(scene: RenderRequest, changes: Mapping[str, Any]) -> RenderRequest:
    options = {name: getattr(scene, name) for name in scene.model_fields_set}
    if "audio" in changes:
        options |= {"text": None, "transcript": None}
    options |= changes
    if "text" in changes and scene.audio is not None:
        options |= {"text": None, "transcript": changes["text"]}
    return _validated(options, "")


def _validated(options: dict[str, Any], where: str) -> RenderRequest:
    try:
        return RenderRequest.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        name = _OURS.get(name, name)
        message = first["msg"].removeprefix("Value error, ")
        given = "" if first["type"] == "value_error" else f" {str(first['input'])[:80]!r} is not valid:"
        _fail(f"{_scene(where)}{name or 'request'}:{given} {message}.", f"{where}{name}" if name else None)


def _details(form: Form, scenes: Iterable[RenderRequest]) -> dict[str, Any]:
    fields = form.fields
    found: dict[str, Any] = {
        "prompt": fields.get("prompt"),
        "model": fields.get("model") or None,
        "seconds": _seconds(fields.get("seconds")),
        "title": _title(fields.get("title")),
        "webhook_url": _address(fields.get("webhook_url")),
        "metadata": _metadata(fields.get("metadata")),
        "consent": None if fields.get("consent") in (None, "") else _truth(fields["consent"], "consent"),
        "size": str(next(iter(scenes)).size),
    }
    return {name: value for name, value in found.items() if value is not None}


def _seconds(value: object) -> str | None:
    if value in (None, ""):
        return None
    try:
        seconds = float(value) if isinstance(value, (str, int, float)) else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    if not 0 < seconds <= 86400:
        _fail("seconds has to be a number of seconds; the script decides the length.", "seconds")
    return str(value)[:20]


def _title(value: object) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or len(value) > _MOST_TITLE:
        _fail(f"title has to be text of at most {_MOST_TITLE} characters.", "title")
    return " ".join(value.split()) or None


def _address(value: object) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or len(value) > _MOST_URL or not re.fullmatch(r"https?://[^\s/@\\]+(/\S*)?", value):
        _fail("webhook_url has to be an http or https address without a name and a password.", "webhook_url")
    return value


def _metadata(value: object) -> dict[str, str] | None:
    if value in (None, ""):
        return None
    try:
        pairs = json_of(value) if isinstance(value, str) else value
    except ValueError:
        pairs = None
    if not isinstance(pairs, dict) or len(pairs) > _MOST_PAIRS or not all(map(_fits, pairs.keys(), pairs.values())):
        _fail(
            f"metadata has to be a JSON object of at most {_MOST_PAIRS} texts (keys up to {_MOST_KEY} characters, "
            f"values up to {_MOST_VALUE}).",
            "metadata",
        )
    return pairs


def _fits(key: object, value: object) -> bool:
    return isinstance(key, str) and len(key) <= _MOST_KEY and isinstance(value, str) and len(value) <= _MOST_VALUE


def _priority(value: object) -> int:
    if value in (None, ""):
        return 0
    try:
        number = int(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or abs(number) > _MOST_PRIORITY:
        _fail(f"priority has to be a whole number from -{_MOST_PRIORITY} to {_MOST_PRIORITY}.", "priority")
    return number


def _truth(value: object, param: str) -> bool:
    if isinstance(value, bool):
        return value
    known = _WORDS.get(value.strip().lower()) if isinstance(value, str) else None
    if known is None:
        _fail(f"{param} has to be true or false.", param)
    return known


def _refuse_unknown(form: Form, known: tuple[str, ...]) -> None:
    for name in form.fields:
        if name not in known:
            raise ApiError(400, _unknown(name, known), "unknown_field", name[:80])
    if "scenes" in form.fields:
        return
    for name in form.files:
        if name not in _FILES:
            raise ApiError(400, _unknown(name, known), "unknown_field", name[:80])


def _unknown(name: str, known: tuple[str, ...]) -> str:
    near = _FOREIGN.get(name) or next(iter(get_close_matches(name, known, 1, 0.6)), None)
    advice = f"did you mean {near}?" if near else f"known are {', '.join(known)}."
    return f"Unknown field {name[:80]!r}: {advice}"


def _scene(where: str) -> str:
    return f"Scene {_number(where)}: " if where else ""


def _in_scene(where: str, message: Message) -> str:
    return reworded(f"{_scene(where)}{message}", message, scene=_number(where)) if where else message


def _number(where: str) -> int:
    return int(where[7:].partition("]")[0]) + 1


def _fail(message: str, param: str | None) -> NoReturn:
    raise ApiError(400, message[0].upper() + message[1:], "invalid_value", param)
