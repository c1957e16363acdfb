"""How a state looks: its mark, its word, its colour. One table for both surfaces.

The mark fills as the record moves on, the word says it, the colour comes last (design principle 2).
``loud`` is for states that wait for somebody. A new status enum in ``app.domain`` gets its line here;
``tests/unit/test_marks.py`` counts.
"""

from enum import StrEnum
from typing import Any, Final

from flask import Flask
from markupsafe import Markup

from app.domain.call_notices import CallNoticeState
from app.domain.company_accounts import CompanyAccountStatus
from app.domain.connections import AttentionStatus, ConnectionStatus
from app.domain.contracts import AmendmentStatus, ContractStatus, SignatureRequestStatus
from app.domain.documents import ScanStatus
from app.domain.expenses import ClaimStatus, LineStatus
from app.domain.imports import ImportStatus, RowOutcome
from app.domain.messages import DeliveryStatus
from app.domain.outbox import AttemptOutcome, MessageState, NoticeState
from app.domain.pay_runs import PayRunLineStatus, PayRunStatus
from app.domain.payables import LedgerStatus, PayableStatus
from app.domain.people import AvailabilityStatus, BankDetailStatus, EngagementStatus
from app.domain.reports import ReportStatus
from app.domain.schedules import CallStatus
from app.domain.sign_in import StaffStatus
from app.icons import icon
from app.mark import Mark
from app.mark import marked as _m
from app.provider_marks import OF_PROVIDERS

