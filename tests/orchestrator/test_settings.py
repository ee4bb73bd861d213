"""Settings come from the environment, and a wrong one is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from avatar.core.errors import OptionError
from orchestrator.cores import available_cores
from orchestrator.settings import load_settings


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No GOVORUN_ key but those that the test sets."""
    for key in [key for key in os.environ if key.startswith("GOVORUN_")]:
        monkeypatch.delenv(key)
    return monkeypatch


def test_defaults_need_no_environment(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    assert settings.worker_count() == available_cores()
    assert settings.device == "auto"
    assert settings.cache.name == "govorun"


def test_values_are_read(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GOVORUN_CACHE", "/somewhere")
    environment.setenv("GOVORUN_WORKERS", "3")
    settings = load_settings()
    assert settings.cache == Path("/somewhere")
    assert settings.portraits == Path("/somewhere/portraits")
    assert settings.worker_count() == 3


def test_an_unknown_key_names_the_near_one(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GOVORUN_WORKER", "3")
    with pytest.raises(OptionError, match="GOVORUN_WORKER: did you mean GOVORUN_WORKERS"):
        load_settings()


def test_an_unknown_key_without_a_neighbour_lists_all(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GOVORUN_XYZZY_QQ", "3")
    with pytest.raises(OptionError, match="GOVORUN_CACHE, "):
        load_settings()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("GOVORUN_WORKERS", "many"),
        ("GOVORUN_WORKERS", "-1"),
        ("GOVORUN_LOG_LEVEL", "loud"),
        ("GOVORUN_CACHE_LIMIT_MB", "1"),
    ],
)
def test_a_wrong_value_names_the_key(environment: pytest.MonkeyPatch, key: str, value: str) -> None:
    environment.setenv(key, value)
    with pytest.raises(OptionError, match=f"{key}='{value}' is not valid"):
        load_settings()
