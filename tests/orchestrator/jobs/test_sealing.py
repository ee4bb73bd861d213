"""Webhook secrets are of no use to whoever reads the database alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from avatar.core.errors import OptionError
from orchestrator.jobs.api_keys import Keys, new_webhook_secret
from orchestrator.jobs.database import KEYS
from orchestrator.jobs.sealing import seal_of
from orchestrator.settings import Settings


def settings(folder: Path, **more: str) -> Settings:
    return Settings(data_dir=folder, **more)  # type: ignore[arg-type]


def kept(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(KEYS.c.webhook_secret).order_by(KEYS.c.id)).scalars())


def test_a_new_secret_is_kept_encrypted_and_read_again(engine: Engine, tmp_path: Path) -> None:
    keys = Keys(engine, seal_of(settings(tmp_path)))
    key, _ = keys.create("one")
    (text,) = kept(engine)
    assert key.webhook_secret.startswith("whsec_")
    assert "whsec_" not in text and key.webhook_secret[6:] not in text
    later = Keys(engine, seal_of(settings(tmp_path)))
    assert later.webhook_secret(later.get(key.id)) == key.webhook_secret  # type: ignore[arg-type]
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_secrets_of_earlier_versions_are_read_and_then_encrypted(engine: Engine, tmp_path: Path) -> None:
    secret = new_webhook_secret()
    row = {"id": "key_old", "name": "old", "hash": "0", "webhook_secret": secret, "created_at": 0.0}
    with engine.begin() as connection:
        connection.execute(insert(KEYS).values(**row))
    keys = Keys(engine, seal_of(settings(tmp_path)))
    assert keys.webhook_secret(keys.all()[0]) == secret
    assert (keys.seal_old(), keys.seal_old()) == (1, 0)
    assert secret not in kept(engine)
    assert keys.webhook_secret(keys.all()[0]) == secret


def test_another_key_opens_nothing_and_says_what_helps(engine: Engine, tmp_path: Path) -> None:
    keys = Keys(engine, seal_of(settings(tmp_path, secret_key="one")))
    key, _ = keys.create("one")
    assert not (tmp_path / "secret.key").exists()
    same = Keys(engine, seal_of(settings(tmp_path / "elsewhere", secret_key="one")))
    assert same.webhook_secret(same.get(key.id)) == key.webhook_secret  # type: ignore[arg-type]
    other = Keys(engine, seal_of(settings(tmp_path, secret_key="two")))
    with pytest.raises(OptionError, match="GOVORUN_SECRET_KEY"):
        other.webhook_secret(other.get(key.id))  # type: ignore[arg-type]


def test_machines_that_share_a_database_need_the_setting(engine: Engine, tmp_path: Path) -> None:
    keys = Keys(engine, seal_of(settings(tmp_path, database="postgresql+psycopg://u@h/d")))
    key, _ = keys.create("one")
    assert kept(engine) == [key.webhook_secret]
    assert keys.seal_old() == 0


def test_the_setting_is_not_told() -> None:
    assert "hush" not in repr(Settings(secret_key="hush"))  # type: ignore[arg-type]
