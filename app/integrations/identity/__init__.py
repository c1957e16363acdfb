"""Who somebody is, as an outside provider of identities says."""

from app.integrations.identity.entra import (
    CLOCK,
    ELSEWHERE,
    KEY,
    Colleague,
    Entra,
    challenge_of,
)

__all__ = ["CLOCK", "ELSEWHERE", "KEY", "Colleague", "Entra", "challenge_of"]
