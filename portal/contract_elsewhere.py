"""Sign a contract at the provider the company has chosen: go there by a link of the moment, come back."""

import logging
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.db.session import transaction
from app.domain.contracts import SignerRole
from app.domain.errors import Refused
from app.domain.people import RepresentationScope
from app.integrations import providers
from app.integrations.errors import Failure, Permanent
from app.integrations.esign.port import Signer
from app.services.esign import tapping
from portal.contracts import found_by, last_page_of, page_of, signer
from portal.gate import needs_scope, needs_seat
from portal.step_up import require_step_up

log: Final = logging.getLogger(__name__)

AWAY = (
    "The signing service does not answer at the moment. Nothing was signed. Try again in a minute, "
    "or ask the company to have it signed here."
)
REFUSED = (
    "The signing service does not let you sign this at the moment. Nothing was signed. We ask it how "
    "the contract stands there: look again in a few minutes, or ask the company to have it signed here."
)
UNAUTHORISED: Final = 401
BACK = {
    "signing_complete": (
        "Thank you. We wait for the confirmation",
        "It usually takes a minute. This page then says that you have signed.",
    ),
    "decline": (
        "You declined there",
        "As soon as that is confirmed, the company is told and comes back to you.",
    ),
    "": (
        "Welcome back",
        "If you have signed, this page says so within a minute. If not, press the button below again.",
    ),
    "cancel": (
        "Not signed yet",
        "You can go on where you left off: press the button below once more.",
    ),
}
"""What is said to whoever comes back from the provider, by what it says she did."""


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    one = "/contracts/<uuid:public_id>"
    portal.add_url_rule(f"{one}/elsewhere", view_func=sign_elsewhere, methods=["POST"])
    portal.add_url_rule(f"{one}/signed", view_func=come_back)


@needs_scope(RepresentationScope.sign)
@require_step_up
def sign_elsewhere(public_id: UUID) -> str | AnyResponse:
    """Go on to the provider by a link made for this tap, kept nowhere."""
    back = url_for("portal.come_back", public_id=public_id, _external=True)
    try:
        with transaction() as db:
            tap = tapping.tap_of(db, found_by(db, public_id), signer(db))
        link = _link(tap, back)
    except (Refused, Failure) as refusal:
        log.warning("no signing link: %s", refusal.reason)
        with transaction() as db:
            found = found_by(db, public_id)
            if isinstance(refusal, Permanent):
                tapping.come_back(db, found)
            return Response(last_page_of(db, found, _words(refusal)), 409)
    return redirect(link, 303)


def _link(tap: tapping.Tap, back: str) -> str:
    """Have a link made; where our keys are refused, once more with those of the moment."""
    role = Signer(SignerRole.artist, tap.name, tap.email, tap.client_id)
    try:
        return providers.signing_links(tap.provider).link(tap.envelope, role, return_url=back)
    except Permanent as refusal:
        if refusal.status != UNAUTHORISED:
            raise
    providers.renew_links()
    return providers.signing_links(tap.provider).link(tap.envelope, role, return_url=back)


def _words(refusal: Refused | Failure) -> str:
    if isinstance(refusal, Refused):
        return refusal.reason
    return REFUSED if isinstance(refusal, Permanent) else AWAY


@needs_seat
def come_back(public_id: UUID) -> str | AnyResponse:
    """Receive whoever comes back from the provider; what she did there is confirmed by it, not by this."""
    event = request.args.get("event", "")
    with transaction() as db:
        found = found_by(db, public_id)
        tapping.come_back(db, found)
        return page_of(db, found, came_back=BACK.get(event, BACK["cancel"]))
