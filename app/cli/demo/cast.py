"""Who the demo company is: staff, dancers, guests and their agents. All made up."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Hand:
    """A member of staff."""

    first: str
    last: str
    position: str
    roles: tuple[str, ...]
    phone: str

    @property
    def email(self) -> str:
        """Return the address they sign in with."""
        return f"{self.first.lower()}@meridian-ballet.example"


STAFF: Final = (
    Hand("Ruth", "Adeyemi", "Artist administrator", ("Administrator", "Contracts"), "+61 7 5550 0101"),
    Hand("Imogen", "Tāmihana", "Company manager", ("Schedule",), "+61 7 5550 0102"),
    Hand("Callum", "Reid", "Finance assistant", ("Finance",), "+61 7 5550 0103"),
    Hand("Priya", "Raman", "Head of finance", ("Finance", "Approver"), "+61 7 5550 0104"),
    Hand("Walter", "Okafor", "Executive director", ("Manager", "Approver"), "+61 7 5550 0105"),
    Hand("Edith", "Sørensen", "Auditor", ("Auditor",), "+61 7 5550 0106"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Artist:
    """An artist: name, what they do, where they live for tax, home, and the agent if any."""

    name: str
    discipline: str
    residence: str = "AU"
    zone: str = "Australia/Brisbane"
    base: str = "Brisbane"
    agent: str = ""


GUESTS: Final = (
    Artist("Noémie Lefèvre", "Guest principal", "FR", "Europe/Paris", "Paris", "Hélène Marchetti"),
    Artist("Tomáš Dvořák", "Guest principal", "CZ", "Europe/Prague", "Prague", "Hélène Marchetti"),
    Artist("Łucja Wiśniewska", "Guest principal", "PL", "Europe/Warsaw", "Warsaw", "Jonas Lindgren"),
    Artist("Yuki Sakamoto", "Guest soloist", "JP", "Asia/Tokyo", "Tokyo"),
    Artist("João Magalhães", "Guest soloist", "PT", "Europe/Lisbon", "Lisbon", "Jonas Lindgren"),
    Artist("Þórdís Jónsdóttir", "Guest soloist", "IS", "Atlantic/Reykjavik", "Reykjavík"),
    Artist("Đorđe Petrović", "Conductor", "RS", "Europe/Belgrade", "Belgrade", "Jonas Lindgren"),
    Artist("Beatriz Muñoz Ibáñez", "Guest coach", "ES", "Europe/Madrid", "Madrid"),
)  # fmt: skip

AGENTS: Final = ("Hélène Marchetti", "Jonas Lindgren")

PRINCIPALS: Final = (
    Artist("Kahurangi Tāmihana", "Principal artist", "NZ", "Pacific/Auckland", "Wellington"),
    Artist("Siân Ó Briain", "Principal artist"),
    Artist("Mia Calloway", "Principal artist"),
    Artist("Oliver Brandt-Hughes", "Principal artist"),
    Artist("Ioana Ștefănescu", "Senior artist"),
    Artist("Mateus Conceição", "Senior artist"),
    Artist("İrem Yıldız", "Senior artist"),
    Artist("Dušan Živković", "Senior artist"),
)

CORPS: Final = tuple(
    Artist(name, "Corps de ballet")
    for name in (
        "Nguyễn Minh Anh", "Anaïs Cœur", "Amélie Baudouin", "Jack Whitlam", "Tilda Rosenkvist",
        "Harriet O’Dowd", "Zara Petropoulos", "Finn Macallister", "Aroha Ngata", "Louis Delacroix",
        "Matilda Burke", "Ethan Kowalczyk", "Sofia Marchetti-Lane", "Hugo Vandenberg", "Ruby Nakamura",
        "Isla Fitzgerald", "Noah Papadopoulos", "Chloé Rousseau", "Angus Drummond", "Leilani Kealoha",
        "Poppy Ashworth", "Marcus Thiele", "Saoirse Gallagher", "Daniel Osei", "Freya Hallström",
        "Caspian Moore", "Ines Carvalho", "Theo Anastas", "Willow Jarvis", "Kenji Morita",
        "Bronte Keating", "Samuel Adjei", "Estelle Fournier", "Rafael Domínguez", "Pippa Lockyer",
        "Jarrah Simms", "Olga Lebedeva", "Alasdair Munro", "Hana Svobodová", "Gabriel Esposito",
    )
)  # fmt: skip

CREATIVES: Final = (
    Artist("Søren Ågaard", "Rehearsal director"),
    Artist("Freya Lindqvist", "Répétiteur"),
    Artist("Zoë Brändström", "Stage manager"),
    Artist("Tāne Rāwiri-Coleman", "Relighter"),
    Artist("Margaret Yunupiŋu", "Wardrobe"),
)

QUARTET: Final = "Riverside Chamber Players"
"""An ensemble hired as one."""


def address_of(name: str) -> str:
    """Return the made-up e-mail address of somebody (RFC 2606 keeps example domains free)."""
    plain = "".join(
        letter
        for letter in _ascii(name).lower().replace(" ", ".")
        if letter.isalnum() or letter in ".-"
    )
    return f"{plain}@artists.example"


def _ascii(name: str) -> str:
    return name.translate(str.maketrans(_PLAIN))


_PLAIN: Final[dict[str, str | int | None]] = {
    "é": "e", "è": "e", "á": "a", "ř": "r", "š": "s", "Ł": "L", "ś": "s", "ã": "a", "Þ": "Th",
    "ó": "o", "í": "i", "Đ": "Dj", "đ": "dj", "ć": "c", "ñ": "n", "ā": "a", "â": "a", "Ó": "O",
    "Ș": "S", "ț": "t", "ă": "a", "ç": "c", "İ": "I", "ı": "i", "Ž": "Z", "ž": "z", "ễ": "e", "ï": "i",
    "œ": "oe", "ö": "o", "ø": "o", "Å": "A", "ë": "e", "ŋ": "ng", "’": "", "ń": "n", "ê": "e",
}  # fmt: skip
