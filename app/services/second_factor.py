"""The second factor of staff: codes of an authenticator (TOTP, RFC 6238), each taken once."""

import secrets
from datetime import datetime
from typing import Final

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.secrets import Place, digest, seal, unseal
from app.domain.errors import Refused
from app.models.sign_in import SecondFactor

STEP_SECONDS: Final = 30
SLACK_STEPS: Final = 1
"""A telephone's clock may be half a minute off either way."""

RECOVERY_CODES: Final = 10
LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without the look-alikes."""

WRONG: Final = "That is not the code now on your authenticator. Wait for the next one and type it."


def of(session: Session, user_id: int) -> SecondFactor | None:
    """Return the second factor of somebody, set up or only begun."""
    return session.get(SecondFactor, user_id)


def is_set_up(session: Session, user_id: int) -> bool:
    """Tell whether somebody has a second factor that was proved once."""
    found = of(session, user_id)
    return found is not None and found.confirmed_at is not None


def prepare(session: Session, user_id: int, organisation_id: int | None) -> SecondFactor:
    """Make the secret that an authenticator is to learn, unless one waits already."""
    found = of(session, user_id)
    if found is not None:
        return found
    made = SecondFactor(
        user_id=user_id,
        organisation_id=organisation_id,
        totp_secret=seal(pyotp.random_base32(), _place(user_id, organisation_id)),
        recovery_hashes=[],
    )
    session.add(made)
    return made


def secret_of(factor: SecondFactor) -> str:
    """Return the secret in clear, for the page that shows it before it is confirmed."""
    if factor.confirmed_at is not None:
        raise Refused("The authenticator is set up; its secret is not shown again.")
    return unseal(factor.totp_secret, _place(factor.user_id, factor.organisation_id))


def address_of(factor: SecondFactor, name: str) -> str:
    """Return the otpauth address that an authenticator reads from the square code."""
    return pyotp.TOTP(secret_of(factor)).provisioning_uri(name=name, issuer_name="BIG Live Portal")


def confirm(session: Session, user_id: int, code: str) -> list[str]:
    """Take the first code, and return the recovery codes: they are shown once and kept as hashes."""
    factor = _locked(session, user_id)
    _take(factor, code, now())
    factor.confirmed_at = now()
    made = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    factor.recovery_hashes = [_hash(user_id, each) for each in made]
    return [f"{each[:5]}-{each[5:]}" for each in made]


def accept(session: Session, user_id: int, code: str) -> None:
    """Take a code of the authenticator or a recovery code, or refuse it. Each is taken once."""
    factor = _locked(session, user_id)
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    hashed = _hash(user_id, typed)
    if hashed in factor.recovery_hashes:
        factor.recovery_hashes = [each for each in factor.recovery_hashes if each != hashed]
        return
    _take(factor, typed, now())


def forget(session: Session, user_id: int) -> None:
    """Take a second factor away, so that the next sign-in sets up a new one."""
    found = of(session, user_id)
    if found is not None:
        session.delete(found)


def _locked(session: Session, user_id: int) -> SecondFactor:
    """Hold the row, so that one code sent twice at once is taken once."""
    return session.scalars(
        select(SecondFactor)
        .where(SecondFactor.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _take(factor: SecondFactor, code: str, at: datetime) -> None:
    typed = "".join(letter for letter in code if letter.isdigit())
    totp = pyotp.TOTP(unseal(factor.totp_secret, _place(factor.user_id, factor.organisation_id)))
    this_step = int(at.timestamp()) // STEP_SECONDS
    for step in range(this_step - SLACK_STEPS, this_step + SLACK_STEPS + 1):
        if step <= (factor.last_step or 0):
            continue
        if secrets.compare_digest(totp.generate_otp(step), typed):
            factor.last_step = step
            return
    raise Refused(WRONG, field="code")


def _hash(user_id: int, code: str) -> str:
    return digest(f"recovery code {user_id} {code}").hex()


def _place(user_id: int, organisation_id: int | None) -> Place:
    return Place("second_factor", "totp_secret", organisation_id, str(user_id))
