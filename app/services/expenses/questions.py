"""A question on one line, and its answer, while the rest of the claim goes on."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.domain.claim_decisions import check_question
from app.domain.errors import Refused
from app.domain.expenses import LineEvent, LineStatus
from app.domain.messages import ThreadSide
from app.models.documents import StoredFile
from app.models.expenses import ExpenseLine, ExpenseNote
from app.services.expenses.receiving import attach
from app.services.expenses.standing import locked, settle

LONGEST = 4000


def note(session: Session, line: ExpenseLine, side: ThreadSide, author: str, body: str) -> None:
    """Write an entry of the conversation about a line."""
    line.notes.append(
        ExpenseNote(
            organisation_id=line.organisation_id,
            line_id=line.id,
            side=side,
            author=author,
            body=_within(body),
        )
    )
    session.flush()


def answer(
    session: Session,
    line: ExpenseLine,
    *,
    author: str,
    body: str,
    files: Sequence[StoredFile] = (),
) -> None:
    """Answer what was asked about a line, with a better photo if there is one."""
    locked(session, line.claim)
    if _is_same_answer(line, body):
        return
    if line.status is not LineStatus.queried:
        raise Refused("Nothing is asked about this line any more. See what was decided.")
    if not body.strip() and not files:
        raise Refused("Write the answer, or add a photo.", field="body")
    for file in files:
        attach(session, line, file)
    line.advance(LineEvent.answer)
    note(session, line, ThreadSide.artist, author, body or "A better photo.")
    settle(session, line.claim)


def _is_same_answer(line: ExpenseLine, body: str) -> bool:
    """Tell whether the button was pressed twice."""
    last = line.notes[-1] if line.notes else None
    return (
        line.status is LineStatus.answered
        and last is not None
        and last.side is ThreadSide.artist
        and last.body == (body.strip() or "A better photo.")
    )


def _within(body: str) -> str:
    words = check_question(body)
    if len(words) > LONGEST:
        raise Refused(f"Keep it under {LONGEST:,} characters.", field="body")
    return words
