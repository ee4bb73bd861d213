"""Script → :class:`~avatar.core.types.Speech`: engines are chosen, their pieces joined on one timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import gcd
from pathlib import Path

import numpy as np

from avatar.core.errors import AudioError, OutputError, ScriptError, VoiceError
from avatar.core.progress import Progress
from avatar.core.types import Cue, Phoneme, Script, Speech, Word
from speech.choosing import Choice, engine_named, resolve
from speech.lexicon import read_lexicon
from speech.options import SpeechOptions
from speech.planning import SpokenWord, Utterance, detect_language, plan
from speech.prosody import energy_track, pitch_track
from speech.script import script_notes

__all__ = ["speak"]

_LEAD_S = 0.25
_END_S = 0.4
_SPEAKING_PART = 0.9


def speak(
    script: Script | None, engine_name: str | None, options: SpeechOptions, progress: Progress, workdir: Path
) -> Speech:
    """Speak ``script`` (None only with ``options.audio``), sentence by sentence.

    ``engine_name`` None chooses by language and voice. The samples lie in a file in ``workdir`` and are a read-only
    memory map, so memory stays flat however long the script is. ``progress`` is called after every sentence and may
    raise to cancel. Errors: ScriptError, VoiceError, AudioError, OptionError, MissingEngine, OutputError.
    """
    script, engine_name = _what_to_speak(script, engine_name, options)
    track = _Track(workdir / "speech.f32")
    try:
        with track:
            for piece, spoken in _pieces(script, engine_name, options, progress, track):
                track.add(piece, spoken)
                reached = spoken[-1].end / len(script.text) if script and spoken else 1.0
                progress(_SPEAKING_PART * reached, f"sentence {track.pieces}")
            track.silence(_END_S)
        return _finished(track, script, options, progress)
    except OSError as error:
        raise OutputError(f"The speech cannot be written to {workdir}: {error.strerror}.") from error


def _what_to_speak(
    script: Script | None, engine_name: str | None, options: SpeechOptions
) -> tuple[Script | None, str | None]:
    if options.audio is not None and engine_name is None:
        engine_name = "recorded"
    if engine_name == "recorded" and options.audio is None:
        raise AudioError("The engine recorded needs a recording: give --audio FILE.")
    if engine_name == "recorded" and options.transcript:
        from speech.script import parse

        script = parse(options.transcript)
    if script is None and engine_name != "recorded":
        raise ScriptError("There is no script: write at least one word.")
    return script, engine_name


def _pieces(
    script: Script | None, engine_name: str | None, options: SpeechOptions, progress: Progress, track: _Track
) -> Iterator[tuple[Speech, Sequence[SpokenWord]]]:
    """Every piece with the words in it; consecutive utterances of one engine go to it together."""
    utterances = plan(script, options.lang, read_lexicon(options.lexicon), options.voice) if script else iter(())
    if engine_name == "recorded":
        planned = list(utterances)
        for piece in engine_named(engine_name).speak(planned, options, progress.part(0.0, _SPEAKING_PART)):
            yield piece, [word for utterance in planned for word in utterance.words]
        return
    chosen = ((_choose(utterance, engine_name, options, track), utterance) for utterance in utterances)
    for choice, group in groupby(chosen, key=lambda pair: pair[0]):
        waiting: list[Utterance] = []
        engine = engine_named(choice.engine)
        for piece in engine.speak(_remembered(group, choice, waiting), options, progress.part(0.0, 0.0)):
            yield piece, waiting.pop(0).words


def _remembered(
    group: Iterator[tuple[Choice, Utterance]], choice: Choice, waiting: list[Utterance]
) -> Iterator[Utterance]:
    for _, utterance in group:
        waiting.append(utterance)
        yield replace(utterance, voice=choice.voice)


def _choose(utterance: Utterance, engine_name: str | None, options: SpeechOptions, track: _Track) -> Choice:
    """Who speaks ``utterance``; the script's own [voice] and [lang] overrule what was named for the rest."""
    if not track.language:
        track.language = utterance.language
    voice_directed = utterance.voice != options.voice
    language_directed = utterance.language.split("-")[0] != (options.lang or track.language).split("-")[0]
    if voice_directed or not language_directed:
        choice = resolve(utterance.language, utterance.voice, None if voice_directed else engine_name)
    else:
        choice = _for_foreign_words(utterance, engine_name)
    if choice.note:
        track.note(choice.note)
    return replace(choice, note=None)


