"""How much memory each process of the product holds, read once a minute and written to a file."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Final

EVERY: Final = 60.0
KINDS: Final = (
    (b"granian", "web"),
    (b"tasks.worker", "worker"),
    (b"tasks.sweeper", "sweeper"),
    (b"app.integrations.scan.child", "scan child"),
)
"""What the command of a process contains, and what it is called here."""
FIELDS: Final = ("seconds", "process", "pid", "rss_mb", "pss_mb", "peak_mb")


def watch(root: int, place: Path, over: Event) -> None:
    """Write what every process below ``root`` holds, now and every minute, until told to stop."""
    begun = time.monotonic()
    with place.open("w", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(FIELDS)
        while True:
            for row in holdings(root):
                lines.writerow((round(time.monotonic() - begun), *row))
            out.flush()
            if over.wait(EVERY):
                return


def holdings(root: int) -> Iterator[tuple[str, int, float, float, float]]:
    """Yield name, process id, resident, proportional and peak megabytes of what runs below ``root``."""
    for pid in sorted(_below(root)):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            name = next((name for mark, name in KINDS if mark in words), "")
            if name:
                status, shared = Path(f"/proc/{pid}/status"), Path(f"/proc/{pid}/smaps_rollup")
                held = (
                    _megabytes(status, "VmRSS"),
                    _megabytes(shared, "Pss"),
                    _megabytes(status, "VmHWM"),
                )
                yield name, pid, *held
        except (OSError, StopIteration):
            continue


def _below(root: int) -> set[int]:
    parents = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            text = (place / "stat").read_text()
        except OSError:
            continue
        parents[int(place.name)] = int(text.rpartition(")")[2].split()[1])
    found = {root}
    while new := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= new
    return found - {root}


def _megabytes(place: Path, name: str) -> float:
    lines = place.read_text().splitlines()
    line = next(line for line in lines if line.startswith(f"{name}:"))
    return round(int(line.split()[1]) / 1024, 1)


def summary(place: Path) -> str:
    """Return the first, the last and the largest figure of each process as a table."""
    with place.open(newline="") as read:
        rows = list(csv.DictReader(read))
    known: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        known.setdefault((row["process"], row["pid"]), []).append(row)
    lines = [
        f"{'process':12}{'pid':>9}{'minutes':>9}{'RSS first':>11}{'RSS last':>10}{'PSS last':>10}{'peak':>8}"
    ]
    for (name, pid), seen in sorted(known.items()):
        first, last = seen[0], seen[-1]
        minutes = (float(last["seconds"]) - float(first["seconds"])) / 60
        lines.append(
            f"{name:12}{pid:>9}{minutes:9.0f}{first['rss_mb']:>11}{last['rss_mb']:>10}"
            f"{last['pss_mb']:>10}{max(float(row['peak_mb']) for row in seen):8.1f}"
        )
    return "\n".join(lines)
