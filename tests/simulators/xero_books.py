"""The books of one organisation in Xero's simulator: what is kept, and the words of its refusals.

The shapes are those of Xero's OpenAPI file. Behaviour that the file does not tell is marked "prose", with
Xero's page: https://developer.xero.com/documentation/api/accounting/<page>.
"""

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

CENT = Decimal("0.01")
LIVE = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID")


class Invalid(Exception):
    """What Xero answers with 400: one element and its errors."""

    def __init__(self, element, *messages):
        super().__init__("; ".join(messages))
        self.element, self.messages = element, messages


def ms(moment):
    """Write an instant as Xero does (prose: "Requests and responses", dates)."""
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return f"/Date({round(moment.timestamp() * 1000)}+0000)/"


def day(text):
    """Read a day as clients send it: either way that Xero takes."""
    if found := re.fullmatch(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/", str(text)):
        return datetime.fromtimestamp(int(found[1]) / 1000, UTC).date()
    return date.fromisoformat(str(text)[:10])


@dataclass
class Books:
    """Contacts, bills, payments and settings of one organisation."""

    name: str = "Tasman Opera Pty Ltd"
    id: str = field(default_factory=lambda: str(uuid4()))
    lock_on: date | None = None
    accounts: dict = field(default_factory=dict)
    tax_rates: dict = field(default_factory=dict)
    tracking: list = field(default_factory=list)
    currencies: set = field(default_factory=lambda: {"AUD", "EUR", "NZD", "JPY"})
    contacts: dict = field(default_factory=dict)
    invoices: dict = field(default_factory=dict)
    credit_notes: dict = field(default_factory=dict)
    payments: dict = field(default_factory=dict)
    attachments: dict = field(default_factory=dict)
    history: dict = field(default_factory=dict)
    changed: object = lambda kind, id_, what: None
    """Called with whatever changes: Xero's webhooks follow from it."""
    last: float = 0.0
    counter: object = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self):
        for code, name, kind in (
            ("404", "Artist fees", "DIRECTCOSTS"), ("412", "Per diems", "DIRECTCOSTS"),
            ("493", "Travel, national", "EXPENSE"), ("090", "Business account", "BANK"),
        ):  # fmt: skip
            self.accounts[code] = {
                "AccountID": str(uuid4()), "Code": code, "Name": name, "Type": kind,
                "Status": "ACTIVE", "TaxType": "INPUT", "Class": "ASSET" if kind == "BANK" else "EXPENSE",
            }  # fmt: skip
        for code, name, rate in (
            ("INPUT", "GST on Expenses", 10), ("EXEMPTEXPENSES", "GST Free Expenses", 0),
            ("BASEXCLUDED", "BAS Excluded", 0),
        ):  # fmt: skip
            self.tax_rates[code] = {
                "Name": name, "TaxType": code, "Status": "ACTIVE", "EffectiveRate": rate,
                "DisplayTaxRate": rate, "CanApplyToExpenses": True,
            }  # fmt: skip
        self.tracking = [
            {
                "TrackingCategoryID": str(uuid4()), "Name": "Production", "Status": "ACTIVE",
                "Options": [
                    {"TrackingOptionID": str(uuid4()), "Name": one, "Status": "ACTIVE"}
                    for one in ("Giselle", "Tosca")
                ],
            }
        ]  # fmt: skip

    def now(self):
        """Return a clock that never stands still, so that changes have an order."""
        self.last = max(datetime.now(UTC).timestamp(), self.last + 0.001)
        return datetime.fromtimestamp(self.last, UTC)

    def organisation(self):
        """Describe the organisation."""
        told = {
            "OrganisationID": self.id, "Name": self.name, "LegalName": self.name, "Version": "AU",
            "BaseCurrency": "AUD", "CountryCode": "AU", "ShortCode": "!23eYt",
        }  # fmt: skip
        return told | ({"PeriodLockDate": ms(self.lock_on)} if self.lock_on else {})

    # Contacts

    def make_contact(self, typed):
        """Make a contact; a name is used once (prose: contacts)."""
        if not typed.get("Name"):
            raise Invalid(typed, "The Contact Name must be specified.")
        for one in self.contacts.values():
            if one["Name"].casefold() == typed["Name"].casefold():
                raise Invalid(
                    typed, f"The contact name {typed['Name']} is already assigned to another contact. "
                    "The contact name must be unique across all active contacts.",
                )  # fmt: skip
        made = {
            "ContactID": str(uuid4()), "ContactStatus": "ACTIVE", "Name": typed["Name"],
            "UpdatedDateUTC": ms(self.now()), "IsSupplier": False, "IsCustomer": False,
            "HasAttachments": False, "HasValidationErrors": False, "Addresses": [], "Phones": [],
        }  # fmt: skip
        made |= {name: typed[name] for name in ("ContactNumber", "EmailAddress") if typed.get(name)}
        self.contacts[made["ContactID"]] = made
        return made

    # Bills

    def make_invoice(self, typed):
        """Make a bill; its number need not be unique (prose: invoices, "ACCPAY - non-unique")."""
        if typed.get("Type") != "ACCPAY":
            raise Invalid(typed, "The simulator keeps bills only.")
        errors = self._wrong(typed)
        if errors:
            raise Invalid(typed, *errors)
        contact = self.contacts[typed["Contact"]["ContactID"]]
        contact["IsSupplier"] = True
        number = next(self.counter)
        made = {
            "Type": "ACCPAY", "InvoiceID": str(uuid4()), "InvoiceNumber": typed.get("InvoiceNumber", ""),
            "Contact": contact, "Status": typed.get("Status", "DRAFT"), "Date": ms(day(typed["Date"])),
            "DueDate": ms(day(typed.get("DueDate") or typed["Date"])),
            "CurrencyCode": typed.get("CurrencyCode", "AUD"), "Payments": [], "CreditNotes": [],
            "LineAmountTypes": typed.get("LineAmountTypes", "Exclusive"), "HasErrors": False,
            "HasAttachments": False, "AmountPaid": 0, "AmountCredited": 0,
        }  # fmt: skip
        if typed.get("Url"):
            made["Url"] = typed["Url"]
        self._sum_up(made, typed["LineItems"])
        self.invoices[made["InvoiceID"]] = made
        self.attachments[made["InvoiceID"]] = []
        self.history[made["InvoiceID"]] = [f"Created, bill {number}"]
        self.touch(made, "CREATE")
        return made

    def _sum_up(self, made, lines):
        kept, tax_sum, sum_all = [], Decimal(0), Decimal(0)
        for line in lines:
            amount = Decimal(str(line["Quantity"])) * Decimal(str(line["UnitAmount"]))
            amount = amount.quantize(CENT, ROUND_HALF_UP)
            rate = Decimal(self.tax_rates[line["TaxType"]]["EffectiveRate"])
            if made["LineAmountTypes"] == "Inclusive":
                tax = (amount * rate / (100 + rate)).quantize(CENT, ROUND_HALF_UP)
            else:
                tax = (amount * rate / 100).quantize(CENT, ROUND_HALF_UP)
            sum_all += amount
            tax_sum += tax
            kept.append(
                line
                | {"LineItemID": str(uuid4()), "LineAmount": float(amount), "TaxAmount": float(tax)}
            )
        total = sum_all if made["LineAmountTypes"] == "Inclusive" else sum_all + tax_sum
        made |= {
            "LineItems": kept, "Total": float(total), "TotalTax": float(tax_sum),
            "SubTotal": float(total - tax_sum), "AmountDue": float(total) - made["AmountPaid"],
        }  # fmt: skip

    def _wrong(self, typed):
        """Return Xero's words for everything that is wrong with a bill."""
        errors = []
        contact = self.contacts.get((typed.get("Contact") or {}).get("ContactID", ""))
        if contact is None:
            errors.append("A Contact must be specified for this type of transaction")
        elif contact["ContactStatus"] == "ARCHIVED":
            errors.append(
                "The contact with the specified contact details has been archived. The contact must be "
                "un-archived before creating new invoices or credit notes."
            )
        if self.lock_on and day(typed["Date"]) <= self.lock_on:
            errors.append(
                "The document date cannot be before the period lock date, currently set at "
                f"{self.lock_on:%d-%b-%Y}"
            )
        if typed.get("CurrencyCode", "AUD") not in self.currencies:
            errors.append(f"Organisation is not subscribed to currency {typed['CurrencyCode']}")
        for line in typed.get("LineItems", []):
            errors += self._wrong_line(line)
        return errors

    def _wrong_line(self, line):
        errors = []
        account = self.accounts.get(line.get("AccountCode"))
        if account is None or account["Type"] == "BANK":
            errors.append(
                f"Account code '{line.get('AccountCode')}' is not a valid code for this document."
            )
        elif account["Status"] == "ARCHIVED":
            errors.append(
                f"Account code '{account['Code']}' has been archived, or deleted. "
                "Please correct the account code and try again."
            )
        rate = self.tax_rates.get(line.get("TaxType"))
        if rate is None or rate["Status"] != "ACTIVE":
            errors.append(
                f"The TaxType code '{line.get('TaxType')}' does not exist or cannot be used for this "
                "type of transaction."
            )
        for tracked in line.get("Tracking") or []:
            names = {
                option["Name"] for one in self.tracking for option in one["Options"]
                if one["Name"] == tracked.get("Name")
            }  # fmt: skip
            if tracked.get("Option") not in names:
                errors.append(f"The Tracking option '{tracked.get('Option')}' does not exist.")
        return errors

    def change(self, invoice_id, typed):
        """Change the status of a bill; a paid one is not edited (prose: invoices)."""
        bill = self.invoices[invoice_id]
        wanted = typed.get("Status")
        if bill["AmountPaid"]:
            raise Invalid(
                bill,
                "This document cannot be edited as it has a payment or credit note allocated to it.",
            )
        allowed = {
            "DRAFT": {"SUBMITTED", "AUTHORISED", "DELETED"}, "SUBMITTED": {"DRAFT", "AUTHORISED", "DELETED"},
            "AUTHORISED": {"VOIDED"},
        }.get(bill["Status"], set())  # fmt: skip
        if wanted not in allowed:
            raise Invalid(bill, "Invoice not of valid status for modification")
        bill["Status"] = wanted
        if wanted in ("VOIDED", "DELETED"):
            bill["AmountDue"] = 0
        self.touch(bill)
        return bill

    def pay(self, invoice_id, amount=None, on=None, reference=""):
        """Enter a payment; the last one makes the bill PAID (prose: payments)."""
        bill = self.invoices[invoice_id]
        if bill["Status"] in ("DRAFT", "SUBMITTED"):
            bill["Status"] = "AUTHORISED"
        if bill["Status"] not in LIVE:
            raise Invalid(bill, "Payments can only be made against Authorised documents")
        paid = Decimal(str(amount if amount is not None else bill["AmountDue"]))
        on = on or self.now().date()
        payment = {
            "PaymentID": str(uuid4()), "Date": ms(on), "Amount": float(paid), "Reference": reference,
            "Status": "AUTHORISED", "PaymentType": "ACCPAYPAYMENT", "UpdatedDateUTC": ms(self.now()),
        }  # fmt: skip
        self.payments[payment["PaymentID"]] = payment | {
            "Invoice": {"InvoiceID": invoice_id, "InvoiceNumber": bill["InvoiceNumber"]}
        }
        bill["Payments"].append(payment)
        self._settle(bill, on)
        return self.payments[payment["PaymentID"]]

    def take_back(self, payment_id):
        """Remove a payment."""
        gone = self.payments.pop(payment_id)
        bill = self.invoices[gone["Invoice"]["InvoiceID"]]
        bill["Payments"] = [one for one in bill["Payments"] if one["PaymentID"] != payment_id]
        bill["Status"] = "AUTHORISED"
        self._settle(bill, None)

    def _settle(self, bill, on):
        paid = sum((Decimal(str(one["Amount"])) for one in bill["Payments"]), Decimal(0))
        total = Decimal(str(bill["Total"]))
        bill["AmountPaid"], bill["AmountDue"] = float(paid), float(max(total - paid, Decimal(0)))
        if paid >= total:
            bill["Status"] = "PAID"
            bill["FullyPaidOnDate"] = ms(on) if on else bill["Payments"][-1]["Date"]
        else:
            bill.pop("FullyPaidOnDate", None)
        self.touch(bill)

    def edit_amount(self, invoice_id, amount):
        """Change what a bill comes to, as a person does in Xero."""
        bill = self.invoices[invoice_id]
        line = bill["LineItems"][0]
        self._sum_up(bill, [{**line, "Quantity": 1, "UnitAmount": float(amount)}])
        self.touch(bill)

    def attach(self, invoice_id, name, content, kind):
        """Keep a file beside a bill: at most ten, of 10 MB each (prose: attachments)."""
        files = self.attachments[invoice_id]
        if len(content) > 10_000_000:
            raise Invalid({"InvoiceID": invoice_id}, "The file exceeds the maximum size.")
        same = next((one for one in files if one["FileName"] == name), None)
        if same is None and len(files) >= 10:
            raise Invalid(
                {"InvoiceID": invoice_id}, "Maximum number of attachments (10) has been reached."
            )
        kept = {
            "AttachmentID": str(uuid4()), "FileName": name, "MimeType": kind,
            "ContentLength": len(content), "IncludeOnline": False, "_content": content,
        }  # fmt: skip
        if same is not None:
            files.remove(same)
        files.append(kept)
        self.invoices[invoice_id]["HasAttachments"] = True
        self.touch(self.invoices[invoice_id])
        return kept

    def touch(self, bill, what="UPDATE"):
        """Stamp a change, and let the webhooks know."""
        bill["UpdatedDateUTC"] = ms(self.now())
        self.changed("INVOICE", bill["InvoiceID"], what)

    def credit_bill(self, invoice_id):
        """Raise a credit note over the whole of a bill, as a person does there."""
        bill = self.invoices[invoice_id]
        note = {
            "Type": "ACCPAYCREDIT", "CreditNoteID": str(uuid4()), "CreditNoteNumber": f"CN-{bill['InvoiceNumber']}",
            "Contact": bill["Contact"], "Status": "PAID", "Date": ms(self.now()), "Total": bill["Total"],
            "CurrencyCode": bill["CurrencyCode"], "LineAmountTypes": bill["LineAmountTypes"],
        }  # fmt: skip
        self.credit_notes[note["CreditNoteID"]] = note
        bill["AmountCredited"], bill["AmountDue"], bill["Status"] = bill["Total"], 0, "PAID"
        self.touch(bill)
        return note


TEST = re.compile(r'\s*([\w.]+)\s*==\s*"((?:[^"\\]|\\.)*)"\s*(AND|OR|$)\s*')


def filtered(rows, where):
    """Read the little of Xero's filter language that is asked for: == joined by AND, OR (prose: "Filters")."""
    if not where:
        return list(rows)
    ways, place = [[]], 0
    while place < len(where) or not place:
        found = TEST.match(where, place)
        if found is None:
            raise Invalid({}, f"No property or field in filter: {where}")
        ways[-1].append((found[1], re.sub(r"\\(.)", r"\1", found[2]).casefold()))
        if found[3] == "OR":
            ways.append([])
        place = found.end()
    return [
        row for row in rows
        if any(all(str(row.get(name, "")).casefold() == said for name, said in way) for way in ways)
    ]  # fmt: skip
