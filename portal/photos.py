"""The photo of a receipt: kept as soon as it comes, so that a wrong amount never costs the photo."""

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


def photo_of(form: ExpenseForm) -> StoredFile | None:
    """Keep the photo that came with the form, or find the one that came before; refuse on the form."""
    given = (request.files.get(name) for name in ("photo", "file"))
    upload = next((one for one in given if one is not None and uploads.is_given(one)), None)
    if upload is not None:
        try:
            return _keep(uploads.take_in(upload, DocumentKind.receipt, field="photo"))
        except Refused as refusal:
            form.put(refusal)
    before = key_in(request.form.get("photo_key", ""))
    return None if before is None else reading.file_of(session(), before)


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
