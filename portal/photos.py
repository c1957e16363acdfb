"""Photos of receipts: each kept as soon as it comes, so that a wrong amount never costs a photo."""

from typing import Final

from flask import request

from app import uploads
from app.db.session import session, transaction
from app.domain.documents import DocumentKind
from app.domain.errors import Refused
from app.models.documents import StoredFile
from app.services import files
from app.services.expenses import reading
from portal.expense_form import ExpenseForm, key_in
from portal.gate import company, taken

MOST: Final = 10
"""Papers behind one expense."""


def gather(form: ExpenseForm) -> None:
    """Bring the photos that came with the form and those that came before; refuse on the form."""
    form.photos = _kept_before("photo_key") + _new(form, ("photo", "file"), "photo")
    form.statements = _kept_before("statement_key") + _new(form, ("statement",), "statement")
    form.photos = list({file.id: file for file in form.photos}.values())
    form.statements = list({file.id: file for file in form.statements}.values())


def _new(form: ExpenseForm, names: tuple[str, ...], field: str) -> list[StoredFile]:
    given = [one for name in names for one in request.files.getlist(name) if uploads.is_given(one)]
    kept = []
    for upload in given[:MOST]:
        try:
            kept.append(_keep(uploads.take_in(upload, DocumentKind.receipt, field=field)))
        except Refused as refusal:
            named = f"{upload.filename}: " if len(given) > 1 else ""
            form.errors[field] = f"{named}{refusal.reason}"
    if len(given) > MOST:
        form.errors[field] = f"Add at most {MOST} photos to one expense; the first {MOST} are kept."
    return kept


def _kept_before(name: str) -> list[StoredFile]:
    left_out = set(request.form.getlist("leave_out"))
    keys = [key_in(text) for text in request.form.getlist(name) if text not in left_out]
    return by_keys([str(key) for key in keys if key is not None])


def by_keys(texts: list[str]) -> list[StoredFile]:
    """Return the files of those keys that whoever is looking may see, in that order."""
    keys = [key for key in map(key_in, texts[:MOST]) if key is not None]
    found = (reading.file_of(session(), key) for key in keys)
    return [file for file in found if file is not None]


def _keep(new: uploads.Taken) -> StoredFile:
    with transaction() as db:
        return files.record(
            db,
            new.kept,
            organisation_id=company(db).id,
            stored_by=taken().actor,
            owner_person_id=taken().person_id,
            scan_status=new.scan_status,
        )