def _for_foreign_words(utterance: Utterance, engine_name: str | None) -> Choice:
    """The named engine where it speaks the language of these words too, else whoever does, which is told."""
    if engine_name is not None:
        with suppress(VoiceError):
            return resolve(utterance.language, None, engine_name)
    choice = resolve(utterance.language)
    told = choice.note or f"The words in {utterance.language} are spoken by {choice.engine} ({choice.voice})."
    return replace(choice, note=told)


@dataclass
class _Track:
    """The timeline under construction: sound in a file, timing in lists."""

    path: Path
    rate: int = 0
    length: int = 0
    pieces: int = 0
    language: str = ""
    timing: str = ""
    phonemes: list[Phoneme] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    offsets: list[tuple[int, int]] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)

    def __enter__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("wb")

    def __exit__(self, *error: object) -> None:
        self._file.close()
        if error[0] is not None:
            self.path.unlink(missing_ok=True)

    def note(self, text: str) -> None:
        self.notes[text] = None

    def add(self, piece: Speech, spoken: Sequence[SpokenWord]) -> None:
        if not self.pieces:
            self.rate, self.timing = piece.rate, piece.timing
            self.language = self.language or piece.language
            if piece.timing == "model":
                self.silence(_LEAD_S)
        offset = self.length / self.rate
        self._write(_at_rate(piece.samples, piece.rate, self.rate))
        self.pieces += 1
        self.phonemes += [replace(p, start=p.start + offset, end=p.end + offset) for p in piece.phonemes]
        self.words += [replace(w, start=w.start + offset, end=w.end + offset) for w in piece.words]
        self.offsets += [(word.start, word.end) for word in spoken]
        for note in piece.notes:
            self.note(note)

    def silence(self, seconds: float) -> None:
        if self.timing == "model":
            self._write(np.zeros(round(seconds * self.rate), np.float32))

    def _write(self, samples: np.ndarray) -> None:
        self._file.write(np.ascontiguousarray(samples, np.float32).data)
        self.length += len(samples)

    def start_of(self, word: int) -> float:
        """When word number ``word`` begins; the end of the sound where there is no such word."""
        return self.words[word].start if word < len(self.words) else self.length / self.rate

    def end_before(self, word: int) -> float:
        """When the word before number ``word`` ends; 0 before the first."""
        return self.words[word - 1].end if 0 < word <= len(self.words) else 0.0

    def samples(self) -> np.ndarray:
        return np.memmap(self.path, np.float32, "r", shape=(self.length,))


def _at_rate(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    if rate == wanted:
        return samples
    from scipy.signal import resample_poly

    common = gcd(rate, wanted)
    return resample_poly(samples, wanted // common, rate // common).astype(np.float32)


def _finished(track: _Track, script: Script | None, options: SpeechOptions, progress: Progress) -> Speech:
    if not track.pieces:
        raise ScriptError("The script has nothing to speak: write at least one word or number.")
    samples = track.samples()
    progress(0.92, "loudness")
    energy = energy_track(samples, track.rate)
    progress(0.95, "pitch")
    pitch = pitch_track(samples, track.rate)
    notes = [*track.notes, *(script_notes(script) if script else ())]
    language = options.lang or (detect_language(script.text) if script else track.language)
    progress(1.0, "spoken")
    return Speech(
        samples=samples,
        rate=track.rate,
        language=language,
        phonemes=tuple(track.phonemes),
        words=tuple(track.words),
        cues=_cues(script, track) if script else (),
        energy=energy,
        pitch=pitch,
        timing=track.timing,
        notes=tuple(notes),
    )


def _cues(script: Script, track: _Track) -> tuple[Cue, ...]:
    """Directions on the timeline: ranges from the first word they touch to the last, events at the next word."""
    begins = np.array([begin for begin, _ in track.offsets])
    ends = np.array([end for _, end in track.offsets])
    cues = []
    for direction in script.directions:
        following = int(np.searchsorted(ends, direction.start, side="right"))
        start = track.start_of(following)
        if direction.name == "pause":
            cues.append(Cue(track.end_before(following), start, direction.name, direction.value))
        elif direction.end == direction.start:
            cues.append(Cue(start, start, direction.name, direction.value))
        else:
            last = int(np.searchsorted(begins, direction.end, side="left"))
            cues.append(Cue(start, max(start, track.end_before(last)), direction.name, direction.value))
    return tuple(sorted(cues, key=lambda cue: cue.start))
