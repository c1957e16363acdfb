"""One sum in every column of money, in letters and in the log: who may not see fees meets it on no page."""

import pytest
import sqlalchemy as sa

from app.models.base import Base
from tests.integration.security.doors import address_of, doors
from tests.integration.security.world import HERE, MINE, MONEY, World, fill

SUM = "987654.32"
WRITTEN = ("987,654.32", "987654.32", "987,654", "987654")
ELSEWHERE = {
    "term_set": "terms = jsonb_build_object('fee', '987654.32')",
    "amendment": "changes = jsonb_build_object('fee', '987654.32')",
    "message": "subject = 'We pay 987,654.32 AUD', text = 'We pay 987,654.32 AUD'",
}
"""Where a sum stands in words or terms."""


@pytest.fixture
def world(database, owner_engine) -> World:
    made = fill(database.url("postgres"))
    with owner_engine.begin() as db:
        for table in Base.metadata.sorted_tables:
            columns = [
                c.name for c in table.columns
                if isinstance(c.type, sa.Numeric) and c.type.precision == MONEY and c.computed is None
            ]  # fmt: skip
            if columns and table.name in made.tables:
                db.exec_driver_sql(
                    f"UPDATE {table.name} SET " + ", ".join(f"{name} = {SUM}" for name in columns)
                )
        for table, planted in ELSEWHERE.items():
            db.exec_driver_sql(f"UPDATE {table} SET {planted}")
    return made


def told(app, browser, *, searched=True):
    """Return the pages under /admin/ that show the sum, and how many opened."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.testing = False
    found, opened = [], 0
    for door in doors(app, "/admin/"):
        if door.method != "GET" or (door.query and not searched):
            continue
        path = address_of(app, door.rule, MINE, door.words)
        answer = browser.get(
            f"{path}?{door.query.replace('{n}', str(MINE))}" if door.query else path
        )
        opened += answer.status_code == 200
        page = answer.data.decode(errors="replace")
        if any(sum_ in page for sum_ in WRITTEN):
            found.append(f"{path}?{door.query}")
    return found, opened


def test_who_plans_calls_meets_the_sum_on_no_page(world, app, staff):
    found, opened = told(app, staff("Schedule", organisation_id=HERE))

    assert found == []
    assert opened > 30


def test_who_may_see_fees_meets_it_on_many(world, app, staff):
    found, _opened = told(app, staff("Finance", organisation_id=HERE), searched=False)

    assert len(found) > 10
