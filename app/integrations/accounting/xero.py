"""Bills in Xero through its own SDK; only workers load this.

A bill of ours is recognised by our number and the address it leads back to. It is looked for before it
is made, and made with the promise's id as Idempotency-Key, so that asking again gives the same bill.
Calls are few, because Xero allows sixty a minute: many numbers are looked for at once, and a contact that
is known is used without asking; only when Xero refuses the bill it is asked whether the contact is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from xero_python.accounting import (
    AccountingApi,
    Contact,
    CurrencyCode,
    Invoice,
    Invoices,
    LineAmountTypes,
    LineItem,
    LineItemTracking,
)

from app.domain.ledger_settings import Offers
from app.domain.ledger_standing import GONE, Standing
from app.integrations.accounting.papers import most_ten
from app.integrations.accounting.port import Bill, BillLine, Leave, Paper, Posted
from app.integrations.accounting.xero_contacts import contact_of, has_contact, unless_missing
from app.integrations.accounting.xero_line import line_to
from app.integrations.accounting.xero_offers import offers_of, word
from app.integrations.errors import Permanent
from config import Config

AT_ONCE: Final = 40
"""Bills that are asked for by one address; longer ones are cut by proxies."""
PAGE: Final = 100
"""Bills in one answer."""
WRONG: Final = frozenset({400, 404})
"""Statuses of a bill whose contact may be gone."""


@dataclass(frozen=True, slots=True)
class XeroLedger:
    """Enters, reads and voids bills in an organisation's Xero."""

    api_url: str
    timeout: float
    name: str = "xero"

    def post(self, bill: Bill, *, key: str, leave: Leave, is_absent: bool = False) -> Posted:
        """Enter the bill, unless it is there; whoever it is owed to is matched or made first."""
        api = self._line(leave)
        if not bill.lines or bill.total <= 0:
            raise Permanent(f"{bill.number} comes to nothing, so there is no bill to enter.")
        known = bill.payee.external_id
        contact = known or contact_of(api, bill.payee, key, leave)
        if not is_absent and (there := self._found(api, bill, contact, leave)) is not None:
            return Posted(there.external_id, contact)
        try:
            return self._make(api, bill, contact, key, leave)
        except Permanent as refused:
            if not known or refused.status not in WRONG or has_contact(api, known, leave):
                raise
        contact = contact_of(api, bill.payee, key, leave)
        return self._make(api, bill, contact, f"{key}-{contact}", leave)

    def find(self, bill: Bill, *, leave: Leave, also: str = "") -> Standing | None:
        """Return the bill with our number, or with the one a person gave, that is ours or this payee's."""
        return self.find_all([(bill, also)], leave=leave)[0]

    def find_all(
        self, wanted: Sequence[tuple[Bill, str]], *, leave: Leave
    ) -> list[Standing | None]:
        """Return each bill as ``find`` does, with few questions."""
        numbers = [number for bill, also in wanted for number in (bill.number, also) if number]
        live = self._live(self._line(leave), numbers, leave)
        return [
            next(filter(None, (
                _chosen(live, bill, number, bill.payee.external_id)
                for number in (bill.number, also) if number
            )), None)
            for bill, also in wanted
        ]  # fmt: skip

    def absent(self, numbers: Sequence[str], *, leave: Leave) -> frozenset[str]:
        """Return those of the numbers that no live bill has."""
        live = self._live(self._line(leave), numbers, leave)
        return frozenset(numbers) - {one.invoice_number for one in live}

    def read(
        self,
        external_ids: Sequence[str],
        *,
        leave: Leave,
        numbers: Mapping[str, str] | None = None,
    ) -> list[Standing]:
        """Return where bills stand: asked for by number, and by id only where that has changed there."""
        api, wanted = self._line(leave), set(external_ids)
        named = self._numbered(api, (numbers or {}).values(), leave)
        told = [
            _standing(one, twin=twin_of(one, named))
            for one in named if str(one.invoice_id) in wanted
        ]  # fmt: skip
        missing = wanted - {one.external_id for one in told}
        return [*told, *self._read_ids(api, sorted(missing), leave)]

    def _read_ids(
        self, api: AccountingApi, external_ids: Sequence[str], leave: Leave
    ) -> list[Standing]:
        if len(external_ids) == 1:
            return self._read_one(api, external_ids[0], leave)
        found: list[Standing] = []
        for start in range(0, len(external_ids), AT_ONCE):
            some = list(external_ids[start : start + AT_ONCE])
            answer = api.get_invoices(leave.place, i_ds=some, page=1, unitdp=4)
            found += [_standing(one) for one in answer.invoices or []]
        return found

    def attach(
        self,
        external_id: str,
        papers: Sequence[Paper],
        *,
        key: str,
        leave: Leave,
        is_first: bool = False,
    ) -> int:
        """Attach the papers that are not attached yet, by their names; more than ten become one PDF."""
        api = self._line(leave)
        there = set() if is_first else self._attached(api, external_id, leave)
        missing = [paper for paper in most_ten(papers) if paper.name not in there]
        for paper in missing:
            api.create_invoice_attachment_by_file_name(
                leave.place, external_id, paper.name, paper.content,
                idempotency_key=f"{key}-{paper.name}"[:128],
            )  # fmt: skip
        return len(missing)

    def void(self, external_id: str, *, leave: Leave) -> None:
        """Void a bill, or delete it while it is a draft or waits for approval."""
        api = self._line(leave)
        found = self._read_one(api, external_id, leave)
        if not found or found[0].is_gone:
            return
        ends = "DELETED" if found[0].status in ("DRAFT", "SUBMITTED") else "VOIDED"
        wanted = Invoices(invoices=[Invoice(invoice_id=external_id, status=ends)])
        api.update_invoice(
            leave.place, external_id, wanted, idempotency_key=f"{external_id}-{ends}"
        )

    def offers(self, *, leave: Leave) -> Offers:
        """Return accounts, tax rates and tracking that bills can be coded to."""
        return offers_of(self._line(leave), leave)

    def house(self, *, leave: Leave) -> str:
        """Return what the organisation is called there: one harmless question."""
        return str(self._line(leave).get_organisations(leave.place).organisations[0].name or "")

    def _line(self, leave: Leave) -> AccountingApi:
        return line_to(self.api_url, leave, self.timeout)

    def _make(self, api: AccountingApi, bill: Bill, contact: str, key: str, leave: Leave) -> Posted:
        made = api.create_invoices(
            leave.place, Invoices(invoices=[_invoice(bill, contact)]), unitdp=4, idempotency_key=key
        )
        return Posted(str(made.invoices[0].invoice_id), contact)

    def _attached(self, api: AccountingApi, external_id: str, leave: Leave) -> set[str]:
        """Return the names of what is attached already."""
        attached = api.get_invoice_attachments(leave.place, external_id).attachments or []
        return {one.file_name for one in attached}

    def _found(self, api: AccountingApi, bill: Bill, contact: str, leave: Leave) -> Standing | None:
        """Look for a live bill of our number: one of ours, or one a person entered for this payee."""
        return _chosen(self._live(api, [bill.number], leave), bill, bill.number, contact)

    def _live(self, api: AccountingApi, numbers: Iterable[str], leave: Leave) -> list[Invoice]:
        """Return the bills with any of these numbers that are neither voided nor deleted."""
        return [one for one in self._numbered(api, numbers, leave) if one.status not in GONE]

    def _numbered(self, api: AccountingApi, numbers: Iterable[str], leave: Leave) -> list[Invoice]:
        """Return all bills with any of these numbers."""
        asked = list(dict.fromkeys(numbers))
        found: list[Invoice] = []
        for start in range(0, len(asked), AT_ONCE):
            some, page, rows = asked[start : start + AT_ONCE], 0, PAGE
            while rows == PAGE:
                page += 1
                answer = api.get_invoices(
                    leave.place, where='Type=="ACCPAY"', invoice_numbers=some, page=page, unitdp=4
                )
                found += answer.invoices or []
                rows = len(answer.invoices or [])
        return [one for one in found if one.type == "ACCPAY" and one.invoice_number in asked]

    def _read_one(self, api: AccountingApi, external_id: str, leave: Leave) -> list[Standing]:
        found = unless_missing(lambda: api.get_invoice(leave.place, external_id, unitdp=4).invoices)
        return [_standing(one) for one in found]


