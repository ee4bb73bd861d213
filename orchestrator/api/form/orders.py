"""What a client orders: the fields and files of a request → scenes to render, and what is kept beside them.

A client gives names and files, never paths and never addresses to fetch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from avatar.core.errors import AudioError, GovorunError, PhotoError, ScriptError, VoiceError
from avatar.core.media import is_film
from avatar.core.reasons import Message
from orchestrator.api.errors import ApiError
from orchestrator.api.form.fields import SceneBase, VideoBase, options_of, read
from orchestrator.api.form.parse import Form, Upload
from orchestrator.api.form.refusal import in_scene, refusal
from orchestrator.api.form.uploads import check_film, check_picture, check_sound, check_tune
from orchestrator.video.request import FILM_OPTIONS, PICTURE_OPTIONS, RenderRequest

__all__ = ["Order", "changes_of", "order_from", "order_of", "param_of", "remix_of", "scene_from"]

_KEPT = ("prompt", "model", "seconds", "title", "webhook_url", "metadata", "consent")
_KEPT_BY_REMIXES = (*(name for name in _KEPT if name != "seconds"), "size")


@dataclass(frozen=True)
class Order:
    """``scenes``: what to render; ``details``: what is kept with the job; ``priority``: what the client asked for."""

    scenes: tuple[RenderRequest, ...]
    details: dict[str, Any]
    priority: int = 0


def order_of(form: Form) -> Order:
    """Read a new video's form; ApiError 400 names the field that is wrong."""
    video: VideoBase = read(form)
    return order_from(video, tuple(_scenes(video)), {})


def remix_of(form: Form, scenes: tuple[RenderRequest, ...], details: Mapping[str, Any]) -> Order:
    """The scenes of an earlier job with the changes of ``form``; ApiError 400 names the field that is wrong.

    New scenes may name files of the earlier ones: ``scene:0:photo``, ``scene:1:audio``.
    """
    earlier = {f"scene:{number}:{kind}": Upload(path, "", 0) for number, scene in enumerate(scenes)
               for kind, path in _files_of(scene).items()}  # fmt: skip
    video: VideoBase = read(replace(form, files={**earlier, **form.files}) if "scenes" in form.fields else form)
    if video.scenes is not None:
        shown = {scene.backdrop: scene.backdrop_option for scene in scenes if scene.backdrop.startswith("@")}
        made = tuple(_as_shown_before(scene, shown) for scene in _scenes(video))
        return order_from(video, made, details, ("consent", "prompt"))
    changes = changes_of(video)
    if len(scenes) > 1 and video.prompt is not None:
        _refuse("A video of several scenes has no single script: send scenes.", "prompt")
    if len(scenes) > 1 and ("photo" in changes or "audio" in changes):
        _refuse("A video of several scenes has no single photo and recording: send scenes.", "input_reference")
    stale = {"photo": ("consent",), "audio": ("consent", "prompt")}
    dropped = [name for file, names in stale.items() if file in changes for name in names]
    return order_from(video, tuple(_changed(scene, changes) for scene in scenes), details, dropped)


def _as_shown_before(scene: RenderRequest, shown: Mapping[str, Mapping[str, str]]) -> RenderRequest:
    """A picture or film of the earlier video is shown as it was there: a slide stays whole."""
    options = shown.get(scene.backdrop)
    return scene.model_copy(update={"backdrop_option": options}) if options else scene


def param_of(error: GovorunError) -> str | None:
    """The field that an error of the check is about, as far as its kind tells."""
    kinds = {ScriptError: "prompt", PhotoError: "input_reference", AudioError: "audio", VoiceError: "voice"}
    named = re.match(r"(?:Scene (\d+): )?(?:Option (\w+):)?", str(error))
    scene, option = named.groups() if named else (None, None)
    name = option or kinds.get(type(error))  # type: ignore[arg-type]
    return f"scenes[{int(scene) - 1}].{name}" if scene and name else name


def order_from(
    video: VideoBase, scenes: tuple[RenderRequest, ...], earlier: Mapping[str, Any], stale: Iterable[str] = ()
) -> Order:
    """``earlier``: the details of the job that is made again, of which those that are ``stale`` are not kept."""
    kept = {name: earlier[name] for name in _KEPT_BY_REMIXES if name in earlier and name not in stale}
    given = {name: value for name in _KEPT if (value := getattr(video, name)) is not None}
    return Order(scenes, kept | given | {"size": str(scenes[0].size)}, video.priority or 0)


