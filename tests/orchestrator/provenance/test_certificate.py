"""The certificate that signs: the operator's of every kind, or one that an installation makes once."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from avatar.core.errors import OptionError, OutputError
from orchestrator.provenance.certificate import OWN_FILE, SELF_MADE, signer_of
from orchestrator.provenance.embedding import check_certificate, check_signer
from orchestrator.provenance.signing import Signing
from orchestrator.settings import Settings
from tests.orchestrator.provenance.authorities import Authority, Key


def test_an_installation_makes_its_certificate_once(tmp_path: Path) -> None:
    first, second = (signer_of(Signing(tmp_path / "data")) for _ in range(2))
    assert first == second
    assert first.self_made
    assert first.algorithm == "es256"
    assert signer_of(Signing(tmp_path / "other")).name != first.name
    check_signer(first)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such rights")
def test_nobody_else_reads_its_key(tmp_path: Path) -> None:
    signer_of(Signing(tmp_path / "data"))
    assert stat.S_IMODE((tmp_path / "data" / OWN_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_it_says_that_it_made_itself_and_not_whose_machine_it_is(tmp_path: Path) -> None:
    signer = signer_of(Signing(tmp_path / "data"))
    kept = x509.load_pem_x509_certificates((tmp_path / "data" / OWN_FILE).read_bytes())
    for certificate, name in zip(kept, ("Govorun", "Root of"), strict=True):
        organisation, common = (str(attribute.value) for attribute in certificate.subject)
        assert organisation == SELF_MADE
        assert re.fullmatch(name + " installation [0-9a-f]{8}", common)
    assert x509.load_pem_x509_certificate(signer.root) == kept[1]
    kept[0].verify_directly_issued_by(kept[1])


def test_the_key_of_its_root_is_kept_nowhere(tmp_path: Path) -> None:
    signer_of(Signing(tmp_path / "data"))
    content = (tmp_path / "data" / OWN_FILE).read_bytes()
    assert content.count(b"PRIVATE KEY-----") == 2  # one key, its beginning and its end
    key = serialization.load_pem_private_key(content, None)
    leaf, root = x509.load_pem_x509_certificates(content)
    assert key.public_key() == leaf.public_key() != root.public_key()


def _keys() -> dict[str, Key]:
    return {
        "es256": ec.generate_private_key(ec.SECP256R1()),
        "es384": ec.generate_private_key(ec.SECP384R1()),
        "es512": ec.generate_private_key(ec.SECP521R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "ps256": rsa.generate_private_key(65537, 2048),
    }


@pytest.mark.parametrize("algorithm", ["es256", "es384", "es512", "ed25519", "ps256"])
def test_operators_keys_of_every_kind_sign(tmp_path: Path, algorithm: str) -> None:
    signing = Authority().issue(tmp_path, _keys()[algorithm])
    signer = signer_of(signing)
    assert (signer.algorithm, signer.name, signer.self_made) == (algorithm, "Anna", False)
    check_signer(signer)
    check_certificate(signing)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("purpose", ["1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1"])
def test_certificates_for_each_purpose_sign(tmp_path: Path, purpose: str) -> None:
    check_certificate(Authority().issue(tmp_path, purpose=purpose))


def test_what_cannot_sign_says_why(tmp_path: Path) -> None:
    authority = Authority()
    good = authority.issue(tmp_path / "good")
    other = authority.issue(tmp_path / "other")
    text = tmp_path / "text.pem"
    text.write_text("hello")
    root = tmp_path / "root.pem"
    root.write_bytes(authority.root)
    small = rsa.generate_private_key(65537, 1024)
    cases = {
        "set both": Signing(tmp_path, good.certificate),
        "both GOVORUN_C2PA_CERTIFICATE and": Signing(tmp_path, None, good.key),
        "another certificate": Signing(tmp_path, good.certificate, other.key),
        "no PEM": Signing(tmp_path, text, good.key),
        "KEY names .*gone.* cannot be read": Signing(tmp_path, good.certificate, tmp_path / "gone"),
        "CERTIFICATE names": Signing(tmp_path, tmp_path, good.key),
        "ran out on": authority.issue(tmp_path / "old", days=-1),
        "extended key usage": authority.issue(tmp_path / "web", purpose="1.3.6.1.5.5.7.3.1"),
        "key usage": authority.issue(tmp_path / "none", purpose=""),
        "2048 bits": authority.issue(tmp_path / "small", small),
        "password": authority.issue(tmp_path / "closed", password=b"secret"),
    }
    for said, signing in cases.items():
        with pytest.raises(OptionError, match=said):
            check_certificate(signing)


def test_a_certificate_that_signed_itself_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signing = Authority("Anna", key).issue(tmp_path, key)
    with pytest.raises(OptionError, match="signed by itself"):
        signer_of(signing)


def test_a_damaged_own_certificate_says_what_to_delete(tmp_path: Path) -> None:
    signer_of(Signing(tmp_path))
    (tmp_path / OWN_FILE).write_text("x")
    with pytest.raises(OutputError, match=f"delete {OWN_FILE}"):
        signer_of(Signing(tmp_path))


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be kept"):
        signer_of(Signing(tmp_path / "file"))


def test_settings_name_the_certificate(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, c2pa_certificate=tmp_path / "a", c2pa_key=tmp_path / "b", c2pa_timestamps="http://t.example"
    )
    assert Signing.of(settings) == Signing(tmp_path, tmp_path / "a", tmp_path / "b", "http://t.example")
    assert Signing.of(Settings(data_dir=tmp_path)) == Signing(tmp_path)
