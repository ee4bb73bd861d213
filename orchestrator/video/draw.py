"""Plans become pictures: clips are opened once, segments drawn, blended and encoded from them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from avatar.core.layers import behind_person
from avatar.core.layout import panel_of, parse_layout
from avatar.core.progress import Progress
from avatar.core.types import BackdropClip, FaceClip, FacePlan, GivesLight, Portrait, Size
from orchestrator.video.folder import Segment, WorkFolder, lead_frames
from orchestrator.video.request import RenderRequest

if TYPE_CHECKING:
    from avatar.compose.graphics import Brand, Overlays
    from avatar.compose.placement import Placement
    from avatar.compose.relight import Relight
    from avatar.face import FaceEngine

__all__ = [
    "Clips",
    "brand_of",
    "forget_clips",
    "make_poster",
    "open_clips",
    "opened_clips",
    "render_frames",
]


@dataclass(frozen=True)
class Clips:
    """What a process opens once and then renders any segment from."""

    face: FaceClip | None
    backdrop: BackdropClip | None
    size: Size
    fps: float
    relight: Relight | None = None
    placement: Placement | None = None


@lru_cache(maxsize=1)
def opened_clips(folder: Path, key: str, device: str) -> Clips:
    """What the segments of the scene in the work folder ``folder`` are drawn from, opened once in a process.

    ``key``: the hash of all that decides how they look.
    """
    return open_clips(WorkFolder.open(folder), device)


def forget_clips() -> None:
    """Give back the memory, perhaps of the GPU, of what segments are drawn from."""
    opened_clips.cache_clear()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def open_clips(work: WorkFolder, device: str) -> Clips:
    """Load what the segments are drawn from; done once in a process."""
    from avatar.face import ENGINES as FACES

    request = work.request
    if not request.shows_person:
        return Clips(None, _open_backdrop(work, device), request.size, request.fps)
    plan = work.load_face()
    engine: FaceEngine = FACES.resolve(plan.engine)()
    portrait, backdrop = work.load_portrait(), _open_backdrop(work, device)
    framed = parse_layout(request.layout).framed
    relight = None if framed else _relight(plan, portrait, backdrop, request.match_light)
    clip = engine.open(plan, portrait, device)
    return Clips(clip, backdrop, request.size, request.fps, relight, _placement(request))


def _placement(request: RenderRequest) -> Placement | None:
    """The panel of the person; None where it is the whole frame."""
    layout = parse_layout(request.layout)
    if layout.kind == "full":
        return None
    from avatar.compose.graphics import ACCENT, parse_colour
    from avatar.compose.placement import Placement

    ground = (0, 0, 0) if request.layout_ground == "photo" else parse_colour(request.layout_ground)
    accent = parse_colour(request.accent)
    rim = {} if accent == ACCENT else {"rim": accent}
    return Placement(layout, panel_of(layout, request.size, request.burns_captions), request.size, ground, **rim)


def _relight(plan: FacePlan, portrait: Portrait, backdrop: BackdropClip | None, strength: float) -> Relight | None:
    """How the person takes the light of the backdrop; None where it gives none, or none is wanted."""
    if strength == 0.0 or not isinstance(backdrop, GivesLight):
        return None
    from avatar.compose.relight import Relight
    from avatar.face.relief import relief

    return Relight(relief(plan, portrait), plan.size, strength)


def _open_backdrop(work: WorkFolder, device: str) -> BackdropClip | None:
    if work.request.keeps_photo_background:
        return None
    from motion import ENGINES
    from motion.arrival import WAY_FPS, arrival, parted

    request = work.request
    plan, way = parted(work.load_backdrop())
    clip: BackdropClip = ENGINES.resolve(plan.engine)().open(plan, request.size, request.fps, device)
    if way is None:
        return clip
    coming: BackdropClip = ENGINES.resolve(way.engine)().open(way, request.size, WAY_FPS, device)
    return arrival(clip, coming, request.fps, travels=str(way.settings["path"]) == "travel")


def make_poster(work: WorkFolder, clips: Clips, path: Path) -> None:
    """A picture of the beginning at ``path``, where there is none yet."""
    from avatar.compose import poster

    if path.exists():
        return
    frames = work.load_face().frames
    over = _overlays(work)
    looks = (clips.relight, clips.placement, over, work.request.layers)
    poster(clips.face, clips.backdrop, frames, clips.size, path, _mark(work), *looks)


def render_frames(work: WorkFolder, clips: Clips, segment: Segment, path: Path, progress: Progress) -> None:
    """The frames of ``segment``, whatever its length, as H.264 without sound at ``path``; where ``path`` is that of the
    work folder, the transparent ones too."""
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
        transparent=work.transparent_paths(segment) if path == work.segment_path(segment) else {},
        relight=clips.relight,
        placement=clips.placement,
        overlays=_overlays(work),
        brand=brand_of(work.request),
        keyframe=_parting(work, segment),
        layers=work.request.layers,
    )


def _parting(work: WorkFolder, segment: Segment) -> int:
    """The frame after those in which the scene comes in, where they are in ``segment``; 0 otherwise."""
    return lead_frames(work.request, segment.stop) if segment.start == 0 else 0


def brand_of(request: RenderRequest) -> Brand:
    """Colour, font and logo."""
    from avatar.compose.graphics import Brand, parse_colour

    return Brand(parse_colour(request.accent), request.font, request.logo)


def _overlays(work: WorkFolder) -> Overlays | None:
    from avatar.compose.graphics import Graphics, Overlays

    request = work.request
    bar = (*work.part, work.load_face().frames) if request.progress_bar else None
    graphics = Graphics(request.heading, request.lower_third, brand_of(request), bar)
    if not graphics.any():
        return None
    layout, behind = parse_layout(request.layout), behind_person(request.layers)
    return Overlays(graphics, layout, request.size, request.fps, request.burns_captions, behind)


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
