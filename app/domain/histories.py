"""How the history of a record reads: which rows belong to it, and what their names are called."""

from typing import Final

PARTS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "person": (
        ("contact_point", "person_id"),
        ("artist_profile", "person_id"),
        ("representation", "artist_id"),
        ("representation", "agent_id"),
        ("payee_profile", "person_id"),
        ("availability", "person_id"),
    ),
    "payee_profile": (("bank_detail", "payee_id"),),
    "engagement": (
        ("role_assignment", "engagement_id"),
        ("fee_line", "engagement_id"),
        ("entitlement", "engagement_id"),
        ("term_set", "engagement_id"),
        ("travel_leg", "engagement_id"),
        ("stay", "engagement_id"),
    ),
    "contract": (
        ("contract_version", "contract_id"),
        ("amendment", "contract_id"),
        ("contract_question", "contract_id"),
    ),
    "contract_version": (("signature_request", "contract_version_id"),),
    "amendment": (("signature_request", "amendment_id"),),
    "signature_request": (("signature_evidence", "request_id"),),
    "expense_claim": (("expense_line", "claim_id"),),
    "expense_line": (("receipt", "line_id"), ("expense_note", "line_id")),
    "payable": (("ledger_document", "payable_id"),),
    "production": (("schedule_version", "production_id"),),
    "call": (("call_assignment", "call_id"),),
    "venue": (("space", "venue_id"),),
    "staff_profile": (),
}
"""Table -> the tables whose rows are parts of its records, and the key that says so."""

BULKY: Final = frozenset(
    {"id", "public_id", "organisation_id", "created_at", "markdown", "html", "source", "seal",
     "import_key", "client_uuid", "normalised", "name_key"}
)  # fmt: skip
"""Columns that tell a reader nothing, or are shown whole on the record's own page."""

VERBS: Final = {"insert": "added", "update": "changed", "delete": "removed", "view": "looked at"}


def words_of(table: str) -> str:
    """Return what a row of a table is called: fee_line is a fee line."""
    return _CALLED.get(table, table.replace("_", " "))


_CALLED: Final = {
    "ab_user": "account",
    "ab_user_role": "role",
    "staff_profile": "employment",
    "payee_profile": "payee",
    "artist_profile": "travel profile",
    "contact_point": "address",
    "role_assignment": "role",
    "call_assignment": "person called",
    "term_set": "terms in force",
    "expense_claim": "claim",
    "expense_line": "line",
    "expense_note": "question or answer",
    "bank_detail": "bank details",
    "signature_evidence": "signature",
    "contract_question": "question or answer",
}
