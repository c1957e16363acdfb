"""Read a contract, ask about it, answer."""

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import ContractStatus
from app.domain.errors import Refused
from app.domain.messages import ThreadSide
from app.models.contracts import Contract, ContractQuestion
from app.services.contracts import telling
from app.services.contracts.locks import locked

LONGEST = 4000


def mark_viewed(session: Session, contract: Contract) -> None:
    """Note the first time the signer opened the contract that is out."""
    if contract.viewed_at is not None or contract.status is not ContractStatus.sent:
        return
    locked(session, contract)
    if contract.viewed_at is None and contract.status is ContractStatus.sent:
        contract.viewed_at = contract.last_event_at = now()


def ask(session: Session, contract: Contract, *, author: str, body: str) -> ContractQuestion:
    """Ask the company about a contract. The same words twice in a row are one question."""
    locked(session, contract)
    body = _body(body, "Write your question.")
    last = contract.questions[-1] if contract.questions else None
    if last is not None and last.side is ThreadSide.artist and last.body == body:
        return last
    question = _entry(session, contract, ThreadSide.artist, author, body)
    telling.promise_to_tell(session, contract, "contract_question", str(question.id))
    return question


def answer(session: Session, contract: Contract, *, author: str, body: str) -> ContractQuestion:
    """Answer everything that was asked so far."""
    locked(session, contract)
    entry = _entry(session, contract, ThreadSide.staff, author, _body(body, "Write your answer."))
    for question in contract.questions:
        if question.side is ThreadSide.artist and question.answered_at is None:
            question.answered_at = now()
    telling.tell_signer(session, contract, "contract_answer", str(entry.id), answer=entry.body)
    return entry


def is_waiting(contract: Contract) -> bool:
    """Tell whether a question of the artist's waits for an answer."""
    return any(q.side is ThreadSide.artist and q.answered_at is None for q in contract.questions)


def _entry(
    session: Session, contract: Contract, side: ThreadSide, author: str, body: str
) -> ContractQuestion:
    entry = ContractQuestion(
        organisation_id=contract.organisation_id,
        contract_id=contract.id,
        side=side,
        author=author,
        body=body,
    )
    contract.questions.append(entry)
    contract.last_event_at = now()
    session.flush()
    return entry


def _body(words: str, otherwise: str) -> str:
    if not words.strip():
        raise Refused(otherwise, field="body")
    if len(words) > LONGEST:
        raise Refused(f"Keep it under {LONGEST:,} characters.", field="body")
    return words.strip()
