"""API keys: made once, shown once, kept as a hash.

A key is 256 random bits, so a plain SHA-256 keeps it: there is nothing to guess and nothing to slow down.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row

from avatar.core.errors import OptionError
from orchestrator.jobs.database import KEYS, READING, SIGNED_OUT
from orchestrator.jobs.sealing import Seal
from orchestrator.private import secret_file

__all__ = ["Key", "Keys", "Limits", "local_webhook_secret", "new_webhook_secret"]

_PREFIX = "gvr_"
_MOST_NAME, _MOST_SECRET = 128, 200
_USE_IS_NOTED_EVERY = 60.0


@dataclass(frozen=True)
class Limits:
    """What a key may do; None: as the settings say. ``priority``: of its jobs, higher is sooner."""

    priority: int = 0
    open_jobs: int | None = None
    requests_per_minute: int | None = None


@dataclass(frozen=True)
class Key:
    """A key without its secret. ``hash``: SHA-256 of the secret, hexadecimal. ``webhook_secret``: as it is kept, see
    :meth:`Keys.webhook_secret`. Times are unix seconds."""

    id: str
    name: str
    hash: str
    webhook_secret: str
    webhook_url: str
    priority: int
    open_jobs: int | None
    requests_per_minute: int | None
    created_at: float
    used_at: float | None
    revoked_at: float | None


class Keys:
    """The table of keys; safe to use from many processes. ``seal``: how webhook secrets are kept."""

    def __init__(self, engine: Engine, seal: Seal | None = None) -> None:
        self._engine = engine
        self._seal = seal or Seal(None)

    def create(self, name: str, webhook_url: str = "", limits: Limits | None = None) -> tuple[Key, str]:
        """A new key and its secret, which is not kept; OptionError for a name or a limit that cannot be."""
        limits = limits or Limits()
        _check(name, limits)
        secret = _PREFIX + secrets.token_urlsafe(32)
        key = Key(
            id=f"key_{secrets.token_hex(8)}",
            name=name.strip(),
            hash=_hashed(secret),
            webhook_secret=new_webhook_secret(),
            webhook_url=webhook_url,
            created_at=time.time(),
            used_at=None,
            revoked_at=None,
            **vars(limits),
        )
        with self._engine.begin() as connection:
            kept = {**vars(key), "webhook_secret": self._seal.close(key.webhook_secret)}
            connection.execute(insert(KEYS).values(**kept))
        return key, secret

    def find(self, secret: str) -> Key | None:
        """The key of ``secret``, None where there is none or it was revoked."""
        if not secret.startswith(_PREFIX) or len(secret) > _MOST_SECRET:
            return None
        digest = _hashed(secret)
        key = self._one(KEYS.c.hash == digest)
        return key if key is not None and hmac.compare_digest(key.hash, digest) else None

    def get(self, key_id: str) -> Key | None:
        """The key ``key_id``, None where there is none or it was revoked."""
        return self._one(KEYS.c.id == key_id)

    def exist(self) -> bool:
        """Whether a key was ever made: from then on, nobody enters without one."""
        with self._reading() as connection:
            return bool(connection.execute(select(func.count()).select_from(KEYS)).scalar_one())

    def all(self) -> Sequence[Key]:
        """Every key, revoked ones too, the oldest first."""
        with self._reading() as connection:
            return [self._key(row) for row in connection.execute(select(KEYS).order_by(KEYS.c.created_at))]

    def seal_old(self) -> int:
        """Encrypt webhook secrets of earlier versions; returns how many there were."""
        if not self._seal.closes:
            return 0
        with self._reading() as connection:
            kept = connection.execute(select(KEYS.c.id, KEYS.c.webhook_secret)).all()
        plain = [(key, secret) for key, secret in kept if Seal.is_open(secret)]
        for key, secret in plain:
            mine = (KEYS.c.id == key, KEYS.c.webhook_secret == secret)
            with self._engine.begin() as connection:
                connection.execute(update(KEYS).where(*mine).values(webhook_secret=self._seal.close(secret)))
        return len(plain)

    def webhook_secret(self, key: Key) -> str:
        """What webhooks of ``key`` are signed with; OptionError where it was encrypted with another key."""
        return self._seal.open(key.webhook_secret)

    def revoke(self, key_id: str) -> bool:
        """The key opens nothing any more. False where there is none, or it was revoked."""
        mine = (KEYS.c.id == key_id, KEYS.c.revoked_at.is_(None))
        with self._engine.begin() as connection:
            return connection.execute(update(KEYS).where(*mine).values(revoked_at=time.time())).rowcount == 1

    def end_session(self, session: str, until: float) -> None:
        """The session opens nothing any more; that has to be known until it would have ended by itself."""
        insert_or_leave = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        row = insert_or_leave(SIGNED_OUT).values(session=_hashed(session), until=until).on_conflict_do_nothing()
        with self._engine.begin() as connection:
            connection.execute(delete(SIGNED_OUT).where(SIGNED_OUT.c.until < time.time()))
            connection.execute(row)

    def has_ended(self, session: str) -> bool:
        """Whether whoever had the session signed out."""
        with self._reading() as connection:
            query = select(func.count()).where(SIGNED_OUT.c.session == _hashed(session))
            return bool(connection.execute(query).scalar_one())

    def note_use(self, key: Key) -> None:
        """The key was used just now; written down at most once a minute."""
        now = time.time()
        if now - (key.used_at or 0.0) > _USE_IS_NOTED_EVERY:
            with self._engine.begin() as connection:
                connection.execute(update(KEYS).where(KEYS.c.id == key.id).values(used_at=now))

    def _one(self, condition: object) -> Key | None:
        query = select(KEYS).where(condition, KEYS.c.revoked_at.is_(None))  # type: ignore[arg-type]
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        return self._key(row) if row is not None else None

    @staticmethod
    def _key(row: Row) -> Key:
        return Key(**row._mapping)

    def _reading(self):  # type: ignore[no-untyped-def]
        return self._engine.connect().execution_options(**READING)


def new_webhook_secret() -> str:
    """A secret as Standard Webhooks write it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def local_webhook_secret(data_dir: Path) -> str:
    """What webhooks of jobs without a key are signed with; made when it is first asked for."""
    return secret_file(data_dir / "webhook.secret", new_webhook_secret())


def _check(name: str, limits: Limits) -> None:
    if not 0 < len(name.strip()) <= _MOST_NAME or not name.isprintable():
        raise OptionError(f"The name of a key has 1 to {_MOST_NAME} letters that can be printed.")
    if not -100 <= limits.priority <= 100:
        raise OptionError(f"A priority of {limits.priority} is out of range: choose -100 to 100.")
    for what, value in (("open jobs", limits.open_jobs), ("requests a minute", limits.requests_per_minute)):
        if value is not None and not 1 <= value <= 1_000_000:
            raise OptionError(f"{value} {what} are out of range: choose 1 to 1000000.")


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
