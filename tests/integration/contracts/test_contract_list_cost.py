"""What the list of contracts asks of the database, whatever the number of its rows."""

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.db import session as house
from app.models import Contract, ContractVersion, Engagement, Organisation, RoleAssignment
from tests.integration.contracts.test_admin_contracts import Staff

LIST = "/admin/contracts/list/?view=all"


@pytest.fixture
def many(owner_session: Session, organisation: Organisation, engagement: Engagement) -> int:
    """Keep thirty contracts, each with a version and the engagement's role; return how many."""
    own = {"organisation_id": organisation.id}
    contracts = [
        Contract(**own, number=f"C-2031-{n:04}", engagement_id=engagement.id, title="Agreement")
        for n in range(30)
    ]
    owner_session.add_all(
        [*contracts, RoleAssignment(**own, engagement_id=engagement.id, role="Myrtha")]
    )
    owner_session.flush()
    owner_session.add_all(
        ContractVersion(**own, contract_id=each.id, number=2, markdown="x", terms={}, missing=[])
        for each in contracts
    )
    owner_session.commit()
    return len(contracts)


@pytest.mark.parametrize("asked", ["", "&q=c-2031", "&q=C-2031-00&sort=-number", "&status=draft"])
def test_costs_at_most_eight_statements_and_reads_no_record_again(
    staff: Staff, organisation: Organisation, many: int, asked: str
) -> None:
    desk = staff("Contracts", organisation_id=organisation.id)
    for _ in range(2):
        desk.get(LIST)
    said: list[str] = []
    engine = house.factory.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda _c, _u, text, *_: said.append(text))

    page = desk.get(f"{LIST}{asked}").text

    assert page.count("Myrtha") >= 25
    assert "C-2031-0029 v2" in page
    assert f"of {many}" in page
    assert len(said) <= 8, "\n".join(text[:150] for text in said)
