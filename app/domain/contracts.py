"""The life of a contract and of its amendments, versions and signatures (domain.md 3.3)."""

from enum import StrEnum, auto


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
