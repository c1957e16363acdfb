"""What the form of a page would send as it stands: fields that are filled, ticked and chosen."""

from html.parser import HTMLParser
from typing import Final

SILENT: Final = frozenset({"submit", "button", "file", "image", "reset"})
Attributes = list[tuple[str, str | None]]


class _Form(HTMLParser):
    """Collects the fields of the forms that send to the page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.typed: dict[str, list[str]] = {}
        self.is_ours = False
        self.area = self.select = ""

    def handle_starttag(self, tag: str, attributes: Attributes) -> None:
        """Take down a field."""
        told = dict(attributes)
        name = told.get("name") or ""
        if tag == "form":
            self.is_ours = (told.get("method") or "").lower() == "post" and not told.get("action")
        if not self.is_ours:
            return
        if tag == "input" and name:
            self._input(name, told)
        elif tag == "textarea":
            self.area = name
            self.typed.setdefault(name, []).append("")
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in told:
            self._take(self.select, told)

    def handle_data(self, data: str) -> None:
        """Take down what stands in a box for long texts."""
        if self.area:
            self.typed[self.area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        """Leave a box, a list or the form."""
        if tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""
        elif tag == "form":
            self.is_ours = False

    def _input(self, name: str, told: dict[str, str | None]) -> None:
        kind = told.get("type") or "text"
        is_off = kind in ("checkbox", "radio") and "checked" not in told
        if kind not in SILENT and not is_off:
            self._take(name, told)

    def _take(self, name: str, told: dict[str, str | None]) -> None:
        self.typed.setdefault(name, []).append(told.get("value") or "")


def fields_of(page: str) -> dict[str, list[str]]:
    """Return the names and values of the form on a page that sends to the page itself."""
    form = _Form()
    form.feed(page)
    return form.typed
