"""Visitors who knock over real HTTP, each from a network of their own on this machine."""

import http.client
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Final

HOST: Final = "127.0.0.1"
TOKEN: Final = re.compile(r'name="csrf_token"[^>]*? value="([^"]+)"')
PATIENCE: Final = 180
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the house answered."""

    status: int
    text: str
    location: str = ""


@dataclass(slots=True)
class Visitor:
    """A browser without scripts: it keeps cookies and answers forms."""

    port: int
    network: str = HOST
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    _line: http.client.HTTPConnection | None = None

    def get(self, path: str, method: str = "GET") -> Answer:
        """Read a page."""
        return self._ask(method, path, None)

    def send(self, path: str, **fields: str) -> Answer:
        """Post a form with the token that a page gave."""
        return self._ask("POST", path, urllib.parse.urlencode({**fields, "csrf_token": self.csrf}))

    def arrive(self, path: str) -> "Visitor":
        """Open a page with a form, and keep its token."""
        page = self.get(path)
        found = TOKEN.search(page.text)
        if found is None:
            raise LookupError(f"{path} answered {page.status} without a form.")
        self.csrf = found[1]
        return self

    def connect(self) -> http.client.HTTPConnection:
        """Open the line, so that the next request is on its way at once."""
        if self._line is None:
            self._line = http.client.HTTPConnection(
                HOST, self.port, timeout=PATIENCE, source_address=(self.network, 0)
            )
            self._line.connect()
        return self._line

    def leave(self) -> None:
        """Hang up; cookies stay."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        line = self.connect()
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        line.request(method, path, body, {**headers, **(FORM if body is not None else {})})
        answer = line.getresponse()
        text = answer.read().decode(errors="replace")
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = header.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        if answer.will_close:
            self.leave()
        return Answer(answer.status, text, answer.headers.get("Location", ""))


def network(number: int) -> str:
    """Return the address of a network of this machine: limits count each for itself."""
    return f"127.{1 + number // 250}.0.{1 + number % 250}"
