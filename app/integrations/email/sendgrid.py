"""Letters through SendGrid's Mail Send, by its official library.

Mail Send knows no key by which it could tell a repeat, so a letter is handed over at most once; what
became of an unclear one is told by the event webhook, in which our number for it comes back.
"""

import time
from email.utils import parseaddr
from http.client import HTTPException
from typing import Any, Final
from urllib.error import URLError

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from app.integrations import exchanges
from app.integrations.email.port import Letter
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.refusals import NEVER_REACHED, line_broke, own_error, retry_after
from config import Config

SENDS: Final = "/v3/mail/send"

ADVICE: Final = {
    401: "SendGrid does not know our key. Set SENDGRID_API_KEY to one that may send mail.",
    403: "SendGrid does not let our key send from this address. Verify the sender of MAIL_FROM there.",
    413: "The letter is too long for SendGrid. Shorten it and send it again.",
}
"""What a person has to change, where the status alone says it."""
OTHERS: Final = (
    "SendGrid refuses the letter ({status}). Check the address of whoever gets it, and MAIL_FROM. "
    "SendGrid’s own words stand below its attempt."
)


class SendGridEmail:
    """Hands letters to SendGrid, without its counting of opens and clicks."""

    def __init__(
        self, key: str, *, sender: str, base_url: str, reply_to: str = "", timeout: float = 20.0
    ) -> None:
        self.sender = sender
        self.reply_to = reply_to
        self.base_url = base_url.rstrip("/")
        self.api = SendGridAPIClient(api_key=key, host=self.base_url)
        self.api.client.timeout = timeout

    def send(self, letter: Letter, *, key: str) -> str:
        """Hand the letter over and return SendGrid's number for it."""
        return self._handed_over(self._written(letter, key), key)

    def try_out(self) -> None:
        """Hand a letter over that SendGrid checks and does not send (its "sandbox mode")."""
        letter = Letter(_address(self.sender)["email"], "Test", "Test")
        body = self._written(letter, "test") | {"mail_settings": {"sandbox_mode": {"enable": True}}}
        self._handed_over(body, "test")

    def _handed_over(self, body: dict[str, Any], key: str) -> str:
        try:
            answer = self.api.client.mail.send.post(request_body=body)
        except HTTPError as refusal:
            _note(self.base_url, body, refusal.status_code, refusal.headers, refusal.body)
            raise _failure(refusal) from refusal
        except URLError as error:
            _note(self.base_url, body, answer=str(error.reason))
            why = line_broke(error.reason)
            if isinstance(error.reason, NEVER_REACHED):
                raise Retryable(f"SendGrid cannot be reached: {why}.") from error
            raise Unclear(f"SendGrid did not answer: {why}.") from error
        except (OSError, HTTPException) as error:
            _note(self.base_url, body, answer=f"{type(error).__name__}: {error}")
            raise Unclear(f"SendGrid did not answer: {line_broke(error)}.") from error
        _note(self.base_url, body, answer.status_code, answer.headers, answer.body)
        return str(answer.headers.get("X-Message-Id") or key)

    def _written(self, letter: Letter, key: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "personalizations": [
                {
                    "to": [{"email": letter.recipient}],
                    "custom_args": {
                        "effect_id": key,
                        "organisation": str(letter.organisation_id or ""),
                    },
                }
            ],
            "from": _address(self.sender),
            "subject": letter.subject,
            "content": [{"type": "text/plain", "value": letter.text}],
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        }
        if letter.html:
            body["content"].append({"type": "text/html", "value": letter.html})
        if letter.category:
            body["categories"] = [letter.category]
        if self.reply_to:
            body["reply_to"] = _address(self.reply_to)
        return body


def sendgrid_email(config: Config) -> SendGridEmail:
    """Send letters through the account whose key is set."""
    return SendGridEmail(
        config.vendor["SENDGRID_API_KEY"],
        sender=config.mail_from,
        base_url=config.vendor["SENDGRID_BASE_URL"],
        reply_to=config.vendor["SENDGRID_REPLY_TO"],
        timeout=config.http_timeout_seconds,
    )


def _address(text: str) -> dict[str, str]:
    name, address = parseaddr(text)
    return {"email": address, "name": name} if name else {"email": address}


def _failure(refusal: HTTPError) -> Permanent | Retryable | Unclear:
    """Tell what a status means for a letter that must not be sent twice."""
    status = int(refusal.status_code)
    if status == 429:
        # SendGrid names the moment at which its window opens anew, not a span.
        opens = str(refusal.headers.get("X-RateLimit-Reset") or "")
        wait = max(float(opens) - time.time(), 1.0) if opens.isdecimal() else None
        named = retry_after(refusal.headers.get("Retry-After"))
        return Retryable("SendGrid asks us to slow down.", status=status, retry_after=named or wait)
    if status == 503:
        return Retryable(
            own_error("SendGrid", status),
            status=status,
            retry_after=retry_after(refusal.headers.get("Retry-After")),
        )
    if status >= 500:
        return Unclear(own_error("SendGrid", status), status=status)
    return Permanent(ADVICE.get(status) or OTHERS.format(status=status), status=status)


def _note(
    base_url: str,
    body: dict[str, Any],
    status: int | None = None,
    headers: Any = None,
    answer: Any = None,
) -> None:
    exchanges.note(
        "POST",
        f"{base_url}{SENDS}",
        request=_without_links(body),
        status=status,
        headers=headers,
        answer=answer,
    )


def _without_links(body: dict[str, Any]) -> dict[str, Any]:
    """Leave the words out of what staff may read: a sign-in letter's open a door."""
    lengths = [
        {"type": part["type"], "value": f"({len(part['value'])} characters)"}
        for part in body["content"]
    ]
    return {**body, "content": lengths}
