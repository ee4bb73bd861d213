"""What is found wrong with a request before anything long begins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from avatar.core.errors import MediaError, OptionError
from avatar.core.reasons import Message
from avatar.core.types import Script
from orchestrator.video.music import check_film_sound, check_music
from orchestrator.video.prepare import check_letters, face_options
from orchestrator.video.request import PICTURE_OPTIONS, RenderRequest
from orchestrator.video.scenes import ALIKE, BED, MOST_SCENES, ONCE, naming_scene

__all__ = ["check_request", "check_scenes", "spoken_minutes"]

_LETTERS_A_MINUTE = 15.0 * 60.0


def check_request(request: RenderRequest) -> None:
    """Find every wrong name, path, direction and option that can be found in a moment, before anything long begins."""
    from avatar.face import ENGINES as FACES
    from avatar.face import check_engine_options as check_face_options
    from motion import ENGINES as BACKDROPS
    from motion import choose
    from speech import ENGINES as VOICES
    from speech import parse
    from speech.choosing import check_engine_options as check_speech_options
    from speech.choosing import resolve

    request.check_files()
    source = request.words()
    if source or request.audio is None:
        check_letters(request, parse(source).text)
    for table, name in (
        (VOICES, request.speech_engine),
        (FACES, request.face_engine),
        (BACKDROPS, request.backdrop_engine),
    ):
        if name is not None:
            table[name]
    if request.voice is not None and request.audio is None:
        resolve(request.lang or "", request.voice, request.speech_engine)
    elif request.audio is None:
        for language in _languages(request, parse(source)):
            resolve(language, None, request.speech_engine)
    if request.moves_photo_background:
        _check_moved(request)
    elif not request.keeps_photo_background:
        name, chosen = choose(request.backdrop)
        engine = request.backdrop_engine or name
        for option in request.film_options() if engine != "film" else ():
            raise OptionError(Message("backdrop_no_film", option=option))
        if name == "film":
            _check_film(chosen["image"], request, engine)
    _check_brand(request)
    if request.music is not None:
        check_music(request.music)
    face_options(request)
    check_face_options(request.face_engine, request.face_option)
    speaker = request.speech_engine or ("recorded" if request.audio is not None else None)
    check_speech_options(speaker, request.voice, request.speech_option)


def _check_moved(request: RenderRequest) -> None:
    """OptionError where the engine cannot set the photo's background in motion."""
    from motion import PICTURED

    if request.backdrop_engine not in PICTURED:
        raise OptionError(
            Message("photo_backdrop_engine", engine=str(request.backdrop_engine), choices=", ".join(PICTURED))
        )


def _check_film(path: Path, request: RenderRequest, engine: str) -> None:
    """MediaError where the film behind the speaker has no picture, or is none; OptionError for options of pictures, a
    stretch that it does not have, or sound that is asked for and missing."""
    from avatar.core.media import probe

    for name in PICTURE_OPTIONS:
        if getattr(request, name) is not None:
            raise OptionError(f"Option {name}: it is for a picture, and {path.name} is a film: leave it out.")
    found = probe(path)
    if found.size is None:
        raise MediaError(Message("film_without_picture", name=path.name))
    if engine != "film":
        return
    from motion import BackdropOptions
    from motion.engines.film import MOST_SECONDS, stretch_of

    options = BackdropOptions(size=request.size, image=path, engine_options=request.of_backdrop())
    start, end = stretch_of(options, found.seconds)
    if request.backdrop_level is not None:
        check_film_sound(path, start, min(end - start, MOST_SECONDS))


def _check_brand(request: RenderRequest) -> None:
    """OptionError for a logo or a font that cannot be drawn."""
    if request.logo is not None:
        from avatar.compose.graphics import read_logo

        read_logo(request.logo)
    if request.font is not None:
        from PIL import ImageFont

        try:
            ImageFont.truetype(str(request.font), 12)
        except OSError as error:
            raise OptionError(Message("font_unreadable", name=request.font.name)) from error


def _languages(request: RenderRequest, script: Script) -> set[str]:
    """What the voice has to speak: the language that is named or heard from the letters, and those of directions."""
    from speech.text.languages import detect_language

    named = {str(direction.value) for direction in script.directions if direction.name == "lang"}
    return {request.lang or detect_language(script.text), *named}


def spoken_minutes(scenes: Sequence[RenderRequest]) -> float:
    """About how long the scripts take to speak; recordings are not counted."""
    return sum(len(scene.words()) for scene in scenes if scene.audio is None) / _LETTERS_A_MINUTE


def check_scenes(scenes: Sequence[RenderRequest]) -> None:
    """Find what is wrong before anything long begins; the error names the scene where there are several."""
    if not 1 <= len(scenes) <= MOST_SCENES:
        raise OptionError(Message("too_many_scenes", most=MOST_SCENES, n=len(scenes)))
    for number, scene in enumerate(scenes):
        with naming_scene(number, len(scenes)):
            _check_alike(scene, scenes[0])
            _check_one_bed(scene, scenes[0])
            _check_once(scene, scenes[0])
            check_request(scene if scene is scenes[0] else scene.model_copy(update={"music": None}))


def _check_alike(scene: RenderRequest, first: RenderRequest) -> None:
    for name in ALIKE:
        here, there = getattr(scene, name), getattr(first, name)
        if here != there:
            raise OptionError(f"its {name} is {here}, that of scene 1 is {there}: all scenes of a video have the same.")


def _check_one_bed(scene: RenderRequest, first: RenderRequest) -> None:
    for name in BED:
        if not _as_first(scene, first, name):
            raise OptionError(Message("music_of_scene", option=name))


def _check_once(scene: RenderRequest, first: RenderRequest) -> None:
    for name in ONCE:
        if not _as_first(scene, first, name):
            raise OptionError(f"its {name} is {getattr(scene, name)}, but a video has one, that of its first scene.")


def _as_first(scene: RenderRequest, first: RenderRequest, name: str) -> bool:
    """Whether a later scene says nothing of the option ``name``, or what the first one says."""
    return getattr(scene, name) in (RenderRequest.model_fields[name].default, getattr(first, name))
