"""A production: scenes, options, a brand and data in one JSON document, read and checked.

What is wrong is told in one sentence that begins with its place, a JSON pointer: ``/scenes/2/voice: ...``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from avatar.core.errors import (
    AudioError,
    GovorunError,
    InputError,
    OptionError,
    PhotoError,
    ScriptError,
    VoiceError,
)
from orchestrator.productions.batch import Row, placeholders, read_rows, row_of
from orchestrator.productions.brand import read_brand
from orchestrator.productions.complaint import complaint
from orchestrator.productions.schema import FILES, VERSION, production_schema
from orchestrator.productions.shape import At, fault_of, pointer
from orchestrator.video.request import RenderRequest, pictured, request_of
from orchestrator.video.scenes import with_defaults

__all__ = ["Production", "beside", "parsed", "production_of", "read_production", "refuse", "refuse_waiting"]

_MOST_BYTES = 8 << 20
_SCENE = re.compile(r"(?:Scene (\d+): )?(?:Option (\w+): )?")
_ABOUT: Mapping[type[GovorunError], tuple[str, ...]] = {
    VoiceError: ("voice", "lang"), ScriptError: ("text", "script", "transcript"), PhotoError: ("photo",),
    AudioError: ("audio", "music"),
}  # fmt: skip
"""What an error may be about."""
_NOT_OPTIONS = ("$schema", "govorun", "title", "brand", "data", "scenes")


@dataclass(frozen=True)
class Production:
    """A document whose shape is right.

    ``options``: those that hold for every scene; ``scenes``: what each says itself, None where the options are the only
    scene; ``brand``: the name of a kit, or what it holds; ``data``: the name of a table, or its rows; ``folder``: where
    files are looked for.
    """

    options: Mapping[str, Any]
    scenes: Sequence[Mapping[str, Any]] | None = None
    brand: str | Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    data: str | Sequence[Mapping[str, Any]] | None = None
    folder: Path = Path()

    def rows(self) -> list[Row]:
        """The rows of its data; none where it has none. InputError where the table cannot be read."""
        if self.data is None:
            return []
        if isinstance(self.data, str):
            try:
                return read_rows(self.folder / self.data)
            except InputError as error:
                raise InputError(f"/data: {error}") from error
        return [row_of(number + 1, values) for number, values in enumerate(self.data)]

    def template(self) -> dict[str, Any]:
        """What values of a row are filled into, scripts in files too, for :meth:`filled`."""
        scenes = None if self.scenes is None else [
            self._spoken(scene, ("scenes", number)) for number, scene in enumerate(self.scenes)]  # fmt: skip
        return {"options": self._spoken(self.options, ()), "scenes": scenes, "brand": self.brand, "title": self.title}

    def _spoken(self, options: Mapping[str, Any], at: At) -> dict[str, Any]:
        """``options`` with the words of their script, so that they may hold names of columns."""
        if "script" not in options:
            return dict(options)
        with_words = {name: value for name, value in options.items() if name != "script"}
        try:
            words = request_of(photo=Path("x"), script=self.folder / options["script"]).words()
        except GovorunError as error:
            raise type(error)(f"{pointer((*at, 'script'))}: {error}") from error
        return {**with_words, "text": words}

    def filled(self, template: Mapping[str, Any]) -> Production:
        """The production of one row: ``template`` with its values."""
        return replace(self, **template, data=None)

    def every(self) -> list[tuple[At, Mapping[str, Any]]]:
        """The place and the own options of each scene."""
        if self.scenes is None:
            return [((), {})]
        return [(("scenes", number), scene) for number, scene in enumerate(self.scenes)]

    def video(self, given: Mapping[str, Any] | None = None) -> tuple[RenderRequest, ...]:
        """The requests of its only video, as :meth:`requests`; OptionError where it holds data, one video a row."""
        if self.data is not None:
            refuse(("data",), "one video a row is made by `govorun batch --production FILE -o FOLDER`")
        return self.requests(given)

    def requests(self, given: Mapping[str, Any] | None = None) -> tuple[RenderRequest, ...]:
        """A request a scene, its files looked for. ``given``: options that count before those beside the scenes.

        A GovorunError names the place of what cannot be.
        """
        kit = self._kit()
        besides = {**dict.fromkeys(kit, ("brand",)), **dict.fromkeys(self.options, ()), **dict.fromkeys(given or ())}
        shared = with_defaults(given or {}, {**kit, **self._here(self.options, ())})
        requests = []
        for at, scene in self.every():
            own = self._here(scene, at)
            requests.append(_request(with_defaults(own, shared), at, {**besides, **dict.fromkeys(own, at)}))
        return tuple(requests)

    def check(self, requests: Sequence[RenderRequest]) -> None:
        """Find what is wrong with its ``requests`` before anything long begins, and name the place."""
        from orchestrator.video.checks import check_scenes

        try:
            check_scenes(requests)
        except GovorunError as error:
            scene = _SCENE.match(str(error))
            number, option = scene.groups() if scene is not None else (None, None)
            at, own = self.every()[int(number or 1) - 1]
            about = (option,) if option else _ABOUT.get(type(error), ())
            named = [name for name in about if name in own or name in self.options]
            place = (*(at if named[0] in own else ()), named[0]) if len(named) == 1 else at
            told = str(error)[scene.end() if place and scene is not None else 0 :]
            raise type(error)(f"{pointer(place)}: {told}" if place else told) from error

    def _kit(self) -> dict[str, Any]:
        if not isinstance(self.brand, str):
            return self._here(self.brand, ("brand",))
        refuse_waiting({"brand": self.brand}, ())
        try:
            return read_brand(self.folder / self.brand)
        except InputError as error:
            raise InputError(f"/brand: {error}") from error

    def _here(self, options: Mapping[str, Any], at: At) -> dict[str, Any]:
        """``options`` with files looked for in the folder; refuses what waits for a value."""
        refuse_waiting(options, at)
        here = beside(options, self.folder)
        backdrop = str(here.get("backdrop", "@"))
        try:
            if not backdrop.startswith("@"):
                pictured(str(self.folder / backdrop))
        except OptionError as error:
            raise OptionError(f"{pointer((*at, 'backdrop'))}: {error}") from error
        return here


def read_production(path: Path) -> Production:
    """The production in the file ``path``; the files that it names lie beside it. InputError where it cannot be read,
    OptionError, with the place, for what is wrong in it."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path.name} is larger than {_MOST_BYTES >> 20} MB: keep data in a table beside it.")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"The production {path} cannot be read ({error.strerror}): check the path.") from error
    return production_of(parsed(content, path.name), path.parent.absolute())


