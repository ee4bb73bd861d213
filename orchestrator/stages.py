"""The stages of one video as plain functions over a work folder. Each leaves an artefact, or finds it and does nothing.

    speech ──► face plan ∥ backdrop plan ──► segments (any order, any worker) ──► join

Nothing here knows of processes, queues or progress bars.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avatar.core import weights
from avatar.core.errors import GovorunError, MissingEngine, OptionError
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from avatar.core.types import BackdropClip, BackdropPlan, FaceClip, Size, frame_count
from orchestrator.planned import plan_once, planned_path
from orchestrator.request import RenderRequest
from orchestrator.work import Segment, Task, WorkFolder

if TYPE_CHECKING:
    from avatar.face import FaceOptions
    from motion import BackdropEngine, BackdropOptions
    from speech import SpeechOptions

__all__ = [
    "Clips",
    "Painter",
    "check_request",
    "choose_backdrop",
    "make_poster",
    "open_clips",
    "plan_backdrop",
    "plan_face",
    "prepare_photo",
    "render_frames",
    "render_segment",
    "resolve_device",
    "single_threaded",
    "speak_script",
]


@dataclass(frozen=True)
class Clips:
    """What a process opens once and then renders any segment from."""

    face: FaceClip
    backdrop: BackdropClip | None
    size: Size
    fps: float


class Painter:
    """Renders segments of the scenes below ``folder`` one after another; what a scene is drawn from is opened once."""

    def __init__(self, folder: Path, device: str) -> None:
        self._folder, self._device = folder, device
        self._opened: tuple[WorkFolder, Clips] | None = None

    def render(self, task: Task, progress: Progress) -> None:
        """Leave the segment in the work folder of its scene."""
        folder = self._folder / str(task.scene)
        if self._opened is None or self._opened[0].folder != folder:
            self._opened = None
            work = WorkFolder.open(folder)
            self._opened = work, open_clips(work, self._device)
        work, clips = self._opened
        render_segment(work, clips, task.segment, progress)


def resolve_device(name: str) -> str:
    """``auto`` is the GPU where there is one; MissingEngine for a GPU that was asked for and is not there."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        return name
    if name == "cuda" or (name.startswith("cuda:") and name[5:].isdigit()):
        index = int(name[5:] or 0) if ":" in name else 0
        if not torch.cuda.is_available() or index >= torch.cuda.device_count():
            raise MissingEngine(
                f"Device {name} is not here: say auto or cpu, or install a CUDA build of torch and a driver."
            )
        return name
    raise OptionError(f"Unknown device {name!r}: choose auto, cpu, cuda or cuda:N.")


