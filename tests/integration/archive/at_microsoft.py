"""An Administrator's way to Microsoft and back, page by page, with a browser that may change an address."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from werkzeug.test import Client


class Visit:
    """What one browser does to connect a library; ``vendor`` is the running simulator of Graph."""

    def __init__(self, desk, vendor):
        self.desk, self.base = desk, vendor.base
        self.elsewhere = Client(vendor.simulator)
        self.away = ""

    def begin(self):
        """Return where the page on the way to Microsoft leads: a form may lead to no other house."""
        page = self.desk.send("/admin/archive/connect")
        self.away = self._link(page.text, "/adminconsent")
        return self.away

    def consent(self, **edited):
        """Accept; return where the desk sends the browser on to, for an answer that may be edited."""
        page = self._at_microsoft(self.away or self.begin())
        self.away = ""
        return self.come_back(changed(self._link(page.text, "admin_consent=True"), **edited))

    def sign_in(self, who, sent):
        """Sign in where the browser was sent to, as one of those on the page; return the way back."""
        page = self._at_microsoft(sent.location)
        if page.status_code == 302:
            return page.location
        link = self._link(page.text, f"as={who}")
        return self._at_microsoft(f"{sent.location.partition('?')[0]}{link}").location

    def come_back(self, link, desk=None):
        """Follow a link of Microsoft's to the desk."""
        parts = urlsplit(link)
        return (desk or self.desk).get(f"{parts.path}?{parts.query}")

    def _at_microsoft(self, link):
        parts = urlsplit(link)
        return self.elsewhere.get(f"{parts.path}?{parts.query}", base_url=self.base)

    @staticmethod
    def _link(page, part):
        found = re.findall(r"""href=["']([^"']+)["']""", page)
        return next(link for link in map(unescape, found) if part in link)


def asked_in(link):
    """Return what a link asks."""
    return {name: said for name, (said,) in parse_qs(urlsplit(link).query).items()}


def changed(link, **edited):
    """Return a link with other words in its question, as somebody types them; None takes one out."""
    words = {k: v for k, v in {**asked_in(link), **edited}.items() if v is not None}
    return f"{link.partition('?')[0]}?{urlencode(words)}"
