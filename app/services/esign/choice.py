"""Where a paper is signed: at the provider this house has chosen, or here while it is switched off."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.envelopes import BUILTIN
from app.models.connections import ProviderSwitch

_house: dict[str, str] = {"esign": BUILTIN}


def configure(esign: str) -> None:
    """Tell the services what ESIGN says. Called once a process, by the roof or the crew."""
    _house["esign"] = esign


@contextmanager
def signed_here() -> Iterator[None]:
    """Have papers signed here whatever was chosen: a demo's story is told in one go, with nobody outside."""
    held = _house["esign"]
    _house["esign"] = BUILTIN
    try:
        yield
    finally:
        _house["esign"] = held


def chosen(session: Session) -> str:
    """Return who has the next paper signed: the provider, or ourselves while staff do it by hand."""
    provider = _house["esign"]
    if provider == BUILTIN:
        return BUILTIN
    by_hand = select(ProviderSwitch.id).where(
        ProviderSwitch.provider == provider, ProviderSwitch.is_manual.is_(True)
    )
    return BUILTIN if session.scalars(by_hand).first() is not None else provider
