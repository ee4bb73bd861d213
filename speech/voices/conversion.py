"""A Piper voice rewritten as a Coqui VITS checkpoint: the same network, in the files that Coqui's programs load.

A converted voice is a folder: ``config.json`` and ``model_file.pth`` for Coqui, ``piper.json`` as it came with the
voice. The numbers of its symbols are Piper's; one row is added for the blank that Coqui's own text input puts between
symbols.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatar.core.artefacts import write_atomically
from avatar.core.errors import MissingEngine, OutputError, VoiceError
from avatar.core.progress import Progress
from speech.voices.coqui_checkpoint import architecture, parameters
from speech.voices.piper_network import read_network

__all__ = ["CHECKPOINT", "CONFIG", "DESCRIPTION", "Converted", "convert"]

_LOG = logging.getLogger(__name__)
CHECKPOINT, CONFIG, DESCRIPTION = "model_file.pth", "config.json", "piper.json"
_UNUSED = 0xE000
"""Symbols that a voice has room but no name for are written as characters from here on (for private use)."""


@dataclass(frozen=True)
class Converted:
    """Where a converted voice lies: its ``folder``, samples a second, number of symbols, names of its speakers."""

    folder: Path
    rate: int
    symbols: int
    speakers: tuple[str, ...]


def convert(model: Path, description: Path, folder: Path, progress: Progress) -> Converted:
    """Write the Piper voice ``model`` (.onnx) with its ``description`` (.onnx.json) into ``folder``.

    Needs onnx and torch, not Coqui. VoiceError for what is no Piper voice, OutputError where ``folder`` cannot be
    written; no half-written file is left.
    """
    progress(0.0, "reading the voice")
    described = _read_description(description)
    network = read_network(model)
    progress(0.4, "renaming its weights")
    shape = architecture(network)
    config = _config(described, shape, description.name)
    weights = parameters(network)
    progress(0.7, "writing the checkpoint")
    _write_voice(folder, weights, config, described)
    progress(1.0, "converted")
    return Converted(folder, config["audio"]["sample_rate"], shape["num_chars"] - 1, tuple(config["speakers"]))


def _read_description(path: Path) -> dict[str, Any]:
    try:
        described = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise VoiceError(f"The description {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise VoiceError(f"{path.name} is damaged, it holds no JSON: {error}.") from error
    if not isinstance(described, dict):
        raise VoiceError(f"{path.name} does not describe a Piper voice: it holds no object.")
    return described


def _config(described: Mapping[str, Any], shape: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Coqui's configuration; what is not said here has Coqui's default."""
    try:
        inference = described["inference"]
        speakers = _speakers(described, bool(shape["use_speaker_embedding"]))
        return {
            "model": "vits",
            "run_description": "converted from a Piper voice by Govorun",
            "model_args": {
                **shape,
                "inference_noise_scale": float(inference["noise_scale"]),
                "inference_noise_scale_dp": float(inference["noise_w"]),
                "length_scale": float(inference["length_scale"]),
            },
            "audio": {
                "sample_rate": int(described["audio"]["sample_rate"]),
                "hop_length": int(np.prod(shape["upsample_rates_decoder"])),
                "do_trim_silence": False,
            },
            "use_speaker_embedding": bool(speakers),
            "speakers": speakers,
            "use_phonemes": True,
            "phonemizer": "espeak",
            "phoneme_language": described["espeak"]["voice"],
            "text_cleaner": None,
            "add_blank": True,
            "enable_eos_bos_chars": False,
            "characters": _characters(described["phoneme_id_map"], shape["num_chars"] - 1),
            "test_sentences": [],
        }
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise VoiceError(f"{name} does not describe a Piper voice: {error!r}.") from error


def _speakers(described: Mapping[str, Any], several: bool) -> list[str]:
    """Names in the order of their numbers; a number without a name is its own name."""
    if not several:
        return []
    names = {int(number): str(name) for name, number in (described.get("speaker_id_map") or {}).items()}
    return [names.get(number, str(number)) for number in range(int(described["num_speakers"]))]


def _characters(numbers: Mapping[str, list[int]], count: int) -> dict[str, Any]:
    """A vocabulary in which every symbol has the number that Piper gave it."""
    characters = [chr(_UNUSED + number) for number in range(count)]
    for symbol, given in numbers.items():
        if len(symbol) == len(given) == 1:
            characters[given[0]] = symbol
    return {
        "characters_class": "TTS.tts.models.vits.VitsCharacters",
        "pad": characters[0],
        "punctuations": "",
        "characters": "".join(characters[1:]),
        "phonemes": None,
        "is_unique": False,
        "is_sorted": False,
    }


def _write_voice(
    folder: Path, weights: Mapping[str, np.ndarray], config: Mapping[str, Any], described: Mapping[str, Any]
) -> None:
    contents = {CHECKPOINT: _checkpoint(weights), DESCRIPTION: _json(described), CONFIG: _json(config)}
    try:
        for name, content in contents.items():
            write_atomically(folder / name, content)
    except OSError as error:
        raise OutputError(f"The voice cannot be written to {folder}: {error.strerror}.") from error
    _LOG.debug("wrote %d parameters to %s", len(weights), folder)


def _checkpoint(weights: Mapping[str, np.ndarray]) -> bytes:
    try:
        import torch
    except ImportError as error:
        raise MissingEngine("Writing a Coqui checkpoint needs torch: pip install torch.") from error
    buffer = io.BytesIO()
    torch.save({"model": {name: torch.from_numpy(array.copy()) for name, array in weights.items()}}, buffer)
    return buffer.getvalue()


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
