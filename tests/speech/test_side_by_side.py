"""Sentences spoken by several threads: the sound of one thread, errors in order, cancelling at once, a bounded lead."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from avatar.core.errors import Cancelled, VoiceError
from avatar.core.progress import Progress, silent
from avatar.core.types import Speech
from speech import SpeechOptions, parse, speak, stream
from speech.engines.tone import Tone
from speech.side_by_side import Call, in_order
from speech.text.planning import Utterance

TEXT = "One boat. [slow]Two boats[/slow] came. *Three* of them! [lang: ru]Четыре лодки.[/lang] Five, or six? Seven."
_PATIENCE = 20.0


def say(text: str, folder: Path, progress: Progress | None = None, **options: object) -> Speech:
    chosen = SpeechOptions(cache=folder / "cache", **options)  # type: ignore[arg-type]
    return speak(parse(text), "tone", chosen, progress or silent(), folder / "work")


def waiting_for(event: threading.Event) -> None:
    assert event.wait(_PATIENCE)


@pytest.fixture
def spoken_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Utterance], None]], None]:
    """Makes the engine tone call a function with each utterance before it speaks it."""

    def use(heard: Callable[[Utterance], None]) -> None:
        class Told(Tone):
            def speak(
                self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress
            ) -> Iterator[Speech]:
                for utterance in utterances:
                    heard(utterance)
                    yield from super().speak([utterance], options, progress)

        monkeypatch.setattr("speech.engines.tone.Tone", Told)

    return use


@pytest.mark.parametrize("cores", [2, 3])
def test_threads_and_one_thread_give_the_same_speech(tmp_path: Path, cores: int) -> None:
    alone = say(TEXT, tmp_path, remember=False)
    together = say(TEXT, tmp_path, remember=False, cores=cores)
    assert together.samples.tobytes() == alone.samples.tobytes()
    assert (together.phonemes, together.words, together.cues) == (alone.phonemes, alone.words, alone.cues)
    assert (together.notes, together.speakers) == (alone.notes, alone.speakers)


def test_two_sentences_are_spoken_at_the_same_time(
    spoken_by: Callable[[Callable[[Utterance], None]], None], tmp_path: Path
) -> None:
    both = threading.Barrier(2, timeout=_PATIENCE)
    spoken_by(lambda utterance: both.wait() and None)
    say("One boat. Two boats.", tmp_path, cores=2)


def test_one_core_speaks_in_the_calling_thread(
    spoken_by: Callable[[Callable[[Utterance], None]], None], tmp_path: Path
) -> None:
    found: list[threading.Thread] = []
    spoken_by(lambda utterance: found.append(threading.current_thread()))
    say("One boat. Two boats.", tmp_path)
    assert found == [threading.current_thread()] * 2


def test_sentences_that_were_spoken_before_are_not_spoken_again(
    spoken_by: Callable[[Callable[[Utterance], None]], None], tmp_path: Path
) -> None:
    say("One boat. Two boats. Three boats.", tmp_path)
    asked: list[str] = []
    spoken_by(lambda utterance: asked.append(utterance.spoken))
    say("One boat. Four boats. Three boats.", tmp_path, cores=3)
    assert asked == ["Four boats."]


def test_the_first_failing_sentence_in_order_is_told(
    spoken_by: Callable[[Callable[[Utterance], None]], None], tmp_path: Path
) -> None:
    later_failed = threading.Event()

    def heard(utterance: Utterance) -> None:
        if "Three" in utterance.spoken:
            later_failed.set()
            raise VoiceError("three")
        if "Two" in utterance.spoken:
            waiting_for(later_failed)
            raise VoiceError("two")

    spoken_by(heard)
    with pytest.raises(VoiceError, match="two"):
        say("One boat. Two boats. Three boats. Four boats.", tmp_path, cores=2)
    assert list((tmp_path / "work").iterdir()) == []


def test_a_word_to_stop_is_heard_while_a_sentence_is_spoken(
    spoken_by: Callable[[Callable[[Utterance], None]], None], tmp_path: Path
) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def heard(utterance: Utterance) -> None:
        begun.set()
        waiting_for(stopped)

    def sink(fraction: float, message: str) -> None:
        if begun.is_set():
            raise Cancelled("enough")

    spoken_by(heard)
    try:
        with pytest.raises(Cancelled, match="enough"):
            say("One boat. Two boats. Three boats.", tmp_path, Progress(sink), cores=2)
    finally:
        stopped.set()


def test_the_progress_says_which_sentence_is_waited_for(
    spoken_by: Callable[[Callable[[Utterance], None]], None], tmp_path: Path
) -> None:
    told, heard = [], threading.Event()

    def sink(fraction: float, message: str) -> None:
        told.append((fraction, message))
        heard.set()

    spoken_by(lambda utterance: waiting_for(heard))
    say("One boat. Two boats.", tmp_path, Progress(sink), cores=2)
    assert told[0] == (0.0, "sentence 1")
    assert told[-1][0] == 1.0
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told)


def test_an_hour_is_not_spoken_ahead_of_who_listens(
    spoken_by: Callable[[Callable[[Utterance], None]], None], tmp_path: Path
) -> None:
    asked: list[str] = []
    spoken_by(lambda utterance: asked.append(utterance.spoken))
    options = SpeechOptions(cache=tmp_path, remember=False, cores=3)
    pieces = stream(parse("A boat. " * 1_000), "tone", options, silent())
    for heard in range(1, 20):
        next(pieces)
        assert len(asked) <= heard + 6
    pieces.close()


def test_what_takes_turns_is_made_where_it_is_asked_for_and_in_order() -> None:
    made: list[tuple[str, bool]] = []
    here = threading.current_thread()

    def call(name: str, side_by_side: bool) -> Call[str]:
        def make(cores: int) -> str:
            made.append((name, threading.current_thread() is here))
            return name

        return Call(make, side_by_side)

    calls = [call("a", True), call("b", False), call("c", True), call("d", False)]
    assert list(in_order(calls, 2, lambda: None)) == ["a", "b", "c", "d"]
    assert sorted(made) == [("a", False), ("b", True), ("c", False), ("d", True)]


@pytest.mark.parametrize(
    ("calls", "cores", "given"), [(1, 2, 2), (2, 2, 1), (9, 2, 1), (9, 8, 2), (2, 8, 4), (3, 1, 1)]
)
def test_calls_that_are_made_at_once_divide_the_cores(calls: int, cores: int, given: int) -> None:
    assert list(in_order([Call(lambda each: each)] * calls, cores, lambda: None)) == [given] * calls


@pytest.mark.parametrize("cores", [1, 2])
def test_calls_that_end_with_an_error_raise_it_after_the_results_before(cores: int) -> None:
    def calls() -> Iterator[Call[int]]:
        yield Call(lambda cores: 1)
        yield Call(lambda cores: 2)
        raise VoiceError("planned wrongly")

    found: list[int] = []
    with pytest.raises(VoiceError, match="planned wrongly"):
        found.extend(in_order(calls(), cores, lambda: None))
    assert found == [1, 2]


def test_after_an_error_nothing_is_going_on() -> None:
    let, going = threading.Event(), threading.Event()

    def fail(cores: int) -> int:
        waiting_for(going)
        raise VoiceError("no")

    def last(cores: int) -> int:
        going.set()
        let.wait(0.3)
        ended.append(True)
        return 1

    ended: list[bool] = []
    with pytest.raises(VoiceError):
        list(in_order([Call(fail), Call(last)], 2, lambda: None))
    assert ended == [True]


_LOADED_FIRST = """
import sys
from pathlib import Path
from concurrent import futures

