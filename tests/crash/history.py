"""What the attempts tell of a crash run: rules of the courier that hold whether or not a provider forgave a breach.

A vendor that knows our key, or an adapter that looks before it creates, hides many a mistake of the courier: the
effect happens once all the same. What was written down before and after each call does not hide it.
"""

from collections import Counter

from sqlalchemy import text

UNCLEAR = "a.sent_at IS NOT NULL AND (a.outcome IS NULL OR a.outcome = 'unknown')"
RULES = {
    "promised_twice": """
        SELECT max(id::text) AS id FROM outbox_message WHERE payload ? 'number'
        GROUP BY kind, payload->>'number' HAVING count(*) > 1""",
    "done_unsent": """
        SELECT id::text FROM outbox_message m WHERE state = 'done' AND NOT EXISTS
        (SELECT FROM outbox_attempt a WHERE a.message_id = m.id AND a.sent_at IS NOT NULL)""",
    "sent_after_takeover": """
        SELECT a.message_id::text AS id FROM outbox_attempt a JOIN outbox_attempt b
        ON b.message_id = a.message_id AND b.fence > a.fence AND a.sent_at > b.started_at""",
    "ended_by_another": """
        SELECT m.id::text FROM outbox_message m LEFT JOIN outbox_attempt a
        ON a.message_id = m.id AND a.fence = m.fence
        WHERE m.state = 'done' AND coalesce(a.outcome, '') NOT IN ('done', 'found')""",
    "resent_blindly": f"""
        SELECT m.id::text FROM outbox_message m JOIN outbox_attempt b ON b.message_id = m.id
        CROSS JOIN LATERAL (SELECT min(a.sent_at) AS first, max(a.fence) AS fence FROM outbox_attempt a
            WHERE a.message_id = m.id AND a.fence < b.fence AND {UNCLEAR}) doubt
        WHERE b.sent_at IS NOT NULL AND b.outcome IN ('done', 'unknown') AND doubt.fence IS NOT NULL
        AND (m.cls IN ('R', 'U') OR (m.kind = ANY(:forgetful)
            AND b.started_at - doubt.first > make_interval(secs => :lifetime + 1)))
        AND NOT EXISTS (SELECT FROM outbox_attempt a WHERE a.message_id = m.id AND a.outcome = 'not_found'
            AND a.fence > doubt.fence AND a.fence < b.fence)""",
}  # fmt: skip
"""Name -> the messages of which it may not be said.

``promised_twice``: a fact is one promise however often it is told. ``done_unsent``: nothing is done that was not
marked as sent before. ``sent_after_takeover``: nobody sends what another has claimed since. ``ended_by_another``:
an ending is written by whoever holds the fence. ``resent_blindly``: what was sent and never answered is sent again
only after a look that found nothing; where a key is remembered for a time, after that time. A look of several
calls marks its attempt as sent, too: what counts is an attempt that ended in sending.
"""


def breaches(db, forgetful=(), lifetime=0.0):
    """Return the messages that broke a rule, by rule; ``forgetful`` kinds have keys of that ``lifetime``."""
    words = {"forgetful": list(forgetful), "lifetime": lifetime}
    found = {}
    for name, question in RULES.items():
        asked = text(question)
        given = words if ":lifetime" in question else {}
        if ids := {row.id for row in db.execute(asked, given)}:
            found[name] = ids
    return found


def seen_already(db, book, **forgetful):
    """Return what can be said while a run goes on, and stays true: rules broken, effects doubled, endings doubled."""
    found = breaches(db, **forgetful)
    applied = Counter(line.split()[1] for line in book if " " in line)
    settled = Counter(
        word.split(":")[0]
        for word in db.scalar(text("SELECT legal_name FROM organisation")).split()
    )
    for name, counted in (("doubled", applied), ("settled_twice", settled)):
        if ids := {key for key, count in counted.items() if count > 1}:
            found[name] = ids
    return found


def places(db, ids):
    """Return the kinds of these messages."""
    rows = db.execute(
        text("SELECT DISTINCT kind FROM outbox_message WHERE id::text = ANY(:ids)"),
        {"ids": list(ids)},
    )
    return sorted(row.kind.removeprefix("crash.") for row in rows)
