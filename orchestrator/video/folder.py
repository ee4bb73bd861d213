"""The work folder of one video: every stage leaves its artefact there under a name that carries the hash of its inputs.

A stage that finds its artefact does nothing, so work that was interrupted goes on where it stopped, and a changed
option repeats only what depends on it::

    request.json          the request, the keys, and the hashes of its files
    speech-KEY.npz .npy   timing; samples, read through a memory map
    portrait-KEY.npz      the prepared photo
    face-KEY.npz          the plan of the face        backdrop-KEY.npz   the plan of the backdrop
    segment-KEY-0000.mp4  frames 0..249, and so on; beside it .alpha.webm, .mov, .zip where they are wanted
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from avatar.core import artefacts
from avatar.core.layout import panel_of, parse_layout
from avatar.core.transparent import TRANSPARENT
from avatar.core.types import BackdropPlan, FacePlan, Portrait, Speech
from orchestrator.version import __version__
from orchestrator.video.request import CAPTION_FILES, RenderRequest

__all__ = [
    "SEGMENT_FRAMES",
    "Keys",
    "Segment",
    "WorkFolder",
    "file_sha256",
    "hashes_of",
    "lead_frames",
    "segments_of",
]

SEGMENT_FRAMES = 250
_CHUNK = 1 << 20
_REQUEST = "request.json"


@dataclass(frozen=True)
class Segment:
    """Frames ``start`` .. ``stop`` - 1 of the video, rendered by one worker in one stream."""

    index: int
    start: int
    stop: int


def segments_of(frames: int) -> tuple[Segment, ...]:
    """Cut a video into segments of 250 frames, whatever the number of workers."""
    starts = range(0, frames, SEGMENT_FRAMES)
    return tuple(Segment(i, start, min(frames, start + SEGMENT_FRAMES)) for i, start in enumerate(starts))


def lead_frames(request: RenderRequest, frames: int) -> int:
    """How many of the ``frames`` of a scene show how it comes in; they lie in its first segment."""
    return min(round(request.transition_seconds * request.fps), frames - 1, SEGMENT_FRAMES - 1)


def file_sha256(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes_of(request: RenderRequest) -> dict[str, str]:
    """SHA-256 of what a video is made from, by what it is: files by content, the script as UTF-8 text.

    Where there are such: ``photo`` (where a person is seen), ``script`` (also the words of a recording),
    ``recording``, ``lexicon``, ``picture`` (or a film behind), ``film``, ``logo``, ``font``, ``music`` and ``lora``.
    """
    files = {
        "photo": request.photo if request.shows_person else None, "recording": request.audio,
        "lexicon": request.lexicon, "film": request.influence,
        "logo": request.logo, "font": request.font, "music": request.music,
    }  # fmt: skip
    if request.backdrop.startswith("@"):
        files["picture"] = Path(request.backdrop[1:])
    hashes = {role: file_sha256(path) for role, path in files.items() if path is not None}
    if "lora" in request.backdrop_option:
        from motion.engines.tuned import find_tuned

        hashes["lora"] = find_tuned(request.backdrop_option["lora"]).digest
    words = request.words()
    return {**hashes, **({"script": hashlib.sha256(words.encode()).hexdigest()} if words else {})}


@dataclass(frozen=True)
class Keys:
    """Hashes of what each artefact depends on, files by content; taken once, so that a file that is edited meanwhile
    changes the next video and not half of this one."""

    speech: str
    portrait: str
    face: str
    backdrop: str
    segment: str

    @classmethod
    def of(
        cls, request: RenderRequest, part: tuple[int, int] = (0, 1), hashes: Mapping[str, str] | None = None
    ) -> Keys:
        """From ``hashes`` of the files of ``request``, which are read where they are not given. ``part``: number of the
        scene, and of how many."""
        hashes = hashes_of(request) if hashes is None else hashes
        speech = _speech_key(request, hashes)
        portrait = _key("portrait", hashes.get("photo", ""), request.face)
        face = _face_key(request, speech, portrait)
        backdrop = _backdrop_key(request, hashes, portrait)
        return cls(speech, portrait, face, backdrop, _key("segment", face, backdrop, *_looks(request, part, hashes)))


class WorkFolder:
    """Names and artefacts of one request below ``folder``. ``part``: number of the scene, and of how many."""

    def __init__(
        self,
        folder: Path,
        request: RenderRequest,
        keys: Keys,
        hashes: Mapping[str, str],
        part: tuple[int, int] = (0, 1),
    ) -> None:
        self.folder = folder
        self.request = request
        self.keys = keys
        self.hashes = hashes
        self.part = part

    @classmethod
    def create(cls, folder: Path, request: RenderRequest, part: tuple[int, int] = (0, 1)) -> WorkFolder:
        """Make ``folder`` and keep the request in it, its script read and its paths absolute."""
        folder.mkdir(parents=True, exist_ok=True)
        request = request.settled()
        hashes = hashes_of(request)
        keys = Keys.of(request, part, hashes)
        content = {"request": request.model_dump(mode="json"), "keys": asdict(keys), "hashes": hashes, "part": part}
        artefacts.write_atomically(folder / _REQUEST, json.dumps(content, ensure_ascii=False, indent=1).encode())
        return cls(folder, request, keys, hashes, part)

    @classmethod
    def of(cls, folder: Path, request: RenderRequest, part: tuple[int, int] = (0, 1)) -> WorkFolder:
        """The folder as it was made before, perhaps on another machine, or a new one for ``request``."""
        if not (folder / _REQUEST).exists():
            return cls.create(folder, request, part)
        made = cls.open(folder)
        return cls(folder, request.settled(), made.keys, made.hashes, part)

    @classmethod
    def open(cls, folder: Path) -> WorkFolder:
        """A folder that :meth:`create` made."""
        content = json.loads((folder / _REQUEST).read_bytes())
        request, keys = RenderRequest.model_validate(content["request"]), Keys(**content["keys"])
        number, scenes = content.get("part", (0, 1))
        hashes = content.get("hashes", {})  # none where an earlier version made it
        return cls(folder, request, keys, hashes, (number, scenes))

    def segment_path(self, segment: Segment) -> Path:
        """Where the encoded frames of ``segment`` lie."""
        return self.folder / f"segment-{self.keys.segment}-{segment.index:04d}.mp4"

    def transparent_paths(self, segment: Segment) -> dict[str, Path]:
        """Kind -> where the same frames lie without the backdrop, for the kinds that are wanted."""
        path = self.segment_path(segment)
        return {kind: path.with_suffix(f".alpha{TRANSPARENT[kind].part}") for kind in self.request.alpha}

    def small_artefacts(self) -> tuple[Path, ...]:
        """Where the artefacts lie that are small enough to be kept; what another one needs comes before it."""
        speech = self._path("speech", self.keys.speech)
        plans = (self._path("face", self.keys.face), self._path("backdrop", self.keys.backdrop))
        return (speech.with_suffix(".npy"), speech, *plans)

    def read_to_draw(self) -> tuple[Path, ...]:
        """Where the artefacts lie that segments are drawn from; a photo that keeps its background has no backdrop."""
        kinds = {name: getattr(self.keys, name) for name in ("speech", "portrait", "face", "backdrop")}
        return tuple(self._path(name, key) for name, key in kinds.items())

    def has_speech(self) -> bool:
        """Whether the sound and its timing are there."""
        return self._path("speech", self.keys.speech).exists()

    def save_speech(self, speech: Speech) -> None:
        """Keep the samples as a plain array file that is read through a memory map, and the timing beside it."""
        path = self._path("speech", self.keys.speech)
        _write_samples(path.with_suffix(".npy"), speech.samples)
        artefacts.save(path, replace(speech, samples=np.zeros(0, np.float32)))

    def load_speech(self) -> Speech:
        """The speech, its samples a read-only memory map."""
        path = self._path("speech", self.keys.speech)
        return replace(artefacts.load(path, Speech), samples=np.load(path.with_suffix(".npy"), mmap_mode="r"))

    def has_portrait(self) -> bool:
        """Whether the prepared photo is there."""
        return self._path("portrait", self.keys.portrait).exists()

    def save_portrait(self, portrait: Portrait) -> None:
        """Keep the prepared photo."""
        artefacts.save(self._path("portrait", self.keys.portrait), portrait)

    def load_portrait(self) -> Portrait:
        """The prepared photo."""
        return artefacts.load(self._path("portrait", self.keys.portrait), Portrait)

    def has_face(self) -> bool:
        """Whether the face's plan is there."""
        return self._path("face", self.keys.face).exists()

    def save_face(self, plan: FacePlan) -> None:
        """Keep the face's plan."""
        artefacts.save(self._path("face", self.keys.face), plan)

    def load_face(self) -> FacePlan:
        """The face's plan."""
        return artefacts.load(self._path("face", self.keys.face), FacePlan)

    def has_backdrop(self) -> bool:
        """Whether the backdrop's plan is there."""
        return self._path("backdrop", self.keys.backdrop).exists()

    def save_backdrop(self, plan: BackdropPlan) -> None:
        """Keep the backdrop's plan."""
        artefacts.save(self._path("backdrop", self.keys.backdrop), plan)

    def load_backdrop(self) -> BackdropPlan:
        """The backdrop's plan."""
        return artefacts.load(self._path("backdrop", self.keys.backdrop), BackdropPlan)

    def _path(self, stage: str, key: str) -> Path:
        return self.folder / f"{stage}-{key}.npz"


