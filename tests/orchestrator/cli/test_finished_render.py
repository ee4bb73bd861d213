"""What `govorun render` says of a finished video: a table, JSON, or nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from orchestrator.cli.commands import render
from orchestrator.video.request import request_of


@pytest.mark.parametrize(
    ("json", "quiet", "shown"),
    [(False, False, "table"), (False, True, None), (True, False, "json"), (True, True, "json")],
)
def test_the_result_is_shown_as_it_was_asked_for(
    json: bool, quiet: bool, shown: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, portrait_png: Path
) -> None:
    said: list[object] = []
    bars: list[bool] = []

    def rendered(requests: object, output: Path, silently: bool, alone: bool) -> str:
        bars.append(silently)
        return f"{output.name} {alone}"

    monkeypatch.setattr(render, "render_with_bar", rendered)
    monkeypatch.setattr(render, "_fields", lambda result: ("json", result))
    monkeypatch.setattr(render, "show_json", said.append)
    monkeypatch.setattr(render, "_present", lambda result, chosen: said.append(("table", result)))
    options = argparse.Namespace(output=tmp_path / "a.mp4", quiet=quiet, json=json)
    requests = [request_of(text="Hello.", photo=portrait_png, speech_engine="tone")]
    assert render._finish(requests, options, (), chosen=True) == 0
    assert said == ([(shown, "a.mp4 True")] if shown else [])
    assert bars == [quiet or json]
