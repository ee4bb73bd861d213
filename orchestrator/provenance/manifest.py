"""What the manifest of a video says: that a machine made it, with which engines, out of which files, by their hashes.

Nothing of the content is in it: no script, no name of a file, no path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from avatar.core.types import EngineCard
from orchestrator.version import __version__

__all__ = ["ABOUT", "SOURCE_TYPE", "TOOL", "Made", "consent_of", "manifest_of"]

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype"
SOURCE_TYPE = f"{_IPTC}/compositeWithTrainedAlgorithmicMedia"
"""The digital source type of every video: the person of a photo is in it, so no trained model made it all."""
_TRAINED = f"{_IPTC}/trainedAlgorithmicMedia"
TOOL = f"Govorun {__version__}"
ABOUT = "govorun.video"
"""The name of the assertion that holds what C2PA has no words for."""
_AGENT = {"name": "Govorun", "version": __version__}
_DOES = {
    "speech": ("c2pa.dubbed", "the voice was made by a machine"),
    "face": ("c2pa.edited", "the person of the photo was set in motion"),
    "backdrop": ("c2pa.edited", "the place behind the person was made"),
}


@dataclass(frozen=True)
class Made:
    """A scene: its engines by stage, as in the sidecar, and the SHA-256 of what it was made from, by what it is."""

    engines: Mapping[str, EngineCard]
    inputs: Mapping[str, str]


def consent_of(facts: Mapping[str, object]) -> str:
    """What whoever asked for the video said of the consent of the person shown."""
    return {True: "given", False: "not given"}.get(facts.get("consent"), "not stated")  # type: ignore[call-overload]


def manifest_of(scenes: Sequence[Made], consent: str, self_made: bool) -> dict[str, object]:
    """The definition that is signed. ``self_made``: whether the installation made its certificate itself."""
    about = {
        "consent": consent,
        "certificate": "made by the installation" if self_made else "of the operator",
        "scenes": [
            {
                "engines": {_stage(name): _fields(card) for name, card in scene.engines.items()},
                "ingredients": [{"role": role, "sha256": sha256} for role, sha256 in scene.inputs.items()],
            }
            for scene in scenes
        ],
    }
    return {
        "claim_version": 2,
        "claim_generator_info": [_AGENT],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": list(_actions(scenes))}},
            {"label": ABOUT, "data": about},
        ],
    }


def _actions(scenes: Sequence[Made]) -> Iterator[dict[str, object]]:
    yield {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE, "softwareAgent": _AGENT}
    seen = set()
    for scene in scenes:
        for name, card in scene.engines.items():
            stage = name.partition(" ")[0]
            recorded = stage == "speech" and "recording" in scene.inputs
            if (stage, card) in seen or recorded or stage not in _DOES:
                continue
            seen.add((stage, card))
            action, what = _DOES[stage]
            trained = stage == "speech" and bool(card.weights_licence or card.weights_sha256)
            yield {
                "action": action,
                "description": what,
                "softwareAgent": {"name": card.name, "version": card.version},
                **({"digitalSourceType": _TRAINED} if trained else {}),
            }


def _stage(name: str) -> str:
    """``name`` without the file of a voice: "speech (piper /my/voice.onnx)" is "speech (piper)"."""
    stage, _, engine = name.partition(" (")
    return f"{stage} ({engine.rstrip(')').split(' ')[0]})" if engine else stage


def _fields(card: EngineCard) -> dict[str, str]:
    return {name: value for name, value in asdict(card).items() if value is not None}
