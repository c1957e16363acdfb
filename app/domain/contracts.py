"""The life of a contract and of its amendments, versions and signatures (domain.md 3.3)."""

from enum import StrEnum, auto
from typing import Final

from app.domain.moves import follow


class ContractStatus(StrEnum):
    """What a contract is."""

    draft = auto()
    in_review = auto()
    ready = auto()
    sent = auto()
    part_signed = auto()
    signed_by_artist = auto()
    executed = auto()
    completed = auto()
    declined = auto()
    expired = auto()
    voided = auto()
    terminated = auto()
    external = auto()


class ContractEvent(StrEnum):
    """What moves a contract."""

    submit = auto()
    approve = auto()
    return_for_changes = auto()
    send = auto()
    sign_in_part = auto()
    sign = auto()
    countersign = auto()
    decline = auto()
    expire = auto()
    void = auto()
    revise = auto()
    resend = auto()
    complete = auto()
    terminate = auto()
    upload_signed = auto()
    record_external = auto()


class AmendmentStatus(StrEnum):
    """What an amendment is."""

    draft = auto()
    sent = auto()
    executed = auto()
    declined = auto()
    voided = auto()
    in_review = auto()
    ready = auto()
    signed_by_artist = auto()
    expired = auto()


class SignatureRequestStatus(StrEnum):
    """Where one request to sign stands at its provider."""

    waiting = auto()
    sent = auto()
    part_signed = auto()
    signed_by_artist = auto()
    completed = auto()
    declined = auto()
    expired = auto()
    voided = auto()


class SignerRole(StrEnum):
    """In what capacity somebody signs."""

    artist = auto()
    agent = auto()
    company = auto()


class FeeKind(StrEnum):
    """How a fee line is earned."""

    instalment = auto()
    per_performance = auto()
    weekly = auto()
    rehearsal = auto()
    overtime = auto()
    buyout = auto()
    cancellation = auto()


class FeeTrigger(StrEnum):
    """What makes a fee line due."""

    on_signature = auto()
    on_date = auto()
    on_first_call = auto()
    on_performance = auto()
    on_completion = auto()


class EntitlementKind(StrEnum):
    """What an engagement gives beside the fee."""

    per_diem = auto()
    travel_class = auto()
    hotel = auto()
    baggage = auto()
    km = auto()
    taxi = auto()
    meal = auto()


class TermSource(StrEnum):
    """Which signed paper a set of terms comes from."""

    contract_version = auto()
    amendment = auto()
    engagement = auto()


class AmendmentEvent(StrEnum):
    """What moves an amendment."""

    submit = auto()
    approve = auto()
    return_for_changes = auto()
    send = auto()
    sign = auto()
    countersign = auto()
    decline = auto()
    expire = auto()
    void = auto()
    revise = auto()


class SignatureRequestEvent(StrEnum):
    """What moves a request to sign."""

    send = auto()
    sign_in_part = auto()
    sign = auto()
    complete = auto()
    decline = auto()
    expire = auto()
    void = auto()


BEFORE_SENDING: Final = (ContractStatus.draft, ContractStatus.in_review, ContractStatus.ready)
OUT_FOR_SIGNATURE: Final = (
    ContractStatus.sent,
    ContractStatus.part_signed,
    ContractStatus.signed_by_artist,
)

MOVES: Final = {
    (ContractStatus.draft, ContractEvent.submit): ContractStatus.in_review,
    (ContractStatus.draft, ContractEvent.record_external): ContractStatus.external,
    (ContractStatus.in_review, ContractEvent.approve): ContractStatus.ready,
    (ContractStatus.in_review, ContractEvent.return_for_changes): ContractStatus.draft,
    (ContractStatus.ready, ContractEvent.return_for_changes): ContractStatus.draft,
    (ContractStatus.ready, ContractEvent.send): ContractStatus.sent,
    (ContractStatus.sent, ContractEvent.sign_in_part): ContractStatus.part_signed,
    (ContractStatus.sent, ContractEvent.sign): ContractStatus.signed_by_artist,
    (ContractStatus.part_signed, ContractEvent.sign): ContractStatus.signed_by_artist,
    (ContractStatus.signed_by_artist, ContractEvent.countersign): ContractStatus.executed,
    (ContractStatus.sent, ContractEvent.decline): ContractStatus.declined,
    (ContractStatus.part_signed, ContractEvent.decline): ContractStatus.declined,
    **{(status, ContractEvent.expire): ContractStatus.expired for status in OUT_FOR_SIGNATURE},
    **{(status, ContractEvent.void): ContractStatus.voided for status in OUT_FOR_SIGNATURE},
    **{
        (status, ContractEvent.upload_signed): ContractStatus.executed
        for status in (*BEFORE_SENDING, *OUT_FOR_SIGNATURE, ContractStatus.external)
    },
    (ContractStatus.declined, ContractEvent.revise): ContractStatus.draft,
    (ContractStatus.expired, ContractEvent.revise): ContractStatus.draft,
    (ContractStatus.voided, ContractEvent.revise): ContractStatus.draft,
    (ContractStatus.expired, ContractEvent.resend): ContractStatus.sent,
    (ContractStatus.voided, ContractEvent.resend): ContractStatus.sent,
    (ContractStatus.executed, ContractEvent.complete): ContractStatus.completed,
    (ContractStatus.executed, ContractEvent.terminate): ContractStatus.terminated,
}
"""domain.md 3.3, and from journey S1: a voided contract goes out again (resend) or is reworked (revise)."""

