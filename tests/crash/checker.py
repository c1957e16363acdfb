"""The checker of a crash run: what was accepted, what the provider did, and what the outbox says of it.

Jepsen's way: the history of accepted ids, the provider's book and the table are compared as sets.
"""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import text


@dataclass
class Verdict:
    """What a run left behind; everything but the counts must be empty."""

    accepted: int = 0
    done: int = 0
    in_doubt: int = 0
    applied: int = 0
    still_open: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    doubled: dict[str, int] = field(default_factory=dict)
    unpromised: set[str] = field(default_factory=set)
    done_without_effect: set[str] = field(default_factory=set)
    unclear_but_not_u: dict[str, str] = field(default_factory=dict)
    not_settled_once: dict[str, int] = field(default_factory=dict)
    ticks: tuple[int, int] = (0, 0)
    notices: int = 0
    broken: dict[str, set[str]] = field(default_factory=dict)
    """Rules of ``tests.crash.history`` that do not hold, with the messages that break them."""

    @property
    def wrong(self):
        """Return what must not be, by name."""
        names = (
            "still_open", "lost", "doubled", "unpromised", "done_without_effect",
            "unclear_but_not_u", "not_settled_once",
        )  # fmt: skip
        found = {name: value for name in names if (value := getattr(self, name))}
        if self.ticks[0] != self.ticks[1]:
            found["ticks"] = self.ticks
        return found | self.broken


def states(db):
    """Return class and state of every message by its id."""
    rows = db.execute(text("SELECT cls, id::text, state FROM outbox_message"))
    return {row.id: (row.cls, row.state) for row in rows}


def is_open(db):
    """Tell whether something is still under way, in the outbox or the inbox."""
    return bool(
        db.scalar(
            text(
                "SELECT EXISTS (SELECT FROM outbox_message WHERE state IN ('ready', 'leased'))"
                " OR EXISTS (SELECT FROM inbox_notice WHERE state = 'new')"
            )
        )
    )


def open_count(db):
    """Return how much is still under way, in the outbox and the inbox."""
    return db.scalar(
        text(
            "SELECT (SELECT count(*) FROM outbox_message WHERE state IN ('ready', 'leased'))"
            " + (SELECT count(*) FROM inbox_notice WHERE state = 'new')"
        )
    )


def check(db, accepted, book):
    """Compare what was ``accepted`` (id -> class), the provider's ``book`` (lines) and the tables."""
    found = states(db)
    applied = Counter(line.split()[1] for line in book)
    done = {key for key, (_, state) in found.items() if state == "done"}
    rest = {key: of for key, of in found.items() if key not in done}
    written = db.scalar(text("SELECT legal_name FROM organisation")).split()
    settled = Counter(word.split(":")[0] for word in written)
    ticks = db.execute(
        text(
            "SELECT (SELECT count(*) FROM cron_tick WHERE name LIKE 'crash.tick%'),"
            " (SELECT count(*) FROM outbox_message WHERE dedup_key LIKE 'slot-%'),"
            " (SELECT count(*) FROM outbox_message WHERE dedup_key LIKE 'notice-%')"
        )
    ).one()
    return Verdict(
        accepted=len(accepted),
        done=len(done),
        in_doubt=sum(state == "in_doubt" for _, state in rest.values()),
        applied=sum(applied.values()),
        still_open=[key for key, (_, state) in rest.items() if state in ("ready", "leased")],
        lost=set(accepted) - set(found),
        doubled={key: count for key, count in applied.items() if count > 1},
        unpromised=set(applied) - set(found),
        done_without_effect={key for key in done if applied[key] != 1},
        unclear_but_not_u={
            key: f"{cls} {state}"
            for key, (cls, state) in rest.items()
            if (cls, state) != ("U", "in_doubt") and state not in ("ready", "leased")
        },
        not_settled_once={
            key: settled[key] for key in found if settled[key] != 1 and key not in rest
        }
        | {key: count for key, count in settled.items() if count != 1 or key not in found},
        ticks=(ticks[0], ticks[1]),
        notices=ticks[2],
    )
