"""How a promise reads in words of the trade: what it is, about whom, and for which provider."""

from typing import Final

from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.domain.providers import OWN, name_of, port_of

WORDS: Final = {
    "amendment.seal": "Sealed copy of {about}",
    "archive.changes": "Reading what changed in the library of {provider}",
    "archive.file": "Paper {about}",
    "archive.look": "Looking at the libraries of {provider}",
    "archive.watch": "Being told of changes by {provider}",
    "bank.tell": "News about the bank details of {about}",
    "bulk.check": "Dry run of {about}",
    "bulk.report": "Report of {about}",
    "bulk.row": "{about}",
    "bulk.start": "Start of {about}",
    "alert.post": "Alert to a channel: {about}",
    "claim.tell": "News about {about}",
    "contract.seal": "Sealed copy of {about}",
    "contract.tell": "News about {about}",
    "esign.compare": "Comparing open envelopes with {provider}",
    "esign.fetch": "Signed papers of {about} from {provider}",
    "esign.refresh": "Look at the envelope of {about} at {provider}",
    "esign.remind": "Reminder to our signer of {about} by {provider}",
    "esign.send": "Envelope for {about}",
    "esign.void": "Taking back the envelope of {about} from {provider}",
    "event.publish": "Facts for other systems",
    "import.check": "Dry run of {about}",
    "import.run": "Bringing in {about}",
    "ledger.offers": "Reading the accounts of {provider}",
    "ledger.payable": "Bill {about}",
    "ledger.receipts": "Receipts of {about}",
    "ledger.refresh": "Looking in {provider} for {about}",
    "ledger.revoke": "Giving back the leave",
    "ledger.void": "Voiding {about} in {provider}",
    "mail.send": "Letter {about}",
    "provider.test": "Test of {about}",
    "push.send": "Notice {about}",
    "report.make": "Report: {about}",
    "report.remove": "Removing the file of an old report",
    "sms.send": "Text {about}",
}
"""Kind -> the sentence; ``{about}`` is the record it concerns, ``{provider}`` who is asked."""


CARRIERS: Final = frozenset({"email", "sms", "push"})
"""They carry something to somebody; the others are who gets it."""


def sentence(kind: str, about: str, choice: str) -> str:
    """Say what a promise is: Bill CL-0231 for Petra Novak to Xero."""
    said = WORDS.get(kind, f"{spelt(kind)}: {{about}}")
    written = said.replace("{about}", about or "a record that is gone")
    if "{provider}" in said:
        return written.replace("{provider}", name_of(choice))
    port = port_of(kind)
    if port is OWN:
        return written
    way = "by" if port.name in CARRIERS else "to"
    return f"{written} {way} {name_of(choice)}"


def spelt(kind: str) -> str:
    """Spell a kind out where it has no sentence of its own: esign.remind is Esign remind."""
    return kind.replace(".", " ").replace("_", " ").capitalize()


def next_step(
    state: MessageState, cls: EffectClass, outcome: AttemptOutcome | None, provider: str
) -> str:
    """Say what comes next after something went wrong, for the moment of it to follow; empty if nothing does.

    What only waits for its turn says itself until when.
    """
    if state is not MessageState.ready or outcome is AttemptOutcome.released:
        return ""
    if outcome is AttemptOutcome.unknown and cls is EffectClass.R:
        return f"It may have been done all the same. {provider} is asked before it is sent again:"
    if outcome is AttemptOutcome.unknown and cls is EffectClass.U:
        return (
            "It may have been done all the same, so it is not simply sent again. It is looked at:"
        )
    if outcome is AttemptOutcome.not_found:
        return f"{provider} is asked once more before it is sent again:"
    return "It is tried again"
