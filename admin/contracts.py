"""Contracts on the desk: the list, the page of one with everything about it, and its moves."""

from typing import Any, ClassVar

from flask import g, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import and_, func, select
from sqlalchemy.orm import contains_eager, defaultload, joinedload, load_only, selectinload
from werkzeug.wrappers import Response

from admin.access import sees_fees
from admin.base import RecordInterface, RecordView
from admin.bulk_runs import begin_with
from admin.columns import Column
from admin.contract_deeds import ContractDeeds
from admin.contract_delivery import ContractDelivery
from admin.contract_esign import ContractElsewhere
from admin.contract_page import context_of
from admin.contract_views import expiring, latest, numbered, silent, status_of, waits
from admin.engagements import roles_of
from admin.fields import Lookup
from admin.filters import Choice, Day, SavedView, Words, has_words
from admin.forms import Present
from admin.roles import (
    ADMINISTRATOR,
    APPROVER,
    AUDITOR,
    CONTRACTS,
    FINANCE,
    MANAGER,
    READ,
    WRITE,
    may,
)
from app.db.session import session
from app.domain.bulk_runs import BulkKind
from app.domain.contracts import BEFORE_SENDING, OUT_FOR_SIGNATURE, ContractStatus
from app.integrations import providers
from app.models import (
    Contract,
    ContractTemplate,
    ContractVersion,
    Engagement,
    Person,
    Production,
    RoleAssignment,
)
from app.presentation import period
from app.services.contracts import drafting, sending

TO_CONTRACT = Lookup(
    Engagement,
    select(func.concat(Person.folded, " ", Production.folded, " ", func.lower(Engagement.number)))
    .where(Person.id == Engagement.person_id, Production.id == Engagement.production_id)
    .correlate(Engagement)
    .scalar_subquery(),
    "engagement",
    "engagements",
    label=lambda engagement: f"{engagement.person.name}, {engagement.production.title}",
    hint=lambda e: f"{e.number}, {period(e.starts_on, e.ends_on).striptags()}",
    where=lambda: Engagement.archived_at.is_(None),
    load=(joinedload(Engagement.person), joinedload(Engagement.production)),
)
"""An engagement by its artist, its production or its number."""

TEMPLATE = Lookup(ContractTemplate, ContractTemplate.name, "text", "texts", few=True)


