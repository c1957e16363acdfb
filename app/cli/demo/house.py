"""The demo company itself: its staff, seasons, venues and productions."""

import secrets
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from app.cli.demo.cast import STAFF, Hand
from app.cli.demo.tour import HOUSES, SHOWS
from app.models import Organisation, Production, Season, Space, StaffProfile, Venue

Doors = list[dict[str, str]]
Users = dict[str, Any]
"""First name -> FAB user."""


def found(session: Session, slug: str) -> Organisation:
    """Found the company."""
    organisation = Organisation(
        name="Meridian Ballet",
        slug=slug,
        legal_name="Meridian Ballet Limited",
        registration_number="00 000 000 000 (example)",
        address="41 Raven Street, West End QLD 4101",
        contact_name="Imogen Tāmihana",
        contact_phone="+61 7 5550 0102",
    )
    session.add(organisation)
    session.flush()
    return organisation


def give_sign_ins(app: Flask) -> tuple[Users, Doors]:
    """Give the staff their sign-ins, each with a password of their own that is told once.

    FAB commits each by itself, so a second try finds them and gives new passwords.
    """
    manager = app.extensions["appbuilder"].sm
    users: Users = {}
    doors: Doors = []
    for hand in STAFF:
        password = secrets.token_urlsafe(9)
        user = manager.find_user(hand.email)
        if user is None:
            roles = [manager.find_role(name) for name in hand.roles]
            user = manager.add_user(hand.email, hand.first, hand.last, hand.email, roles, password)
        else:
            manager.reset_password(user.id, password)
        if not user:
            raise RuntimeError(f"{hand.email} could not be added. Run flask seed first.")
        users[hand.first] = user
        doors.append(
            {
                "who": f"{hand.first} {hand.last}, {hand.position}",
                "where": "/admin/",
                "email": hand.email,
                "password": password,
            }
        )
    return users, doors


def employ(session: Session, organisation: Organisation, users: Users) -> None:
    """Employ the staff; the director signs for the company."""
    session.add_all(_profile(organisation, users[hand.first], hand) for hand in STAFF)
    organisation.signatory_user_id = users["Walter"].id


def _profile(organisation: Organisation, user: Any, hand: Hand) -> StaffProfile:
    return StaffProfile(
        organisation_id=organisation.id,
        user_id=user.id,
        display_name=f"{hand.first} {hand.last}",
        position=hand.position,
        phone=hand.phone,
    )


def build_venues(session: Session, organisation: Organisation) -> dict[str, Venue]:
    """Enter the theatres of the tour, by name."""
    venues = {}
    for house in HOUSES:
        venue = Venue(
            organisation_id=organisation.id,
            name=house.name,
            city=house.city,
            zone=house.zone,
            map_text=house.way_in,
        )
        venue.spaces = [Space(organisation_id=organisation.id, name=name) for name in house.spaces]
        session.add(venue)
        venues[house.name] = venue
    session.flush()
    return venues


def plan_season(session: Session, organisation: Organisation, today: date) -> dict[str, Production]:
    """Plan last season and this one, by code."""
    seasons = {
        name: Season(organisation_id=organisation.id, name=_season(today, shift))
        for name, shift in (("last", -1), ("this", 0))
    }
    productions = {}
    for show in SHOWS:
        first, last = today + timedelta(days=show.first), today + timedelta(days=show.last)
        production = Production(
            organisation_id=organisation.id,
            code=f"{show.code}-{first.year}",
            title=show.title,
            company=organisation.name,
            genre=show.genre,
            starts_on=first,
            ends_on=last,
            cost_code=f"P-{show.code}",
        )
        production.season = seasons[show.season]
        session.add(production)
        productions[show.code] = production
    session.flush()
    return productions


def _season(today: date, shift: int) -> str:
    # A season runs from July to June.
    first = today.year + shift - (1 if today.month < 7 else 0)
    return f"{first}-{(first + 1) % 100:02d}"
