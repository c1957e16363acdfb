"""Every report of the catalogue, made as every kind of file over the same rows."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from random import Random
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from app.db.clock import now
from app.domain.contracts import ContractStatus
from app.domain.expenses import LineStatus
from app.domain.reports import ReportStatus
from app.models import ExpenseClaim, ExpenseLine, Person
from reports.catalogue import REPORTS
from tests.integration.reports.asking import ask, dicts, file_of

DAY = now().date().isoformat()
PERIOD = {"since": "2026-01-01", "until": "2027-12-31", "on": "2027-12-31"}
RISKY = '=HYPERLINK("http://evil.example")'
RATES = {"AUD": (Decimal(1), "same_currency"), "EUR": (Decimal("1.655"), "card_statement"),
         "JPY": (Decimal("0.0101"), "entered")}  # fmt: skip


@pytest.fixture
def claims(owner_session, contract, organisation):
    """Return a maker of claims with random lines: three currencies, every decision, two productions."""

    def make(seed: int, count: int = 24) -> None:
        chance = Random(seed)
        hired = [
            contract(code, ContractStatus.executed, "1000.00", "AUD", name)
            for code, name in (("GIS", "Noémie"), ("GIS", RISKY), ("CAR", "Łucja"))
        ]
        for number in range(count):
            engagement = chance.choice(hired).engagement_id
            claim = claim_of(organisation.id, engagement, f"CL-{seed}-{number}")
            owner_session.add(claim)
            owner_session.flush()
            for position in range(1, chance.randint(2, 5)):
                owner_session.add(line_of(claim, position, chance, owner_session))
        owner_session.commit()

    return make


def claim_of(organisation_id, engagement_id, number):
    return ExpenseClaim(
        organisation_id=organisation_id, number=number, client_uuid=uuid4(), currency="AUD",
        engagement_id=engagement_id, claimed_by="artist:1", submitted_at=now(),
    )  # fmt: skip


def line_of(claim, position, chance, session):
    currency = chance.choice(list(RATES))
    rate, source = RATES[currency]
    places = Decimal(1) if currency == "JPY" else Decimal("0.01")
    amount = Decimal(chance.randint(100, 99_999)).scaleb(-2).quantize(places) + 1
    known = chance.random() > 0.1
    base = (amount * rate).quantize(Decimal("0.01")) if known else None
    status = chance.choice(list(LineStatus)) if known else LineStatus.entered
    approved = (base * chance.randint(0, 100) / 100).quantize(Decimal("0.01")) if known else None
    return ExpenseLine(
        organisation_id=claim.organisation_id, claim_id=claim.id, position=position, kind="taxi",
        supplier=chance.choice(["Adelaide Cabs", RISKY, "-1+1"]), spent_on=date(2026, 11, 1),
        amount=amount, currency=currency, rate=rate, rate_source=source,
        rate_date=date(2026, 11, 1) if currency != "AUD" else None, base_amount=base,
        base_currency="AUD", status=status,
        approved_amount=approved if status is LineStatus.approved else None,
        claimant_id=session.get(ExpenseClaim, claim.id).engagement.person_id,
    )  # fmt: skip


@pytest.fixture
def made(staff, work, runs):
    """Return a maker of reports: what is asked for is made, and its run and bytes come back."""
    auditor = staff("Auditor")

    def make(report, report_format="csv", **typed):
        ask(auditor, report_format, report, **{**PERIOD, **typed})
        work()
        run = runs()[-1]
        assert run.status is ReportStatus.ready, run.error
        return run, file_of(auditor, run).data

    return make


class TestEveryReport:
    def test_says_the_same_in_every_format(self, made, claims, owner_session):
        claims(1, 4)
        artist = owner_session.query(Person).first().name

        for name in sorted(REPORTS):
            hashes = {
                made(name, each, artist_words=artist if name == "artist_statement" else "")[0].data_sha256
                for each in (("csv", "xlsx") if name in ("audit_extract", "access_review") else ("csv", "xlsx", "pdf"))
            }  # fmt: skip
            # Asking is itself told in the log, so an extract never says the same twice.
            assert len(hashes) == 1 or name in ("audit_extract", "access_review"), name

    def test_what_it_needs_is_asked_for_beside_the_field(self, staff, runs):
        auditor = staff("Auditor")

        empty = ask(auditor, "csv", "access_review", since="", until="").text
        turned = ask(auditor, "csv", "access_review", since="2026-11-30", until="2026-11-01").text
        nobody = ask(auditor, "csv", "artist_statement").text

        assert "From is empty. Fill it in." in empty
        assert "is before the first day. Choose" in turned
        assert 'value="2026-11-30"' in turned
        assert "Artist is empty. Fill it in." in nobody
        assert runs() == []


class TestExpenses:
    @pytest.mark.parametrize("seed", [7, 8, 9])
    def test_every_total_is_the_sum_of_its_lines(self, seed, made, claims):
        claims(seed)

        _, content = made("expenses")

        lines = dicts(content, "Lines")
        sums = {
            "Claimed": "In base",
            "Approved": "Approved",
            "Refused or taken off": "Refused or taken off",
        }
        for table in ("By production", "By artist", "In all"):
            rows = dicts(content, table)
            for total, part in sums.items():
                assert added(rows, total) == added(lines, part)
            assert sum(int(row["Lines"]) for row in rows) == len(lines)
            assert added(rows, "Claimed") == sum(
                added(rows, each) for each in ("Not decided", "Approved", "Refused or taken off")
            )
        for row in dicts(content, "By currency"):
            own = [line for line in lines if line["Currency"] == row["Currency"]]
            assert Decimal(row["Spent"]) == added(own, "Amount")

    def test_a_period_and_an_artist_narrow_it_down(self, made, claims):
        claims(3)

        _, none = made("expenses", since="2026-12-01")
        _, hers = made("expenses", artist_words="Łucja")

        assert dicts(none, "Lines") == []
        assert {line["Artist"] for line in dicts(hers, "Lines")} == {"Łucja"}


class TestCostPosition:
    @pytest.mark.parametrize("seed", [4, 5])
    def test_totals_are_sums_and_committed_is_what_it_says(self, seed, made, claims):
        claims(seed)

        _, content = made("cost_position")

        artists = dicts(content, "By artist")
        for table in ("By production", "In all"):
            for measure in (
                "Contracted",
                "Claims approved",
                "Claims not decided",
                "Committed",
                "Committed in base",
            ):
                assert added(dicts(content, table), measure) == added(artists, measure)
        for row in artists:
            assert Decimal(row["Committed"]) == sum(
                Decimal(row[each])
                for each in ("Contracted", "Allowances to date", "Claims approved")
            )
        assert added(dicts(content, "In base"), "Committed in base") == added(
            artists, "Committed in base"
        )

    def test_another_currency_is_taken_into_base_at_the_rate_it_names(self, made, claims, contract):
        contract("CAR", ContractStatus.executed, "2000.00", "EUR", "Þórdís")
        contract("CAR", ContractStatus.executed, "500.000", "KWD", "Aroha")
        claims(6)

        _, content = made("cost_position")

        rates = {row["Currency"]: row for row in dicts(content, "Rates used")}
        rows = {
            row["Artist"]: row
            for row in dicts(content, "By artist")
            if row["Currency"] in ("EUR", "KWD")
        }
        assert (rates["EUR"]["Rate"], rates["EUR"]["From"]) == ("1.655", "card statement")
        assert rows["Þórdís"]["Committed in base"] == "3310.00"
        assert (rows["Aroha"]["Rate"], rows["Aroha"]["Committed in base"]) == ("", "")
        assert dicts(content, "In base")[0]["Without a rate"] == "1"


class TestWorkbook:
    def test_amounts_and_days_are_typed_and_no_cell_is_a_formula(self, made, claims):
        claims(2, 6)

        book = load_workbook(BytesIO(made("expenses", "xlsx")[1]))

        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        texts = [cell.value for cell in cells if isinstance(cell.value, str)]
        assert [cell for cell in cells if cell.data_type == "f"] == []
        assert [text for text in texts if text[:1] in "=+-@"] == []
        assert f"'{RISKY}" in texts
        head = [cell.value for cell in book["Lines"][1]]
        first = dict(zip(head, book["Lines"][2], strict=True))
        assert isinstance(first["Amount"].value, int | float)
        assert first["Spent on"].value.date() == date(2026, 11, 1)
        yen = next(
            row
            for row in book["Lines"].iter_rows(min_row=2)
            if row[head.index("Currency")].value == "JPY"
        )
        assert yen[head.index("Amount")].number_format == "#,##0"
        assert yen[head.index("In base")].number_format == "#,##0.00"


def added(rows, column):
    return sum((Decimal(row[column]) for row in rows if row[column]), Decimal(0))
