"""The walls of the database: no viewer, no rows; another organisation's rows do not exist."""

from collections.abc import Callable

import pytest
from psycopg import errors
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

TENANTS = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, r.rolname AS owner,
       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'organisation') AS walls
FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
              AND a.attname = 'organisation_id' AND NOT a.attisdropped)
ORDER BY 1
"""
OTHER_WALLS = {
    "outbox_message", "client_request", "inbox_notice", "web_session", "login_token", "provider_usage",
}  # fmt: skip
"""Queues and sessions, whose rows are read before an organisation is known; see their migrations."""

SETTINGS = "SELECT set_config('app.organisation_id', :org, true), set_config('app.artist_id', :art, true), set_config('app.actor', 'staff:1', true)"
NEW_ORGANISATION = (
    "INSERT INTO organisation (id, public_id, name, slug, legal_name, registration_number, address,"
    " contact_name, contact_phone, base_currency, zone, jurisdiction, pay_run_weekday,"
    " pay_run_lead_days) OVERRIDING SYSTEM VALUE VALUES (:id, gen_random_uuid(), :slug, :slug, '',"
    " '', '', '', '', 'AUD', 'Australia/Brisbane', 'AU', 4, 3)"
)
NEW_PERSON = (
    "INSERT INTO person (public_id, organisation_id, kind, name, legal_name, preferred_name,"
    " sort_name, name_key, is_agent, note) VALUES (gen_random_uuid(), :org, 'individual', :name, '',"
    " '', '', :name, false, '') RETURNING id"
)


@pytest.fixture
def people(owner_engine: Engine) -> dict[str, int]:
    """Two organisations, two people in the first and one in the second."""
    with owner_engine.begin() as db:
        db.execute(text("SET LOCAL ROLE portal_owner"))
        for number in (1, 2):
            db.execute(text(NEW_ORGANISATION), {"id": number, "slug": f"house-{number}"})
        return {
            name: db.scalar(text(NEW_PERSON), {"org": org, "name": name}) or 0
            for name, org in (("Mia", 1), ("Noémie", 1), ("Stranger", 2))
        }


@pytest.fixture
def door(database_url: str) -> Engine:
    """The database as a door reaches it: as portal_app, with no viewer yet."""
    return create_engine(database_url, poolclass=NullPool)


@pytest.fixture
def names_seen(door: Engine) -> Callable[..., list[str]]:
    def look(organisation: str, artist: str = "") -> list[str]:
        with door.begin() as db:
            if organisation:
                db.execute(text(SETTINGS), {"org": organisation, "art": artist})
            return list(db.scalars(text("SELECT name FROM person ORDER BY name")))

    return look


def test_every_tenants_table_has_its_wall_and_another_owner(owner_engine: Engine) -> None:
    with owner_engine.connect() as db:
        tables = db.execute(text(TENANTS)).all()

    bare = [
        t.relname
        for t in tables
        if not (t.relrowsecurity and t.relforcerowsecurity)
        or t.owner != "portal_owner"
        or (t.walls != 1 and t.relname not in OTHER_WALLS)
    ]

    assert len(tables) > 50
    assert bare == []


def test_without_a_viewer_there_are_no_rows(people: dict[str, int], names_seen) -> None:  # type: ignore[no-untyped-def]
    assert names_seen("") == []


def test_an_organisation_sees_its_own_people_only(people: dict[str, int], names_seen) -> None:  # type: ignore[no-untyped-def]
    assert names_seen("1") == ["Mia", "Noémie"]
    assert names_seen("2") == ["Stranger"]


def test_an_artist_sees_herself_only(people: dict[str, int], names_seen) -> None:  # type: ignore[no-untyped-def]
    assert names_seen("1", str(people["Mia"])) == ["Mia"]


def test_an_artist_of_another_organisation_sees_nobody(people: dict[str, int], names_seen) -> None:  # type: ignore[no-untyped-def]
    assert names_seen("2", str(people["Mia"])) == []


def test_a_row_for_another_organisation_is_refused(people: dict[str, int], door: Engine) -> None:
    with pytest.raises(DBAPIError) as refusal, door.begin() as db:
        db.execute(text(SETTINGS), {"org": "1", "art": ""})
        db.execute(text(NEW_PERSON), {"org": 2, "name": "Smuggled"})

    assert isinstance(refusal.value.orig, errors.InsufficientPrivilege)


def test_a_key_into_another_organisation_is_refused(people: dict[str, int], door: Engine) -> None:
    with pytest.raises(DBAPIError) as refusal, door.begin() as db:
        db.execute(text(SETTINGS), {"org": "1", "art": ""})
        db.execute(
            text(
                "INSERT INTO availability (organisation_id, person_id, starts_on, ends_on, kind, status, note)"
                " VALUES (1, :person, '2026-01-01', '2026-01-02', 'unavailable', 'proposed', '')"
            ),
            {"person": people["Stranger"]},
        )

    assert isinstance(refusal.value.orig, errors.ForeignKeyViolation)


@pytest.mark.parametrize("deed", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
def test_the_audit_log_cannot_be_changed(
    people: dict[str, int], door: Engine, owner_engine: Engine, deed: str
) -> None:
    for engine in (door, owner_engine):
        with pytest.raises(DBAPIError), engine.begin() as db:
            db.execute(text(SETTINGS), {"org": "1", "art": ""})
            db.execute(text(deed))


def test_every_change_is_told(people: dict[str, int], door: Engine) -> None:
    with door.begin() as db:
        db.execute(text(SETTINGS), {"org": "1", "art": ""})
        db.execute(text("UPDATE person SET note = 'left-handed' WHERE name = 'Mia'"))
        told = db.execute(
            text("SELECT actor, entity, before, after FROM audit_entry WHERE action = 'update'")
        ).one()

    assert tuple(told) == ("staff:1", "person", {"note": ""}, {"note": "left-handed"})