def production_of(document: Mapping[str, object], folder: Path = Path()) -> Production:
    """The production that ``document`` is, a value as JSON has them; paths are taken as their texts.

    ``folder``: where the files that it names are looked for. OptionError, with the place, for what is wrong.
    """
    try:
        text = json.dumps(document, default=_text, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise OptionError(f"The production is no value of JSON: {error}.") from error
    content = _checked(parsed(text.encode(), "The production"))
    options = {name: value for name, value in content.items() if name not in _NOT_OPTIONS}
    return Production(
        options, content.get("scenes"), content.get("brand", {}), content.get("title", ""), content.get("data"), folder
    )


def _text(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is none")


def parsed(content: bytes, name: str) -> Any:
    """The value of a text of JSON in UTF-8 that came as ``name``; OptionError where it is none, names a key twice, or
    holds what no file keeps."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for key, value in pairs:
            if key in known:
                raise ValueError(f"the key {key!r} is there twice")
            known[key] = value
        return known

    try:
        value = json.loads(content.decode("utf-8-sig"), object_pairs_hook=once, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        known = {RecursionError: "it is nested too deep", UnicodeEncodeError: "it holds half a character"}
        what = known.get(type(error), str(error))
        raise OptionError(f"{name} is no JSON in UTF-8: {what}.") from error
    if any("\0" in text for text in _texts(value)):
        raise OptionError(f"{name} holds a zero character: leave it out.")
    return value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _checked(content: object) -> dict[str, Any]:
    """``content`` as the document that it is; OptionError names the place of what is not as the schema says."""
    if not isinstance(content, dict):
        raise OptionError(f'The production has to be an object, for example {{"govorun": {VERSION}, "scenes": [...]}}.')
    version = content.get("govorun")
    if isinstance(version, int) and version > VERSION:
        refuse(("govorun",), f"the document is of version {version}, and {VERSION} is the newest that this Govorun "
               "reads: update Govorun")  # fmt: skip
    fault = fault_of(content, production_schema())
    if fault is not None:
        refuse(fault.at, complaint(fault))
    return content


def beside(options: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """``options`` with the files that they name in ``folder``, the backdrop ``@`` and its path where it is one."""
    here = {name: folder / value for name in FILES if isinstance(value := options.get(name), str)}
    backdrop = options.get("backdrop")
    if isinstance(backdrop, str) and (backdrop.startswith("@") or _is_file(folder / backdrop)):
        return {**options, **here, "backdrop": f"@{folder / backdrop.removeprefix('@')}"}
    return {**options, **here}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a long text is no name
        return False


def _request(options: Mapping[str, Any], at: At, origin: Mapping[str, At | None]) -> RenderRequest:
    """``origin``: option -> where it stands, None for what was given besides."""
    try:
        request = RenderRequest.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        message = first["msg"].removeprefix("Value error, ")
        if name and origin.get(name, at) is None:
            raise OptionError(f"Option {name}: {message}.") from error
        refuse((*(origin.get(name) or ()), name) if name else at, message)
    try:
        request.check_files()
    except GovorunError as error:
        raise type(error)(f"{pointer(_place_of_missing(request, at, origin))}: {error}") from error
    except OSError as error:
        refuse(_place_of_missing(request, at, origin), f"the file cannot be read ({error.strerror})")
    return request


def _place_of_missing(request: RenderRequest, at: At, origin: Mapping[str, At | None]) -> At:
    """The option whose file is not there, or the scene."""
    for name in FILES:
        path = getattr(request, name)
        if path is not None and not _is_file(path):
            return (*(origin.get(name) or ()), name)
    return (*(origin.get("backdrop") or ()), "backdrop") if request.backdrop.startswith("@") else at


def refuse_waiting(options: Mapping[str, Any], at: At) -> None:
    """OptionError where a text of ``options`` waits for the value of a row."""
    for name, value in options.items():
        if waiting := placeholders({name: value}):
            refuse((*at, name), f"there is no value for {{{{{waiting[0]}}}}}: give data, one video a row")


def refuse(at: At, sentence: str) -> NoReturn:
    """OptionError with ``sentence``, a clause without a dot, said of the place ``at``."""
    raise OptionError(f"{pointer(at) or 'The production'}: {sentence}.")
