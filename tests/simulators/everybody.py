"""Every simulator at once over real HTTP, wired to one product: for the sandbox and for torture runs."""

import contextlib
from typing import Any
from uuid import uuid4

from tests.simulators import adobe_sign, docusign, graph, xero
from tests.simulators.gate import spec
from tests.simulators.sendgrid import SendGrid
from tests.simulators.serving import Vendor, serve
from tests.simulators.twilio import ACCOUNT, Twilio

FOR_EVER = 1e12
PAGES = (r"/sim(/.*)?",)
TITLES = {
    "docusign": "DocuSign", "adobe_sign": "Adobe Acrobat Sign", "xero": "Xero",
    "sharepoint": "SharePoint", "sendgrid": "SendGrid", "twilio": "Twilio",
}  # fmt: skip
NAMES = ("docusign", "adobe_sign", "xero", "sharepoint", "sendgrid", "twilio")


class Everybody:
    """The running simulators by the name of the choice, each knocking at ``product``."""

    def __init__(self, stack: contextlib.ExitStack, product: str = "", first_port: int = 0) -> None:
        self.product = product
        self.vendors: dict[str, Vendor] = {}
        for place, (name, simulator, files, unchecked) in enumerate(self._made()):
            port = first_port + place if first_port else 0
            running = serve(simulator, *map(spec, files), unchecked=unchecked, port=port)
            self.vendors[name] = stack.enter_context(running)
        self._acquaint()

    def __getitem__(self, name: str) -> Any:
        """Return a simulator."""
        return self.vendors[name].simulator

    def _made(self) -> list[tuple[str, Any, tuple[str, ...], tuple[str, ...]]]:
        return [
            ("docusign", docusign.DocuSign(), ("docusign",), docusign.UNCHECKED),
            ("adobe_sign", adobe_sign.AdobeSign(), ("adobe",), adobe_sign.UNCHECKED),
            ("xero", xero.XeroSimulator(), ("xero", "xero-identity"), xero.UNCHECKED),
            ("sharepoint", graph.Graph(), ("graph",), graph.UNCHECKED),
            ("sendgrid", SendGrid(), ("sendgrid",), PAGES),
            ("twilio", Twilio(), ("twilio",), PAGES),
        ]

    def _acquaint(self) -> None:
        """Tell each simulator where it lives and where it knocks."""
        for name in ("docusign", "adobe_sign"):
            self[name].base = self.vendors[name].base
            self[name].account.listener = f"{self.product}/hooks/{name.replace('_', '-')}"
        self["xero"].webhook_url = f"{self.product}/hooks/xero"
        self["sharepoint"].gate = self.vendors["sharepoint"].gate
        self["sendgrid"].webhook = f"{self.product}/hooks/sendgrid"
        self["twilio"].public_base = self.product
        pages = [(TITLES[name], f"{vendor.base}/sim/") for name, vendor in self.vendors.items()]
        for vendor in self.vendors.values():
            vendor.faults.neighbours = (*pages, ("The product", f"{self.product}/admin/"))

    def environment(self) -> dict[str, str]:
        """Return what the product must be told to use them all; contracts are signed at DocuSign."""
        base = {name: vendor.base for name, vendor in self.vendors.items()}
        return {
            **self["docusign"].settings(base["docusign"]),
            "ACCOUNTING": "xero",
            "XERO_CLIENT_ID": self["xero"].client_id,
            "XERO_CLIENT_SECRET": self["xero"].secret,
            "XERO_WEBHOOK_KEY": self["xero"].webhook_key,
            **{f"XERO_{part}_URL": base["xero"] for part in ("LOGIN", "IDENTITY", "API")},
            "ARCHIVE": "sharepoint",
            "GRAPH_CLIENT_ID": "app-id",
            "GRAPH_CLIENT_SECRET": self["sharepoint"].secret,
            "GRAPH_AUTHORITY": base["sharepoint"],
            "GRAPH_BASE_URL": base["sharepoint"],
            "EMAIL": "sendgrid",
            "SENDGRID_API_KEY": self["sendgrid"].api_key,
            "SENDGRID_WEBHOOK_PUBLIC_KEY": self["sendgrid"].public_key,
            "SENDGRID_BASE_URL": base["sendgrid"],
            "SMS": "twilio",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": self["twilio"].token,
            "TWILIO_FROM": "+61400000000",
            "TWILIO_BASE_URL": base["twilio"],
        }

    def let_in(self, token: str) -> None:
        """Let whoever brings this token into Xero, as for a company that is connected."""
        simulator = self["xero"]
        simulator.access[token] = FOR_EVER
        for place in simulator.books:
            simulator.connections[place] = {"id": str(uuid4()), "event": str(uuid4())}

    def violations(self) -> list[str]:
        """Return what broke a vendor's contract."""
        return [line for one in self.vendors.values() for line in one.gate.violations]
