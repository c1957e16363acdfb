"""The company's own accounts: entered by one person, let into use by another."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.bank_accounts import Typed, read_account
from app.domain.company_accounts import (
    CompanyAccountEvent,
    CompanyAccountStatus,
    check_holder,
    check_second_person,
    check_settings,
)
from app.domain.errors import Invalid
from app.models.company_accounts import CompanyAccount
from app.services.field_encryption import conceal


def enter(
    session: Session,
    organisation_id: int,
    typed: Typed,
    settings: Mapping[str, str],
    *,
    by: int,
) -> CompanyAccount:
    """Write down an account of the company; it waits for a second person."""
    errors: dict[str, str] = {}
    name = " ".join(settings.get("name", "").split())
    if not name:
        errors["name"] = "Write what you call this account."
    elif _is_taken(session, name):
        errors["name"] = "There is an account of this name. Choose another."
    try:
        read = read_account(typed)
        check_holder(read.kind, read.holder)
        checked = check_settings(read.kind, read.bic, settings)
    except Invalid as refusal:
        raise Invalid({**errors, **refusal.errors}) from None
    if errors:
        raise Invalid(errors)
    made = CompanyAccount(
        organisation_id=organisation_id,
        name=name,
        holder=read.holder,
        kind=read.kind,
        ending=read.ending,
        bic=read.bic,
        country=read.country,
        currency=read.currency,
        is_balanced=bool(settings.get("is_balanced")),
        entered_by=by,
        **checked,
    )
    conceal(session, made, "account", read.account)
    session.add(made)
    session.flush()
    return made


def approve(session: Session, account: CompanyAccount, *, by: int) -> None:
    """Let an account be used, by somebody who did not enter it."""
    del session
    check_second_person(by, account.entered_by)
    account.advance(CompanyAccountEvent.approve)
    account.approved_by, account.approved_at = by, now()


def refuse(session: Session, account: CompanyAccount) -> None:
    """Turn an account away that nobody has used yet."""
    del session
    account.advance(CompanyAccountEvent.refuse)


def retire(session: Session, account: CompanyAccount) -> None:
    """Pay from this account no more; what was paid stays."""
    del session
    account.advance(CompanyAccountEvent.retire)


def usable(session: Session) -> Sequence[CompanyAccount]:
    """Return the accounts that pay runs may be paid from."""
    return session.scalars(
        select(CompanyAccount)
        .where(CompanyAccount.status == CompanyAccountStatus.approved)
        .order_by(CompanyAccount.name)
    ).all()


def _is_taken(session: Session, name: str) -> bool:
    return session.scalar(select(CompanyAccount.id).where(CompanyAccount.name == name)) is not None
