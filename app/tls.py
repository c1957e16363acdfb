"""A certificate for this machine, made on first start, so that a laptop can serve https."""

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_YEARS = 5
LEAF_DAYS = 397
"""Browsers refuse longer ones (CA/Browser Forum Baseline Requirements 6.3.2)."""
RENEW_DAYS = 30


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files a web server wants, and the root a browser may be told to trust."""

    chain: Path
    key: Path
    root: Path


def certificate(folder: Path, today: datetime | None = None) -> Certificate:
    """Return this machine's certificate, made or renewed when it is missing or nearly over."""
    now = today or datetime.now(UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = Certificate(folder / "server.pem", folder / "server.key", folder / "root.pem")
    if not _lasts(found.root, now):
        _make_root(folder, now)
        found.chain.unlink(missing_ok=True)
    if not _lasts(found.chain, now):
        _make_leaf(folder, now)
    return found


def _lasts(path: Path, now: datetime) -> bool:
    if not path.exists():
        return False
    held = x509.load_pem_x509_certificate(path.read_bytes())
    return held.not_valid_after_utc > now + timedelta(days=RENEW_DAYS)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _make_root(folder: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"BIG Live Portal on {socket.gethostname()}"[:64])
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    root = (
        _unsigned(name, name, key.public_key(), now, timedelta(days=365 * ROOT_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _keep(folder / "root.key", _pem(key))
    _keep(folder / "root.pem", root.public_bytes(Encoding.PEM))


def _make_leaf(folder: Path, now: datetime) -> None:
    root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
    root_key = load_pem_private_key((folder / "root.key").read_bytes(), None)
    if not isinstance(root_key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / 'root.key'} is not a key this product made.")
    key = ec.generate_private_key(ec.SECP256R1())
    hosts = dict.fromkeys(["localhost", socket.gethostname()])
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts if host.isascii()]
    names += [x509.IPAddress(ipaddress.ip_address(number)) for number in ("127.0.0.1", "::1")]
    leaf = (
        _unsigned(
            _name("localhost"), root.subject, key.public_key(), now, timedelta(days=LEAF_DAYS)
        )
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        .sign(root_key, hashes.SHA256())
    )
    _keep(folder / "server.key", _pem(key))
    _keep(folder / "server.pem", leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM))


def _unsigned(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(hours=1),
        not_valid_after=now + life,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _keep(path: Path, content: bytes) -> None:
    half = path.with_suffix(f"{path.suffix}.half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
    half.replace(path)
