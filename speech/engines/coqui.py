"""Coqui: voice cloning with XTTS, the voices of its model zoo, own checkpoints, and converted Piper voices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from avatar.core.errors import VoiceError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import EngineCard, Speech
from speech.engines.coqui_aligned import speak_aligned
from speech.engines.coqui_models import HUB_PREFIX, CoquiVoice, check_installed, hub_voices, open_voice, voice_files
from speech.engines.coqui_vits import knows_durations, speak_exactly
from speech.options import SpeechOptions, Voice, speaker_of
from speech.text.languages import same_language
from speech.text.planning import Utterance
from speech.voices.places import cache_folder

__all__ = ["Coqui"]

_LICENCE = "MPL-2.0"


class Coqui:
    """Voices by the path of a folder or checkpoint, or by a name of Coqui's zoo (``tts_models/en/ljspeech/vits``).

    A voice of several speakers is named with one of them, ``NAME:SPEAKER``. Engine options: ``speaker`` (the same),
    ``speaker_wav`` (a recording of 3 to 60 s to clone, for XTTS and models like it), ``noise_scale`` and ``noise_w``
    (liveliness of sound and rhythm of VITS, 0 to 1.5). VITS times its own phones; other models are aligned.
    """

    options: ClassVar[tuple[str, ...]] = ("speaker", "speaker_wav", "noise_scale", "noise_w")
    side_by_side: ClassVar[bool] = False

    def card(self, voice: str | None = None) -> EngineCard:
        version = check_installed()
        if voice is None:
            return EngineCard("coqui", version, _LICENCE)
        licences = {known.name: known.licence for known in self.voices()}
        licence = licences.get(speaker_of(voice)[0], "unknown")
        return EngineCard("coqui", version, _LICENCE, _weights_sha256(voice), licence)

    def voices(self) -> tuple[Voice, ...]:
        check_installed()
        return hub_voices(cache_folder())

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        for utterance in utterances:
            if utterance.voice is None:
                raise VoiceError("The engine coqui has no voice of its own: name one with --voice.")
            named, speaker = speaker_of(utterance.voice)
            voice = open_voice(named, options.cache or cache_folder(), progress.part(0.0, 0.0))
            _check_language(voice, utterance.language)
            speaker = speaker if speaker is not None else options.engine_options.get("speaker")
            if knows_durations(voice):
                yield speak_exactly(voice, utterance, speaker, options)
            else:
                yield speak_aligned(voice, utterance, speaker, options, progress.part(0.0, 0.0))


def _check_language(voice: CoquiVoice, language: str) -> None:
    if voice.language is not None and not same_language(voice.language, language):
        told = {"voice": voice.name, "speaks": voice.language, "language": language}
        raise VoiceError(Message("voice_of_other_language", **told))


def _weights_sha256(voice: str) -> str | None:
    """Hash of what decides how a voice sounds; None for a model of the zoo that is not here yet."""
    try:
        files = voice_files(voice, cache_folder())
    except VoiceError:
        if speaker_of(voice)[0].startswith(HUB_PREFIX):
            return None
        raise
    return _sha256(files, tuple(path.stat().st_mtime_ns for path in files))


@lru_cache(maxsize=16)
def _sha256(files: tuple[Path, ...], stamps: tuple[int, ...]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
