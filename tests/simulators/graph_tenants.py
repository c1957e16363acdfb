"""The tenants that let our application in: the company's own, and one of somebody else.

Each is an OpenID provider of its own (``entra.py``), for the same application.
"""

import threading

from tests.simulators.entra import Entra, Person
from tests.simulators.graph_drive import Wrong

TENANT = "84bd8158-6d4d-4958-8b9f-9d6445542f95"
OTHER = "5c1d2b8e-93f4-4f0b-9a77-6be0d1c7e2a4"
CLIENT = "app-id"
MEMBER, GUEST = "member", "guest"
HOME = "https://sts.windows.net/d3c0a4b6-1f7e-4a52-8c9d-2e6b5f1a7048/"
"""Who lets a guest in (prose: id-token-claims-reference, ``idp``)."""


class Tenants:
    """The tenants by their id, made when they are first asked for; a key takes a while to make."""

    def __init__(self, secret):
        self.secret = secret
        self.made = {}
        self.lock = threading.Lock()

    def __getitem__(self, tenant):
        if tenant not in (TENANT, OTHER):
            raise Wrong(400, "invalid_tenant", f"AADSTS90002: Tenant '{tenant}' not found.")
        with self.lock:
            if tenant not in self.made:
                self.made[tenant] = Entra(tenant, CLIENT, self.secret)
            return self.made[tenant]

    def at(self, tenant, request):
        """Return a tenant, which names itself as it is addressed."""
        found = self[tenant]
        found.base = request.host_url.rstrip("/")
        return found


def member():
    """Return somebody with an account of the company's own tenant."""
    return Person("ines@contoso.example", name="Ines Calder")


def guest():
    """Return somebody whom a tenant has invited; their account is another tenant's."""
    address = "mal_elsewhere.example#EXT#@contoso.example"
    return Person(address, name="Mal Reed, a guest", more={"idp": HOME})


def people_of(tenant):
    """Return who can sign in at a tenant in the sandbox: nobody there works for the other one."""
    known = {MEMBER: member()} if tenant == TENANT else {}
    return {**known, GUEST: guest()}
