"""One video, asked for: every option with its name, default and check; the same names at every door."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from avatar.core.errors import AudioError, GovorunError, MediaError, OptionError, PhotoError, ScriptError
from avatar.core.layers import behind_person
from avatar.core.layout import parse_layout
from avatar.core.types import Size
from orchestrator.video.values import (
    CAPTION_FILES,
    SIDE,
    TRANSITIONS,
    Alpha,
    Backdrop,
    Captions,
    Colour,
    Dimensions,
    EngineOptions,
    Face,
    Ground,
    Layers,
    Layouts,
    SoundUnder,
    Transition,
    Trim,
    Words,
    parse_size,
    transition_seconds,
    trim_seconds,
)

__all__ = [
    "CAPTION_FILES",
    "DEFAULT_BACKDROP",
    "FILMS",
    "FILM_OPTIONS",
    "FPS",
    "GIVEN_FILES",
    "PICTURE_OPTIONS",
    "SIDE",
    "TRANSITIONS",
    "RenderRequest",
    "parse_size",
    "pictured",
    "request_of",
    "require_film",
]

DEFAULT_BACKDROP = "calm ocean at dusk"
FPS = (10.0, 60.0)
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".avif")
FILMS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi")
"""Endings of films."""
_SCRIPT_LIMIT = 2_000_000
GIVEN_FILES = ("photo", "audio", "lexicon", "influence", "logo", "font", "music")
"""Options that name a file."""
PICTURE_OPTIONS = ("backdrop_drift", "backdrop_blur", "backdrop_light")
"""Options of a picture of one's own as the backdrop."""
FILM_OPTIONS = ("backdrop_trim", "backdrop_sound")
"""Options of a film as the backdrop."""


