"""What a row says of a person, laid beside what is known: facts, addresses, agents."""

from app.domain.import_artists import AgentDraft, ArtistDraft
from app.domain.import_report import Severity, SheetReport
from app.domain.people import ContactKind, EngagementBasis, PersonKind
from app.services.imports import sets
from app.services.imports.contacts import Point
from app.services.imports.desk import Desk, KnownPerson
from app.services.imports.people_writing import Writing


def take_facts(
    draft: ArtistDraft, person: KnownPerson, writing: Writing, report: SheetReport
) -> bool:
    """Take discipline, tax residence and basis; what differs is said. Tell whether anything changes."""
    written = {
        "discipline": draft.discipline,
        "tax_residence": draft.tax_residence,
        "usual_basis": draft.basis,
    }
    wanted = {fact: value for fact, value in written.items() if value}
    if draft.basis:
        person.basis = draft.basis
    known = writing.profiles.get(person.id)
    if known is None:
        writing.new_profiles.append((person, wanted))
        return True
    changes = sets.differences(known, wanted)
    for fact, value in changes.items():
        if known[fact] and known[fact] != EngagementBasis.undecided:
            label = fact.replace("_", " ").capitalize()
            report.say(draft.row, "", Severity.note, f"{label} was {known[fact]}, is now {value}.")
    if changes:
        writing.profile_changes[known["id"]] = changes
    return bool(changes)


def take_contacts(
    draft: ArtistDraft, person: KnownPerson, writing: Writing, report: SheetReport
) -> bool:
    """Take addresses and numbers beside those that are known. Tell whether one is new."""
    known = writing.contacts.emails_of(person)
    new = [point for point in points_of(draft) if writing.contacts.give(person, point)]
    for kind, address in new:
        if known and kind is ContactKind.email:
            text = f"{person.name} is known under {known[0]}. {address} is kept beside it."
            report.say(draft.row, "", Severity.note, text)
    return bool(new)


def say_conflicts(
    draft: ArtistDraft, person: KnownPerson, writing: Writing, report: SheetReport
) -> None:
    """Say which of a row's addresses another name uses too."""
    for point in points_of(draft):
        others = writing.contacts.others(person, point)
        if others and not writing.contacts.is_settled(person, point):
            text = (
                f"{point[1]} is also used by {', '.join(others)}. Both are kept, and it counts as "
                "unverified until somebody checks whose it is."
            )
            report.say(draft.row, "", Severity.conflict, text)


def points_of(draft: ArtistDraft) -> list[Point]:
    """Return the addresses and numbers of a row."""
    emails: list[Point] = [(ContactKind.email, address) for address in draft.emails]
    return emails + [(ContactKind.mobile, number) for number in draft.mobiles]


def take_agent(
    desk: Desk, draft: ArtistDraft, person: KnownPerson, writing: Writing, report: SheetReport
) -> bool:
    """Let the agent a row names view what is the artist's. Tell whether that is new."""
    if draft.agent is None:
        return False
    agent = _agent(desk, draft, draft.agent, writing, report)
    if agent is None or agent is person:
        return False
    known = person.agent
    person.agent = agent
    if agent.id and person.id and (agent.id, person.id) in writing.pairs:
        return False
    if known is not None and known is not agent:
        text = f"{known.name} stood for {person.name} before. End that on the artist's page if it is over."
        report.say(draft.row, "", Severity.conflict, text)
    writing.new_pairs.append((agent, person))
    return True


def _agent(
    desk: Desk, draft: ArtistDraft, agent: AgentDraft, writing: Writing, report: SheetReport
) -> KnownPerson | None:
    found = list(dict.fromkeys(p for key in agent.name.keys for p in desk.people.get(key, [])))
    person = next((p for p in found if p.is_agent), found[0] if found else None)
    if person is None:
        person = KnownPerson(agent.name.name, agent.name.keys, is_agent=True)
        desk.know(person)
        columns = {"name": agent.name.name, "sort_name": agent.name.sort_name, "is_agent": True}
        writing.new_people.append((person, {"kind": PersonKind.individual, **columns}))
        text = f"{person.name} is new here and is added as an agent who may view."
        report.say(draft.row, "", Severity.note, text)
    elif not person.is_agent:
        person.is_agent = True
        if person.id:
            writing.new_agents.append(person.id)
    if agent.email:
        writing.contacts.give(person, (ContactKind.email, agent.email))
    return person
