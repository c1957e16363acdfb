"""Artists and staff at their pages, 10 to 30 seconds apart, as ``make load`` lets them in.

``LOAD_PASSES`` names the file with their session cookies; whoever comes takes the next, so that no
two people share a session. An answer that is not the page asked for is an error.
"""

import itertools
import json
import os
import random
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from locust import FastHttpUser, between, task
from urllib3 import encode_multipart_formdata

from tests.load.forms import fields_of

PASSES = json.loads(Path(os.environ["LOAD_PASSES"]).read_text())
ARTISTS, STAFF = itertools.cycle(PASSES["artists"]), itertools.cycle(PASSES["staff"])
PHOTO = Path(os.environ["LOAD_PASSES"]).with_name("receipt.jpg").read_bytes()
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
KEY = re.compile(r'name="key" value="([^"]+)"')
CONTRACT = re.compile(r'href="(/portal/contracts/[0-9a-f-]{36})"')
SHOWN = re.compile(r'href="(/admin/[a-z-]+/show/\d+)"')
NAMES = ("lefevre", "nguyen", "brown", "singh", "agren", "celik", "muller", "odea", "chloe")


class Visitor(FastHttpUser):
    """Somebody signed in, who thinks between two pages."""

    abstract = True
    wait_time = between(10, 30)
    network_timeout = connection_timeout = 60.0
    cookie = ""

    def look(self, href: str, name: str) -> str:
        """Read a page; being sent elsewhere, or an empty page, is an error."""
        headers = {"Cookie": self.cookie}
        with self.client.get(
            href, name=name, headers=headers, allow_redirects=False, catch_response=True
        ) as answer:
            text = answer.text or ""
            if answer.status_code != 200:
                answer.failure(f"{name} answered {answer.status_code}")
            elif "</main>" not in text:
                answer.failure(f"{name} came without a page")
            return text

    def press(self, href: str, name: str, data: Any, media_type: str = "") -> None:
        """Send a form; anything but going on to another page is an error."""
        headers = {"Cookie": self.cookie}
        if media_type:
            headers["Content-Type"] = media_type
        with self.client.post(
            href, data=data, name=name, headers=headers, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code == 303:
                answer.success()
            else:
                answer.failure(f"{name} answered {answer.status_code}")


class Artist(Visitor):
    """An artist with the phone in hand."""

    weight = 9

    def on_start(self) -> None:
        """Take a session and wait a little, so that not everybody comes at once."""
        self.cookie = f"__Host-artist={next(ARTISTS)}"
        self.wait()

    @task(12)
    def home(self) -> None:
        """What is on today?"""
        self.look("/portal/", "portal: home")

    @task(5)
    def day(self) -> None:
        """And on another day?"""
        on = date.today() + timedelta(days=random.randint(-3, 8))  # noqa: DTZ011
        self.look(f"/portal/days/{on}", "portal: day")

    @task(3)
    def contract(self) -> None:
        """Read a contract."""
        found = CONTRACT.findall(self.look("/portal/contracts", "portal: contracts"))
        if found:
            self.look(random.choice(found), "portal: contract")

    @task(3)
    def money(self) -> None:
        """What is paid, and when?"""
        self.look("/portal/money", "portal: money")

    @task(1)
    def receipt(self) -> None:
        """Photograph a receipt."""
        form = self.look("/portal/expenses/new", "portal: new expense")
        token, key = TOKEN.search(form), KEY.search(form)
        if token is None or key is None:
            return
        parts = {
            "csrf_token": token[1],
            "key": key[1],
            "do": "photo",
            "photo": (f"receipt-{random.randint(1, 9999)}.jpg", unlike(PHOTO), "image/jpeg"),
        }
        body, media_type = encode_multipart_formdata(parts)
        self.press("/portal/expenses/new", "portal: photo of a receipt", body, media_type)


class Member(Visitor):
    """Somebody of the office."""

    weight = 1

    def on_start(self) -> None:
        """Take a session and wait a little."""
        self.cookie = f"__Host-staff={next(STAFF)}"
        self.wait()

    @task(5)
    def contracts(self) -> None:
        """Leaf through the contracts."""
        page = random.randint(0, 300)
        self.look(f"/admin/contracts/list/?view=all&page={page}", "desk: list of contracts")

    @task(3)
    def people(self) -> None:
        """Leaf through the artists."""
        self.look("/admin/people/list/", "desk: list of artists")

    @task(4)
    def search(self) -> None:
        """Look for somebody's contract, and open it."""
        word = f"{random.choice(NAMES)} {random.randint(1, 99)}"
        text = self.look(
            f"/admin/contracts/list/?view=all&q={word.replace(' ', '+')}", "desk: search"
        )
        found = SHOWN.findall(text)
        if found:
            self.look(random.choice(found), "desk: contract")

    @task(2)
    def note(self) -> None:
        """Write a note about an artist."""
        edit = f"/admin/people/edit/{random.choice(PASSES['people'])}"
        form = self.look(edit, "desk: form of an artist")
        typed = fields_of(form)
        if typed:
            typed["note"] = [f"Called about the tour, {random.randint(1, 9999)}"]
            body = urlencode(typed, doseq=True)
            self.press(edit, "desk: save a note", body, "application/x-www-form-urlencoded")


def unlike(photo: bytes) -> bytes:
    """Return the photo with other bytes after its end, as no two photographs are the same."""
    return photo + random.randbytes(16)