AMENDMENT_MOVES: Final = {
    (AmendmentStatus.draft, AmendmentEvent.submit): AmendmentStatus.in_review,
    (AmendmentStatus.in_review, AmendmentEvent.approve): AmendmentStatus.ready,
    (AmendmentStatus.in_review, AmendmentEvent.return_for_changes): AmendmentStatus.draft,
    (AmendmentStatus.ready, AmendmentEvent.return_for_changes): AmendmentStatus.draft,
    (AmendmentStatus.ready, AmendmentEvent.send): AmendmentStatus.sent,
    (AmendmentStatus.sent, AmendmentEvent.sign): AmendmentStatus.signed_by_artist,
    (AmendmentStatus.signed_by_artist, AmendmentEvent.countersign): AmendmentStatus.executed,
    (AmendmentStatus.sent, AmendmentEvent.decline): AmendmentStatus.declined,
    **{
        (status, AmendmentEvent.expire): AmendmentStatus.expired
        for status in (AmendmentStatus.sent, AmendmentStatus.signed_by_artist)
    },
    **{
        (status, AmendmentEvent.void): AmendmentStatus.voided
        for status in (
            AmendmentStatus.draft,
            AmendmentStatus.in_review,
            AmendmentStatus.ready,
            AmendmentStatus.sent,
            AmendmentStatus.signed_by_artist,
        )
    },
    **{
        (status, AmendmentEvent.revise): AmendmentStatus.draft
        for status in (AmendmentStatus.declined, AmendmentStatus.expired)
    },
}
"""The road of a contract, shorter: an amendment that is executed changes the terms, not the contract."""

AMENDMENT_IS_OPEN: Final = (
    AmendmentStatus.draft,
    AmendmentStatus.in_review,
    AmendmentStatus.ready,
    AmendmentStatus.sent,
    AmendmentStatus.signed_by_artist,
)

_OPEN_REQUEST: Final = (
    SignatureRequestStatus.sent,
    SignatureRequestStatus.part_signed,
    SignatureRequestStatus.signed_by_artist,
)

SIGNATURE_REQUEST_MOVES: Final = {
    (SignatureRequestStatus.waiting, SignatureRequestEvent.send): SignatureRequestStatus.sent,
    (SignatureRequestStatus.waiting, SignatureRequestEvent.void): SignatureRequestStatus.voided,
    (
        SignatureRequestStatus.sent,
        SignatureRequestEvent.sign_in_part,
    ): SignatureRequestStatus.part_signed,
    (
        SignatureRequestStatus.sent,
        SignatureRequestEvent.sign,
    ): SignatureRequestStatus.signed_by_artist,
    (
        SignatureRequestStatus.part_signed,
        SignatureRequestEvent.sign,
    ): SignatureRequestStatus.signed_by_artist,
    (
        SignatureRequestStatus.signed_by_artist,
        SignatureRequestEvent.complete,
    ): SignatureRequestStatus.completed,
    **{
        (status, event): follows
        for status in _OPEN_REQUEST
        for event, follows in (
            (SignatureRequestEvent.decline, SignatureRequestStatus.declined),
            (SignatureRequestEvent.expire, SignatureRequestStatus.expired),
            (SignatureRequestEvent.void, SignatureRequestStatus.voided),
        )
    },
}


def next_status(status: ContractStatus, event: ContractEvent) -> ContractStatus:
    """Return the status of a contract that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "contract")


def next_amendment_status(status: AmendmentStatus, event: AmendmentEvent) -> AmendmentStatus:
    """Return the status of an amendment that follows ``event``, or refuse."""
    return follow(AMENDMENT_MOVES, status, event, "amendment")


def next_signature_request_status(
    status: SignatureRequestStatus, event: SignatureRequestEvent
) -> SignatureRequestStatus:
    """Return the status of a request to sign that follows ``event``, or refuse."""
    return follow(SIGNATURE_REQUEST_MOVES, status, event, "request to sign")
