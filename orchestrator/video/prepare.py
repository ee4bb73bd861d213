"""What comes before the pictures of a scene: photo, sound and the two plans, as plain functions over its work folder.

Each leaves an artefact, or finds it and does nothing. Nothing here knows of processes, queues or progress bars.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from avatar.core import weights
from avatar.core.errors import GovorunError, OptionError
from avatar.core.layout import CLOSER, panel_of, parse_layout
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import BackdropPlan, FacePlan, frame_count
from orchestrator.video.backdrop_cache import plan_once, planned_path
from orchestrator.video.device import resolve_device, single_threaded
from orchestrator.video.folder import WorkFolder
from orchestrator.video.request import RenderRequest

if TYPE_CHECKING:
    from avatar.face import FaceEngine, FaceOptions
    from motion import BackdropEngine, BackdropOptions
    from speech import SpeechOptions

NOBODY = "none"
"""What stands for the engine in the plan of a face that nobody sees."""

__all__ = [
    "NOBODY",
    "check_letters",
    "choose_backdrop",
    "plan_backdrop",
    "plan_face",
    "plans_without_torch",
    "prepare_photo",
    "speak_script",
]


def speak_script(work: WorkFolder, progress: Progress, cores: int = 1) -> None:
    """Script or recording → sound with its timing, spoken on as many ``cores``."""
    if work.has_speech():
        return
    from speech import parse, speak

    request = work.request
    source = request.words()
    script = parse(source) if source or request.audio is None else None
    scratch = work.folder / "speech"
    scratch.mkdir(exist_ok=True)
    engine = request.speech_engine or ("recorded" if request.audio is not None else None)
    spoken = speak(script, engine, _speech_options(work, cores), progress, scratch)
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


def _speech_options(work: WorkFolder, cores: int) -> SpeechOptions:
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
        cores=cores,
    )


def prepare_photo(work: WorkFolder, cache: Path | None, progress: Progress) -> None:
    """Photo → landmarks, matte and foreground, from the cache where this photo was prepared before; nothing where
    nobody is seen."""
    photo = work.request.photo
    if photo is None or not work.request.shows_person or work.has_portrait():
        return
    from avatar.face.portrait import prepare

    work.save_portrait(prepare(photo, progress, cache, work.request.face))


def plan_face(work: WorkFolder, progress: Progress) -> None:
    """Portrait, speech and gestures → coefficients of every frame; where nobody is seen their number alone."""
    if work.has_face():
        return
    request = work.request
    speech = work.load_speech()
    frames = frame_count(speech.seconds, request.fps)
    if not request.shows_person:
        work.save_face(FacePlan(NOBODY, request.size, request.fps, frames, False, {}))
        return
    from avatar.face import ENGINES
    from motion import gesture

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
        in_place=request.moves_photo_background,
        seed=request.seed,
        engine_options=dict(request.face_option),
    )


def plan_backdrop(work: WorkFolder, progress: Progress, device: str = "auto", cache: Path | None = None) -> None:
    """Prompt, colour or picture → the plan of a loop; nothing where the photo keeps its background. Where that is set
    in motion the portrait has to be there.

    ``device``: where engines that diffuse do it, unless the request names one. ``cache``: a folder of plans of places
    that are described in words.
    """
    request = work.request
    if request.keeps_photo_background or work.has_backdrop():
        return
    if request.moves_photo_background:
        _plan_moved(work, progress, device)
        return
    engine, options = choose_backdrop(request, device)

    def plan() -> BackdropPlan:
        from motion.arrival import with_way

        with single_threaded():
            if request.backdrop_from is None:
                return engine.plan(options, progress)
            own = engine.plan(options, progress.part(0.0, 0.5))
            first, way = _choose_way(request, own.engine, options)
            return with_way(own, first.plan(way, progress.part(0.5, 1.0)))

    if cache is None or not request.describes_backdrop:
        work.save_backdrop(plan())
        return
    work.save_backdrop(plan_once(_kept_at(cache, work, engine, options), plan))


def _kept_at(cache: Path, work: WorkFolder, engine: BackdropEngine, options: BackdropOptions) -> Path:
    from motion import NamesWeights

    card = engine.card_of(options) if isinstance(engine, NamesWeights) else engine.card()
    return planned_path(cache, work.keys.backdrop, card, options.device)


def plans_without_torch(kind: str, work: WorkFolder, device: str, backdrops: Path | None) -> bool:
    """Whether the step ``kind``, ``face`` or ``backdrop``, is sure to load no torch. ``device`` and ``backdrops`` as
    :func:`plan_backdrop` has them."""
    request = work.request
    if kind == "face":
        from avatar.face import PLANS_WITHOUT_TORCH

        return request.face_engine in PLANS_WITHOUT_TORCH
    if kind != "backdrop" or backdrops is None or not request.describes_backdrop:
        return False
    with suppress(GovorunError):  # whoever takes the step tells it
        return _kept_at(backdrops, work, *choose_backdrop(request, device)).exists()
    return False


def _choose_way(
    request: RenderRequest, engine: str, options: BackdropOptions
) -> tuple[BackdropEngine, BackdropOptions]:
    """Who draws the way from ``request.backdrop_from`` to the place of ``options``, which ``engine`` shows: the same
    one a travel; where the other place has another engine, that one the place, from which the picture dissolves."""
    from motion import ENGINES, engine_for
    from motion.arrival import TRAVEL_PERIOD

    start = str(request.backdrop_from)
    other = request.backdrop_engine or engine_for(start, {}, request.backdrop_model)
    way = replace(options, prompt=start, influence=None)
    if other != engine:
        return ENGINES.resolve(other)(), replace(way, engine_options={})
    own = {name: value for name, value in options.engine_options.items() if name not in ("path", "period")}
    way = replace(way, engine_options=own, path=f"travel:{options.prompt}", period_s=TRAVEL_PERIOD)
    return ENGINES.resolve(engine)(), way


def _plan_moved(work: WorkFolder, progress: Progress, device: str) -> None:
    """The photo's background without its person, as the frame shows it → the plan of a loop."""
    from PIL import Image

    from avatar.face.canvas import framed_background

    with TemporaryDirectory(dir=work.folder, prefix=".background-") as scratch:
        picture = Path(scratch) / "background.png"
        Image.fromarray(framed_background(work.load_portrait(), work.request.size)).save(picture)
        engine, options = choose_backdrop(work.request, device, picture)
        with single_threaded():
            work.save_backdrop(engine.plan(options, progress))


def choose_backdrop(
    request: RenderRequest, device: str = "auto", behind: Path | None = None
) -> tuple[BackdropEngine, BackdropOptions]:
    """The engine that draws ``request.backdrop``, and its options. ``behind``: the picture of the photo's background,
    where that is set in motion."""
    from motion import ENGINES, INFLUENCED, TRAVELLING, BackdropOptions, Influence, choose, engine_for

    name, chosen = choose(request.backdrop if behind is None else f"@{behind}")
    own = ({} if request.backdrop_path == "orbit" else {"path": request.backdrop_path}) | request.of_backdrop()
    if "prompt" in chosen and request.backdrop_engine is None and request.influence is None:
        name = engine_for(chosen["prompt"], own, request.backdrop_model)
    engine = request.backdrop_engine or name
    if own.get("path") == "predicted" and engine not in INFLUENCED:
        raise OptionError(f"Engine {engine} has no path predicted: choose {', '.join(INFLUENCED)}.")
    if request.backdrop_from is not None and engine not in TRAVELLING:
        raise OptionError(f"Engine {engine} travels from no other place: choose {', '.join(TRAVELLING)}.")
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
