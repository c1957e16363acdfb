"""The certificate a house seals with until it installs its own: made on first start, kept in ``var``."""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

from app.db.clock import now

ROOT_LIFE: Final = timedelta(days=365 * 20)
SEAL_LIFE: Final = timedelta(days=365 * 10)


def seal_of_the_house(folder: Path) -> Path:
    """Return the PKCS #12 file (RFC 7292) of this installation, made if there is none yet.

    Only the account the product runs as may read it. Its root certificate lies beside it as ``root.pem``: whoever trusts it sees who sealed.
    """
    kept = folder / "seal.p12"
    if not kept.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(folder, kept)
    return kept


def _make(folder: Path, kept: Path) -> None:
    root_key, seal_key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    root = _certificate("BIG Live Portal root", root_key, root_key, None)
    seal = _certificate("BIG Live Portal seal", seal_key, root_key, root)
    bundle = serialize_key_and_certificates(b"seal", seal_key, seal, [root], NoEncryption())
    half = folder / f".{secrets.token_hex(8)}"
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(bundle)
    try:
        # Two workers may start at once: the first file stays, the second is thrown away.
        os.link(half, kept)
        (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    except FileExistsError:
        return
    finally:
        half.unlink()


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signing_key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = now()
    is_root = issuer is None
    usage = dict.fromkeys(_USES, False)
    usage.update({"key_cert_sign": is_root, "crl_sign": is_root})
    usage.update({"digital_signature": not is_root, "content_commitment": not is_root})
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(minutes=5))
        .not_valid_after(at + (ROOT_LIFE if is_root else SEAL_LIFE))
        .add_extension(
            x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True
        )
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()),
            critical=False,
        )
        .sign(signing_key, SHA256())
    )


_USES: Final = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
