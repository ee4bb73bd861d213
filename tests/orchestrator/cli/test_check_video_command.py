"""A timeline given to ``check-video`` that is none is refused before anything is measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from avatar.core.errors import OptionError
from orchestrator.cli.commands.check_video import _sidecar

_GOOD = [0.0, 0.1, "a"]


@pytest.mark.parametrize(
    "content", [[1], "words", {"phonemes": "a"}, {"phonemes": [_GOOD, [0.1, 0.2]]}, {"phonemes": [_GOOD, "abc"]}]
)
def test_one_wrong_phoneme_among_good_ones_is_enough(tmp_path: Path, content: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    with pytest.raises(OptionError, match=r"a\.json is no sidecar: its phonemes must be"):
        _sidecar(path, required=True)


def test_a_sidecar_is_read_and_may_be_missing_where_nobody_named_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert _sidecar(path, required=False) == {}
    with pytest.raises(OptionError, match="Cannot read the timeline"):
        _sidecar(path, required=True)
    path.write_text(json.dumps({"phonemes": [_GOOD, _GOOD], "fps": 25}))
    assert _sidecar(path, required=True) == {"phonemes": [_GOOD, _GOOD], "fps": 25}
    path.write_text("{")
    with pytest.raises(OptionError, match="it is not JSON"):
        _sidecar(path, required=False)
