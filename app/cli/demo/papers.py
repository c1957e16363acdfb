"""The contracts of the demo company, in every state a contract can be in."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from app.cli.demo.hiring import Hired
from app.domain.contracts import ContractEvent
from app.domain.people import EngagementEvent
from app.integrations import providers
from app.models import Contract, ContractTemplate, Engagement, Person
from app.services.contracts import drafting, ending, questions, sending, signing
from app.services.esign import choice

STAGES = (
    "executed", "executed", "signed", "sent", "declined", "sent", "executed", "ready", "in_review",
    "draft", "sent", "executed", "asked", "ready", "sent", "executed", "voided", "draft",
)  # fmt: skip
"""How far the contracts of the coming productions have come, in turn."""

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
LAPTOP = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15"


def draw_up(
    session: Session, hired: Hired, template: ContractTemplate, users: dict[str, Any]
) -> None:
    """Draw up a contract for every engagement, and take each as far as its stage."""
    with choice.signed_here():
        for engagement, stage in _stages(hired):
            _one(session, engagement, template, users, stage)
            session.flush()


def _stages(hired: Hired) -> Iterator[tuple[Engagement, str]]:
    for engagement in hired["COP"]:
        yield engagement, "completed"
    for engagement in hired["GIS"]:
        yield engagement, "executed"
    coming = [*hired["CAR"], *hired["NUT"]]
    for place, engagement in enumerate(coming):
        # The first of Carmen waits for Noémie's signature: she is the artist one signs in as.
        yield engagement, "sent" if place == 0 else STAGES[place % len(STAGES)]


def _one(
    session: Session,
    engagement: Engagement,
    template: ContractTemplate,
    users: dict[str, Any],
    stage: str,
) -> None:
    ruth, walter = users["Ruth"].id, users["Walter"].id
    contract = drafting.draft_from_engagement(session, engagement, template, by_user_id=ruth)
    if stage == "draft":
        return
    drafting.submit(session, contract, by_user_id=ruth)
    if stage == "in_review":
        return
    drafting.approve(session, contract, by_user_id=walter)
    if stage == "ready":
        return
    _send(session, contract, ruth)
    if stage == "declined":
        ending.decline(
            session, contract, reason="The rehearsal period overlaps with Lyon until 8 February."
        )
    elif stage == "voided":
        ending.void(session, contract, reason="Sent with last year's fee by mistake.")
    elif stage == "asked":
        person = engagement.person
        questions.ask(
            session,
            contract,
            author=person.name,
            body="Does the touring allowance cover the travel days?",
        )
    elif stage in {"signed", "executed", "completed"}:
        _sign(session, contract, engagement.person)
        if stage != "signed":
            _countersign(session, contract, walter)
        if stage == "completed":
            contract.advance(ContractEvent.complete)
            engagement.advance(EngagementEvent.complete)


def _send(session: Session, contract: Contract, user_id: int) -> None:
    content, made = sending.make_paper(contract)
    providers.files().put(content)
    sending.send_for_signature(session, contract, made, by_user_id=user_id)


def _sign(session: Session, contract: Contract, person: Person) -> None:
    questions.mark_viewed(session, contract)
    zone = person.artist.home_zone if person.artist else "Australia/Brisbane"
    act = _act(
        contract, "Sign this contract", PHONE, zone or "Australia/Brisbane", "code by e-mail"
    )
    signing.sign(session, contract, person, act)


def _countersign(session: Session, contract: Contract, user_id: int) -> None:
    act = _act(contract, "Countersign", LAPTOP, "Australia/Brisbane", "authenticator app")
    signing.countersign(session, contract, user_id=user_id, name="Walter Okafor", act=act)


def _act(contract: Contract, intent: str, device: str, zone: str, step_up: str) -> signing.Act:
    return signing.Act(
        intent=intent,
        document_sha256=contract.current.document_sha256 or "",
        address="203.0.113.24",
        device=device,
        zone=zone,
        step_up=f"{step_up}, in the demo",
    )