def _files_of(scene: RenderRequest) -> dict[str, Path]:
    found = {name: getattr(scene, name) for name in ("photo", "audio", "influence", "logo", "music")}
    if scene.backdrop.startswith("@"):
        path = Path(scene.backdrop[1:])
        found["backdrop_film" if is_film(path) else "backdrop_image"] = path
    return {kind: path for kind, path in found.items() if path is not None}


def _scenes(video: VideoBase) -> Iterator[RenderRequest]:
    if video.scenes is None:
        yield scene_from(changes_of(video), None)
    for number, scene in enumerate(video.scenes or ()):
        yield scene_from(changes_of(video, scene, number), number)


def changes_of(video: VideoBase, scene: SceneBase | None = None, number: int | None = None) -> dict[str, Any]:
    """Fields → options of a RenderRequest, only those that were given."""
    options = options_of(video, scene)
    if video.model not in (None, "govorun") and "face_engine" not in options:
        options["face_engine"] = video.model.removeprefix("face/")
    options |= _files(video, scene, number)
    return options | _words(scene or video, options)


def _files(video: VideoBase, scene: SceneBase | None, number: int | None) -> dict[str, Any]:
    """What was uploaded. A scene has the photo of the video if none of its own, and never the recording of another."""
    own = scene or video
    photo = own.photo or own.input_reference or video.photo or video.input_reference
    options: dict[str, Any] = {}
    if photo is not None:
        options["photo"] = _known(photo, check_picture, _param("input_reference", number))
    if own.audio is not None:
        options["audio"] = _known(own.audio, check_sound, _param("audio", number))
    if own.backdrop_image is not None:
        path = _known(own.backdrop_image, check_picture, _param("backdrop_image", number))
        options["backdrop"] = f"@{path}"
    if own.backdrop_film is not None:
        path = _known(own.backdrop_film, check_film, _param("backdrop_film", number))
        options["backdrop"] = f"@{path}"
    logo = own.logo or video.logo
    if logo is not None:
        options["logo"] = _known(logo, check_picture, _param("logo", number))
    if own.influence is not None:
        options["influence"] = _known(own.influence, check_film, _param("influence", number))
    if video.music is not None:
        options["music"] = _known(video.music, check_tune, "music")
    return options


def _known(upload: Upload, check: Callable[[Upload, str], Path], param: str) -> Path:
    return upload.path if upload.checked else _looked_at(upload, check, param)


@lru_cache(maxsize=64)
def _looked_at(upload: Upload, check: Callable[[Upload, str], Path], param: str) -> Path:
    """Once for all scenes and all rows that share a file; what is wrong is not kept."""
    return check(upload, param)


def _words(own: SceneBase | VideoBase, options: Mapping[str, Any]) -> dict[str, Any]:
    """The script; beside a recording it is the transcript."""
    if "audio" not in options:
        return {} if own.prompt is None else {"text": own.prompt}
    transcribes = own.prompt and own.prompt.strip() and "transcript" not in options
    return {"transcript": own.prompt} if transcribes else {}


def scene_from(options: dict[str, Any], number: int | None) -> RenderRequest:
    """The request of a new scene; ``number`` from 0 where there are several. ApiError 400 for what it lacks."""
    if "photo" not in options and options.get("layout") != "none":
        message = in_scene(Message("photo_missing"), number)
        raise ApiError(400, message, "missing_photo", _param("input_reference", number))
    if "text" not in options and "audio" not in options:
        message = in_scene(Message("script_missing"), number)
        raise ApiError(400, message, "missing_prompt", _param("prompt", number))
    return _request(options, number)


def _changed(scene: RenderRequest, changes: Mapping[str, Any]) -> RenderRequest:
    options = {name: getattr(scene, name) for name in scene.model_fields_set}
    if "audio" in changes:
        options |= {"text": None, "transcript": None}
    if not str(changes.get("backdrop", "@")).startswith("@"):
        options |= dict.fromkeys(PICTURE_OPTIONS)
    if "backdrop" in changes and not is_film(Path(str(changes["backdrop"]).removeprefix("@"))):
        options = {name: value for name, value in options.items() if name not in FILM_OPTIONS}
    options |= changes
    if "text" in changes and scene.audio is not None:
        options |= {"text": None, "transcript": changes["text"]}
    return _request(options, None)


def _request(options: dict[str, Any], number: int | None) -> RenderRequest:
    try:
        return RenderRequest.model_validate(options)
    except ValidationError as error:
        raise refusal(error, number) from None


def _param(name: str, number: int | None) -> str:
    return name if number is None else f"scenes[{number}].{name}"


def _refuse(message: str, param: str) -> NoReturn:
    raise ApiError(400, message, "invalid_value", param)
