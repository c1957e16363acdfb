"""How a page is looked at: by axe, at both widths, light and dark, and for what the browser complains of."""

import os
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE, NARROW, DESK = 390, 320, 1280
HEIGHT = 900

ALL_RULES: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}}
COLOURS: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LOOKS = {
    (PHONE, "light"): ALL_RULES,
    (PHONE, "dark"): COLOURS,
    (DESK, "light"): COLOURS,
    (DESK, "dark"): ALL_RULES,
}
"""Each width is looked at by every rule once, and its colours in both schemes."""

SCROLLERS = """() => {
  const found = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll("body *")].filter(
      (one) => one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest("[role=region]")
    );
    found.push(`page ${root.scrollWidth}, ` + wide.slice(-3).map((one) => one.outerHTML.slice(0, 90)).join(" ; "));
  }
  for (const one of document.querySelectorAll("body *")) {
    if (one.scrollWidth <= one.clientWidth + 1 || !one.clientWidth) continue;
    if (!["auto", "scroll"].includes(getComputedStyle(one).overflowX)) continue;
    if (one.matches("textarea, input, select")) continue;
    const named = one.matches("[aria-label], [aria-labelledby]");
    if (!named || one.tabIndex < 0) found.push(one.tagName.toLowerCase() + "." + one.className);
  }
  return found;
}"""

_axe = Axe()


class Watch:
    """Remembers what the browser complained of on a page."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        # A refusal is a page with the status of a refusal; Chromium notes that as an error.
        if re.search(r"the server responded with a status of 4\d\d", message.text):
            return
        self.complaints.append(message.text)


def look(page: Page, name: str = "") -> None:
    """Look at the page as it stands, and fail with everything that is wrong with it."""
    page.wait_for_load_state()
    wrong: list[str] = []
    size = page.viewport_size
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            wrong += [f"{width} {scheme}: {found}" for found in axe(page, LOOKS[width, scheme])]
            _keep(page, f"{name}-{width}-{scheme}")
    page.emulate_media(color_scheme="light")
    for width in (PHONE, NARROW):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        wrong += [f"scrolls sideways at {width}: {found}" for found in page.evaluate(SCROLLERS)]
    page.set_viewport_size(size)
    watch: Watch = page.watch
    wrong += watch.complaints
    watch.complaints = []
    assert wrong == [], f"{page.url} {page.title()}:\n" + "\n".join(wrong)


def axe(page: Page, options: dict[str, Any]) -> list[str]:
    """Return the findings of axe-core, with two elements for each rule.

    A page that shows how far something is comes anew by itself: axe is given to it again.
    """
    _inject(page)
    found: dict[str, Any] = page.evaluate(
        "options => axe.run({...options, resultTypes: ['violations']})", options
    )
    return [
        f"{rule['id']}, {len(rule['nodes'])} times: {' '.join(map(str, node['target']))} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"][:2]
    ]


def _inject(page: Page) -> None:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe.axe_script)


def _keep(page: Page, name: str) -> None:
    """Keep a picture where SHOTS says, for the eye."""
    folder = os.environ.get("SHOTS")
    if folder and not name.startswith("-"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
