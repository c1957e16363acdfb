"""Clauses with their options: which wording a contract takes in, and where each clause is used."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.domain.errors import Refused
from app.models.contract_texts import Clause, ClauseOption, ContractTemplate
from app.models.contracts import Contract, ContractVersion

STANDARD: Final = "standard"
"""The name of a clause's own wording, where a drafter wants it whatever the conditions say."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Another wording of a clause, and when it is taken by itself."""

    key: str
    body: str
    condition: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Wording:
    """A clause as a text can take it in: its standard wording and its options."""

    body: str
    options: tuple[Choice, ...] = ()
    version: int = 1


@dataclass(slots=True)
class Picker:
    """Chooses a wording: the drafter's choice, else the template's, else the first that holds."""

    wordings: Mapping[str, "Wording | str"]
    chosen: Mapping[str, str]
    used: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """What was taken in: clause and option, with the version of each."""

    def pick(self, key: str, option: str, holds: Callable[[str], bool]) -> str | None:
        """Return the wording to take in, None where there is none of that name."""
        found = self.wordings.get(key)
        if found is None:
            return None
        wording = Wording(found) if isinstance(found, str) else found
        name = self.chosen.get(key) or option
        if name and name != STANDARD:
            choice = next((one for one in wording.options if one.key == name), None)
            if choice is None:
                return None
        elif name == STANDARD:
            choice = None
        else:
            held = (one for one in wording.options if one.condition and holds(one.condition))
            choice = next(held, None)
        taken = choice.key if choice else STANDARD
        version = choice.version if choice else wording.version
        self.used[key, taken] = {"key": key, "option": taken, "version": version}
        return choice.body if choice else wording.body


def wordings(session: Session) -> dict[str, Wording | str]:
    """Return every clause of the company with its options."""
    found = session.scalars(
        select(Clause).where(Clause.archived_at.is_(None)).options(selectinload(Clause.options))
    )
    return {
        clause.key: Wording(
            clause.body,
            tuple(
                Choice(one.key, one.body, one.condition, one.version)
                for one in clause.options
                if one.archived_at is None
            ),
            clause.version,
        )
        for clause in found
    }


@dataclass(frozen=True, slots=True)
class Offer:
    """A clause of a contract that can be worded otherwise: what there is, and what it takes now."""

    clause: Clause
    options: list[ClauseOption]
    chosen: str
    taken: str


def offers(session: Session, contract: Contract) -> list[Offer]:
    """Return the clauses of the version being written that have options."""
    taken = {one["key"]: one["option"] for one in contract.current.clauses}
    found = session.scalars(
        select(Clause)
        .where(Clause.key.in_(taken), Clause.archived_at.is_(None))
        .options(selectinload(Clause.options))
        .order_by(Clause.title)
    )
    return [
        Offer(clause, open_options, contract.clause_choices.get(clause.key, ""), taken[clause.key])
        for clause in found
        if (open_options := [one for one in clause.options if one.archived_at is None])
    ]


def check_choices(session: Session, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the drafter's choices, or refuse one that a clause does not have."""
    known = wordings(session)
    for key, name in chosen.items():
        wording = known.get(key)
        names = {one.key for one in wording.options} if isinstance(wording, Wording) else set()
        if name and name != STANDARD and name not in names:
            raise Refused(f"The clause {key} has no wording {name}.", field=f"clause-{key}")
    return {key: name for key, name in chosen.items() if name}


@dataclass(frozen=True, slots=True)
class Uses:
    """Where a clause is taken in."""

    templates: list[ContractTemplate]
    clauses: list[Clause]
    contracts: list[tuple[Contract, str]]
    """Contracts whose newest version holds it, with the option taken."""


def uses_of(session: Session, clause: Clause, limit: int = 50) -> Uses:
    """Return the templates, clauses and contracts that hold a clause."""
    call = re.compile(rf"""clause\(\s*["']{re.escape(clause.key)}["']""")
    templates = session.scalars(
        select(ContractTemplate)
        .where(ContractTemplate.archived_at.is_(None), ContractTemplate.body.contains(clause.key))
        .order_by(ContractTemplate.name)
    )
    others = session.scalars(
        select(Clause)
        .where(Clause.id != clause.id, Clause.archived_at.is_(None))
        .options(selectinload(Clause.options))
        .order_by(Clause.title)
    )
    return Uses(
        [one for one in templates if call.search(one.body)],
        [
            one
            for one in others
            if any(call.search(text) for text in (one.body, *(o.body for o in one.options)))
        ],
        _contracts_with(session, clause, limit),
    )


def _contracts_with(session: Session, clause: Clause, limit: int) -> list[tuple[Contract, str]]:
    rows = session.execute(
        select(Contract, ContractVersion)
        .join(ContractVersion, ContractVersion.contract_id == Contract.id)
        .where(ContractVersion.clauses.contains([{"key": clause.key}]))
        .order_by(Contract.id.desc(), ContractVersion.number.desc())
        .limit(limit)
    )
    found: dict[int, tuple[Contract, str]] = {}
    for contract, version in rows:
        option = next(one["option"] for one in version.clauses if one["key"] == clause.key)
        found.setdefault(contract.id, (contract, option))
    return list(found.values())
