"""DocuSign by its official SDK: envelopes out, standings and papers in. Only workers load this file.

The SDK is kept from doing things by itself: its connection pool sends nothing twice, every call has
a time-out it really obeys (a pair; a float would be ignored), and tokens come from our own grant.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypeVar

import urllib3
from docusign_esign import ApiClient, Envelope, EnvelopesApi
from docusign_esign.client.api_exception import ApiException

from app.db.clock import now
from app.domain.envelopes import EnvelopeStatus, Standing
from app.integrations import exchanges
from app.integrations.calls import before_call
from app.integrations.errors import Failure, Permanent
from app.integrations.esign.docusign_access import Access
from app.integrations.esign.docusign_envelope import OUR_KEY, definition_of, without_paper
from app.integrations.esign.docusign_links import access_of, complaint
from app.integrations.esign.docusign_words import standing_of
from app.integrations.esign.port import ExecutedPaper, SigningPaper
from app.integrations.esign.wire import CONNECT, failure, unanswered
from config import Config

Answer = TypeVar("Answer")

LIMITS: Final = (
    "HOURLY_APIINVOCATION_LIMIT_EXCEEDED",
    "BURST_APIINVOCATION_LIMIT_EXCEEDED",
    "HOURLY_ENVELOPE_POLLING_LIMIT_EXCEEDED",
)
"""Their status code is not published: the error's own code decides."""
CANNOT_VOID: Final = "ENVELOPE_CANNOT_VOID_INVALID_STATE"
REMEMBERED: Final = timedelta(days=6)
"""DocuSign knows a transaction id for seven days."""
BATCH: Final = 100


