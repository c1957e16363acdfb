"""The example texts a new company starts from: one agreement and its clauses, marked as examples."""

from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.contract_texts import Clause, ContractTemplate

FOLDER: Final = Path(__file__).resolve().parents[2] / "templates" / "contracts"
NAME: Final = "Guest artist agreement"
TITLE: Final = "{{ production.title }}: guest artist agreement with {{ artist.name }}"


def install(session: Session, organisation_id: int) -> ContractTemplate:
    """Give a company the example texts it does not have yet, and return the agreement."""
    for path in sorted((FOLDER / "clauses").glob("*.md")):
        _clause(session, organisation_id, path)
    known = session.scalars(
        select(ContractTemplate).where(
            ContractTemplate.organisation_id == organisation_id, ContractTemplate.name == NAME
        )
    ).one_or_none()
    if known is not None:
        return known
    template = ContractTemplate(
        organisation_id=organisation_id,
        name=NAME,
        title=TITLE,
        body=(FOLDER / "guest_artist_agreement.md").read_text(encoding="utf-8"),
    )
    session.add(template)
    session.flush()
    return template


def _clause(session: Session, organisation_id: int, path: Path) -> None:
    known = select(Clause.id).where(
        Clause.organisation_id == organisation_id, Clause.key == path.stem
    )
    if session.scalars(known).first() is None:
        session.add(
            Clause(
                organisation_id=organisation_id,
                key=path.stem,
                title=path.stem.capitalize(),
                body=path.read_text(encoding="utf-8"),
            )
        )
