"""Notices by Web Push (RFC 8030) with our own key, straight to the browsers' services, by pywebpush."""

import json
from email.utils import parseaddr
from typing import Any, Final

from py_vapid import Vapid, VapidException
from pywebpush import WebPushException, webpush
from requests import ConnectTimeout, RequestException, Response, Session

from app.domain.errors import Refused
from app.domain.push import check_address
from app.integrations import exchanges
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.push.port import GONE, PushNotice
from app.integrations.refusals import own_error, retry_after
from config import Config

FORGOTTEN: Final = frozenset({404, 410})
DAMAGED: Final = (
    "This phone's sign-up for notices is damaged. Its owner turns notices off and on again in the portal; "
    "until then letters and texts go out as ever."
)
OUR_KEY: Final = "Our key for notices cannot be used. Check VAPID_PRIVATE_KEY and VAPID_SUBJECT."
KEY: Final = (
    "The push service does not accept our key ({status}). Check VAPID_PRIVATE_KEY and VAPID_SUBJECT. "
    "Phones that signed up under another key turn notices off and on again in the portal."
)
ADVICE: Final = {
    400: KEY,
    401: KEY,
    403: KEY,
    413: "The notice is too long for the push service ({status}).",
}
"""What a person has to change, where the status alone says it."""
OTHERS: Final = (
    "The push service refuses the notice ({status}). Its own words stand below its attempt."
)


class VapidPush:
    """Encrypts each notice for its phone alone and hands it to the phone's service."""

    def __init__(
        self, private: str, *, subject: str, hosts: tuple[str, ...], timeout: float = 20.0
    ) -> None:
        self.key = Vapid.from_raw(private.encode())
        self.subject = subject
        self.hosts = hosts
        self.timeout = timeout
        self.line = Session()
        # A service that sends us elsewhere would choose whom we call.
        self.line.max_redirects = 0

    def send(self, notice: PushNotice, *, key: str) -> str:
        """Hand the notice over; a phone that is gone is answered as ``GONE``."""
        try:
            check_address(notice.endpoint, self.hosts)
        except Refused as refusal:
            raise Permanent(refusal.reason) from refusal
        try:
            answer = self._ask(notice, key)
        except WebPushException as refusal:
            return self._refused(notice, refusal)
        except ConnectTimeout as error:
            _note(notice, None, type(error).__name__)
            raise Retryable("The push service cannot be reached.") from error
        except RequestException as error:
            # What the library says of it names the phone's address, which is a secret.
            _note(notice, None, type(error).__name__)
            raise Unclear("The push service did not answer.") from error
        except VapidException as error:
            _note(notice, None, f"Not sent: {error}")
            raise Permanent(OUR_KEY) from error
        except ValueError as error:
            _note(notice, None, f"Not sent: {error}")
            raise Permanent(DAMAGED) from error
        _note(notice, answer.status_code)
        return str(answer.headers.get("Location") or key)

    def try_out(self) -> None:
        """Sign as for a notice: push services are asked with a notice to a phone only."""
        try:
            self.key.sign({"sub": self.subject, "aud": "https://push.example"})
        except (ValueError, VapidException) as error:
            raise Permanent(OUR_KEY) from error

    def _ask(self, notice: PushNotice, key: str) -> Response:
        answer = webpush(
            {
                "endpoint": notice.endpoint,
                "keys": {"p256dh": notice.point, "auth": notice.secret},
            },
            data=json.dumps({"words": notice.words, "path": notice.path, "topic": notice.topic}),
            vapid_private_key=self.key,
            vapid_claims={"sub": self.subject},
            timeout=self.timeout,
            ttl=notice.seconds,
            headers={"Topic": notice.topic, "Urgency": "normal", "X-Request-Id": key},
            requests_session=self.line,
        )
        if not isinstance(answer, Response):
            raise Unclear("The push library made no call.")
        return answer

    def _refused(self, notice: PushNotice, refusal: WebPushException) -> str:
        answer = refusal.response
        if not isinstance(answer, Response):
            _note(notice, None, f"Not sent: {refusal.message}")
            raise Permanent(DAMAGED) from refusal
        status = answer.status_code
        _note(notice, status, answer.text)
        if status in FORGOTTEN:
            return GONE
        if status == 429 or status >= 500:
            busy = "The push service asks us to slow down."
            raise Retryable(
                own_error("The push service", status) if status >= 500 else busy,
                status=status,
                retry_after=retry_after(answer.headers.get("Retry-After")),
            )
        raise Permanent(ADVICE.get(status, OTHERS).format(status=status), status=status)


def vapid_push(config: Config) -> VapidPush:
    """Bring notices under the house's key."""
    told = config.vendor
    address = parseaddr(config.mail_from)[1]
    return VapidPush(
        config.vapid_private_key,
        subject=told["VAPID_SUBJECT"] or f"mailto:{address}",
        hosts=tuple(told["PUSH_HOSTS"].replace(",", " ").split()),
        timeout=config.http_timeout_seconds,
    )


def _note(notice: PushNotice, status: int | None, answer: Any = None) -> None:
    # The address of a phone's service is a secret of the phone's: its host is enough to read.
    host = notice.endpoint.split("/", 3)[2]
    exchanges.note(
        "POST",
        f"https://{host}/(masked)",
        request={"topic": notice.topic, "words": notice.words},
        status=status,
        answer=answer,
    )
