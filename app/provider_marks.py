"""How the states of bulk runs and of decisions about promises look."""

from enum import StrEnum
from typing import Final

from app.domain.alerts import AlertStatus
from app.domain.bulk_runs import BulkStatus, Onward, RowStatus
from app.domain.circuit_breaker import BreakerState
from app.domain.envelopes import EnvelopeStatus
from app.domain.outbox_decisions import DecisionStatus
from app.mark import Mark
from app.mark import marked as _m

OF_PROVIDERS: Final[dict[type[StrEnum], dict[str, Mark]]] = {
    BreakerState: {
        "closed": _m("approved", "Calls go through", "good"),
        "open": _m("failed", "Left alone for a while", "bad", loud=True),
        "half_open": _m("sent", "One call tries the way", "with"),
    },
    AlertStatus: {
        "open": _m("failed", "Nobody sees to it yet", "bad", loud=True),
        "acknowledged": _m("sent", "Somebody sees to it", "with"),
        "over": _m("executed", "Over", "good"),
    },
    EnvelopeStatus: {
        "sent": _m("sent", "Sent", "with"),
        "viewed": _m("review", "Opened", "with"),
        "signed": _m("signed", "Signed by artist", "with"),
        "expired": _m("expired", "Expired", "care", loud=True),
        "voided": _m("voided", "Voided"),
        "declined": _m("declined", "Declined", "bad", loud=True),
        "completed": _m("executed", "Completed", "good"),
    },
    BulkStatus: {
        "checking": _m("review", "Being tried", "with"),
        "checked": _m("ready", "Waits for your word", "care", loud=True),
        "held": _m("expired", "Confirmed, can be undone", "care", loud=True),
        "running": _m("sent", "Being done", "with"),
        "done": _m("executed", "Done", "good"),
        "undone": _m("voided", "Undone"),
        "cancelled": _m("voided", "Stopped"),
    },
    RowStatus: {
        "unchecked": _m("draft", "Not tried"),
        "ready": _m("ready", "Ready"),
        "blocked": _m("declined", "Cannot be done", "care", loud=True),
        "waiting": _m("sent", "Waiting", "with"),
        "done": _m("executed", "Done", "good"),
        "refused": _m("failed", "Not done", "bad", loud=True),
        "left": _m("voided", "Left as it was"),
    },
    Onward: {
        "on_its_way": _m("sent", "On its way", "with"),
        "stopped": _m("failed", "Did not go out", "bad", loud=True),
        "out": _m("executed", "Out", "good"),
        "taken_back": _m("voided", "Called back"),
    },
    DecisionStatus: {
        "proposed": _m("ready", "Waits for a second person", "care", loud=True),
        "agreed": _m("approved", "Agreed", "good"),
        "refused": _m("declined", "Refused", "bad"),
    },
}
