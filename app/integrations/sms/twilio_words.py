"""What Twilio says of a text, in our words (twilio.com/docs/api/errors, twilio.com/docs/messaging)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from app.domain.messages import DeliveryStatus, Mark, News

CALLBACK: Final = "/hooks/twilio/status/"
"""Where Twilio tells what became of a text; our number for it follows."""

CODES: Final[dict[int, tuple[str, Mark | None]]] = {
    20003: ("Twilio does not know our account. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.", None),
    21211: ("There is no such telephone number.", Mark.unreachable),
    21212: ("Twilio does not accept the number we send from. Check TWILIO_FROM.", None),
    21408: ("Our Twilio account may not send texts to that country. Allow it there.", None),
    21606: ("The number we send from cannot send texts. Check TWILIO_FROM.", None),
    21610: ("Whoever has this number answered STOP and wants no texts.", Mark.unwanted),
    21612: ("Twilio cannot bring a text from our number to this one.", None),
    21614: ("The number is not a mobile.", Mark.unreachable),
    21617: ("The text is too long.", None),
    21659: ("The number we send from is not one of our Twilio account. Check TWILIO_FROM.", None),
    21703: ("The messaging service has no number to send from. Add one at Twilio.", None),
    30001: ("Too many texts waited at Twilio at once.", None),
    30002: ("Twilio has suspended our account.", None),
    30003: ("The phone was switched off or out of reach for too long.", None),
    30004: ("The phone does not accept texts like this one.", None),
    30005: ("The number is not in use.", Mark.unreachable),
    30006: ("The number is a landline, or its carrier takes no texts.", Mark.unreachable),
    30007: ("The carrier held the text back as unwanted advertising.", None),
    30008: ("The carrier did not say why it failed.", None),
    30034: ("The number we send from is not registered for texts to the United States.", None),
}  # fmt: skip
"""What a code means, and what it says about the number itself."""

BECAME: Final = {
    "accepted": DeliveryStatus.accepted,
    "scheduled": DeliveryStatus.accepted,
    "queued": DeliveryStatus.accepted,
    "sending": DeliveryStatus.accepted,
    "sent": DeliveryStatus.accepted,
    "delivered": DeliveryStatus.delivered,
    "read": DeliveryStatus.delivered,
    "undelivered": DeliveryStatus.failed,
    "failed": DeliveryStatus.failed,
    "canceled": DeliveryStatus.failed,
}

STOP: Final = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
START: Final = frozenset({"START", "YES", "UNSTOP"})
"""The words that Twilio itself obeys, where it does not say OptOutType."""


def words_of(code: int, said: str = "") -> str:
    """Return what a code means, with the code for whoever looks it up."""
    words = CODES[code][0] if code in CODES else said or "Twilio gives no reason."
    return f"{words} (Twilio {code})" if code else words


def mark_of(code: str) -> Mark | None:
    """Return what a code says about the number itself."""
    return CODES[int(code)][1] if code.isdecimal() and int(code) in CODES else None


def status_news(told: Mapping[str, str], at: datetime) -> News | None:
    """Return what a status callback says of one text."""
    status = BECAME.get(told.get("MessageStatus", told.get("SmsStatus", "")))
    if status is None:
        return None
    failed = status is DeliveryStatus.failed
    code = told.get("ErrorCode", "")
    number = int(code) if code.isdecimal() else 0
    return News(
        at=at,
        status=status,
        address=told.get("To", ""),
        reason=words_of(number) if failed else "",
        mark=mark_of(code) if failed else None,
        external_id=told.get("MessageSid", ""),
    )


def inbound_news(told: Mapping[str, str], at: datetime) -> News | None:
    """Return what somebody wants who wrote back, None where it is no word that Twilio obeys."""
    typed = told.get("Body", "").strip().upper()
    kind = told.get("OptOutType", "").upper()
    if kind == "STOP" or (not kind and typed in STOP):
        mark, reason = Mark.unwanted, "Answered STOP."
    elif kind == "START" or (not kind and typed in START):
        mark, reason = Mark.wanted, "Answered START."
    else:
        return None
    return News(at=at, address=told.get("From", ""), reason=reason, mark=mark)


def when(text: str) -> datetime:
    """Return the instant under which we kept a notice: Twilio's callbacks carry none."""
    return datetime.fromisoformat(text).astimezone(UTC)