class NotedClient(ApiClient):
    """The SDK's client with every exchange noted and every call bounded."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(host=host)
        self.seconds = seconds
        pool: urllib3.PoolManager = self.rest_client.pool_manager
        pool.connection_pool_kw["retries"] = False
        pool.clear()

    def request(self, method: str, url: str, **more: Any) -> Any:
        """Make one request, and write down what was said."""
        before_call()
        more["_request_timeout"] = (min(CONNECT, self.seconds), self.seconds)
        shown = without_paper(more.get("body"))
        try:
            answer = super().request(method, url, **more)
        except ApiException as error:
            exchanges.note(
                method, url, request=shown, status=error.status, headers=error.headers,
                answer=error.body,
            )  # fmt: skip
            raise
        except urllib3.exceptions.HTTPError:
            exchanges.note(method, url, request=shown)
            raise
        exchanges.note(
            method, url, request=shown, status=answer.status, headers=dict(answer.getheaders()),
            answer=answer.data,
        )  # fmt: skip
        return answer


def made(config: Config) -> "DocuSign":
    """Return the account of the configuration."""
    told = config.vendor
    return DocuSign(
        base_url=told["DOCUSIGN_BASE_URL"],
        account_id=told["DOCUSIGN_ACCOUNT_ID"],
        access=access_of(config),
        seconds=config.http_timeout_seconds / 2,
        template_id=told["DOCUSIGN_TEMPLATE_ID"],
    )


class DocuSign:
    """Sends papers out through one DocuSign account."""

    def __init__(
        self,
        *,
        base_url: str,
        account_id: str,
        access: Access,
        seconds: float,
        template_id: str = "",
    ) -> None:
        self.base_url, self.account_id, self.access = base_url, account_id, access
        self.seconds, self.template_id = seconds, template_id

    @cached_property
    def _client(self) -> NotedClient:
        return NotedClient(f"{self.base_url}/restapi", self.seconds)

    @cached_property
    def _envelopes(self) -> Any:
        return EnvelopesApi(self._client)

    def send(self, paper: SigningPaper, *, key: str) -> str:
        """Create and send one envelope, unless it is there already."""
        found = self.find(key)
        if found is not None:
            return found
        definition = definition_of(paper, key, self.template_id)
        made = self._call(
            lambda: self._envelopes.create_envelope(self.account_id, envelope_definition=definition)
        )
        return str(made.envelope_id)

    def find(self, key: str) -> str | None:
        """Look for an envelope by its transaction id and, when that is too old, by our own field."""
        found = self._list(transaction_ids=key)
        begun = born(key)
        if not found and begun is not None and now() - begun > REMEMBERED:
            since = (begun - timedelta(days=1)).strftime("%Y-%m-%d")
            found = self._list(custom_field=f"{OUR_KEY}={key}", from_date=since)
        return str(found[0].envelope_id) if found else None

    def void(self, envelope: str, *, reason: str) -> None:
        """Void it. What has ended without being completed needs no voiding any more."""
        change = Envelope(status="voided", voided_reason=reason[:200])
        try:
            self._update(envelope, envelope_argument=change)
        except Permanent as refusal:
            if CANNOT_VOID not in refusal.reason:
                raise
            status = self.standing(envelope).status
            if status is EnvelopeStatus.completed:
                raise Permanent(
                    "Everybody has signed it already; it cannot be voided."
                ) from refusal
            if status not in {
                EnvelopeStatus.voided, EnvelopeStatus.declined, EnvelopeStatus.expired,
            }:  # fmt: skip
                raise

    def remind(self, envelope: str) -> None:
        """Send DocuSign's mail again to whoever it is waiting for."""
        self._update(envelope, envelope_argument=Envelope(), resend_envelope="true")

    def standing(self, envelope: str) -> Standing:
        """Read an envelope with its recipients."""
        found = self._call(
            lambda: self._envelopes.get_envelope(self.account_id, envelope, include="recipients")
        )
        return self._read(found)

    def statuses(self, envelopes: Sequence[str]) -> Mapping[str, EnvelopeStatus]:
        """List many at once: a listing is not polling (integrations.md 4.5)."""
        told: dict[str, EnvelopeStatus] = {}
        for start in range(0, len(envelopes), BATCH):
            some = ",".join(envelopes[start : start + BATCH])
            for one in self._list(envelope_ids=some, include="recipients"):
                told[str(one.envelope_id)] = self._read(one).status
        return told

    def executed(self, envelope: str) -> ExecutedPaper:
        """Fetch the combined document and the certificate of completion."""
        return ExecutedPaper(
            self._paper(envelope, "combined"), self._paper(envelope, "certificate")
        )

    def _read(self, found: Any) -> Standing:
        return standing_of(self._client.sanitize_for_serialization(found))

    def _paper(self, envelope: str, which: str) -> bytes:
        content = self._call(lambda: self._envelopes.get_document(self.account_id, which, envelope))
        if not isinstance(content, bytes) or not content.startswith(b"%PDF"):
            raise Permanent(f"DocuSign's {which} document of {envelope} is not a PDF.")
        return content

    def _update(self, envelope: str, *, envelope_argument: Any, **more: Any) -> None:
        self._call(
            lambda: self._envelopes.update(
                self.account_id, envelope, envelope=envelope_argument, **more
            )
        )

    def _list(self, **asked: str) -> list[Any]:
        found = self._call(lambda: self._envelopes.list_status_changes(self.account_id, **asked))
        return list(found.envelopes or [])

    def _call(self, ask: Callable[[], Answer]) -> Answer:
        """Ask with a token; if it ran out, once more with a new one."""
        try:
            return self._once(ask)
        except ApiException as error:
            if error.status != 401:
                raise _failure(error) from error
        try:
            return self._once(ask)
        except ApiException as error:
            raise _failure(error) from error

    def _once(self, ask: Callable[[], Answer]) -> Answer:
        token = self.access.token()
        self._client.set_default_header("Authorization", f"Bearer {token}")
        try:
            return ask()
        except ApiException as error:
            if error.status == 401:
                self.access.refused(token)
            raise
        except urllib3.exceptions.HTTPError as error:
            raise unanswered(error) from error


def _failure(error: ApiException) -> Failure:
    body = error.body or ""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    is_limit = any(code in text.upper() for code in LIMITS)
    status = int(error.status or 0)
    return failure(status, complaint(text, status), dict(error.headers or {}), is_limit=is_limit)


def born(key: str) -> datetime | None:
    """Return when a promise was made: its id (a UUID of version 7) says so."""
    digits = key.replace("-", "")
    if len(digits) != 32 or digits[12] != "7":
        return None
    return datetime.fromtimestamp(int(digits[:12], 16) / 1000, tz=now().tzinfo)
