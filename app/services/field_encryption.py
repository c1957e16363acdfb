"""Writing and showing encrypted fields: whoever looks at one is written down."""

from typing import Any

from sqlalchemy import ARRAY, Text, cast, func, select
from sqlalchemy.orm import Session

from app.db.secrets import Place, seal, unseal


def conceal(session: Session, record: Any, field: str, plain: str) -> None:
    """Put ``plain`` into an encrypted field of ``record``, which gets its number first if it is new."""
    if record.id is None:
        sequence = func.pg_get_serial_sequence(record.__tablename__, "id")
        record.id = session.scalar(select(func.nextval(sequence)))
    setattr(record, field, seal(plain, _place(record, field)))


def read_silently(record: Any, field: str) -> str:
    """Return an encrypted field in clear for the house to compare; nobody sees it, so nothing is written."""
    sealed = getattr(record, field)
    return "" if sealed is None else unseal(sealed, _place(record, field))


def reveal(session: Session, record: Any, field: str, *, reason: str = "") -> str:
    """Return an encrypted field in clear, and write down who looked, and why if a reason is given."""
    if getattr(record, field) is None:
        return ""
    plain = read_silently(record, field)
    if reason:
        session.execute(select(func.set_config("app.reason", reason, True)))
    session.execute(
        select(
            func.write_view_entry(record.__tablename__, str(record.id), cast([field], ARRAY(Text)))
        )
    )
    return plain


def _place(record: Any, field: str) -> Place:
    return Place(record.__tablename__, field, record.organisation_id, str(record.id))
