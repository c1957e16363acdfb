"""Azure Key Vault over HTTPS with an authority of the test's own, and the token endpoint before it.

Prose: learn.microsoft.com/rest/api/keyvault/secrets/get-secret and entra/identity-platform/v2-oauth2-client-creds-grant-flow.
"""

import contextlib
import datetime as dt
import ipaddress
import json
import ssl
import threading
import uuid
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

TENANT, CLIENT, SECRET = "contoso-tenant", "portal-application", "vault-client-secret"


class KeyVault:
    """Secrets by name; ``tokens`` are those that are valid now."""

    def __init__(self):
        self.secrets = {}
        self.tokens = set()
        self.read = []
        self.issued = 0
        self.is_away = False

    def __call__(self, environ, start_response):
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request):
        if self.is_away:
            return _say({"error": {"code": "ServiceUnavailable"}}, 503)
        if request.path == f"/{TENANT}/oauth2/v2.0/token":
            return self.token(dict(parse_qsl(request.get_data(as_text=True))))
        name = request.path.removeprefix("/secrets/")
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _say({"error": {"code": "Unauthorized"}}, 401)
        self.read.append(name)
        if name not in self.secrets:
            return _say({"error": {"code": "SecretNotFound"}}, 404)
        version = uuid.uuid4().hex
        return _say({"value": self.secrets[name], "id": f"https://vault/secrets/{name}/{version}"})

    def token(self, form):
        wanted = {
            "grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET,
            "scope": "https://vault.azure.net/.default",
        }  # fmt: skip
        if form != wanted:
            return _say({"error": "invalid_client"}, 401)
        made = uuid.uuid4().hex
        self.tokens.add(made)
        self.issued += 1
        return _say({"token_type": "Bearer", "expires_in": 3600, "access_token": made})


class _Quiet(WSGIRequestHandler):
    def log(self, *_):
        return


@contextlib.contextmanager
def serve(vault, folder):
    """Serve a vault by HTTPS; yield its address and the file of the authority to trust."""
    certificate, key, authority = _certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = make_server(
        "127.0.0.1", 0, vault, threaded=True, request_handler=_Quiet, ssl_context=context
    )
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", str(authority)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _certificates(folder):
    now = dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    root = ec.generate_private_key(ec.SECP256R1())
    own = ec.generate_private_key(ec.SECP256R1())

    def build(subject, key, *extensions):
        made = (
            x509.CertificateBuilder()
            .subject_name(subject).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(hours=2))
        )  # fmt: skip
        for extension, critical in extensions:
            made = made.add_extension(extension, critical)
        return made.sign(root, hashes.SHA256())

    authority = build(
        name, root,
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (x509.SubjectKeyIdentifier.from_public_key(root.public_key()), False),
    )  # fmt: skip
    leaf = build(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]), own,
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False),
    )  # fmt: skip
    files = {"authority.pem": authority, "server.pem": leaf}
    for file, made in files.items():
        (folder / file).write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        own.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "server.pem", folder / "server.key", folder / "authority.pem"


def _say(body, status=200):
    return Response(json.dumps(body), status, content_type="application/json")
