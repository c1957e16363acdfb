"""The kinds of promises we make, and how each lets us ask twice (reliability.md A3)."""

from typing import Final

from app.domain.outbox import EffectClass

KINDS: Final[dict[str, EffectClass]] = {
    "alert.post": EffectClass.U,
    "amendment.seal": EffectClass.N,
    "archive.changes": EffectClass.N,
    "archive.file": EffectClass.N,
    "archive.look": EffectClass.N,
    "archive.watch": EffectClass.N,
    "bank.tell": EffectClass.N,
    "bulk.check": EffectClass.N,
    "bulk.report": EffectClass.N,
    "bulk.row": EffectClass.N,
    "bulk.start": EffectClass.N,
    "claim.tell": EffectClass.N,
    "contract.seal": EffectClass.N,
    "contract.tell": EffectClass.N,
    "esign.compare": EffectClass.N,
    "esign.fetch": EffectClass.N,
    "esign.refresh": EffectClass.N,
    "esign.remind": EffectClass.U,
    "esign.send": EffectClass.R,
    "esign.void": EffectClass.K,
    "event.publish": EffectClass.K,
    "import.check": EffectClass.N,
    "import.run": EffectClass.N,
    "ledger.offers": EffectClass.N,
    "ledger.payable": EffectClass.K,
    "ledger.receipts": EffectClass.N,
    "ledger.refresh": EffectClass.N,
    "ledger.revoke": EffectClass.N,
    "ledger.void": EffectClass.N,
    "mail.send": EffectClass.U,
    "mail.new_device": EffectClass.U,
    "mail.sign_in": EffectClass.U,
    "provider.test": EffectClass.N,
    "push.send": EffectClass.N,
    "report.make": EffectClass.N,
    "report.remove": EffectClass.N,
    "sms.send": EffectClass.U,
    "sms.sign_in": EffectClass.U,
}
"""The most careful class a kind may have; a courier whose provider allows more says so itself."""

USUAL: Final = 100
"""Priority of a single deed that nobody waits for."""
LANE, STEP = 10, 5
"""What is done for many shares a lane of priorities; what would have been hurried goes a step ahead in it."""
URGENT: Final = 200
"""Priority of what a person is waiting for, such as a sign-in link."""


def lowered(priority: int, cap: int | None) -> int:
    """Return the priority of what is promised while many are served: in their lane, below single deeds.

    What would have been hurried goes a step ahead, so that what was begun is finished first.
    """
    if cap is None or cap >= USUAL:
        return priority
    lane = cap // LANE * LANE
    return min(priority, lane + STEP if priority > USUAL else lane)


def class_of(kind: str) -> EffectClass:
    """Return the class of ``kind``. What is not listed is treated as unknowable: at most once."""
    return KINDS.get(kind, EffectClass.U)
