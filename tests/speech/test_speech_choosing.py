"""Who speaks which language, mixed scripts, and one timeline out of many pieces."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import AudioError, MissingEngine, OptionError, OutputError, ScriptError, VoiceError
from avatar.core.progress import Progress, silent
from speech import SpeechOptions, parse, speak
from speech.choosing import check_engine_options, resolve
from speech.espeak.library import installed_voices, synthesise
from speech.kokoro.styles import DEFAULT, LANGUAGES
from speech.phones import VOWELS
from speech.text.languages import detect_language, word_languages
from speech.text.russian_stress import stressed_phones


def test_english_is_neural_and_needs_no_note() -> None:
    choice = resolve("en")
    assert (choice.engine, choice.voice, choice.note) == ("piper", "en_US-joe", None)


@pytest.mark.parametrize("language", ["es", "es-MX", "it_IT"])
def test_languages_that_kokoro_speaks_natively_need_no_note(language: str) -> None:
    choice = resolve(language)
    assert (choice.engine, choice.voice, choice.note) == ("kokoro", DEFAULT, None)


def test_an_accent_is_told() -> None:
    (accented, *_) = [language for language, how in LANGUAGES.items() if how == "accented"]
    choice = resolve(accented)
    assert choice.engine == "kokoro"
    assert "with an accent" in (choice.note or "")


@pytest.mark.parametrize("language", ["tr", "ka"])
def test_what_nobody_speaks_well_is_espeaks_and_told(language: str) -> None:
    choice = resolve(language)
    assert (choice.engine, choice.voice) == ("espeak", f"espeak-{language}")
    assert "robotic" in (choice.note or "")
    assert resolve("tr", None, "kokoro").voice == DEFAULT


def test_without_its_weights_kokoro_is_not_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert resolve("ru").engine == "espeak"
    with pytest.raises(MissingEngine, match="models pull kokoro"):
        resolve("ru", None, "kokoro")


def test_a_mixture_is_a_voice_and_a_wrong_one_is_refused() -> None:
    assert resolve("ru", "kokoro-alpha+kumo:0.3").engine == "kokoro"
    with pytest.raises(VoiceError, match="alfa"):
        resolve("ru", "kokoro-alfa+kumo:0.3")


@pytest.mark.parametrize(
    ("engine", "voice", "option", "match"),
    [
        (None, None, "trim", "piper and kokoro and espeak have no option 'trim': choose from noise_scale"),
        ("espeak", None, "speaker", "espeak has no option 'speaker': it has none"),
        (None, "espeak-ru", "noise_scale", "espeak has no option"),
        ("recorded", None, "trimm", "choose from hear, trim"),
    ],
)
def test_an_engine_option_that_nobody_knows_is_refused(
    engine: str | None, voice: str | None, option: str, match: str
) -> None:
    with pytest.raises(OptionError, match=match):
        check_engine_options(engine, voice, [option])


def test_engine_options_that_are_known_are_let_through() -> None:
    check_engine_options(None, None, ["noise_scale"])
    check_engine_options(None, "tts_models/en/x/y", ["speaker_wav"])


def test_near_names_are_offered() -> None:
    with pytest.raises(VoiceError, match="en_US-joe"):
        resolve("en", "en-US-joe")


def test_unknown_engines_and_languages_are_refused() -> None:
    with pytest.raises(OptionError, match="piper"):
        resolve("en", None, "festival")
    with pytest.raises(VoiceError, match="xx"):
        resolve("xx")


def test_every_listed_language_of_espeak_speaks() -> None:
    for _, name in installed_voices():
        assert len(synthesise("a 1", name, 1.0, 0).samples) > 1_000, name


def test_espeak_forgets_what_it_said_before() -> None:
    first = synthesise("Привет, мир", "zle/ru", 1.0, 0)
    synthesise("Something else", "gmw/en-US", 1.3, 5)
    again = synthesise("Привет, мир", "zle/ru", 1.0, 0)
    assert first.samples.tobytes() == again.samples.tobytes()
    assert first.phones == again.phones


def test_russian_is_told_by_its_letters(tmp_path: Path) -> None:
    speech = speak(parse("Привет! Мама мыла раму."), "espeak", SpeechOptions(), silent(), tmp_path)
    assert speech.language == "ru"
    assert [w.text for w in speech.words] == ["Привет!", "Мама", "мыла", "раму."]
    mama = [p.ipa for p in speech.phonemes if speech.words[1].start <= p.start < speech.words[1].end]
    assert mama[0] == mama[2] == "m"


def test_russian_stress_leaves_torch_as_it_was() -> None:
    """In a process of its own: the library changes the whole process when it is first loaded."""
    code = (
        "import torch; from speech.text.russian_stress import accented; torch.set_num_threads(2)\n"
        "assert accented(['мама']) == ['ма\u0301ма']; print(torch.is_grad_enabled(), torch.get_num_threads())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "2"]


@pytest.mark.parametrize(
    ("word", "stressed"), [("города́", 2), ("го́рода", 0), ("берега́", 2), ("большо́й", 1), ("елка", 0), ("Пётр", 0)]
)
def test_russian_stress_is_put_right(tmp_path: Path, word: str, stressed: int) -> None:
    speech = speak(parse(word + "."), "espeak", SpeechOptions(), silent(), tmp_path)
    vowels = [p.stress == 1 for p in speech.phonemes if p.ipa[0] in VOWELS]
    assert vowels == [index == stressed for index in range(len(vowels))]
    assert [w.text for w in speech.words] == [word + "."]


def test_moved_stress_changes_the_vowels() -> None:
    assert stressed_phones("за́мок", "zam'ok") == "z'AmVk"
    assert stressed_phones("замо́к", "zam'ok") is None
    assert stressed_phones("реки́", "@-r;'ek;I") == "@-r;ik;'i"


def test_languages_mix_in_one_speech(tmp_path: Path) -> None:
    speech = speak(parse("Hello. [lang: ru]Привет[/lang] friend."), "piper", SpeechOptions(), silent(), tmp_path)
    assert [w.text for w in speech.words] == ["Hello.", "Привет", "friend."]
    assert speech.speakers == (("piper", "en_US-joe"), ("kokoro", DEFAULT))
    assert len(speech.notes) == 1
    assert speech.language == "en"


def test_foreign_words_are_found_by_their_letters(tmp_path: Path) -> None:
    text = "The word привет means hello, and שלום does too."
    speech = speak(parse(text), "espeak", SpeechOptions(), silent(), tmp_path)
    assert [w.text for w in speech.words] == text.split()
    assert [voice for _, voice in speech.speakers] == ["espeak-en-us", "espeak-ru", "espeak-he"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hello, world", "en"), ("Привет, мир", "ru"), ("Привіт, світе, їжак", "uk"), ("Прывітанне, ў лесе", "be"),
        ("Γειά σου", "el"), ("שלום", "he"), ("مرحبا", "ar"), ("چطور هستید", "fa"), ("नमस्ते", "hi"), ("你好", "zh"),
        ("こんにちは世界", "ja"), ("안녕하세요", "ko"), ("გამარჯობა", "ka"), ("Բարեւ", "hy"), ("สวัสดี", "th"),
        ("123 — !", "en"), ("Здравствуйте, John", "ru"), ("Hi, Иван и Мария Петровы", "ru"),
    ],
)  # fmt: skip
def test_languages_are_told_by_letters(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("sentence", "base", "languages"),
    [
        ("Компания Google выпустила Android 15", "ru", "ru ru ru ru ru"),
        ("Он сказал never give up 2 times и ушёл", "ru", "ru ru en en en en en ru ru"),
        ("She said привет and пока 2", "en", "en en ru en ru ru"),
        ("Это Wi-Fi-сеть", "ru", "ru ru"),
        ("I like 東京 tower", "en", "en en zh en"),
        ("東京タワー 2 へ", "ja", "ja ja ja"),
        ("Вони їдуть", "uk", "uk uk"),
    ],
)
def test_runs_of_languages(sentence: str, base: str, languages: str) -> None:
    assert word_languages(sentence.split(), base) == languages.split()


def test_an_english_phrase_in_russian_goes_to_the_english_voice(tmp_path: Path) -> None:
    text = "Мой девиз очень прост, never give up, и он мне помогает. Ещё есть Python."
    speech = speak(parse(text), None, SpeechOptions(), silent(), tmp_path)
    assert speech.speakers == (("kokoro", DEFAULT), ("piper", "en_US-joe"))
    assert any("words in en" in note for note in speech.notes)


def test_a_voice_speaks_its_language_wherever_it_stands(tmp_path: Path) -> None:
    """The script is Russian by most of its letters, though it begins in English."""
    text = "Hello there, everybody. Сегодня мы поговорим о погоде и о книгах."
    speech = speak(parse(text), None, SpeechOptions(voice="espeak-ru"), silent(), tmp_path)
    assert speech.speakers == (("piper", "en_US-joe"), ("espeak", "espeak-ru"))
    with pytest.raises(VoiceError, match="speaks en"):
        speak(parse("Привет, это русский текст."), None, SpeechOptions(voice="en_US-joe"), silent(), tmp_path)


def test_voices_change_by_direction(tmp_path: Path) -> None:
    speech = speak(parse("Hello. [voice: tone]beep[/voice] bye."), "espeak", SpeechOptions(), silent(), tmp_path)
    assert [p.ipa for p in speech.phonemes if speech.words[1].start <= p.start < speech.words[1].end] == list("beep")


def test_progress_runs_from_nothing_to_one(tmp_path: Path) -> None:
    seen: list[float] = []
    speak(parse("One. Two. Three."), "tone", SpeechOptions(), Progress(lambda f, m: seen.append(f)), tmp_path)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) >= 5


def test_samples_are_mapped_from_the_work_folder(tmp_path: Path) -> None:
    speech = speak(parse("One. Two."), "tone", SpeechOptions(), silent(), tmp_path)
    assert isinstance(speech.samples, np.memmap)
    assert not speech.samples.flags.writeable
    assert [p.name for p in tmp_path.iterdir()] == ["speech.f32"]


def test_no_script_and_no_recording_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScriptError):
        speak(None, None, SpeechOptions(), silent(), tmp_path)
    with pytest.raises(AudioError, match="--audio"):
        speak(parse("Hello"), "recorded", SpeechOptions(), silent(), tmp_path)


def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError):
        speak(parse("Hello"), "tone", SpeechOptions(), silent(), tmp_path / "file")


@pytest.mark.parametrize("speed", [0.0, 5.0])
def test_speed_has_limits(speed: float) -> None:
    with pytest.raises(OptionError, match=r"0\.5 to 2"):
        SpeechOptions(speed=speed)
