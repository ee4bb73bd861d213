"""What the doctor says of the certificate."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from avatar.core.errors import MissingEngine
from orchestrator.cli.diagnosis import _signing
from orchestrator.provenance.certificate import signer_of
from orchestrator.provenance.signing import Signing
from orchestrator.settings import Settings
from tests.orchestrator.provenance.authorities import Authority


def test_the_doctor_makes_no_certificate(tmp_path: Path) -> None:
    found = _signing(Settings(data_dir=tmp_path / "data"))
    assert found.works and not found.needed
    assert "makes a certificate of its own with the first video" in found.detail
    assert not (tmp_path / "data").exists()


def test_it_tells_the_own_from_the_operators(tmp_path: Path) -> None:
    own = signer_of(Signing(tmp_path / "data"))
    found = _signing(Settings(data_dir=tmp_path / "data"))
    assert f"as {own.name} until {own.until:%Y-%m-%d}, made by the installation, nobody vouches" in found.detail
    op = Authority().issue(tmp_path / "op")
    found = _signing(Settings(data_dir=tmp_path / "data", c2pa_certificate=op.certificate, c2pa_key=op.key))
    assert found.works
    assert found.detail.startswith(version("c2pa-python")) and "MIT or Apache-2.0" in found.detail
    assert "as Anna until" in found.detail and "the operator's" in found.detail


def test_what_cannot_sign_is_told_with_what_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _signing(Settings(data_dir=tmp_path, c2pa_certificate=tmp_path / "gone", c2pa_key=tmp_path / "gone"))
    assert (found.works, found.needed) == (False, False)
    assert "cannot be read" in found.detail and "marked as AI-generated, but not signed" in found.detail

    def gone() -> None:
        raise MissingEngine("c2pa-python does not load on this machine: pip install c2pa-python.")

    monkeypatch.setattr("orchestrator.provenance.embedding.load_library", gone)
    found = _signing(Settings(data_dir=tmp_path))
    assert not found.works
    assert "pip install c2pa-python" in found.detail
