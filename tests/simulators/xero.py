"""Xero, speaking its own HTTP: identity, accounting, webhooks; with state, and a page for people.

Token endpoints, rate-limit headers, Idempotency-Key and webhooks are prose:
https://developer.xero.com/documentation/guides/oauth2/auth-flow, .../guides/oauth2/limits,
.../guides/idempotent-requests/idempotency, .../guides/webhooks/configuring-your-server.
"""

import base64
import hashlib
import hmac
import json
import threading
import urllib.request
from datetime import UTC, datetime
from time import monotonic
from uuid import uuid4

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from tests.simulators.xero_books import Books, Invalid, filtered
from tests.simulators.xero_pages import Pages

ACCOUNTING = "/api.xro/2.0"
PAGE = 100
UNCHECKED = (r"/connect/.*", r"/identity/.*", r"/sim(/.*)?", r"/")
"""Paths that no file of Xero's covers."""


def signed(key, body):
    """Return the signature of a webhook."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


class XeroSimulator:
    """One app of ours, the tokens it has, and the books it was let into."""

    def __init__(
        self, *, client_id="client", secret="secret", webhook_key="webhook-key", books=None
    ):
        self.client_id, self.secret, self.webhook_key = client_id, secret, webhook_key
        self.books = {one.id: one for one in (books or [Books()])}
        self.lock = threading.RLock()
        self.codes, self.access, self.refreshes, self.connections = {}, {}, {}, {}
        self.access_seconds, self.grace_seconds, self.key_seconds = 1800, 1800, 360
        self.keys = {}
        self.refreshed = 0
        self.refuses_refresh = False
        self.webhook_url, self.holds_notices = "", False
        self.notices, self.delivered, self.sequence = [], [], 0
        for one in self.books.values():
            one.changed = lambda kind, id_, what, place=one.id: self._changed(
                place, kind, id_, what
            )
        self.pages = Pages(self)
        self.map = Map([
            Rule("/identity/connect/authorize", endpoint=self.pages.authorise),
            Rule("/connect/token", endpoint=self._token, methods=["POST"]),
            Rule("/connect/revocation", endpoint=self._revoke, methods=["POST"]),
            Rule("/Connections", endpoint=self._connections, methods=["GET"]),
            Rule("/Connections/<id_>", endpoint=self._disconnect, methods=["DELETE"]),
            *[Rule(ACCOUNTING + path, endpoint=do, methods=methods) for path, do, methods in self._accounting()],
            *self.pages.rules(),
        ])  # fmt: skip

    @property
    def book(self):
        """Return the first organisation's books."""
        return next(iter(self.books.values()))

    def __call__(self, environ, start_response):
        request = Request(environ)
        try:
            endpoint, values = self.map.bind_to_environ(environ).match()
            with self.lock:
                answer = endpoint(request, **values)
        except Invalid as wrong:
            answer = _invalid(wrong)
        except HTTPException as error:
            answer = _json({"Message": error.name}, error.code)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as odd:
            said = {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": f"{odd!r}"}
            answer = _json(said, 400)
        return answer(environ, start_response)

    # Identity

    def let_in(self, places=None):
        """Return a code, as for a person who let us into organisations."""
        code = uuid4().hex
        self.codes[code] = list(places or self.books)
        return code

    def _token(self, request):
        form = request.form
        if not self._is_us(request):
            return _json({"error": "invalid_client"}, 400)
        if form["grant_type"] == "authorization_code":
            places = self.codes.pop(form["code"], None)
            if places is None:
                return _json({"error": "invalid_grant"}, 400)
            for place in places:
                self.connections.setdefault(place, {"id": str(uuid4()), "event": str(uuid4())})
            return self._issue()
        return self._refresh(form["refresh_token"])

    def _is_us(self, request):
        known = request.authorization
        return known is not None and (known.username, known.password) == (
            self.client_id,
            self.secret,
        )

    def _refresh(self, token):
        """Give new tokens; the old refresh token works for half an hour more (prose: auth-flow)."""
        known = self.refreshes.get(token)
        used = known and known["used_at"]
        if (
            self.refuses_refresh
            or known is None
            or (used and monotonic() - used > self.grace_seconds)
        ):
            return _json({"error": "invalid_grant"}, 400)
        self.refreshed += 1
        known["used_at"] = used or monotonic()
        return self._issue()

    def _issue(self):
        access, refresh = uuid4().hex, uuid4().hex
        self.access[access] = monotonic() + self.access_seconds
        self.refreshes[refresh] = {"used_at": None}
        return _json({
            "access_token": access, "refresh_token": refresh, "expires_in": self.access_seconds,
            "token_type": "Bearer", "scope": "offline_access accounting.transactions",
        })  # fmt: skip

    def expire_tokens(self):
        """Let every access token run out."""
        self.access = {}

    def _revoke(self, request):
        if not self._is_us(request):
            return _json({"error": "invalid_client"}, 400)
        self.refreshes.pop(request.form["token"], None)
        self.access, self.connections = {}, {}
        return Response(status=200)

    def _connections(self, request):
        if not self._may(request):
            return _json({"Title": "Unauthorized"}, 401)
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return _json([
            {"id": known["id"], "authEventId": known["event"], "tenantId": place, "tenantType": "ORGANISATION",
             "tenantName": self.books[place].name, "createdDateUtc": at, "updatedDateUtc": at}
            for place, known in self.connections.items()
        ])  # fmt: skip

    def _disconnect(self, request, id_):
        if not self._may(request):
            return _json({"Title": "Unauthorized"}, 401)
        self.connections = {p: c for p, c in self.connections.items() if c["id"] != id_}
        return Response(status=204)

    def _may(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.access.get(token, 0) > monotonic()

    # Accounting

    def _accounting(self):
        bill = "/Invoices/<invoice_id>"
        files = f"{bill}/Attachments"
        return [
            ("/Organisation", self._book(lambda b, _: {"Organisations": [b.organisation()]}), ["GET"]),
            ("/Accounts", self._book(lambda b, r: {"Accounts": filtered(b.accounts.values(), r.args.get("where"))}), ["GET"]),
            ("/TaxRates", self._book(lambda b, _: {"TaxRates": list(b.tax_rates.values())}), ["GET"]),
            ("/TrackingCategories", self._book(lambda b, _: {"TrackingCategories": b.tracking}), ["GET"]),
            ("/Currencies", self._book(lambda b, _: {"Currencies": [{"Code": c} for c in sorted(b.currencies)]}), ["GET"]),
            ("/Contacts", self._book(self._find_contacts), ["GET"]),
            ("/Contacts", self._book(self._make_contacts), ["PUT"]),
            ("/Contacts/<contact_id>", self._book(_contact), ["GET"]),
            ("/Invoices", self._book(_find_invoices), ["GET"]),
            ("/Invoices", self._book(self._make_invoices), ["PUT"]),
            (bill, self._book(_invoice), ["GET"]),
            (bill, self._book(self._change_invoice), ["POST"]),
            (files, self._book(_attachments), ["GET"]),
            (f"{files}/<path:name>", self._book(self._attach), ["PUT", "POST"]),
            ("/Payments", self._book(lambda b, _: {"Payments": list(b.payments.values())}), ["GET"]),
            ("/Payments", self._book(self._make_payments), ["PUT"]),
            ("/CreditNotes", self._book(lambda b, _: {"CreditNotes": list(b.credit_notes.values())}), ["GET"]),
        ]  # fmt: skip

    def _book(self, do):
        """Let only who may in, keep answers by Idempotency-Key, and write what ``do`` returns."""

        def answer(request, **values):
            if not self._may(request):
                return _json(
                    {"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired"}, 401
                )
            place = request.headers.get("xero-tenant-id", "")
            if place not in self.connections:
                return _json(
                    {"Title": "Forbidden", "Status": 403, "Detail": "AuthenticationUnsuccessful"},
                    403,
                )
            key = request.headers.get("Idempotency-Key")
            print_ = hashlib.sha256(
                request.method.encode() + request.path.encode() + request.get_data()
            ).digest()
            known = self.keys.get(key)
            if key and known and monotonic() - known[0] < self.key_seconds:
                if known[1] != print_:
                    raise Invalid({}, "The Idempotency-Key was used for another request.")
                return _json(known[2])
            told = do(self.books[place], request, **values)
            if told is None:
                return _json({"Title": "NotFound", "Detail": "The resource cannot be found"}, 404)
            if key:
                self.keys[key] = (monotonic(), print_, told)
            return _json(told)

        return answer

    def _find_contacts(self, book, request):
        rows = filtered(book.contacts.values(), request.args.get("where"))
        if request.args.get("includeArchived", "").lower() != "true":
            rows = [row for row in rows if row["ContactStatus"] != "ARCHIVED"]
        return {"Contacts": rows}

    def _make_contacts(self, book, request):
        return {"Contacts": [book.make_contact(one) for one in request.json["Contacts"]]}

    def _make_invoices(self, book, request):
        return {"Invoices": [book.make_invoice(one) for one in request.json["Invoices"]]}

    def _change_invoice(self, book, request, invoice_id):
        if invoice_id not in book.invoices:
            return None
        return {"Invoices": [book.change(invoice_id, request.json["Invoices"][0])]}

    def _attach(self, book, request, invoice_id, name):
        if invoice_id not in book.invoices:
            return None
        kept = book.attach(invoice_id, name, request.get_data(), request.mimetype)
        return {"Attachments": [_shown(kept)]}

    def _make_payments(self, book, request):
        made = [
            book.pay(one["Invoice"]["InvoiceID"], one["Amount"], reference=one.get("Reference", ""))
            for one in request.json["Payments"]
        ]
        return {"Payments": made}

    # Webhooks

    def _changed(self, place, kind, id_, what):
        self.sequence += 1
        event = {
            "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{id_}", "resourceId": id_,
            "eventDateUtc": datetime.now(UTC).isoformat(timespec="microseconds")[:-6],
            "eventType": what, "eventCategory": kind, "tenantId": place, "tenantType": "ORGANISATION",
        }  # fmt: skip
        body = self.body_of([event], self.sequence, self.sequence)
        self.notices.append(body)
        if self.webhook_url and not self.holds_notices:
            threading.Thread(target=self.deliver, args=(body,), daemon=True).start()

    @staticmethod
    def body_of(events, first, last):
        """Return a webhook's body as Xero writes it."""
        return json.dumps(
            {
                "events": events,
                "firstEventSequence": first,
                "lastEventSequence": last,
                "entropy": uuid4().hex,
            }
        ).encode()

    def deliver(self, body, *, forged=False):
        """Bring a notice to our door and return what it answered."""
        signature = signed("another key" if forged else self.webhook_key, body)
        headers = {"Content-Type": "application/json", "x-xero-signature": signature}
        request = urllib.request.Request(self.webhook_url, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                status, said = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, said = error.code, error.read()
        except OSError as error:
            status, said = 0, str(error).encode()
        self.delivered.append((status, said))
        return status


def _find_invoices(book, request):
    rows = filtered(book.invoices.values(), request.args.get("where"))
    for name, field in (
        ("IDs", "InvoiceID"),
        ("InvoiceNumbers", "InvoiceNumber"),
        ("Statuses", "Status"),
    ):
        if request.args.get(name):
            wanted = request.args[name].split(",")
            rows = [row for row in rows if row[field] in wanted]
    if page := int(request.args.get("page") or 0):
        rows = rows[(page - 1) * PAGE : page * PAGE]
    return {"Invoices": rows}


def _invoice(book, _request, invoice_id):
    found = book.invoices.get(invoice_id)
    return None if found is None else {"Invoices": [found]}


def _contact(book, _request, contact_id):
    found = book.contacts.get(contact_id)
    return None if found is None else {"Contacts": [found]}


def _attachments(book, _request, invoice_id):
    found = book.attachments.get(invoice_id)
    return None if found is None else {"Attachments": [_shown(one) for one in found]}


def _shown(kept):
    return {name: value for name, value in kept.items() if not name.startswith("_")}


def _invalid(wrong):
    element = {k: v for k, v in wrong.element.items() if k in ("InvoiceID", "ContactID") and v}
    return _json({
        "ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred",
        "Elements": [element | {"ValidationErrors": [{"Message": one} for one in wrong.messages]}],
    }, 400)  # fmt: skip


def _json(told, status=200):
    return Response(json.dumps(told), status, content_type="application/json")
