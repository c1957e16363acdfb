"""The doors of a contract that is reviewed by an approver, sent with choices, and signed on paper by photos."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import ContractStatus, SignatureRequestStatus
from app.domain.local_time import today_in
from app.models import Contract, Document, Organisation, Person, SignatureRequest
from tests.factories.people import ContactPointFactory, PersonFactory, RepresentationFactory
from tests.fixtures_sign_in import Browser
from tests.integration.contracts.conftest import stored

Staff = Callable[..., Browser]


@pytest.fixture
def desk(staff: Staff, organisation: Organisation) -> Browser:
    """Return the browser of somebody who looks after contracts."""
    return staff("Contracts", organisation_id=organisation.id)


def act(browser: Browser, contract_id: int, name: str) -> Any:
    path = f"/admin/contracts/action/{name}/{contract_id}"
    return browser.send(path, {"confirmed": "1"}, follow_redirects=True)


def photo(colour: str) -> BytesIO:
    made = BytesIO()
    Image.new("RGB", (600, 800), colour).save(made, "JPEG")
    made.seek(0)
    return made


def test_an_approver_returns_with_a_reason_then_approves_and_it_goes_out_as_chosen(
    desk: Browser, staff: Staff, organisation: Organisation, drafted: int, artist: Person,
    owner_session: Session,
) -> None:  # fmt: skip
    approver = staff("Approver", organisation_id=organisation.id)
    agent = PersonFactory(organisation_id=organisation.id, is_agent=True)
    ContactPointFactory(person=agent)
    RepresentationFactory(agent=agent, artist=artist, scopes=["view", "sign"])
    owner_session.commit()
    act(desk, drafted, "submit")
    approver.send(f"/admin/contracts/give_back/{drafted}", {"give_back": "The hotel is missing."})
    returned = desk.get(f"/admin/contracts/show/{drafted}")
    act(desk, drafted, "submit")
    act(approver, drafted, "approve")
    until = (now() + timedelta(days=20)).date().isoformat()
    choices = {"signer_id": str(agent.id), "expires_on": until, "reminder_days": "soon"}
    path = f"/admin/contracts/send_out/{drafted}"
    wrong = desk.send(path, choices)
    desk.send(path, {**choices, "reminder_days": "2, 9"})
    page = desk.get(f"/admin/contracts/show/{drafted}")

    contract = stored(owner_session, Contract, drafted)
    asked = owner_session.scalars(select(SignatureRequest)).one()
    assert "The hotel is missing." in returned.text
    assert "Write the days after sending, such as 3, 7, 12." in wrong.text
    assert 'value="soon"' in wrong.text
    assert (contract.status, contract.signer_id) == (ContractStatus.sent, agent.id)
    assert asked.reminder_days == [2, 9]
    assert (contract.expires_at - now()).days in {19, 20}
    assert str(contract.public_id) in page.text
    assert "Send the link again" in page.text


def test_photos_of_a_signed_paper_are_bound_kept_and_packed_and_the_request_is_withdrawn(
    desk: Browser, sent: int, owner_session: Session, work: Callable[[], list[str]],
    told: Callable[[], list[str]],
) -> None:  # fmt: skip
    said = {"attestation": "Both; I hold the original.", "signed_on": str(today_in("Australia/Brisbane", now())), "signed_where": "Paris"}  # fmt: skip

    desk.send(
        f"/admin/contracts/upload/{sent}",
        {"file": [(photo("white"), "1.jpg"), (photo("grey"), "2.jpg")], **said},
    )
    work()
    pack = desk.get(f"/admin/contracts/evidence_pack/{sent}")

    contract = stored(owner_session, Contract, sent)
    asked = owner_session.scalars(select(SignatureRequest)).one()
    titles = owner_session.scalars(select(Document.title)).all()
    assert contract.status is ContractStatus.executed
    assert (contract.signed_where, contract.attested_by_id) == ("Paris", desk.user_id)
    assert asked.status is SignatureRequestStatus.voided
    assert sum("as photographed" in title for title in titles) == 2
    assert "contract_executed" in told()
    with ZipFile(BytesIO(pack.data)) as bundle:
        names = bundle.namelist()
    assert any(name.endswith("attestation.txt") for name in names)
    assert "SHA256SUMS.txt" in names


def test_roles_of_a_contract_that_is_out_need_an_amendment(
    desk: Browser, sent: int, owner_session: Session
) -> None:
    engagement = stored(owner_session, Contract, sent).engagement
    role = engagement.roles[0]

    page = desk.send(
        f"/admin/roleview/edit/{role.id}",
        {"engagement": engagement.id, "engagement_words": engagement.number, "role": "Carmen",
         "casting": "principal"},
    )  # fmt: skip

    assert page.status_code in {200, 404, 422}
    assert stored(owner_session, Contract, sent).engagement.roles[0].role != "Carmen"


def test_only_saved_views_that_fit_show_a_contract(
    desk: Browser, sent: int, owner_session: Session
) -> None:
    def shown(view: str) -> bool:
        return "Łucja" in desk.get(f"/admin/contracts/list/?view={view}").text

    fresh = [
        view for view in ("unsent", "unseen", "unsigned", "countersign", "expiring") if shown(view)
    ]
    owner_session.execute(update(Contract).values(expires_at=now() + timedelta(days=2)))
    owner_session.commit()

    assert fresh == ["unseen", "unsigned"]
    assert shown("expiring")
