"""What each step does: one function a step, over the place of the video; each finds its artefact or makes it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from avatar.core.errors import GovorunError, MissingEngine
from avatar.core.progress import Progress
from orchestrator.video import prepare
from orchestrator.video.device import resolve_device, single_threaded
from orchestrator.video.draw import make_poster, opened_clips, render_frames
from orchestrator.video.finish import draft_frames, make_poster_of, publish, publish_draft
from orchestrator.video.folder import Segment, WorkFolder, segments_of
from orchestrator.video.kept_segments import keep_segment, kept_digest, take_segment
from orchestrator.video.outputs import check_room
from orchestrator.video.pieces import piece_name, piecemeal, publish_piece
from orchestrator.video.place import Outcome, Place, Step

__all__ = ["backdrop", "draft", "face", "join", "portrait", "segment", "speech"]


def portrait(step: Step, place: Place, progress: Progress) -> Outcome:
    """Photo → landmarks, matte and foreground."""
    prepare.prepare_photo(place.work(step.scene), place.portraits, progress)
    return Outcome()


def speech(step: Step, place: Place, progress: Progress) -> Outcome:
    """Script or recording → sound with its timing."""
    prepare.speak_script(place.work(step.scene), progress, place.cores)
    return Outcome()


def backdrop(step: Step, place: Place, progress: Progress) -> Outcome:
    """Prompt, colour or picture → the plan of a loop."""
    prepare.plan_backdrop(place.work(step.scene), progress, place.device_of(step.scene), place.backdrops)
    return Outcome()


def face(step: Step, place: Place, progress: Progress) -> Outcome:
    """Portrait and speech → coefficients of every frame; now the length is known, and whether there is room for it."""
    work = place.work(step.scene)
    prepare.plan_face(work, progress)
    frames = work.load_face().frames
    check_room((work.folder,), work.request.size, frames, work.request.alpha)
    return Outcome(frames, len(segments_of(frames)))


def draft(step: Step, place: Place, progress: Progress) -> Outcome:
    """The first seconds with their sound, to be looked at while the rest is drawn."""
    work = place.work(step.scene)
    wanted = Segment(0, 0, draft_frames(work))
    with TemporaryDirectory(dir=work.folder, prefix=".draft-") as scratch:
        pictures = Path(scratch) / "draft.mp4"
        _draw(work, step, place, wanted, pictures, progress)
        if place.draft is not None:
            publish_draft(work, pictures, wanted.stop, place.draft)
    return Outcome(wanted.stop)


def segment(step: Step, place: Place, progress: Progress) -> Outcome:
    """Plans → 250 frames, drawn, blended and encoded in one stream; with their sound besides, where that is wanted."""
    work = place.work(step.scene)
    segments = segments_of(work.load_face().frames)
    wanted = segments[step.segment]
    path = work.segment_path(wanted)
    _draw(work, step, place, wanted, path, progress)
    if not path.exists():
        raise GovorunError(f"Segment {wanted.index} was rendered but is not there.")
    if place.pieces is not None and piecemeal(len(place.scenes), len(segments)):
        publish_piece(work, wanted, place.pieces / piece_name(step.scene, step.segment))
    return Outcome(wanted.stop - wanted.start)


def join(step: Step, place: Place, progress: Progress) -> Outcome:
    """Segments and sound → the finished files, all in place at once."""
    if place.outputs is None:
        raise GovorunError("A video cannot be finished where no place for its files is named.")
    works = place.works()
    notes = publish(works, place.outputs, _drew(place), place.spent(), progress, place.facts, place.signing)
    return Outcome(sum(work.load_face().frames for work in works), notes=notes)


def _draw(work: WorkFolder, step: Step, place: Place, segment: Segment, path: Path, progress: Progress) -> None:
    """The frames of ``segment`` at ``path``, and with the first ones of a video its poster, where one is wanted."""
    poster = place.poster if (step.scene, segment.start) == (0, 0) else None
    anew = work.request.alpha or (segment.start == 0 and work.request.transition_seconds > 0)
    if not path.exists() and (anew or not place.cut(work, segment, path)):
        device = resolve_device(place.device_of(step.scene))
        kept = None if work.request.alpha else place.segments
        digest = "" if kept is None else kept_digest(work, segment, device)
        if kept is None or not take_segment(kept, digest, path):
            with single_threaded():
                clips = opened_clips(work.folder, work.keys.segment, device)
                if poster is not None:
                    make_poster(work, clips, poster)
                render_frames(work, clips, segment, path, progress)
            if kept is not None:
                keep_segment(kept, digest, path)
    if poster is not None:
        make_poster_of(path, poster)


def _drew(place: Place) -> str:
    """The device of the first scene, for the sidecar; the GPU that drew may be one of another machine."""
    wanted = place.device_of(0)
    with suppress(MissingEngine):
        return resolve_device(wanted)
    return wanted
