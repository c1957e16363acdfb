"""The paper of an amendment: what was agreed before, what is agreed now, and from which day."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.domain.periods import format_date
from app.models.contracts import Amendment, ContractVersion
from app.services.contracts.merge import escape
from app.services.contracts.terms import Change


def title_of(amendment: Amendment) -> str:
    """Return the title of the paper."""
    production = amendment.contract.engagement.production.title
    return f"{amendment.name}: {production}"


def markdown_of(
    amendment: Amendment,
    version: ContractVersion,
    terms: Mapping[str, Any],
    changes: Sequence[Change],
) -> str:
    """Write the paper as Markdown; every value is escaped, so that it reads as it was typed."""
    contract = amendment.contract
    executed = contract.executed_at
    dated = f", executed on {format_date(executed.date())}" if executed else ""
    parts = [
        f"# {escape(amendment.name)}",
        "This amendment is between",
        (
            f"- **{escape(terms['company'])}**, “the company”; and\n"
            f"- **{escape(terms['artist'])}**, “you”{_represented(terms)}."
        ),
        (
            f"It changes the contract {escape(contract.number)}, version {version.number}, for "
            f"**{escape(terms['production'])}**{dated}."
        ),
        "## What changes",
        f"From **{format_date(amendment.effective_from)}** on:",
        *_changes(changes),
        *_words(amendment.words),
        "## What stays",
        "Everything else in the contract, and in amendments signed before this one, stays as it is.",
        "## Signatures",
        (
            f"Signed for the company by {escape(terms['company_signatory'] or 'its signatory')}, and by "
            "you or an agent who may sign for you. Each signs electronically; the certificate behind "
            "this amendment says when, where and how."
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _represented(terms: Mapping[str, Any]) -> str:
    return f", represented by {escape(terms['agent'])}" if terms.get("agent") else ""


def _changes(changes: Iterable[Change]) -> list[str]:
    lines = [
        f"| {escape(change.label)} | {escape(change.old)} | {escape(change.new)} |"
        for change in changes
    ]
    return (
        ["\n".join(["| Term | Until then | From then on |", "|---|---|---|", *lines])]
        if lines
        else []
    )


def _words(words: str) -> list[str]:
    paragraphs = [escape(part) for part in words.split("\n\n") if part.strip()]
    return ["## What else is agreed", *paragraphs] if paragraphs else []
