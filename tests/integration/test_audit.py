"""The audit log: sealed as it grows, and whoever changes it afterwards is found out."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.models import Organisation
from app.services import audit
from tasks.seals import keep_heads, kept_heads, seal_audit


@pytest.fixture
def told(owner_session: Session, organisation: Organisation) -> Organisation:
    """A company with three changes in its history, one a transaction."""
    for name in ("Meridian", "Meridian Ballet", "The Meridian Ballet"):
        organisation.name = name
        owner_session.commit()
    return organisation


@pytest.fixture
def worker(engine_of: Callable[[str], Engine]) -> Engine:
    return engine_of("portal_worker")


@pytest.fixture
def seal(worker: Engine, tmp_path: Path) -> Callable[[], list[audit.Head]]:
    """Seal as the timetable does, each time in a transaction of its own."""

    def run() -> list[audit.Head]:
        with Session(worker) as db:
            made = seal_audit(db, tmp_path)
            db.commit()
            return made

    return run


@pytest.fixture
def broken(worker: Engine, tmp_path: Path) -> Callable[[], list[str]]:
    """Verify as ``flask audit verify`` does."""

    def run() -> list[str]:
        with Session(worker) as db:
            return [place.reason for place in audit.verify(db, kept_heads(tmp_path))]

    return run


@pytest.fixture
def tamper(engine_of: Callable[[str], Engine]) -> Callable[[str], None]:
    """Do what only somebody with the keys of the database server can: switch the triggers off."""
    root = engine_of("postgres")

    def run(deed: str) -> None:
        with root.begin() as db:
            db.execute(text("SET session_replication_role = replica"))
            db.execute(text(deed))

    return run


def test_an_untouched_log_holds(told: Organisation, seal, broken) -> None:  # type: ignore[no-untyped-def]
    heads = seal()

    assert [head.number for head in heads if head.organisation_id == told.id] == [1]
    assert broken() == []


def test_nothing_new_makes_no_seal(told: Organisation, seal) -> None:  # type: ignore[no-untyped-def]
    seal()

    assert seal() == []


def test_the_chain_goes_on(told: Organisation, seal, broken, owner_session: Session) -> None:  # type: ignore[no-untyped-def]
    seal()
    told.name = "Meridian Ballet Limited"
    owner_session.commit()

    heads = seal()

    assert [head.number for head in heads if head.organisation_id == told.id] == [2]
    assert broken() == []


NEWEST = "(SELECT max(id) FROM audit_entry WHERE entity = 'organisation')"


@pytest.mark.parametrize(
    "deed",
    [
        f"UPDATE audit_entry SET actor = 'staff:999' WHERE id = {NEWEST}",
        f"UPDATE audit_entry SET after = '{{}}' WHERE id = {NEWEST}",
        f"UPDATE audit_entry SET happened_at = happened_at - interval '1 s' WHERE id = {NEWEST}",
        f"DELETE FROM audit_entry WHERE id = {NEWEST}",
        (
            "INSERT INTO audit_entry (organisation_id, happened_at, actor, on_behalf_of, action, entity,"
            " entity_id, reason, request_id, transaction_id) SELECT organisation_id, happened_at, actor,"
            " '', 'update', entity, entity_id, '', '', transaction_id FROM audit_entry"
            f" WHERE id = {NEWEST}"
        ),
        f"UPDATE audit_entry SET id = id + 1000000 WHERE id = {NEWEST} - 1",
        "UPDATE audit_seal SET hash = previous_hash",
        "DELETE FROM audit_seal WHERE number = 1",
    ],
    ids=["actor", "values", "time", "deleted", "inserted", "reordered", "seal", "seal-deleted"],
)
def test_a_tamper_is_found(told: Organisation, seal, broken, tamper, deed: str) -> None:  # type: ignore[no-untyped-def]
    seal()
    seal()
    told_before = broken()

    tamper(deed)

    assert told_before == []
    assert broken() != []


def test_cutting_off_the_tail_contradicts_what_is_kept_outside(  # type: ignore[no-untyped-def]
    told: Organisation, seal, broken, tamper, owner_session: Session
) -> None:
    seal()
    told.name = "Meridian Ballet Limited"
    owner_session.commit()
    seal()
    seal()

    tamper(f"DELETE FROM audit_entry WHERE id = {NEWEST}")
    tamper("DELETE FROM audit_seal WHERE number = 2")

    assert broken() == ["the seal kept outside the database is missing here, or differs"]


class TestRandomTampers:
    """One hundred tampers, drawn by a seed: edit, delete, insert, reorder, truncate; each is found."""

    COUNT = 100
    SEED = 20261125
    KINDS = ("edit", "delete", "insert", "reorder", "truncate")
    FIELDS = ("actor", "on_behalf_of", "action", "entity", "entity_id", "reason", "request_id")

    def deed(self, kind: str, entry: int, other: int, chance: random.Random) -> list[str]:
        """Return the statements of one tamper on an entry, with another one to swap or cut with."""
        match kind:
            case "edit":
                field = chance.choice([*self.FIELDS, "after", "happened_at", "transaction_id"])
                new = {
                    "after": """coalesce(after, '{}') || '{"fee": 1}'""",
                    "happened_at": "happened_at + interval '1 microsecond'",
                    "transaction_id": "transaction_id - 1",
                }.get(field, f"{field} || '!'")
                return [f"UPDATE audit_entry SET {field} = {new} WHERE id = {entry}"]
            case "delete":
                return [f"DELETE FROM audit_entry WHERE id = {entry}"]
            case "insert":
                columns = "organisation_id, happened_at, actor, on_behalf_of, action, entity, entity_id, before, after, reason, request_id, transaction_id"
                return [
                    f"INSERT INTO audit_entry ({columns}) SELECT {columns} FROM audit_entry WHERE id = {entry}"
                ]
            case "reorder":
                return [
                    f"UPDATE audit_entry SET id = -1 WHERE id = {entry}",
                    f"UPDATE audit_entry SET id = {entry} WHERE id = {other}",
                    f"UPDATE audit_entry SET id = {other} WHERE id = -1",
                ]
            case _:
                # The tail is cut off with its seals: only the heads kept outside know.
                return [
                    f"DELETE FROM audit_entry WHERE id >= {entry}",
                    (
                        "DELETE FROM audit_seal s WHERE s.entry_count <> (SELECT count(*) FROM audit_entry e"
                        " WHERE e.organisation_id IS NOT DISTINCT FROM s.organisation_id"
                        " AND e.transaction_id >= s.from_transaction AND e.transaction_id < s.to_transaction)"
                    ),
                ]

    def test_one_hundred_of_one_hundred_are_found(  # type: ignore[no-untyped-def]
        self, told: Organisation, seal, worker, engine_of, owner_session: Session, tmp_path: Path
    ) -> None:
        for batch in range(6):
            for number in range(5):
                told.name = f"Meridian {batch}.{number}"
                owner_session.commit()
            seal()
        with Session(worker) as db:
            keep_heads(db, tmp_path)
        chance = random.Random(self.SEED)
        found = Counter[str]()
        engine = engine_of("postgres")
        with engine.connect() as db:
            ids = list(
                db.scalars(
                    text("SELECT id FROM audit_entry WHERE organisation_id = :o ORDER BY id"),
                    {"o": told.id},
                )
            )
            db.execute(text("SET session_replication_role = replica"))
            db.commit()
            for number in range(self.COUNT):
                kind = self.KINDS[number % len(self.KINDS)]
                one, other = chance.sample(ids, 2)
                with db.begin() as attempt:
                    for statement in self.deed(kind, one, other, chance):
                        db.execute(text(statement))
                    broken = audit.verify(Session(db), kept_heads(tmp_path))
                    found[kind] += bool(broken)
                    attempt.rollback()
            with db.begin():
                clean = audit.verify(Session(db), kept_heads(tmp_path))

        assert clean == []
        assert found == dict.fromkeys(self.KINDS, self.COUNT // len(self.KINDS))
