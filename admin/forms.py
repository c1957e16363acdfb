"""Forms of the desk: fields made from the record's columns, refusals put beside the field they are about.

Nothing typed is lost: a refused form comes back as it was, with the errors on top as links and
beside their fields.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from flask_wtf import FlaskForm
from sqlalchemy import inspect
from sqlalchemy.exc import DataError, IntegrityError
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import StopValidation

from admin.fields import FewField, Lookup, RelatedField
from admin.inputs import AmountField, ChoiceField, DayField, HourField, WholeField
from app.domain.errors import Invalid, Refused

FieldRow = str | tuple[str, ...]
Part = tuple[str, tuple[FieldRow, ...]]
"""A part of a form or record: its heading, its fields; a tuple of fields stands side by side."""

_BREAKS: Final = re.compile(r"[\x01-\x1f\x7f\x85\u2028\u2029]+")
SIMPLE = {Decimal: AmountField, date: DayField, time: HourField, int: WholeField}


@dataclass(frozen=True, slots=True)
class FormPart:
    """A fieldset: its legend and its fields, row by row."""

    label: str
    rows: list[list[Any]]


@dataclass(slots=True)
class FormPage:
    """Everything ``desk/form.html`` shows."""

    title: str
    noun: str
    nouns: str
    form: FlaskForm
    parts: list[FormPart]
    deed: str
    promise: str
    help: tuple[tuple[str, str], ...]
    list_href: str
    record_href: str = ""
    record_name: str = ""
    their_href: str = ""
    merged: list[Any] = field(default_factory=list)
    """Where somebody saved the record meanwhile: theirs beside yours, field by field."""
    top: list[str] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        """Tell whether there is something to put right."""
        return bool(self.top or self.form.errors)


class Present:
    """Refuses an empty field, by its name."""

    field_flags: Mapping[str, Any] = {"required": True}

    def __call__(self, form: Any, checked: Any) -> None:
        """Refuse the field if nothing is in it."""
        if checked.errors:
            raise StopValidation
        if checked.data is None or checked.data == "":
            raise StopValidation(f"{checked.label.text} is empty. Fill it in.")


def names_in(parts: Iterable[Part]) -> list[str]:
    """Return the field names of all parts, in order."""
    rows = [row for _, rows in parts for row in rows]
    return [name for row in rows for name in ((row,) if isinstance(row, str) else row)]


def laid_out(form: FlaskForm, parts: Iterable[Part]) -> list[FormPart]:
    """Return the fields of a form, part by part and row by row."""
    return [
        FormPart(label, [[form[n] for n in ((r,) if isinstance(r, str) else r)] for r in rows])
        for label, rows in parts
    ]


def form_class(view: Any, parts: Iterable[Part]) -> type[FlaskForm]:
    """Make the form for the parts of a view; ``view.form_fields`` may bring fields of its own."""
    made: dict[str, Any] = {
        name: view.form_fields.get(name) or _field(view, name) for name in names_in(parts)
    }
    if "version" in inspect(view.datamodel.obj).columns:
        made["version"] = HiddenField()
    return type("DeskForm", (FlaskForm,), made)


def put(form: FlaskForm, refusal: Refused, top: list[str]) -> None:
    """Put a refusal beside the field it is about; on top where it is about none."""
    errors = refusal.errors if isinstance(refusal, Invalid) else {refusal.field: refusal.reason}
    for name, reason in errors.items():
        if name in form and name is not None:
            form[name].errors = [*form[name].errors, reason]
        else:
            top.append(reason)


def explained(error: IntegrityError | DataError, view: Any) -> Refused:
    """Say in words what a constraint of the database refused: the net below the rules."""
    diagnosis = getattr(error.orig, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or str(error.orig)
    for part, (about, reason) in view.constraints.items():
        if part in name:
            return Refused(reason, field=about)
    about = next((n for n in names_in(view.form_parts) if name.endswith(n)), None)
    if "unique" in str(error.orig).lower() or name.startswith("uq_"):
        return Refused(f"Another {view.noun} already has this. Choose another.", field=about)
    if name.startswith("fk_"):
        return Refused(f"Something else still needs this {view.noun}. Nothing was changed.")
    return Refused("The records do not allow this. Check the dates and amounts.", field=about)


def _field(view: Any, name: str) -> Any:
    label, hint = view.label(name), view.description_columns.get(name, "")
    validators = list(view.validators_columns.get(name, ()))
    mapper = inspect(view.datamodel.obj)
    if name in mapper.relationships:
        column = next(iter(mapper.relationships[name].local_columns))
        return _related(view.lookups[name], label, hint, validators, is_needed=not column.nullable)
    column = mapper.columns[name]
    kind = getattr(column.type, "enum_class", None) or column.type.python_type
    default = column.default.arg if getattr(column.default, "is_scalar", False) else None
    if kind is bool:
        return BooleanField(label, validators, description=hint)
    is_needed = not column.nullable and default != ""
    validators = [Present(), *validators] if is_needed else validators
    rest: dict[str, Any] = {"description": hint}
    if default is not None:
        rest["default"] = default
    if issubclass(kind, StrEnum):
        return ChoiceField(label, validators, members=kind, optional=not is_needed, **rest)
    if kind in SIMPLE:
        return SIMPLE[kind](label, validators, **rest)
    is_long = name in view.long_columns
    shape = TextAreaField if is_long else StringField
    tidy = [_stripped_or_none if column.nullable else _stripped]
    return shape(label, validators, filters=tidy if is_long else [_on_one_line, *tidy], **rest)


def _related(
    lookup: Lookup, label: str, hint: str, validators: list[Any], *, is_needed: bool
) -> Any:
    shape = FewField if lookup.few else RelatedField
    if is_needed:
        validators = [Present(), *validators]
    return shape(label, validators, description=hint, lookup=lookup)


def _on_one_line(typed: str | None) -> str | None:
    """Take out what breaks a line: a name may become the subject of a letter or a line of a log."""
    return None if typed is None else _BREAKS.sub(" ", typed)


def _stripped(typed: str | None) -> str:
    return (typed or "").replace("\0", "").strip()


def _stripped_or_none(typed: str | None) -> str | None:
    return _stripped(typed) or None
