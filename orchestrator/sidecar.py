"""The JSON beside the video: who made it with what, and when every sound and word is heard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from avatar.core.artefacts import write_atomically
from avatar.core.types import EngineCard, FacePlan, Speech
from orchestrator.request import RenderRequest
from orchestrator.version import __version__

__all__ = ["build_sidecar", "write_sidecar"]

_ELSEWHERE = {"text", "script", "seed", "size", "fps", "device"}
_FILES = ("photo", "audio", "lexicon")
_ENGINE_OPTIONS = ("speech_option", "face_option", "backdrop_option")


def build_sidecar(
    request: RenderRequest,
    speech: Speech,
    face: FacePlan,
    cards: Mapping[str, EngineCard],
    device: str,
    stage_seconds: Mapping[str, float],
    notes: tuple[str, ...],
) -> dict[str, object]:
    """Everything of contract "sidecar", ready for JSON; times in seconds from the first frame."""
    return {
        "govorun": __version__,
        "engines": {stage: asdict(card) for stage, card in cards.items()},
        "seed": request.seed,
        "device": device,
        "options": _options(request),
        "script": request.words(),
        "language": speech.language,
        "timing": speech.timing,
        "fps": request.fps,
        "size": str(request.size),
        "frames": face.frames,
        "seconds": round(face.frames / face.fps, 3),
        "phonemes": [[_ms(p.start), _ms(p.end), p.ipa] for p in speech.phonemes],
        "words": [[_ms(w.start), _ms(w.end), w.text] for w in speech.words],
        "directions": [[_ms(c.start), _ms(c.end), c.name, c.value] for c in speech.cues],
        "stage_seconds": {stage: round(seconds, 2) for stage, seconds in stage_seconds.items()},
        "notes": list(notes),
    }


def write_sidecar(path: Path, sidecar: Mapping[str, object]) -> None:
    """Write it in one step, one line a field so that people can read it."""
    lines = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in sidecar.items()
    )
    write_atomically(path, f"{{\n{lines}\n}}\n".encode())


def _options(request: RenderRequest) -> dict[str, object]:
    options = request.model_dump(mode="json", exclude=_ELSEWHERE, exclude_none=True)
    for name in _FILES:
        if name in options:
            options[name] = Path(options[name]).name
    if request.backdrop.startswith("@"):
        options["backdrop"] = f"@{Path(request.backdrop[1:]).name}"
    for name in _ENGINE_OPTIONS:
        options[name] = {key: _without_folder(value) for key, value in getattr(request, name).items()}
    return options


def _without_folder(value: str) -> str:
    """``value``, a path by its last part: what lies where on a machine is nobody else's business."""
    return Path(value).name if Path(value).is_absolute() else value


def _ms(seconds: float) -> float:
    return round(float(seconds), 4)
