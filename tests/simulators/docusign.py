"""DocuSign's own HTTP over an account of ours: the JWT grant, envelopes, views, documents, and pages for people."""

import json
import secrets
import time
from base64 import b64decode
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from tests.simulators.docusign_account import FINAL, Account, Recipient, stamp
from tests.simulators.signing_pages import act, deed, listing, signing_page

UNCHECKED = (r"/oauth/.*", r"/sim/.*", r"/signing/.*")
"""What no file of DocuSign's covers: tokens are prose, the pages are ours."""
AUDIENCE = "account-d.docusign.com"
API = "/restapi/v2.1/accounts/<account>"
ROLES = ("Artist", "Company", "Agent")


class Refusal(Exception):
    """An answer with DocuSign's error body."""

    def __init__(self, code, message="", status=400, headers=None):
        super().__init__(code)
        body = {"errorCode": code, "message": message or code}
        self.answer = Response(
            json.dumps(body), status, headers or {}, content_type="application/json"
        )


class DocuSign:
    """A WSGI app. ``account`` is its state and what may be done to it; ``pem`` the application's key."""

    def __init__(self, account=None, *, integration_key="ik-1", user_id="user-1", base=""):
        self.account = account or Account()
        self.integration_key, self.user_id = integration_key, user_id
        self.base = base
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.pem = self.key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode()
        self.life = 3600
        self.tokens = {}
        self.granted = 0
        self.has_consent = True
        self.views = {}
        """Token of a signing address -> (envelope, where to go back to, until when): used once."""
        self.polices_polling = False
        self.asked = {}
        self.urls = Map([
            Rule("/oauth/token", endpoint="grant", methods=["POST"]),
            Rule(f"{API}/envelopes", endpoint="listed", methods=["GET"]),
            Rule(f"{API}/envelopes", endpoint="create", methods=["POST"]),
            Rule(f"{API}/envelopes/<envelope>", endpoint="show", methods=["GET"]),
            Rule(f"{API}/envelopes/<envelope>", endpoint="update", methods=["PUT"]),
            Rule(f"{API}/envelopes/<envelope>/views/recipient", endpoint="view", methods=["POST"]),
            Rule(f"{API}/envelopes/<envelope>/documents/<which>", endpoint="document", methods=["GET"]),
            Rule("/signing/<token>", endpoint="signing", methods=["GET", "POST"]),
            Rule("/sim/", endpoint="pages", methods=["GET"]),
            Rule("/sim/<envelope>", endpoint="act", methods=["POST"]),
        ])  # fmt: skip

    def settings(self, base):
        """Return what the product must be told to use this simulator."""
        return {
            "ESIGN": "docusign",
            "DOCUSIGN_INTEGRATION_KEY": self.integration_key,
            "DOCUSIGN_USER_ID": self.user_id,
            "DOCUSIGN_ACCOUNT_ID": self.account.account_id,
            "DOCUSIGN_PRIVATE_KEY": self.pem,
            "DOCUSIGN_HMAC_KEYS": ",".join(self.account.keys),
            "DOCUSIGN_BASE_URL": base,
            "DOCUSIGN_OAUTH_URL": base,
            "DOCUSIGN_OAUTH_AUDIENCE": AUDIENCE,
            "DOCUSIGN_SIGNING_HOSTS": base,
        }

    def __call__(self, environ, start_response):
        request = Request(environ)
        try:
            endpoint, given = self.urls.bind_to_environ(environ).match()
            if "account" in given:
                self._check_token(request, given.pop("account"))
            with self.account.lock:
                answer = getattr(self, f"on_{endpoint}")(request, **given)
        except Refusal as refusal:
            answer = refusal.answer
        except (LookupError, TypeError, ValueError, AttributeError) as odd:
            answer = Refusal("INVALID_REQUEST_BODY", repr(odd)).answer
        except HTTPException as error:
            answer = error.get_response()
        return answer(environ, start_response)

    def expire_tokens(self):
        """Let every token that was given run out at once."""
        self.tokens.clear()

    def on_grant(self, request):
        """Grant by assertion. Prose: developers.docusign.com, JSON Web Token grant."""
        if request.form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return _told({"error": "unsupported_grant_type"}, 400)
        try:
            said = jwt.decode(
                request.form["assertion"], self.key.public_key(), ["RS256"], audience=AUDIENCE
            )
        except jwt.PyJWTError:
            return _told({"error": "invalid_grant"}, 400)
        if (said["iss"], said["sub"]) != (self.integration_key, self.user_id):
            return _told({"error": "invalid_grant"}, 400)
        if not self.has_consent:
            return _told({"error": "consent_required"}, 400)
        self.granted += 1
        token = secrets.token_urlsafe(12)
        self.tokens[token] = time.monotonic() + self.life
        return _told({"access_token": token, "token_type": "Bearer", "expires_in": self.life})

    def on_listed(self, request):
        found = list(self.account.envelopes.values())
        asked = request.args
        if not {"transaction_ids", "envelope_ids", "from_date"} & set(asked):
            raise Refusal("INVALID_REQUEST_PARAMETER", "from_date is required.")
        if ids := asked.get("envelope_ids"):
            found = [one for one in found if one.envelope_id in ids.split(",")]
        if keys := asked.get("transaction_ids"):
            known = set(keys.split(","))
            found = [one for one in found if one.transaction_id in known and self._remembers(one)]
        if "custom_field" in asked:
            name, _, value = asked["custom_field"].partition("=")
            found = [one for one in found if one.custom_fields.get(name) == value]
        size = str(len(found))
        return _told({
            "resultSetSize": size, "totalSetSize": size, "startPosition": "0",
            "endPosition": str(max(0, len(found) - 1)), "envelopes": [one.told(with_recipients="recipients" in asked.get("include", "")) for one in found],
        })  # fmt: skip

    def on_create(self, request):
        said = request.get_json()
        template = said.get("templateId", "")
        if template and template not in self.account.templates:
            raise Refusal("TEMPLATE_ID_INVALID", "Invalid template ID.")
        if not template and not said.get("documents"):
            raise Refusal("ENVELOPE_HAS_NO_DOCUMENTS", "The envelope has no documents.")
        made = self.account.create(
            transaction_id=said.get("transactionId", ""),
            subject=said.get("emailSubject", ""),
            document=b"%PDF-1.7 template" if template else b64decode(said["documents"][0]["documentBase64"]),
            recipients=list(_recipients(said)),
            custom_fields={f["name"]: f["value"] for f in said.get("customFields", {}).get("textCustomFields", [])},
            expire_after=int(said["notification"]["expirations"]["expireAfter"]),
            template_id=template,
        )  # fmt: skip
        uri = f"/envelopes/{made.envelope_id}"
        summary = {"envelopeId": made.envelope_id, "status": "sent", "uri": uri}
        return _told({**summary, "statusDateTime": stamp(made.times["sent"])}, 201)

    def on_show(self, request, envelope):
        one = self._found(envelope)
        if self.polices_polling and time.monotonic() - self.asked.get(envelope, -900) < 900:
            # Prose: developers.docusign.com, rules and limits; the status code is not published.
            raise Refusal("HOURLY_ENVELOPE_POLLING_LIMIT_EXCEEDED", headers={"Retry-After": "900"})
        self.asked[envelope] = time.monotonic()
        return _told(one.told(with_recipients="recipients" in request.args.get("include", "")))

    def on_update(self, request, envelope):
        one, said = self._found(envelope), request.get_json()
        if request.args.get("resend_envelope") == "true":
            one.resent += 1
        if said.get("status") == "voided" and not self.account.void(envelope, said["voidedReason"]):
            raise Refusal(
                "ENVELOPE_CANNOT_VOID_INVALID_STATE", "Only envelopes in process may be voided."
            )
        return _told({"envelopeId": envelope})

    def on_view(self, request, envelope):
        one, said = self._found(envelope), request.get_json()
        signer = next((r for r in one.signers if _is_meant(r, said)), None)
        if signer is None:
            raise Refusal("UNKNOWN_ENVELOPE_RECIPIENT", "The recipient is not of this envelope.")
        if one.status in FINAL or signer is not one.next_signer:
            raise Refusal("RECIPIENT_NOT_IN_SEQUENCE", "It is not this recipient's turn.")
        token = secrets.token_urlsafe(16)
        self.views[token] = (envelope, said["returnUrl"], time.monotonic() + 300)
        return _told({"url": f"{self.base or request.host_url.rstrip('/')}/signing/{token}"}, 201)

    def on_document(self, _request, envelope, which):
        one = self._found(envelope)
        if which == "certificate" and one.status != "completed":
            raise Refusal("DOCUMENT_DOES_NOT_EXIST", "There is no certificate yet.")
        made = self.account.certificate_of if which == "certificate" else self.account.document_of
        return Response(made(envelope), content_type="application/pdf")

    def on_signing(self, request, token):
        """The signing ceremony, as a page with three buttons; its address works once."""
        view = self.views.get(token)
        if view is None or view[2] < time.monotonic():
            return Response("This link has been used or has run out.", 410)
        envelope, back, _until = view
        one = self.account.envelopes[envelope]
        if request.method == "GET":
            self.account.view(envelope)
            return signing_page(request, "DocuSign", one.subject, one.next_signer.name)
        del self.views[token]
        word = deed(self.account, envelope, request.form.get("deed", ""))
        sign = "&" if "?" in back else "?"
        return redirect(f"{back}{sign}{urlencode({'event': word})}", 303)

    def on_pages(self, request):
        rows = [
            (one.envelope_id, one.subject, one.status, [(r.name, r.status) for r in one.signers],
             len(one.notices))
            for one in self.account.envelopes.values()
        ]  # fmt: skip
        return listing(request, "DocuSign", rows, self.account.refused)

    def on_act(self, request, envelope):
        if envelope not in self.account.envelopes:
            raise NotFound
        return act(self.account, envelope, request.form.get("deed", ""))

    def _remembers(self, one):
        """Transaction ids are valid for seven days (the vendor's file)."""
        return (self.account.clock() - one.times["created"]).days < 7

    def _found(self, envelope):
        if envelope not in self.account.envelopes:
            raise Refusal("ENVELOPE_DOES_NOT_EXIST", "The envelope does not exist.", 404)
        return self.account.envelopes[envelope]

    def _check_token(self, request, account):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) < time.monotonic():
            raise Refusal("AUTHORIZATION_INVALID_TOKEN", "The access token is not valid.", 401)
        if account != self.account.account_id:
            raise Refusal("USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT", status=401)


def _recipients(said):
    named = said.get("recipients", {})
    for signer in named.get("signers", []):
        yield Recipient(
            signer["recipientId"], int(signer["routingOrder"]), signer.get("roleName", ""),
            signer["name"], signer["email"], signer.get("clientUserId", ""),
        )  # fmt: skip
    for copy in named.get("carbonCopies", []):
        yield Recipient(
            copy["recipientId"], int(copy["routingOrder"]), "Agent", copy["name"], copy["email"],
            is_copy=True,
        )  # fmt: skip
    for place, role in enumerate(said.get("templateRoles", []), start=1):
        yield Recipient(
            str(place), place, role["roleName"], role["name"], role["email"],
            role.get("clientUserId", ""), is_copy=role["roleName"] == "Agent",
        )  # fmt: skip


def _is_meant(signer, said):
    """An embedded recipient is named by client id, name and address together (the vendor's file)."""
    return bool(signer.client_user_id) and (
        (signer.client_user_id, signer.name, signer.email)
        == (said.get("clientUserId"), said.get("userName"), said.get("email"))
    )


def _told(body, status=200):
    return Response(json.dumps(body), status, content_type="application/json")
