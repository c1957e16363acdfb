"""Proves that every call to a vendor, and every answer of its simulator, conforms to the vendor's OpenAPI file.

A WSGI gate stands in front of the simulator, whatever HTTP library the official SDK uses. A wrong
request is answered 599 with the reasons and never reaches the simulator; a wrong answer likewise. Every
violation is kept in ``violations``, so that a test fails even where the adapter swallows the error.
The vendors' files are not copied into this project: they lie beside it (``VENDOR_SPECS``).
"""

import io
import json
import os
import re
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import (
    OperationNotFound,
    PathNotFound,
    ServerNotFound,
)
from openapi_core.templating.responses.exceptions import ResponseNotFound
from werkzeug.wrappers import Request, Response

warnings.filterwarnings("ignore", message="Unsupported scheme type")

SPECS = Path(
    os.environ.get("VENDOR_SPECS") or Path(__file__).resolve().parents[3] / "shared" / "specs"
)
PROSE = frozenset({400, 401, 403, 404, 409, 412, 416, 429, 500, 502, 503})
"""Statuses that vendors document in prose and not in their files."""

needs_specs = pytest.mark.skipif(
    not SPECS.is_dir(), reason=f"the vendors' OpenAPI files are not at {SPECS}: set VENDOR_SPECS"
)


@dataclass
class Spec:
    """One vendor file, loaded once."""

    name: str
    file: str
    aliases: tuple[tuple[str, str], ...] = ()
    """Path forms that the vendor documents in prose only."""
    extra: frozenset[str] = frozenset()
    """Names of properties newer than the stored file, seen in the vendor's current SDK."""
    readonly_sent: frozenset[str] = frozenset()
    """Read-only flags that the vendor's own SDK writes; the service ignores them."""
    prose: frozenset[tuple[str, str]] = frozenset()
    """Method and name of query parameters that the vendor documents in prose only."""
    doc: dict = field(init=False, repr=False)

    def __post_init__(self):
        self.doc = json.loads((SPECS / self.file).read_text("utf-8"))
        _free_maps(self.doc)
        self.server = urlsplit(self.doc["servers"][0]["url"])
        self.api = OpenAPI.from_dict(
            self.doc,
            config=Config(spec_validator_cls=None, additional_properties_default_policy="forbid"),
        )

    def owns(self, path):
        base = self.server.path.rstrip("/")
        return path == base or path.startswith(base + "/")

    def alias(self, path):
        for pattern, to in self.aliases:
            path = re.sub(pattern, to, path)
        return path

    def operation(self, method, path):
        """Return the template, the operation and its path item."""
        tail = path[len(self.server.path.rstrip("/")) :]
        found = [
            (template.count("{"), template, item)
            for template, item in self.doc["paths"].items()
            if method in item
            and re.fullmatch(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template)), tail)
        ]
        if not found:
            return None
        _, template, item = min(found, key=lambda one: one[0])
        return template, item[method], item


def _free_maps(node):
    """Let an object of which the vendor names no property hold any: custom arguments, headers."""
    if isinstance(node, list):
        for inner in node:
            _free_maps(inner)
    elif isinstance(node, dict):
        if node.get("type") == "object" and not _SHAPED & node.keys():
            node["additionalProperties"] = True
        for inner in node.values():
            _free_maps(inner)


_SHAPED = {"properties", "additionalProperties", "allOf", "anyOf", "oneOf"}


class _Presented(WerkzeugOpenAPIRequest):
    """The loopback request under the vendor's own host and path."""

    def __init__(self, request, spec):
        super().__init__(request)
        self._spec = spec

    @property
    def host_url(self):
        return f"{self._spec.server.scheme}://{self._spec.server.netloc}"

    @property
    def path(self):
        return self._spec.alias(self.request.path)


class Gate:
    """Stands before a simulator; ``unchecked`` are paths that no file of the vendor's covers."""

    def __init__(self, app, *specs, unchecked=()):
        self.app, self.specs = app, specs
        self.unchecked = tuple(re.compile(pattern) for pattern in unchecked)
        self.violations = []
        self.covered = set()
        """(vendor, method, path template) of every call that passed."""

    def __call__(self, environ, start_response):
        request = Request(environ)
        environ["wsgi.input"] = io.BytesIO(request.get_data(cache=True))
        if any(pattern.fullmatch(request.path) for pattern in self.unchecked):
            return self.app(environ, start_response)
        spec = next((spec for spec in self.specs if spec.owns(request.path)), None)
        if spec is None:
            bad = [f"no stored vendor file covers {request.method} {request.path}"]
        else:
            bad = _wrong_request(spec, request)
        request.close()
        if bad:
            return self._refuse("request", request, bad)(environ, start_response)
        environ["wsgi.input"] = io.BytesIO(request.get_data())
        response = Response.from_app(self.app, environ, buffered=True)
        bad = _wrong_response(spec, request, response)
        if bad:
            words = f"simulator answer {response.status_code}"
            return self._refuse(words, request, bad)(environ, start_response)
        template, _, _ = spec.operation(request.method.lower(), spec.alias(request.path))
        self.covered.add((spec.name, request.method, template))
        return response(environ, start_response)

    def _refuse(self, what, request, bad):
        self.violations += [f"{what} {request.method} {request.path}: {reason}" for reason in bad]
        body = {"contract_violation": what, "path": request.path, "reasons": bad}
        return Response(json.dumps(body, indent=1), 599, content_type="application/json")


