"""Coqui models that tell no durations: XTTS and its voice cloning, Tacotron and the rest, timed by the aligner."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np

from avatar.core.errors import OptionError, VoiceError
from avatar.core.media import write_wav
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import Speech
from speech.engines.coqui_models import CoquiVoice, seeded
from speech.engines.coqui_reference import reference_recording
from speech.options import SpeechOptions
from speech.recorded.alignment import FEATURE_RATE
from speech.recorded.transcript import align
from speech.sound.utterance import finish
from speech.text.languages import same_language
from speech.text.planning import Utterance

__all__ = ["speak_aligned"]

_REFERENCE_RATE = 22_050
_PADDING = 10_000
"""Samples of silence that Coqui appends to a sentence."""


def speak_aligned(
    voice: CoquiVoice, utterance: Utterance, speaker: str | None, options: SpeechOptions, progress: Progress
) -> Speech:
    """One utterance, its phones placed by :func:`speech.recorded.transcript.align` in what the model said."""
    reference = options.engine_options.get("speaker_wav")
    progress(0.0, "speaking")
    with seeded(_seed(options.seed, utterance.spoken)):
        if voice.synthesizer.tts_config.model == "xtts":
            samples = _clone(voice, utterance, speaker, reference, options)
        else:
            samples = _plain(voice, utterance, speaker, reference)
    progress(0.5, "aligning")
    timed = align(_at_feature_rate(samples, voice.rate), [utterance], progress.part(0.5, 1.0))
    notes = (*_notes(voice, utterance, options), *timed.notes)
    piece = finish(utterance, samples, voice.rate, timed.phonemes, timed.words, notes)
    return replace(piece, timing="aligned")


def _seed(seed: int, text: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} coqui text {text}".encode()).digest()[:7], "big")


def _clone(
    voice: CoquiVoice, utterance: Utterance, speaker: str | None, reference: str | None, options: SpeechOptions
) -> np.ndarray:
    """XTTS: the voice of a recording, or one that came with the model."""
    config = voice.synthesizer.tts_config
    if reference is not None:
        path = Path(reference)
        heard = _heard(voice, path, path.stat().st_mtime_ns if path.is_file() else 0)
    else:
        heard = _known_speaker(voice, speaker)
    made = voice.model.inference(
        utterance.spoken, _language(voice, utterance.language), *heard,
        temperature=config.temperature, length_penalty=config.length_penalty, top_k=config.top_k, top_p=config.top_p,
        repetition_penalty=config.repetition_penalty, speed=options.speed * utterance.words[0].pace,
    )  # fmt: skip
    return np.asarray(made["wav"], np.float32)


@lru_cache(maxsize=4)
def _heard(voice: CoquiVoice, path: Path, stamp: int) -> tuple[Any, Any]:
    """What XTTS keeps of a speaker: latents of the language model and an embedding."""
    import torch

    config = voice.synthesizer.tts_config
    sound = torch.from_numpy(reference_recording(path, _REFERENCE_RATE))[None]
    with torch.inference_mode():
        latents = voice.model.get_gpt_cond_latents(
            sound, _REFERENCE_RATE, length=config.gpt_cond_len, chunk_length=config.gpt_cond_chunk_len
        )
        return latents, voice.model.get_speaker_embedding(sound, _REFERENCE_RATE)


def _known_speaker(voice: CoquiVoice, speaker: str | None) -> tuple[Any, Any]:
    manager = voice.model.speaker_manager
    speakers: Mapping[str, Any] = manager.speakers if manager is not None else {}
    if speaker not in speakers:
        known = f", or name one of its speakers: {', '.join(list(speakers)[:5])} ..." if speakers else ""
        raise VoiceError(
            f"The model {voice.name} needs somebody to speak like: give --speech-option speaker_wav=FILE, a recording "
            f"of 3 to 60 s{known}."
        )
    latents, embedding = speakers[str(speaker)].values()
    return latents, embedding


def _language(voice: CoquiVoice, language: str) -> str:
    known = list(voice.synthesizer.tts_config.languages)
    wanted = "zh-cn" if language in ("zh", "cmn") else language.lower().replace("_", "-")
    if wanted in known:
        return wanted
    for code in known:
        if same_language(code, wanted):
            return str(code)
    raise VoiceError(f"The model {voice.name} does not speak {language!r}: it speaks {', '.join(known)}.")


def _plain(voice: CoquiVoice, utterance: Utterance, speaker: str | None, reference: str | None) -> np.ndarray:
    """Any other model, with its vocoder."""
    names = voice.model.language_manager.language_names
    language = _language(voice, utterance.language) if len(names) > 1 else None
    if reference is None:
        return _spoken(voice, utterance, speaker_name=speaker, language_name=language)
    if not voice.synthesizer.tts_config.supports_cloning:
        raise OptionError(f"The model {voice.name} cannot clone a voice: leave speaker_wav out, or use XTTS.")
    with tempfile.TemporaryDirectory(prefix="govorun-") as folder:
        path = Path(folder) / "reference.wav"
        write_wav(path, reference_recording(Path(reference), _REFERENCE_RATE), _REFERENCE_RATE)
        return _spoken(voice, utterance, speaker_name=speaker, language_name=language, speaker_wav=str(path))


def _spoken(voice: CoquiVoice, utterance: Utterance, **settings: str | None) -> np.ndarray:
    made = voice.synthesizer.tts(utterance.spoken, split_sentences=False, **settings)
    return np.asarray(made, np.float32)[:-_PADDING]


def _notes(voice: CoquiVoice, utterance: Utterance, options: SpeechOptions) -> tuple[str, ...]:
    """What was asked of the voice and had no effect."""
    notes = []
    paced = len({word.pace for word in utterance.words}) > 1 or any(word.pitch != 1.0 for word in utterance.words)
    slowed = options.speed != 1.0 or any(word.pace != 1.0 for word in utterance.words)
    if paced or (slowed and voice.synthesizer.tts_config.model != "xtts"):
        notes.append(Message("model_keeps_pace", voice=voice.name))
    if any(word.ipa for word in utterance.words):
        notes.append(Message("model_reads_letters", voice=voice.name))
    return tuple(notes)


def _at_feature_rate(samples: np.ndarray, rate: int) -> np.ndarray:
    from scipy.signal import resample_poly

    common = gcd(rate, FEATURE_RATE)
    return resample_poly(samples, FEATURE_RATE // common, rate // common).astype(np.float32)
