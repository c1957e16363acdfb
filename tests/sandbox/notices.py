"""How the vendors' notices reach the product at a stop: as usual, thrice, late, backwards, never, or forged."""

from typing import Any

from tests.sandbox.stops import News
from tests.simulators.everybody import Everybody

DAYS_LATE = 2
TOO_LATE = 40
"""Days: older than whatever a vendor still repeats."""


class Post:
    """Holds the vendors' notices back while a stop goes on, and brings them in its manner."""

    def __init__(self, everybody: Everybody, news: News) -> None:
        self.everybody, self.news = everybody, news
        self.docusign = everybody["docusign"].account
        self.xero = everybody["xero"]
        self.sendgrid = everybody["sendgrid"]
        self.refused: list[int] = []
        """How our doors answered what was forged or played back."""
        self._listener = self.docusign.listener
        self._heard = len(self.xero.notices)

    def hold(self) -> None:
        """Keep notices back, where they do not come as usual."""
        if self.news not in (News.as_usual, News.forged):
            self.docusign.listener = ""
            self.xero.holds_notices = True
            self._heard = len(self.xero.notices)

    def release(self) -> None:
        """Let notices come as usual again."""
        self.docusign.listener = self._listener
        self.xero.holds_notices = False

    def bring_envelope(self, envelope: str) -> None:
        """Bring what DocuSign has to say of one envelope."""
        if self.news in (News.as_usual, News.never):
            return
        self.docusign.listener = self._listener
        places = list(range(len(self.docusign.envelopes[envelope].notices)))
        if self.news is News.forged:
            self.refused.append(self.docusign.deliver(envelope, forged=True))
            return
        for place in self._order(places):
            late = DAYS_LATE if self.news is News.late else 0
            self.docusign.deliver(envelope, place, late=late)
        if self.news is News.late:
            self.refused.append(self.docusign.deliver(envelope, late=TOO_LATE))

    def bring_bill(self) -> None:
        """Bring what Xero has to say of bills since the stop began."""
        told = self.xero.notices[self._heard :]
        if self.news is News.forged:
            self.refused.append(self.xero.deliver(self.xero.notices[-1], forged=True))
        if self.news in (News.as_usual, News.never, News.forged):
            return
        for body in self._order(told):
            self.xero.deliver(body)

    def bring_letters(self, letters: list[dict[str, Any]]) -> None:
        """Let SendGrid deliver letters and say so."""
        if self.news is News.never:
            return
        for letter in letters:
            event = self.sendgrid.event(letter["number"], "delivered")
            if self.news is News.forged:
                bounce = self.sendgrid.event(letter["number"], "bounce")
                self.refused += self.sendgrid.tell([bounce], forged=True)
            self.sendgrid.tell([event], twice=self.news is News.thrice)

    def forge_a_stop(self, number: str) -> None:
        """Let somebody who is not Twilio say that a number wants no texts any more."""
        if self.news is News.forged:
            self.refused += self.everybody["twilio"].write_back(number, "STOP", forged=True)

    def _order(self, told: list[Any]) -> list[Any]:
        if self.news is News.backwards:
            return told[::-1]
        return [one for one in told for _ in range(3 if self.news is News.thrice else 1)]
