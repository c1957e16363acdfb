"""What is right at a door: for a role of staff, for an artist, for an agent, for whoever is nobody."""

from collections.abc import Collection
from typing import Final

from admin.roles import OPERATOR
from app.domain.people import RepresentationScope as Scope
from tests.integration.security.doors import Door
from tests.integration.security.matrix import (
    ARCHIVED,
    OPEN,
    RELATIONS,
    Judge,
    marks_of,
    rights_of,
    sums_of,
)
from tests.integration.security.world import COLLEAGUES, STRANGERS

GOES_ON: Final = {
    "ContractView.edit": "leads to the page of the text, which looks for the record itself",
    "portal.send_code": "leads to the last page, which looks for the record itself",
    "portal.leave_draft": "what is not there need not be put away; it says nothing",
    "portal.send_amendment_code": "leads to the last page, which looks for the record itself",
}
LOOKS: Final = {
    "FeedView.show": "calendar_feed", "portal.feed_address": "calendar_feed",
    "portal.contract": "contract", "portal.amendment": "amendment",
}  # fmt: skip
"""Where that somebody looked is itself written down, in which table."""
FEES: Final = ("can_see_fees", "ReportView")
LISTED: Final = ("list", "search")
OK: Final = 200
"""Own records of the world have contents that no form would take, and some pages and moves refuse
them or break; what a role may do with sound records is tried by the tests of each topic."""

SCOPE_OF: Final = {
    Scope.sign: {"decline_amendment", "send_amendment_code", "last_page_of_amendment",
                 "sign_amendment", "decline", "send_code", "last_page", "sign", "sign_elsewhere"},
    Scope.claim: {"send_claim", "recall_claim", "enter_claim_again", "answer_line", "new_expense", "draft_expense",
                  "leave_draft", "change_line", "remove_line", "keep_expense"},
    Scope.paid: {"money", "statement_file", "paid", "paid_paper", "bank", "keep_bank"},
}  # fmt: skip
"""What an agent does only with which scope."""


def of_role(role: str) -> Judge:
    """Return the judge of a member of staff with one role."""
    rights = rights_of(role)
    stranger, sums = marks_of(STRANGERS), [sums_of(n) for n in RELATIONS.values()]

    def judge(door: Door, relation: str, status: int, said: str, written: Collection[str]) -> str:
        if stranger.search(said):
            return "shows a row of another organisation"
        if FEES not in rights and any(each.search(said) for each in sums):
            return "shows a sum"
        if door.right not in rights:
            return _refused(status, written, {403, 404})
        if relation == "other organisation" and door.names_a_record:
            # Parts of a record have no page of their own: nobody may show them, hence 403.
            return "" if door.endpoint in GOES_ON else _refused(status, written, {403, 404})
        if door.kind in LISTED and status != OK:
            return f"is refused with {status} what it may read"
        return _only_looked(door, written)

    return judge


def of_artist(scopes: Collection[Scope] = tuple(Scope)) -> Judge:
    """Return the judge of an artist, or of an agent who has been given these scopes."""
    others = [marks_of(number) for number in (COLLEAGUES, ARCHIVED, STRANGERS)]
    given = {name for scope in scopes for name in SCOPE_OF.get(scope, ())}
    tied = {name for names in SCOPE_OF.values() for name in names}

    def judge(door: Door, relation: str, status: int, said: str, written: Collection[str]) -> str:
        name = door.endpoint.removeprefix("portal.")
        if any(each.search(said) for each in others):
            return "shows a row of another artist"
        if status >= 500 and relation != "own":
            return f"breaks with {status}"
        if door.endpoint in OPEN:
            return ""
        is_tied = name in tied
        if name not in given if is_tied else Scope.view not in scopes and name not in ANYWAY:
            return _refused(status, written, {403})
        if relation != "own" and door.names_a_record and name not in BY_DAY:
            return "" if door.endpoint in GOES_ON else _refused(status, written, {404})
        if relation == "own" and status in {401, 403, 405}:
            is_personal = name in OF_ONESELF and tuple(scopes) != tuple(Scope)
            return (
                "" if is_personal or name in PROOF else f"is refused with {status} what it may do"
            )
        return _only_looked(door, written)

    return judge


ANYWAY: Final = {"seats", "ask_for_proof", "take_proof"}
"""What is open on any seat: choosing another, and proving who one is."""
PROOF: Final = {"ask_for_proof", "take_proof"}
"""The page that asks for a code answers 403 until it is given."""
BY_DAY: Final = {"day_page", "day_text"}
"""They name a day, of which everybody has one."""
OF_ONESELF: Final = {"make_feed", "feed_address", "renew_feed", "revoke_feed", "calendar_page"}
"""What an agent has none of for an artist: calendars are personal."""


def of_nobody() -> Judge:
    """Return the judge of somebody who is not signed in."""
    every = [marks_of(number) for number in RELATIONS.values()]

    def judge(door: Door, relation: str, status: int, said: str, written: Collection[str]) -> str:
        if any(each.search(said) for each in every):
            return "shows a row to a stranger"
        if door.endpoint in OPEN:
            return "" if status < 500 else f"breaks with {status}"
        right = {302, 401} if door.method == "GET" else {302, 400, 401}
        return _refused(status, written, right)

    return judge


def of_operator() -> Judge:
    """Return the judge of the platform's operator, who belongs to no company and opens none of its pages."""
    every, rights = [marks_of(number) for number in RELATIONS.values()], rights_of(OPERATOR)

    def judge(door: Door, relation: str, status: int, said: str, written: Collection[str]) -> str:
        # Which companies there are is the operator's to see; nothing inside them is.
        if door.right not in rights and any(each.search(said) for each in every):
            return "shows a row of a company to the operator"
        if door.right not in rights:
            return _refused(status, written, {403, 404})
        return f"writes to {', '.join(sorted(written))}" if written else ""

    return judge


def _refused(status: int, written: Collection[str], right: Collection[int]) -> str:
    if written:
        return f"writes to {', '.join(sorted(written))} and may not"
    return "" if status in right else f"answers {status} and not {min(right)}"


def _only_looked(door: Door, written: Collection[str]) -> str:
    changed = set(written) - {LOOKS.get(door.endpoint, "")}
    if door.method == "GET" and changed:
        return f"writes to {', '.join(sorted(changed))} when it is read"
    return ""
