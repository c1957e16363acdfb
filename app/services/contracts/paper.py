"""Make the PDF of a contract by typst: tagged, PDF/A-3a and PDF/UA-1, the same bytes every time.

ISO 19005-3 (PDF/A-3) keeps it readable for decades and lets the signed paper ride along in the
sealed one; ISO 14289-1 (PDF/UA-1) lets it be read aloud.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import typst

from app.domain.errors import Refused
from app.services.contracts.typst_markup import literal, markup, said

STANDARDS: Final = ["ua-1", "a-3a"]

FRAME: Final = """\
#set document(title: {title}, author: {company}, description: {number})
#set text(font: "Libertinus Serif", size: 10.5pt, lang: "en", region: "AU", hyphenate: false)
#set page(paper: "a4", margin: (x: 25mm, top: 24mm, bottom: 26mm), footer: context [
  #set text(size: 8pt)
  #grid(columns: (1fr, auto), {footer}, [Page #counter(page).display() of #counter(page).final().first()])
])
#set par(leading: 0.7em, spacing: 1.1em, justify: false)
#set heading(numbering: none)
#show heading: set block(above: 1.6em, below: 0.8em, sticky: true)
#show heading.where(level: 1): set text(size: 17pt)
#show heading.where(level: 2): set text(size: 12.5pt)
#set table(stroke: (x, y) => (bottom: 0.5pt), inset: (x: 4pt, y: 5pt))
#set list(spacing: 0.8em)
#set enum(spacing: 0.8em)
#let missing(name) = text(fill: rgb("#ad2f14"), weight: "bold")[⟨#name⟩]

"""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a contract's PDF is made of."""

    title: str
    number: str
    version: int
    company: str
    markdown: str
    dated: datetime
    """When the version was written: typst stamps the file with it, so that its bytes repeat."""

    @property
    def label(self) -> str:
        """Return its number as every page says it; an amendment has no versions."""
        return f"{self.number}, version {self.version}" if self.version else self.number


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that rides along in a sealed paper."""

    name: str
    content: bytes
    media_type: str
    description: str
    relationship: str


def pdf(paper: Paper) -> bytes:
    """Return the contract as PDF."""
    return _compile(_frame(paper) + markup(paper.markdown), {}, paper.dated)


def sealed_pdf(paper: Paper, evidence: str, attachments: Sequence[Attachment]) -> bytes:
    """Return the contract with its evidence pages behind it and the signed paper itself attached."""
    files = {attachment.name: attachment.content for attachment in attachments}
    riding = "".join(_attach(attachment) for attachment in attachments)
    source = f"{_frame(paper)}{riding}{markup(paper.markdown)}#pagebreak()\n{markup(evidence)}"
    return _compile(source, files, paper.dated)


def _frame(paper: Paper) -> str:
    footer = f"[{said(paper.label)}]"
    return FRAME.format(
        title=literal(paper.title),
        company=literal(paper.company),
        number=literal(paper.label),
        footer=footer,
    )


def _attach(file: Attachment) -> str:
    place = literal(f"/{file.name}")
    return (
        f"#pdf.attach({literal(file.name)}, read({place}, encoding: none), "
        f"mime-type: {literal(file.media_type)}, description: {literal(file.description)}, "
        f"relationship: {literal(file.relationship)})\n"
    )


def _compile(source: str, files: dict[str, bytes], dated: datetime) -> bytes:
    """Use the typefaces typst brings; where they lack a letter, those of the machine."""
    error = ""
    for only_own in (True, False):
        try:
            made = _typst(source, files, only_own=only_own, dated=dated)
        except typst.TypstError as failure:
            error = str(failure)
            continue
        return made
    if "could not be displayed" in error:
        letters = error.partition('"')[2].partition('"')[0]
        raise Refused(
            f"This server has no typeface for “{letters}”. Install one, or write it in Latin letters.",
            field="body",
        )
    raise Refused(f"The PDF could not be made: {error}", field="body")


def _typst(source: str, files: dict[str, bytes], *, only_own: bool, dated: datetime) -> bytes:
    # The wheel's stubs mix up the kinds of input that may stand beside each other.
    with TemporaryDirectory(prefix="paper-") as room:
        for name, content in {**files, "main.typ": source.encode()}.items():
            Path(room, name).write_bytes(content)
        compiled: bytes = cast("Any", typst).compile(
            Path(room, "main.typ"),
            root=Path(room),
            format="pdf",
            pdf_standards=STANDARDS,
            ignore_system_fonts=only_own,
            timestamp=int(dated.timestamp()),
        )
    return compiled
