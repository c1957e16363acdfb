"""What a signing provider can say of an envelope, ranked: order and repetition of its news never matter."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Final

from app.domain.contracts import SignerRole

BUILTIN: Final = "builtin"
"""Signing in our own portal: the embedded default, and what remains when a provider is away."""

QUIET: Final[Mapping[str, timedelta]] = {"docusign": timedelta(minutes=15)}
"""How long a provider wants not to be asked twice about one envelope (DocuSign: its resource limits)."""


class EnvelopeStatus(StrEnum):
    """Where an envelope stands at its provider."""

    sent = auto()
    viewed = auto()
    signed = auto()
    expired = auto()
    voided = auto()
    declined = auto()
    completed = auto()


RANK: Final = {status: place for place, status in enumerate(EnvelopeStatus)}
"""Later news is what ranks higher, not what comes later. What everybody signed outranks every other end."""

FINAL: Final = frozenset(
    {
        EnvelopeStatus.expired,
        EnvelopeStatus.voided,
        EnvelopeStatus.declined,
        EnvelopeStatus.completed,
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """An envelope as its provider described it at one moment."""

    status: EnvelopeStatus
    signed: Mapping[SignerRole, datetime | None] = field(default_factory=dict)
    """Who has signed, and when if the provider said so."""
    reason: str = ""
    """Why it was declined or voided, in somebody's words."""

    def written(self) -> str:
        """Return it as text that ``read_standing`` understands, fit to be a promise's result."""
        return json.dumps(
            {
                "status": self.status,
                "signed": {role: at.isoformat() if at else "" for role, at in self.signed.items()},
                "reason": self.reason[:300],
            },
            ensure_ascii=False,
        )


def read_standing(text: str) -> Standing:
    """Return the standing that was written."""
    said = json.loads(text)
    return Standing(
        EnvelopeStatus(said["status"]),
        {
            SignerRole(role): datetime.fromisoformat(at) if at else None
            for role, at in said["signed"].items()
        },
        said["reason"],
    )


def later(known: EnvelopeStatus | None, told: EnvelopeStatus) -> EnvelopeStatus:
    """Return the one of two that ranks higher: applied in any order, any number of times, it ends the same."""
    return told if known is None or RANK[told] > RANK[known] else known


def is_behind(known: EnvelopeStatus | None, told: EnvelopeStatus) -> bool:
    """Tell whether what a provider says lies behind what it said before."""
    return known is not None and RANK[told] < RANK[known]


def may_ask(provider: str, asked_at: datetime | None, at: datetime) -> bool:
    """Tell whether a provider may be asked about an envelope again."""
    return asked_at is None or at - asked_at >= QUIET.get(provider, timedelta())