MARKS: Final[dict[type[StrEnum], dict[str, Mark]]] = {
    **OF_PROVIDERS,
    AttentionStatus: {
        "open": _m("review", "To do", "care", loud=True),
        "closed": _m("approved", "Done", "good"),
    },
    ConnectionStatus: {
        "connected": _m("approved", "Connected", "good"),
        "expired": _m("failed", "Connect again", "bad", loud=True),
        "disconnected": _m("voided", "Not connected"),
    },
    EngagementStatus: {
        "pencilled": _m("draft", "Pencilled"),
        "offered": _m("sent", "Offered", "with"),
        "confirmed": _m("approved", "Confirmed", "good"),
        "completed": _m("executed", "Completed", "good"),
        "released": _m("voided", "Released"),
        "cancelled": _m("voided", "Cancelled"),
    },
    ContractStatus: {
        "draft": _m("draft", "Draft"),
        "in_review": _m("review", "In review"),
        "ready": _m("ready", "Ready"),
        "sent": _m("sent", "Sent", "with"),
        "part_signed": _m("sent", "Part signed", "with"),
        "signed_by_artist": _m("signed", "Signed by artist", "with"),
        "executed": _m("executed", "Executed", "good"),
        "completed": _m("executed", "Completed", "good"),
        "declined": _m("declined", "Declined", "bad", loud=True),
        "expired": _m("expired", "Expired", "care", loud=True),
        "voided": _m("voided", "Voided"),
        "terminated": _m("voided", "Terminated"),
        "external": _m("queried", "Signed elsewhere", "care", loud=True),
    },
    AmendmentStatus: {
        "draft": _m("draft", "Draft"),
        "in_review": _m("review", "In review"),
        "ready": _m("ready", "Ready"),
        "sent": _m("sent", "Sent", "with"),
        "signed_by_artist": _m("signed", "Signed by artist", "with"),
        "expired": _m("expired", "Expired", "care", loud=True),
        "executed": _m("executed", "Executed", "good"),
        "declined": _m("declined", "Declined", "bad", loud=True),
        "voided": _m("voided", "Voided"),
    },
    SignatureRequestStatus: {
        "waiting": _m("ready", "Waiting to go out"),
        "sent": _m("sent", "Sent", "with"),
        "part_signed": _m("sent", "Part signed", "with"),
        "signed_by_artist": _m("signed", "Signed by artist", "with"),
        "completed": _m("executed", "Completed", "good"),
        "declined": _m("declined", "Declined", "bad", loud=True),
        "expired": _m("expired", "Expired", "care", loud=True),
        "voided": _m("voided", "Voided"),
    },
    ClaimStatus: {
        "received": _m("ready", "Received"),
        "submitted": _m("sent", "Submitted", "with"),
        "under_review": _m("review", "Under review", "with"),
        "decided": _m("approved", "Decided", "good"),
        "posting": _m("sent", "Going to the ledger", "with"),
        "post_failed": _m("failed", "Not in the ledger", "bad", loud=True),
        "posted": _m("signed", "In the ledger", "with"),
        "paid": _m("paid", "Paid", "good"),
        "closed": _m("executed", "Closed", "good"),
        "recalled": _m("voided", "Recalled"),
        "corrected": _m("voided", "Corrected"),
    },
    LineStatus: {
        "entered": _m("ready", "Entered"),
        "first_approved": _m("review", "Waits for a second approval", "care", loud=True),
        "queried": _m("queried", "Question asked", "care", loud=True),
        "answered": _m("queried", "Answered", "care", loud=True),
        "approved": _m("approved", "Approved", "good"),
        "refused": _m("declined", "Refused", "bad"),
        "duplicate": _m("voided", "Duplicate"),
    },
    PayRunStatus: {
        "draft": _m("draft", "Draft"),
        "checked": _m("ready", "Waits for approval", "care", loud=True),
        "approved": _m("approved", "Approved", "good"),
        "exported": _m("sent", "With the bank", "with"),
        "paid": _m("paid", "Paid", "good"),
        "closed": _m("executed", "Closed, part returned", "care"),
        "cancelled": _m("voided", "Cancelled"),
    },
    PayRunLineStatus: {
        "chosen": _m("ready", "To be paid"),
        "paid": _m("paid", "Paid", "good"),
        "returned": _m("declined", "Returned", "bad", loud=True),
        "dropped": _m("voided", "Not paid here"),
    },
    PayableStatus: {
        "open": _m("ready", "Open"),
        "held": _m("expired", "Held", "care", loud=True),
        "exported": _m("sent", "Exported", "with"),
        "paid": _m("paid", "Paid", "good"),
        "voided": _m("voided", "Voided"),
    },
    LedgerStatus: {
        "posting": _m("sent", "Being posted", "with"),
        "posted": _m("signed", "Posted", "with"),
        "paid": _m("paid", "Paid", "good"),
        "failed": _m("failed", "Failed", "bad", loud=True),
        "voided": _m("voided", "Voided"),
    },
    BankDetailStatus: {
        "proposed": _m("ready", "Proposed", "care", loud=True),
        "called_back": _m("sent", "Phoned back", "with"),
        "verified": _m("approved", "Verified", "good"),
        "refused": _m("declined", "Refused", "bad"),
        "lapsed": _m("expired", "Lapsed", "care"),
        "replaced": _m("voided", "Replaced"),
    },
    CompanyAccountStatus: {
        "proposed": _m("ready", "Waits for approval", "care", loud=True),
        "approved": _m("approved", "In use", "good"),
        "refused": _m("declined", "Refused", "bad"),
        "retired": _m("voided", "Retired"),
    },
    AvailabilityStatus: {
        "proposed": _m("queried", "Proposed", "care", loud=True),
        "accepted": _m("approved", "Accepted", "good"),
        "refused": _m("declined", "Refused", "bad"),
    },
    CallNoticeState: {
        "asked": _m("sent", "Not seen", "care", loud=True),
        "seen": _m("review", "Seen, not confirmed", "with"),
        "phoned": _m("approved", "Told by phone", "good"),
        "confirmed": _m("executed", "Confirmed", "good"),
    },
    CallStatus: {
        "draft": _m("draft", "Draft"),
        "published": _m("executed", "Published", "good"),
        "cancelled": _m("voided", "Cancelled"),
    },
    DeliveryStatus: {
        "queued": _m("ready", "Queued"),
        "accepted": _m("sent", "Accepted", "with"),
        "delivered": _m("executed", "Delivered", "good"),
        "deferred": _m("expired", "Delayed", "care"),
        "bounced": _m("declined", "Bounced", "bad", loud=True),
        "failed": _m("failed", "Failed", "bad", loud=True),
        "in_doubt": _m("doubt", "In doubt", "doubt", loud=True),
        "complained": _m("declined", "Called unwanted", "bad", loud=True),
    },
    MessageState: {
        "ready": _m("ready", "Ready"),
        "leased": _m("sent", "Being sent", "with"),
        "done": _m("executed", "Done", "good"),
        "dead": _m("failed", "Needs a person", "bad", loud=True),
        "in_doubt": _m("doubt", "In doubt", "doubt", loud=True),
        "cancelled": _m("voided", "Cancelled"),
    },
    AttemptOutcome: {
        "done": _m("executed", "Done", "good"),
        "retry": _m("expired", "Will be tried again", "care"),
        "refused": _m("declined", "Refused", "bad"),
        "unknown": _m("doubt", "No answer", "doubt", loud=True),
        "found": _m("approved", "Found there", "good"),
        "not_found": _m("queried", "Not found there", "care"),
        "released": _m("voided", "Released"),
    },
    NoticeState: {
        "new": _m("ready", "New"),
        "done": _m("executed", "Done", "good"),
        "refused": _m("voided", "Set aside"),
        "failed": _m("failed", "Needs a person", "bad", loud=True),
    },
    ImportStatus: {
        "uploaded": _m("draft", "Uploaded"),
        "checking": _m("review", "Being checked", "with"),
        "checked": _m("ready", "Checked"),
        "importing": _m("sent", "Being brought in", "with"),
        "done": _m("executed", "Done", "good"),
        "failed": _m("failed", "Failed", "bad", loud=True),
    },
    RowOutcome: {
        "added": _m("executed", "Added", "good"),
        "changed": _m("signed", "Changed", "with"),
        "unchanged": _m("draft", "Unchanged"),
        "merged": _m("ready", "Merged"),
        "refused": _m("declined", "Refused", "bad", loud=True),
    },
    ScanStatus: {
        "unscanned": _m("draft", "Not checked"),
        "structure_checked": _m("review", "Structure checked, not virus-scanned"),
        "clean": _m("approved", "Clean", "good"),
        "infected": _m("failed", "Infected", "bad", loud=True),
    },
    ReportStatus: {
        "waiting": _m("ready", "Waiting"),
        "running": _m("sent", "Being made", "with"),
        "ready": _m("executed", "Ready", "good"),
        "failed": _m("failed", "Failed", "bad", loud=True),
        "cancelled": _m("voided", "Cancelled"),
    },
    StaffStatus: {
        "invited": _m("sent", "Invited", "with"),
        "active": _m("approved", "Active", "good"),
        "ended": _m("voided", "Ended"),
    },
}

