"""The catalogue of Piper voices (``voices.json`` of rhasspy/piper-voices): hundreds of voices, pulled by name.

The catalogue is fetched when it is first asked for and kept in the cache. A pulled voice lies with other weights:
``CACHE/weights/NAME/NAME.onnx`` beside ``NAME.onnx.json``, each checked against the catalogue's MD5 and size.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from avatar.core.artefacts import write_atomically
from avatar.core.download import writing
from avatar.core.errors import MissingEngine, VoiceError
from avatar.core.manifest import Digest, Manifest, WeightFile
from avatar.core.places import cache_folder, voices_url
from avatar.core.progress import Progress, silent
from avatar.core.web import fetch_json
from avatar.core.weights import Record, pull, records, weights_folder

__all__ = ["CatalogueVoice", "PulledVoice", "find_voice", "list_voices", "pull_voice", "pulled_voice", "pulled_voices"]

_LOG = logging.getLogger(__name__)
_PURPOSE = "voice of the speech engine piper"
_IN_THE_CARD = "see its MODEL_CARD"
_CARD = "MODEL_CARD"
_WANTED = (".onnx", ".onnx.json", _CARD)


@dataclass(frozen=True)
class CatalogueVoice:
    """A voice that can be pulled: ``name`` ("ru_RU-irina-medium"), ``language`` ("ru-RU") and its name in English,
    ``quality`` ("x_low" to "high"), ``speakers`` by number, ``aliases``: older names."""

    name: str
    language: str
    language_name: str
    quality: str
    speakers: tuple[str, ...]
    aliases: tuple[str, ...]
    manifest: Manifest


@dataclass(frozen=True)
class PulledVoice:
    """A voice that is here: ``path`` of its ``.onnx``, ``language`` ("ru-RU"), licence as its MODEL_CARD has it."""

    name: str
    path: Path
    language: str
    licence: str


def list_voices(
    cache: Path | None = None, progress: Progress | None = None, refresh: bool = False
) -> tuple[CatalogueVoice, ...]:
    """Every voice of the catalogue, by name; ``refresh`` fetches it again. MissingEngine where it cannot be fetched."""
    kept = _kept(cache or cache_folder())
    written = None if refresh else _read(kept)
    if written is None:
        written, _ = fetch_json(f"{voices_url()}/voices.json", progress or silent())
        voices = _voices(written)
        with writing(kept):
            write_atomically(kept, json.dumps(written, ensure_ascii=False).encode())
        return voices
    return _voices(written)


def find_voice(name: str, cache: Path | None = None, progress: Progress | None = None) -> CatalogueVoice:
    """The voice of that name or alias, in a fresh catalogue where the kept one lacks it; VoiceError proposes others."""
    found = _named(name, list_voices(cache, progress))
    if found is None:
        voices = list_voices(cache, progress, refresh=True)
        found = _named(name, voices)
    if found is None:
        near = get_close_matches(name, [voice.name for voice in voices], n=3)
        advice = f"did you mean {' or '.join(near)}?" if near else "see `govorun voices --all`."
        raise VoiceError(f"No voice {name!r} in the catalogue: {advice}")
    return found


def pull_voice(name: str, cache: Path | None = None, progress: Progress | None = None) -> Path:
    """The path of the voice's ``.onnx``, its ``.onnx.json`` beside it, downloaded where it is not here already.

    VoiceError for an unknown name, MissingEngine or OutputError as :func:`avatar.core.weights.pull` has them.
    """
    cache = cache or cache_folder()
    here = pulled_voice(name, cache)
    if here is not None:
        return here
    voice = find_voice(name, cache, progress)
    return pull(voice.manifest, cache, progress) / f"{voice.name}.onnx"


def pulled_voice(name: str, cache: Path | None = None) -> Path | None:
    """The path of the voice's ``.onnx`` where the voice was pulled, else None; never uses the network."""
    paths = (_model(record, cache or cache_folder()) for record in records(cache or cache_folder()))
    return next((path for path in paths if path is not None and path.stem == name), None)


def pulled_voices(cache: Path | None = None) -> tuple[PulledVoice, ...]:
    """Every voice that was pulled, by name; never uses the network."""
    cache = cache or cache_folder()
    models = [_model(record, cache) for record in records(cache)]
    return tuple(
        PulledVoice(model.stem, model, _language_of(model), _licence_of(model)) for model in models if model is not None
    )


def _model(record: Record, cache: Path) -> Path | None:
    """The ``.onnx`` of a voice that is complete."""
    model = weights_folder(record.name, cache) / f"{record.name}.onnx"
    whole = record.complete and model.is_file() and model.with_name(f"{model.name}.json").is_file()
    return model if record.purpose == _PURPOSE and whole else None


def _language_of(model: Path) -> str:
    return model.stem.partition("-")[0].replace("_", "-")


def _licence_of(model: Path) -> str:
    """What the card says after "License:"; an address mostly."""
    try:
        card = model.with_name(_CARD).read_text("utf-8", "replace")
    except FileNotFoundError:
        return "unknown"
    said = re.search(r"^\W*licen[cs]e\W*:\s*(\S.*?)\s*$", card, re.I | re.M)
    return said[1] if said else _IN_THE_CARD


def _kept(cache: Path) -> Path:
    """The kept copy of the catalogue, one for each address that it may come from."""
    address = hashlib.sha256(voices_url().encode()).hexdigest()[:8]
    return cache / "catalogue" / f"voices-{address}.json"


def _read(kept: Path) -> Any:
    try:
        return json.loads(kept.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        _LOG.warning("the kept catalogue %s is not readable and will be fetched again: %s", kept, error)
        return None


def _named(name: str, voices: Iterable[CatalogueVoice]) -> CatalogueVoice | None:
    return next((voice for voice in voices if name == voice.name or name in voice.aliases), None)


def _voices(written: Any) -> tuple[CatalogueVoice, ...]:
    try:
        return tuple(_voice(name, entry) for name, entry in sorted(written.items()))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise MissingEngine(f"{voices_url()}/voices.json is no catalogue of Piper voices: {error!r}.") from error


def _voice(name: str, entry: Mapping[str, Any]) -> CatalogueVoice:
    speakers = entry.get("speaker_id_map") or {}
    return CatalogueVoice(
        name=name,
        language=entry["language"]["code"].replace("_", "-"),
        language_name=entry["language"]["name_english"],
        quality=entry["quality"],
        speakers=tuple(sorted(speakers, key=speakers.__getitem__)),
        aliases=tuple(entry.get("aliases", ())),
        manifest=Manifest(name, _PURPOSE, _IN_THE_CARD, "voices.json", _files(entry["files"])),
    )


def _files(listed: Mapping[str, Mapping[str, Any]]) -> tuple[WeightFile, ...]:
    """The model, its settings and its card, without the folders of the catalogue."""
    return tuple(
        WeightFile(
            path=PurePosixPath(path).name,
            url=f"{voices_url()}/{quote(path)}",
            size=int(file["size_bytes"]),
            digest=Digest("md5", file["md5_digest"]),
        )
        for path, file in listed.items()
        if path.endswith(_WANTED)
    )
