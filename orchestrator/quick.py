"""Quick jobs: a voice to hear, a backdrop to look at. One piece of work on a queue of its own, one file as the result.

A job's id is a hash of what was asked, so what was asked before, within the hour that it is kept, is not made again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy.exc import IntegrityError

from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from orchestrator.graph import QUICK
from orchestrator.jobs import OPEN, Job, new_job
from orchestrator.request import RenderRequest, parse_size
from orchestrator.service import Service
from orchestrator.storage import JobFolder
from orchestrator.version import __version__

if TYPE_CHECKING:
    import numpy as np

__all__ = ["FORMATS", "PREVIEW_SIDE", "BackdropAsked", "QuickRequest", "SpeechAsked", "make", "order", "result_of"]

_ENCODERS: Mapping[str, tuple[str, ...]] = {
    "mp3": ("-c:a", "libmp3lame", "-q:a", "3"),
    "wav": ("-c:a", "pcm_s16le"),
    "flac": ("-c:a", "flac", "-sample_fmt", "s16"),
    "opus": ("-c:a", "libopus", "-b:a", "64k"),
    "aac": ("-c:a", "aac", "-b:a", "128k"),
    "pcm": ("-c:a", "pcm_s16le", "-ar", "24000", "-f", "s16le"),
}
FORMATS = tuple(_ENCODERS)
"""Formats of speech; ``pcm`` is 24 kHz, 16 bit, mono, without a header."""
PREVIEW_SIDE = (128, 640)
_FRAME_MS = 125
_FEWER = {"keyframes": "24"}  # enough for a turn of two seconds, and sooner made
_MOST_TEXT = 4096


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpeechAsked(_Asked):
    """A text in a voice. ``speed`` times the voice's own pace; ``engine`` and ``voice`` None: by the language."""

    kind: Literal["speech"] = "speech"
    text: str = Field(min_length=1, max_length=_MOST_TEXT)
    voice: str | None = None
    lang: str | None = None
    engine: str | None = None
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    format: str = Field(default="mp3", pattern=f"^({'|'.join(_ENCODERS)})$")


class BackdropAsked(_Asked):
    """One turn of a backdrop as ``frames`` small pictures that repeat."""

    kind: Literal["backdrop"] = "backdrop"
    backdrop: str = Field(min_length=1, max_length=2000)
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    size: str = "320x180"
    frames: int = Field(default=16, ge=1, le=24)
    engine: str | None = None


QuickRequest = Annotated[SpeechAsked | BackdropAsked, Field(discriminator="kind")]
_REQUESTS: TypeAdapter[SpeechAsked | BackdropAsked] = TypeAdapter(QuickRequest)


def order(service: Service, asked: SpeechAsked | BackdropAsked, owner: str = "", priority: int = 0) -> str:
    """The id of the job that makes or made what was asked; a new one is called out to the workers."""
    text = asked.model_dump_json()
    digest = hashlib.sha256(f"{__version__} {owner} {text}".encode()).hexdigest()[:32]
    job = replace(new_job(f"{asked.kind}_{digest}", text, owner, priority), kind=asked.kind)
    while not _serves(service, job.id, result_of(asked)):
        service.remove(job.id)
        try:
            queues = service.pieces.open(job, 0, {QUICK: QUICK})
        except IntegrityError:  # another request for the same was quicker
            continue
        service.call(job.id, queues)
        break
    return job.id


def result_of(asked: SpeechAsked | BackdropAsked) -> str:
    """Name of the file that the job leaves."""
    return f"speech.{asked.format}" if isinstance(asked, SpeechAsked) else "backdrop.webp"


def make(job: Job, folder: JobFolder, progress: Progress) -> None:
    """Do the work of a quick job in this process; a GovorunError says what is wrong with what was asked."""
    asked = _REQUESTS.validate_json(job.request)
    target = folder.folder / result_of(asked)
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(asked, SpeechAsked):
        _speak(asked, target, progress)
    else:
        _draw(asked, target, progress)


def _serves(service: Service, job_id: str, name: str) -> bool:
    state = service.jobs.state(job_id)
    return state in OPEN or (state == "completed" and service.storage.size(job_id, name) is not None)


def _speak(asked: SpeechAsked, target: Path, progress: Progress) -> None:
    from speech import SpeechOptions, parse, speak

    pace = min(2.0, max(0.5, asked.speed))
    options = SpeechOptions(voice=asked.voice, lang=asked.lang, speed=pace)
    with tempfile.TemporaryDirectory(prefix=".speech-", dir=target.parent) as scratch:
        speech = speak(parse(asked.text), asked.engine, options, progress, Path(scratch))
        _encode(speech.samples, speech.rate, asked.speed / pace, asked.format, target)


def _encode(samples: np.ndarray, rate: int, pace: float, kind: str, target: Path) -> None:
    from avatar.core.program import Encoder

    source = ["-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]
    slower = ["-af", f"atempo={pace:.6f}"] if pace != 1.0 else []  # beyond what voices do themselves
    comment = ["-metadata", f"comment=AI-generated by Govorun {__version__}"]
    with Encoder(target, [*source, *slower, *_ENCODERS[kind], *comment, "-fflags", "+bitexact"]) as encoder:
        encoder.feed_samples(samples)


def _draw(asked: BackdropAsked, target: Path, progress: Progress) -> None:
    from PIL import Image

    from orchestrator.stages import choose_backdrop, single_threaded

    size = parse_size(asked.size)
    if max(size.width, size.height) > PREVIEW_SIDE[1]:
        raise OptionError(f"A preview has at most {PREVIEW_SIDE[1]} pixels a side, not {size}.")
    words = asked.backdrop not in ("none", "photo") and not asked.backdrop.startswith("#")
    request = RenderRequest.model_construct(
        backdrop=asked.backdrop, size=size, seed=asked.seed, device="cpu", backdrop_engine=asked.engine,
        backdrop_model=None, backdrop_option=_FEWER if asked.engine in (None, "embedded") and words else {},
    )  # fmt: skip
    engine, options = choose_backdrop(request, "cpu")
    with single_threaded():
        plan = engine.plan(options, progress.part(0.0, 0.6))
        turn = plan.period or 1.0
        clip = engine.open(plan, size, asked.frames / turn, "cpu")
        pictures = []
        for index in range(asked.frames):
            frame = clip.frame(index).mul(255.0).round().clamp(0.0, 255.0).byte()
            pictures.append(Image.fromarray(frame.permute(1, 2, 0).contiguous().numpy()))
            progress(0.6 + 0.4 * (index + 1) / asked.frames, "drawing")
    _save(pictures, target)


def _save(pictures: list[Any], target: Path) -> None:
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    first, *others = pictures
    first.save(
        partial, "WEBP", save_all=True, append_images=others, duration=_FRAME_MS, loop=0, quality=75, method=2
    )  # fmt: skip
    partial.replace(target)
