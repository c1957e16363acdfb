"""Microsoft Graph as far as we speak with it: sites, drives, items, uploads, $batch, subscriptions, delta.

What stands in no file of the vendor's is marked "prose", with its page at learn.microsoft.com/graph.
"""

import json
import re
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime
from urllib.parse import quote, unquote, urlsplit

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from tests.simulators import graph_page
from tests.simulators.graph_drive import Drive, Wrong, stamp
from tests.simulators.graph_tenants import TENANT, Tenants

UNCHECKED = (
    r"/[^/]+/oauth2/v2\.0/(token|authorize)",
    r"/[^/]+/v2\.0/(adminconsent|\.well-known/openid-configuration)",
    r"/[^/]+/discovery/v2\.0/keys",
    r"/up/.*",
    r"/v1\.0/\$batch",
    r"/sim/.*",
)
"""What no file of the vendor's covers."""
COLUMNS = ("ContractNumber", "Artist", "Production", "ExecutedOn", "ContentHash")
PAGE = 50
"""Items in one page of a delta."""


class Graph:
    """A tenant with one site and its libraries."""

    def __init__(self, site="/sites/productions", columns=COLUMNS):
        self.site = site
        self.site_id = f"contoso.example,{uuid.uuid4()},{uuid.uuid4()}"
        self.drives = [Drive("Contracts", [{"name": name} for name in columns]), Drive("Documents")]
        for drive in self.drives:
            drive.changed = self._tell
        self.subscriptions = {}
        self.tokens = {}
        self.token_seconds = 3600
        self.secret = "a-secret-of-the-app"
        self.tenants = Tenants(self.secret)
        """Who signs in where: ``tenants[TENANT].person``."""
        self.lost = 0
        """Notifications that will get lost."""
        self.waiting = []
        """Notifications made and not delivered: ``deliver`` sends them in any order."""
        self.delivers = True
        self.before_put = lambda _drive, _key: None
        """What somebody else does between a look and the writing of a small paper."""
        self.post = post_over_http
        self.gate = None
        """What the inner requests of a $batch pass; set when it is served."""
        self.lock = threading.RLock()

    @property
    def drive(self):
        return self.drives[0]

    def __call__(self, environ, start_response):
        request = Request(environ)
        try:
            answer = self._answer(request)
        except Wrong as wrong:
            answer = _json({"error": {"code": wrong.code, "message": wrong.message}}, wrong.status)
        except (LookupError, TypeError, ValueError, AttributeError) as odd:
            said = {"code": "invalidRequest", "message": f"The request is malformed: {odd!r}"}
            answer = _json({"error": said}, 400)
        return answer(environ, start_response)

    def _answer(self, request):
        for method, pattern, name in ROUTES:
            found = re.fullmatch(pattern, request.path)
            if found and request.method == method:
                if request.path.startswith("/v1.0"):
                    self._check(request)
                with self.lock:
                    return getattr(self, name)(request, *found.groups())
        raise Wrong(404, "itemNotFound", f"There is no {request.method} {request.path}.")

    def _check(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) < time.monotonic():
            raise Wrong(401, "InvalidAuthenticationToken", "Access token has expired.")

    def forget_tokens(self):
        """Let every token run out."""
        self.tokens.clear()

    # Entra (prose: entra/identity-platform/v2-oauth2-client-creds-grant-flow, v2-admin-consent)
    def token(self, request, tenant):
        if request.form.get("grant_type") == "authorization_code":
            return self.tenants.at(tenant, request).token(request)
        if request.form.get("client_secret") != self.secret:
            return _json({"error": "invalid_client", "error_description": "AADSTS7000215"}, 401)
        made = uuid.uuid4().hex
        self.tokens[made] = time.monotonic() + self.token_seconds
        return _json(
            {"token_type": "Bearer", "expires_in": self.token_seconds, "access_token": made}
        )

    def consent(self, request, tenant):
        return graph_page.consent(request, tenant)

    # Entra as an OpenID provider (prose: see entra.py)
    def discovery(self, request, tenant):
        return self.tenants.at(tenant, request).discovery(request)

    def keys(self, request, tenant):
        return self.tenants.at(tenant, request).jwks(request)

    def authorize(self, request, tenant):
        entra = self.tenants.at(tenant, request)
        if entra.person or entra.refuses:
            return entra.authorize(request)
        return graph_page.sign_in(request, entra)

    # sites and libraries
    def get_site(self, _request, key):
        if ":" in key and key.partition(":")[2].rstrip(":") != self.site:
            raise Wrong(404, "itemNotFound", "Requested site could not be found")
        return _json(
            {
                "id": self.site_id,
                "displayName": "Productions",
                "webUrl": f"https://contoso.example{self.site}",
            }
        )

    def get_drives(self, _request, _site):
        return _json({"value": [
            {"id": d.id, "name": d.name, "driveType": "documentLibrary", "sharePointIds": {"listId": d.list_id, "siteId": self.site_id}}
            for d in self.drives
        ]})  # fmt: skip

    def get_columns(self, _request, _site, key):
        drive = next((d for d in self.drives if d.list_id == key), None)
        if drive is None:
            raise Wrong(404, "itemNotFound")
        return _json(
            {
                "value": [
                    {
                        "id": str(uuid.uuid4()),
                        "name": c["name"],
                        "displayName": c["name"],
                        "text": {},
                    }
                    for c in drive.columns
                ]
            }
        )

    def _drive(self, key):
        found = next((d for d in self.drives if d.id == key), None)
        if found is None:
            raise Wrong(404, "itemNotFound", "The drive could not be found.")
        return found

    # items
    def get_item(self, request, drive, key):
        library = self._drive(drive)
        return _json(library.shown(library.find(key), request.host_url.rstrip("/")))

    def put_content(self, request, drive, key):
        library, known = self._drive(drive), request.headers.get("If-Match")
        self.before_put(library, key)
        # prose: resources/driveitem (instance attributes), api/driveitem-put-content
        rule = request.args.get("@microsoft.graph.conflictBehavior", "replace")
        if known is not None and library.shown(library.find(key))["eTag"] != known:
            raise Wrong(412, "resourceModified", "The resource has changed since it was read.")
        item, status = library.write(key, request.get_data(), rule)
        return _json(library.shown(item), status)

    def get_content(self, _request, drive, key):
        return Response(self._drive(drive).find(key).content, mimetype="application/octet-stream")

    def get_versions(self, _request, drive, key):
        item = self._drive(drive).find(key)
        numbers = range(len(item.versions) + 1, 0, -1)
        return _json({"value": [{"id": f"{n}.0", "size": len(item.content)} for n in numbers]})

    def patch_fields(self, request, drive, key):
        library = self._drive(drive)
        return _json(library.set_fields(library.find(key), request.get_json()))

    # uploads (prose: api-reference driveitem-createuploadsession)
    def open_session(self, request, drive, key):
        rule = request.get_json()["item"].get("@microsoft.graph.conflictBehavior", "fail")
        number = self._drive(drive).open_session(key, rule)
        return _json(
            {
                "uploadUrl": f"{request.host_url}up/{number}?tempauth=s3cret",
                "expirationDateTime": "2036-01-29T09:21:55Z",
            }
        )

    def _session(self, number):
        for drive in self.drives:
            if number in drive.sessions:
                return drive, drive.sessions[number]
        raise Wrong(404, "itemNotFound", "The upload session was not found.")

    def put_part(self, request, number):
        if "Authorization" in request.headers:
            raise Wrong(401, "unauthenticated", "No Authorization here.")
        drive, _ = self._session(number)
        begin, end, size = map(
            int, re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", request.headers["Content-Range"]).groups()
        )
        part = request.get_data()
        assert len(part) == end - begin + 1
        item, status = drive.take_part(number, begin, size, part)
        if item is None:
            return _json(
                {
                    "expirationDateTime": "2036-01-29T09:21:55Z",
                    "nextExpectedRanges": [f"{end + 1}-"],
                },
                202,
            )
        return _json(drive.shown(item), status)

    def get_session(self, _request, number):
        _, session = self._session(number)
        return _json(
            {
                "expirationDateTime": stamp(session.until),
                "nextExpectedRanges": [f"{len(session.got)}-"],
            }
        )

    def drop_session(self, _request, number):
        drive, _ = self._session(number)
        del drive.sessions[number]
        return Response(status=204)

    # $batch (prose: concepts/json-batching)
    def batch(self, request):
        answers = []
        asked = request.get_json()["requests"]
        if len(asked) > 20:
            raise Wrong(
                400, "BadRequest", "Number of batch request steps exceeds the maximum value of 20."
            )
        for one in asked:
            inner = EnvironBuilder(
                path=unquote(urlsplit("/v1.0" + one["url"]).path), method=one["method"],
                query_string=urlsplit(one["url"]).query, json=one.get("body"),
                headers={"Authorization": request.headers["Authorization"]},
            )  # fmt: skip
            got = Response.from_app(self.gate or self, inner.get_environ(), buffered=True)
            answers.append(
                {
                    "id": one["id"],
                    "status": got.status_code,
                    "headers": dict(got.headers),
                    "body": got.get_json(silent=True),
                }
            )
        return _json({"responses": answers})

    # delta
    def delta(self, request, drive, _item, token=""):
        library = self._drive(drive)
        if token and not token.isdecimal():
            raise Wrong(410, "resyncRequired", "Resync required.")
        since = int(token or 0)
        found = library.newer(since)
        page = found[:PAGE]
        number = page[-1].seq if page else since
        here = f"{request.host_url}v1.0/drives/{quote(drive)}/items/root/delta(token='{number}')"
        link = {"@odata.nextLink": here} if len(found) > PAGE else {"@odata.deltaLink": here}
        return _json(
            {"value": [library.shown(item, request.host_url.rstrip("/")) for item in page], **link}
        )

    # subscriptions
    def subscribe(self, request):
        asked = request.get_json()
        self._prove(asked["notificationUrl"])
        made = {**asked, "id": str(uuid.uuid4())}
        self.subscriptions[made["id"]] = made
        return _json({key: value for key, value in made.items() if key != "clientState"}, 201)

    def _prove(self, url):
        """Ask the address to repeat a token (prose: change-notifications-delivery-webhooks)."""
        token = f"Validation: Testing client application reachability {uuid.uuid4()} & more"
        status, body = self.post(
            f"{url}?validationToken={quote(token)}", b"", "text/plain; charset=utf-8"
        )
        if status != 200 or body.decode() != token:
            raise Wrong(400, "InvalidRequest", "Subscription validation request failed.")

    def _subscription(self, key):
        found = self.subscriptions.get(key)
        if found is None:
            raise Wrong(404, "ResourceNotFound", "The object was not found.")
        return found

    def renew(self, request, key):
        found = self._subscription(key)
        found.update(request.get_json())
        return _json({k: v for k, v in found.items() if k != "clientState"})

    def get_subscriptions(self, _request):
        told = [
            {k: v for k, v in one.items() if k != "clientState"}
            for one in self.subscriptions.values()
            if _is_alive(one)
        ]
        return _json({"value": told})

    def get_subscription(self, _request, key):
        return _json({k: v for k, v in self._subscription(key).items() if k != "clientState"})

    def unsubscribe(self, _request, key):
        del self.subscriptions[self._subscription(key)["id"]]
        return Response(status=204)

    def _tell(self, drive):
        for one in self.subscriptions.values():
            if one["resource"].strip("/") == f"drives/{drive.id}/root" and _is_alive(one):
                self.waiting.append({
                    "subscriptionId": one["id"], "clientState": one["clientState"], "changeType": "updated",
                    "resource": one["resource"].strip("/"), "tenantId": TENANT,
                    "subscriptionExpirationDateTime": one["expirationDateTime"], "resourceData": {},
                })  # fmt: skip

    def deliver(self, order=None):
        """Deliver what waits, in an order, lost ones left out; return the statuses that came back."""
        notices, self.waiting = self.waiting, []
        told = []
        for number in order if order is not None else range(len(notices)):
            if self.lost:
                self.lost -= 1
                continue
            notice = notices[number]
            url = self.subscriptions[notice["subscriptionId"]]["notificationUrl"]
            told.append(
                self.post(url, json.dumps({"value": [notice]}).encode(), "application/json")[0]
            )
        return told

    def page(self, request, rest):
        return graph_page.page(self, request, rest)


