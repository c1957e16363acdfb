"""The promises of sign-in, measured on the running product: ``make sign-in-proof``.

1,000 links are opened by five kinds of scanner, then used by their owners; one link is used by 1,000
visitors at once; and 500 known addresses are timed beside 500 unknown ones at three doors. Every request
goes over HTTP. The limits stay as they are: visitors come from many networks of this machine
(127.x.y.z), and between two batches the counters are emptied, since all scanners come from one.
"""

import argparse
import os
import sys
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from tests.bench import scanners
from tests.bench.post import PostRoom
from tests.bench.sign_in_rows import Rows
from tests.bench.sign_in_timing import Timed, timed
from tests.bench.visitors import Visitor, network
from tests.journeys.conftest import FLAGS
from tests.journeys.house import House, running, wait_for

BATCH: Final = 100
"""So many links at a time: they work for ten minutes, and a browser opens each twice."""

MILLISECONDS: Final = 5.0
Line = tuple[str, str, bool]


def main() -> int:
    """Prove everything, print the table, and fail with whatever does not hold."""
    asked = _arguments()
    begun = time.monotonic()
    with running() as house:
        rows, port = Rows(house.var), int(urllib.parse.urlsplit(house.base).port or 0)
        try:
            lines = scanned(house, rows, port, asked.links)
            house.forgive()
            lines += [at_once(house, rows, port, asked.posts)]
            lines += [_line(found) for found in timed(house, rows, port, asked.addresses)]
        finally:
            rows.close()
    print(f"\nSign-in, on the running product ({time.monotonic() - begun:.0f} s)\n")
    for name, figure, holds in lines:
        print(f"  {'holds' if holds else 'FAILS':7}{name:62}{figure}")
    return 0 if all(holds for _, _, holds in lines) else 1


def scanned(house: House, rows: Rows, port: int, count: int) -> list[Line]:
    """Have links opened by every scanner, count what that changed, and let their owners in."""
    addresses, room = rows.artists("scanned", count), PostRoom(house.var)
    opened: Counter[str] = Counter()
    used = sessions = welcome = 0
    path = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        for first in range(0, count, BATCH):
            house.forgive()
            some = addresses[first : first + BATCH]
            owners = [_ask(port, first + n, address) for n, address in enumerate(some)]
            links = wait_for(partial(room.links_of, some), "the letters", 120)
            opened += _open_all(browser, port, room, links)
            used, sessions = rows.used("scanned") - welcome, rows.sessions("scanned") - welcome
            welcome += sum(
                _is_let_in(owner, links[address])
                for owner, address in zip(owners, some, strict=True)
            )
            print(f"  {first + len(some)} links, {used} used up, {sessions} sessions", flush=True)
        browser.close()
    return [
        *((f"opened by: {name}", f"{times:,} links", times >= count) for name, times in opened.items()),
        ("links used up by scanners", f"{used}", used == 0),
        ("sessions of scanners", f"{sessions}", sessions == 0),
        ("owners who came in by their link afterwards", f"{welcome} of {count}", welcome == count),
    ]  # fmt: skip


def _open_all(browser: Browser, port: int, room: PostRoom, links: dict[str, str]) -> Counter[str]:
    """Open every link by every scanner; the one that presses also opens the letters it brought about."""
    runs, presses = scanners.Headless(browser), scanners.Headless(browser)
    kinds: dict[str, Callable[[str], object]] = {
        "HEAD": partial(scanners.head, port),
        "GET": partial(scanners.get, port),
        "redirects and links followed": partial(scanners.follow, port),
        "a browser elsewhere that runs scripts": runs.run,
        "a browser elsewhere that presses every button": presses.press,
    }
    opened: Counter[str] = Counter()
    for name, scan in kinds.items():
        for link in links.values():
            scan(link)
            opened[name] += 1
    caused = wait_for(partial(room.later_links_of, links), "the letters it brought about", 120)
    for link in caused.values():
        presses.press(link)
    opened["the same browser, in the letters that it brought about"] += len(caused)
    runs.close()
    presses.close()
    return opened


def at_once(house: House, rows: Rows, port: int, count: int) -> Line:
    """Use one link from so many connections at once, all with the cookies of the browser that asked."""
    address = rows.artists("at-once", 1)[0]
    owner = _ask(port, 0, address)
    link = wait_for(lambda: PostRoom(house.var).links_of([address]), "the letter")[address]
    answers: Counter[int] = Counter()
    start = threading.Barrier(count)

    def press() -> None:
        visitor = Visitor(port, cookies=dict(owner.cookies), csrf=owner.csrf)
        visitor.connect()
        start.wait()
        answers[_use(visitor, link)] += 1
        visitor.leave()

    presses = [threading.Thread(target=press) for _ in range(count)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    sessions = rows.sessions("at-once")
    figure = f"{sessions} session; answers {dict(answers)}"
    holds = sessions == 1 and answers == {303: 1, 410: count - 1}
    return f"{count:,} POSTs of one link at once", figure, holds


def _ask(port: int, number: int, address: str) -> Visitor:
    """Ask for a letter from a browser of one's own."""
    owner = Visitor(port, network(number // BATCH)).arrive("/portal/sign-in")
    answer = owner.send("/portal/link", email=address, zone="Australia/Brisbane")
    owner.leave()
    if answer.status != 202:
        raise LookupError(f"Asking for a letter to {address} answered {answer.status}.")
    return owner


def _use(visitor: Visitor, link: str) -> int:
    return visitor.send("/portal/in", token=urllib.parse.urlsplit(link).fragment).status


def _is_let_in(owner: Visitor, link: str) -> bool:
    """Use the link where it was asked for, and read the first page."""
    is_in = _use(owner, link) == 303 and owner.get("/portal/").status == 200
    owner.leave()
    return is_in


def _line(found: Timed) -> Line:
    figure = (
        f"{found.known_ms:.1f} and {found.unknown_ms:.1f} ms, {found.difference_ms:.1f} apart;"
        f" {'the same words' if found.is_same else 'OTHER WORDS'}"
    )
    holds = found.difference_ms < MILLISECONDS and found.is_same
    return f"{found.name}: known and unknown, median of {found.count} each", figure, holds


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=1_000)
    parser.add_argument("--posts", type=int, default=1_000)
    parser.add_argument("--addresses", type=int, default=500)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
