"""What a paper tells the archive of itself, and what is no paper for it."""

from datetime import UTC, datetime

import pytest

from app.db.clock import now
from app.domain.contracts import ContractStatus
from app.domain.documents import DocumentKind
from app.domain.errors import Refused
from app.models import Contract, Document, StoredFile
from app.services.archive import filing, library
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory
from tests.factories.people import PersonFactory


@pytest.fixture
def engagement(owner_session, organisation):
    at_home_in(owner_session)
    return EngagementFactory(person=PersonFactory(organisation_id=organisation.id))


@pytest.fixture
def paper(owner_session, organisation, engagement):
    """Return a maker of papers of an engagement."""

    def make(*, has_file=True, **facts):
        own = {"organisation_id": organisation.id}
        if has_file:
            file = StoredFile(**own, sha256="a" * 64, size=1, media_type="application/pdf", name="c.pdf", stored_by="test", stored_at=now())  # fmt: skip
            owner_session.add(file)
            owner_session.flush()
            facts["file_id"] = file.id
        made = Document(
            **{
                **own, "kind": DocumentKind.contract, "title": "C-2027-0001, contract", "archive_path": "a/b.pdf",
                "person_id": engagement.person_id, "engagement_id": engagement.id, **facts,
            }
        )  # fmt: skip
        owner_session.add(made)
        owner_session.commit()
        return made

    return make


def executed(session, engagement, at):
    session.add(
        Contract(
            organisation_id=engagement.organisation_id, number="C-2027-0001", title="Carmen",
            engagement_id=engagement.id, status=ContractStatus.executed if at else ContractStatus.sent,
            executed_at=at,
        )
    )  # fmt: skip
    session.commit()


def test_the_day_of_the_last_signature_is_the_companys(owner_session, engagement, paper):
    executed(owner_session, engagement, datetime(2027, 1, 31, 20, tzinfo=UTC))

    told = filing.filing_of(owner_session, paper().id).facts

    assert told["executed_on"] == "2027-02-01"
    assert told["contract_number"] == "C-2027-0001"
    assert told["production"] == "Carmen"


def test_what_is_not_executed_has_no_such_day(owner_session, engagement, paper):
    executed(owner_session, engagement, None)

    assert "executed_on" not in filing.facts_of(owner_session, paper())


def test_a_paper_of_no_engagement_tells_its_hash_alone(owner_session, paper):
    assert filing.facts_of(owner_session, paper(engagement_id=None)) == {"hash": "a" * 64}


def test_what_has_no_file_or_no_place_is_no_paper_for_it(owner_session, paper):
    bare = paper(has_file=False)

    with pytest.raises(Refused, match="has no file"):
        filing.filing_of(owner_session, bare.id)
    for other in (bare, paper(archive_path="")):
        with pytest.raises(Refused, match="is not a paper for the archive"):
            filing.file_again(owner_session, other)


def test_another_tenant_is_another_library(owner_session, organisation):
    library.record_failure(owner_session, "Nobody is connected.")
    for tenant in ("northern", "northern", "southern"):
        library.consented(owner_session, organisation_id=organisation.id, tenant=tenant, by="Ruth")
        found = library.connection(owner_session)
        kept = dict(found.settings)
        found.settings = {"drive": "b!1", "columns": {}}
        owner_session.commit()

    library.record_failure(owner_session, "It did not answer.")

    assert (kept, found.external_id, found.last_error) == ({}, "southern", "It did not answer.")