def xero_ledger(config: Config) -> XeroLedger:
    """Return the ledger in Xero."""
    api_url = config.vendor["XERO_API_URL"].rstrip("/")
    return XeroLedger(api_url, timeout=config.http_timeout_seconds / 2)


def _chosen(live: Sequence[Invoice], bill: Bill, number: str, contact: str) -> Standing | None:
    """Choose among live bills the one of a number that is ours, or was entered for this payee."""
    named = [one for one in live if one.invoice_number == number]
    ours = [one for one in named if bill.url and one.url == bill.url]
    # What leads back to another payable of ours is that one's.
    desk = bill.url.rpartition("/")[0]
    theirs = [
        one for one in named
        if (str(one.contact.contact_id) == contact or one.contact.name == bill.payee.name)
        and not (desk and (one.url or "").startswith(desk))
    ]  # fmt: skip
    best = (ours or theirs)[:1]
    return _standing(best[0], is_ours=bool(ours)) if best else None


def _invoice(bill: Bill, contact: str) -> Invoice:
    return Invoice(
        type="ACCPAY",
        contact=Contact(contact_id=contact),
        invoice_number=bill.number,
        url=bill.url or None,
        date=bill.dated_on,
        due_date=bill.due_on,
        currency_code=CurrencyCode(bill.currency),
        line_amount_types=LineAmountTypes.INCLUSIVE,
        status=bill.status or "SUBMITTED",
        line_items=[_line_item(line) for line in bill.lines],
    )


