"""Coqui's models: which files a voice means, and the model in memory, loaded once a process."""

from __future__ import annotations

import json
import logging
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.core.errors import EngineError, MissingEngine, VoiceError
from avatar.core.progress import Progress
from speech.options import Voice, speaker_of
from speech.voices.conversion import CHECKPOINT, CONFIG, DESCRIPTION

if TYPE_CHECKING:
    from TTS.utils.synthesizer import Synthesizer

__all__ = ["HUB_PREFIX", "CoquiVoice", "check_installed", "hub_voices", "open_voice", "seeded", "voice_files"]

_LOG = logging.getLogger(__name__)
HUB_PREFIX = "tts_models/"
"""Names of Coqui's model zoo begin so: ``tts_models/en/ljspeech/vits``."""

_CHECKPOINTS = (CHECKPOINT, "model.pth", "best_model.pth", "checkpoint.pth")
_UNREADABLE = (
    AttributeError, EOFError, ImportError, KeyError, RuntimeError, TypeError, ValueError, pickle.UnpicklingError,
)  # fmt: skip
"""What Coqui and torch raise for a configuration or a checkpoint that is damaged or of another kind."""

_TORCH = threading.Lock()


@dataclass(frozen=True, eq=False)
class CoquiVoice:
    """A model in memory. ``language``: None where it is not told. ``piper``: the description of a converted voice."""

    name: str
    synthesizer: Synthesizer
    language: str | None
    piper: dict[str, Any] | None

    @property
    def model(self) -> Any:
        """Coqui's own model object."""
        return self.synthesizer.tts_model

    @property
    def rate(self) -> int:
        """Samples a second."""
        return int(self.synthesizer.output_sample_rate)


