"""What comes before the pictures of a scene: photo, sound and the two plans, as plain functions over its work folder.

Each leaves an artefact, or finds it and does nothing. Nothing here knows of processes, queues or progress bars.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from avatar.core import weights
from avatar.core.errors import GovorunError, OptionError
from avatar.core.layout import CLOSER, panel_of, parse_layout
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import BackdropPlan, frame_count
from orchestrator.video.backdrop_cache import plan_once, planned_path
from orchestrator.video.device import resolve_device, single_threaded
from orchestrator.video.folder import WorkFolder
from orchestrator.video.request import RenderRequest

if TYPE_CHECKING:
    from avatar.face import FaceEngine, FaceOptions
    from motion import BackdropEngine, BackdropOptions
    from speech import SpeechOptions

__all__ = ["check_letters", "choose_backdrop", "plan_backdrop", "plan_face", "prepare_photo", "speak_script"]


def speak_script(work: WorkFolder, progress: Progress) -> None:
    """Script or recording → sound with its timing."""
    if work.has_speech():
        return
    from speech import parse, speak

    request = work.request
    source = request.words()
    script = parse(source) if source or request.audio is None else None
    scratch = work.folder / "speech"
    scratch.mkdir(exist_ok=True)
    engine = request.speech_engine or ("recorded" if request.audio is not None else None)
    spoken = speak(script, engine, _speech_options(work), progress, scratch)
    if script is None:
        check_letters(request, " ".join(word.text for word in spoken.words))
    work.save_speech(spoken)
    shutil.rmtree(scratch, ignore_errors=True)


def check_letters(request: RenderRequest, text: str) -> None:
    """OptionError where ``text`` would be burnt as captions, or other words, in letters that no font here has."""
    written = "".join([request.heading, request.lower_third, *([text] if request.burns_captions else [])])
    if not written:
        return
    from avatar.compose import unreadable

    missing = unreadable(written)
    if missing:
        raise OptionError(Message("caption_letters", letters=missing[:12]))


def _speech_options(work: WorkFolder) -> SpeechOptions:
    from speech import SpeechOptions

    request = work.request
    return SpeechOptions(
        voice=request.voice,
        lang=request.lang,
        seed=request.seed,
        audio=request.audio,
        transcript=request.transcript,
        lexicon=request.lexicon,
        engine_options=dict(request.speech_option),
    )


def prepare_photo(work: WorkFolder, cache: Path | None, progress: Progress) -> None:
    """Photo → landmarks, matte and foreground, from the cache where this photo was prepared before."""
    if work.has_portrait():
        return
    from avatar.face.portrait import prepare

    work.save_portrait(prepare(work.request.photo, progress, cache, work.request.face))


def plan_face(work: WorkFolder, progress: Progress) -> None:
    """Portrait, speech and gestures → coefficients of every frame."""
    if work.has_face():
        return
    from avatar.face import ENGINES
    from motion import gesture

    request = work.request
    speech = work.load_speech()
    frames = frame_count(speech.seconds, request.fps)
    portrait = work.load_portrait()
    gestures = gesture(speech, request.fps, frames, request.gesture_style, request.seed, portrait.sha256)
    progress(0.3, "gestures")
    engine: FaceEngine = ENGINES.resolve(request.face_engine)()
    plan = engine.plan(portrait, speech, gestures, face_options(request), progress.part(0.3, 1.0))
    if plan.frames != frames:
        raise GovorunError(f"The face was planned for {plan.frames} frames, the speech has {frames}.")
    work.save_face(plan)


def face_options(request: RenderRequest) -> FaceOptions:
    from avatar.face import FaceOptions

    layout = parse_layout(request.layout)
    return FaceOptions(
        size=panel_of(layout, request.size, request.burns_captions).size,
        fps=request.fps,
        keep_background=request.warps_whole_photo,
        expression=request.expression,
        closer=CLOSER if layout.framed else 1.0,
        seed=request.seed,
        engine_options=dict(request.face_option),
    )


def plan_backdrop(work: WorkFolder, progress: Progress, device: str = "auto", cache: Path | None = None) -> None:
    """Prompt, colour or picture → the plan of a loop; nothing where the photo keeps its background.

    ``device``: where engines that diffuse do it, unless the request names one. ``cache``: a folder of plans of places
    that are described in words.
    """
    request = work.request
    if request.keeps_photo_background or work.has_backdrop():
        return
    engine, options = choose_backdrop(request, device)

    def plan() -> BackdropPlan:
        with single_threaded():
            return engine.plan(options, progress)

    if cache is None or not request.describes_backdrop:
        work.save_backdrop(plan())
        return
    path = planned_path(cache, work.keys.backdrop, engine.card(), options.device)
    work.save_backdrop(plan_once(path, plan))


def choose_backdrop(request: RenderRequest, device: str = "auto") -> tuple[BackdropEngine, BackdropOptions]:
    """The engine that draws ``request.backdrop``, and its options."""
    from motion import ENGINES, INFLUENCED, BackdropOptions, Influence, choose, engine_for

    name, chosen = choose(request.backdrop)
    own = ({} if request.backdrop_path == "orbit" else {"path": request.backdrop_path}) | request.of_backdrop()
    if "prompt" in chosen and request.backdrop_engine is None and request.influence is None:
        name = engine_for(chosen["prompt"], own, request.backdrop_model)
    engine = request.backdrop_engine or name
    if own.get("path") == "predicted" and engine not in INFLUENCED:
        raise OptionError(f"Engine {engine} has no path predicted: choose {', '.join(INFLUENCED)}.")
    influence = None
    if request.influence is not None:
        if engine not in INFLUENCED:
            raise OptionError(f"Engine {engine} takes no influence film: choose {', '.join(INFLUENCED)}.")
        influence = Influence(
            request.influence, request.influence_gain, request.influence_mode, request.influence_scenario
        )
    if request.backdrop_model is not None:
        own["model"] = weights.resolve(request.backdrop_model, cache_folder())
    wanted = device if request.device == "auto" else request.device
    options = BackdropOptions(
        size=request.size,
        seed=request.seed,
        engine_options=own,
        device=resolve_device(wanted),
        influence=influence,
        **chosen,
    )
    return ENGINES.resolve(engine)(), options