def _line_item(line: BillLine) -> LineItem:
    if line.coding is None:
        raise Permanent("No account is chosen for this line.")
    tracked = line.coding.tracking
    return LineItem(
        description=line.description,
        quantity=Decimal(1),
        unit_amount=line.amount,
        account_code=line.coding.account,
        tax_type=line.coding.tax_type,
        tracking=[
            LineItemTracking(
                tracking_category_id=tracked.category,
                name=tracked.category_name,
                option=tracked.option_name,
            )
        ]
        if tracked
        else None,
    )


def twin_of(one: Invoice, named: Sequence[Invoice]) -> str:
    """Return another live bill of the same number and contact that leads to no other payable."""
    twins = (
        str(other.invoice_id) for other in named
        if other.invoice_number == one.invoice_number and other.status not in GONE
        and other.contact.contact_id == one.contact.contact_id
        and other.invoice_id != one.invoice_id and other.url in (None, "", one.url)
    )  # fmt: skip
    return next(twins, "")


def _standing(one: Invoice, *, is_ours: bool = False, twin: str = "") -> Standing:
    payments = [payment for payment in one.payments or [] if payment.status != "DELETED"]
    latest = max(payments, key=lambda payment: payment.date, default=None)
    return Standing(
        external_id=str(one.invoice_id),
        number=one.invoice_number or "",
        status=one.status,
        total=Decimal(one.total or 0),
        currency=word(one.currency_code),
        amount_paid=Decimal(one.amount_paid or 0),
        payee=(one.contact.name or "") if one.contact else "",
        paid_on=one.fully_paid_on_date or (latest.date if latest else None),
        reference=(latest.reference or "") if latest else "",
        url=one.url or "",
        is_ours=is_ours,
        twin=twin,
        seen_at=_aware(one.updated_date_utc),
    )


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