@contextmanager
def single_threaded() -> Iterator[None]:
    """One torch thread for the block: faster on busy cores, and sums are added in the same order everywhere."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


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
        _check_letters(request, parse(source).text)
    for table, name in (
        (VOICES, request.speech_engine),
        (FACES, request.face_engine),
        (BACKDROPS, request.backdrop_engine),
    ):
        if name is not None:
            table[name]
    if request.voice is not None and request.audio is None:
        resolve(request.lang or "", request.voice, request.speech_engine)
    if not request.keeps_photo_background:
        choose(request.backdrop)
    _face_options(request)
    check_face_options(request.face_engine, request.face_option)
    speaker = request.speech_engine or ("recorded" if request.audio is not None else None)
    check_speech_options(speaker, request.voice, request.speech_option)


def _check_letters(request: RenderRequest, text: str) -> None:
    """OptionError where captions would be burnt in letters that the font lacks."""
    if not request.burns_captions:
        return
    from avatar.compose import unreadable

    missing = unreadable(text)
    if missing:
        raise OptionError(f"The font of burnt captions lacks {missing[:12]}: ask for srt or vtt captions.")


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
    work.save_speech(speak(script, engine, _speech_options(work), progress, scratch))
    shutil.rmtree(scratch, ignore_errors=True)


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

    work.save_portrait(prepare(work.request.photo, progress, cache))


def plan_face(work: WorkFolder, progress: Progress) -> None:
    """Portrait, speech and gestures → coefficients of every frame."""
    if work.has_face():
        return
    from avatar.face import ENGINES
    from motion import gesture

    request = work.request
    speech = work.load_speech()
    frames = frame_count(speech.seconds, request.fps)
    gestures = gesture(speech, request.fps, frames, request.gesture_style, request.seed)
    progress(0.3, "gestures")
    engine = ENGINES.resolve(request.face_engine)()
    plan = engine.plan(work.load_portrait(), speech, gestures, _face_options(request), progress.part(0.3, 1.0))
    if plan.frames != frames:
        raise GovorunError(f"The face was planned for {plan.frames} frames, the speech has {frames}.")
    work.save_face(plan)


def _face_options(request: RenderRequest) -> FaceOptions:
    from avatar.face import FaceOptions

    return FaceOptions(
        size=request.size,
        fps=request.fps,
        keep_background=request.keeps_photo_background,
        expression=request.expression,
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
    from motion import ENGINES, BackdropOptions, choose

    name, chosen = choose(request.backdrop)
    engine_options = dict(request.backdrop_option)
    if request.backdrop_model is not None:
        engine_options["model"] = weights.resolve(request.backdrop_model, cache_folder())
    wanted = device if request.device == "auto" else request.device
    options = BackdropOptions(
        size=request.size,
        seed=request.seed,
        engine_options=engine_options,
        device=resolve_device(wanted),
        **chosen,
    )
    return ENGINES.resolve(request.backdrop_engine or name)(), options


def open_clips(work: WorkFolder, device: str) -> Clips:
    """Load what the segments are drawn from; done once in a process."""
    from avatar.face import ENGINES as FACES

    request = work.request
    plan = work.load_face()
    face = FACES.resolve(plan.engine)().open(plan, work.load_portrait(), device)
    return Clips(face, _open_backdrop(work, device), plan.size, request.fps)


def _open_backdrop(work: WorkFolder, device: str) -> BackdropClip | None:
    if work.request.keeps_photo_background:
        return None
    from motion import ENGINES

    plan = work.load_backdrop()
    clip: BackdropClip = ENGINES.resolve(plan.engine)().open(plan, work.request.size, work.request.fps, device)
    return clip


def make_poster(work: WorkFolder, clips: Clips, path: Path) -> None:
    """A picture of the beginning at ``path``, where there is none yet."""
    from avatar.compose import poster

    if path.exists():
        return
    poster(clips.face, clips.backdrop, work.load_face().frames, clips.size, path, _mark(work))


def render_segment(work: WorkFolder, clips: Clips, segment: Segment, progress: Progress) -> None:
    """Draw, blend and encode the frames of ``segment`` in one stream."""
    path = work.segment_path(segment)
    if path.exists():
        return
    render_frames(work, clips, segment, path, progress)
    if not path.exists():
        raise GovorunError(f"Segment {segment.index} was rendered but is not there.")


def render_frames(work: WorkFolder, clips: Clips, segment: Segment, path: Path, progress: Progress) -> None:
    """The frames of ``segment``, whatever its length, as H.264 without sound at ``path``."""
    from avatar.compose import compose_segment

    compose_segment(
        face=clips.face,
        backdrop=clips.backdrop,
        start=segment.start,
        stop=segment.stop,
        size=clips.size,
        fps=clips.fps,
        captions=_burnt_captions(work),
        path=path,
        progress=progress,
        mark=_mark(work),
    )


def _mark(work: WorkFolder) -> str:
    """The words in the corner of every frame, "" for none."""
    if not work.request.label:
        return ""
    from avatar.compose import mark_text

    return mark_text(work.load_speech().language)


def _burnt_captions(work: WorkFolder) -> tuple:
    request = work.request
    if not request.burns_captions:
        return ()
    from avatar.compose import caption_cues, line_length

    return caption_cues(work.load_speech().words, line_length(request.size), "karaoke" in request.captions)