class RenderRequest(BaseModel):
    """Everything that decides how a video looks and sounds; equal requests give equal frames.

    One of ``text``, ``script`` (a file) and ``audio`` (a recording, perhaps with ``transcript``) says what is spoken.
    ``backdrop`` may also be ``@file``. The command line and the REST API take descriptions and limits from here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    photo: Path | None = Field(None, description="a photo with a face; not needed where the layout is none")
    face: Face = Field(
        "largest",
        description="which face of the photo: largest, left, right, or its number from the left",
        examples=["largest"],
    )
    text: str | None = Field(None, description="what to say")
    script: Path | None = Field(None, description="a UTF-8 file with what to say")
    audio: Path | None = Field(None, description="a recording to speak instead of a voice")
    transcript: str | None = Field(None, description="the words of the recording")
    voice: str | None = Field(None, description="the name of a voice", examples=["en_US-joe"])
    lang: str | None = Field(
        None,
        description="language of the script, en or ru for example; found from its letters otherwise",
        examples=["en"],
    )
    lexicon: Path | None = Field(None, description="words and how to say them")
    backdrop: Backdrop = Field(
        DEFAULT_BACKDROP,
        description="a place in words, none, photo (keep the photo's own) or #rrggbb",
        examples=[DEFAULT_BACKDROP],
    )
    match_light: float = Field(
        0.6, ge=0, le=1, description="how far the person takes on the light of the place, 0 to 1", examples=[0.6]
    )
    backdrop_drift: float | None = Field(
        None, ge=0, le=1, description="how far the camera moves over a picture of your own, 0 to 1"
    )
    backdrop_blur: float | None = Field(
        None, ge=0, le=1, description="how far a picture of your own goes out of focus, 0 to 1"
    )
    backdrop_light: float | None = Field(
        None, ge=0, le=1, description="how far the light over a picture of your own comes and goes, 0 to 1"
    )
    backdrop_path: Literal["orbit", "wander", "predicted"] = Field(
        "orbit",
        description="the way of a place in words: orbit (a loop), wander (never repeats) or predicted (by a model that "
        "learned from films)",
    )
    backdrop_from: Backdrop | None = Field(
        None,
        description="a place in words from which the backdrop travels to its own in the first four seconds",
        examples=["calm ocean at noon"],
    )
    influence: Path | None = Field(None, description="a film whose motion the place takes over")
    influence_gain: float = Field(
        0.5, ge=0.0, le=2.0, description="how much of the film's motion is taken over, 0 to 2", examples=[0.5]
    )
    influence_mode: Literal["chain", "anchor"] = Field(
        "chain", description="chain (each step turns the last moment) or anchor (it turns the first one)"
    )
    influence_scenario: Literal["A0", "A1", "B1", "B2"] = Field(
        "A0", description="what the film moves: A0 the meaning, A1 also the noise, B1 also by edges, B2 also by depth"
    )
    music: Path | None = Field(None, description="a sound file to lie under the speech")
    music_volume: float = Field(
        -18.0, ge=-60.0, le=0.0, description="dB from the speech to the music under it, -60 to 0", examples=[-18]
    )
    loudness: float | None = Field(
        None,
        ge=-30.0,
        le=-12.0,
        description="loudness of the whole in LUFS, -30 to -12; with music -16, else as it was spoken",
        examples=[-16],
    )
    size: Dimensions = Field(Size(512, 512), description="picture size in pixels, both even", examples=["720x1280"])
    fps: float = Field(
        25.0, ge=FPS[0], le=FPS[1], description=f"frames a second, {FPS[0]:g} to {FPS[1]:g}", examples=[25]
    )
    captions: Captions = Field(
        (),
        description="with commas: srt, vtt (files), burn (into the picture), karaoke (lit as it is spoken)",
        examples=["burn"],
    )
    alpha: Alpha = Field(
        (),
        description="with commas: webm, mov (ProRes), png (pictures in a ZIP): the person alone, transparent",
        examples=["webm"],
    )
    layout: Layouts = Field(
        "full",
        description="where the person is: full, left, right, corner, circle or card, with :PLACE (top-left, 0.8,0.7) "
        "and :SIZE (0.15 to 1) where wanted; or none, a voice without a person",
        examples=["circle:bottom-right:0.3"],
    )
    layout_ground: Ground = Field(
        "photo", description="behind the person of a circle or a card: photo (its own) or #rrggbb", examples=["photo"]
    )
    transition: Transition = Field(
        "cut", description="how the scene comes in: cut, fade or slide, with :SECONDS", examples=["fade:0.6"]
    )
    heading: Words = Field(
        "", description="large words at the beginning; | begins a smaller second line", examples=["Chapter one"]
    )
    lower_third: Words = Field(
        "", description="a name plate; | begins its second line", examples=["Anna Orlova | Teacher"]
    )
    progress_bar: bool = Field(False, description="show along the lower edge how far the video is, a part a scene")
    accent: Colour = Field(
        "#ffd040", description="colour of what stands out: strokes, the bar, lit words", examples=["#ffd040"]
    )
    logo: Path | None = Field(None, description="a picture shown small in a corner")
    font: Path | None = Field(None, description="a font file for everything that is written over the picture")
    label: bool = Field(False, description="say in a corner of every frame that the video is AI-generated")
    expression: str = Field(
        "neutral", description="neutral, happy, sad, angry or surprised, with :0..1 for how much", examples=["neutral"]
    )
    gesture_style: Literal["calm", "natural", "lively", "presenter"] = Field(
        "natural", description="calm, natural, lively or presenter"
    )
    seed: int = Field(0, ge=0, le=2**63 - 1, description="another number is another take", examples=[1])
    device: str = Field("auto", description="auto, cpu, cuda or cuda:N")
    speech_engine: str | None = Field(None, description="who speaks")
    face_engine: str = Field("embedded", description="who moves the face")
    backdrop_engine: str | None = Field(None, description="who draws the place")
    backdrop_model: str | None = Field(None, description="weights of the backdrop engine")
    speech_option: EngineOptions = Field(default_factory=dict, description="an option of the speech engine")
    face_option: EngineOptions = Field(default_factory=dict, description="an option of the face engine")
    backdrop_option: EngineOptions = Field(default_factory=dict, description="an option of the backdrop engine")
    backdrop_trim: Trim = Field(
        "",
        description="the stretch of a film behind that is shown, START-END in seconds or as 0:05-0:12; 5- to its end",
    )
    backdrop_sound: SoundUnder = Field(
        "off",
        description="sound of a film behind: off, or dB from the speech to the sound under it, -60 to 0",
    )
    layers: Layers = Field(
        (),
        description="with commas, from back to front: person, logo, lower_third, heading, progress_bar, captions; what "
        "is left out follows in this order",
        examples=["heading,person"],
    )
    measure: Literal["windows", "full", "none"] = Field(
        "windows",
        description="how the finished video is measured: windows (stretches of its first minute), full (every frame of "
        "that) or none",
    )

    @model_validator(mode="after")
    def _one_source_of_words(self) -> RenderRequest:
        given = [name for name in ("text", "script", "audio") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                "give exactly one of text, script and audio" + (f", not {' and '.join(given)}" if given else "")
            )
        if self.photo is None and self.shows_person:
            raise ValueError("the photo is missing: give one, or the layout none for a voice without a person")
        if self.alpha and not self.shows_person:
            raise ValueError("alpha shows the person alone, and with the layout none nobody is seen: leave one out")
        if self.influence is not None and not self.describes_backdrop:
            raise ValueError("an influence film moves a place in words: describe one as the backdrop")
        if self.backdrop_from is not None and not (self.describes_backdrop and _in_words(self.backdrop_from)):
            raise ValueError("a backdrop travels from one place in words to another: describe both")
        if self.backdrop_path != "orbit" and not self.describes_backdrop:
            raise ValueError(f"the path {self.backdrop_path} moves a place in words: describe one as the backdrop")
        if self.influence is not None and self.backdrop_path != "orbit":
            raise ValueError(
                f"an influence film is a way of its own: leave out the film or the path {self.backdrop_path}"
            )
        for name in PICTURE_OPTIONS:
            if getattr(self, name) is not None and not self.backdrop.startswith("@"):
                raise ValueError(f"{name} is for a picture of your own: give one as the backdrop")
        self._check_film_options()
        if self.transcript is not None and self.audio is None:
            raise ValueError("a transcript belongs to audio: give the recording too")
        if self.alpha and self.keeps_photo_background:
            raise ValueError("alpha shows the person alone, backdrop photo the whole photo: leave one of them out")
        if self.backdrop == "photo" and self.layout != "full":
            raise ValueError(
                "the backdrop photo is the whole photo and has no place for a layout: name another backdrop, or leave "
                "the layout out"
            )
        return self

    def _check_film_options(self) -> None:
        for name in self.film_options():
            if not self.backdrop.startswith("@"):
                raise ValueError(f"{name} is for a film of your own: give one as the backdrop")
        if self.backdrop_trim and {"from", "to"} & set(self.backdrop_option):
            raise ValueError(
                "backdrop_trim and the options from and to of the film say the same: leave one of them out"
            )
        if self.keeps_photo_background and behind_person(self.layers):
            raise ValueError(
                "the backdrop photo is the whole photo, so nothing can lie behind the person: name another backdrop, "
                "or leave out the layers"
            )

    def film_options(self) -> list[str]:
        """Options of a film as the backdrop that were asked for."""
        usual = {name: RenderRequest.model_fields[name].default for name in FILM_OPTIONS}
        return [name for name, value in usual.items() if getattr(self, name) != value]

    @property
    def backdrop_level(self) -> float | None:
        """dB from the speech to the sound of the film behind, None where that is off."""
        return None if self.backdrop_sound == "off" else float(self.backdrop_sound)

    @property
    def shows_person(self) -> bool:
        """Whether a person is seen; otherwise a voice speaks, and no photo is read."""
        return not parse_layout(self.layout).empty

    @property
    def keeps_photo_background(self) -> bool:
        """Whether the photo's own background is the backdrop, as it is."""
        return self.backdrop == "photo" and self.backdrop_engine is None

    @property
    def moves_photo_background(self) -> bool:
        """Whether the photo's own background is the backdrop, set in motion by an engine behind the person."""
        return self.backdrop == "photo" and self.backdrop_engine is not None

    def of_backdrop(self) -> dict[str, str]:
        """Options of the backdrop engine, with those of a picture or a film of one's own."""
        given = {name.removeprefix("backdrop_"): getattr(self, name) for name in PICTURE_OPTIONS}
        own = {name: f"{value:g}" for name, value in given.items() if value is not None}
        trim = dict(zip(("from", "to"), trim_seconds(self.backdrop_trim), strict=True))
        return {**self.backdrop_option, **own, **{name: value for name, value in trim.items() if value}}

    @property
    def warps_whole_photo(self) -> bool:
        """Whether the person is drawn with the photo's own background, in the whole frame or in a panel."""
        return self.keeps_photo_background or (parse_layout(self.layout).framed and self.layout_ground == "photo")

    @property
    def transition_seconds(self) -> float:
        """How long the scene takes to come in, 0 for a cut."""
        return transition_seconds(self.transition)

    @property
    def burns_captions(self) -> bool:
        """Whether captions are drawn into the picture."""
        return "burn" in self.captions or "karaoke" in self.captions

    @property
    def describes_backdrop(self) -> bool:
        """Whether the backdrop is a place in words, which an engine has to understand."""
        return _in_words(self.backdrop)

    def words(self) -> str:
        """What is to be spoken, as written; ``""`` for a recording without transcript. ScriptError if unreadable."""
        if self.script is not None:
            return _read_script(self.script)
        return self.text if self.text is not None else (self.transcript or "")

    def settled(self) -> RenderRequest:
        """The same request with its script read and its paths absolute, so that any process may work on it."""
        changes: dict[str, object] = {}
        if self.script is not None:
            changes |= {"script": None, "text": self.words()}
        for name in GIVEN_FILES:
            path = getattr(self, name)
            changes[name] = path.absolute() if path is not None else None
        if not self.shows_person:
            changes["photo"] = None
        if self.backdrop.startswith("@"):
            changes["backdrop"] = f"@{Path(self.backdrop[1:]).absolute()}"
        return self.model_copy(update=changes)

    def files(self) -> Iterator[Path]:
        """Every file that the request names."""
        for name in ("script", *GIVEN_FILES):
            path = getattr(self, name)
            if path is not None:
                yield path
        if self.backdrop.startswith("@"):
            yield Path(self.backdrop[1:])

    def check_files(self) -> None:
        """PhotoError, AudioError or OptionError for a file that is not there."""
        if self.photo is not None:
            _require_file(self.photo, "photo", PhotoError)
        if self.audio is not None:
            _require_file(self.audio, "recording", AudioError)
        if self.lexicon is not None:
            _require_file(self.lexicon, "lexicon", OptionError)
        if self.influence is not None:
            require_film(self.influence)
        for name in ("logo", "font"):
            if getattr(self, name) is not None:
                _require_file(getattr(self, name), name, OptionError)
        if self.music is not None:
            _require_file(self.music, "music", AudioError)
        if self.backdrop.startswith("@"):
            _require_file(Path(self.backdrop[1:]), "backdrop picture", OptionError)