def _wrong_request(spec, request):
    presented = _Presented(request, spec)
    reasons = []
    for error in spec.api.request_validator.iter_errors(presented):
        if isinstance(error, PathNotFound | OperationNotFound | ServerNotFound):
            return [f"the vendor publishes no {request.method} {presented.path}"]
        reasons += [reason for reason in _reasons(error) if not _is_known_extra(spec, reason)]
    return reasons or _undeclared(spec, request, presented.path)


def _undeclared(spec, request, path):
    """Name query and form names the vendor does not know, and a missing Authorization."""
    _, operation, item = spec.operation(request.method.lower(), path)
    known = {one["name"] for one in _parameters(spec, operation, item) if one["in"] == "query"}
    sent = dict(parse_qsl(request.query_string.decode(), keep_blank_values=True))
    odd = [
        f"query parameter {name!r} is not in the vendor's file"
        for name in sent
        if name not in known and (request.method, name) not in spec.prose
    ]
    form = "application/x-www-form-urlencoded"
    if request.mimetype == form:
        schema = operation["requestBody"]["content"][form]["schema"].get("properties", {})
        odd += [
            f"form field {n!r} is not in the vendor's file" for n in request.form if n not in schema
        ]
    if (operation.get("security") or spec.doc.get("security")) and not request.headers.get(
        "Authorization"
    ):
        odd.append("the operation needs Authorization, none was sent")
    return odd


def _wrong_response(spec, request, response):
    try:
        spec.api.validate_response(_Presented(request, spec), WerkzeugOpenAPIResponse(response))
    except ResponseNotFound:
        known = response.status_code in PROSE
        return [] if known else [f"status {response.status_code} is not in the vendor's file"]
    except OpenAPIError as error:
        if response.status_code in PROSE and not response.get_data():
            return []
        return [reason for reason in _reasons(error) if not _is_known_extra(spec, reason)]
    return []


def _reasons(error):
    seen = error
    while seen is not None:
        if errors := getattr(seen, "schema_errors", None):
            return [
                f"{'/'.join(map(str, getattr(one, 'absolute_path', []))) or '(body)'}: {one.message[:220]}"
                for one in errors
            ]
        seen = seen.__cause__
    return [
        f"{type(error).__name__}: {error}"[:300]
        + (f" <- {error.__cause__}"[:200] if error.__cause__ else "")
    ]


def _is_known_extra(spec, reason):
    if "Tried to write read-only property" in reason:
        return reason.split(":")[0].rsplit("/", 1)[-1] in spec.readonly_sent
    found = re.search(
        r"Additional properties are not allowed \((.*) (?:was|were) unexpected\)", reason
    )
    return bool(found) and set(re.findall(r"'([^']+)'", found[1])) <= spec.extra


def _parameters(spec, operation, item):
    for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
        while "$ref" in parameter:
            current = spec.doc
            for part in parameter["$ref"][2:].split("/"):
                current = current[part.replace("~1", "/").replace("~0", "~")]
            parameter = current
        yield parameter


GRAPH_ALIASES = (
    (r"^(/v1\.0/drives/[^/]+)/(?:root|items/[^/:]+):/.+:(?=/|$)", r"\1/items/by-path"),
    (r"^(/v1\.0/drives/[^/]+)/items/[^/]+:/.+:(?=/|$)", r"\1/items/by-path"),
    (r"^/v1\.0/sites/[^/]+:/[^:]+(?::(?=/)|$)", "/v1.0/sites/by-path"),
)
GRAPH_PROSE = frozenset({("PUT", "@microsoft.graph.conflictBehavior")})
NEWER_DOCUSIGN = frozenset(
    "eventNotifications displayFormat deliveryMethod burnDefaultTabData isTicketRelatedEnvelope uSigState "
    "includeOAuth integratorManaged envelopeSearchSource".split()
)
XERO_FLAGS = frozenset({"HasAttachments", "HasErrors", "HasValidationErrors"})
FILES = {
    "xero": ("xero-accounting.openapi.json", {"readonly_sent": XERO_FLAGS}),
    "xero-identity": ("xero-identity.openapi.json", {}),
    "xero-files": ("xero-files.openapi.json", {}),
    "docusign": ("docusign-esign-v2.1.openapi.json", {"extra": NEWER_DOCUSIGN}),
    "graph": ("msgraph-v1.0.openapi.json", {"aliases": GRAPH_ALIASES, "prose": GRAPH_PROSE}),
    "twilio": ("twilio-messages-2010.openapi.json", {}),
    "sendgrid": ("sendgrid-mail-v3.openapi.json", {}),
    "adobe": ("adobe-sign-v6.openapi.json", {}),
}


@cache
def spec(name):
    """Return a vendor's file, loaded once a process."""
    file, more = FILES[name]
    return Spec(name, file, **more)
