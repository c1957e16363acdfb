"""The page of Xero's simulator for people: let us in, see bills, pay, void, lock, archive, expire, fail."""

from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode

from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

HEAD = """<!doctype html><html lang=en><meta charset=utf-8><title>Xero, simulated</title>
<meta name=viewport content="width=device-width"><style>body{font:16px/1.5 system-ui;margin:2rem;max-width:70rem}
table{border-collapse:collapse}td,th{padding:.3rem .8rem;border-bottom:1px solid #ccc;text-align:left}
form{display:inline}button{font:inherit;margin:.1rem}</style>"""


class Pages:
    """What a person sees and does in place of Xero's own pages."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.faults = None
        """The switches of ``serving``, where somebody put them."""

    def rules(self):
        """Return the addresses."""
        return [
            Rule("/", endpoint=self.index),
            Rule("/sim/", endpoint=self.index),
            Rule("/sim/do/<deed>", endpoint=self.do, methods=["POST"]),
        ]

    def authorise(self, request):
        """Ask which organisations we may into, and send the person back."""
        sim = self.simulator
        if request.args.get("client_id") != sim.client_id:
            return _page("<h1>Unknown app</h1>", 400)
        if request.method == "POST":
            code = sim.let_in(request.form.getlist("place") or list(sim.books))
            return redirect(authorise_redirect(request, code))
        boxes = "".join(
            f"<p><label><input type=checkbox name=place value={one.id} checked> {escape(one.name)}</label>"
            for one in sim.books.values()
        )
        return _page(
            f"<h1>Xero, simulated</h1><form method=post><p>BIG Live Portal wants access to:{boxes}"
            "<p><button>Allow access</button></form>"
        )

    def index(self, request):
        """List the bills of each organisation, with what can be done to them."""
        parts = [
            "<h1>Xero, simulated</h1>",
            *(self._books(one) for one in self.simulator.books.values()),
        ]
        parts.append("<h2>Faults</h2>" + "".join(
            _button(f"fault-{kind}", words) for kind, words in (
                ("expire", "Let the tokens run out"), ("refuse", "Refuse the next call (429)"),
                ("drop_after", "Do the next bill, and drop the answer"), ("fail_after", "Do the next bill, and answer 500"),
                ("revoke", "Refuse the next renewals"), ("allow", "Allow renewals"),
            )
        ))  # fmt: skip
        told = "".join(
            f"<li>{i + 1} <code>{escape(body[:120].decode())}…</code>"
            + _button("deliver", "again", notice=i) + _button("forge", "forged", notice=i)
            for i, body in list(enumerate(self.simulator.notices))[-10:]
        )  # fmt: skip
        parts.append(f"<h2>Webhooks</h2><ol>{told}</ol>")
        return _page("".join(parts))

    def _books(self, book):
        rows = "".join(
            f"<tr><td>{escape(bill['InvoiceNumber'])}<td>{escape(bill['Contact']['Name'])}"
            f"<td>{bill['Total']:.2f} {bill['CurrencyCode']}<td>{bill['Status']}"
            f"<td>{len(book.attachments[id_])} files<td>"
            + "".join(
                _button(deed, words, place=book.id, bill=id_) for deed, words in (
                    ("pay", "Pay"), ("void", "Void"), ("twice", "Pay twice"), ("edit", "Add 1.00"),
                    ("unpay", "Take payment back"), ("archive", "Archive contact"),
                )
            )
            for id_, bill in book.invoices.items()
        )  # fmt: skip
        lock = f"Locked until {book.lock_on}" if book.lock_on else "Not locked"
        return (
            f"<h2>{escape(book.name)}</h2><p>{lock} {_button('lock', 'Lock until today', place=book.id)}"
            f"{_button('unlock', 'Unlock', place=book.id)}<table><tr><th>Number<th>Contact<th>Total<th>Status"
            f"<th>Files<th>Do{rows}</table>"
        )

    def do(self, request, deed):
        """Do one thing a person clicked."""
        sim, form = self.simulator, request.form
        if deed.startswith("fault-"):
            self._fault(deed.removeprefix("fault-"))
        elif deed in ("deliver", "forge"):
            sim.deliver(sim.notices[int(form["notice"])], forged=deed == "forge")
        else:
            self._change(sim.books[form["place"]], deed, form.get("bill", ""))
        return redirect("/sim/")

    def _change(self, book, deed, bill):
        if deed in ("pay", "twice"):
            for _ in range(1 if deed == "pay" else 2):
                book.pay(bill, book.invoices[bill]["Total"], reference="Bank feed")
        elif deed == "void":
            ends = "VOIDED" if book.invoices[bill]["Status"] == "AUTHORISED" else "DELETED"
            book.change(bill, {"Status": ends})
        elif deed == "edit":
            book.edit_amount(bill, book.invoices[bill]["Total"] + 1)
        elif deed == "unpay":
            for payment in list(book.invoices[bill]["Payments"]):
                book.take_back(payment["PaymentID"])
        elif deed == "archive":
            book.invoices[bill]["Contact"]["ContactStatus"] = "ARCHIVED"
        elif deed in ("lock", "unlock"):
            book.lock_on = datetime.now(UTC).date() if deed == "lock" else None

    def _fault(self, kind):
        if kind == "expire":
            self.simulator.expire_tokens()
        elif kind in ("revoke", "allow"):
            self.simulator.refuses_refresh = kind == "revoke"
        elif self.faults is not None:
            more = {"seconds": 5} if kind == "refuse" else {"method": "PUT"}
            self.faults.plan(kind, path="/api.xro/.*", **more)


def authorise_redirect(request, code):
    """Return where a person goes back to after letting us in."""
    asked = request.args
    back = {"code": code, "state": asked.get("state", ""), "scope": asked.get("scope", "")}
    return f"{asked['redirect_uri']}?{urlencode(back)}"


def _button(deed, words, **hidden):
    fields = "".join(
        f"<input type=hidden name={name} value='{value}'>" for name, value in hidden.items()
    )
    return f"<form method=post action=/sim/do/{deed}>{fields}<button>{words}</button></form>"


def _page(body, status=200):
    return Response(HEAD + body, status, content_type="text/html; charset=utf-8")
