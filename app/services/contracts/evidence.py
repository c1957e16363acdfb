"""The evidence of signing, as the pages behind a sealed contract and as data beside it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.contracts import SignerRole
from app.domain.local_time import offset_label
from app.domain.periods import format_day
from app.models.contracts import Contract, ContractVersion, SignatureEvidence
from app.services.contracts.merge import escape

CAPACITY = {
    SignerRole.artist: "Artist",
    SignerRole.agent: "Agent, on behalf of the artist",
    SignerRole.company: "Company",
}


MEANING = (
    "Made when the last signature was given. The document that was signed is attached to this file "
    "as it was shown to the signers; its SHA-256 is below. Any change to this file after sealing "
    "breaks the seal."
)


def facts_of(proof: SignatureEvidence) -> list[tuple[str, str]]:
    """Return what is known of one act of signing, each time with its zone."""
    return [
        ("Signed as", CAPACITY[proof.signer_role]),
        ("On behalf of", proof.on_behalf_of),
        ("Local time", local_time(proof.signed_at, proof.zone)),
        ("Coordinated universal time", f"{proof.signed_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"),
        ("Words on the button", proof.intent),
        ("Proof of identity", proof.step_up),
        ("Network address", proof.address),
        ("Device", proof.device),
        ("Document signed, SHA-256", proof.document_sha256),
        ("This record, SHA-256", proof.seal.hex()),
    ]


def local_time(at: datetime, zone: str) -> str:
    """Write an instant to the second as the signer's clock showed it: place and offset named."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{format_day(local.date())} {local.year}, {local:%H:%M:%S}, {offset_label(zone, at)}"


@dataclass(frozen=True, slots=True)
class Signed:
    """A paper that was signed, as its evidence names it."""

    kind: str
    """Contract or Amendment."""
    name: str
    title: str
    document_sha256: str
    terms: Mapping[str, Any]
    """What was signed, as data; company and artist are among it."""


def signed_version(contract: Contract, version: ContractVersion) -> Signed:
    """Return a version of a contract as its evidence names it."""
    name = f"{contract.number}, version {version.number}"
    return Signed("Contract", name, contract.title, version.document_sha256 or "", version.terms)


def certificate(paper: Signed, proofs: Sequence[SignatureEvidence]) -> str:
    """Return the evidence pages as Markdown."""
    about = [
        (paper.kind, paper.name),
        ("Title", paper.title),
        ("Company", paper.terms.get("company", "")),
        ("Artist", paper.terms.get("artist", "")),
        ("Document signed, SHA-256", paper.document_sha256),
    ]
    parts = [
        "# Certificate of signing",
        MEANING,
        _table(about),
    ]
    for proof in proofs:
        parts += [f"## {escape(proof.signer_name)}", _table(facts_of(proof))]
    return "\n\n".join(parts) + "\n"


def record(paper: Signed, proofs: Iterable[SignatureEvidence]) -> bytes:
    """Return the evidence as JSON, the same bytes every time."""
    told: dict[str, Any] = {
        paper.kind.lower(): paper.name,
        "title": paper.title,
        "document_sha256": paper.document_sha256,
        "terms": paper.terms,
        "signatures": [{"name": proof.signer_name, **dict(facts_of(proof))} for proof in proofs],
    }
    return (json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _table(pairs: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {escape(name)} | {escape(words)} |" for name, words in pairs if words]
    return "\n".join(["| Fact | As recorded |", "|---|---|", *lines])
