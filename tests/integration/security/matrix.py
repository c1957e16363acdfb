"""The table of walls: every door x every viewer x whose record, and what is wrong with each answer.

Rows of others carry a word that nothing else does, so an answer that holds it has leaked, whatever
its status. What is right follows from ``admin.roles.PERMISSIONS`` and the scopes of an agent alone.
"""

import re
import uuid
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from sqlalchemy import Connection, text

from admin.roles import PERMISSIONS
from app.integrations import providers
from tests.integration.security.doors import Door, Right
from tests.integration.security.world import COLLEAGUES, MINE, STRANGERS, SUMS

ARCHIVED: Final = 1003
"""The number of the artist whose rows are put away."""
RELATIONS: Final = {
    "own": MINE, "other production": COLLEAGUES, "archived": ARCHIVED, "other organisation": STRANGERS,
}  # fmt: skip
"""Whose record is asked for, in the eyes of staff; to an artist all but the first are another's."""
WORD: Final = "ZZROW"
NOT_ASKED: Final = {
    "EntraSignIn": "coming in by Entra ID: its own tests; whoever is there already is led to the desk",
    "StaffSignIn": "signing in and out: its own tests; it would end the session that asks",
    "PasswordSetting": "asks nobody's record; its own tests",
    "SeatView": "about whoever looks, named by no number; it would end the session that asks",
    "portal.sign_out": "would end the session that asks",
    "portal.end_device": "names a session, of which the world has one that is not hers: see its tests",
    "portal.end_all": "would end the session that asks",
    "portal.end_others": "would end the session of another case",
    "portal.take_seat": "would change the seat that asks; a stranger's seat: tests of the portal",
}
"""What is left out of the table, and why."""
OPEN: Final = {"portal.opened", "portal.come_in", "portal.send_again", "portal.send_link",
               "portal.sign_in", "portal.manifest", "portal.worker"}  # fmt: skip
"""Where somebody is asked who they are, and what a phone fetches to install us: anybody may come."""


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table."""

    viewer: str
    relation: str
    door: Door
    status: int
    wrong: str = ""


def asked(doors: Iterable[Door]) -> list[Door]:
    """Leave out what would end the session that asks."""
    return [
        door
        for door in doors
        if door.endpoint not in NOT_ASKED and door.endpoint.partition(".")[0] not in NOT_ASKED
    ]


def rights_of(role: str) -> frozenset[Right]:
    """Return what a role is declared to be allowed."""
    return frozenset(
        (permission, view)
        for view, rights in PERMISSIONS.items()
        for names, permissions in rights.items()
        if role in names
        for permission in permissions
    )


def marks_of(number: int) -> re.Pattern[str]:
    """Return what only rows of that number say: their word, also within an address, or their UUID."""
    return re.compile(
        rf"{WORD}(?: |\+|%20|&#32;)?{number}|0000-[0-9a-f]*0{number:x}\b", re.IGNORECASE
    )


def sums_of(number: int) -> re.Pattern[str]:
    """Return how a sum of that number is written."""
    return re.compile(f"{SUMS + number:,}|{SUMS + number}")


def keep_bytes(app: Flask, db: Connection) -> None:
    """Give every file of the world its bytes, so that whoever may have it gets it."""
    with app.app_context():
        for number in db.scalars(text("SELECT id FROM stored_file")).all():
            name = providers.files().put(f"{WORD} {number}".encode())
            db.execute(text(_BYTES), {"name": name, "id": number})
    db.commit()


_BYTES = """
UPDATE stored_file SET sha256 = :name, view_sha256 = :name, paper_sha256 = :name,
    view_media_type = 'image/png', media_type = 'application/pdf' WHERE id = :id
"""


class Journal:
    """What the log was told since it was last asked, sessions apart."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._last = 0
        self.since()

    def since(self) -> set[str]:
        """Return which tables were written to since the last question."""
        told = self._db.execute(text(_SINCE), {"last": self._last}).all()
        self._db.rollback()
        self._last = max((row.id for row in told), default=self._last)
        return {row.entity for row in told} - {"web_session", "ab_user"}


_SINCE = "SELECT id, entity FROM audit_entry WHERE id > :last"

Judge = Callable[[Door, str, int, str, set[str]], str]
"""Says what is wrong with a status and a text, given whose record it was and what was written."""

Keeps = Callable[[Door, str], bool]


def some(viewer: str, one_in: int, rights: Collection[Right] = ()) -> Keeps:
    """Choose every case of another organisation behind a right, and one in some of the others."""

    def keeps(door: Door, relation: str) -> bool:
        if relation == "other organisation" and door.right in rights:
            return True
        return zlib.crc32(f"{viewer} {relation} {door.called}".encode()) % one_in == 0

    return keeps


def ask(
    app: Flask, browser: Any, doors: Iterable[Door], relations: Mapping[str, int], viewer: str,
    judge: Judge, journal: Journal, keeps: Keeps = lambda _door, _relation: True,
) -> Iterator[Case]:  # fmt: skip
    """Ask at every door for everybody's record, as far as ``keeps`` wants the case."""
    for door in doors:
        for relation, number in relations.items():
            if relation != "own" and not (door.names_a_record or door.query):
                continue
            if not keeps(door, relation):
                continue
            path = door.address(app, number)
            if door.method == "GET":
                answer = browser.get(path)
            else:
                answer = browser.send(path, door.form(number))
            said = _told(_said(answer), number)
            wrong = judge(door, relation, answer.status_code, said, journal.since())
            answer.close()
            yield Case(viewer, relation, door, answer.status_code, wrong)


def _told(said: str, number: int) -> str:
    """Leave out what whoever asked has said themselves: the key, and the word in small letters."""
    asked = WORD.lower()
    for echo in (str(uuid.UUID(int=number)), *(f"{asked}{gap}{number}" for gap in GAPS)):
        said = said.replace(echo, "")
    return said


GAPS: Final = ("+", " ", "%20", "%2520", "%2B")
"""What stands between the words of a question, however often an address was written into another."""


def _said(answer: Any) -> str:
    """Return everything that an answer says, headers too."""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{head}\n\n{answer.get_data().decode('utf-8', 'replace')}"
