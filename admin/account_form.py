"""What somebody types about a bank account at the desk, kept when it comes back with an error."""

from dataclasses import dataclass, field, fields

from flask import request

from app.domain.bank_accounts import Typed
from app.domain.errors import Invalid, Refused

LONGEST = 2000
"""What is longer than a field may say comes back, to be shortened."""
NAMES = tuple(one.name for one in fields(Typed))


@dataclass(slots=True)
class AccountForm:
    """A form about an account: what was typed, and what is wrong with it."""

    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def sent(cls, *more: str) -> "AccountForm":
        """Read what was sent; ``more`` names fields beside those of the account."""
        return cls({name: _clean(name) for name in (*NAMES, *more)})

    @property
    def account(self) -> Typed:
        """Return what was typed about the account itself."""
        return Typed(**{name: self.typed.get(name, "") for name in NAMES})

    def take(self, refusal: Refused) -> None:
        """Put each refusal beside its field."""
        found = (
            refusal.errors
            if isinstance(refusal, Invalid)
            else {refusal.field or "": refusal.reason}
        )
        self.errors |= found


def _clean(name: str) -> str:
    return request.form.get(name, "").replace("\0", "").strip()[:LONGEST]
