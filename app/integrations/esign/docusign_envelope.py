"""One envelope as DocuSign's SDK wants it: the frozen PDF or a template, its recipients, its end."""

import base64
import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from docusign_esign import (
    CarbonCopy,
    CustomFields,
    Document,
    EnvelopeDefinition,
    Expirations,
    Notification,
    Recipients,
    Signer,
    TemplateRole,
    TextCustomField,
)

from app.db.clock import now
from app.domain.contracts import SignerRole
from app.integrations.esign.docusign_words import ROLES
from app.integrations.esign.port import SigningPaper

OUR_KEY: Final = "portalKey"
"""The custom field that still finds an envelope when its transaction id has been forgotten."""


def definition_of(paper: SigningPaper, key: str, template_id: str) -> Any:
    """Return what is sent to make an envelope."""
    common = {
        "transaction_id": key,
        "status": "sent",
        "email_subject": paper.title[:100],
        "email_blurb": paper.message,
        "custom_fields": CustomFields(
            text_custom_fields=[TextCustomField(name=OUR_KEY, value=key, show="false")]
        ),
        "notification": _until(paper.expires_at),
    }
    if template_id:
        roles = list(_roles(paper))
        return EnvelopeDefinition(template_id=template_id, template_roles=roles, **common)
    document = Document(
        document_id="1",
        name=paper.file_name,
        file_extension="pdf",
        document_base64=base64.b64encode(paper.content).decode(),
    )
    return EnvelopeDefinition(documents=[document], recipients=_recipients(paper), **common)


def _recipients(paper: SigningPaper) -> Any:
    """Return the signers in their order; a copy goes out with the first asking."""
    signers = [
        Signer(
            recipient_id=str(place),
            routing_order=str(place),
            role_name=ROLES[signer.role],
            name=signer.name,
            email=signer.email,
            client_user_id=signer.client_id or None,
        )
        for place, signer in enumerate(paper.signers, start=1)
    ]
    copies = [
        CarbonCopy(recipient_id=str(place), routing_order="1", name=copy.name, email=copy.email)
        for place, copy in enumerate(paper.copies, start=len(signers) + 1)
    ]
    return Recipients(signers=signers, carbon_copies=copies)


def _roles(paper: SigningPaper) -> Iterable[Any]:
    for signer in paper.signers:
        yield TemplateRole(
            role_name=ROLES[signer.role],
            name=signer.name,
            email=signer.email,
            client_user_id=signer.client_id or None,
        )
    for copy in paper.copies:
        yield TemplateRole(role_name=ROLES[SignerRole.agent], name=copy.name, email=copy.email)


def _until(expires_at: datetime | None) -> Any:
    """Let the envelope end by itself on the day we say, and leave reminding to us."""
    days = 120 if expires_at is None else (expires_at - now()) / timedelta(days=1)
    return Notification(
        use_account_defaults="false",
        expirations=Expirations(
            expire_enabled="true", expire_after=str(max(1, math.ceil(days))), expire_warn="0"
        ),
    )


def without_paper(body: Any) -> Any:
    """Return a request as people may read it: without the PDF inside."""
    if not isinstance(body, Mapping) or "documents" not in body:
        return body
    documents = [{**one, "documentBase64": "(the PDF)"} for one in body["documents"]]
    return {**body, "documents": documents}
