"""Five ways in which a mail's links are opened by machines that nobody asked."""

import re
import urllib.parse
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Page

from tests.bench.visitors import Visitor

HREF: Final = re.compile(r'<a [^>]*?href="(/[^"#]*)')
HOPS, PRESSES = 5, 6
PRESSABLE: Final = """() => {
  const forms = [...document.forms].filter(
    (form) => !form.hasAttribute("data-pressed") && !form.closest("[hidden]")
  );
  const open = forms.find((form) => ![...form.elements].some((one) => one.required && !one.value));
  const form = open || forms[0];
  if (!form) return false;
  const named = document.querySelectorAll("form");
  [...named].forEach((one) => one === form && one.setAttribute("data-pressed", ""));
  return open ? "press" : "force";
}"""


def head(port: int, link: str) -> None:
    """Ask whether the page is there."""
    _plain(port, link, "HEAD")


def get(port: int, link: str) -> None:
    """Fetch the page, also as those do who take the secret for a part of the path or a question."""
    _plain(port, link, "GET")


def follow(port: int, link: str) -> None:
    """Fetch the page with a cookie jar, follow every redirect, then every link on the page."""
    visitor = Visitor(port)
    page = _follow(visitor, path_of(link))
    for href in dict.fromkeys(HREF.findall(page)):
        _follow(visitor, href)
    visitor.leave()


class Headless:
    """A real browser elsewhere, with scripts and a jar of its own."""

    def __init__(self, browser: Browser) -> None:
        self._context: BrowserContext = browser.new_context()
        self._page: Page = self._context.new_page()

    def run(self, link: str) -> None:
        """Open the link and let its scripts run to the end."""
        self._open(link)
        self._page.wait_for_selector("#by-link", state="visible")

    def press(self, link: str) -> int:
        """Press every button that comes, forms with empty fields last and by force; return how many."""
        self._open(link)
        for pressed in range(PRESSES):
            how = self._page.evaluate(PRESSABLE)
            if not how:
                return pressed
            with self._page.expect_navigation():
                self._page.evaluate(
                    "how => { const form = document.querySelector('form[data-pressed]');"
                    " how === 'press' ? form.requestSubmit() : form.submit(); }",
                    how,
                )
            if how == "force":
                return pressed + 1
        return PRESSES

    def _open(self, link: str) -> None:
        # From one link to the next only the part after the # differs, which alone loads nothing.
        self._page.goto("about:blank")
        self._page.goto(link)

    def close(self) -> None:
        """Throw the profile away."""
        self._context.close()


def path_of(link: str) -> str:
    """Return the path of a link: what comes after the # never leaves a client."""
    return urllib.parse.urlsplit(link).path


def _plain(port: int, link: str, method: str) -> None:
    visitor = Visitor(port)
    path, secret = path_of(link), urllib.parse.urlsplit(link).fragment
    for each in (path, f"{path}%23{secret}", f"{path}?token={secret}"):
        visitor.get(each, method)
    visitor.leave()


def _follow(visitor: Visitor, path: str) -> str:
    for _ in range(HOPS):
        answer = visitor.get(path)
        if not answer.location.startswith("/"):
            return answer.text
        path = answer.location
    return ""
