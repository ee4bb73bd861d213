"""Pasted English and Russian is said as the lists in readings/ have it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from speech import parse
from speech.text.lexicon import Lexicon
from speech.text.planning import plan

READINGS = Path(__file__).parent / "readings"
_NO_WORD = re.compile(r"[^\w' ]+")


def rows(language: str) -> list[tuple[str, str]]:
    lines = (READINGS / f"{language}.tsv").read_text("utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(written, said) for written, said in pairs]


def words(said: str) -> str:
    return " ".join(_NO_WORD.sub(" ", said.lower()).split())


def spoken(text: str, language: str) -> str:
    return words(" ".join(utterance.spoken for utterance in plan(parse(text), language, Lexicon())))


@pytest.mark.parametrize(("written", "said"), rows("english"))
def test_english_is_said_as_listed(written: str, said: str) -> None:
    assert spoken(written, "en") == words(said)


@pytest.mark.parametrize(("written", "said"), rows("russian"))
def test_russian_is_said_as_listed(written: str, said: str) -> None:
    assert spoken(written, "ru") == words(said)
