"""The certificate that videos are signed with: the operator's, or one that the installation makes for itself.

The installation's own lies in ``signing.pem`` of the data folder, which only its owner can read: the key, the
certificate, and the root that issued it. The key of that root is forgotten as soon as it has signed, so nobody can
issue another. Nobody vouches for it: it shows that a file is unchanged, and not who made it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from avatar.core.errors import OptionError, OutputError
from orchestrator.private import secret_file
from orchestrator.provenance.signing import PURPOSES, Signing

__all__ = ["OWN_FILE", "SELF_MADE", "Signer", "signer_of"]

SELF_MADE = "Govorun, certificate made by the installation itself"
"""The organisation that such a certificate names."""
OWN_FILE = "signing.pem"
_YEARS = 20
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_LEAST_RSA = 2048


@dataclass(frozen=True)
class Signer:
    """``chain`` and ``key``: PEM, the certificate first and no root. ``algorithm``: as C2PA names it. ``name``: whose
    the certificate is. ``root``: PEM of the root that issued it, empty where the file has none."""

    chain: bytes
    key: bytes
    algorithm: str
    name: str
    until: datetime
    self_made: bool
    root: bytes
    timestamps: str = ""


def signer_of(signing: Signing) -> Signer:
    """The certificate and its key, the installation's own made at first use.

    OptionError where the operator's cannot sign, OutputError where the own one cannot be kept or read.
    """
    if signing.certificate is None and signing.key is None:
        return _own(signing)
    if signing.certificate is None or signing.key is None:
        raise OptionError("A certificate signs with its key: set both GOVORUN_C2PA_CERTIFICATE and GOVORUN_C2PA_KEY.")
    chain, key = _read(signing.certificate, "CERTIFICATE"), _read(signing.key, "KEY")
    try:
        return _checked(chain, key, False, signing.timestamps)
    except ValueError as error:
        raise OptionError(f"GOVORUN_C2PA_CERTIFICATE cannot sign: {error}.") from error


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OptionError(f"GOVORUN_C2PA_{what} names {path}, which cannot be read ({error.strerror}).") from error


def _own(signing: Signing) -> Signer:
    path = signing.folder / OWN_FILE
    try:
        text = path.read_text("ascii") if path.exists() else secret_file(path, _made())
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise OutputError(f"The certificate of the installation cannot be kept in its data folder ({why}).") from error
    key, mark, chain = text.partition("-----BEGIN CERTIFICATE-----")
    try:
        return _checked((mark + chain).encode(), key.encode(), True, signing.timestamps)
    except ValueError as error:
        advice = f"delete {OWN_FILE} of its data folder, and another is made"
        raise OutputError(f"The certificate of the installation cannot sign ({error}): {advice}.") from error


def _checked(chain: bytes, key: bytes, self_made: bool, timestamps: str) -> Signer:
    """ValueError says why the two cannot sign."""
    try:
        certificates = x509.load_pem_x509_certificates(chain)
        private = serialization.load_pem_private_key(key, None)
    except TypeError as error:
        raise ValueError("its key asks for a password; save it without one") from error
    except ValueError as error:
        raise ValueError("certificate or key are no PEM files") from error
    leaf = certificates[0]
    if private.public_key() != leaf.public_key():
        raise ValueError("the key belongs to another certificate")
    if leaf.not_valid_after_utc < datetime.now(UTC):
        raise ValueError(f"it ran out on {leaf.not_valid_after_utc:%Y-%m-%d}")
    _check_purpose(leaf)
    return Signer(
        chain=b"".join(_pem(each) for each in certificates if not _is_root(each)),
        key=private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        algorithm=_algorithm(private),
        name=_name(leaf),
        until=leaf.not_valid_after_utc,
        self_made=self_made,
        root=_pem(certificates[-1]) if _is_root(certificates[-1]) else b"",
        timestamps=timestamps,
    )


def _check_purpose(leaf: x509.Certificate) -> None:
    try:
        purposes = set(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        purposes = set()
    if not {purpose.dotted_string for purpose in purposes} & set(PURPOSES):
        raise ValueError("it is not for signing documents, e-mail or C2PA claims (extended key usage)")
    if _is_root(leaf):
        raise ValueError("it is signed by itself; C2PA wants one that an authority issued, and its chain in the file")


def _is_root(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _algorithm(key: object) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _LEAST_RSA:
        return "ps256"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    raise ValueError("its key must be EC (P-256, P-384, P-521), Ed25519, or RSA of at least 2048 bits")


def _name(leaf: x509.Certificate) -> str:
    """Whose certificate it is, in words: the common name, else the organisation."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in leaf.subject.get_attributes_for_oid(kind):
            return str(attribute.value)
    return leaf.subject.rfc4514_string()


def _made() -> str:
    """A new key with its certificate and the root that issued it, PEM; nothing in it says whose machine this is."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    number = secrets.token_hex(4)
    root_name, name = _named(f"Root of installation {number}"), _named(f"Govorun installation {number}")
    root = _issued(root_name, root_name, root_key.public_key(), root_key, authority=True)
    leaf = _issued(name, root_name, key.public_key(), root_key, authority=False)
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (kept + _pem(leaf) + _pem(root)).decode()


def _named(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, SELF_MADE), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


def _issued(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, by: ec.EllipticCurvePrivateKey,
    authority: bool,
) -> x509.Certificate:  # fmt: skip
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks differ
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .add_extension(_usage(authority), critical=True)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(by, hashes.SHA256())


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
