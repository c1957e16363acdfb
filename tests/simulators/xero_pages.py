"""The page of Xero's simulator for people: let us in, see bills, pay, void, lock, archive, expire, fail."""

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup
from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from tests.simulators.sim_page import answered, article, back, deeds, page
from tests.simulators.xero_books import Invalid

DEEDS = (
    ("pay", "Pay"), ("void", "Void"), ("twice", "Pay twice"), ("edit", "Add 1.00"),
    ("unpay", "Take payment back"), ("archive", "Archive contact"),
    ("restore", "Restore contact"),
)  # fmt: skip
NAME = "Xero"
ZONE = "Australia/Sydney"
"""Where the organisations keep their books: "today" is theirs."""


class Pages:
    """What a person sees and does in place of Xero's own pages."""

    def __init__(self, simulator):
        self.simulator = simulator

    def rules(self):
        """Return the addresses."""
        return [
            Rule("/", endpoint=self.index),
            Rule("/sim/", endpoint=self.index),
            Rule("/sim/do/<what>", endpoint=self.do, methods=["POST"]),
        ]

    def authorise(self, request):
        """Ask which organisations we may into, and send the person back."""
        sim = self.simulator
        if request.args.get("client_id") != sim.client_id:
            return Response("Unknown app", 400)
        if request.method == "POST":
            code = sim.let_in(request.form.getlist("place") or list(sim.books))
            return redirect(authorise_redirect(request, code))
        boxes = Markup("").join(
            Markup(
                "<label class='tick'><input type='checkbox' name='place' value='{}' checked> {}</label>"
            ).format(one.id, one.name)
            for one in sim.books.values()
        )
        asked = Markup(
            "<p>BIG Live Portal wants access to:</p><form method='post'><div class='row'>{}</div>"
            "<button>Allow access</button></form>"
        )
        return page(request, NAME, asked.format(boxes))

    def index(self, request):
        """List the bills of each organisation, with what can be done to them."""
        sim = self.simulator
        renewals = "refused" if sim.refuses_refresh else "allowed"
        known = (
            ("expire", "Let the access run out"),
            ("allow", "Allow renewals") if sim.refuses_refresh else ("revoke", "Refuse renewals"),
        )
        access = Markup("<h2>Access</h2><p>Renewals are {}.</p>{}").format(
            renewals, deeds("/sim/do/access", known)
        )
        books = (part for one in sim.books.values() for part in self._books(one))
        return page(request, NAME, access, *books, self._notices())

    def _notices(self):
        told = [
            article(
                f"Notice {place + 1}", "", body[:160].decode() + "…",
                deeds("/sim/do/notice", (("deliver", "Send again"), ("forge", "Send forged")), notice=place),
            )
            for place, body in list(enumerate(self.simulator.notices))[-10:][::-1]
        ]  # fmt: skip
        return Markup("<h2>Notices</h2>{}").format(
            Markup("").join(told) or Markup("<p>Nothing was told yet.</p>")
        )

    def _books(self, book):
        lock = f"Locked until {book.lock_on}." if book.lock_on else "Not locked."
        key = ("unlock", "Unlock") if book.lock_on else ("lock", "Lock until today")
        yield Markup("<h2>{}</h2><p>{}</p>{}").format(
            book.name, lock, deeds("/sim/do/books", (key,), place=book.id)
        )
        if not book.invoices:
            yield Markup("<p>No bill yet.</p>")
        for id_, bill in reversed(book.invoices.items()):
            paid = f", {bill['AmountPaid']:.2f} paid" if bill["AmountPaid"] else ""
            yield article(
                f"{bill['InvoiceNumber']}: {bill['Status']}",
                f"{bill['Contact']['Name']}; {bill['Total']:.2f} {bill['CurrencyCode']}{paid}; "
                f"{len(book.attachments[id_])} files",
                "",
                deeds("/sim/do/bill", DEEDS, place=book.id, bill=id_),
            )

    def do(self, request, what):
        """Do one thing a person pressed, and say what came of it."""
        sim, form, deed = self.simulator, request.form, request.form["deed"]
        if what == "access":
            return back(self._access(deed))
        if what == "notice":
            status = sim.deliver(sim.notices[int(form["notice"])], forged=deed == "forge")
            return back(answered([status]))
        try:
            return back(self._change(sim.books[form["place"]], deed, form.get("bill", "")))
        except Invalid as wrong:
            return back(f"Xero says: {wrong}")

    def _change(self, book, deed, bill):
        if deed in ("lock", "unlock"):
            book.lock_on = datetime.now(ZoneInfo(ZONE)).date() if deed == "lock" else None
            return f"{book.name} is {deed}ed."
        known = book.invoices[bill]
        if deed in ("pay", "twice"):
            for _ in range(1 if deed == "pay" else 2):
                book.pay(bill, known["Total"], reference="Bank feed")
        elif deed == "void":
            book.change(
                bill, {"Status": "VOIDED" if known["Status"] == "AUTHORISED" else "DELETED"}
            )
        elif deed == "edit":
            book.edit_amount(bill, known["Total"] + 1)
        elif deed == "unpay":
            for payment in list(known["Payments"]):
                book.take_back(payment["PaymentID"])
        elif deed in ("archive", "restore"):
            known["Contact"]["ContactStatus"] = "ARCHIVED" if deed == "archive" else "ACTIVE"
        return f"{known['InvoiceNumber']}: {known['Status']}, {known['Total']:.2f} in all, {known['AmountPaid']:.2f} paid."

    def _access(self, deed):
        if deed == "expire":
            self.simulator.expire_tokens()
            return "Every access has run out."
        self.simulator.refuses_refresh = deed == "revoke"
        return f"Renewals are {'refused' if deed == 'revoke' else 'allowed'}."


def authorise_redirect(request, code):
    """Return where a person goes back to after letting us in."""
    asked = request.args
    back = {"code": code, "state": asked.get("state", ""), "scope": asked.get("scope", "")}
    return f"{asked['redirect_uri']}?{urlencode(back)}"
