"""How much processor time the processes of a measurement took, also those that were killed meanwhile."""

import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
ROLES = (
    ("tasks.worker", "workers"), ("tasks.sweeper", "sweeper"),
    ("docusign_account", "simulator"), ("postgres", "database"), ("redis", "redis"),
)  # fmt: skip


@dataclass
class Meter:
    """Looks at every process below this one, again and again: what is gone is remembered."""

    seen: dict = field(default_factory=dict)
    """(process, its start) -> (role, seconds)."""
    begun: dict = field(default_factory=dict)

    def look(self):
        """Read how much each has taken by now."""
        for pid in _below(os.getpid()):
            try:
                facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            role = next((name for mark, name in ROLES if mark in words), "")
            if role:
                self.seen[pid, facts[19]] = role, (int(facts[11]) + int(facts[12])) / TICKS

    def begin(self):
        """Count from here."""
        self.look()
        self.begun = self.seconds(whole=True)

    def seconds(self, *, whole=False):
        """Return the seconds by role since it began."""
        sums = defaultdict(float)
        for role, took in self.seen.values():
            sums[role] += took
        before = {} if whole else self.begun
        return {role: took - before.get(role, 0.0) for role, took in sums.items()}


def _below(pid):
    """Return every process that this one started, and those that they started."""
    parents = defaultdict(list)
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(place.read_text().rpartition(")")[2].split()[1])].append(
                int(place.parent.name)
            )
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, left = [], [pid]
    while left:
        children = parents[left.pop()]
        found += children
        left += children
    return found
