"""What a server's refusal means: each answer with its reason, and which answers may pass."""

from __future__ import annotations

import urllib.error
from email.message import Message

import pytest

from avatar.core.errors import MissingEngine
from avatar.core.web import BeyondEndError, CutError, network


def refused(code: int) -> None:
    with network("http://models.example/a.bin"):
        raise urllib.error.HTTPError("http://models.example/a.bin", code, "Said", Message(), None)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (302, "it leads to an address that is not followed"),
        (401, "it asks for a login"),
        (403, "it refuses this machine"),
        (404, "the file is not there"),
        (410, "the file is not there any more"),
        (400, "it is not served"),
        (418, "it is not served"),
    ],
)
def test_a_refusal_that_stays_says_why(code: int, why: str) -> None:
    with pytest.raises(MissingEngine, match=f"answered {code} Said: {why}\\. Set GOVORUN_MODELS_URL"):
        refused(code)


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_a_refusal_that_may_pass_is_tried_again(code: int) -> None:
    with pytest.raises(CutError, match=f"the server answered {code}"):
        refused(code)


def test_a_range_beyond_the_end_is_told_apart() -> None:
    with pytest.raises(BeyondEndError, match="shorter"):
        refused(416)
