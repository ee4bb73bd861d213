"""The JSON beside the video: who made it with what, and when every sound and word is heard."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from avatar.core.artefacts import write_atomically
from avatar.core.reasons import coded
from avatar.core.types import Cue, EngineCard, Phoneme, Word
from orchestrator.version import __version__
from orchestrator.video.request import RenderRequest
from orchestrator.video.timeline import Scene

__all__ = ["build_sidecar", "write_sidecar"]

_ELSEWHERE = {"text", "script", "seed", "size", "fps", "device"}
_FILES = ("photo", "audio", "lexicon", "influence", "music")
_ENGINE_OPTIONS = ("speech_option", "face_option", "backdrop_option")


def build_sidecar(
    scenes: Sequence[Scene],
    cards: Sequence[Mapping[str, EngineCard]],
    device: str,
    stage_seconds: Mapping[str, float],
    notes: tuple[str, ...],
) -> dict[str, object]:
    """Everything of contract "sidecar", ready for JSON; times in seconds from the first frame of the video.

    ``cards``: by stage, for each scene. Where there are several scenes, what belongs to one stands in ``scenes``.
    """
    made = [_made(scene, engines) for scene, engines in zip(scenes, cards, strict=True)]
    request, frames = scenes[0].work.request, sum(scene.face.frames for scene in scenes)
    own = made[0] if len(made) == 1 else {"scenes": [_placed(*pair) for pair in zip(scenes, made, strict=True)]}
    return {
        "govorun": __version__,
        **own,
        "device": device,
        "fps": request.fps,
        "size": str(request.size),
        "frames": frames,
        "seconds": round(frames / request.fps, 3),
        "phonemes": [[*_times(s, p), p.ipa] for s in scenes for p in s.speech.phonemes],
        "words": [[*_times(s, w), w.text] for s in scenes for w in s.speech.words],
        "directions": [[*_times(s, c), c.name, c.value] for s in scenes for c in s.speech.cues],
        "stage_seconds": {stage: round(seconds, 2) for stage, seconds in stage_seconds.items()},
        "notes": list(notes),
        "note_reasons": [coded(note) for note in notes],
    }


def _made(scene: Scene, engines: Mapping[str, EngineCard]) -> dict[str, object]:
    request = scene.work.request
    return {
        "engines": {stage: asdict(card) for stage, card in engines.items()},
        "seed": request.seed,
        "options": _options(request),
        "script": request.words(),
        "language": scene.speech.language,
        "timing": scene.speech.timing,
    }


def _placed(scene: Scene, made: Mapping[str, object]) -> dict[str, object]:
    frames = scene.face.frames
    return {"start": _ms(scene.start), "seconds": _ms(scene.end - scene.start), "frames": frames, **made}


def _times(scene: Scene, event: Phoneme | Word | Cue) -> tuple[float, float]:
    return _ms(scene.start + event.start), _ms(scene.start + event.end)


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
