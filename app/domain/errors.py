"""How the rules say no, in a sentence the person can act on."""

from collections.abc import Mapping
from typing import Final

DEEDS: Final = {
    "accept": "be accepted",
    "answer": "be answered",
    "again": "be taken up again",
    "approve": "be approved",
    "bounce": "come back from the bank",
    "call_back": "be called back",
    "cancel": "be cancelled",
    "check": "be checked",
    "complete": "be completed",
    "confirm": "be confirmed",
    "countersign": "be countersigned",
    "decline": "be declined",
    "end": "be ended",
    "execute": "be executed",
    "export": "be exported",
    "hold": "be held",
    "invite_again": "be invited again",
    "mark_duplicate": "be marked a duplicate",
    "offer": "be offered",
    "pay": "be paid",
    "pay_there": "be paid in the ledger",
    "post": "be posted",
    "publish": "be published",
    "query": "be queried",
    "record_external": "be recorded as signed elsewhere",
    "refuse": "be refused",
    "reinstate": "be reinstated",
    "release": "be released",
    "resend": "be sent again",
    "retry": "be tried again",
    "lapse": "lapse",
    "retire": "be retired",
    "return_for_changes": "be returned for changes",
    "revise": "be revised",
    "send": "be sent",
    "sign": "be signed",
    "sign_in_part": "be signed in part",
    "submit": "be submitted",
    "undo": "be undone",
    "supersede": "be replaced",
    "terminate": "be terminated",
    "upload_signed": "take a signed paper",
    "change": "be changed",
    "close": "be closed",
    "drop": "be dropped",
    "verify": "be verified",
    "withdraw": "be taken back from the bank",
    "void": "be voided",
    "run": "be brought in",
    "start": "be started",
}
"""What is done to a record by each event, as a sentence says it. What is not listed stands for itself."""


class Refused(Exception):
    """A rule says no. ``str()`` is the sentence for the person; ``field`` names the input it is about."""

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class MoveRefused(Refused):
    """A record cannot make this move from where it stands."""

    def __init__(self, status: str, event: str, *, noun: str = "record") -> None:
        deed = DEEDS.get(str(event), str(event).replace("_", " "))
        article = "An" if noun[0] in "aeiou" else "A"
        super().__init__(f"{article} {noun} that is {str(status).replace('_', ' ')} cannot {deed}.")
        self.status = status
        self.event = event


class Invalid(Refused):
    """Several inputs are wrong at once. ``errors`` maps each field to its sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)
