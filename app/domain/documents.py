"""Files the company keeps: what they are, and whether anybody checked them."""

from enum import StrEnum, auto


class DocumentKind(StrEnum):
    """What a document is."""

    contract = auto()
    evidence = auto()
    signed_upload = auto()
    receipt = auto()
    passport = auto()
    visa = auto()
    insurance = auto()
    tax_form = auto()
    report = auto()
    workbook = auto()
    other = auto()


class ScanStatus(StrEnum):
    """What the scanner said of a file."""

    unscanned = auto()
    structure_checked = auto()
    clean = auto()
    infected = auto()