ROUTES = [
    ("POST", r"/([^/]+)/oauth2/v2\.0/token", "token"),
    ("GET", r"/([^/]+)/v2\.0/adminconsent", "consent"),
    ("GET", r"/([^/]+)/v2\.0/\.well-known/openid-configuration", "discovery"),
    ("GET", r"/([^/]+)/discovery/v2\.0/keys", "keys"),
    ("GET", r"/([^/]+)/oauth2/v2\.0/authorize", "authorize"),
    ("GET", r"/v1\.0/sites/([^/]+(?::/.+)?)/drives", "get_drives"),
    ("GET", r"/v1\.0/sites/([^/]+)/lists/([^/]+)/columns", "get_columns"),
    ("GET", r"/v1\.0/sites/([^/:]+:/.+|[^/]+)", "get_site"),
    ("GET", r"/v1\.0/drives/([^/]+)/items/([^/]+)/delta\(\)", "delta"),
    ("GET", r"/v1\.0/drives/([^/]+)/items/([^/]+)/delta\(token='([^']*)'\)", "delta"),
    ("PUT", r"/v1\.0/drives/([^/]+)/items/([^/:]+:/.+:|[^/]+)/content", "put_content"),
    ("GET", r"/v1\.0/drives/([^/]+)/items/([^/:]+:/.+:|[^/]+)/content", "get_content"),
    ("GET", r"/v1\.0/drives/([^/]+)/items/([^/]+)/versions", "get_versions"),
    ("PATCH", r"/v1\.0/drives/([^/]+)/items/([^/]+)/listItem/fields", "patch_fields"),
    (
        "POST",
        r"/v1\.0/drives/([^/]+)/items/([^/:]+:/.+:|[^/]+)/createUploadSession",
        "open_session",
    ),
    ("GET", r"/v1\.0/drives/([^/]+)/items/([^/:]+:/.+:|[^/]+)", "get_item"),
    ("PUT", r"/up/(\w+)", "put_part"),
    ("GET", r"/up/(\w+)", "get_session"),
    ("DELETE", r"/up/(\w+)", "drop_session"),
    ("POST", r"/v1\.0/\$batch", "batch"),
    ("POST", r"/v1\.0/subscriptions", "subscribe"),
    ("GET", r"/v1\.0/subscriptions", "get_subscriptions"),
    ("PATCH", r"/v1\.0/subscriptions/([^/]+)", "renew"),
    ("GET", r"/v1\.0/subscriptions/([^/]+)", "get_subscription"),
    ("DELETE", r"/v1\.0/subscriptions/([^/]+)", "unsubscribe"),
    ("GET", r"/sim/(.*)", "page"),
    ("POST", r"/sim/(.*)", "page"),
]


def _is_alive(subscription):
    until = subscription["expirationDateTime"].replace("Z", "+00:00")
    return datetime.fromisoformat(until).timestamp() > time.time()


def _json(body, status=200):
    return Response(json.dumps(body), status, content_type="application/json")


def post_over_http(url, body, content_type):
    """Knock at the product over HTTP."""
    asked = urllib.request.Request(
        url, data=body, headers={"Content-Type": content_type}, method="POST"
    )
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
