"""Our own seal: PAdES over the finished PDF (ETSI EN 319 142-1), by pyHanko.

It is a certification signature that allows no change: a reader shows the paper as unchanged since
sealing, and names the sealer where it trusts the certificate.
"""

from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter

from app.integrations.errors import Permanent

FIELD: Final = "Seal"


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
        sealed = BytesIO()
        PdfSigner(meta, self.signer, new_field_spec=SigFieldSpec(FIELD)).sign_pdf(
            IncrementalPdfFileWriter(BytesIO(content)), output=sealed
        )
        return sealed.getvalue()
