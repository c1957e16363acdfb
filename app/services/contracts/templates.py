"""Change the texts contracts are made from: templates and clauses."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.models.contract_texts import Clause, ClauseOption, ContractTemplate
from app.services.contracts.clauses import STANDARD
from app.services.contracts.merge import check_syntax

KEY = re.compile(r"[a-z][a-z0-9_]{1,40}")


def settle_template(session: Session, template: ContractTemplate) -> None:
    """Accept a template whose fields and conditions are well-formed."""
    del session
    check_syntax(template.body)
    try:
        check_syntax(template.title)
    except Refused as refusal:
        raise Refused(refusal.reason, field="title") from refusal


def settle_clause(session: Session, clause: Clause) -> None:
    """Accept a clause that templates can name and whose text is well-formed."""
    if not KEY.fullmatch(clause.key):
        raise Refused(
            "Write the key in small letters, without blanks: travel, or cover_roles.", field="key"
        )
    check_syntax(clause.body)
    with session.no_autoflush:
        other = session.scalars(
            select(Clause.id).where(Clause.key == clause.key, Clause.id != (clause.id or 0))
        ).first()
    if other is not None:
        raise Refused("Another clause has this key. Choose another.", field="key")


def settle_option(session: Session, option: ClauseOption) -> None:
    """Accept another wording of a clause: named, well-formed, and with a condition that can be asked."""
    if not KEY.fullmatch(option.key) or option.key == STANDARD:
        raise Refused(
            "Write the key in small letters, without blanks: dancers, or company_pays.", field="key"
        )
    if not option.body.strip():
        raise Refused("Write the wording.", field="body")
    check_syntax(option.body)
    if option.condition.strip():
        _check_condition(option.condition)
    with session.no_autoflush:
        other = session.scalars(
            select(ClauseOption.id).where(
                ClauseOption.clause_id == option.clause.id,
                ClauseOption.key == option.key,
                ClauseOption.id != (option.id or 0),
            )
        ).first()
    if other is not None:
        raise Refused("Another wording of this clause has this key. Choose another.", field="key")


def _check_condition(condition: str) -> None:
    if "%}" in condition or "{%" in condition:
        raise Refused("Write the condition alone: entitlement.hotel", field="condition")
    try:
        check_syntax(f"{{% if {condition} %}}yes{{% endif %}}", "condition")
    except Refused as refusal:
        raise Refused(refusal.reason, field="condition") from refusal
