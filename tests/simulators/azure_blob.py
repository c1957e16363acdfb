"""Azure Blob Storage as far as we speak with it: write-once blobs, blocks, reading, short-lived links.

OUR simulator; the vendor publishes no OpenAPI file of this interface. All of it is prose, from
learn.microsoft.com/rest/api/storageservices: put-blob, put-block, put-block-list, get-blob,
delete-blob, authorize-with-shared-key, create-service-sas, immutable storage. Signatures are checked by
the vendor's own library where a test runs it against this.
"""

import base64
import hashlib
import hmac
import re
import uuid
from datetime import UTC, datetime
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

ACCOUNT = "portalfiles"
KEY = base64.b64encode(b"a key of thirty-two bytes or so.").decode()
HEADERS = (
    "content-encoding content-language content-length content-md5 content-type date if-modified-since "
    "if-match if-none-match if-unmodified-since range"
).split()
SAS = "sp st se RESOURCE si sip spr sv sr SNAPSHOT ses rscc rscd rsce rscl rsct".split()


class BlobStore:
    """One account with one container."""

    def __init__(self, container="portal-files"):
        self.container = container
        self.blobs = {}
        self.blocks = {}
        self.held = set()
        """Paths that a legal hold or a retention time protects."""

    def connection(self, base):
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={base};"

    def __call__(self, environ, start_response):
        request = Request(environ)
        refused = self._refused(request)
        answer = refused or self._answer(request)
        answer.headers["x-ms-request-id"] = str(uuid.uuid4())
        answer.headers["x-ms-version"] = request.headers.get("x-ms-version", "")
        return answer(environ, start_response)

    def _refused(self, request):
        if "sig" in request.args:
            return self._refused_link(request)
        said = request.headers.get("Authorization", "")
        if said != f"SharedKey {ACCOUNT}:{_mac(self._signed_text(request))}":
            return _wrong(403, "AuthenticationFailed")
        return None

    def _signed_text(self, request):
        standard = [request.headers.get(name, "") for name in HEADERS]
        if standard[2] == "0":
            standard[2] = ""
        own = sorted(
            f"{name.lower()}:{value}" for name, value in request.headers
            if name.lower().startswith("x-ms-")
        )  # fmt: skip
        query = sorted(f"{name.lower()}:{value}" for name, value in request.args.items())
        return "\n".join(
            [
                request.method,
                *standard,
                *own,
                "\n".join([f"/{ACCOUNT}{_raw_path(request)}", *query]),
            ]
        )

    def _refused_link(self, request):
        fields = dict(request.args)
        fields["RESOURCE"] = f"/blob/{ACCOUNT}{request.path}"
        text = "\n".join(fields.get(name, "") for name in SAS)
        until = datetime.fromisoformat(fields["se"])
        sound = hmac.compare_digest(fields["sig"], _mac(text))
        if not sound or until < datetime.now(UTC) or request.method not in ("GET", "HEAD"):
            return _wrong(403, "AuthenticationFailed")
        return None

    def _answer(self, request):
        _, container, *rest = request.path.split("/")
        if container != self.container or not rest:
            return _wrong(404, "ContainerNotFound")
        path = "/".join(rest)
        comp = request.args.get("comp")
        if request.method == "PUT" and comp == "block":
            self.blocks.setdefault(path, {})[request.args["blockid"]] = request.get_data()
            return Response(status=201)
        if request.method == "PUT":
            return self._put(request, path, comp)
        if path not in self.blobs:
            return _wrong(404, "BlobNotFound")
        if request.method == "DELETE":
            return self._delete(path)
        return self._get(request, path)

    def _put(self, request, path, comp):
        if request.headers.get("If-None-Match") == "*" and path in self.blobs:
            return _wrong(409, "BlobAlreadyExists")
        content = request.get_data()
        if comp == "blocklist":
            names = re.findall(r"<Latest>([^<]+)</Latest>", content.decode())
            have = self.blocks.get(path, {})
            if any(name not in have for name in names):
                return _wrong(400, "InvalidBlockList")
            content = b"".join(have[name] for name in names)
            self.blocks.pop(path, None)
        elif request.headers.get("x-ms-blob-type") != "BlockBlob":
            return _wrong(400, "MissingRequiredHeader")
        self.blobs[path] = content
        return Response(status=201, headers={"ETag": _etag(content)})

    def _delete(self, path):
        if path in self.held:
            return _wrong(409, "BlobImmutableDueToPolicy")
        del self.blobs[path]
        return Response(status=202)

    def _get(self, request, path):
        content = whole = self.blobs[path]
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("x-ms-range", ""))
        if asked and content:
            content = content[int(asked[1]) : int(asked[2] or len(whole)) + 1]
        headers = {"ETag": _etag(content), "x-ms-blob-type": "BlockBlob"}
        if shown := request.args.get("rscd"):
            headers["Content-Disposition"] = shown
        if asked and whole:
            last = int(asked[1]) + len(content) - 1
            headers["Content-Range"] = f"bytes {asked[1]}-{last}/{len(whole)}"
        kind = request.args.get("rsct", "application/octet-stream")
        answer = Response(content, 206 if asked and whole else 200, headers, content_type=kind)
        if request.method == "HEAD":
            answer.content_length = len(content)
        return answer


def _raw_path(request):
    return unquote(request.environ.get("RAW_URI", request.path).split("?")[0])


def _mac(text):
    return base64.b64encode(
        hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    ).decode()


def _etag(content):
    return f'"0x{hashlib.sha256(content).hexdigest()[:15].upper()}"'


def _wrong(status, code):
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return Response(body, status, {"x-ms-error-code": code}, content_type="application/xml")
