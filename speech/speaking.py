"""Script → :class:`~avatar.core.types.Speech`: engines are chosen, their pieces joined on one timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from avatar.core.errors import AudioError, OutputError, ScriptError, VoiceError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import Script, Speech
from speech.cache import SentenceCache
from speech.choosing import Choice, check_engine_options, engine_named, resolve
from speech.options import SpeechOptions
from speech.side_by_side import Call, in_order
from speech.sound.level import load_filters
from speech.sound.prosody import energy_track, pitch_track
from speech.sound.timeline import Timeline
from speech.text.languages import detect_language, same_language
from speech.text.lexicon import read_lexicon
from speech.text.planning import SpokenWord, Utterance, plan
from speech.text.script import parse, script_notes

__all__ = ["speak", "stream"]

_END_S = 0.4
_SPEAKING_PART = 0.9
_Resolve = Callable[[str, str | None, str | None], Choice]


def speak(
    script: Script | None, engine_name: str | None, options: SpeechOptions, progress: Progress, workdir: Path
) -> Speech:
    """Speak ``script`` (None only with ``options.audio``), sentence by sentence.

    ``engine_name`` None chooses by language and voice. The samples lie in a file in ``workdir`` and are a read-only
    memory map, so memory stays flat however long the script is. ``progress`` is called after every sentence, and with
    several cores while one is waited for, and may raise to cancel. Errors: ScriptError, VoiceError, AudioError,
    OptionError, MissingEngine, OutputError.
    """
    script, engine_name = _what_to_speak(script, engine_name, options)
    timeline = Timeline(workdir / "speech.f32")
    try:
        with timeline:
            for piece in _pieces(script, engine_name, options, progress, lambda: f"sentence {timeline.pieces + 1}"):
                timeline.add(piece.speech, piece.words)
                reached = piece.words[-1].end / len(script.text) if script and piece.words else 1.0
                progress(_SPEAKING_PART * reached, f"sentence {timeline.pieces}")
            timeline.silence(_END_S)
        return _finished(timeline, script, options, progress)
    except OSError as error:
        raise OutputError(f"The speech cannot be written to {workdir}: {error.strerror}.") from error


def stream(
    script: Script | None, engine_name: str | None, options: SpeechOptions, progress: Progress
) -> Iterator[Speech]:
    """Yield the speech piece by piece, each as soon as it is spoken: the first after one sentence.

    Times are relative to the piece; a piece ends with its pause. Rates may differ where engines do. Errors as in
    :func:`speak`.
    """
    script, engine_name = _what_to_speak(script, engine_name, options)
    for piece in _pieces(script, engine_name, options, progress):
        yield piece.speech


def _what_to_speak(
    script: Script | None, engine_name: str | None, options: SpeechOptions
) -> tuple[Script | None, str | None]:
    if options.audio is not None and engine_name is None:
        engine_name = "recorded"
    if engine_name == "recorded" and options.audio is None:
        raise AudioError("The engine recorded needs a recording: give --audio FILE.")
    if engine_name == "recorded" and options.transcript:
        script = parse(options.transcript)
    check_engine_options(engine_name, options.voice, options.engine_options)
    if script is None and engine_name != "recorded":
        raise ScriptError("There is no script: write at least one word.")
    return script, engine_name


@dataclass(frozen=True)
class _Piece:
    """What an engine made, and the words of the script in it."""

    speech: Speech
    words: Sequence[SpokenWord]


def _pieces(
    script: Script | None,
    engine_name: str | None,
    options: SpeechOptions,
    progress: Progress,
    awaited: Callable[[], str] = str,
) -> Iterator[_Piece]:
    """``awaited``: in words, what is waited for."""
    utterances = plan(script, options.lang, read_lexicon(options.lexicon), options.voice) if script else iter(())
    if engine_name == "recorded":
        planned = list(utterances)
        words = [word for utterance in planned for word in utterance.words]
        for speech in engine_named(engine_name).speak(planned, options, progress.part(0.0, _SPEAKING_PART)):
            yield _Piece(replace(speech, speakers=((engine_name, ""),)), words)
        return
    assert script is not None
    home = options.lang or detect_language(script.text)
    sentences = SentenceCache(options)
    decide: _Resolve = cache(resolve)

    def call(utterance: Utterance) -> Call[_Piece]:
        choice = _choose(utterance, engine_name, options, home, decide)
        engine = engine_named(choice.engine)

        def make(cores: int) -> _Piece:
            asked, given = replace(utterance, voice=choice.voice), replace(options, cores=cores)
            return _piece(sentences.spoken(engine, asked, given, progress.part(0.0, 0.0)), choice, utterance)

        return Call(make, engine.side_by_side)

    load_filters()
    yield from in_order(map(call, utterances), options.cores, lambda: progress(0.0, awaited()))
    sentences.tidy()


def _piece(speech: Speech, choice: Choice, utterance: Utterance) -> _Piece:
    noted = (choice.note, *speech.notes) if choice.note else speech.notes
    return _Piece(replace(speech, notes=noted, speakers=((choice.engine, choice.voice or ""),)), utterance.words)


def _choose(
    utterance: Utterance, engine_name: str | None, options: SpeechOptions, home: str, decide: _Resolve
) -> Choice:
    """Who speaks ``utterance``; the script's own [voice] and [lang] overrule what was named for the rest."""
    voice_directed = utterance.voice != options.voice
    if voice_directed or same_language(utterance.language, home):
        return decide(utterance.language, utterance.voice, None if voice_directed else engine_name)
    return _for_foreign_words(utterance.language, engine_name, decide)


def _for_foreign_words(language: str, engine_name: str | None, decide: _Resolve) -> Choice:
    """The named engine where it speaks the language of these words too, else whoever does, which is told."""
    if engine_name is not None:
        with suppress(VoiceError):
            return decide(language, None, engine_name)
    choice = decide(language, None, None)
    who = {"engine": choice.engine, "voice": choice.voice or ""}
    told = choice.note or Message("foreign_words", language=language, **who)
    return replace(choice, note=told)


def _finished(timeline: Timeline, script: Script | None, options: SpeechOptions, progress: Progress) -> Speech:
    if not timeline.pieces:
        raise ScriptError(Message("script_says_nothing"))
    samples = timeline.samples()
    progress(0.92, "loudness")
    energy = energy_track(samples, timeline.rate)
    progress(0.95, "pitch")
    pitch = pitch_track(samples, timeline.rate)
    notes = [*timeline.notes, *(script_notes(script) if script else ())]
    language = options.lang or (detect_language(script.text) if script else timeline.language)
    progress(1.0, "spoken")
    return Speech(
        samples=samples,
        rate=timeline.rate,
        language=language,
        phonemes=tuple(timeline.phonemes),
        words=tuple(timeline.words),
        cues=timeline.cues(script) if script else (),
        energy=energy,
        pitch=pitch,
        timing=timeline.timing,
        notes=tuple(notes),
        speakers=tuple(timeline.speakers),
    )
