"""Sessions are rows: they end at once, everywhere, and a cookie alone is worth nothing."""

from datetime import timedelta

import pytest
import redis
from sqlalchemy import select

from app import session_cache
from app.db import session as house
from app.models import WebSession
from app.services import sessions


def cookie(browser, name="__Host-staff"):
    return browser.get_cookie(name).value


class TestEnding:
    def test_an_old_cookie_is_dead_after_signing_out(self, staff):
        browser = staff()
        old = cookie(browser)

        browser.send("/admin/logout/")
        browser.set_cookie("__Host-staff", old, secure=True)

        assert browser.get("/admin/").location == "/admin/login/?next=/admin/"

    def test_signing_out_takes_the_cookie_away_and_empties_the_browser(self, staff):
        browser = staff()

        answer = browser.send("/admin/logout/")

        assert browser.get_cookie("__Host-staff") is None
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'

    def test_signing_out_needs_a_form(self, staff):
        browser = staff()

        assert browser.get("/admin/logout/").status_code == 405
        assert browser.post("/admin/logout/").status_code == 400
        assert browser.get("/admin/").status_code == 200

    def test_a_flushed_redis_signs_nobody_out_and_revives_nobody(self, staff, redis_url):
        living, ended = staff(), staff()
        gone = cookie(ended)
        ended.send("/admin/logout/")

        with redis.Redis.from_url(redis_url) as server:
            server.flushall()
        ended.set_cookie("__Host-staff", gone, secure=True)

        assert living.get("/admin/").status_code == 200
        assert ended.get("/admin/").status_code == 302

    def test_an_ended_employment_ends_the_sessions(self, staff, owner_session, seeded):
        browser = staff()

        with seeded.app_context(), house.transaction() as db:
            sessions.end_user(db, browser.user_id, "left")

        assert browser.get("/admin/").status_code == 302
        row = owner_session.scalars(select(WebSession)).one()
        assert row.end_reason == "left"

    def test_other_devices_are_signed_out_and_this_one_stays(self, staff, seeded, organisation):
        browser = staff()
        with seeded.app_context(), house.transaction() as db:
            token = sessions.open_staff(
                db,
                user_id=browser.user_id,
                organisation_id=organisation.id,
                device=sessions.Device(),
            )
        other = seeded.test_client()
        other.set_cookie("__Host-staff", token, secure=True)
        assert other.get("/admin/").status_code == 200

        browser.send("/admin/seat/others")

        assert other.get("/admin/").status_code == 302
        assert browser.get("/admin/").status_code == 200


class TestLimits:
    @pytest.mark.parametrize("column", ["idle_expires_at", "expires_at"])
    def test_an_idle_or_old_session_is_over(self, staff, owner_session, column):
        browser = staff()
        row = owner_session.scalars(select(WebSession)).one()
        setattr(row, column, row.created_at - timedelta(seconds=1))
        owner_session.commit()

        assert browser.get("/admin/").status_code == 302

    def test_staff_have_half_an_hour_and_at_most_half_a_day(self, staff, owner_session):
        staff()

        row = owner_session.scalars(select(WebSession)).one()

        assert row.idle_expires_at - row.created_at == timedelta(minutes=30)
        assert row.expires_at - row.created_at == timedelta(hours=12)

    def test_a_visit_is_noted_at_most_once_a_minute(self, staff, owner_session):
        browser = staff()
        browser.get("/admin/")
        row = owner_session.scalars(select(WebSession)).one()
        first = row.last_seen_at

        browser.get("/admin/")
        owner_session.refresh(row)
        at_once = row.last_seen_at
        row.last_seen_at = first - timedelta(minutes=2)
        owner_session.commit()
        session_cache.SessionCache(browser.application.config["HOUSE"].redis_url).forget(
            row.id_sha256
        )
        browser.get("/admin/")
        owner_session.refresh(row)

        assert at_once == first
        assert row.last_seen_at > first


class TestCookies:
    def test_an_artists_cookie_opens_no_staff_page(self, phone_of, person, seeded):
        phone = phone_of(person)
        token = cookie(phone, "__Host-artist")
        stranger = seeded.test_client()

        stranger.set_cookie("__Host-staff", token, secure=True)

        assert stranger.get("/admin/").status_code == 302

    def test_the_table_holds_no_usable_cookie(self, staff, owner_session):
        browser = staff()

        row = owner_session.scalars(select(WebSession)).one()

        assert row.id_sha256 == sessions.fingerprint(cookie(browser))
        assert cookie(browser).encode() not in row.id_sha256
