"""Pause a provider, let it carry on, do its work by hand for a while: by a person, for a reason."""

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.outbox import MessageState
from app.domain.providers import name_of
from app.models.connections import ProviderSwitch
from app.models.outbox import OutboxMessage


def why_paused(session: Session, provider: str) -> str:
    """Return in a sentence why a provider is paused, or nothing."""
    switch = session.scalars(
        select(ProviderSwitch).where(
            ProviderSwitch.provider == provider, ProviderSwitch.is_paused.is_(True)
        )
    ).one_or_none()
    return "" if switch is None else f"{_paused(provider)}: {switch.reason}"


def pause(
    session: Session, provider: str, *, organisation_id: int, reason: str, by: str
) -> ProviderSwitch:
    """Let nothing go to a provider until somebody says so; what is promised waits, in order."""
    switch = _locked(session, provider, organisation_id, reason)
    if switch.is_paused:
        raise Refused(f"It is paused already, by {switch.changed_by}.")
    return _turned(session, switch, reason, by, is_paused=True)


def carry_on(
    session: Session, provider: str, *, organisation_id: int, reason: str, by: str
) -> ProviderSwitch:
    """Let what waits go to a provider again."""
    switch = _locked(session, provider, organisation_id, reason)
    if not switch.is_paused:
        raise Refused("It is not paused.")
    _wake(session, provider, organisation_id)
    return _turned(session, switch, reason, by, is_paused=False)


def go_by_hand(
    session: Session, provider: str, *, organisation_id: int, reason: str, by: str
) -> ProviderSwitch:
    """Use the embedded way and people's hands instead of a provider."""
    switch = _locked(session, provider, organisation_id, reason)
    if switch.is_manual:
        raise Refused(f"It is done by hand already, since {switch.changed_by} said so.")
    return _turned(session, switch, reason, by, is_manual=True)


def go_by_provider(
    session: Session, provider: str, *, organisation_id: int, reason: str, by: str
) -> ProviderSwitch:
    """Use the provider again."""
    switch = _locked(session, provider, organisation_id, reason)
    if not switch.is_manual:
        raise Refused("The provider is used already.")
    return _turned(session, switch, reason, by, is_manual=False)


def _paused(provider: str) -> str:
    return f"{name_of(provider)} is paused"


def _wake(session: Session, provider: str, organisation_id: int) -> None:
    """Let what waits for a provider go now, and not when it would have looked again."""
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.organisation_id == organisation_id,
            OutboxMessage.state == MessageState.ready,
            OutboxMessage.last_error.startswith(_paused(provider), autoescape=True),
        )
        .values(not_before=now(), last_error=None)
        .execution_options(synchronize_session=False)
    )


def _locked(session: Session, provider: str, organisation_id: int, reason: str) -> ProviderSwitch:
    if not reason.strip():
        raise Refused("Say why, for whoever reads this later.", field="reason")
    session.execute(
        insert(ProviderSwitch)
        .values(organisation_id=organisation_id, provider=provider)
        .on_conflict_do_nothing(index_elements=["organisation_id", "provider"])
    )
    return session.scalars(
        select(ProviderSwitch)
        .where(
            ProviderSwitch.organisation_id == organisation_id, ProviderSwitch.provider == provider
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _turned(
    session: Session, switch: ProviderSwitch, reason: str, by: str, **how: bool
) -> ProviderSwitch:
    session.execute(select(func.set_config("app.reason", reason.strip(), True)))
    for name, is_on in how.items():
        setattr(switch, name, is_on)
    switch.reason, switch.changed_by = reason.strip(), by
    session.flush()
    return switch
