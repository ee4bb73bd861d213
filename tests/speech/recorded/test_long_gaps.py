"""Words of a transcript against what was heard, where many are compared at once."""

from __future__ import annotations

from speech.recorded.anchored import _differ

_SAID = "the dog lies by the door and waits for his master while days are short in winter and we drink tea at home " * 3


def test_a_long_stretch_that_was_heard_nearly_so_is_no_other() -> None:
    """Letters that come often are no noise: all of them do in three hundred."""
    heard = _SAID.replace("door", "floor").replace("winter", "vinter")
    assert len(_SAID) > 300
    assert not _differ(_SAID, heard)


def test_a_long_stretch_of_other_words_is_another() -> None:
    assert _differ(_SAID, "много лет назад здесь был большой красивый сад " * 7)
    assert not _differ(_SAID, _SAID + " 7"), "digits are read in many ways"
