"""A company with as many expense lines as wanted: its lines are written by the database itself."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from app.db.clock import now
from app.models import Engagement, ExpenseClaim, Organisation, Person, Production, StaffProfile

LINES = 50
"""Lines of one claim."""
PEOPLE, PRODUCTIONS = 400, 20

WRITE_LINES = """
INSERT INTO expense_line (public_id, organisation_id, claim_id, position, kind, description, supplier,
  spent_on, amount, currency, rate, rate_source, rate_date, base_amount, base_currency, tax_code,
  paid_by, declaration, flags, status, approved_amount, decision_reason, decided_by_name, claimant_id)
SELECT gen_random_uuid(), c.organisation_id, c.id, k, 'taxi',
  CASE k % 10 WHEN 0 THEN '=1+1' ELSE 'From the theatre to the airport, line ' || k END, 'Adelaide Cabs',
  date '2026-02-01' + k::int, 10 + k, CASE k % 3 WHEN 0 THEN 'EUR' ELSE 'AUD' END,
  CASE k % 3 WHEN 0 THEN 1.5 ELSE 1 END, CASE k % 3 WHEN 0 THEN 'table' ELSE 'same_currency' END,
  CASE k % 3 WHEN 0 THEN date '2026-02-01' END, (10 + k) * CASE k % 3 WHEN 0 THEN 1.5 ELSE 1 END,
  'AUD', '', 'artist', '', '[]'::jsonb,
  CASE k % 4 WHEN 0 THEN 'approved' WHEN 1 THEN 'refused' ELSE 'entered' END,
  CASE k % 4 WHEN 0 THEN 10 + k END, '', '', e.person_id
FROM expense_claim c JOIN engagement e ON e.id = c.engagement_id
CROSS JOIN generate_series(1, :lines) k WHERE c.organisation_id = :company
"""


def fill(superuser: Engine, rows: int) -> tuple[int, int]:
    """Write the company, without writing every row into the audit; return its id and a reader's."""
    with Session(superuser) as db:
        db.execute(text("SET LOCAL session_replication_role = replica"))
        company = Organisation(name="Bench", slug="bench", zone="Australia/Brisbane")
        reader = User(username="rosa", email="rosa@bench.example", first_name="Rosa",
                      last_name="Reader", active=True, password="x")  # fmt: skip
        db.add_all([company, reader])
        db.flush()
        own = {"organisation_id": company.id}
        db.add(StaffProfile(user_id=reader.id, display_name="Rosa Reader", **own))
        _claims(db, _engagements(db, own), own, -(-rows // LINES))
        db.execute(text(WRITE_LINES), {"company": company.id, "lines": LINES})
        db.commit()
        keys = company.id, reader.id
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return keys


def some(rows: int, most: int) -> dict[str, Any]:
    """Return what narrows the lines of ``fill`` to at most so many: one artist, and the first days."""
    days = min(LINES, most * PEOPLE * LINES // rows)
    return {"artist": 1, "until": (date(2026, 2, 1) + timedelta(days=days)).isoformat()}


def _engagements(db: Session, own: dict[str, Any]) -> list[int]:
    people = [
        {"name": f"Þórdís Wiśniewska {n}", "name_key": f"w {n}", **own} for n in range(PEOPLE)
    ]
    plays = [{"code": f"P{n}", "title": f"Production {n}", **own} for n in range(PRODUCTIONS)]
    people_ids = _written(db, Person, people)
    play_ids = _written(db, Production, plays)
    return _written(
        db, Engagement,
        [{"number": f"ENG-{n:05}", "person_id": person, "production_id": play_ids[n % PRODUCTIONS],
          "starts_on": date(2026, 1, 5), "ends_on": date(2026, 12, 20), "fee": Decimal(21600), **own}
         for n, person in enumerate(people_ids)],
    )  # fmt: skip


def _claims(db: Session, engagements: list[int], own: dict[str, Any], count: int) -> None:
    sent = now()
    _written(
        db, ExpenseClaim,
        [{"number": f"CL-{n:06}", "client_uuid": uuid4(), "engagement_id": engagements[n % PEOPLE],
          "status": "submitted", "claimed_by": "artist:1", "currency": "AUD", "submitted_at": sent, **own}
         for n in range(count)],
    )  # fmt: skip


def _written(db: Session, model: Any, rows: list[dict[str, Any]]) -> list[int]:
    made = insert(model).returning(model.id, sort_by_parameter_order=True)
    return list(db.scalars(made, rows))
