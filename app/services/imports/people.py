"""Artists and agents of a book: found again by their names, added, or filled in."""

from sqlalchemy import select

from app.domain.import_artists import ArtistDraft
from app.domain.import_report import Severity, SheetReport
from app.domain.imports import RowOutcome
from app.domain.people import ContactKind, EngagementBasis
from app.models.people import ArtistProfile, Person, PersonVariant, Representation
from app.services.imports import people_facts
from app.services.imports.desk import Desk, KnownPerson
from app.services.imports.people_writing import Writing, open_writing, write


def load(desk: Desk) -> None:
    """Lay everybody who is known on the desk."""
    by_id: dict[int, KnownPerson] = {}
    person = Person.__table__.c
    everybody = select(person.id, person.name, person.name_key, person.is_agent)
    for found, name, key, is_agent in desk.session.execute(everybody):
        by_id[found] = KnownPerson(name, (key,), found, is_agent)
    variant = PersonVariant.__table__.c
    for found, key in desk.session.execute(select(variant.person_id, variant.name_key)):
        by_id[found].keys = (*by_id[found].keys, key)
    profile = ArtistProfile.__table__.c
    for found, basis in desk.session.execute(select(profile.person_id, profile.usual_basis)):
        by_id[found].basis = basis
    for known in by_id.values():
        desk.know(known)
    pair = Representation.__table__.c
    pairs = select(pair.agent_id, pair.artist_id).order_by(pair.starts_on, pair.id)
    for agent, artist in desk.session.execute(pairs):
        by_id[artist].agent = by_id[agent]


def bring_in(desk: Desk, drafts: list[ArtistDraft], report: SheetReport) -> None:
    """Bring the rows about artists in."""
    writing = open_writing(desk)
    settled: list[tuple[ArtistDraft, KnownPerson]] = []
    for draft in _merged(drafts, report):
        person = _find(desk, draft, writing, report)
        if person is not None:
            report.settle(draft.row, _settle(desk, draft, person, writing, report))
            settled.append((draft, person))
    for draft, person in settled:
        people_facts.say_conflicts(draft, person, writing, report)
    write(desk, writing)


def _merged(drafts: list[ArtistDraft], report: SheetReport) -> list[ArtistDraft]:
    """Return one draft a person: rows whose names fold to the same are about one."""
    first: dict[str, ArtistDraft] = {}
    kept: list[ArtistDraft] = []
    for draft in drafts:
        known = next((first[key] for key in draft.name.keys if key in first), None)
        if known is None:
            kept.append(draft)
            first |= dict.fromkeys(draft.name.keys, draft)
            continue
        _merge(known, draft, report)
    return kept


def _merge(known: ArtistDraft, draft: ArtistDraft, report: SheetReport) -> None:
    report.settle(draft.row, RowOutcome.merged)
    confirmed = set(draft.emails) & set(known.emails)
    is_another_address = bool(draft.emails and known.emails and not confirmed)
    differs = known.take_in(draft)
    if is_another_address:
        text = (
            f"The same name as row {known.row} with another e-mail address. Taken as one person with "
            "both addresses; if they are two, tell them apart by name."
        )
        report.say(draft.row, "", Severity.conflict, text)
        return
    proof = " The e-mail address confirms it." if confirmed else ""
    text = f"The same person as row {known.row}: names are compared without case and blanks.{proof}"
    report.say(draft.row, "", Severity.note, text)
    if differs:
        words = " and ".join(differs) + (" differs" if len(differs) == 1 else " differ")
        report.say(
            draft.row,
            "",
            Severity.conflict,
            f"Its {words} from row {known.row}, which counts. Correct one of the two rows.",
        )


def _find(
    desk: Desk, draft: ArtistDraft, writing: Writing, report: SheetReport
) -> KnownPerson | None:
    """Return the person of a draft, known or new; None where nobody can tell which of two."""
    found = list(dict.fromkeys(p for key in draft.name.keys for p in desk.people.get(key, [])))
    if len(found) > 1:
        points = [(ContactKind.email, address) for address in draft.emails]
        confirmed = [p for p in found if any(writing.contacts.has(p, point) for point in points)]
        if len(confirmed) != 1:
            report.refuse(
                draft.row,
                "",
                f"{len(found)} people here are called {draft.name.name}. Write an e-mail address that "
                "one of them has, or tell them apart by name.",
            )
            return None
        return confirmed[0]
    return found[0] if found else _new_person(desk, draft, writing)


def _new_person(desk: Desk, draft: ArtistDraft, writing: Writing) -> KnownPerson:
    name = draft.name
    person = KnownPerson(name.name, name.keys, basis=draft.basis or EngagementBasis.undecided)
    desk.know(person)
    columns = {"kind": name.kind, "name": name.name, "sort_name": name.sort_name}
    writing.new_people.append((person, columns))
    return person


def _settle(
    desk: Desk, draft: ArtistDraft, person: KnownPerson, writing: Writing, report: SheetReport
) -> RowOutcome:
    changed = people_facts.take_facts(draft, person, writing, report)
    changed |= people_facts.take_contacts(draft, person, writing, report)
    changed |= people_facts.take_agent(desk, draft, person, writing, report)
    if person.id == 0:
        return RowOutcome.added
    return RowOutcome.changed if changed else RowOutcome.unchanged
