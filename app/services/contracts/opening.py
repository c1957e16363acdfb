"""Open a paper to its signer: from here on it counts as sent, and she is told."""

from typing import Final

from sqlalchemy.orm import Session

from app.domain.contracts import ContractEvent, ContractStatus, SignatureRequestEvent
from app.models.contracts import Contract, SignatureRequest
from app.services import facts
from app.services.contracts import telling

EVENTS: Final = {
    ContractStatus.ready: ContractEvent.send,
    ContractStatus.expired: ContractEvent.resend,
    ContractStatus.voided: ContractEvent.resend,
}
"""What sends a contract that stands there; one that is out already stays what it is."""


def open_to_signer(
    session: Session,
    contract: Contract,
    request: SignatureRequest,
    *,
    again: bool,
    copy_to_agent: bool,
) -> None:
    """Move a contract and its request to sent, and tell the signer and the agent."""
    event = EVENTS.get(contract.status)
    if event is not None:
        contract.advance(event)
    request.advance(SignatureRequestEvent.send)
    contract.sent_at = contract.last_event_at = request.sent_at
    contract.expires_at = request.expires_at
    contract.viewed_at = None
    contract.reason = ""
    fact = str(request.id)
    facts.of_contract(session, "contract.sent", contract)
    telling.tell_signer(session, contract, "contract_sent", fact, again=again)
    if copy_to_agent:
        telling.tell_agent(session, contract, "contract_sent_copy", fact)
