"""Text that no file and no database keeps is refused at the door, in words that can be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.api.app import create_app
from orchestrator.settings import Settings
from tests.service.doors import Door, asked


@pytest.mark.parametrize(
    ("text", "said"), [("Hello \\ud83d there", "holds half a character"), ("a\\u0000b", "holds a zero character")]
)
def test_half_a_character_is_refused(tmp_path: Path, own_connections: None, text: str, said: str) -> None:
    door = Door(create_app(Settings(data_dir=tmp_path)))
    body = f'{{"prompt": "{text}"}}'
    answer = door.ask("POST", "/v1/videos", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, asked(answer).code) == (400, "invalid_text")
    assert said in asked(answer).message
    assert "prompt" in asked(answer).message
    assert door.service.jobs.counts() == {}
