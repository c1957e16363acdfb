"""Adobe Acrobat Sign's own HTTP over an account of ours: refresh tokens, agreements, and pages for people."""

import json
import secrets

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from tests.simulators.adobe_account import ENDED, Account, stamp
from tests.simulators.signing_pages import act, deed, listing, signing_page

UNCHECKED = (r"/oauth/.*", r"/sim/.*", r"/signing/.*")
"""What no file of Adobe's covers: tokens are prose, the pages are ours."""
API = "/api/rest/v6"
ONE = f"{API}/agreements/<envelope>"


class Refusal(Exception):
    """An answer with Adobe's error body."""

    def __init__(self, status, code, message=""):
        super().__init__(code)
        body = {"code": code, "message": message or code}
        self.answer = Response(json.dumps(body), status, content_type="application/json")


class AdobeSign:
    """A WSGI app. ``account`` is its state and what may be done to it."""

    def __init__(self, account=None, *, base=""):
        self.account = account or Account()
        self.base = base
        self.secret, self.refresh_token = "adobe-secret", "adobe-refresh"
        self.tokens, self.granted = set(), 0
        self.urls = Map([
            Rule("/oauth/v2/refresh", endpoint="refresh", methods=["POST"]),
            Rule(f"{API}/baseUris", endpoint="base_uris", methods=["GET"]),
            Rule(f"{API}/transientDocuments", endpoint="upload", methods=["POST"]),
            Rule(f"{API}/agreements", endpoint="listed", methods=["GET"]),
            Rule(f"{API}/agreements", endpoint="create", methods=["POST"]),
            Rule(ONE, endpoint="show", methods=["GET"]),
            Rule(f"{ONE}/events", endpoint="events", methods=["GET"]),
            Rule(f"{ONE}/members", endpoint="members", methods=["GET"]),
            Rule(f"{ONE}/signingUrls", endpoint="signing_urls", methods=["GET"]),
            Rule(f"{ONE}/reminders", endpoint="remind", methods=["POST"]),
            Rule(f"{ONE}/state", endpoint="state", methods=["PUT"]),
            Rule(f"{ONE}/<any(combinedDocument,auditTrail):which>", endpoint="paper", methods=["GET"]),
            Rule("/signing/<envelope>", endpoint="signing", methods=["GET", "POST"]),
            Rule("/sim/", endpoint="pages", methods=["GET"]),
            Rule("/sim/<envelope>", endpoint="act", methods=["POST"]),
        ])  # fmt: skip

    def settings(self, base):
        """Return what the product must be told to use this simulator."""
        return {
            "ESIGN": "adobe_sign",
            "ADOBE_SIGN_CLIENT_ID": self.account.client_id,
            "ADOBE_SIGN_CLIENT_SECRET": self.secret,
            "ADOBE_SIGN_REFRESH_TOKEN": self.refresh_token,
            "ADOBE_SIGN_BASE_URL": base,
            "ADOBE_SIGN_SIGNING_HOSTS": base,
        }

    def __call__(self, environ, start_response):
        request = Request(environ)
        try:
            endpoint, given = self.urls.bind_to_environ(environ).match()
            if request.path.startswith(API):
                self._check_token(request)
            if "envelope" in given and given["envelope"] not in self.account.envelopes:
                raise (
                    Refusal(404, "INVALID_AGREEMENT_ID")
                    if request.path.startswith(API)
                    else NotFound
                )
            with self.account.lock:
                answer = getattr(self, f"on_{endpoint}")(request, **given)
        except Refusal as refusal:
            answer = refusal.answer
        except HTTPException as error:
            answer = error.get_response()
        except (LookupError, TypeError, ValueError, AttributeError) as odd:
            answer = Refusal(400, "INVALID_JSON", repr(odd)).answer
        request.close()
        return answer(environ, start_response)

    def expire_tokens(self):
        """Let every token that was given run out at once."""
        self.tokens.clear()

    def on_refresh(self, request):
        """Prose: developer guide, OAuth, refresh the access token."""
        form = request.form
        given = (form.get("client_id"), form.get("client_secret"), form.get("refresh_token"))
        if given != (self.account.client_id, self.secret, self.refresh_token):
            return _told({"error": "invalid_request"}, 401)
        self.granted += 1
        token = secrets.token_urlsafe(12)
        self.tokens.add(token)
        return _told({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def on_base_uris(self, request):
        place = f"{self.base or request.host_url.rstrip('/')}/"
        return _told({"apiAccessPoint": place, "webAccessPoint": place})

    def on_upload(self, request):
        name = f"transient-{len(self.account.transient)}"
        self.account.transient[name] = request.files["File"].read()
        return _told({"transientDocumentId": name}, 201)

    def on_listed(self, request):
        found = list(self.account.envelopes.values())
        if label := request.args.get("externalId"):
            found = [one for one in found if one.external_id == label]
        size = int(request.args.get("pageSize", 100))
        start = int(request.args.get("cursor") or 0)
        more = str(start + size) if len(found) > start + size else ""
        return _told({
            "page": {"nextCursor": more},
            "userAgreementList": [
                {"id": one.agreement_id, "name": one.name, "status": one.status, "esign": True,
                 "hidden": False, "latestVersionId": str(one.version),
                 "displayDate": stamp(one.created_at),
                 "displayParticipantSetInfos": [
                     {"displayUserSetMemberInfos": [{"email": who} for who in one.signers]}]}
                for one in found[start : start + size]
            ],
        })  # fmt: skip

    def on_create(self, request):
        said = request.get_json()
        document = said["fileInfos"][0]["transientDocumentId"]
        if document not in self.account.transient:
            raise Refusal(404, "INVALID_TRANSIENT_DOCUMENT_ID")
        groups = sorted(said["participantSetsInfo"], key=lambda one: one["order"])
        made = self.account.create(
            name=said["name"],
            external_id=said.get("externalId", {}).get("id", ""),
            document=self.account.transient[document],
            signers=[one["memberInfos"][0]["email"] for one in groups],
            copies=[one["email"] for one in said.get("ccs", [])],
            expires=said.get("expirationTime", ""),
            redirect_url=said.get("postSignOption", {}).get("redirectUrl", ""),
        )
        return _told({"id": made.agreement_id}, 201)

    def on_show(self, _request, envelope):
        one = self.account.envelopes[envelope]
        told = {
            "id": one.agreement_id, "name": one.name, "status": one.status, "state": "IN_PROCESS",
            "signatureType": "ESIGN", "fileInfos": [], "externalId": {"id": one.external_id},
            "participantSetsInfo": [
                {"memberInfos": [{"email": who}], "order": place, "role": "SIGNER"}
                for place, who in enumerate(one.signers, start=1)
            ],
        }  # fmt: skip
        return _told(told, headers={"ETag": str(one.version)})

    def on_events(self, _request, envelope):
        return _told({"events": self.account.told_events(self.account.envelopes[envelope])})

    def on_members(self, _request, envelope):
        one = self.account.envelopes[envelope]
        secure = {"authenticationMethod": "NONE"}
        return _told({
            "ccsInfo": [], "nextParticipantSets": [], "sharesInfo": [],
            "senderInfo": {"company": "", "email": "sender@example.com", "name": "", "self": True,
                           "participantId": "sender", "status": "WAITING_FOR_OTHERS"},
            "participantSets": [
                {"order": place, "role": "SIGNER",
                 "status": "COMPLETED" if who in one.signed else
                 "WAITING_FOR_MY_SIGNATURE" if who == one.next_signer else "NOT_YET_VISIBLE",
                 "memberInfos": [{"id": f"member-{place}", "email": who, "securityOption": secure}]}
                for place, who in enumerate(one.signers, start=1)
            ],
        })  # fmt: skip

    def on_signing_urls(self, request, envelope):
        one = self.account.envelopes[envelope]
        if one.not_ready > 0:
            one.not_ready -= 1
            # Prose: release notes of version 6, while the documents are processed.
            raise Refusal(404, "AGREEMENT_NOT_SIGNABLE")
        if one.next_signer is None:
            raise Refusal(409, "AGREEMENT_ALREADY_SIGNED")
        place = f"{self.base or request.host_url.rstrip('/')}/signing/{envelope}"
        urls = [{"email": one.next_signer, "esignUrl": f"{place}?tsid={secrets.token_hex(8)}"}]
        return _told({"signingUrlSetInfos": [{"signingUrls": urls}]})

    def on_remind(self, request, envelope):
        self.account.envelopes[envelope].reminded += request.get_json()["recipientParticipantIds"]
        return _told({"id": "reminder-1"}, 201)

    def on_state(self, request, envelope):
        one = self.account.envelopes[envelope]
        if request.headers.get("If-Match") != str(one.version):
            raise Refusal(412, "RESOURCE_MODIFIED")
        if one.status in ENDED:
            raise Refusal(403, "AGREEMENT_INVALID_STATE")
        said = request.get_json()
        self.account.void(envelope, said["agreementCancellationInfo"]["comment"])
        return Response(status=204)

    def on_paper(self, _request, envelope, which):
        made = (
            self.account.document_of if which == "combinedDocument" else self.account.certificate_of
        )
        return Response(made(envelope), content_type="application/pdf")

    def on_signing(self, request, envelope):
        one = self.account.envelopes[envelope]
        if request.method == "GET":
            if one.next_signer is None:
                return Response("Nobody is asked to sign this.", 410)
            self.account.view(envelope)
            return signing_page(request, "Adobe Acrobat Sign", one.name, one.next_signer)
        deed(self.account, envelope, request.form.get("deed", ""))
        return redirect(one.redirect_url or "/sim/", 303)

    def on_pages(self, request):
        rows = [
            (one.agreement_id, one.name, one.status,
             [(who, "signed" if who in one.signed else "asked") for who in one.signers],
             len(one.notices))
            for one in self.account.envelopes.values()
        ]  # fmt: skip
        return listing(request, "Adobe Acrobat Sign", rows, self.account.refused)

    def on_act(self, request, envelope):
        return act(self.account, envelope, request.form.get("deed", ""))

    def _check_token(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise Refusal(401, "INVALID_ACCESS_TOKEN")


def _told(body, status=200, headers=None):
    return Response(json.dumps(body), status, headers or {}, content_type="application/json")
