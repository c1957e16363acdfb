"""Files of whoever is looking: the safe copy, and the original to save."""

from uuid import UUID

from flask import Blueprint, Response, abort
from werkzeug.wrappers import Response as AnyResponse

from app import served
from app.db.session import transaction
from app.models.documents import StoredFile
from app.services.expenses import reading
from portal.gate import needs_seat


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/files/<uuid:key>", "file", needs_seat(show))
    portal.add_url_rule("/files/<uuid:key>/original", "file_original", needs_seat(save))
    portal.add_url_rule("/files/<uuid:key>/paper", "file_paper", needs_seat(paper))


def show(key: UUID) -> Response:
    """Show the safe copy of one's own file."""
    return served.safe_copy(_own(key))


def save(key: UUID) -> AnyResponse:
    """Hand out one's own file as it was sent."""
    return served.original(_own(key))


def paper(key: UUID) -> Response:
    """Hand out the whole of one's own PDF, without what acts."""
    return served.clean_paper(_own(key))


def _own(key: UUID) -> StoredFile:
    with transaction() as db:
        found = reading.file_of(db, key)
    return found if found is not None else abort(404)
