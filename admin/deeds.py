"""Moves on one record or several: who may, the question before, the answer after.

A move is a method of the view marked with FAB's ``@action`` that takes a list of records and calls a
service for each. It runs inside one transaction: all of them, or none. It returns a sentence for the
toast, or a response of its own, or nothing. ``{n}`` in the question becomes what it is about: "Send
{n} for signature?" asks "Send this contract for signature?" or "Send 3 contracts for signature?".
"""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.db.session import transaction
from app.domain.errors import Refused


@dataclass(frozen=True, slots=True)
class Deed:
    """A move as a button."""

    name: str
    text: str
    confirmation: str
    href: str
    question: str = ""
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything ``desk/confirm.html`` shows."""

    name: str
    question: str
    deed: str
    nouns: str
    href: str
    list_href: str
    pks: list[str]
    names: list[str]
    wrong: str = ""


def ask(view: Any, confirmation: str, count: int) -> str:
    """Fill the question with what it is about."""
    about = f"this {view.noun}" if count == 1 else f"{count} {view.nouns}"
    return confirmation.replace("{n}", about)


def on_list(view: Any) -> list[Deed]:
    """Return the moves that may be made on several records from the list."""
    return [
        Deed(item.name, item.text, item.confirmation or "", "", is_main=item.name == view.main_move)
        for item in view.actions.values()
        if item.multiple and view.may_act(item.name)
    ]


def on_record(view: Any, record: Any) -> list[Deed]:
    """Return the moves that this record offers."""
    pk = view.datamodel.get_pk_value(record)
    offered = view.offers(record)
    return [
        Deed(
            item.name,
            item.text,
            item.confirmation or "",
            url_for(f"{view.endpoint}.action", name=item.name, pk=pk),
            ask(view, item.confirmation or "", 1),
            is_main=_is_main(view, item.name),
        )
        for item in view.actions.values()
        if item.single and view.may_act(item.name) and (offered is None or item.name in offered)
    ]


def asked(view: Any, item: Any, records: list[Any]) -> Asked | None:
    """Return the question to put before the move, or None if it is answered or needs none."""
    if not item.confirmation:
        return None
    wrong = ""
    if request.form.get("confirmed"):
        if len(records) == 1 or request.form.get("count", "").strip() == str(len(records)):
            return None
        wrong = f"Type {len(records)}, the number of {view.nouns}, or choose Not yet."
    count = len(records)
    return Asked(
        name=item.name,
        question=ask(view, item.confirmation, count),
        deed=f"{item.text}: {count} {view.noun if count == 1 else view.nouns}",
        nouns=view.nouns,
        href=url_for(f"{view.endpoint}.action_post"),
        list_href=view.list_href(),
        pks=[str(view.datamodel.get_pk_value(record)) for record in records],
        names=[view.name_of(record) for record in records],
        wrong=wrong,
    )


def done(item: Any, records: list[Any], back: str) -> Response:
    """Make the move on all records or on none, and say what came of it."""
    try:
        with transaction():
            answer = item.func(records)
    except Refused as refusal:
        flash(str(refusal), "danger")
        return redirect(back, 303)
    if isinstance(answer, str):
        flash(answer, "success")
    return answer if isinstance(answer, Response) else redirect(back, 303)


def _is_main(view: Any, name: str) -> bool:
    """Tell whether a move is the filled button of a record's page; a view may name one for each state."""
    main = view.main_move
    return name == main if isinstance(main, str) else name in main
