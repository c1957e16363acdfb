"""Texts through Twilio's Messages, by its official library.

Messages know no key by which Twilio could tell a repeat, and its list neither shows our number nor
promises to show a message at once: a text is handed over at most once, and what became of an unclear
one is told by the status callback, whose address carries our number for it.
"""

import json
from typing import Any, Final
from urllib.parse import urlsplit

from requests import ConnectionError as LineError
from requests import ConnectTimeout, RequestException, Timeout
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import MaxRetryError, NewConnectionError

from app.integrations import exchanges
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.refusals import own_error, retry_after
from app.integrations.sms.port import Text
from app.integrations.sms.twilio_words import CALLBACK, words_of
from config import Config

BUSY: Final = frozenset({14107, 20429})
"""Codes by which Twilio asks us to slow down, whatever the status."""


NOBODYS: Final = "SM" + "0" * 32
NOT_THERE: Final = 404


def _silence(error: Exception) -> str:
    """Say how an answer stayed away, in words that staff read."""
    return "it took too long" if isinstance(error, Timeout) else "the line was cut"


class ElsewhereClient(TwilioHttpClient):
    """The library's own client at a base address of our choice; it tells what was said."""

    def __init__(self, base_url: str, timeout: float) -> None:
        super().__init__(timeout=timeout, max_retries=0)
        self.base = urlsplit(base_url)
        self.wish: float | None = None
        """What the last answer said about trying again."""

    def request(self, method: str, url: str, *args: Any, **named: Any) -> Response:
        """Ask where the settings say, and write down what came back."""
        self.wish = None
        url = urlsplit(url)._replace(scheme=self.base.scheme, netloc=self.base.netloc).geturl()
        said = _without_words(named.get("data") or (args[1] if len(args) > 1 else None))
        try:
            answer = super().request(method, url, *args, **named)
        except RequestException:
            exchanges.note(method, url, request=said)
            raise
        self.wish = retry_after(answer.headers.get("Retry-After"))
        exchanges.note(
            method,
            url,
            request=said,
            status=answer.status_code,
            headers=answer.headers,
            answer=_without_words(str(answer.text)),
        )
        return answer


class TwilioSms:
    """Hands texts to Twilio, from a number or from a messaging service."""

    def __init__(
        self,
        account: str,
        token: str,
        *,
        sender: str,
        base_url: str,
        callback_base: str,
        timeout: float = 20.0,
    ) -> None:
        self.sender = sender
        self.callback_base = callback_base.rstrip("/")
        self.http = ElsewhereClient(base_url, timeout)
        self.client = Client(account, token, http_client=self.http)

    def send(self, text: Text, *, key: str) -> str:
        """Hand the text over and return Twilio's number for it."""
        from_whom = (
            {"messaging_service_sid": self.sender}
            if self.sender.startswith("MG")
            else {"from_": self.sender}
        )
        try:
            made = self.client.messages.create(
                to=text.recipient,
                body=text.body,
                status_callback=f"{self.callback_base}{CALLBACK}{key}",
                **from_whom,
            )
        except TwilioRestException as refusal:
            raise self._failure(refusal) from refusal
        except (RequestException, TwilioException) as error:
            if _never_stood(error):
                raise Retryable("Twilio cannot be reached.") from error
            raise Unclear(f"Twilio did not answer: {_silence(error)}.") from error
        return str(made.sid)

    def try_out(self) -> None:
        """Ask for a text that cannot be there: it proves account and token, and sends nothing."""
        try:
            self.client.messages(NOBODYS).fetch()
        except TwilioRestException as refusal:
            if refusal.status != NOT_THERE:
                raise self._failure(refusal) from refusal
        except (RequestException, TwilioException) as error:
            raise Retryable(f"Twilio did not answer: {_silence(error)}.") from error

    def _failure(self, refusal: TwilioRestException) -> Permanent | Retryable | Unclear:
        status, code = int(refusal.status), int(refusal.code or 0)
        if status in {429, 503} or code in BUSY:
            return Retryable(
                "Twilio asks us to slow down.", status=status, retry_after=self.http.wish
            )
        if status >= 500:
            return Unclear(own_error("Twilio", status), status=status)
        if status < 400:
            return Unclear(f"Twilio answered {status}, which says nothing.", status=status)
        reason = words_of(code, refusal.msg)
        return Permanent(reason, status=status, code=str(code or status))


def twilio_sms(config: Config) -> TwilioSms:
    """Send texts through the account that is set."""
    told = config.vendor
    return TwilioSms(
        told["TWILIO_ACCOUNT_SID"],
        told["TWILIO_AUTH_TOKEN"],
        sender=told["TWILIO_FROM"],
        base_url=told["TWILIO_BASE_URL"],
        callback_base=config.base_url,
        timeout=config.http_timeout_seconds,
    )


def _never_stood(error: Exception) -> bool:
    """Tell whether no connection was made, so that nothing can have happened."""
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, LineError) and error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _without_words(said: Any) -> Any:
    """Leave the words of a text out of what staff may read: a code opens a door."""
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except ValueError:
            return f"({len(said)} characters)"
    if not isinstance(said, dict):
        return said
    return {
        name: f"({len(str(value))} characters)" if name.lower() == "body" else value
        for name, value in said.items()
    }
