"""What is said of each thing that waits: a title, why, one deed, and how urgent it is."""

from collections.abc import Callable
from typing import Any, Final

from app.domain.contracts import AmendmentStatus, ContractStatus
from app.domain.expenses import LineStatus
from app.domain.money import format_amount
from app.domain.outbox import MessageState
from app.domain.pay_runs import PayRunStatus
from app.domain.people import BankDetailStatus
from app.domain.periods import format_day
from app.domain.promise_words import spelt
from app.domain.reports import ReportStatus
from app.domain.waiting import Topic, Urgency, Waiting, ago, counted, named, urgency_of
from app.services.dashboard.asking import Asker

CONTRACTS: Final = {
    ContractStatus.declined: ("contract was declined", "contracts were declined", "Talk to the artist, then send a new version", "Read why"),
    ContractStatus.expired: ("contract was not signed in time", "contracts were not signed in time", "Send again, or void", "Look"),
    ContractStatus.signed_by_artist: ("contract waits for the company’s signature", "contracts wait for the company’s signature", "The artists have signed", "Countersign"),
    ContractStatus.in_review: ("contract waits for review", "contracts wait for review", "A second pair of eyes", "Review"),
    ContractStatus.ready: ("contract is ready to send", "contracts are ready to send", "All fields are filled", "Look and send"),
    ContractStatus.external: ("contract lacks its signed paper", "contracts lack their signed papers", "Signed elsewhere: upload the paper", "Upload"),
    ContractStatus.draft: ("contract is a draft", "contracts are drafts", "Read through, then to review", "Open"),
}  # fmt: skip
"""Of one, of several, why, and the deed."""
AMENDMENTS: Final = {
    AmendmentStatus.declined: ("amendment was declined", "amendments were declined", "Talk to the artist, then write another", "Read why"),
    AmendmentStatus.expired: ("amendment was not signed in time", "amendments were not signed in time", "Write it again, or let it be", "Look"),
    AmendmentStatus.signed_by_artist: ("amendment waits for the company’s signature", "amendments wait for the company’s signature", "The artists have signed", "Countersign"),
    AmendmentStatus.in_review: ("amendment waits for review", "amendments wait for review", "A second pair of eyes", "Review"),
    AmendmentStatus.ready: ("amendment is ready to send", "amendments are ready to send", "It was reviewed", "Look and send"),
}  # fmt: skip
RUNS: Final = {
    Topic.run_draft: ("is not checked yet", "Look and check"),
    Topic.run_approve: ("waits for your approval", "Look and approve"),
    Topic.run_export: ("is approved: hand it to the bank", "Make the file"),
    Topic.run_pay: ("is with the bank: say when it is paid", "Mark as paid"),
}
OLD_CLAIM: Final = 7
"""Days after which a claim comes first: fourteen are promised."""


def say(row: Any, asker: Asker) -> Waiting:
    """Return what waits, in words."""
    topic = Topic(row.topic)
    return _SAID[topic](topic, row, asker)


def _contract(topic: Topic, row: Any, asker: Asker) -> Waiting:
    return _paper(topic, row, asker, ContractStatus(row.what), CONTRACTS)


def _amendment(topic: Topic, row: Any, asker: Asker) -> Waiting:
    return _paper(topic, row, asker, AmendmentStatus(row.what), AMENDMENTS)


def _paper(topic: Topic, row: Any, asker: Asker, status: Any, said: Any) -> Waiting:
    one, several, why, deed = said[status]
    title = counted(row.number, one, several)
    hint = f"{named(row.names, row.number)}. {why}{_since(row, asker)}"
    trouble = topic in (Topic.contract_trouble, Topic.amendment_trouble)
    is_draft = status in (ContractStatus.draft, AmendmentStatus.draft)
    urgency = Urgency.now if trouble else Urgency.later if is_draft else Urgency.soon
    key = f"{status.value}/{row.key or ''}/{row.number}"
    return Waiting(topic, title, hint, deed, key, status, urgency, row.since)


def _expiring(topic: Topic, row: Any, _asker: Asker) -> Waiting:
    title = counted(row.number, "contract can soon not be signed any more", "contracts can soon not be signed any more")  # fmt: skip
    hint = f"{named(row.names, row.number)}. The first ends on {format_day(row.day)}"
    return Waiting(topic, title, hint, "Remind", "", ContractStatus.expired, Urgency.now, row.since)


