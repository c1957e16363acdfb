"""What staff do about a contract that is signed at a provider: call it back, sign here instead, compare."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from admin.contract_deeds import Deed
from app.domain.contracts import SignatureRequestStatus
from app.domain.envelopes import BUILTIN, EnvelopeStatus
from app.domain.providers import name_of
from app.models import AttentionItem, Contract, SignatureRequest
from app.services import provider_switches
from app.services.esign import comparing, letting_go, nudging
from app.services.esign.requests import OUT

WORDS = {
    None: "On its way",
    EnvelopeStatus.sent: "Sent, not opened",
    EnvelopeStatus.viewed: "Opened by the artist",
    EnvelopeStatus.signed: "Signed by the artist",
    EnvelopeStatus.completed: "Signed by everybody",
    EnvelopeStatus.declined: "Declined",
    EnvelopeStatus.voided: "Voided",
    EnvelopeStatus.expired: "Run out",
}
"""What an envelope's status is called on the desk."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How a contract stands at a signing provider, as its page shows it."""

    provider: str
    words: str
    envelope: str
    compared_at: datetime | None
    is_waiting: bool
    is_leaving: bool
    is_in_doubt: bool
    is_out: bool
    may_leave: bool
    asks_company: bool
    asks: list[AttentionItem]
    paused: str = ""
    """Why nothing goes there at the moment, if somebody said so."""


class ContractElsewhere:
    """The routes of a contract's page that are about its envelope."""

    _do: Callable[[str, Deed, str], AnyResponse]

    @expose("/sign_here/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def sign_here(self, pk: str) -> AnyResponse:
        """Have it signed in our own portal instead, after the envelope is voided."""

        def deed(db: Session, contract: Contract) -> str:
            name = name_of(letting_go.sign_here(db, contract).provider)
            return (
                f"{name} is asked to let go of {contract.number}. The artist is told as soon as it "
                "has, at the latest in a few minutes."
            )

        return self._do(pk, deed, "sign_here")

    @expose("/call_back/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def call_back(self, pk: str) -> AnyResponse:
        """Stop a contract that is still on its way to the provider."""

        def deed(db: Session, contract: Contract) -> str:
            letting_go.call_back(db, contract)
            return f"{contract.number} is called back. It is ready, and nobody has been told."

        return self._do(pk, deed, "call_back")

    @expose("/compare/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def compare(self, pk: str) -> AnyResponse:
        """Ask the provider how the envelope stands."""

        def deed(db: Session, contract: Contract) -> str:
            comparing.compare_one(db, contract)
            return "The provider is asked. What it says stands here in a moment."

        return self._do(pk, deed, "compare")

    @expose("/remind_company/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def remind_company(self, pk: str) -> AnyResponse:
        """Have the provider write once more to whoever signs for the company."""

        def deed(db: Session, contract: Contract) -> str:
            name = nudging.remind_company(db, contract)
            return f"{name} gets another mail from the signing provider, at most one a day."

        return self._do(pk, deed, "remind_company")


def elsewhere_of(db: Session, asked: SignatureRequest | None) -> Elsewhere | None:
    """Return how a request stands at its provider; None where it is signed here."""
    if asked is None or asked.provider == BUILTIN:
        return None
    waiting = asked.status is SignatureRequestStatus.waiting
    return Elsewhere(
        provider=name_of(asked.provider),
        words=WORDS[asked.envelope_status],
        envelope=asked.external_id or "",
        compared_at=asked.compared_at,
        is_waiting=waiting,
        is_leaving=asked.leaving_at is not None and asked.status in letting_go.CAN_LEAVE,
        is_in_doubt=asked.is_in_doubt,
        is_out=asked.status in OUT,
        may_leave=asked.status in letting_go.CAN_LEAVE and asked.leaving_at is None,
        asks_company=asked.status is SignatureRequestStatus.signed_by_artist,
        asks=_open_items(db, asked),
        paused=provider_switches.why_paused(db, asked.provider) if waiting else "",
    )


def doubts_of(db: Session, contract: Contract) -> list[AttentionItem]:
    """Return what is open about earlier envelopes of a contract that is signed here by now."""
    version_ids = [version.id for version in contract.versions]
    earlier = db.scalars(
        select(SignatureRequest).where(
            SignatureRequest.contract_version_id.in_(version_ids),
            SignatureRequest.provider != BUILTIN,
        )
    ).all()
    return [item for request in earlier for item in _open_items(db, request)]


def _open_items(db: Session, asked: SignatureRequest) -> list[AttentionItem]:
    return list(
        db.scalars(
            select(AttentionItem).where(
                AttentionItem.provider == asked.provider,
                AttentionItem.subject == f"request:{asked.id}",
                AttentionItem.status == "open",
            )
        )
    )
