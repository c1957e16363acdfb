"""Who people are to the company: artists, agents, payees, and how they are reached."""

from enum import StrEnum, auto


class PersonKind(StrEnum):
    """A single person, or an ensemble that is hired as one."""

    individual = auto()
    ensemble = auto()


class ContactKind(StrEnum):
    """A way to reach somebody."""

    email = auto()
    mobile = auto()


class RepresentationScope(StrEnum):
    """What an agent may do for an artist."""

    view = auto()
    sign = auto()
    claim = auto()
    paid = auto()


class PayeeKind(StrEnum):
    """Who is paid: the person, a company (loan-out), or the agent."""

    person = auto()
    company = auto()
    agent = auto()


class BankDetailStatus(StrEnum):
    """A bank account is used only after somebody phoned and a second person approved."""

    proposed = auto()
    called_back = auto()
    verified = auto()
    refused = auto()


class EngagementBasis(StrEnum):
    """The legal basis of the hire; it drives super, withholding and tax. Decided by a person, never derived."""

    undecided = auto()
    employee = auto()
    contractor = auto()
    company = auto()
    agency = auto()
    foreign_resident = auto()


class EngagementStatus(StrEnum):
    """Where a hire stands before, during and after its contract."""

    pencilled = auto()
    offered = auto()
    confirmed = auto()
    completed = auto()
    released = auto()
    cancelled = auto()


class EngagementEvent(StrEnum):
    """What moves an engagement."""

    offer = auto()
    confirm = auto()
    complete = auto()
    release = auto()
    cancel = auto()


class Casting(StrEnum):
    """How a person holds a role."""

    principal = auto()
    alternate = auto()
    cover = auto()
    understudy = auto()
    swing = auto()


class AvailabilityKind(StrEnum):
    """Whether somebody can or cannot work in a period."""

    available = auto()
    unavailable = auto()


class AvailabilityStatus(StrEnum):
    """A late change of availability needs staff to accept it."""

    proposed = auto()
    accepted = auto()
    refused = auto()


class AvailabilityEvent(StrEnum):
    """What moves an availability."""

    accept = auto()
    refuse = auto()
