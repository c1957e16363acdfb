"""Encrypted fields: sealed for their row, and whoever looks is written down."""

from sqlalchemy import select

from app.db import session as house
from app.db.viewer import Viewer
from app.models import AuditEntry, PayeeProfile
from app.services import field_encryption


def test_a_look_is_written_down_and_the_number_is_not(app, owner_session, person):
    with app.app_context():
        house.act_as(Viewer(person.organisation_id, actor="staff:7", reason="pay run"))
        with house.transaction() as db:
            payee = PayeeProfile(
                organisation_id=person.organisation_id, person_id=person.id, name="Noémie Lefèvre"
            )
            field_encryption.conceal(db, payee, "tax_number", "12 345 678 901")
            db.add(payee)
        with house.transaction() as db:
            seen = field_encryption.reveal(db, payee, "tax_number")

    assert seen == "12 345 678 901"
    assert payee.tax_number.startswith("v1|")
    told = owner_session.scalars(
        select(AuditEntry).where(AuditEntry.entity == "payee_profile").order_by(AuditEntry.id)
    ).all()
    assert [(entry.action, entry.actor, entry.reason) for entry in told] == [
        ("insert", "staff:7", "pay run"),
        ("view", "staff:7", "pay run"),
    ]
    assert told[0].after["tax_number"] == "•••"
    assert told[1].after == {"fields": ["tax_number"]}
