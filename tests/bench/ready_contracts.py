"""Contracts that are ready to be sent, made as the desk would, and a sender who runs them in bulk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.db import session as house
from app.db.session import act_as, bind, forget, transaction
from app.db.viewer import Viewer
from app.domain.bulk_runs import BulkKind
from app.factory import create_app
from app.models import BulkRun, Engagement, StaffProfile
from app.services.bulk_runs import choosing, runs
from app.services.contracts import drafting, examples
from config import Config
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory, ProductionFactory
from tests.factories.people import ContactPointFactory, OrganisationFactory, PersonFactory
from tests.fixtures_sign_in import user_of


@dataclass(frozen=True, slots=True)
class Sender:
    """A member of staff with contracts that are ready, and the deeds of a bulk run."""

    company: int
    user: int
    ids: list[int]

    def begin(self) -> int:
        """Begin a run with every contract; return its key."""

        def deed(db: Session) -> int:
            run: BulkRun = choosing.begin(
                db, BulkKind.send_contracts, self.ids, narrowed=choosing.Narrowed(),
                organisation_id=self.company, user_id=self.user,
            )  # fmt: skip
            return run.id

        return int(self._do(deed))

    def start(self, run_id: int) -> None:
        """Confirm a run by typing the number, and start it at once."""

        def deed(db: Session) -> None:
            runs.confirm(db, run_id, typed=str(len(self.ids)), user_id=self.user)
            runs.release(db, run_id)

        self._do(deed)

    def _do(self, deed: Callable[[Session], Any]) -> Any:
        """Do something in a transaction of the sender's."""
        forget()
        act_as(Viewer(self.company, actor=f"staff:{self.user}"))
        try:
            with transaction() as db:
                return deed(db)
        finally:
            forget()


def prepared(config: Config, rows: int) -> Sender:
    """Found a company with so many contracts that are ready."""
    app = create_app(config)
    with app.app_context():
        app.extensions["appbuilder"].sm.seed()
        house.session.commit()
    forget()
    engine = bind(config.database_owner_url)
    with Session(engine, expire_on_commit=False) as owner:
        at_home_in(owner)
        company = OrganisationFactory()
        user, other = user_of(owner), user_of(owner)
        for one, name in ((user, "Joel Okafor"), (other, "Ruth Ando")):
            owner.add(StaffProfile(organisation_id=company.id, user_id=one.id, display_name=name))
        company.signatory_user_id = user.id
        owner.commit()
        production = ProductionFactory(organisation_id=company.id)
        engagements = []
        for _ in range(rows):
            person = PersonFactory(organisation_id=company.id)
            ContactPointFactory(person=person)
            engagements.append(EngagementFactory(person=person, production=production).id)
        company_id, user_id, checker = company.id, user.id, other.id
    act_as(Viewer(company_id, actor=f"staff:{user_id}"))
    ids = _approved(company_id, user_id, checker, engagements)
    forget()
    return Sender(company_id, user_id, ids)


def _approved(company: int, user: int, checker: int, engagements: list[int]) -> list[int]:
    """Draft a contract of each engagement, and have another one approve it."""
    ids = []
    with transaction() as db:
        template = examples.install(db, company)
        for number in engagements:
            contract = drafting.draft_from_engagement(
                db, db.get_one(Engagement, number), template, by_user_id=user
            )
            drafting.submit(db, contract, by_user_id=user)
            drafting.approve(db, contract, by_user_id=checker)
            ids.append(contract.id)
    return ids