YES: Final = _m("approved", "Yes", "good")
NO: Final = _m("draft", "No")


def mark_of(status: Any) -> Mark:
    """Return how a status, or a yes and no, is shown."""
    if isinstance(status, bool):
        return YES if status else NO
    return MARKS[type(status)][status.name]


ABBREVIATED: Final = frozenset({"bsb", "iban", "bic", "pdf", "csv", "xlsx", "sms", "tbc"})
"""Members whose name is said letter by letter."""


def word_of(member: Any) -> str:
    """Return the word for a member of any enum of the trade: its mark's, else its name spelt out."""
    marks = MARKS.get(type(member))
    if marks is not None:
        return marks[member.name].word
    name = str(member.name)
    return name.upper() if name in ABBREVIATED else name.replace("_", " ").capitalize()


def state(status: Any, word: str = "", *, tag: bool = False) -> Markup:
    """Return the mark and word of a status. ``word`` says more precisely; ``tag`` once, under a title."""
    mark = mark_of(status)
    classes = " ".join(
        part
        for part in (
            "state", "tag" if tag else "", "loud" if mark.loud and not tag else "", mark.role
        )
        if part
    )  # fmt: skip
    return Markup('<span class="%s">%s%s</span>') % (classes, icon(mark.symbol), word or mark.word)


def install(app: Flask) -> None:
    """Give templates the marks and words."""
    app.add_template_global(state)
    app.add_template_global(mark_of)
    app.add_template_filter(word_of, "word")
