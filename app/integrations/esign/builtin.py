"""Our own seal: PAdES over the finished PDF (ETSI EN 319 142-1), by pyHanko.

It is a certification signature that allows no change: a reader shows the paper as unchanged since
sealing, and names the sealer where it trusts the certificate.
"""

from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from asn1crypto.cms import ContentInfo
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError

from app.integrations.errors import Permanent

FIELD: Final = "Seal"
SPREAD: Final = 16
"""Hexadecimal digits by which two signatures over one file may differ in length."""


class BuiltInSealer:
    """Seals with a PKCS #12 file: the organisation's own, or the house's."""

    def __init__(self, p12: Path, password: str = "") -> None:
        self.p12 = p12
        self.password = password

    @cached_property
    def signer(self) -> Any:
        """Return the key with its certificates, read once."""
        loaded = SimpleSigner.load_pkcs12(  # type: ignore[no-untyped-call]
            str(self.p12), passphrase=self.password.encode() or None
        )
        if loaded is None:
            raise Permanent(f"{self.p12.name} cannot be opened: check it and its password.")
        # Readers trust a root they have, never one a file brings; a copy in it no seal would cover.
        loaded.embed_roots = False
        return loaded

    def seal(self, content: bytes, *, reason: str, name: str) -> bytes:
        """Return the PDF with one signature over all of it."""
        meta = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            reason=reason,
            name=name,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            subfilter=SigSeedSubFilter.PADES,
        )
        # First to learn how long the signature is, then with just that room for it: unused room is
        # the only part of a file that a signature does not cover. Lengths differ by a byte or two.
        least = _digits(self._sign(content, meta, room=None))
        for room in range(least, least + SPREAD, 2):
            try:
                return self._sign(content, meta, room=room)
            except SigningError:
                continue
        raise Permanent("The seal does not fit: its signatures differ too much in length.")

    def _sign(self, content: bytes, meta: PdfSignatureMetadata, *, room: int | None) -> bytes:
        sealed = BytesIO()
        PdfSigner(meta, self.signer, new_field_spec=SigFieldSpec(FIELD)).sign_pdf(
            IncrementalPdfFileWriter(BytesIO(content)), output=sealed, bytes_reserved=room
        )
        return sealed.getvalue()


def _digits(sealed: bytes) -> int:
    """Return how many hexadecimal digits the signature in a sealed file has, less a few."""
    found = PdfFileReader(BytesIO(sealed)).embedded_signatures[0]
    return 2 * len(ContentInfo.load(found.pkcs7_content, strict=False).dump()) - SPREAD // 2
