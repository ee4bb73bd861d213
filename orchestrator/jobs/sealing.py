"""Secrets that have to be read again, encrypted where the database keeps them.

The key is ``GOVORUN_SECRET_KEY``, or a file of the data folder that only its owner can read. Machines that share a
database share no folder: there the setting is needed, and without it secrets stay as they are.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken

from avatar.core.errors import OptionError
from orchestrator.private import secret_file
from orchestrator.settings import Settings

__all__ = ["Seal", "seal_of"]

_LOG = logging.getLogger(__name__)
_MARK = "sealed:"


class Seal:
    """Encrypts short texts with a key that ``key`` gives when it is first needed; None leaves them as they are."""

    def __init__(self, key: Callable[[], str] | None) -> None:
        self._key = key
        self._box: Fernet | None = None

    @property
    def closes(self) -> bool:
        """Whether there is a key."""
        return self._key is not None

    def close(self, text: str) -> str:
        """``text`` as it is kept."""
        if self._key is None or not text:
            return text
        return _MARK + self._fernet().encrypt(text.encode()).decode()

    def open(self, kept: str) -> str:
        """The text of what is kept, also of what was never closed; OptionError where the key is another one."""
        if not kept.startswith(_MARK):
            return kept
        try:
            return self._fernet().decrypt(kept.removeprefix(_MARK).encode()).decode() if self._key else _lost()
        except InvalidToken:
            return _lost()

    @staticmethod
    def is_open(kept: str) -> bool:
        """Whether what is kept can be read by whoever has the database."""
        return bool(kept) and not kept.startswith(_MARK)

    def _fernet(self) -> Fernet:
        if self._box is None:
            assert self._key is not None
            digest = hashlib.sha256(self._key().encode()).digest()
            self._box = Fernet(base64.urlsafe_b64encode(digest))
        return self._box


def _lost() -> str:
    raise OptionError(
        "A webhook secret was encrypted with another key: set GOVORUN_SECRET_KEY, or restore secret.key of the data "
        "folder, as it was; or make a new key by `govorun keys create`."
    )


def seal_of(settings: Settings) -> Seal:
    """The seal of an installation."""
    own = settings.secret_key.get_secret_value()
    if own:
        return Seal(lambda: own)
    if settings.database and not settings.database.startswith("sqlite"):
        _LOG.info("GOVORUN_SECRET_KEY is not set: webhook secrets are kept in the database as they are")
        return Seal(None)
    return Seal(lambda: secret_file(settings.data_dir / "secret.key", Fernet.generate_key().decode()))
