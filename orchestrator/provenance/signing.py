"""How videos are signed here; light, every door may load it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.settings import Settings

__all__ = ["PURPOSES", "Signing"]

PURPOSES = (
    "1.3.6.1.5.5.7.3.4",  # e-mail
    "1.3.6.1.5.5.7.3.36",  # documents
    "1.3.6.1.4.1.62558.2.1",  # claims of C2PA
    "1.3.6.1.4.1.311.76.59.1.9",  # the same, as Microsoft says it
)
"""What a certificate has to be for, to sign a manifest: one of these extended key usages, which C2PA lists."""


@dataclass(frozen=True)
class Signing:
    """Where the certificate is: PEM files of the operator's, or else the ``folder`` where the installation keeps its
    own. ``timestamps``: a timestamp authority to ask, "" for none."""

    folder: Path
    certificate: Path | None = None
    key: Path | None = None
    timestamps: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Signing:
        """As the settings say."""
        return cls(settings.data_dir, settings.c2pa_certificate, settings.c2pa_key, settings.c2pa_timestamps)