class Watched(futures.ThreadPoolExecutor):
    def submit(self, *given):
        assert {"scipy.signal", "scipy.ndimage"} <= set(sys.modules), "threads load scipy"
        print("threads", file=sys.stderr)
        return super().submit(*given)

futures.ThreadPoolExecutor = Watched
"""


@pytest.mark.parametrize("work", [
    "from speech import SpeechOptions, parse, speak\n"
    "from avatar.core.progress import silent\n"
    "speak(parse('One. Two.'), 'tone', SpeechOptions(cores=2), silent(), Path(sys.argv[1]))",
    "from orchestrator.cli.main import run\n"
    "raise SystemExit(run(['render', '--text', 'One.', '--photo', sys.argv[2], '--voice', 'tone', '--face-engine',"
    " 'still', '--backdrop', '#203040', '--size', '128x128', '-o', sys.argv[1] + '/a.mp4']))",
], ids=["sentences", "steps"])  # fmt: skip
def test_one_thread_loads_what_several_filter_with(work: str, tmp_path: Path, portrait_png: Path) -> None:
    """Two threads that begin with different modules of scipy meet half of one."""
    command = [sys.executable, "-c", _LOADED_FIRST + work, str(tmp_path), str(portrait_png)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "threads" in done.stderr, done.stderr
