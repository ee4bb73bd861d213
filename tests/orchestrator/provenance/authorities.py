"""Certificates for tests: an authority, and what it issues."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from orchestrator.provenance.signing import Signing

__all__ = ["DOCUMENTS", "Authority", "Key"]

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
DOCUMENTS = "1.3.6.1.5.5.7.3.36"


@dataclass
class Authority:
    """Issues certificates of an organisation "Example"."""

    name: str = "Example authority"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def root(self) -> bytes:
        """Its own certificate, PEM."""
        return self._certificate(self.name, self.key, "", 3650, True)

    def issue(
        self, folder: Path, key: Key | None = None, purpose: str = DOCUMENTS, days: float = 30, password: bytes = b""
    ) -> Signing:
        """Files of a certificate with its chain, and of its key."""
        folder.mkdir(exist_ok=True)
        key = key or ec.generate_private_key(ec.SECP256R1())
        signing = Signing(folder / "data", folder / "chain.pem", folder / "key.pem")
        (folder / "chain.pem").write_bytes(self._certificate("Anna", key, purpose, days, False) + self.root)
        closed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        (folder / "key.pem").write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, closed)
        )
        return signing

    def _certificate(self, name: str, key: Key, purpose: str, days: float, authority: bool) -> bytes:
        now = datetime.now(UTC)
        usage = x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)
        builder = (
            x509.CertificateBuilder(_named(self.name), _named(name), key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=100))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(authority, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
            .add_extension(usage, True)
        )
        if purpose:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ObjectIdentifier(purpose)]), False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
