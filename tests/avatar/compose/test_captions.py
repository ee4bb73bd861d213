"""Captions: readable lines at sensible times, nothing lost, files that players read."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from hypothesis import given
from hypothesis import strategies as st

from avatar.compose import fonts
from avatar.compose.burn import Burner
from avatar.compose.captions import Caption, _break_value, caption_cues, to_srt, to_vtt
from avatar.compose.lettering import spans, unreadable
from avatar.compose.phrases import columns, is_mark
from avatar.core.types import Size, Word


def spoken(text: str, each: float = 0.35, gap: float = 0.05) -> list[Word]:
    step = each + gap
    return [Word(i * step, i * step + each, word) for i, word in enumerate(text.split())]


LONG = (
    "Hello, my name is Eileen. I flew the shuttle four times, and I would like to tell you about the work that we did "
    "up there in the dark and in the light. It was, as you may imagine, a wonderful time."
)


def test_sentences_get_captions_of_their_own() -> None:
    captions = caption_cues(spoken("Hello there. How are you? Fine.", each=0.5))
    assert [caption.lines for caption in captions] == [("Hello there.",), ("How are you?",), ("Fine.",)]


def test_long_sentences_are_cut_to_readable_lines() -> None:
    captions = caption_cues(spoken(LONG))
    assert all(len(caption.lines) <= 2 for caption in captions)
    assert all(len(line) <= 42 for caption in captions for line in caption.lines)
    assert " ".join(line for caption in captions for line in caption.lines) == LONG
    assert captions[1].lines[-1].endswith("times,")


@pytest.mark.parametrize("text", [LONG, "Он сказал, что в доме у реки живёт очень старый и мудрый человек из города."])
def test_no_line_of_a_broken_sentence_ends_with_a_leaning_word(text: str) -> None:
    ends = [line.split()[-1].lower() for caption in caption_cues(spoken(text)) for line in caption.lines]
    assert not {"the", "a", "and", "of", "in", "to", "и", "в", "у", "из", "что"} & set(ends)


def test_captions_stay_long_enough_and_never_overlap() -> None:
    captions = caption_cues(spoken("Yes. " + LONG, each=0.3))
    assert all(c.end <= n.start for c, n in pairwise(captions))
    assert all(c.end > c.start for c in captions)
    assert captions[-1].end - captions[-1].start >= 1.0
    assert max(c.end - c.start for c in captions) <= 6.5


def test_a_long_silence_ends_a_caption() -> None:
    words = [Word(0, 0.4, "Wait"), Word(3.0, 3.4, "here")]
    assert [c.lines for c in caption_cues(words)] == [("Wait",), ("here",)]


def test_a_word_longer_than_a_line_is_broken_and_nothing_is_lost() -> None:
    captions = caption_cues([Word(0, 2, "x" * 100)])
    assert "".join(line for caption in captions for line in caption.lines) == "x" * 100
    assert all(len(caption.lines) <= 2 and len(line) <= 42 for caption in captions for line in caption.lines)


def test_no_words_no_captions() -> None:
    assert caption_cues([]) == ()
    assert caption_cues([Word(0, 1, "  ")]) == ()


@given(
    st.lists(
        st.tuples(st.text("abcdeи,.!?- ", max_size=14), st.floats(0.02, 1.5), st.floats(0, 1.2)),
        min_size=1,
        max_size=60,
    )
)
def test_any_words_keep_their_order_and_their_text(drawn: list[tuple[str, float, float]]) -> None:
    words, at = [], 0.0
    for text, length, gap in drawn:
        words.append(Word(at, at + length, text))
        at += length + gap
    said = [" ".join(word.text.split()) for word in words if word.text.strip()]
    for line, karaoke in ((42, False), (24, True)):
        captions = caption_cues(words, line, karaoke)
        shown = "".join("".join(text.split()) for caption in captions for text in caption.lines)
        assert shown == "".join("".join(text.split()) for text in said)
        assert all(c.start < c.end for c in captions)
        assert all(c.end <= n.start for c, n in pairwise(captions))
        assert all(len(text) <= line for caption in captions for text in caption.lines)
        carried = [word for caption in captions for word in caption.words]
        assert " ".join(word.text for word in carried) == (" ".join(said) if karaoke else "")
        assert all(c.start <= word.start for c in captions for word in c.words)


@given(st.lists(st.text("abcdeи,.!?-", min_size=1, max_size=9), min_size=1, max_size=40), st.floats(0.05, 0.8))
def test_files_of_captions_have_every_word_once(words: list[str], each: float) -> None:
    captions = caption_cues(spoken(" ".join(words), each))
    for text, escaped in ((to_srt(captions), False), (to_vtt(captions), True)):
        blocks = [block.split("\n") for block in text.strip().split("\n\n")][int(escaped) :]
        assert len(blocks) == len(captions)
        shown = " ".join(line for block in blocks for line in block[2 - int(escaped) :])
        assert shown.replace("-- >", "-->").split() == " ".join(words).split()


def test_srt_counts_from_one_and_writes_commas() -> None:
    text = to_srt([Caption(0, 1.5, ("One",)), Caption(3661.25, 3662, ("Two", "lines"))])
    assert text == "1\n00:00:00,000 --> 00:00:01,500\nOne\n\n2\n01:01:01,250 --> 01:01:02,000\nTwo\nlines\n"


def test_vtt_escapes_markup() -> None:
    text = to_vtt([Caption(0, 1, ("<b> & --> c",))])
    head, times, line = text.strip().split("\n")[0], text.split("\n")[2], text.strip().split("\n")[-1]
    assert head == "WEBVTT"
    assert times == "00:00:00.000 --> 00:00:01.000"
    assert "<" not in line
    assert "-->" not in html.unescape(line)


# -- scripts without spaces, and words without end -------------------------------------------------------------------


JAPANESE = "今日はとても天気がいいですね。東京タワーまで歩いて行きましょうか、それとも電車に乗りますか？"
CHINESE = "我昨天去了北京大学图书馆，看到了很多有意思的书。你想一起去吗？"
THAI = "ภาษาไทยเป็นภาษาที่สวยงามและมีเสน่ห์มากสำหรับชาวต่างชาติที่มาเที่ยวเมืองไทย"
KHMER = "ភាសាខ្មែរជាភាសាផ្លូវការរបស់ប្រទេសកម្ពុជានិងជាភាសាដែលមានអ្នកនិយាយច្រើន"
LAO = "ພາສາລາວເປັນພາສາທີ່ສວຍງາມແລະເປັນພາສາທາງການຂອງປະເທດລາວ"
BURMESE = "မြန်မာဘာသာစကားသည်အလွန်လှပသည်ဟုလူအများကပြောကြသည်"


@pytest.mark.parametrize("text", [JAPANESE, CHINESE, THAI, KHMER, LAO, BURMESE])
@pytest.mark.parametrize("line", [42, 24])
def test_scripts_without_spaces_are_broken_between_words(text: str, line: int) -> None:
    from icu4py.breakers import WordBreaker

    captions = caption_cues([Word(0, 14, text)], line)
    lines = [shown for caption in captions for shown in caption.lines]
    assert "".join(lines) == text
    assert all(columns(shown) <= line for shown in lines)
    ends = set(np.cumsum([len(word) for word in WordBreaker(text, "en")]))
    assert set(np.cumsum([len(shown) for shown in lines])) <= ends
    assert not any(is_mark(shown[0]) for shown in lines)


def test_wide_lines_hold_sixteen_to_twenty_one_characters() -> None:
    long = "".join(c for c in JAPANESE * 3 if c not in "、。？")
    lines = [shown for caption in caption_cues([Word(0, 9, long)]) for shown in caption.lines]
    assert all(len(shown) <= 21 for shown in lines)
    assert np.mean([len(shown) for shown in lines]) > 12


@pytest.mark.parametrize("text", [JAPANESE, CHINESE, THAI, "https://example.com/" + "a-long-path/" * 9, "x" * 90])
def test_no_speech_is_without_a_caption(text: str) -> None:
    words = [Word(0, 0.4, "So,"), Word(0.5, 24, text), Word(24.1, 24.6, "there.")]
    captions = caption_cues(words)
    for seconds in np.arange(0.05, 24.5, 0.1):
        assert any(c.start <= seconds + 0.05 and seconds - 0.05 < c.end for c in captions), seconds
    assert all(c.end - c.start <= 8.1 for c in captions)
    assert all(len(c.lines) <= 2 for c in captions)


def test_chinese_sentences_meet_without_a_space_and_latin_words_do_not() -> None:
    words = [Word(0, 0.4, "好。"), Word(0.4, 0.8, "走！"), Word(0.9, 1.2, "OK"), Word(1.2, 2.4, "吗？")]
    assert [c.lines for c in caption_cues(words)] == [("好。走！ OK 吗？",)]


def test_no_character_is_torn_apart() -> None:
    family, accented, syllable = "👩\u200d👩\u200d👧", "e\u0301", "क्षि"
    for cluster in (family, accented, syllable):
        lines = [shown for c in caption_cues([Word(0, 9, cluster * 60)], 24) for shown in c.lines]
        assert len(lines) > 2
        assert all(len(shown) % len(cluster) == 0 for shown in lines)


@pytest.mark.parametrize("mark", ["—", "...", "！？", "»", "。"])
def test_no_mark_stands_alone(mark: str) -> None:
    words = [Word(0, 0.5, "One"), Word(2, 2.1, mark), Word(4, 4.5, "two."), Word(6, 6.1, mark)]
    assert [c.lines for c in caption_cues(words)] == [(f"One {mark}",), (f"two. {mark}",)]
    assert caption_cues([Word(0, 0.1, mark), Word(0.2, 1, "One")])[0].lines == (f"{mark} One",)
    assert caption_cues([Word(0, 0.4, "One"), Word(1.9, 2, mark), Word(2, 3, "two")])[1].lines == (f"{mark} two",)


def test_a_short_answer_takes_words_of_what_follows() -> None:
    rest = "This sentence is much too long for it to be joined with the word before and it has two whole lines."
    words = [Word(0, 0.3, "Yes."), *(replace(w, start=w.start + 0.32, end=w.end + 0.32) for w in spoken(rest))]
    captions = caption_cues(words)
    assert captions[0].lines[0].startswith("Yes. This")
    assert all(c.end - c.start >= 0.5 for c in captions)


# -- burnt into the picture --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(512, 512), (1280, 720), (360, 640), (128, 128)])
def test_burnt_text_stands_low_in_the_middle_and_inside(width: int, height: int) -> None:
    frame = np.full((height, width, 3), 90, np.uint8)
    Burner([Caption(1, 2, ("Привет, Ёжик! A caption as wide as", "forty-two letters may make a caption"))],
           Size(width, height)).burn(frame, 1.5)  # fmt: skip
    rows, columns = np.nonzero((frame != 90).any(-1))
    assert (frame > 240).all(-1).any()
    assert rows.min() > 0.5 * height
    assert rows.max() < 0.97 * height
    assert columns.min() >= 0.005 * width
    assert abs((columns.min() + columns.max() + 1) / 2 - width / 2) <= 2


def test_burnt_text_shows_only_in_its_time() -> None:
    burner = Burner([Caption(1, 2, ("One",)), Caption(3, 4, ("Two",))], Size(160, 120))
    plain = np.full((120, 160, 3), 90, np.uint8)
    seen = []
    for seconds in (0.5, 1.0, 1.96, 2.0, 3.5, 4.2):
        frame = plain.copy()
        burner.burn(frame, seconds)
        seen.append(bool((frame != plain).any()))
    assert seen == [False, True, True, False, True, False]


def test_the_same_caption_is_drawn_the_same_whatever_came_before() -> None:
    captions = [Caption(0, 1, ("One",)), Caption(1, 2, ("Two",))]
    fresh, used = np.zeros((2, 120, 160, 3), np.uint8)
    Burner(captions, Size(160, 120)).burn(fresh, 1.5)
    burner = Burner(captions, Size(160, 120))
    burner.burn(np.zeros((120, 160, 3), np.uint8), 0.5)
    burner.burn(used, 1.5)
    assert (fresh == used).all()


# -- scripts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "turned", "drawn"),
    [
        ("plain words", False, ["plain", "words"]),
        ("Съешь ещё", False, ["Съешь", "ещё"]),
        ("שלום עולם", True, ["םלוע", "םולש"]),
        ("He said שלום עולם now", False, ["He", "said", "םלוע", "םולש", "now"]),
        ("עם English words (כאן)", True, ["(ןאכ)", "English", "words", "םע"]),
        ("مرحبا بك", True, ["\ufeda\ufe91", "\ufe8e\ufe92\ufea3\ufeae\ufee3"]),
        ("לא — כן", True, ["ןכ", "—", "אל"]),
        ("מספר 2026 כאן", True, ["ןאכ", "2026", "רפסמ"]),
    ],
)
def test_lines_are_drawn_in_the_order_of_their_script(line: str, turned: bool, drawn: list[str]) -> None:
    parts = spans(line, turned)
    assert [part.text for part in parts] == drawn
    assert sorted(part.word for part in parts) == list(range(len(drawn)))


def test_every_drawn_part_knows_its_word() -> None:
    assert [part.word for part in spans("עם English words (כאן)", True)] == [3, 1, 2, 0]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Makes the given fonts the only ones beside the packaged one."""

    def these(*paths: Path) -> None:
        monkeypatch.setattr(fonts, "_files", lambda: paths)
        forget()

    def forget() -> None:
        for cached in (fonts.fallback, fonts._ordered):
            cached.cache_clear()

    yield these
    monkeypatch.undo()
    forget()