def _question(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = f"{row.names[0]} asks about the contract"
    hint = f"“{row.words}”{_since(row, asker)}"
    return Waiting(
        topic, title, hint, "Answer", row.key, LineStatus.queried, Urgency.now, row.since
    )


def _claim(topic: Topic, row: Any, asker: Asker) -> Waiting:
    status = LineStatus(row.what)
    name, person = row.words.split()[0], row.names[0]
    title = {
        LineStatus.answered: f"{person} has answered about {name}",
        LineStatus.first_approved: f"{name} needs a second approval: {person}",
    }.get(status, f"Decide {name}: {person}")
    hint = f"{_money(row.amount, row.words.split()[-1])}Sent {ago(row.since, asker.now)}"
    is_old = (asker.now - row.since).days >= OLD_CLAIM
    urgency = Urgency.now if is_old or status is LineStatus.answered else Urgency.soon
    deed = "Approve" if status is LineStatus.first_approved else "Decide"
    return Waiting(topic, title, hint, deed, row.key, status, urgency, row.since)


def _deputy(topic: Topic, row: Any, _asker: Asker) -> Waiting:
    title = f"You decide claims in place of {row.names[0]}"
    hint = f"Until {format_day(row.day)}"
    return Waiting(topic, title, hint, "See the claims", "", None, Urgency.later, row.since)


def _ledger(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = counted(row.number, "bill did not reach the ledger", "bills did not reach the ledger")
    hint = f"{named(row.names, row.number)}{_since(row, asker)}"
    return Waiting(topic, title, hint, "Look", row.key, MessageState.dead, Urgency.now, row.since)


def _withholding(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = counted(row.number, "payable needs a decision on withholding", "payables need a decision on withholding")  # fmt: skip
    hint = f"{_money(row.amount, row.words)}{named(row.names, row.number)}"
    urgency = urgency_of(row.day, asker.today, soon=3)
    return Waiting(topic, title, hint, "Decide", "", None, urgency, row.since)


def _due(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = counted(row.number, "payable is due and in no pay run", "payables are due and in no pay run")  # fmt: skip
    late = row.day < asker.today
    first = f"the first {'was' if late else 'is'} expected on {format_day(row.day)}"
    hint = f"{_money(row.amount, row.words)}{named(row.names, row.number)}; {first}"
    urgency = urgency_of(row.day, asker.today)
    return Waiting(topic, title, hint, "Make a pay run", row.words, None, urgency, row.since)


def _late(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = counted(row.number, "payment is late", "payments are late")
    days = (asker.today - row.day).days
    oldest = "yesterday" if days == 1 else f"{days} days ago"
    hint = f"{_money(row.amount, row.words)}{named(row.names, row.number)}; the first was expected {oldest}"
    return Waiting(topic, title, hint, "Look", "", None, Urgency.now, row.since)


def _run(topic: Topic, row: Any, asker: Asker) -> Waiting:
    said, deed = RUNS[topic]
    number, currency = row.words.rsplit(" ", 1)
    hint = f"{_money(row.amount, currency)}To be paid on {format_day(row.day)}"
    urgency = urgency_of(row.day, asker.today)
    status = PayRunStatus(row.what)
    return Waiting(topic, f"{number} {said}", hint, deed, row.key, status, urgency, row.since)


def _alone(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = counted(row.number, "payment waits for an Administrator to mark it paid", "payments wait for an Administrator to mark them paid")  # fmt: skip
    hint = (
        f"{named(row.names, row.number)}. Everybody of Finance approved a part{_since(row, asker)}"
    )
    key = row.key if row.number == 1 else ""
    return Waiting(topic, title, hint, "Look", key, None, Urgency.soon, row.since)


def _bank(topic: Topic, row: Any, asker: Asker) -> Waiting:
    if topic is Topic.bank_call:
        title = counted(row.number, "new bank account to phone back about", "new bank accounts to phone back about")  # fmt: skip
        why, deed = "Paid to the old account until then", "Phone back"
    else:
        title = counted(row.number, "bank account waits for a second person", "bank accounts wait for a second person")  # fmt: skip
        why, deed = "Somebody else has phoned", "Verify"
    hint = f"{named(row.names, row.number)}. {why}{_since(row, asker)}"
    status = BankDetailStatus(row.what)
    key = row.key if row.number == 1 else ""
    return Waiting(topic, title, hint, deed, key, status, Urgency.soon, row.since)


def _account(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = counted(row.number, "account of the company waits to be let into use", "accounts of the company wait to be let into use")  # fmt: skip
    hint = f"{named(row.names, row.number)}{_since(row, asker)}"
    return Waiting(topic, title, hint, "Look", "", None, Urgency.soon, row.since)


def _unpublished(topic: Topic, row: Any, asker: Asker) -> Waiting:
    verb = "call is" if row.number == 1 else "calls are"
    title = f"{row.words}: {row.number} {verb} not published"
    hint = f"The first is on {format_day(row.day)}. Nobody is told yet"
    key = f"{row.key}/{row.day.isoformat()}"
    return Waiting(topic, title, hint, "Look and publish", key, None, urgency_of(row.day, asker.today), row.since)  # fmt: skip


def _unseen(topic: Topic, row: Any, asker: Asker) -> Waiting:
    people = "One person has" if row.number == 1 else f"{row.number} people have"
    title = f"{people} not confirmed: {row.words}"
    hint = f"{format_day(row.day)}. {named(row.names, row.number)}"
    urgency = urgency_of(row.day, asker.today)
    return Waiting(topic, title, hint, "Remind or phone", row.key, None, urgency, row.since)


def _clash(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = f"{row.names[0]} is called in two places at one time"
    hint = f"{format_day(row.day)}. It cannot be published like this"
    key = f"{row.key}/{row.day.isoformat()}"
    return Waiting(topic, title, hint, "Look", key, LineStatus.queried, urgency_of(row.day, asker.today, soon=3), row.since)  # fmt: skip


def _availability(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = counted(row.number, "change of dates waits for an answer", "changes of dates wait for an answer")  # fmt: skip
    hint = f"{named(row.names, row.number)}, from {format_day(row.day)}"
    urgency = urgency_of(row.day, asker.today, soon=2)
    return Waiting(topic, title, hint, "Accept or refuse", row.key, None, urgency, row.since)


def _import(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = f"{row.words} has {row.number} {'conflict' if row.number == 1 else 'conflicts'}"
    hint = f"Both sides are kept: look which is right{_since(row, asker)}"
    return Waiting(topic, title, hint, "Look", row.key, None, Urgency.later, row.since)


def _attention(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = counted(row.number, "provider needs a person", "things about providers need a person")
    hint = f"{named(row.names, row.number)}{_since(row, asker)}"
    return Waiting(topic, title, hint, "Look", "", None, Urgency.now, row.since)


def _outbox(topic: Topic, row: Any, asker: Asker) -> Waiting:
    state = MessageState(row.what)
    doubt = state is MessageState.in_doubt
    verb = "is" if row.number == 1 else "are"
    kind = spelt(row.words)
    title = f"{kind}: {row.number} {verb} {'in doubt' if doubt else 'stopped'}"
    hint = (
        "It was sent and never answered: find out, then decide"
        if doubt
        else "It did not work, and needs a person to try it again"
    )
    return Waiting(
        topic, title, f"{hint}{_since(row, asker)}", "Decide", "", state, Urgency.now, row.since
    )


def _report(topic: Topic, row: Any, asker: Asker) -> Waiting:
    status = ReportStatus(row.what)
    name = row.words.replace("_", " ").capitalize()
    if status is ReportStatus.failed:
        return Waiting(topic, f"{name} could not be made", "Ask for it again", "Look", row.key, status, Urgency.soon, row.since)  # fmt: skip
    hint = f"You asked for it; it was made {ago(row.since, asker.now)}"
    return Waiting(
        topic, f"{name} is ready", hint, "Open", row.key, status, Urgency.later, row.since
    )


def _invitation(topic: Topic, row: Any, asker: Asker) -> Waiting:
    title = counted(row.number, "invited member of staff has not come in", "invited members of staff have not come in")  # fmt: skip
    hint = f"{named(row.names, row.number)}{_since(row, asker)}"
    key = row.key if row.number == 1 else ""
    return Waiting(topic, title, hint, "Invite again", key, None, Urgency.later, row.since)


def _looked_at(topic: Topic, row: Any, _asker: Asker) -> Waiting:
    title = counted(row.number, "sealed field was shown this week", "sealed fields were shown this week")  # fmt: skip
    hint = "Bank accounts, tax numbers, passports: the log says to whom, and why"
    return Waiting(topic, title, hint, "Read the log", row.day.isoformat(), None, Urgency.later, row.since)  # fmt: skip


def _since(row: Any, asker: Asker) -> str:
    return f". Since {ago(row.since, asker.now)}" if row.since else ""


def _money(amount: Any, currency: str) -> str:
    return "" if amount is None else f"{format_amount(amount, currency)} {currency}. "


_SAID: Final[dict[Topic, Callable[[Topic, Any, Asker], Waiting]]] = {
    **{topic: _contract for topic in Topic if topic.value.startswith("contract_")},
    **{topic: _amendment for topic in Topic if topic.value.startswith("amendment_")},
    **dict.fromkeys(RUNS, _run),
    Topic.contract_expiring: _expiring,
    Topic.contract_question: _question,
    Topic.claim: _claim,
    Topic.deputy: _deputy,
    Topic.ledger: _ledger,
    Topic.withholding: _withholding,
    Topic.due: _due,
    Topic.late: _late,
    Topic.pay_alone: _alone,
    Topic.bank_call: _bank,
    Topic.bank_verify: _bank,
    Topic.account: _account,
    Topic.call_unpublished: _unpublished,
    Topic.call_unseen: _unseen,
    Topic.call_clash: _clash,
    Topic.availability: _availability,
    Topic.import_conflict: _import,
    Topic.attention: _attention,
    Topic.outbox: _outbox,
    Topic.report: _report,
    Topic.invitation: _invitation,
    Topic.looked_at: _looked_at,
}