def _key(*parts: object) -> str:
    text = json.dumps([__version__, *parts], ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _speech_key(request: RenderRequest, hashes: Mapping[str, str]) -> str:
    files = [hashes.get(role, "") for role in ("recording", "lexicon")]
    wanted = (request.words(), request.voice, request.lang, request.seed, request.speech_engine)
    return _key("speech", *wanted, sorted(request.speech_option.items()), *files)


def _face_key(request: RenderRequest, speech: str, portrait: str) -> str:
    panel = panel_of(parse_layout(request.layout), request.size, request.burns_captions).size
    looks = (str(panel), request.fps, request.warps_whole_photo, request.expression, request.gesture_style)
    engine = (request.seed, request.face_engine, sorted(request.face_option.items()))
    in_place = ("in place",) if request.moves_photo_background else ()
    return _key("face", speech, portrait, *looks, *engine, *in_place)


def _looks(request: RenderRequest, part: tuple[int, int], hashes: Mapping[str, str]) -> tuple[object, ...]:
    """What is done to the frames of the face and of the backdrop."""
    burnt = [kind for kind in request.captions if kind not in CAPTION_FILES]
    files = [hashes.get(role, "") for role in ("logo", "font")]
    written = (request.heading, request.lower_third, part if request.progress_bar else None, request.accent)
    order = (request.layers,) if request.layers else ()
    placed = (*order, request.layout, request.layout_ground, request.transition_seconds)
    return (burnt, request.label, request.alpha, request.match_light, *placed, *written, *files)


def _backdrop_key(request: RenderRequest, hashes: Mapping[str, str], portrait: str) -> str:
    content = portrait if request.moves_photo_background else hashes.get("picture", "")
    what = "@" if content and not request.moves_photo_background else request.backdrop  # a file by its content
    engine = (request.backdrop_engine, request.backdrop_model, sorted(request.of_backdrop().items()))
    tuned = ("lora", hashes["lora"]) if "lora" in hashes else ()
    return _key("backdrop", what, content, str(request.size), request.seed, *engine, *_way(request, hashes), *tuned)


def _way(request: RenderRequest, hashes: Mapping[str, str]) -> tuple[object, ...]:
    coming = () if request.backdrop_from is None else ("from", request.backdrop_from)
    if request.influence is None:
        return coming if request.backdrop_path == "orbit" else (request.backdrop_path, *coming)
    chosen = (request.influence_gain, request.influence_mode, request.influence_scenario)
    return (hashes["film"], *chosen, *coming)


def _write_samples(path: Path, samples: np.ndarray) -> None:
    with artefacts.appearing(path) as partial, partial.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (len(samples),)}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(samples), _CHUNK):
            file.write(np.ascontiguousarray(samples[start : start + _CHUNK], "<f4").tobytes())
