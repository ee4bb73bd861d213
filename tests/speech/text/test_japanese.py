"""Kanji are read where their reading is installed, else refused: never "Chinese letter"."""

from __future__ import annotations

import sys

import pytest

from avatar.core.errors import VoiceError
from speech import parse
from speech.espeak.library import mnemonics
from speech.text import japanese
from speech.text.lexicon import Lexicon
from speech.text.planning import plan


def spoken(text: str, language: str | None = "ja") -> str:
    return " ".join(utterance.spoken for utterance in plan(parse(text), language, Lexicon()))


@pytest.mark.parametrize(
    ("written", "kana"),
    [
        ("日本語を話します。", "ニホンゴヲハナシマス."),
        ("東京へ行きます。", "トーキョーエイキマス."),
        ("私は学生です。", "ワタシワガクセーデス."),
        ("500円です。", "ゴヒャクエンデス."),
        ("3時30分に会います。", "サンジサンジュップンニアイマス."),
        ("こんにちは。", "コンニチワ."),
    ],
)
def test_kanji_and_figures_become_kana(written: str, kana: str) -> None:
    pytest.importorskip("haqumei")
    assert spoken(written) == kana


def test_a_sentence_of_kanji_in_a_japanese_text_is_japanese() -> None:
    pytest.importorskip("haqumei")
    assert [u.language for u in plan(parse("これは本です。東京大学。"), None, Lexicon())] == ["ja", "ja"]


def test_espeak_says_the_kana() -> None:
    (phones,) = mnemonics(["トーキョーエイキマス"], "jpx/ja")
    assert "t,o:k_jo:" in phones
    assert "(en)" not in phones


def test_kanji_without_a_reading_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "haqumei", None)
    japanese._reader.cache_clear()
    try:
        with pytest.raises(VoiceError, match=r"govorun\[japanese\]"):
            spoken("東京へ行きます。")
        assert spoken("とうきょう。") == "とうきょう."
    finally:
        japanese._reader.cache_clear()


@pytest.mark.parametrize("text", ["你好，世界。", "银行行长"])
def test_chinese_needs_no_reading(text: str) -> None:
    assert spoken(text, None).strip(".")
    assert next(u.language for u in plan(parse(text), None, Lexicon())) == "zh"
