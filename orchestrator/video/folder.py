"""The work folder of one video: every stage leaves its artefact there under a name that carries the hash of its inputs.

A stage that finds its artefact does nothing, so work that was interrupted goes on where it stopped, and a changed
option repeats only what depends on it::

    request.json          the request and the keys
    speech-KEY.npz .npy   timing; samples, read through a memory map
    portrait-KEY.npz      the prepared photo
    face-KEY.npz          the plan of the face        backdrop-KEY.npz   the plan of the backdrop
    segment-KEY-0000.mp4  frames 0..249, and so on; beside it .alpha.webm, .mov, .zip where they are wanted
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from avatar.core import artefacts
from avatar.core.transparent import TRANSPARENT
from avatar.core.types import BackdropPlan, FacePlan, Portrait, Speech
from orchestrator.version import __version__
from orchestrator.video.request import CAPTION_FILES, RenderRequest

__all__ = ["SEGMENT_FRAMES", "Keys", "Segment", "WorkFolder", "file_sha256", "segments_of"]

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


def file_sha256(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    def of(cls, request: RenderRequest) -> Keys:
        """Read the files of ``request`` and hash."""
        speech = _speech_key(request)
        portrait = _key("portrait", file_sha256(request.photo), request.face)
        face = _face_key(request, speech, portrait)
        backdrop = _backdrop_key(request)
        burnt = [kind for kind in request.captions if kind not in CAPTION_FILES]
        return cls(
            speech,
            portrait,
            face,
            backdrop,
            _key("segment", face, backdrop, burnt, request.label, request.alpha, request.match_light),
        )


class WorkFolder:
    """Names and artefacts of one request below ``folder``."""

    def __init__(self, folder: Path, request: RenderRequest, keys: Keys) -> None:
        self.folder = folder
        self.request = request
        self.keys = keys

    @classmethod
    def create(cls, folder: Path, request: RenderRequest) -> WorkFolder:
        """Make ``folder`` and keep the request in it, its script read and its paths absolute."""
        folder.mkdir(parents=True, exist_ok=True)
        request = request.settled()
        keys = Keys.of(request)
        content = {"request": request.model_dump(mode="json"), "keys": asdict(keys)}
        artefacts.write_atomically(folder / _REQUEST, json.dumps(content, ensure_ascii=False, indent=1).encode())
        return cls(folder, request, keys)

    @classmethod
    def of(cls, folder: Path, request: RenderRequest) -> WorkFolder:
        """The folder as it was made before, perhaps on another machine, or a new one for ``request``."""
        if not (folder / _REQUEST).exists():
            return cls.create(folder, request)
        return cls(folder, request.settled(), cls.open(folder).keys)

    @classmethod
    def open(cls, folder: Path) -> WorkFolder:
        """A folder that :meth:`create` made."""
        content = json.loads((folder / _REQUEST).read_bytes())
        return cls(folder, RenderRequest.model_validate(content["request"]), Keys(**content["keys"]))

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


def _speech_key(request: RenderRequest) -> str:
    files = [file_sha256(path) if path else "" for path in (request.audio, request.lexicon)]
    wanted = (request.words(), request.voice, request.lang, request.seed, request.speech_engine)
    return _key("speech", *wanted, sorted(request.speech_option.items()), *files)


def _face_key(request: RenderRequest, speech: str, portrait: str) -> str:
    looks = (str(request.size), request.fps, request.keeps_photo_background, request.expression, request.gesture_style)
    engine = (request.seed, request.face_engine, sorted(request.face_option.items()))
    return _key("face", speech, portrait, *looks, *engine)


def _backdrop_key(request: RenderRequest) -> str:
    content = file_sha256(Path(request.backdrop[1:])) if request.backdrop.startswith("@") else ""
    engine = (request.backdrop_engine, request.backdrop_model, sorted(request.of_backdrop().items()))
    return _key("backdrop", request.backdrop, content, str(request.size), request.seed, *engine, *_influence(request))


def _influence(request: RenderRequest) -> tuple[object, ...]:
    if request.influence is None:
        return ()
    chosen = (request.influence_gain, request.influence_mode, request.influence_scenario)
    return (file_sha256(request.influence), *chosen)


def _write_samples(path: Path, samples: np.ndarray) -> None:
    with artefacts.appearing(path) as partial, partial.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (len(samples),)}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(samples), _CHUNK):
            file.write(np.ascontiguousarray(samples[start : start + _CHUNK], "<f4").tobytes())
