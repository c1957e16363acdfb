"""Contracts on the desk: drafted, reviewed, sent, answered, taken back, countersigned."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import ContractStatus, FeeKind
from app.integrations.scan.structure import EICAR
from app.models import (
    Contract,
    ContractTemplate,
    ContractVersion,
    Engagement,
    FeeLine,
    Organisation,
    Person,
    SignatureRequest,
)
from app.services import second_factor
from app.services.contracts import ending, examples, signing
from tests.factories.people import OrganisationFactory, PersonFactory
from tests.fixtures_sign_in import Browser
from tests.integration.contracts.conftest import As, act_of, send, stored

Staff = Callable[..., Browser]
SHOW = "/admin/contracts/show/"


@pytest.fixture
def desk(staff: Staff, organisation: Organisation) -> Browser:
    """Return the browser of somebody who looks after contracts."""
    return staff("Contracts", organisation_id=organisation.id)


@pytest.fixture
def reviewer(staff: Staff, organisation: Organisation) -> Browser:
    """Return the browser of somebody else who looks after contracts."""
    return staff("Contracts", organisation_id=organisation.id)


def act(desk: Browser, contract_id: int, name: str, **more: Any) -> Any:
    path = f"/admin/contracts/action/{name}/{contract_id}"
    return desk.send(path, {"confirmed": "1"}, follow_redirects=True, **more)


class TestList:
    def test_shows_contracts_with_their_artist_and_state(self, desk: Browser, sent: int) -> None:
        page = desk.get("/admin/contracts/list/?view=out")

        assert page.status_code == 200
        assert "Carmen" in page.text
        assert "Sent, not opened" in page.text

    def test_finds_by_a_name_without_its_marks(self, desk: Browser, sent: int) -> None:
        page = desk.get("/admin/contracts/list/?view=all&q=lucja")

        assert "Łucja Wiśniewska" in page.text

    def test_finds_by_words_of_artist_and_production_together(
        self, desk: Browser, sent: int
    ) -> None:
        found = desk.get("/admin/contracts/list/?view=all&q=lucja carmen")
        not_found = desk.get("/admin/contracts/list/?view=all&q=lucja giselle")

        assert "Łucja Wiśniewska" in found.text
        assert "Łucja Wiśniewska" not in not_found.text

    def test_names_what_was_not_opened_for_a_week(
        self, desk: Browser, sent: int, owner_session: Session
    ) -> None:
        owner_session.execute(update(Contract).values(sent_at=now() - timedelta(days=8)))
        owner_session.commit()

        page = desk.get("/admin/contracts/list/?view=silent")

        assert "Łucja Wiśniewska" in page.text


class TestNew:
    def test_drafts_the_contract_of_an_engagement(
        self, desk: Browser, engagement: Engagement, as_staff: As, organisation: Organisation,
        owner_session: Session,
    ) -> None:  # fmt: skip
        with as_staff() as db:
            template = examples.install(db, organisation.id).id

        page = desk.send(
            "/admin/contracts/add",
            {"engagement_words": f"lucja carmen {engagement.number}", "template": template},
            follow_redirects=True,
        )

        contract = owner_session.scalars(select(Contract)).one()
        assert page.status_code == 200
        assert contract.status is ContractStatus.draft
        assert contract.versions[0].missing == []
        assert "21,600.00 AUD" in contract.versions[0].markdown

    def test_refuses_a_second_live_contract_and_keeps_what_was_typed(
        self, desk: Browser, engagement: Engagement, drafted: int, owner_session: Session
    ) -> None:
        template = owner_session.scalars(select(ContractTemplate)).one()

        page = desk.send(
            "/admin/contracts/add", {"engagement_words": engagement.number, "template": template.id}
        )

        assert "is the contract of this engagement" in page.text
        assert len(owner_session.scalars(select(Contract)).all()) == 1


class TestShow:
    def test_names_what_is_missing_and_what_stands_in_the_way(
        self, desk: Browser, drafted: int, owner_session: Session
    ) -> None:
        owner_session.execute(update(Engagement).values(payee_id=None))
        owner_session.execute(update(FeeLine).where(FeeLine.position == 2).values(amount=10400))
        owner_session.commit()

        page = act(desk, drafted, "refresh")

        assert "One field is still empty" in page.text
        assert "Payee name" in page.text
        assert "Instalments add up to 21,200.00. Add 400.00, or change the fee." in page.text

    def test_every_state_has_its_page(
        self, desk: Browser, sent: int, owner_session: Session
    ) -> None:
        for status in ContractStatus:
            owner_session.execute(update(Contract).values(status=status))
            owner_session.commit()

            assert desk.get(f"{SHOW}{sent}").status_code == 200, status

    def test_another_companys_contract_does_not_exist(self, staff: Staff, sent: int) -> None:
        stranger = staff("Contracts", organisation_id=OrganisationFactory().id)

        assert stranger.get(f"{SHOW}{sent}").status_code == 404

    def test_finance_reads_and_may_not_change(
        self, staff: Staff, drafted: int, organisation: Organisation
    ) -> None:
        finance = staff("Finance", organisation_id=organisation.id)

        assert finance.get(f"{SHOW}{drafted}").status_code == 200
        assert act(finance, drafted, "submit").status_code == 403


class TestText:
    def test_a_preview_shows_the_missing_field_and_saves_nothing(
        self, desk: Browser, drafted: int, owner_session: Session
    ) -> None:
        before = stored(owner_session, Contract, drafted).versions[0].source

        page = desk.send(
            f"/admin/contracts/text/{drafted}",
            {"source": "Dear {{ artist.nickname }}", "preview": "1"},
        )

        assert 'class="missing"' in page.text
        assert "artist nickname" in page.text
        assert stored(owner_session, Contract, drafted).versions[0].source == before

    def test_the_script_gets_the_same_as_a_fragment(self, desk: Browser, drafted: int) -> None:
        page = desk.send(
            f"/admin/contracts/preview/{drafted}", {"source": "We pay {{ fee.total }}."}
        )

        assert "We pay 21,600.00 AUD." in page.text
        assert "<html" not in page.text

    def test_a_broken_text_is_refused_with_its_line_and_stays_typed(
        self, desk: Browser, drafted: int
    ) -> None:
        page = desk.send(f"/admin/contracts/text/{drafted}", {"source": "one\n{% if fee %}two"})

        assert page.status_code == 422
        assert "Line 2" in page.text
        assert "{% if fee %}two" in page.text

    def test_a_saved_text_is_this_contracts_alone(
        self, desk: Browser, drafted: int, owner_session: Session
    ) -> None:
        desk.send(f"/admin/contracts/text/{drafted}", {"source": "Only {{ artist.name }}."})

        version = stored(owner_session, Contract, drafted).versions[0]
        assert version.markdown.startswith("Only Łucja Wiśniewska")
        assert "{{ company" in owner_session.scalars(select(ContractTemplate)).one().body

    def test_a_sent_text_stays_as_it_is(
        self, desk: Browser, sent: int, owner_session: Session
    ) -> None:
        page = desk.send(f"/admin/contracts/text/{sent}", {"source": "Other words"})

        assert page.status_code == 422
        assert "The text cannot change once a contract is sent." in page.text


class TestSend:
    def test_goes_by_review_and_approval(
        self, desk: Browser, reviewer: Browser, drafted: int, owner_session: Session,
        told: Callable[[], list[str]],
    ) -> None:  # fmt: skip
        for browser, name in ((desk, "submit"), (reviewer, "approve"), (desk, "send")):
            act(browser, drafted, name)

        contract = stored(owner_session, Contract, drafted)
        version = contract.versions[0]
        assert contract.status is ContractStatus.sent
        assert (contract.submitted_by_id, contract.approved_by_id) == (
            desk.user_id,
            reviewer.user_id,
        )
        assert version.frozen_at is not None
        assert len(version.document_sha256) == 64
        assert contract.expires_at - contract.sent_at == timedelta(days=14)
        assert told() == ["contract_sent"]

    def test_pressed_twice_and_in_two_tabs_it_is_sent_once(
        self, desk: Browser, reviewer: Browser, drafted: int, owner_session: Session,
        told: Callable[[], list[str]],
    ) -> None:  # fmt: skip
        act(desk, drafted, "submit")
        for name in ("approve", "send", "send"):
            act(reviewer, drafted, name)

        assert len(owner_session.scalars(select(SignatureRequest)).all()) == 1
        assert told() == ["contract_sent"]

    def test_says_everything_that_is_wrong_at_once(
        self, desk: Browser, reviewer: Browser, drafted: int, organisation: Organisation,
        owner_session: Session,
    ) -> None:  # fmt: skip
        act(desk, drafted, "submit")
        act(reviewer, drafted, "approve")
        owner_session.execute(update(FeeLine).values(kind=FeeKind.rehearsal))
        owner_session.execute(update(Contract).values(company_signatory_id=None))
        owner_session.commit()

        page = act(desk, drafted, "send")

        assert "Choose who signs for the company." in page.text
        assert "Instalments add up to 0.00." in page.text
        assert stored(owner_session, Contract, drafted).status is ContractStatus.ready

    def test_a_draft_is_not_sent(self, desk: Browser, drafted: int) -> None:
        page = act(desk, drafted, "send")

        assert "A contract that is draft cannot be sent" in page.text

    def test_the_signer_is_reminded_once_a_day(
        self, desk: Browser, sent: int, told: Callable[[], list[str]]
    ) -> None:
        for _ in range(2):
            act(desk, sent, "remind")

        assert told() == ["contract_reminder", "contract_sent"]


class TestAfterSending:
    def test_an_answer_reaches_the_signer(
        self, desk: Browser, sent: int, told: Callable[[], list[str]]
    ) -> None:
        desk.send(f"/admin/contracts/answer/{sent}", {"body": "The Treasury."})

        assert told() == ["contract_answer", "contract_sent"]

    def test_taking_back_needs_a_reason_and_tells_the_artist(
        self, desk: Browser, sent: int, owner_session: Session, told: Callable[[], list[str]]
    ) -> None:
        before = desk.get(f"/admin/contracts/show/{sent}").text
        refused = desk.send(f"/admin/contracts/void/{sent}", {"void": " "})
        desk.send(f"/admin/contracts/void/{sent}", {"void": "Wrong dates."})

        assert refused.status_code == 422
        assert "Say why it is taken back." in refused.text
        assert stored(owner_session, Contract, sent).status is ContractStatus.voided
        assert told() == ["contract_sent", "contract_voided"]
        assert "Can be signed until" in before
        assert "Can be signed until" not in desk.get(f"/admin/contracts/show/{sent}").text

    def test_the_same_version_goes_out_again_with_a_new_request(
        self, desk: Browser, sent: int, owner_session: Session
    ) -> None:
        desk.send(f"/admin/contracts/void/{sent}", {"void": "Too early."})

        act(desk, sent, "resend")

        contract = stored(owner_session, Contract, sent)
        assert contract.status is ContractStatus.sent
        assert [version.number for version in contract.versions] == [1]
        assert len(owner_session.scalars(select(SignatureRequest)).all()) == 2

    def test_a_new_version_shows_what_changed(
        self, desk: Browser, sent: int, owner_session: Session
    ) -> None:
        desk.send(f"/admin/contracts/void/{sent}", {"void": "The fee."})
        owner_session.execute(update(Engagement).values(fee=22000))
        owner_session.execute(update(FeeLine).values(amount=11000))
        owner_session.commit()

        page = act(desk, sent, "revise")

        assert stored(owner_session, Contract, sent).versions[-1].number == 2
        assert "<del>21,600.00 AUD</del>" in page.text
        assert "<ins>22,000.00 AUD</ins>" in page.text

    def test_what_nobody_signed_in_time_expires_and_everybody_is_told(
        self, as_staff: As, sent: int, owner_session: Session, told: Callable[[], list[str]]
    ) -> None:
        with as_staff() as db:
            ended = [ending.expire_due(db, now() + timedelta(days=15)) for _ in range(2)]

        assert ended == [1, 0]
        assert stored(owner_session, Contract, sent).status is ContractStatus.expired
        assert told() == ["contract_expired", "contract_expired_staff", "contract_sent"]


class TestCountersign:
    def test_who_signs_for_the_company_does_so_on_the_page(
        self, desk: Browser, sent: int, as_staff: As, owner_session: Session
    ) -> None:
        with as_staff() as db:
            contract = db.get_one(Contract, sent)
            signing.sign(db, contract, contract.engagement.person, act_of(contract, "I sign"))
        owner_session.execute(update(Contract).values(company_signatory_id=desk.user_id))
        owner_session.commit()
        shown = stored(owner_session, Contract, sent).versions[0].document_sha256

        page = desk.get(f"{SHOW}{sent}")
        unseen = desk.send(f"/admin/contracts/countersign/{sent}", {"document": "0" * 64})
        done = desk.send(f"/admin/contracts/countersign/{sent}", {"document": shown})

        assert "Countersign for the company" in page.text
        assert unseen.status_code == 422
        assert done.status_code == 303
        assert stored(owner_session, Contract, sent).status is ContractStatus.executed

    def test_codes_of_the_authenticator_are_not_guessed_there(
        self, desk: Browser, sent: int, organisation: Organisation, owner_session: Session
    ) -> None:
        factor = second_factor.prepare(owner_session, desk.user_id, organisation.id)
        factor.confirmed_at = now()
        owner_session.commit()
        path = f"/admin/contracts/countersign/{sent}"

        tried = [desk.send(path, {"code": "000000"}).status_code for _ in range(6)]

        assert tried == [422, 422, 422, 422, 422, 429]

    def test_who_signs_is_chosen_before_sending_only_among_those_with_the_right(
        self, desk: Browser, drafted: int, artist: Person, owner_session: Session
    ) -> None:
        stranger = PersonFactory(organisation_id=artist.organisation_id)
        path = f"/admin/contracts/signers/{drafted}"

        refused = desk.send(path, {"signer_id": stranger.id, "company_signatory_id": desk.user_id})
        taken = desk.send(path, {"signer_id": artist.id, "company_signatory_id": desk.user_id})

        assert "has no right to sign for" in refused.text
        assert taken.status_code == 303
        assert stored(owner_session, Contract, drafted).company_signatory_id == desk.user_id


def a_pdf() -> bytes:
    """Return the smallest paper that a scanner lets in."""
    made, out = pikepdf.new(), BytesIO()
    made.add_blank_page()
    made.save(out)
    return out.getvalue()


class TestUpload:
    def test_a_signed_paper_executes_an_external_contract(
        self, desk: Browser, drafted: int, owner_session: Session, work: Callable[[], list[str]]
    ) -> None:
        owner_session.execute(update(Contract).values(status=ContractStatus.external))
        owner_session.commit()
        data = {
            "file": (BytesIO(a_pdf()), "signed.pdf"),
            "attestation": "By both sides; I have seen the original.",
            "signed_on": "2026-03-03",
            "signed_where": "Paris",
        }

        desk.send(f"/admin/contracts/upload/{drafted}", data)
        kept = work()

        contract = stored(owner_session, Contract, drafted)
        assert contract.status is ContractStatus.executed
        assert contract.versions[0].sealed_file_id is not None
        assert kept == ["contract.seal", "archive.file"]

    def test_needs_a_pdf_and_somebody_who_answers_for_it(
        self, desk: Browser, drafted: int, owner_session: Session
    ) -> None:
        path = f"/admin/contracts/upload/{drafted}"

        empty = desk.send(path, {"attestation": "Seen."})
        picture = desk.send(path, {"file": (BytesIO(b"GIF89a"), "x.gif"), "attestation": "Seen."})
        nobody = desk.send(path, {"file": (BytesIO(a_pdf()), "x.pdf"), "attestation": ""})
        unborn = desk.send(
            path,
            {
                "file": (BytesIO(a_pdf()), "x.pdf"), "attestation": "Both.",
                "signed_on": "2199-01-01", "signed_where": "Paris",
            },
        )  # fmt: skip
        early = desk.send(
            path,
            {
                "file": (BytesIO(a_pdf()), "x.pdf"), "attestation": "Both.",
                "signed_on": "2026-03-03", "signed_where": "Paris",
            },
        )  # fmt: skip
        hostile = desk.send(
            path,
            {"file": (BytesIO(a_pdf() + EICAR), "x.pdf"), "attestation": "Seen."},
        )
        broken = desk.send(
            path, {"file": (BytesIO(b"%PDF-1.7 not one"), "x.pdf"), "attestation": "Seen."}
        )

        assert "Choose the signed contract: a PDF, or photos of its pages." in empty.text
        assert "We cannot read this file." in picture.text
        assert "Say who signed it, and that you have seen the original." in nobody.text
        assert "Say where it was signed." in nobody.text
        assert "Say on which day it was signed." in nobody.text
        assert "That day has not come yet." in unborn.text
        assert "so nobody signed it on 3 Mar 2026. Choose" in early.text
        assert 'value="2026-03-03" aria-invalid="true"' in early.text
        assert "This file carries a virus signature" in hostile.text
        assert "This is not a PDF we can read" in broken.text
        assert stored(owner_session, Contract, drafted).status is ContractStatus.draft


class TestTexts:
    def test_a_template_is_tried_on_a_real_engagement(
        self, desk: Browser, drafted: int, owner_session: Session
    ) -> None:
        template = owner_session.scalars(select(ContractTemplate)).one()

        page = desk.get(f"/admin/contract-templates/show/{template.id}")

        assert "We engage you for <strong>Carmen</strong>" in page.text

    def test_a_broken_template_is_refused_beside_its_field(
        self, desk: Browser, organisation: Organisation
    ) -> None:
        page = desk.send(
            "/admin/contract-templates/add", {"name": "Mine", "title": "T", "body": "{% if %}"}
        )

        assert "Line 1" in page.text
        assert "{% if %}" in page.text

    def test_the_preview_of_a_typed_text_saves_nothing(
        self, desk: Browser, engagement: Engagement, owner_session: Session
    ) -> None:
        page = desk.send(
            "/admin/contract-templates/preview",
            {"title": "T", "body": "{{ production.title }} {{ nothing.here }}"},
        )

        assert "Carmen" in page.text
        assert "nothing here" in page.text
        assert owner_session.scalars(select(ContractTemplate)).all() == []


def test_versions_are_frozen_with_their_terms(
    as_staff: As, drafted: int, organisation: Organisation, owner_session: Session
) -> None:
    send(as_staff, drafted, organisation)

    version = owner_session.scalars(select(ContractVersion)).one()

    assert version.terms["fee"] == "21600.000"
    assert version.terms["company_signatory"] == "Joel Okafor"
