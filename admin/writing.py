"""Writing a record from a form: Find, check, put to the rule, commit; or hand everything back.

The trap of architecture.md 5.5 is closed here: values that a rule refused are rolled back out of the
session before the form is shown again, and what was typed stays in the form.
"""

from collections.abc import Callable, Container
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from admin import forms, merging
from admin.forms import FormPage
from app.db.session import transaction, viewer
from app.domain.errors import Refused


def prefilled(view: Any) -> dict[str, Any]:
    """Return what the address says of the new record: ``?production=7`` chooses production 7."""
    offered = set(forms.names_in(view.form_parts))
    return {
        name: view.lookups[name].get(value) if name in view.lookups else value
        for name, value in request.args.items()
        if name in offered
    }


def propose(view: Any, form: FlaskForm) -> None:
    """Fill in what the address proposes of a record: ``?local_start=10:15``; saved only by its button."""
    for name, value in prefilled(view).items():
        form[name].process(None, value)


def page_of(view: Any, form: FlaskForm, title: str) -> FormPage:
    """Return the page of a form."""
    return FormPage(
        title=title,
        noun=view.noun,
        nouns=view.nouns,
        form=form,
        parts=forms.laid_out(form, view.form_parts),
        deed=f"Save {view.noun}",
        promise=view.promise,
        help=view.help,
        list_href=view.list_href(),
    )


def is_ready(form: FlaskForm) -> bool:
    """Tell whether the form is to be kept: the button Find only looks a related record up."""
    sought = request.form.get("find", "")
    if sought in form and hasattr(form[sought], "search"):
        form[sought].search()
        return False
    return bool(form.validate())


def revise(view: Any, page: FormPage, item: Any, rule: Callable[[Any], None]) -> bool:
    """Keep the form; where somebody saved the record since it was opened, show theirs beside it first."""
    seen = page.form._fields.get("version")
    if seen is None or str(item.version) == str(seen.data):
        theirs = merging.taken(request.form)
        if keep(view, page, item, rule, leave=theirs):
            return True
        if theirs or merging.is_answered(request.form):
            page.merged = merging.differences(view, page.form, item, theirs)
        return False
    page.top.append(merging.said(view, item))
    page.their_href = page.record_href
    page.merged = merging.differences(view, page.form, item)
    seen.data = item.version
    seen.raw_data = None
    return False


def keep(
    view: Any,
    page: FormPage,
    item: Any,
    rule: Callable[[Any], None],
    *,
    leave: Container[str] = (),
) -> bool:
    """Write the form to the record and commit; or put the refusal on the form and undo all.

    ``leave`` names the fields that stay as they are in the record.
    """
    try:
        with transaction() as db:
            for name in forms.names_in(view.form_parts):
                if name in leave:
                    continue
                setattr(item, name, page.form[name].data)
            _own(item)
            rule(item)
            db.add(item)
    except Refused as refusal:
        forms.put(page.form, refusal, page.top)
    except (IntegrityError, DataError) as error:
        forms.put(page.form, forms.explained(error, view), page.top)
    except StaleDataError:
        page.top.append(f"Somebody saved this {view.noun} at the same moment. Save yours again.")
    else:
        return True
    return False


def _own(item: Any) -> None:
    """Give a new record to the organisation of whoever makes it."""
    known = viewer()
    if known is not None and getattr(item, "organisation_id", 0) is None:
        item.organisation_id = known.organisation_id
