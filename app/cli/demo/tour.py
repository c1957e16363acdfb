"""Where and what the demo company plays: ten cities, six time zones, four productions."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class House:
    """A venue with its spaces."""

    name: str
    city: str
    zone: str
    spaces: tuple[str, ...] = ("Stage", "Studio 1")
    way_in: str = ""


HOUSES: Final = (
    House("Thomas Dixon Studios", "Brisbane", "Australia/Brisbane", ("Studio 1", "Studio 2", "Wardrobe"),
          "Side gate on Raven Street; ring the studio office."),
    House("Lyric Theatre", "Brisbane", "Australia/Brisbane", ("Stage", "Studio"), "Stage door on Grey Street."),
    House("Capitol Theatre", "Sydney", "Australia/Sydney", way_in="Stage door on Campbell Street, lift to level 2."),
    House("Civic Theatre", "Newcastle", "Australia/Sydney", way_in="Stage door behind the car park."),
    House("Canberra Theatre", "Canberra", "Australia/Sydney", way_in="Loading dock side, sign in at the desk."),
    House("State Theatre", "Melbourne", "Australia/Melbourne", way_in="Stage door on Sturt Street."),
    House("Theatre Royal", "Hobart", "Australia/Hobart", way_in="Stage door on Sun Street."),
    House("Her Majesty’s Theatre", "Adelaide", "Australia/Adelaide", ("Stage", "Studio 2", "Wardrobe"),
          "Sign in at the stage door, Pitt Street."),
    House("His Majesty’s Theatre", "Perth", "Australia/Perth", way_in="Stage door on King Street."),
    House("Playhouse", "Darwin", "Australia/Darwin", way_in="Artists’ entrance from the Esplanade."),
    House("Cairns Performing Arts Centre", "Cairns", "Australia/Brisbane", way_in="Stage door on Florence Street."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Show:
    """A production: dates are days from today, so that the demo is always in mid-season."""

    code: str
    title: str
    genre: str
    season: str
    first: int
    last: int
    roles: tuple[str, ...]
    """Leading roles, in the order in which they are cast."""


SHOWS: Final = (
    Show("COP", "Coppélia", "Full-length ballet", "last", -230, -170, ("Swanilda", "Franz", "Dr Coppélius")),
    Show("GIS", "Giselle", "Full-length ballet on tour", "this", -35, 24,
         ("Myrtha", "Albrecht", "Giselle", "Hilarion", "Moyna", "Zulma", "Conductor", "Coach")),
    Show("NUT", "The Nutcracker", "Full-length ballet", "this", 18, 48, ("Sugar Plum Fairy", "Cavalier", "Clara")),
    Show("CAR", "Carmen", "New full-length ballet", "this", 70, 146,
         ("Frasquita", "Don José", "Carmen", "Micaëla", "Zuniga", "Mercédès", "Conductor", "Guest coach")),
)  # fmt: skip

STOPS: Final = (
    ("Brisbane", "Lyric Theatre", -14, -9),
    ("Sydney", "Capitol Theatre", -7, -4),
    ("Adelaide", "Her Majesty’s Theatre", -2, 3),
    ("Perth", "His Majesty’s Theatre", 6, 10),
    ("Darwin", "Playhouse", 13, 15),
    ("Cairns", "Cairns Performing Arts Centre", 18, 20),
    ("Hobart", "Theatre Royal", 22, 24),
)
"""City, venue, first and last day of the tour of Giselle, as days from today."""
