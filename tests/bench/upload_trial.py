"""Send a file as the phone does, look at whatever was kept as reader and as attacker, and judge it."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import pikepdf
from PIL import Image
from werkzeug.test import TestResponse

from tests.bench.mutants import Mutant
from tests.fixtures_sign_in import Browser

NEW: Final = "/portal/expenses/new"
SANDBOX: Final = "default-src 'none'; sandbox"
KEPT: Final = re.compile(r'name="photo_key" value="([0-9a-f-]{36})"')
ACTIVE: Final = (
    b"/JavaScript", b"/JS", b"/OpenAction", b"/AA", b"/Launch", b"/EmbeddedFile", b"/RichMedia",
    b"/XFA", b"/SubmitForm", b"/URI", b"/GoToR", b"/GoToE", b"EXIF",
)  # fmt: skip
SCRIPTS: Final = (b"<script", b"<svg", b"onload=", b"Exif\0\0", b"EICAR")


@dataclass(slots=True)
class Verdict:
    """What became of the files so far."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How a file was bent, and whether it was accepted or refused."""
    server_errors: list[str] = field(default_factory=list)
    unspoken: list[str] = field(default_factory=list)
    """Refused without a sentence beside the field."""
    not_viewable: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    not_kept: list[str] = field(default_factory=list)
    """Accepted, and the original is not byte for byte what was sent."""

    @property
    def faults(self) -> int:
        """Return how many things went wrong."""
        kinds = (self.server_errors, self.unspoken, self.not_viewable, self.active, self.not_kept)
        return sum(len(kind) for kind in kinds)


def send(phone: Browser, mutant: Mutant, verdict: Verdict) -> None:
    """Send one file and write down what is wrong with the answer."""
    answer = phone.send(
        NEW,
        {"do": "photo", "photo": (BytesIO(mutant.content), mutant.name, mutant.declared)},
        follow_redirects=True,
    )
    who = f"{mutant.number} ({mutant.how})"
    kept = KEPT.search(answer.text)
    outcome = "accepted" if kept else "refused"
    if answer.status_code >= 500:
        outcome = "server error"
        verdict.server_errors.append(f"{who}: {answer.status_code}")
    elif kept:
        _look_at(phone, f"/portal/files/{kept[1]}", mutant, who, verdict)
    elif 'id="photo-say"' not in answer.text:
        verdict.unspoken.append(f"{who}: {answer.status_code}")
    verdict.outcomes[mutant.how, outcome] += 1


def _look_at(phone: Browser, href: str, mutant: Mutant, who: str, verdict: Verdict) -> None:
    view = phone.get(href)
    paper = phone.get(f"{href}/paper") if mutant.content[:5] == b"%PDF-" else None
    original = phone.get(f"{href}/original")
    shown = [view] if paper is None or paper.status_code == 404 else [view, paper]
    for answer in shown:
        if not _is_viewable(answer):
            verdict.not_viewable.append(f"{who}: {answer.status_code} {answer.mimetype}")
        if wrong := _acts(answer):
            verdict.active.append(f"{who}: {wrong}")
    if wrong := _is_open(original):
        verdict.active.append(f"{who}: the original {wrong}")
    if hashlib.sha256(original.data).digest() != hashlib.sha256(mutant.content).digest():
        verdict.not_kept.append(who)


def _is_viewable(answer: TestResponse) -> bool:
    try:
        if answer.mimetype == "application/pdf":
            with pikepdf.open(BytesIO(answer.data)) as pdf:
                return len(pdf.pages) > 0
        with Image.open(BytesIO(answer.data), formats=["JPEG"]) as picture:
            picture.load()
    except Exception as error:  # noqa: BLE001  whatever it is, a reader would not see the paper
        print(f"not viewable: {error}")
        return False
    return answer.status_code == 200


def _acts(answer: TestResponse) -> str:
    """Return what in an answer acts or tells too much; empty for a safe one."""
    if answer.mimetype not in ("image/jpeg", "application/pdf"):
        return f"is served as {answer.mimetype}"
    if wrong := _headers(answer):
        return wrong
    if answer.mimetype == "application/pdf":
        found = [mark for mark in ACTIVE if mark in _written_out(answer.data)]
        is_saved = answer.headers.get("Content-Disposition", "").startswith("attachment")
        return f"holds {found}" if found else "" if is_saved else "a PDF opens in the page"
    with Image.open(BytesIO(answer.data)) as picture:
        if dict(picture.getexif()):
            return "holds EXIF"
    found = [mark for mark in SCRIPTS if mark in answer.data]
    return f"holds {found}" if found else ""


def _is_open(answer: TestResponse) -> str:
    if answer.mimetype != "application/octet-stream":
        return f"is served as {answer.mimetype}"
    told = answer.headers.get("Content-Disposition", "")
    if not told.startswith("attachment") or told.lower().endswith((".html", ".svg", ".exe")):
        return f"is offered as {told}"
    return _headers(answer)


def _headers(answer: TestResponse) -> str:
    wanted: dict[str, Any] = {
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
    }
    wrong = [name for name, value in wanted.items() if answer.headers.get(name) != value]
    return f"misses {wrong}" if wrong else ""


def _written_out(content: bytes) -> bytes:
    """Return what the objects of a PDF say, and whether a photo in it tells of itself.

    The bytes of streams are not objects: what a mutant wrote into the middle of a photo acts for nobody.
    """
    said = []
    with pikepdf.open(BytesIO(content)) as read:
        for thing in read.objects:
            if isinstance(thing, pikepdf.Stream):
                said.append(b"EXIF" if _tells_of_itself(thing) else b"")
                thing = pikepdf.Dictionary(dict(thing.items()))
            said.append(thing.unparse())
    return b"\n".join(said)


def _tells_of_itself(stream: pikepdf.Stream) -> bool:
    try:
        with Image.open(BytesIO(stream.read_raw_bytes()), formats=["JPEG"]) as photo:
            return bool(dict(photo.getexif()))
    except OSError:
        return False
