"""Whose library it is: the tenant that comes back with a consent is proved before anything is kept.

The address of a consent can be edited by whoever's browser it is, and our application is let into many
tenants. So its bearer signs in at that very tenant, and the tenant's signature says that they belong to it.
"""

import logging
import re
import secrets
from collections.abc import Mapping
from typing import Final

from flask import session as browser

from app.domain.errors import Refused
from app.integrations.errors import Failure, Retryable
from app.integrations.identity import Entra, challenge_of

log = logging.getLogger(__name__)

PROOF: Final = "archive_proof"
"""Where the browser's session, which lies with us, keeps what only it may come back with, once."""
TENANT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

NAMELESS: Final = "Microsoft did not say whose library it is. Start again."
NOT_OURS: Final = "That answer is not to a question of yours. Nothing is connected; start again."
NOBODY: Final = (
    "Nobody signed in at Microsoft to show that the library is theirs, so nothing is connected. "
    "Somebody with an account of that organisation must do it."
)
GUEST: Final = (
    "Microsoft says that you are a guest there, so nothing is connected. "
    "Somebody with an account of that organisation must do it."
)
AWAY: Final = "Microsoft does not answer, so nothing is connected. Start again in a few minutes."
UNPROVED: Final = (
    "Microsoft does not confirm that you belong to the organisation whose library that is, "
    "so nothing is connected. Start again."
)


def begin(said: str, told: Mapping[str, str], back: str) -> str:
    """Return where somebody signs in to prove that they belong to the tenant that is said."""
    tenant = said.lower()
    if not TENANT.fullmatch(tenant):
        raise Refused(NAMELESS)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    try:
        there = _entra(tenant, told).address_of_sign_in(
            back=back, state=state, nonce=nonce, challenge=challenge_of(verifier)
        )
    except Failure as failure:
        raise _refusal(failure) from failure
    browser[PROOF] = {"tenant": tenant, "state": state, "nonce": nonce, "verifier": verifier}
    return there


def finish(answer: Mapping[str, str], told: Mapping[str, str], back: str) -> str:
    """Return the tenant, if it has signed that whoever signed in there is one of its own."""
    asked = browser.pop(PROOF, None)
    came = answer.get("state", "")
    if asked is None or not secrets.compare_digest(asked["state"].encode(), came.encode()):
        raise Refused(NOT_OURS)
    tenant: str = asked["tenant"]
    if "error" in answer or not answer.get("code"):
        raise Refused(NOBODY)
    try:
        somebody = _entra(tenant, told).who(
            answer["code"], back=back, nonce=asked["nonce"], verifier=asked["verifier"]
        )
    except Failure as failure:
        raise _refusal(failure) from failure
    if somebody.is_guest:
        raise Refused(GUEST)
    return tenant


def _entra(tenant: str, told: Mapping[str, str]) -> Entra:
    """Return a tenant as our application there is told about it; made anew, since this is rare."""
    return Entra(
        told["GRAPH_AUTHORITY"], tenant, told["GRAPH_CLIENT_ID"], told["GRAPH_CLIENT_SECRET"]
    )


def _refusal(failure: Failure) -> Refused:
    log.warning("a tenant could not be proved: %s", failure.reason)
    return Refused(AWAY if isinstance(failure, Retryable) else UNPROVED)