@lru_cache(maxsize=1)
def check_installed() -> str:
    """The version of coqui-tts; MissingEngine where it is not installed or does not start."""
    try:
        import TTS
        import TTS.utils.synthesizer
    except (ImportError, OSError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise MissingEngine(
            "Coqui is not installed: pip install 'govorun[coqui]', in a virtual environment with PyPI's own build of "
            f"torch ({reason})."
        ) from error
    return str(TTS.__version__)


def hub_voices(cache: Path) -> tuple[Voice, ...]:
    """The models of Coqui's zoo that were downloaded to ``cache``."""
    folders = sorted(path for path in _hub_folder(cache).glob("tts_models--*--*--*") if any(path.rglob("*.pt*")))
    licences = _hub_licences() if folders else {}
    voices = []
    for folder in folders:
        name = folder.name.replace("--", "/", 3)
        language = name.split("/")[1]
        language = "mul" if language == "multilingual" else language
        voices.append(Voice(name, language, licences.get(name, "unknown"), "neural", "coqui"))
    return tuple(voices)


def _hub_folder(cache: Path) -> Path:
    return cache / "coqui" / "tts"


@lru_cache(maxsize=1)
def _hub_licences() -> dict[str, str]:
    from TTS.utils.manage import ModelManager

    listed = ModelManager().models_dict["tts_models"]
    return {
        f"{HUB_PREFIX}{language}/{data}/{model}": item.get("license") or "unknown"
        for language, sets in listed.items()
        for data, models in sets.items()
        for model, item in models.items()
    }


def voice_files(voice: str, cache: Path) -> tuple[Path, Path]:
    """Checkpoint and configuration of a ``voice`` that is here; VoiceError says what is missing."""
    name = speaker_of(voice)[0]
    place = _hub_folder(cache) / name.replace("/", "--") if name.startswith(HUB_PREFIX) else Path(name)
    folder = place if place.is_dir() else place.parent
    checkpoint = place if place.is_file() else _checkpoint(folder) if place.is_dir() else None
    if checkpoint is None or checkpoint.suffix == ".json":
        raise VoiceError(
            f"Unknown voice {name!r}: a Coqui voice is a folder with {CONFIG} and {CHECKPOINT} (as `govorun voices "
            f"convert` writes it), a .pth file beside its {CONFIG}, or a name like {HUB_PREFIX}en/ljspeech/vits."
        )
    if not (folder / CONFIG).is_file():
        raise VoiceError(f"The voice {name!r} cannot be read: {folder / CONFIG} is not there.")
    return checkpoint, folder / CONFIG


def _checkpoint(folder: Path) -> Path | None:
    known = [folder / name for name in _CHECKPOINTS if (folder / name).is_file()]
    others = sorted(folder.glob("*.pth"))
    return known[0] if known else others[0] if len(others) == 1 else None


def open_voice(voice: str, cache: Path, progress: Progress) -> CoquiVoice:
    """The model of ``voice``, loaded on first use; one of the zoo is downloaded by Coqui's own manager on first use.

    VoiceError for what is no voice, MissingEngine where it cannot be downloaded.
    """
    check_installed()
    name = speaker_of(voice)[0]
    if name.startswith(HUB_PREFIX):
        progress(0.0, f"looking for {name}")
        return _hub_voice(name, cache)
    checkpoint, config = voice_files(voice, cache)
    return _local_voice(checkpoint, config, checkpoint.stat().st_mtime_ns, config.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _local_voice(checkpoint: Path, config: Path, *stamps: int) -> CoquiVoice:
    from TTS.utils.synthesizer import Synthesizer

    _LOG.debug("loading %s", checkpoint)
    description = config.with_name(DESCRIPTION)
    with _loading(str(checkpoint)):
        piper = json.loads(description.read_text("utf-8")) if description.is_file() else None
        synthesizer = Synthesizer(tts_checkpoint=checkpoint, tts_config_path=config)
        language = _language(synthesizer) if piper is None else piper["language"]["code"]
    return CoquiVoice(checkpoint.parent.name, synthesizer, language, piper)


@lru_cache(maxsize=2)
def _hub_voice(name: str, cache: Path) -> CoquiVoice:
    from TTS.api import TTS
    from TTS.utils.manage import ModelManager

    manager = ModelManager(output_prefix=cache / "coqui")
    _check_terms(name, manager)
    with _loading(name):
        api = TTS(progress_bar=False)
        api.manager = manager
        api.load_tts_model_by_name(name)
    language = name.split("/")[1]
    assert api.synthesizer is not None
    return CoquiVoice(name, api.synthesizer, None if language == "multilingual" else language, None)


def _check_terms(name: str, manager: Any) -> None:
    """Coqui's manager would ask on the terminal; nobody may sit there."""
    try:
        item, folder, _ = manager._set_model_item(name)
    except (KeyError, ValueError) as error:
        raise VoiceError(f"Unknown voice {name!r}: `tts --list_models` lists Coqui's model zoo.") from error
    if not manager.tos_agreed(item, manager.output_prefix / folder):
        raise MissingEngine(
            f"{name} has terms of its own (https://tts-hub.github.io/cpml, no commercial use): read them, and set "
            "COQUI_TOS_AGREED=1 if you agree."
        )


@contextmanager
def _loading(name: str) -> Iterator[None]:
    """Map what Coqui raises while it downloads and loads."""
    from requests import RequestException

    from speech.engines.coqui_espeak import lend_espeak

    lend_espeak()
    try:
        yield
    except RequestException as error:
        raise MissingEngine(
            f"{name} cannot be downloaded ({type(error).__name__}): go online once, or name a folder with the model."
        ) from error
    except OSError as error:
        raise VoiceError(f"The Coqui model {name} cannot be loaded: {error}.") from error
    except _UNREADABLE as error:
        raise VoiceError(f"The Coqui model {name} cannot be loaded: {_first_line(error)}.") from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _language(synthesizer: Any) -> str | None:
    """The one language of a model, where its configuration tells it."""
    names = synthesizer.tts_model.language_manager.language_names
    spoken = synthesizer.tts_config.get("phoneme_language") or (names[0] if len(names) == 1 else None)
    return str(spoken) if spoken else None


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within it torch draws from ``seed``; outside nothing has changed. One at a time: torch has one generator."""
    import torch

    with _TORCH, torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        try:
            yield
        except (AssertionError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
            raise EngineError(f"Coqui failed: {_first_line(error)}.") from error