def _font(path: Path, characters: str, width: int) -> Path:
    """A font in which every one of ``characters`` is a box."""
    pen = TTGlyphPen(None)
    for at, corner in enumerate(((50, 0), (50, 700), (width - 50, 700), (width - 50, 0))):
        (pen.lineTo if at else pen.moveTo)(corner)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "box"])
    builder.setupCharacterMap({ord(character): "box" for character in characters})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "box": pen.glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "box"), (width, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def test_letters_that_no_font_has_are_named(only: Callable[..., None]) -> None:
    only()
    assert unreadable("Привет, مرحبا, שָׁלוֹם, γειά, déjà — “№5”!") == ""
    assert unreadable("a 你好, 你") == "你好"


def test_letters_are_drawn_from_the_font_that_has_them(only: Callable[..., None], tmp_path: Path) -> None:
    only(_font(tmp_path / "Noto Sans CJK.ttf", "你好", 1000), _font(tmp_path / "Other.ttf", "你ก", 500))
    assert unreadable("a 你好 ก 東") == "東"
    widths = []
    for text in ("你你", "กก"):
        frame = np.zeros((128, 512, 3), np.uint8)
        Burner([Caption(0, 1, (text,))], Size(512, 128)).burn(frame, 0.5)
        columns_lit = np.nonzero(_rows_of((255, 255, 255), frame))[1]
        widths.append(columns_lit.max() - columns_lit.min())
    assert 1.7 < widths[0] / widths[1] < 2.4


def test_scripts_that_are_shaped_need_an_engine_for_it(
    only: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(_font(tmp_path / "Noto Sans.ttf", "नक你", 600))
    for here, lacking in ((True, ""), (False, "नक")):
        monkeypatch.setattr(fonts, "shapes", lambda here=here: here)
        fonts.fallback.cache_clear()
        assert unreadable("नक 你") == lacking


def test_a_broken_font_is_passed_over(only: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "Noto Sans CJK.ttf").write_bytes(b"no font")
    only(tmp_path / "Noto Sans CJK.ttf")
    assert unreadable("你") == "你"


def test_phrases_of_a_word_are_lit_one_after_another(only: Callable[..., None], tmp_path: Path) -> None:
    only(_font(tmp_path / "Noto Sans CJK.ttf", CHINESE, 1000))
    (caption, *_) = caption_cues([Word(0, 5, CHINESE[:11])], karaoke=True)
    assert len(caption.words) > 2
    centres = []
    for word in caption.words:
        frame = np.zeros((256, 512, 3), np.uint8)
        Burner([caption], Size(512, 256)).burn(frame, word.start + 0.1)
        lit, plain = (np.nonzero(_rows_of(ink, frame))[1] for ink in ((255, 208, 64), (255, 255, 255)))
        assert 0 < len(lit) < len(plain)
        centres.append(lit.mean())
    assert centres == sorted(centres)


@pytest.mark.parametrize(
    ("written", "as_if"),
    [
        ("say \u2067שלום\u2069 now", "say שלום now"),
        ("a\u2066b\u2068c\u2069d", "abcd"),
        ("real\u00adly", "really"),
        ("x\u20e0 y", "x y"),  # an enclosing sign that the font lacks
        ("a\u200bb", "ab"),
    ],
)
def test_what_has_no_picture_is_neither_refused_nor_drawn(written: str, as_if: str) -> None:
    assert unreadable(written) == ""
    frames = np.zeros((2, 128, 512, 3), np.uint8)
    for frame, text in zip(frames, (written, as_if), strict=True):
        Burner([Caption(0, 1, (text,))], Size(512, 128)).burn(frame, 0.5)
    assert frames[1].any()
    assert np.array_equal(frames[0], frames[1])


def test_accents_that_the_font_has_are_drawn_over_their_letter() -> None:
    frames = np.zeros((2, 128, 512, 3), np.uint8)
    for frame, text in zip(frames, ("за\u0301мок", "замок"), strict=True):
        Burner([Caption(0, 1, (text,))], Size(512, 128)).burn(frame, 0.5)
    rows = np.nonzero((frames[0] != frames[1]).any(axis=(1, 2)))[0]
    assert unreadable("за\u0301мок") == ""
    assert len(rows)
    assert rows.max() < np.nonzero(frames[1].any(axis=(1, 2)))[0].mean()


def _rows_of(colour: tuple[int, int, int], frame: np.ndarray) -> np.ndarray:
    return (np.abs(frame.astype(int) - colour) < 40).all(-1)


@pytest.mark.parametrize(
    ("text", "from_the_left"),
    [("One two three four", True), ("один два три четыре", True), ("אחת שתיים שלוש ארבע", False)],
)
def test_words_are_lit_while_they_are_spoken(text: str, from_the_left: bool) -> None:
    size = Size(512, 256)
    (caption,) = caption_cues(spoken(text, each=0.5), karaoke=True)
    burner = Burner([caption], size)
    centres = []
    for word in caption.words:
        frame = np.zeros((256, 512, 3), np.uint8)
        burner.burn(frame, word.start + 0.1)
        centres.append(np.nonzero(_rows_of((255, 208, 64), frame))[1].mean())
        assert _rows_of((255, 255, 255), frame).any()
    assert centres == sorted(centres, reverse=not from_the_left)


def test_no_word_is_lit_in_a_pause_and_without_karaoke() -> None:
    words = [Word(0, 0.4, "One"), Word(1.0, 1.4, "two")]
    for captions, seconds in ((caption_cues(words, karaoke=True), 0.8), (caption_cues(words), 0.2)):
        frame = np.zeros((256, 512, 3), np.uint8)
        Burner(captions, Size(512, 256)).burn(frame, seconds)
        assert frame.any()
        assert not _rows_of((255, 208, 64), frame).any()


def test_lit_letters_stand_where_the_plain_ones_do() -> None:
    """Narrow pictures break lines once more; the word is found again."""
    captions = caption_cues(spoken("Extraordinary circumstances demand measures", each=0.5), karaoke=True)
    frames = np.zeros((2, 160, 128, 3), np.uint8)
    for frame, shown in zip(frames, (captions, [replace(c, words=()) for c in captions]), strict=True):
        Burner(shown, Size(128, 160)).burn(frame, 0.7)
    assert (frames[0, :, :, 0] == frames[1, :, :, 0]).all()  # both inks are full red
    assert _rows_of((255, 208, 64), frames[0]).any()


@pytest.mark.parametrize("each", [0.12, 0.2, 0.3])
def test_short_sentences_stay_a_second_by_joining_others(each: float) -> None:
    captions = caption_cues(spoken("Yes. No. Well, perhaps. " + LONG + " Right. So it was then.", each=each))
    assert all(0.999 <= c.end - c.start <= 7.0 for c in captions)
    assert all(len(line) <= 42 for c in captions for line in c.lines)


def test_a_hasty_sentence_joins_the_one_before_it_whatever_came_first() -> None:
    begun = spoken(LONG)
    at = begun[-1].end + 2.0
    hasty = [Word(at, at + 0.3, "Yes."), Word(at + 0.35, at + 0.6, "No."), Word(at + 3.0, at + 3.4, "Well.")]
    assert [caption.lines for caption in caption_cues([*begun, *hasty])][-2:] == [("Yes. No.",), ("Well.",)]


def test_slow_speech_is_cut_before_seven_seconds() -> None:
    captions = caption_cues(spoken(LONG, each=1.1))
    assert all(c.end - c.start <= 7.0 for c in captions)


def test_a_word_is_shown_as_long_as_it_is_spoken() -> None:
    (alone,) = caption_cues([Word(0, 12, "Aaaaah")])
    assert alone.end == 12


def _piece(text: str) -> Any:
    return SimpleNamespace(text=text)


def test_lines_end_rather_after_a_sentence_than_within_one_and_never_after_a_word_that_leans() -> None:
    following: Any = SimpleNamespace(inside=False)
    kinds = (("end.", "end!»", "да?", "好。"), ("so;", "so:", "так —"), ("so,", "так,”"), ("so", "так"), ("the", "на"))
    ends = [[_break_value([_piece(text), following], 1) for text in texts] for texts in kinds]
    for better, worse in pairwise(ends):
        assert min(better) > max(worse) + 0.15
    inside: Any = SimpleNamespace(inside=True)
    assert _break_value([_piece("end."), inside], 1) < min(ends[-2])
