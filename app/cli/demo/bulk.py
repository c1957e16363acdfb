"""A bulk run that waits for somebody's word, and a thing about a provider that needs a person."""

from typing import Any

from sqlalchemy.orm import Session

from app.domain.bulk_runs import BulkKind
from app.models import Contract, Organisation
from app.services import attention
from app.services.bulk_runs import choosing, runs


def wait_for_somebody(session: Session, organisation: Organisation, users: dict[str, Any]) -> None:
    """Try a run with every contract that is ready, and ask for a person about one address."""
    kind = BulkKind.send_contracts
    asked = choosing.candidates(kind, choosing.Narrowed()).with_only_columns(Contract.id)
    run = choosing.begin(
        session, kind, list(session.scalars(asked)), narrowed=choosing.Narrowed(),
        organisation_id=organisation.id, user_id=users["Ruth"].id,
    )  # fmt: skip
    runs.check(session, run.id)
    attention.ask(
        session, provider="folder", problem="name_refused", subject="archive",
        title="The archive holds a paper of no contract",
        advice="“Rider old.pdf” lies in the folder of Carmen and belongs to no contract. Move it, or keep it.",
        href="/admin/integrations/archive", deed="See the archive",
        facts={"Found": "Rider old.pdf", "Expected": "papers of contracts alone"},
    )  # fmt: skip
