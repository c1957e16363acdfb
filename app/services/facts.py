"""What is told of records when something happens to them, a line each where it does."""

from sqlalchemy.orm import Session

from app.models.contracts import Amendment, Contract
from app.models.pay_runs import PayRun
from app.models.payables import Payable
from app.models.schedules import ScheduleVersion
from app.services.events import name_of, tell


def of_contract(session: Session, fact: str, contract: Contract) -> None:
    """Tell what happened to a contract."""
    tell(
        session,
        fact,
        contract,
        number=contract.number,
        version=contract.current.number if contract.versions else 0,
        engagement=name_of(contract.engagement),
    )


def of_amendment(session: Session, fact: str, amendment: Amendment) -> None:
    """Tell what happened to an amendment."""
    contract = name_of(amendment.contract)
    tell(session, fact, amendment, contract=contract, number=amendment.number)


def of_payable(session: Session, fact: str, payable: Payable) -> None:
    """Tell what happened to what is owed."""
    paid = {"paid_on": payable.paid_on} if fact == "payable.paid" else {}
    known = {"number": payable.number, "amount": payable.amount, "currency": payable.currency}
    tell(session, fact, payable, **known, **paid)


def of_pay_run(session: Session, fact: str, run: PayRun) -> None:
    """Tell what happened to a pay run."""
    known = {"number": run.number, "currency": run.currency}
    tell(session, fact, run, **known, payments=run.line_count, total=run.total)


def of_publication(session: Session, version: ScheduleVersion, calls: int) -> None:
    """Tell that calls were published."""
    tell(
        session,
        "schedule.published",
        version,
        production=name_of(version.production),
        number=version.number,
        first=version.starts_on,
        last=version.ends_on,
        calls=calls,
    )
