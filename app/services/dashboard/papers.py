"""What waits among contracts and amendments: to read, to review, to send, to countersign, to answer."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, or_, select, true

from app.domain.contracts import OUT_FOR_SIGNATURE, AmendmentStatus, ContractStatus
from app.domain.messages import ThreadSide
from app.domain.sign_in import StaffStatus
from app.domain.waiting import Topic
from app.models.contracts import Amendment, Contract, ContractQuestion
from app.models.engagements import Engagement
from app.models.organisations import StaffProfile
from app.models.people import Person
from app.services.dashboard.asking import Asked, Asker, Question, first_names, one_name, told

SOON: Final = timedelta(days=3)
CONTRACTS: Final = {
    Topic.contract_trouble: (ContractStatus.declined, ContractStatus.expired),
    Topic.contract_countersign: (ContractStatus.signed_by_artist,),
    Topic.contract_review: (ContractStatus.in_review,),
    Topic.contract_ready: (ContractStatus.ready,),
    Topic.contract_paper: (ContractStatus.external,),
    Topic.contract_draft: (ContractStatus.draft,),
}
AMENDMENTS: Final = {
    Topic.amendment_trouble: (AmendmentStatus.declined, AmendmentStatus.expired),
    Topic.amendment_countersign: (AmendmentStatus.signed_by_artist,),
    Topic.amendment_review: (AmendmentStatus.in_review,),
    Topic.amendment_ready: (AmendmentStatus.ready,),
}


def _contracts(topic: Topic) -> Question:
    def ask(asker: Asker) -> Asked:
        since = func.coalesce(Contract.last_event_at, Contract.created_at)
        asked = (
            told(
                topic, what=Contract.status, number=func.count(), since=func.min(since),
                names=first_names(Person.name, since),
            )
            .select_from(Contract)
            .join(Contract.engagement)
            .join(Person, Person.id == Engagement.person_id)
            .where(Contract.status.in_(CONTRACTS[topic]), Contract.archived_at.is_(None))
            .group_by(Contract.status)
        )  # fmt: skip
        return asked.where(_is_for(topic, Contract, asker))

    return ask


def _expiring(asker: Asker) -> Asked:
    return (
        told(
            Topic.contract_expiring, number=func.count(), since=func.min(Contract.sent_at),
            day=func.min(Contract.expires_at), names=first_names(Person.name, Contract.expires_at),
        )
        .select_from(Contract)
        .join(Contract.engagement)
        .join(Person, Person.id == Engagement.person_id)
        .where(
            Contract.status.in_(OUT_FOR_SIGNATURE),
            Contract.archived_at.is_(None),
            Contract.expires_at < asker.now + SOON,
        )
        .having(func.count() > 0)
    )  # fmt: skip


def _amendments(topic: Topic) -> Question:
    def ask(asker: Asker) -> Asked:
        since = func.coalesce(Amendment.updated_at, Amendment.created_at)
        return (
            told(
                topic, what=Amendment.status, number=func.count(), since=func.min(since),
                names=first_names(Person.name, since), key=func.min(Amendment.id),
            )
            .select_from(Amendment)
            .join(Amendment.contract)
            .join(Contract.engagement)
            .join(Person, Person.id == Engagement.person_id)
            .where(Amendment.status.in_(AMENDMENTS[topic]), _is_for(topic, Amendment, asker))
            .group_by(Amendment.status)
        )  # fmt: skip

    return ask


def _is_for(topic: Topic, paper: Any, asker: Asker) -> ColumnElement[bool]:
    """Return the condition that it is the asker who does the deed: signs for the company, or checks another's.

    What waits for the signature of somebody who left waits for everybody who could sign.
    """
    if topic in (Topic.contract_countersign, Topic.amendment_countersign):
        signs = paper.company_signatory_id
        left = select(StaffProfile.user_id).where(StaffProfile.status == StaffStatus.ended)
        return or_(signs.is_(None), signs == asker.user_id, signs.in_(left))
    if topic in (Topic.contract_review, Topic.amendment_review):
        made = paper.submitted_by_id
        return or_(made.is_(None), made != asker.user_id)
    return true()


def _questions(_asker: Asker) -> Asked:
    return (
        told(
            Topic.contract_question, key=ContractQuestion.contract_id, since=ContractQuestion.created_at,
            names=one_name(ContractQuestion.author), words=func.left(ContractQuestion.body, 120),
        )
        .where(
            ContractQuestion.side == ThreadSide.artist,
            ContractQuestion.answered_at.is_(None),
            exists().where(Contract.id == ContractQuestion.contract_id, Contract.archived_at.is_(None)),
        )
        .order_by(ContractQuestion.id)
        .limit(5)
    )  # fmt: skip


QUESTIONS: Final[dict[Topic, Question]] = {
    **{topic: _contracts(topic) for topic in CONTRACTS},
    **{topic: _amendments(topic) for topic in AMENDMENTS},
    Topic.contract_expiring: _expiring,
    Topic.contract_question: _questions,
}
