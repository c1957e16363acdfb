"""The PDF of a contract: tagged, repeatable, with every letter of every name."""

from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pypdf
import pytest

from app.domain.errors import Refused
from app.services.contracts.merge import CLOSE, OPEN
from app.services.contracts.paper import Attachment, Paper, pdf, sealed_pdf

NAMES = "Łucja Wiśniewska, Þórdís Jónsdóttir, Nguyễn Minh Anh, İrem Yıldız, Ștefănescu, Tāmihana"


def paper(markdown: str = "# Agreement\n\nWith **you**.") -> Paper:
    return Paper(
        title='An "odd" title \\ #here',
        number="C-2027-0018",
        version=2,
        company="BIG Live Ltd",
        markdown=markdown,
        dated=datetime(2026, 11, 23, tzinfo=UTC),
    )


def words(content: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages)


def test_names_keep_their_marks() -> None:
    assert NAMES in words(pdf(paper(NAMES))).replace("\n", " ")


def test_the_same_text_makes_the_same_bytes() -> None:
    assert pdf(paper()) == pdf(paper())


def test_is_tagged_and_says_what_it_is() -> None:
    with pikepdf.open(BytesIO(pdf(paper()))) as made:
        meta = made.open_metadata()

        assert bool(made.Root.MarkInfo.Marked)
        assert str(made.Root.Lang) == "en-AU"
        assert meta["dc:title"] == 'An "odd" title \\ #here'
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
        assert meta["pdfuaid:part"] == "1"


def test_everything_markdown_has_is_set() -> None:
    text = (
        "# H\n\npara *em* **strong** `code` [link](https://example.com)  \nnext\n\n- a\n  - b\n\n"
        "3. c\n4. d\n\n> quote\n\n---\n\n| a | b |\n|---|---:|\n| 1 | 2 |\n\n```\nraw\n```\n"
    )

    shown = words(pdf(paper(text)))

    assert all(word in shown for word in ("para", "em", "strong", "code", "quote", "3.", "raw"))


@pytest.mark.parametrize(
    "code", ["#panic()", '#read("/etc/passwd")', '"; #panic()', "$x$ @ref <a>"]
)
def test_words_are_never_code(code: str) -> None:
    assert code.replace('"', "") in words(pdf(paper(code))).replace("”", "").replace(
        "“", ""
    ).replace('"', "")


def test_a_missing_field_is_set_in_words() -> None:
    assert "artist legal name" in words(pdf(paper(f"Dear {OPEN}artist.legal_name{CLOSE}")))


def test_an_unseen_mark_that_was_pasted_along_is_left_out() -> None:
    assert "Myrtha" in words(pdf(paper("\ufeffMyr\ufeffth\ufffea")))


def test_a_letter_without_a_typeface_is_refused_in_words() -> None:
    with pytest.raises(Refused, match="no typeface for"):
        pdf(paper("\U0010fffd"))


def test_a_sealed_paper_carries_its_evidence_and_attachments() -> None:
    riding = [Attachment("signed.pdf", b"\x00\xff%PDF", "application/pdf", "Signed", "source")]

    made = sealed_pdf(paper(), "# Certificate of signing\n\nfact", riding)

    with pikepdf.open(BytesIO(made)) as opened:
        assert opened.attachments["signed.pdf"].get_file().read_bytes() == b"\x00\xff%PDF"
    assert "Certificate of signing" in words(made)
