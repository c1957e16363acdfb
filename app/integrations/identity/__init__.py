"""Who somebody is, as an outside provider of identities says."""

from app.integrations.identity.entra import Colleague, Entra, challenge_of

__all__ = ["Colleague", "Entra", "challenge_of"]
