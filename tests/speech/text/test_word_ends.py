"""Words end where Unicode says: eSpeak NG says a word of a sentence as it says the word alone."""

from __future__ import annotations

import pytest

from speech import parse
from speech.espeak.library import mnemonics
from speech.espeak.utterances import voice_for
from speech.text.lexicon import Lexicon
from speech.text.planning import plan
from speech.text.sentences import sentences

_WORDS = {
    "hi": "नमस्ते दुनिया पानी",
    "mr": "माझे पुस्तक आहे",
    "ne": "मेरो किताबहरू",
    "bn": "আমার সোনার বাংলা ভালোবাসি",
    "pa": "ਮੇਰੀ ਕਿਤਾਬ ਪਾਣੀ",
    "gu": "મારી ચોપડી પાણી",
    "or": "ମୋର ବହି ପାଣି",
    "ta": "எனது புத்தகங்கள் தண்ணீர் வணக்கம்",
    "te": "నమస్తే ప్రపంచం నీరు",
    "kn": "ನಮಸ್ಕಾರ ನೀರು ಪುಸ್ತಕವು",
    "ml": "വെള്ളം പുസ്തകം മലയാളി അവൻ",
    "si": "ආයුබෝවන් වතුර පොතේ",
    "th": "สวัสดี น้ำ ครู ที่",
    "my": "မင်္ဂလာပါ ရေ ကမ္ဘာ",
    "ar": "كِتَابٌ جَدِيدٌ مَاءٍ",
    "he": "שָׁלוֹם עוֹלָם",
    "am": "ሰላም ዓለም",
    "ko": "안녕하세요 세계",
    "ka": "გამარჯობა მსოფლიო",
    "hy": "բարեւ աշխարհ",
    "el": "Γειά σου κόσμε",
    "vi": "xin chào thế giới",
}


@pytest.mark.parametrize("language", _WORDS)
@pytest.mark.parametrize("frame", ["{}", "«{}»", "({}),", "{}!", "{}?", "“{}”…"])
def test_a_word_keeps_its_last_sign(language: str, frame: str) -> None:
    words = _WORDS[language].split()
    text = " ".join(frame.format(word) for word in words)
    cores = [word.core for sentence in sentences(text) for word in sentence]
    assert cores == words


@pytest.mark.parametrize("language", _WORDS)
def test_a_word_of_a_sentence_has_the_phones_of_the_word_alone(language: str) -> None:
    words, voice = _WORDS[language].split(), voice_for(language)
    planned = [w.spoken for u in plan(parse(f"{', '.join(words)}."), language, Lexicon()) for w in u.words]
    assert mnemonics(planned, voice) == mnemonics(words, voice)
    assert all(mnemonics(words, voice))


@pytest.mark.parametrize("text", ["नमस्ते" * 60, "สวัสดีที่น้ำ" * 40, "မင်္ဂလာပါ" * 40, "e\u0301" * 200])
def test_a_long_word_is_never_cut_inside_a_cluster(text: str) -> None:
    import unicodedata

    cores = [word.core for sentence in sentences(text) for word in sentence]
    assert len(cores) > 1
    assert "".join(cores) == text
    assert not any(unicodedata.category(core[0]).startswith("M") for core in cores)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("यह पानी है। वह नहीं है।", 2),
        ("এটা জল। ওটা নয়।", 2),
        ("هل هذا كتاب؟ نعم.", 2),
        ("یہ کتاب ہے۔ وہ نہیں۔", 2),
        ("သည်ရေ။ ထိုမဟုတ်။", 2),
        ("ሰላም። ዓለም።", 2),
        ("Բարեւ։ Աշխարհ։", 2),
    ],
)
def test_sentences_end_at_the_marks_of_their_script(text: str, count: int) -> None:
    assert len(list(sentences(text))) == count
