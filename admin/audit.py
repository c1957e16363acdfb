"""The audit log of the company: everything anybody did, to be read and never changed."""

from typing import Any, ClassVar

from flask import g
from sqlalchemy import func, select

from admin.access import sees_fees
from admin.actors import actor_name
from admin.base import RecordInterface, RecordView
from admin.columns import Column, label_of
from admin.filters import Choice, Day, Words
from admin.roles import ADMINISTRATOR, AUDITOR, READ, may
from app.db.session import session
from app.domain.histories import BULKY, VERBS, words_of
from app.models import AuditEntry, StaffProfile
from app.models.base import Base
from app.services import histories


def _entities() -> list[tuple[str, str]]:
    """Name what the log may tell of: every table of a company's, without asking the log itself."""
    told = {name for name, table in Base.metadata.tables.items() if "organisation_id" in table.c}
    return sorted(((name, words_of(name).capitalize()) for name in told), key=lambda pair: pair[1])


def _staff() -> list[tuple[str, str]]:
    """Name the staff, once a request: the names of the rows are among them."""
    if "staff_choices" not in g:
        rows = session.execute(
            select(StaffProfile.user_id, StaffProfile.display_name).order_by(
                StaffProfile.display_name
            )
        )
        g.staff_choices = [(f"staff:{key}", name) for key, name in rows]
        g.setdefault("actor_names", {}).update(g.staff_choices)
    choices: list[tuple[str, str]] = g.staff_choices
    return choices


def _who(entry: AuditEntry) -> str:
    name = actor_name(entry.actor)
    return f"{name} for {actor_name(entry.on_behalf_of)}" if entry.on_behalf_of else name


def _fields(entry: AuditEntry) -> str:
    if entry.action == "view":
        names = (entry.after or {}).get("fields", [])
    else:
        names = list(entry.after or entry.before or {})
    told = [label_of(name).lower() for name in names if name not in BULKY]
    return ", ".join(told[:6]) + (" …" if len(told) > 6 else "")


class AuditView(RecordView):
    """The log of the company, to be read: nobody changes it."""

    datamodel = RecordInterface(AuditEntry)
    noun, nouns = "entry", "entries"
    list_title = "Audit log"
    route_base = "/admin/audit"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show"]
    columns = (
        Column("happened_at", "When", order=AuditEntry.id),
        Column("actor", "Who", value=_who),
        Column(
            "entity",
            "What",
            value=lambda entry: (
                f"{words_of(entry.entity).capitalize()} {VERBS.get(entry.action, entry.action)}"
            ),
        ),
        Column("fields", "Fields", value=_fields),
        Column("reason", "Why", phone_label=True),
    )
    order_by = (AuditEntry.id.desc(),)
    filters = (
        Choice("who", "Who", _staff, lambda typed: AuditEntry.actor == typed),
        Choice("entity", "What", _entities, lambda typed: AuditEntry.entity == typed),
        Choice(
            "action",
            "Deed",
            lambda: [(key, word.capitalize()) for key, word in VERBS.items()],
            lambda typed: AuditEntry.action == typed,
        ),
        Day("from", "From", lambda typed: func.date(AuditEntry.happened_at) >= typed),
        Day("until", "Until", lambda typed: func.date(AuditEntry.happened_at) <= typed),
        Words("why", "Why", lambda typed: AuditEntry.reason.icontains(typed, autoescape=True)),
    )
    show_template = "desk/audit_entry.html"

    def name_of(self, record: AuditEntry) -> str:
        """Call it by what was done to what."""
        verb = VERBS.get(record.action, record.action)
        return f"{words_of(record.entity).capitalize()} {record.entity_id} {verb}"

    def show_context(self, record: AuditEntry) -> dict[str, Any]:
        """Bring the fields, old beside new."""
        steps = histories.steps_of(session(), [record], money=sees_fees())
        return {"step": steps[0] if steps else None}


may("AuditView", {(ADMINISTRATOR, AUDITOR): READ})
