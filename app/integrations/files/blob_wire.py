"""One call after the other to Azure Blob Storage, over plain HTTP with a time-out and no retries."""

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from app.integrations import exchanges
from app.integrations.errors import Permanent, Retryable
from app.integrations.files.blob_keys import Account, signed
from app.integrations.refusals import own_error, retry_after

SAYS: Final = {
    403: "Azure does not accept our key, or the file is held by law. Check AZURE_STORAGE_CONNECTION_STRING.",
    404: "There is no such container in Azure. Check AZURE_STORAGE_CONTAINER.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the store said."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def code(self) -> str:
        """Return Azure's own word for what went wrong."""
        return self.headers.get("x-ms-error-code", "")

    def need(self, status: int) -> None:
        """Accept this status alone; every other one is a failure."""
        if self.status == status:
            return
        words = f"Azure said {self.status} {self.code}."
        if self.status >= 500:
            words = own_error("Azure", self.status)
        if self.status >= 500 or self.status in (408, 429):
            wish = retry_after(self.headers.get("retry-after"))
            raise Retryable(words, status=self.status, retry_after=wish)
        raise Permanent(f"{words} {SAYS.get(self.status, '')}".strip(), status=self.status)


@dataclass(slots=True)
class Wire:
    """Calls one account, each signed. A call made twice leaves what one would have left."""

    account: Account
    timeout: float
    context: ssl.SSLContext | None = field(default=None)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one call and return what came back."""
        with closing(self._opened()) as line:
            answer = self._ask(line, method, path, query or {}, body, headers or {})
            try:
                said = answer.read()
            except (OSError, http.client.HTTPException) as error:
                raise _silent(error) from error
            told = {name.lower(): value for name, value in answer.getheaders()}
            exchanges.note(
                method,
                self.account.url + path,
                request=f"({len(body)} bytes)",
                status=answer.status,
                headers=told,
                answer=said,
            )
            return Answer(answer.status, told, said)

    def stream(self, path: str, piece: int) -> Iterator[bytes]:
        """Yield a blob's bytes in pieces, all of them or a failure."""
        with closing(self._opened()) as line:
            answer = self._ask(line, "GET", path, {}, b"", {})
            told = {name.lower(): value for name, value in answer.getheaders()}
            if answer.status == 404:
                raise Permanent(f"There is no file {path[-64:][:12]}.", status=404)
            Answer(answer.status, told).need(200)
            left = int(told["content-length"])
            while left > 0:
                try:
                    got = answer.read(min(piece, left))
                except (OSError, http.client.HTTPException) as error:
                    raise _silent(error) from error
                if not got:
                    raise Retryable("Azure stopped in the middle of a file.")
                left -= len(got)
                yield got

    def _opened(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.account.url)
        if parts.scheme == "https":
            return http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=self.timeout, context=self.context
            )
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self.timeout)

    def _ask(
        self,
        line: http.client.HTTPConnection,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        sent = dict(headers)
        if method == "PUT":
            sent["Content-Length"] = str(len(body))
        whole = signed(self.account, method, path, query, sent)
        address = self.account.base + quote(path) + (f"?{urlencode(query)}" if query else "")
        try:
            line.request(method, address, body=body if method == "PUT" else None, headers=whole)
            return line.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise _silent(error) from error


def _silent(error: Exception) -> Retryable:
    """Return what silence means: every call here may be made again, so nothing is in doubt."""
    return Retryable(f"Azure did not answer: {type(error).__name__}.")
