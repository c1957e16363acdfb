from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from flask import Flask, g, render_template_string

from app import presentation

AT = datetime(2020, 11, 19, 1, 50, tzinfo=UTC)


@pytest.fixture
def app():
    app = Flask("app", static_folder=None, template_folder="templates")
    presentation.install(app)
    return app


@pytest.fixture
def page(app):
    with app.test_request_context():
        g.zone = "Australia/Brisbane"
        yield render_template_string


class TestMoney:
    def test_has_the_decimals_of_its_currency_and_the_code_small(self, page):
        assert page("{{ v | money('AUD') }}", v=Decimal(4600)) == (
            '<span class="money">4,600.00 <span class="unit">AUD</span></span>'
        )
        assert page("{{ v | amount('JPY') }}", v=Decimal("400000.000")) == "400,000"

    def test_nothing_is_written_where_there_is_none(self, page):
        assert (
            page("{{ none | money('AUD') }}{{ none | day }}{{ none | instant }}{{ none | hour }}")
            == ""
        )


class TestTime:
    def test_of_today_is_the_hour_alone_and_of_another_day_names_it(self, page):
        today = presentation.now()

        assert "2020" in page("{{ v | lately }}", v=AT)
        assert "," not in page("{{ v | lately }}", v=today).partition(">")[2]
        assert page("{{ v | lately }}", v=None) == ""

    def test_an_instant_that_stands_alone_names_its_place_and_offset(self, page):
        assert page("{{ v | instant }}", v=AT) == (
            '<time datetime="2020-11-19T11:50+10:00">Thu 19 Nov 2020, 11:50</time> '
            '<span class="zone">Brisbane +10:00</span>'
        )

    def test_another_zone_may_be_asked_for(self, page):
        assert page("{{ v | clock('Australia/Adelaide') }}", v=AT) == (
            '<time datetime="2020-11-19T12:20+10:30">12:20</time>'
        )

    def test_a_day_of_another_year_says_so(self, page):
        assert page("{{ v | day }}", v=date(2020, 11, 19)) == (
            '<time datetime="2020-11-19">Thu 19 Nov 2020</time>'
        )

    def test_a_period_names_a_year_once(self, page):
        said = page("{{ a | period(b) | striptags }}", a=date(2020, 10, 19), b=date(2020, 11, 29))

        assert said == "19 Oct to 29 Nov 2020"

    def test_a_local_hour_stands_beside_its_zone(self, page):
        assert page("{{ v | hour }}", v=time(13, 30)) == "<time>13:30</time>"


class TestSprite:
    def test_a_page_carries_the_symbols_it_names_once_each_and_no_others(self, page):
        said = page(
            "{{ icon('i-paper') }}{{ icon('i-paper') }}{{ icon('i-next', flip=true) }}{{ sprite() }}"
        )

        assert said.count("<symbol") == 2
        assert 'class="i flip"' in said

    def test_a_symbol_nobody_drew_is_an_error_at_once(self, page):
        with pytest.raises(LookupError):
            page("{{ icon('i-unicorn') }}")


class TestAssets:
    def test_an_address_carries_the_content_and_is_kept_for_a_year(self, app):
        with app.test_request_context():
            address = presentation.assets.asset_url("desk.css")

        answer = app.test_client().get(address, headers={"Accept-Encoding": "gzip"})

        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.content_type == "text/css; charset=utf-8"

    def test_an_address_of_an_older_release_is_answered_but_not_kept(self, app):
        answer = app.test_client().get("/static/000000000000/tokens.css")

        assert answer.headers["Cache-Control"] == "no-cache"
        assert b"--accent" in answer.data

    def test_what_is_not_on_the_shelf_does_not_exist(self, app):
        assert app.test_client().get("/static/x/../../config.py").status_code == 404

    def test_the_stylesheets_of_a_surface_weigh_at_most_eight_kilobytes(self, app):
        shelf = presentation.assets.shelf()

        for surface in ("desk.css", "portal.css"):
            packed = [shelf.assets[name].packed for name in ("tokens.css", surface)]
            assert sum(len(part or b"") for part in packed) <= 8 * 1024


class TestPieces:
    def test_steps_say_where_one_stands(self, page):
        said = page(
            '{% import "ui/parts.html" as ui with context %}'
            '{{ ui.steps([("Sent", "1 Aug", "done"), ("Signed", "", "now")], "Contract") }}'
        )

        assert 'aria-current="step"' in said
        assert 'class="done"' in said

    def test_a_thread_entry_has_its_hour_and_mark(self, page):
        said = page(
            '{% import "ui/parts.html" as ui with context %}'
            '{% call ui.entry(at, "s-paid", "good") %}<p><b>Paid</b></p>{% endcall %}',
            at=AT,
        )

        assert "11:50" in said
        assert 'href="#s-paid"' in said