def _in_words(backdrop: str) -> bool:
    return backdrop not in ("photo", "none") and backdrop[0] not in "#@"


def request_of(**options: object) -> RenderRequest:
    """Build a request; OptionError says in one sentence what is wrong with which option.

    A backdrop that is the name of a picture or a film, ``office.png``, is that file, with or without ``@``. This door
    alone does so: it is that of people who sit at the machine.
    """
    if isinstance(options.get("backdrop"), str):
        options["backdrop"] = pictured(str(options["backdrop"]))
    try:
        return RenderRequest.model_validate(options)
    except ValidationError as error:
        raise OptionError(_sentence(error)) from error


def pictured(backdrop: str) -> str:
    """``backdrop``, with ``@`` before it where it is the name of a picture or a film; OptionError where it looks like
    one and there is none."""
    text = backdrop.strip()
    if text.startswith("@") or Path(text).suffix.lower() not in (*_PICTURES, *FILMS):
        return backdrop
    if Path(text).expanduser().is_file():
        return f"@{Path(text).expanduser()}"
    raise OptionError(f"The backdrop picture {text} does not exist: check the path, or describe a place in words.")


def require_film(path: Path) -> None:
    """MediaError where an influence film is not there."""
    _require_file(path, "influence film", MediaError)


def _require_file(path: Path, what: str, kind: type[GovorunError]) -> None:
    if not path.exists():
        raise kind(f"The {what} {path} does not exist: check the path.")
    if path.is_dir():
        raise kind(f"The {what} {path} is a folder: name a file.")
    if not os.access(path, os.R_OK):
        raise kind(f"The {what} {path} may not be read: change its permissions.")


def _read_script(path: Path) -> str:
    try:
        if path.stat().st_size > _SCRIPT_LIMIT:
            raise ScriptError(f"The script {path} is longer than {_SCRIPT_LIMIT // 1_000_000} MB: split it into parts.")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ScriptError(f"The script {path} does not exist: check the path.") from error
    except UnicodeDecodeError as error:
        raise ScriptError(f"The script {path} is no UTF-8 text (byte {error.start}): save it as UTF-8.") from error
    except OSError as error:
        raise ScriptError(f"The script {path} cannot be read: {error.strerror}.") from error


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    option = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"Unknown option {option!r}: known are {', '.join(RenderRequest.model_fields)}."
    if not option:
        return f"{message[0].upper()}{message[1:]}."
    return f"Option {option}: {_with_value(message, first['type'], first['input'])}."


def _with_value(message: str, kind: str, value: object) -> str:
    return message if kind == "value_error" else f"{value!r} is not valid: {message[0].lower()}{message[1:]}"