class ContractView(ContractDelivery, ContractElsewhere, ContractDeeds, RecordView):
    """List, draft, review, send and countersign contracts. The status is shown, and never typed."""

    datamodel = RecordInterface(Contract)
    noun, nouns = "contract", "contracts"
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_add", "can_edit", "can_countersign", "can_review",
    ]  # fmt: skip
    columns = (
        Column("engagement.person", "Artist", order=Person.folded),
        Column("engagement.production", "Production", order=Production.folded),
        Column("roles", "Role", value=lambda contract: roles_of(contract.engagement)),
        Column(
            "period", "Period", order=Engagement.starts_on,
            value=lambda c: period(c.engagement.starts_on, c.engagement.ends_on),
        ),
        Column("engagement.fee", "Fee", order=Engagement.fee, currency="engagement.currency"),
        Column("status", "Status", value=status_of, order=Contract.status),
        Column("last_event_at", "Latest", value=latest, order=Contract.last_event_at),
        Column("number", "Contract", value=numbered, order=Contract.number, phone_label=True),
    )  # fmt: skip
    order_by = (Contract.last_event_at.desc().nulls_last(), Contract.id.desc())
    load = (
        contains_eager(Contract.engagement).contains_eager(Engagement.person),
        contains_eager(Contract.engagement).contains_eager(Engagement.production),
        contains_eager(Contract.engagement).joinedload(Engagement.roles),
        selectinload(Contract.versions),
    )
    list_load = (
        load_only(Contract.number, Contract.status, Contract.viewed_at, Contract.last_event_at),
        defaultload(Contract.engagement).load_only(
            Engagement.starts_on, Engagement.ends_on, Engagement.fee, Engagement.currency
        ),
        defaultload(Contract.engagement, Engagement.person).load_only(Person.name),
        defaultload(Contract.engagement, Engagement.production).load_only(Production.title),
        defaultload(Contract.engagement, Engagement.roles).load_only(
            RoleAssignment.role, RoleAssignment.casting
        ),
        defaultload(Contract.versions).load_only(ContractVersion.number, ContractVersion.missing),
    )
    saved_views = (
        SavedView("mine", "Waiting for me", waits),
        SavedView("unsent", "Not sent", lambda: Contract.status.in_(BEFORE_SENDING)),
        SavedView("out", "Out for signature", lambda: Contract.status.in_(OUT_FOR_SIGNATURE)),
        SavedView("unseen", "Not opened", lambda: and_(
            Contract.status == ContractStatus.sent, Contract.viewed_at.is_(None))),
        SavedView("silent", "Not opened for a week", silent),
        SavedView("unsigned", "Not signed", lambda: Contract.status.in_(sending.ASKED)),
        SavedView(
            "countersign", "Waiting for us",
            lambda: Contract.status == ContractStatus.signed_by_artist,
        ),
        SavedView("expiring", "Expiring within three days", expiring),
        SavedView(
            "trouble", "Declined, expired",
            lambda: Contract.status.in_([ContractStatus.declined, ContractStatus.expired]),
        ),
        SavedView(
            "external", "Paper missing", lambda: Contract.status == ContractStatus.external
        ),
        SavedView("all", "All"),
    )  # fmt: skip
    filters = (
        Words("q", "Artist, production or number", lambda typed: has_words(
            Person.folded + " " + Production.folded + " " + func.lower(Contract.number), typed)),
        Choice.of("status", "Status", Contract.status),
        Day("from", "Starts from", lambda day: Engagement.starts_on >= day),
    )  # fmt: skip
    form_parts = (("What it is for", ("engagement", "template")),)
    lookups: ClassVar[dict[str, Lookup]] = {"engagement": TO_CONTRACT, "template": TEMPLATE}
    label_columns: ClassVar[dict[str, str]] = {"template": "Text to start from"}
    validators_columns: ClassVar[dict[str, Any]] = {"template": [Present()]}
    description_columns: ClassVar[dict[str, str]] = {
        "engagement": "Artist, production or number. Its roles, fee and dates go into the text.",
    }
    promise = "A draft: nobody is told until you send it."
    help = (
        ("What happens next", "You read the draft, fill what is empty, and pass it on to review."),
        ("Where the facts come from", "From the engagement: change them there, then refresh."),
    )
    waits = staticmethod(waits)
    show_template = "desk/contract.html"
    main_move = ("submit", "approve", "send", "resend")

    def statement(self) -> Any:
        """Join what the list sorts and filters by."""
        return (
            select(Contract)
            .outerjoin(Contract.engagement)
            .outerjoin(Engagement.person)
            .outerjoin(Engagement.production)
        )

    def name_of(self, record: Contract) -> str:
        """Call it by artist and production."""
        return f"{record.engagement.person.name} in {record.engagement.production.title}"

    def pre_add(self, item: Contract) -> None:
        """Draft the contract of the chosen engagement."""
        drafting.draft(session(), item, by_user_id=g.user.id)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Response:
        """Go to the text: a contract's facts are its engagement's."""
        return redirect(url_for("ContractView.text", pk=pk))

    def show_context(self, record: Contract) -> dict[str, Any]:
        """Bring versions, evidence, questions, and what stands in the way of sending."""
        may_edit = super().may("edit")
        writes = self.appbuilder.sm.has_access("can_edit", "AmendmentView")
        rights = {
            "may_edit": may_edit,
            "may_review": super().may("review"),
            "may_send": self.may_act("send"),
            "may_amend": bool(writes) and record.status is ContractStatus.executed,
            "fees": sees_fees(),
        }
        return {**rights, **context_of(session(), record, g.user.id)}

    def may(self, what: str) -> bool:
        """Offer no button Edit in the head: facts are the engagement's, the text has its own link."""
        return what != "edit" and super().may(what)

    def offers(self, record: Contract) -> set[str] | None:
        """Offer the moves that its status allows."""
        return OFFERS.get(record.status, set())

    @action("submit", "Pass on to review")
    def submit(self, chosen: list[Contract]) -> str:
        """Put drafts before whoever reviews them."""
        for contract in chosen:
            drafting.submit(session(), contract, by_user_id=g.user.id)
        return f"{_count(chosen)} in review."

    @action("approve", "Approve")
    def approve(self, chosen: list[Contract]) -> str:
        """Find texts good."""
        for contract in chosen:
            drafting.approve(session(), contract, by_user_id=g.user.id)
        return f"{_count(chosen)} ready to send."

    @action("send", "Send for signature", "Send {n} for signature?")
    def send(self, chosen: list[Contract]) -> str:
        """Freeze contracts with their PDFs and send them to their signers, all or none."""
        for contract in chosen:
            content, made = sending.make_paper(contract)
            providers.files().put(content)
            sending.send_for_signature(session(), contract, made, by_user_id=g.user.id)
        return f"{_count(chosen)} sent."

    @action("send_many", "Send in bulk", single=False)
    def send_many(self, chosen: list[Contract]) -> Response:
        """Begin a bulk run that sends these; it is tried first."""
        return begin_with(BulkKind.send_contracts, chosen)

    @action("nudge_many", "Remind in bulk", single=False)
    def nudge_many(self, chosen: list[Contract]) -> Response:
        """Begin a bulk run that reminds the signers of these; it is tried first."""
        return begin_with(BulkKind.nudge_unsigned, chosen)

    @action("remind", "Remind", "Remind the signer of {n}? At most one letter a day.")
    def remind(self, chosen: list[Contract]) -> str:
        """Remind signers."""
        for contract in chosen:
            sending.remind(session(), contract)
        return f"{_count(chosen)}: the signer is reminded."

    @action("resend", "Send again", "Send the same version again?", multiple=False)
    def resend(self, chosen: list[Contract]) -> str:
        """Put the same version before the signers again."""
        for contract in chosen:
            sending.resend(session(), contract, by_user_id=g.user.id)
        return f"{_count(chosen)} sent again."

    @action("revise", "Write a new version", multiple=False)
    def revise(self, chosen: list[Contract]) -> str:
        """Open a new version."""
        for contract in chosen:
            drafting.revise(session(), contract, by_user_id=g.user.id)
        return "The new version is a draft. Change it, then pass it on to review."

    @action("refresh", "Take in the engagement's facts", multiple=False)
    def refresh(self, chosen: list[Contract]) -> str:
        """Merge the facts as they are now."""
        for contract in chosen:
            drafting.refresh(session(), contract)
        return "The text has the engagement's facts of now."


OFFERS = {
    ContractStatus.draft: {"submit", "refresh"},
    ContractStatus.in_review: {"approve", "refresh"},
    ContractStatus.ready: set(),
    ContractStatus.sent: {"remind"},
    ContractStatus.part_signed: {"remind"},
    ContractStatus.declined: {"revise"},
    ContractStatus.expired: {"resend", "revise"},
    ContractStatus.voided: {"resend", "revise"},
}


def _count(chosen: list[Contract]) -> str:
    return "1 contract" if len(chosen) == 1 else f"{len(chosen)} contracts"


MOVES = (
    "submit",
    "approve",
    "send",
    "send_many",
    "nudge_many",
    "remind",
    "resend",
    "revise",
    "refresh",
)
may(
    "ContractView",
    {
        (ADMINISTRATOR, CONTRACTS): (*WRITE, *MOVES, "can_countersign", "can_review"),
        (APPROVER, MANAGER): (*READ, "approve", "can_review", "can_countersign"),
        (FINANCE, AUDITOR): READ,
    },
)
