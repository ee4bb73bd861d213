"""Script → utterances: what an engine speaks in one go, with everything about each word decided.

An utterance ends where a sentence ends, where a pause was asked for, and where the voice or the language changes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from avatar.core.types import Direction, Script
from speech.text.directions import DIRECTIONS, gain_of, pace_of, pause_seconds, pitch_of
from speech.text.english import read_english
from speech.text.japanese import read_japanese
from speech.text.languages import detect_language, word_languages
from speech.text.lexicon import Lexicon
from speech.text.near import Around, Near
from speech.text.russian import read_russian
from speech.text.sentences import WrittenWord, sentences

__all__ = ["SpokenWord", "Utterance", "plan"]

SENTENCE_PAUSE_S = 0.32
PARAGRAPH_PAUSE_S = 0.7
ELLIPSIS_PAUSE_S = 0.5
CUT_PAUSE_S = 0.08
EMPHATIC = 0.85
_PACES: Mapping[str, Callable[[str], float]] = {"slow": lambda value: 0.75, "fast": lambda value: 1.3, "rate": pace_of}

_VERBALISE: Mapping[str, Callable[[Near], str]] = {
    "en": read_english,
    "ru": read_russian,
    "ja": read_japanese,
}
_ACTING = frozenset({"pace", "pitch", "volume", "emphasis", "say", "voice", "lang"})


@dataclass(frozen=True)
class SpokenWord:
    """A ``written`` word at ``start``..``end`` of the script's text and how it is spoken.

    ``spoken``: plain words, space between them. ``mark``: punctuation after it, "" . , ? ! ; : or "...".
    ``ipa``: phones that replace ``spoken``. ``pace``: 1 is the voice's own, 2 twice as fast. ``pitch``: times the
    voice's own. ``gain``: times the voice's own amplitude.
    """

    start: int
    end: int
    written: str
    spoken: str
    mark: str = ""
    ipa: str | None = None
    pace: float = 1.0
    emphasis: bool = False
    pitch: float = 1.0
    gain: float = 1.0


@dataclass(frozen=True)
class Utterance:
    """Words that are spoken in one go, and the silence after them in seconds."""

    words: tuple[SpokenWord, ...]
    language: str
    voice: str | None
    pause: float

    @property
    def spoken(self) -> str:
        """The text for a synthesiser."""
        return " ".join(word.spoken + word.mark for word in self.words)


def plan(script: Script, language: str | None, lexicon: Lexicon, voice: str | None = None) -> Iterator[Utterance]:
    """Yield the utterances of ``script``; ``language`` None tells it from the letters of each sentence."""
    overall = language or detect_language(script.text)
    sweep = _Sweep(script)
    for sentence in sentences(script.text):
        base = overall if language else _sentence_language(sentence, overall)
        yield from _utterances(sentence, base, voice, lexicon, sweep)


def _sentence_language(sentence: list[WrittenWord], overall: str) -> str:
    letters = " ".join(word.core for word in sentence)
    return detect_language(letters, overall) if any(c.isalpha() for c in letters) else overall


class _Sweep:
    """Walks once through the directions beside the words: which of them cover a word, which pauses precede it."""

    def __init__(self, script: Script) -> None:
        self._text = script.text
        self._ranges = [d for d in script.directions if DIRECTIONS[d.name].group in _ACTING]
        self._pauses = [d for d in script.directions if d.name == "pause"]
        self._next_range = self._next_pause = 0
        self._active: list[Direction] = []

    def covering(self, word: WrittenWord) -> dict[str, Direction]:
        """The innermost direction of each group over ``word``, by its group."""
        while self._next_range < len(self._ranges) and self._ranges[self._next_range].start < word.end:
            self._active.append(self._ranges[self._next_range])
            self._next_range += 1
        self._active = [d for d in self._active if d.end > word.start]
        return {DIRECTIONS[d.name].group: d for d in self._active}

    def pause_before(self, position: int) -> float:
        """Seconds asked for at or before ``position`` and not yet taken."""
        seconds = 0.0
        while self._next_pause < len(self._pauses) and self._pauses[self._next_pause].start <= position:
            seconds += pause_seconds(self._pauses[self._next_pause].value)
            self._next_pause += 1
        return seconds

    def text(self, start: int, end: int) -> str:
        return " ".join(self._text[start:end].split())


@dataclass
class _Draft:
    """The utterance under construction."""

    language: str
    voice: str | None
    words: list[SpokenWord]

    def done(self, pause: float, mark: str | None = None) -> Utterance:
        words = self.words
        if mark is not None and words and not words[-1].mark:
            words[-1] = replace(words[-1], mark=mark)
        return Utterance(tuple(words), self.language, self.voice, pause)


def _utterances(
    sentence: list[WrittenWord], base: str, voice: str | None, lexicon: Lexicon, sweep: _Sweep
) -> Iterator[Utterance]:
    draft = _Draft(base, voice, [])
    say: Direction | None = None
    languages = word_languages([word.core for word in sentence], base)
    around = _around(sentence)
    for index, word in enumerate(sentence):
        pause = sweep.pause_before(word.start)
        over = sweep.covering(word)
        language = over["lang"].value if "lang" in over else languages[index]
        chosen = over["voice"].value if "voice" in over else voice
        if pause or (language, chosen) != (draft.language, draft.voice):
            if draft.words:
                yield draft.done(max(pause, CUT_PAUSE_S), ",")
            draft = _Draft(language, chosen, [])
        if say is not None and over.get("say") is say and draft.words:
            draft.words[-1] = _joined(draft.words[-1], word, sweep, spoken="")
            continue
        say = over.get("say")
        spoken = _speak_word(word, Near(around, index), language, over, lexicon, sweep)
        _append(draft, spoken, word, sweep)
    if draft.words:
        last = sentence[-1]
        yield draft.done(max(_natural_pause(last), sweep.pause_before(last.end + 1)), ".")


def _around(sentence: list[WrittenWord]) -> Around:
    """What stands around each word; a sign that stands alone is a word to them."""
    cores = [word.core or word.lead for word in sentence]
    return Around(cores, [word.lead for word in sentence], [word.tail for word in sentence])


def _natural_pause(last: WrittenWord) -> float:
    if last.breaks == 2:
        return PARAGRAPH_PAUSE_S
    if "..." in last.tail or "…" in last.tail:
        return ELLIPSIS_PAUSE_S
    return CUT_PAUSE_S if last.tail[:1] in (",", ";", ":", "") and not last.breaks else SENTENCE_PAUSE_S


def _speak_word(
    word: WrittenWord,
    near: Near,
    language: str,
    over: Mapping[str, Direction],
    lexicon: Lexicon,
    sweep: _Sweep,
) -> SpokenWord:
    key = word.core.lower()
    verbalise = _VERBALISE.get(language.split("-")[0])
    spoken = lexicon.spoken.get(key) or (verbalise(near) if verbalise else word.core)
    ipa = over["say"].value if "say" in over else lexicon.ipa.get(key)
    emphasis = "emphasis" in over
    pace = _PACES[over["pace"].name](over["pace"].value) if "pace" in over else 1.0
    said = any(c.isalnum() for c in spoken)
    return SpokenWord(
        start=word.start,
        end=word.end,
        written=sweep.text(word.start, word.end),
        spoken=spoken if said else "",
        mark="" if said and (not word.core or (word.tail == "." and near.after[:1].islower())) else _mark(word),
        ipa=unicodedata.normalize("NFD", ipa) if ipa else None,
        pace=pace * (EMPHATIC if emphasis else 1.0),
        emphasis=emphasis,
        pitch=pitch_of(over["pitch"].value) if "pitch" in over else 1.0,
        gain=gain_of(over["volume"].value) if "volume" in over else 1.0,
    )


_MARKS = (("?", "?？؟՞"), ("!", "!！"), ("...", "…"), (".", ".。।॥۔።։།။"), (";", ";；؛"), (":", ":"))
_COMMAS = ",—–)]、，،၊"


def _mark(word: WrittenWord) -> str:
    tail = word.tail.replace("...", "…")
    if tail == ".,":
        return ","
    for mark, signs in _MARKS:
        if any(sign in tail for sign in signs):
            return mark
    dash = not any(c.isalnum() for c in word.core) and any(c in "—–-|·" for c in word.lead + word.core + tail)
    return "," if any(c in _COMMAS for c in tail) or dash else ""


def _append(draft: _Draft, spoken: SpokenWord, word: WrittenWord, sweep: _Sweep) -> None:
    """Add a word; what cannot be spoken by itself (a dash, a bullet) joins the word before it, or is left out."""
    if spoken.spoken or spoken.ipa:
        if draft.words and any(c in "([{" for c in word.lead) and not draft.words[-1].mark:
            draft.words[-1] = replace(draft.words[-1], mark=",")
        draft.words.append(spoken)
    elif draft.words:
        last = draft.words[-1]
        draft.words[-1] = _joined(replace(last, mark=last.mark or spoken.mark), word, sweep, spoken="")


def _joined(last: SpokenWord, word: WrittenWord, sweep: _Sweep, spoken: str) -> SpokenWord:
    mark = _mark(word) or last.mark
    return replace(
        last,
        end=word.end,
        written=sweep.text(last.start, word.end),
        spoken=f"{last.spoken} {spoken}".strip(),
        mark=mark,
    )
