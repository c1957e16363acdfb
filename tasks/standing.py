"""As whom a task touches the database: the queue as worker, business rows as the organisation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer

BUSINESS_ROLE: Final = "portal_app"


@contextmanager
def as_worker() -> Iterator[Session]:
    """Run one transaction over the queue tables, with nothing left over from another."""
    forget()
    try:
        with transaction() as db:
            yield db
    finally:
        forget()


@contextmanager
def as_organisation(viewer: Viewer) -> Iterator[Session]:
    """Run one transaction over an organisation's rows, and no others."""
    forget()
    act_as(viewer, role=BUSINESS_ROLE)
    try:
        with transaction() as db:
            yield db
    finally:
        forget()


@contextmanager
def stepping_down(db: Session, viewer: Viewer) -> Iterator[None]:
    """Do one part of a worker's transaction as the organisation, undone on its own if it fails."""
    try:
        with db.begin_nested():
            act_as(viewer, role=BUSINESS_ROLE)
            yield
    finally:
        db.info["viewer"] = db.info["role"] = None
    db.execute(text("SET LOCAL ROLE NONE"))
