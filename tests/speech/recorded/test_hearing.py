"""What was heard in a recording: words with times, a transcript held to them, and what is told where they differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import resample_poly

from avatar.core.errors import AudioError, MissingEngine, OptionError
from avatar.core.media import write_wav
from avatar.core.progress import silent
from avatar.core.types import Speech
from speech import SpeechOptions, parse, speak
from speech.engines import recorded
from speech.recorded import hearing
from speech.recorded.anchored import anchored, word_spans
from speech.recorded.anchors import match
from speech.recorded.hearing import PACKAGED, Heard, HeardWord, can_hear, hear, listener
from speech.text.lexicon import read_lexicon
from speech.text.planning import Utterance, plan

TEXT = "The boat moves past the old stone bridge. People watch from the park, and please bring a warm jumper."
needs_model = pytest.mark.skipif(not can_hear(), reason="the extra hear is not installed")


@dataclass(frozen=True)
class Truth:
    """What a voice said, at 16 kHz, and its exact timing."""

    heard: np.ndarray
    speech: Speech
    path: Path

    def words(self, text: str | None = None, late: float = 0.0) -> tuple[HeardWord, ...]:
        """The words as a good listener hears them; ``text`` spells them otherwise."""
        texts = text.split() if text else [word.text for word in self.speech.words]
        timed = zip(self.speech.words, texts, strict=True)
        return tuple(HeardWord(word.start + late, word.end + late, text, 0.9) for word, text in timed)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    folder = tmp_path_factory.mktemp("truth")
    speech = speak(parse(TEXT), "piper", SpeechOptions(seed=3), silent(), folder)
    write_wav(folder / "spoken.wav", speech.samples, speech.rate)
    return Truth(resample_poly(speech.samples, 320, 441).astype(np.float32), speech, folder / "spoken.wav")


def planned(text: str, language: str = "en") -> list[Utterance]:
    return list(plan(parse(text), language, read_lexicon(None)))


def apart(found: Speech, truth: Truth) -> np.ndarray:
    """Seconds between the middles of the words found and the true ones."""
    pairs = zip(found.words, truth.speech.words, strict=True)
    return np.array([abs(a.start + a.end - b.start - b.end) / 2 for a, b in pairs])


# -- letters -----------------------------------------------------------------------------------------------------------


def said(text: str, each: float = 0.5) -> list[HeardWord]:
    return [HeardWord(k * each, (k + 0.9) * each, word, 0.9) for k, word in enumerate(text.split())]


def test_words_are_found_however_they_are_spelled() -> None:
    matched = match(["The", "Colour", "of", "ÉLAN,", "ёлка!"], said("the color of elan елка"))
    assert [round(span[0], 2) if span else None for span in matched.spans] == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert matched.gaps == ()


def test_a_word_heard_as_another_stands_between_its_neighbours() -> None:
    matched = match(["loved", "ones", "enjoying"], said("loved buns enjoying"))
    assert matched.spans[1] is not None and matched.spans[1][0] == pytest.approx(0.5, abs=0.2)


def test_characters_without_spaces_are_matched_one_by_one() -> None:
    heard = [HeardWord(k * 0.2, k * 0.2 + 0.2, c, space=False) for k, c in enumerate("今日は晴れです")]
    (span,) = match(["今日は雨です。"], heard).spans
    assert span == pytest.approx((0.0, 1.4), abs=0.01)


def test_what_was_heard_and_not_written_is_a_gap() -> None:
    matched = match(["one", "four"], said("one two three four"))
    ((gap),) = matched.gaps
    assert (gap.first, gap.last, [word.text for word in gap.heard]) == (1, 1, ["two", "three"])


# -- times -------------------------------------------------------------------------------------------------------------


def everywhere(seconds: float) -> np.ndarray:
    return np.ones(int(seconds * 100), bool)


def test_words_that_were_not_heard_take_the_speech_between_those_that_were() -> None:
    heard = Heard("en", 1.0, (HeardWord(0, 0.4, "alpha"), HeardWord(2.0, 2.4, "omega")))
    spans = word_spans(["alpha", "beta", "gamma", "omega"], heard, everywhere(2.5))
    assert spans.sounds == spans.times
    assert spans.times[1] == pytest.approx((0.4, 0.904), abs=0.01)
    assert spans.times[2][1] <= 2.0
    assert spans.notes == ()


def test_words_that_nobody_says_are_told_and_get_a_moment_of_their_neighbours() -> None:
    heard = Heard("en", 1.0, (HeardWord(0, 1.0, "alpha"), HeardWord(1.0, 2.0, "omega")))
    spans = word_spans(["alpha", "wonderful", "fantastic", "omega"], heard, everywhere(2.0))
    assert spans.notes == ("At 0:02 the recording does not say “wonderful fantastic” as the transcript does.",)
    assert [sound is None for sound in spans.sounds] == [False, True, True, False]
    assert all(end > start for start, end in spans.times)
    assert all(a[1] <= b[0] + 1e-9 for a, b in pairwise(spans.times))


def test_other_words_are_told_with_both_and_their_time() -> None:
    heard = Heard("en", 1.0, tuple(said("we met behind yellow windmills on Sunday")))
    spans = word_spans(["we", "met", "near", "crooked", "factories", "on", "Sunday"], heard, everywhere(4))
    assert spans.notes == (
        "At 0:01 the recording says “behind yellow windmills”, the transcript “near crooked factories”.",
    )
    doubtful = replace(heard, words=tuple(replace(word, likely=0.3) for word in heard.words))
    assert (
        word_spans(["we", "met", "near", "crooked", "factories", "on", "Sunday"], doubtful, everywhere(4)).notes == ()
    )


def test_numbers_and_names_that_are_written_otherwise_are_not_told() -> None:
    heard = Heard("en", 1.0, tuple(said("in nineteen eighty-four Katharina Smyth paid twelve hundred")))
    assert word_spans(["in", "1984", "Catarina", "Smith", "paid", "1,200"], heard, everywhere(5)).notes == ()


def test_another_text_is_refused_only_where_it_was_heard_well() -> None:
    text = ["Our", "neighbours", "grow", "tomatoes", "and", "enormous", "pumpkins"]
    heard = Heard("en", 1.0, tuple(said("The ferry leaves this old harbour shortly after breakfast")))
    with pytest.raises(
        AudioError, match=r"at 0:00 it says “The ferry leaves this old harbour \.\.\.”, not “Our neighbours"
    ):
        word_spans(text, heard, everywhere(5))
    noise = replace(heard, words=tuple(replace(word, likely=0.4) for word in heard.words))
    assert len(word_spans(text, noise, everywhere(5)).times) == len(text)


@given(
    st.lists(st.sampled_from(["one", "two", "three", "Fünf", "пять", "今日", "7", "—", "go"]), min_size=1, max_size=20),
    st.lists(
        st.tuples(st.sampled_from(["one", "two", "free", "fünf", "пять", "今", "seven", "go"]), st.floats(0.02, 0.6)),
        max_size=20,
    ),
)
def test_no_word_is_without_length_and_none_runs_back(written: list[str], drawn: list[tuple[str, float]]) -> None:
    words, at = [], 0.1
    for text, length in drawn:
        words.append(HeardWord(at, at + length, text, 0.5))
        at += length
    times = word_spans(written, Heard("en", 1.0, tuple(words)), everywhere(at + 0.5)).times
    assert len(times) == len(written)
    assert all(end > start for start, end in times)
    assert all(a[0] <= b[0] + 1e-9 for a, b in pairwise(times))


# -- phones ------------------------------------------------------------------------------------------------------------


def test_phones_stand_within_the_words_that_were_heard(truth: Truth) -> None:
    heard = Heard("en", 1.0, truth.words(late=0.08))
    found = anchored(truth.heard, planned(TEXT), heard, silent())
    assert found.timing == "aligned" and found.notes == ()
    assert np.median(apart(found, truth)) < 0.03
    assert apart(found, truth).max() < 0.2
    assert [p.ipa for p in found.phonemes] == [p.ipa for p in truth.speech.phonemes]
    errors = [abs(a.start - b.start) for a, b in zip(found.phonemes, truth.speech.phonemes, strict=True)]
    assert np.median(errors) < 0.03


def test_words_that_are_not_said_have_no_phones_and_some_time(truth: Truth) -> None:
    more = TEXT.replace("please", "nevertheless extraordinarily please") + " Nothing of this is ever said aloud."
    found = anchored(truth.heard, planned(more), Heard("en", 1.0, truth.words()), silent())
    assert [word.text for word in found.words] == more.split()
    assert all(word.end > word.start for word in found.words)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(found.words))
    assert found.words[-1].end <= len(truth.heard) / 16_000
    assert len(found.phonemes) == len(truth.speech.phonemes)
    assert [note for note in found.notes if "does not say" in note] == list(found.notes) and len(found.notes) == 2


def test_other_languages_get_their_phones(tmp_path: Path) -> None:
    text = "Мама мыла раму, а папа читал газету у окна."
    speech = speak(parse(text), "espeak", SpeechOptions(), silent(), tmp_path)
    sound = resample_poly(speech.samples, 320, 441).astype(np.float32)
    words = tuple(HeardWord(word.start, word.end, word.text, 0.9) for word in speech.words)
    found = anchored(sound, planned(text, "ru"), Heard("ru", 1.0, words), silent())
    assert [p.ipa for p in found.phonemes] == [p.ipa for p in speech.phonemes]
    errors = [abs(a.start - b.start) for a, b in zip(found.phonemes, speech.phonemes, strict=True)]
    assert np.median(errors) < 0.03


# -- the engine --------------------------------------------------------------------------------------------------------


def spoken(truth: Truth, folder: Path, **options: object) -> Speech:
    chosen = SpeechOptions(audio=truth.path, cache=folder, **options)  # type: ignore[arg-type]
    return speak(None, None, chosen, silent(), folder)


@pytest.fixture
def as_heard(monkeypatch: pytest.MonkeyPatch) -> list[Heard]:
    """What the engine hears is what the test puts in."""
    given: list[Heard] = []
    monkeypatch.setattr(recorded, "can_hear", lambda: True)
    monkeypatch.setattr(recorded, "hear", lambda samples, language, model, progress: given[-1])
    return given


def test_a_recording_without_transcript_gets_words_phones_and_its_language(
    truth: Truth, as_heard: list[Heard], tmp_path: Path
) -> None:
    as_heard.append(Heard("en", 1.0, truth.words()))
    found = spoken(truth, tmp_path)
    assert (found.language, found.timing, found.notes) == ("en", "aligned", ())
    assert " ".join(word.text for word in found.words) == TEXT
    assert np.median(apart(found, truth)) < 0.05


def test_a_language_without_phones_keeps_its_words(truth: Truth, as_heard: list[Heard], tmp_path: Path) -> None:
    as_heard.append(Heard("xx", 1.0, truth.words()))
    found = spoken(truth, tmp_path)
    assert (found.language, found.timing) == ("xx", "recognised")
    assert len(found.words) == len(truth.speech.words)
    assert len(found.phonemes) > 20
    assert "no sounds for 'xx'" in found.notes[0]


def test_a_transcript_in_latin_letters_is_read_in_the_language_that_was_heard(
    truth: Truth, as_heard: list[Heard], tmp_path: Path
) -> None:
    as_heard.append(Heard("de", 0.95, truth.words()))
    german = spoken(truth, tmp_path, transcript=TEXT)
    as_heard.append(Heard("de", 0.5, truth.words()))
    english = spoken(truth, tmp_path, transcript=TEXT)
    assert [p.ipa for p in english.phonemes] == [p.ipa for p in truth.speech.phonemes]
    assert [p.ipa for p in german.phonemes] != [p.ipa for p in english.phonemes]


def test_where_nobody_is_heard_the_lips_follow_the_sound(truth: Truth, as_heard: list[Heard], tmp_path: Path) -> None:
    as_heard.append(Heard("", 0.0, ()))
    found = spoken(truth, tmp_path)
    assert found.timing == "recognised" and len(found.phonemes) > 20
    assert found.notes == (
        "No words were heard in the recording: the lips follow its sounds, and there are no captions.",
    )


def test_without_the_extra_all_is_as_before_and_told(
    truth: Truth, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(recorded, "can_hear", lambda: False)
    found = spoken(truth, tmp_path)
    assert found.timing == "recognised" and found.words == ()
    assert "pip install 'govorun[hear]'" in found.notes[0]
    assert spoken(truth, tmp_path, engine_options={"hear": "no"}).notes == ()


def test_what_is_asked_for_and_missing_is_an_error(
    truth: Truth, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(hearing, "find_spec", lambda name: None)
    assert not hearing.can_hear()
    hearing.whisper.cache_clear()
    with pytest.raises(MissingEngine, match=r"govorun\[hear\]"):
        spoken(truth, tmp_path, engine_options={"hear": "yes"})
    with pytest.raises(OptionError, match="trim=perhaps is no switch"):
        spoken(truth, tmp_path, engine_options={"trim": "perhaps"})
    with pytest.raises((MissingEngine, OptionError), match="whisper-tall"):
        spoken(truth, tmp_path, engine_options={"hear": "whisper-tall"})


# -- the model ---------------------------------------------------------------------------------------------------------


def test_long_recordings_are_cut_in_their_pauses() -> None:
    generator = np.random.default_rng(1)
    said = [np.concatenate([generator.normal(0, 0.2, 48_000), generator.normal(0, 1e-4, 9_600)]) for _ in range(30)]
    sound = np.concatenate(said).astype(np.float32)
    parts = list(hearing._parts(sound))
    assert (parts[0][0], parts[-1][1]) == (0, len(sound) // 160)
    assert all(a[1] == b[0] for a, b in pairwise(parts))
    assert all(800 <= end - begin <= 2_800 for begin, end in parts[:-1])
    assert all(300 < end % 360 < 360 for _, end in parts[:-1])


def test_marks_and_endings_join_their_word() -> None:
    heard = [HeardWord(0, 0.4, "twenty", 0.9), HeardWord(0.4, 0.4, "-20", 0.9, False), HeardWord(0.5, 0.5, "—", 0.9),
             HeardWord(0.5, 0.5, "now", 0.9)]  # fmt: skip
    words = list(hearing._with_length(heard))
    assert [word.text for word in words] == ["twenty-20 —", "now"]
    assert all(word.end - word.start >= 0.0199 for word in words)
    thai = [HeardWord(k * 0.2, k * 0.2 + 0.2, part, space=False) for k, part in enumerate(["ภา", "ษา", "ไทย"])]
    late = HeardWord(2.0, 2.3, "ดี", space=False)
    assert [word.text for word in hearing._with_length([*thai, late])] == ["ภาษาไทย", "ดี"]
    chinese = [HeardWord(0, 0.2, "你", space=False), HeardWord(0.2, 0.4, "好", space=False)]
    assert Heard("zh", 1.0, tuple(hearing._with_length(chinese))).text == "你好"


@needs_model
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_whisper_hears_words_and_their_times_twice_alike(truth: Truth) -> None:
    heard = hear(truth.heard, None, PACKAGED, silent())
    assert heard.language == "en" and heard.sure > 0.8
    matched = match([word.text for word in truth.speech.words], heard.words)
    assert matched.share > 0.85
    late = [abs(span[0] - word.start) for span, word in zip(matched.spans, truth.speech.words, strict=True) if span]
    assert np.median(late) < 0.12
    assert hear(truth.heard, "en", PACKAGED, silent()).words == heard.words
    assert listener().weights_licence == "MIT"


@needs_model
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_noise_has_no_words() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 5 * 16_000).astype(np.float32)
    assert hear(noise, None, PACKAGED, silent()).words == ()
