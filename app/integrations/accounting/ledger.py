"""The built-in ledger: the payables in our own tables are the bills, and leave the house as CSV.

There is nothing outside to write to; the document's id follows from the promise's key, so that
entering a bill again is the same bill.
"""

from uuid import NAMESPACE_URL, uuid5

from app.integrations.accounting.port import Bill, Leave, Posted
from app.integrations.errors import Permanent


class EmbeddedLedger:
    """Enters a bill by giving it its id."""

    name = "ledger"

    def post(self, bill: Bill, *, key: str, leave: Leave) -> Posted:
        """Return the id of the bill in our own ledger."""
        if not bill.lines or bill.total <= 0:
            raise Permanent(f"{bill.number} comes to nothing, so there is no bill to enter.")
        return Posted(str(uuid5(NAMESPACE_URL, f"ledger:{key}")))
